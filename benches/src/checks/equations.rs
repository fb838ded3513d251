//! Wrong equations and wrong known things, in designs that leave more or less to the unknowns: how
//! often the checks expose them, with and without held-out data and comparisons with other equations.
//!
//! 60 random points a state, errors of 2 % of the standard deviation of the state.

use lacuna::core::Conditions;
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::problems::{Beyond, Kind, Seen, Told, Truth, fit, simulate, solve};
use crate::noise::random::{Random, Stream};

const POINTS: usize = 60;
const NOISE: f64 = 0.02;

/// One error in one design.
#[derive(Clone, Debug, Serialize)]
pub struct Exposed {
    /// What is unknown, from what.
    pub design: &'static str,
    /// What is wrong.
    pub error: String,
    /// Data sets that were fitted.
    pub sets: usize,
    /// Data sets that could not be.
    pub failed: usize,
    /// Share in which residuals or experiments fail at 1 %, with no other check looked at.
    pub residuals_alone: f64,
    /// Share in which any check fails at 1 %.
    pub all: f64,
    /// In which another equation is preferred.
    pub equation: f64,
}

#[derive(Clone, Copy)]
struct Design {
    name: &'static str,
    kind: Kind,
    unknown: &'static [usize],
    states: usize,
}

const DESIGNS: [Design; 6] = [
    Design { name: "V, two states", kind: Kind::Circle, unknown: &[1], states: 2 },
    Design { name: "W, two states", kind: Kind::Circle, unknown: &[0], states: 2 },
    Design { name: "W and V, three states", kind: Kind::Circle, unknown: &[0, 1], states: 3 },
    Design { name: "V, one state", kind: Kind::Circle, unknown: &[1], states: 1 },
    Design { name: "a, one state", kind: Kind::Interval, unknown: &[0], states: 1 },
    Design { name: "a, two states", kind: Kind::Interval, unknown: &[0], states: 2 },
];

/// What is wrong.
#[derive(Clone, Copy, Debug)]
enum Error {
    None,
    Lacks(Beyond),
    /// The scalar or function in a slot is told too large by a factor.
    Factor(usize, f64),
    /// A slow wave is missing from what is told of a slot.
    Wave(usize, f64),
    /// The mass is told too small by 5 %.
    Mass,
    /// A push 0.02 cos 4πx of the last state is not told.
    Push,
}

impl Error {
    fn name(self, kind: Kind) -> String {
        let slots = match kind {
            Kind::Circle => ["W", "V", "σ", "κ"],
            Kind::Interval => ["a", "k", "f", ""],
        };
        match self {
            Self::None => "nothing".into(),
            Self::Lacks(Beyond::Growth(r)) => {
                format!("growth r u (1 − u) is missing, r = {r} σ(2π)²")
            }
            Self::Lacks(Beyond::PorousMedium(m)) => {
                format!("diffusion is that of a porous medium, m = {m}")
            }
            Self::Lacks(Beyond::Square(c)) => format!("a reaction {c} u² is missing"),
            Self::Lacks(Beyond::Nothing) => "nothing".into(),
            Self::Factor(slot, by) => {
                format!("{} is told {:.0} % too large", slots[slot], 100.0 * (by - 1.0))
            }
            Self::Wave(slot, size) => {
                format!("a wave {size} cos πx is missing from {}", slots[slot])
            }
            Self::Mass => "the mass is told 5 % too small".into(),
            Self::Push => "a push 0.02 cos 4πx of the last state is not told".into(),
        }
    }
}

fn errors(kind: Kind) -> Vec<Error> {
    match kind {
        Kind::Circle => vec![
            Error::None,
            Error::Lacks(Beyond::Growth(0.02)),
            Error::Lacks(Beyond::Growth(0.1)),
            Error::Lacks(Beyond::PorousMedium(1.5)),
            Error::Lacks(Beyond::PorousMedium(2.0)),
            Error::Factor(2, 1.1),
            Error::Factor(3, 1.1),
            Error::Mass,
            Error::Push,
        ],
        Kind::Interval => vec![
            Error::None,
            Error::Lacks(Beyond::Square(0.5)),
            Error::Factor(1, 1.2),
            Error::Factor(2, 1.1),
            Error::Wave(2, 0.2),
        ],
    }
}

/// All designs and errors.
///
/// # Errors
/// If none of the sets of an error can be fitted.
pub fn measure(sets: usize) -> Result<Vec<Exposed>, Failure> {
    let mut all = Vec::new();
    for design in DESIGNS {
        for error in errors(design.kind) {
            let part = 2000 + all.len();
            let outcomes: Vec<Result<[f64; 3], Failure>> = (0..sets as u64)
                .into_par_iter()
                .map(|set| one_set(design, error, part, set))
                .collect();
            let first = outcomes.iter().find_map(|o| o.as_ref().err().map(ToString::to_string));
            let fitted: Vec<[f64; 3]> = outcomes.into_iter().filter_map(Result::ok).collect();
            if fitted.is_empty() {
                return Err(
                    format!("{}, {}: {first:?}", design.name, error.name(design.kind)).into()
                );
            }
            let share = |k: usize| {
                let exposed = fitted.iter().filter(|p| p[k] < 0.01).count();
                exposed as f64 / fitted.len() as f64
            };
            let own = Exposed {
                design: design.name,
                error: error.name(design.kind),
                sets: fitted.len(),
                failed: sets - fitted.len(),
                residuals_alone: share(0),
                all: share(1),
                equation: share(2),
            };
            eprintln!("        {own:?}");
            all.push(own);
        }
    }
    Ok(all)
}

/// p of residuals and experiments alone; of all; of other equations.
fn one_set(design: Design, error: Error, part: usize, set: u64) -> Result<[f64; 3], Failure> {
    let Design { kind, unknown, states, .. } = design;
    let mut random = Random::new(Stream::Checks(part), set);
    let mut told = Vec::new();
    for e in 0..states {
        let mut conditions = Conditions::default();
        let functions: Vec<String> = match kind {
            Kind::Circle => {
                let (kernel, potential) =
                    ("-cos(2*pi*x)+0.3*cos(4*pi*x)", "0.1*sin(2*pi*x)+0.05*cos(4*pi*x)");
                let coupling = format!("{}", [0.05, 0.15, 0.1][e]);
                vec![kernel.into(), potential.into(), "0.1".into(), coupling]
            }
            Kind::Interval => {
                conditions.boundary_values = vec![0.8 * e as f64, 0.3];
                vec!["exp(0.4*sin(2*pi*x)+0.3*x)".into(), "0.5".into(), "1".into()]
            }
        };
        let mut truth = Truth { functions: functions.clone(), conditions, beyond: Beyond::Nothing };
        let mut said = functions;
        match error {
            Error::Lacks(beyond) => truth.beyond = beyond,
            Error::Factor(slot, by) => said[slot] = format!("{by}*({})", said[slot]),
            Error::Wave(slot, size) => truth.functions[slot] += &format!("+{size}*cos(pi*x)"),
            Error::Push if e + 1 == states => truth.functions[1] += "+0.02*cos(4*pi*x)",
            Error::None | Error::Mass | Error::Push => {}
        }
        let (u, mut conditions) = solve(kind, &truth)?;
        let data = simulate(kind, &u, &conditions, Seen::Values(POINTS, NOISE), &mut random)?;
        if let Error::Mass = error {
            conditions.mass *= 0.95;
        }
        let functions = said.into_iter().enumerate();
        let functions =
            functions.map(|(s, text)| (!unknown.contains(&s)).then_some(text)).collect();
        told.push(Told { functions, conditions, data });
    }
    let linear = fit(kind, told)?;
    let alone = linear.check_residuals_alone(set)?;
    let found = linear.check(set)?;
    let equation = found.departures.iter().filter_map(|d| d.tested).map(|t| t.adjusted);
    Ok([alone.p, found.p, equation.fold(1.0, f64::min)])
}

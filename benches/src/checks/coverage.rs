//! Profiles of simulated problems: how they differ from Laplace's approximation, and how often they
//! contain the truth.

use lacuna::core::Flow;
use lacuna::fit::{Functional, ProfileEnd, ProfileOptions, ProfileRequest, Wave};
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::simulated::{Data, Equation, Inversion, Part, Wanted, state};
use crate::noise::random::{Random, Stream};
use crate::statistics::{highest, median};

/// One number of one problem.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// The problem.
    pub problem: &'static str,
    /// The number.
    pub quantity: &'static str,
    /// Whether the problem is meant to be nearly linear.
    pub nearly_linear: bool,
    /// Data sets of which a profile was made.
    pub profiles: usize,
    /// Data sets that could not be fitted.
    pub failed: usize,
    /// Share of profiles whose 95 % interval holds the truth.
    pub covered: f64,
    /// The same for 50 %.
    pub covered_50: f64,
    /// Share of Laplace's intervals of 95 % that do.
    pub laplace: f64,
    /// Share of profiles with an open end.
    pub open: f64,
    /// Median and largest distance between the ends of the two 95 % intervals, relative to half of Laplace's
    /// width.
    pub departure: f64,
    /// See `departure`.
    pub largest_departure: f64,
    /// Median of the longer arm of the 95 % interval relative to the shorter.
    pub asymmetry: f64,
}

/// A simulated problem.
struct Problem {
    name: &'static str,
    nearly_linear: bool,
    /// Points of each state, equally spaced from a random place.
    points: usize,
    /// Standard deviation of the errors; the mean of a state is 1.
    sd: f64,
    truths: Vec<Equation>,
    wanted: Vec<Wanted>,
    parts: Vec<[Part; 4]>,
    numbers: Vec<Number>,
}

struct Number {
    name: &'static str,
    unknown: usize,
    functional: Functional,
    truth: f64,
}

/// One profile.
#[derive(Clone, Copy)]
struct Outcome {
    covered: bool,
    covered_50: bool,
    laplace: bool,
    open: bool,
    departure: Option<f64>,
    asymmetry: Option<f64>,
}

/// All problems with `sets` data sets each; of the nearly linear ones a quarter.
///
/// # Errors
/// If a true state cannot be computed.
pub fn measure(sets: usize) -> Result<Vec<Coverage>, Failure> {
    let inversion = Inversion::new()?;
    let mut all = Vec::new();
    for (part, problem) in problems().iter().enumerate() {
        let sets = if problem.nearly_linear { sets.div_ceil(4) } else { sets };
        all.extend(of_problem(&inversion, problem, part, sets));
    }
    Ok(all)
}

fn of_problem(inversion: &Inversion, problem: &Problem, part: usize, sets: usize) -> Vec<Coverage> {
    let outcomes: Vec<Result<Vec<Outcome>, Failure>> = (0..sets as u64)
        .into_par_iter()
        .map(|set| one_set(inversion, problem, part, set))
        .collect();
    let fitted: Vec<Vec<Outcome>> = outcomes.into_iter().filter_map(Result::ok).collect();
    let of_number = |(i, number): (usize, &Number)| {
        let own: Vec<Outcome> = fitted.iter().map(|set| set[i]).collect();
        let share = |is: &dyn Fn(&Outcome) -> bool| {
            own.iter().filter(|o| is(o)).count() as f64 / own.len().max(1) as f64
        };
        let departures: Vec<f64> = own.iter().filter_map(|o| o.departure).collect();
        let asymmetries: Vec<f64> = own.iter().filter_map(|o| o.asymmetry).collect();
        Coverage {
            problem: problem.name,
            quantity: number.name,
            nearly_linear: problem.nearly_linear,
            profiles: own.len(),
            failed: sets - own.len(),
            covered: share(&|o| o.covered),
            covered_50: share(&|o| o.covered_50),
            laplace: share(&|o| o.laplace),
            open: share(&|o| o.open),
            departure: median(&departures),
            largest_departure: highest(&departures),
            asymmetry: median(&asymmetries),
        }
    };
    problem.numbers.iter().enumerate().map(of_number).collect()
}

fn one_set(
    inversion: &Inversion,
    problem: &Problem,
    part: usize,
    set: u64,
) -> Result<Vec<Outcome>, Failure> {
    let mut random = Random::new(Stream::Checks(part), set);
    let mut data = Vec::new();
    for truth in &problem.truths {
        let start = random.uniform();
        let n = problem.points;
        let mut x: Vec<f64> = (0..n).map(|i| (start + i as f64 / n as f64).fract()).collect();
        x.sort_by(f64::total_cmp);
        let u = state(truth, &x)?.iter().map(|u| u + problem.sd * random.normal()).collect();
        data.push(Data { x, u, said: problem.sd, unknown_noise: false });
    }
    let fit = inversion.fit(&problem.wanted, &data, &problem.parts)?;
    let fitted = fit.fitted().ok_or("a fit has modes")?;
    let requests: Vec<ProfileRequest> = problem
        .numbers
        .iter()
        .map(|n| ProfileRequest { unknown: n.unknown, functional: n.functional })
        .collect();
    let profiles = fitted.profiles(&requests, &ProfileOptions::default(), &|| Flow::Continue);
    let outcome = |(profile, number): (Result<lacuna::fit::Profile, _>, &Number)| {
        let profile = profile?;
        let holds = |lower: Option<f64>, upper: Option<f64>| {
            lower.is_none_or(|l| l <= number.truth) && upper.is_none_or(|u| number.truth <= u)
        };
        let [wide, half] = profile.intervals;
        let [lower, upper] = profile.laplace(0);
        let arms = wide.lower.zip(wide.upper).map(|(lower, upper)| {
            let arms = [profile.value - lower, upper - profile.value];
            arms[0].max(arms[1]) / arms[0].min(arms[1])
        });
        Ok(Outcome {
            covered: holds(wide.lower, wide.upper),
            covered_50: holds(half.lower, half.upper),
            laplace: holds(Some(lower), Some(upper)),
            open: profile.ends.iter().any(|end| *end != ProfileEnd::Crossed),
            departure: profile.departure_from_laplace(),
            asymmetry: arms,
        })
    };
    profiles.into_iter().zip(&problem.numbers).map(outcome).collect()
}

fn equation(kernel: &str, potential: &str, diffusion: f64, coupling: f64) -> Equation {
    Equation { kernel: kernel.into(), potential: potential.into(), diffusion, coupling }
}

const KERNEL: &str = "-cos(2*pi*x)";

fn problems() -> Vec<Problem> {
    let known = |text: &str| Part::Known(text.into());
    let scalar =
        |name, unknown, truth| Number { name, unknown, functional: Functional::Scalar, truth };
    let coupling = |name, potential: &str, coupling, points, sd| Problem {
        name,
        nearly_linear: false,
        points,
        sd,
        truths: vec![equation(KERNEL, potential, 0.1, coupling)],
        wanted: vec![Wanted::Coupling(0.15)],
        parts: vec![[known(KERNEL), known(potential), Part::Number(0.1), Part::Unknown(0)]],
        numbers: vec![scalar("κ", 0, coupling)],
    };
    let potentials = ["0.05*sin(2*pi*x)", "0.05*sin(2*pi*x)+0.1*cos(4*pi*x)"];
    vec![
        two_functions(),
        coupling("κ at the bifurcation, 8 points", "0.01*sin(2*pi*x)", 0.2, 8, 0.3),
        coupling("κ below the bifurcation, 6 points", "0.02*sin(2*pi*x)", 0.15, 6, 0.3),
        Problem {
            name: "σ, 6 points",
            nearly_linear: false,
            points: 6,
            sd: 0.5,
            truths: vec![equation("0", "0.1*sin(2*pi*x)", 0.1, 0.0)],
            wanted: vec![Wanted::Diffusion(0.2)],
            parts: vec![[
                known("0"),
                known("0.1*sin(2*pi*x)"),
                Part::Unknown(0),
                Part::Number(0.0),
            ]],
            numbers: vec![scalar("σ", 0, 0.1)],
        },
        Problem {
            name: "σ and κ, two states of 8 points",
            nearly_linear: false,
            points: 8,
            sd: 0.15,
            truths: potentials.map(|potential| equation(KERNEL, potential, 0.1, 0.15)).into(),
            wanted: vec![Wanted::Diffusion(0.2), Wanted::Coupling(0.1)],
            parts: potentials
                .map(|potential| {
                    [known(KERNEL), known(potential), Part::Unknown(0), Part::Unknown(1)]
                })
                .into(),
            numbers: vec![scalar("σ", 0, 0.1), scalar("κ", 1, 0.15)],
        },
    ]
}

fn two_functions() -> Problem {
    let truth = |coupling| equation(KERNEL, "0.1*sin(2*pi*x)", 0.1, coupling);
    let number = |name, unknown, functional, truth| Number { name, unknown, functional, truth };
    // The mean of 0.1 sin 2πx over [0.1, 0.4].
    let mean = 0.1 * (f64::cos(0.2 * std::f64::consts::PI) - f64::cos(0.8 * std::f64::consts::PI))
        / (2.0 * std::f64::consts::PI * 0.3);
    let parts =
        |coupling| [Part::Unknown(0), Part::Unknown(1), Part::Number(0.1), Part::Number(coupling)];
    Problem {
        name: "W and V, two states of 40 points, errors of 0.5 %",
        nearly_linear: true,
        points: 40,
        sd: 0.005,
        truths: vec![truth(0.05), truth(0.15)],
        wanted: vec![Wanted::Kernel, Wanted::Potential],
        parts: vec![parts(0.05), parts(0.15)],
        numbers: vec![
            number("W(0)", 0, Functional::Value { at: 0.0 }, -1.0),
            number("cosine 1 of W", 0, Functional::Mode { k: 1, wave: Wave::Cosine }, -1.0),
            number("sine 1 of V", 1, Functional::Mode { k: 1, wave: Wave::Sine }, 0.1),
            number("mean of V over [0.1, 0.4]", 1, Functional::Mean { from: 0.1, to: 0.4 }, mean),
        ],
    }
}

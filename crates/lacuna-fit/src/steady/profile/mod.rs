//! Profiles: how far one number ψ of an unknown can move before the data and the prior object.
//!
//! φ(z) = φ_data(√s ∘ z) + ½‖z‖² is the negative logarithm of the posterior density of the modes. For
//! a linear functional ψ = ψ₀ + aᵀc ([`Functional`]) of one unknown its profile is
//!
//! ```text
//! φ_p(ψ) = min { φ(z) : ψ₀ + aᵀ(√s ∘ z) = ψ },   2Δφ(ψ) = 2 (φ_p(ψ) − min φ),
//! ```
//!
//! and the interval of level 95 % (50 %) is where 2Δφ ≤ 3.841 (0.455), the quantiles of χ² with one
//! degree of freedom. Where the problem is linear it is Laplace's ψ̂ ± 1.96 sd; elsewhere it follows
//! the curvature, and does not depend on how the unknown is written. Strength of the prior and noise
//! levels stay as the fit found them. The part 2Δφ_data of the data alone tells whether they or the
//! prior keep the interval closed.
//!
//! Source: Murphy, van der Vaart, J. Am. Stat. Assoc. 95 (2000) 449; Raue et al., Bioinformatics 25
//! (2009) 1923.

mod constrained;
mod functional;
#[cfg(test)]
mod tests;
mod walk;

use lacuna_core::Flow;
use rayon::prelude::*;

use self::constrained::Reflection;
pub use self::functional::Functional;
use self::functional::LinearForm;
use self::walk::{Centre, Minimum, Path, SideOfProfile};
use super::map::{Ask, ModalProblem, Whitened};
use super::problem::SteadyProblem;
use super::{Link, SteadyFit};
use crate::FitError;

/// Levels of the intervals, the wider one first.
const LEVELS: [f64; 2] = [0.95, 0.5];
/// √ of the quantiles of χ² with one degree of freedom: of the normal distribution at ½ + level/2.
const NORMAL: [f64; 2] = [1.959_963_984_540_054, 0.674_489_750_196_081_7];
/// A better optimum found on the way is started from so often.
const RESTARTS: usize = 3;

/// A functional of one unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileRequest {
    /// The unknown's index.
    pub unknown: usize,
    /// The functional.
    pub functional: Functional,
}

/// How a profile is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileOptions {
    /// Most points of one side, before its ends are refined.
    pub max_points: usize,
    /// Most iterations at a point.
    pub max_iterations: usize,
    /// A point has converged when an iteration lowers φ by less.
    pub smallest_decrease: f64,
    /// A point lower than the optimum by more is the start of a better one.
    pub worthwhile: f64,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self { max_points: 30, max_iterations: 40, smallest_decrease: 1e-6, worthwhile: 1e-2 }
    }
}

/// One point of a profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfilePoint {
    /// ψ (e^ψ for a positive unknown).
    pub value: f64,
    /// 2Δφ.
    pub deviance: f64,
    /// 2Δφ_data: the part of the data alone. It may be negative, as the optimum is that of both.
    pub data_deviance: f64,
}

/// How a side of a profile ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileEnd {
    /// 2Δφ passed the threshold of the wider interval.
    Crossed,
    /// No steady state could be followed further: the interval is open there.
    LostBranch,
    /// The threshold was not passed within the points allowed: the interval is open there.
    TooManyPoints,
    /// A better optimum lay on this side, and the profile could not be settled around it.
    LowerOptimum,
    /// The user stopped it.
    Interrupted,
}

impl ProfileEnd {
    /// One word for files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Crossed => "crossed",
            Self::LostBranch => "lost-branch",
            Self::TooManyPoints => "too-many-points",
            Self::LowerOptimum => "lower-optimum",
            Self::Interrupted => "interrupted",
        }
    }
}

/// An interval of a profile; an end that is `None` was not found, and is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileInterval {
    /// Its level.
    pub level: f64,
    /// Its lower end.
    pub lower: Option<f64>,
    /// Its upper end.
    pub upper: Option<f64>,
}

/// A profile.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What was asked.
    pub request: ProfileRequest,
    /// Whether the unknown is positive: values are e^ψ, and `sd` is that of ψ.
    pub link: Link,
    /// The most probable value.
    pub value: f64,
    /// Standard deviation of ψ by Laplace's approximation at the optimum.
    pub sd: f64,
    /// Standard deviation of ψ under the prior.
    pub prior_sd: f64,
    /// The points, by increasing value; the optimum is among them.
    pub points: Vec<ProfilePoint>,
    /// The intervals of 95 % and of 50 %.
    pub intervals: [ProfileInterval; 2],
    /// How the lower and the upper side ended.
    pub ends: [ProfileEnd; 2],
}

impl Profile {
    /// The same with the unknown in another unit, in which its numbers are `factor` times as large.
    pub fn scale(&mut self, factor: f64) {
        self.value *= factor;
        self.points.iter_mut().for_each(|point| point.value *= factor);
        for interval in &mut self.intervals {
            interval.lower = interval.lower.map(|end| end * factor);
            interval.upper = interval.upper.map(|end| end * factor);
        }
        if self.link == Link::Identity {
            self.sd *= factor;
            self.prior_sd *= factor;
        }
    }

    /// Laplace's interval of 95 % (level 0) or 50 % (level 1), its lower end first.
    pub fn laplace(&self, level: usize) -> [f64; 2] {
        let reach = NORMAL[level] * self.sd;
        [-reach, reach].map(|by| match self.link {
            Link::Identity => self.value + by,
            Link::Exponential => self.value * by.exp(),
        })
    }

    /// The largest distance between an end of the 95 % interval and Laplace's, relative to half of
    /// Laplace's width, in ψ: 0 for a linear problem. None where an end is open.
    pub fn departure_from_laplace(&self) -> Option<f64> {
        let psi = |value: f64| match self.link {
            Link::Identity => value,
            Link::Exponential => value.ln(),
        };
        let [interval, _] = self.intervals;
        let ends = [interval.lower?, interval.upper?];
        let distance = ends.iter().zip(self.laplace(0)).map(|(a, b)| (psi(*a) - psi(b)).abs());
        Some(distance.fold(0.0, f64::max) / (NORMAL[0] * self.sd))
    }

    /// The share of the data in 2Δφ at the lower and the upper end of the points: where it is small
    /// the prior keeps the interval closed, and not the data. None without points on that side.
    pub fn data_share(&self) -> [Option<f64>; 2] {
        let share = |p: Option<&ProfilePoint>| {
            p.filter(|p| p.deviance > 0.0).map(|p| p.data_deviance / p.deviance)
        };
        [share(self.points.first()), share(self.points.last())]
    }
}

/// The most probable modes of a fit, with its data, prior and noise levels.
pub struct FittedModes {
    pub(super) problem: SteadyProblem,
    pub(super) coefficients: Vec<f64>,
}

impl FittedModes {
    pub(super) fn new(problem: &SteadyProblem, coefficients: &[f64]) -> Self {
        Self { problem: problem.clone(), coefficients: coefficients.to_vec() }
    }

    /// Profiles in parallel, the same whatever the number of threads. `ask` is asked whether to go
    /// on. Each has the errors of [`SteadyFit::profile`].
    pub fn profiles(
        &self,
        requests: &[ProfileRequest],
        options: &ProfileOptions,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Vec<Result<Profile, FitError>> {
        let problem = &self.problem;
        let states = match problem.steady_states(&problem.values(&self.coefficients)) {
            Ok(states) => states,
            Err(error) => return requests.iter().map(|_| Err(error.clone().into())).collect(),
        };
        let sd = problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations());
        let start: Vec<f64> = self.coefficients.iter().zip(sd).map(|(c, sd)| c / sd).collect();
        let of = |&request: &ProfileRequest| {
            let problem = problem.clone();
            problem.start_from(states.clone());
            profile(&problem, request, &start, options, ask)
        };
        requests.par_iter().map(of).collect()
    }
}

impl SteadyFit {
    /// The profile of one functional of an unknown. `ask` is asked whether to go on.
    ///
    /// # Errors
    /// [`FitError::Functional`] for a functional that the unknown does not have, or an evaluation
    /// that fails at the optimum.
    pub fn profile(
        &self,
        unknown: usize,
        functional: &Functional,
        options: &ProfileOptions,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Profile, FitError> {
        let request = ProfileRequest { unknown, functional: *functional };
        let mut found = self.fitted_modes().profiles(&[request], options, ask);
        found.pop().unwrap_or_else(|| unreachable!("one profile was asked for"))
    }

    /// Several profiles in parallel, the same whatever the number of threads.
    pub fn profiles(
        &self,
        requests: &[ProfileRequest],
        options: &ProfileOptions,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Vec<Result<Profile, FitError>> {
        self.fitted_modes().profiles(requests, options, ask)
    }

    /// The most probable modes, of which profiles can be taken.
    pub fn fitted_modes(&self) -> FittedModes {
        FittedModes::new(&self.problem, &self.coefficients)
    }
}

fn profile(
    problem: &SteadyProblem,
    request: ProfileRequest,
    start: &[f64],
    options: &ProfileOptions,
    ask: Ask<'_>,
) -> Result<Profile, FitError> {
    let unknown = problem
        .unknowns
        .get(request.unknown)
        .ok_or(FitError::Functional { requirement: "the index of an unknown" })?;
    let form = request.functional.of(unknown)?;
    let first = problem.unknowns[..request.unknown].iter().map(|u| u.prior.modes.len()).sum();
    let sd: Vec<f64> =
        problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations()).collect();
    let direction = Direction::new(&form, first, &sd);
    let link = match request.functional {
        Functional::Parameter { .. } => Link::Identity,
        _ => unknown.prior.link,
    };
    let value = |t: f64| {
        let psi = form.offset + direction.norm * t;
        match link {
            Link::Identity => psi,
            Link::Exponential => psi.exp(),
        }
    };
    let found = both_sides(problem, &direction, &sd, start, options, ask)?;
    let Found { centre, sides, crossings } = &found;
    let point = |minimum: &Minimum| ProfilePoint {
        value: value(minimum.t),
        deviance: 2.0 * (minimum.cost - centre.at.cost).max(0.0),
        data_deviance: 2.0 * (minimum.data_cost() - centre.at.data_cost()),
    };
    let mut points: Vec<ProfilePoint> = sides[0].minima.iter().rev().map(point).collect();
    points.push(point(&centre.at));
    points.extend(sides[1].minima.iter().map(point));
    let interval = |level: usize| ProfileInterval {
        level: LEVELS[level],
        lower: crossings[0][level].map(value),
        upper: crossings[1][level].map(value),
    };
    Ok(Profile {
        request,
        link,
        value: value(centre.at.t),
        sd: direction.norm * centre.sd,
        prior_sd: direction.norm,
        points,
        intervals: [interval(0), interval(1)],
        ends: [sides[0].end, sides[1].end],
    })
}

/// n and ν of a functional.
struct Direction {
    n: Vec<f64>,
    norm: f64,
    reflection: Reflection,
}

impl Direction {
    /// Of a form of the modes from `first` on.
    fn new(form: &LinearForm, first: usize, sd: &[f64]) -> Self {
        let mut n = vec![0.0; sd.len()];
        for (j, a) in form.row.iter().enumerate() {
            n[first + j] = a * sd[first + j];
        }
        let norm = n.iter().map(|n| n * n).sum::<f64>().sqrt();
        n.iter_mut().for_each(|n| *n /= norm);
        let reflection = Reflection::new(&n);
        Self { n, norm, reflection }
    }

    fn path<'a>(
        &'a self,
        problem: &'a dyn ModalProblem,
        sd: &[f64],
        options: &'a ProfileOptions,
        ask: Ask<'a>,
    ) -> Path<'a> {
        let whitened = Whitened { problem, sd: sd.to_vec(), shift: None };
        Path { whitened, n: &self.n, reflection: &self.reflection, options, ask }
    }
}

/// Both sides, and t where r reaches each of [`NORMAL`] (outer index: side).
struct Found {
    centre: Centre,
    sides: [SideOfProfile; 2],
    crossings: [[Option<f64>; 2]; 2],
}

/// A side and its crossings.
struct Side {
    side: SideOfProfile,
    crossings: [Option<f64>; 2],
}

fn both_sides(
    problem: &SteadyProblem,
    direction: &Direction,
    sd: &[f64],
    start: &[f64],
    options: &ProfileOptions,
    ask: Ask<'_>,
) -> Result<Found, FitError> {
    let mut start = start.to_vec();
    for attempt in 0.. {
        let own = problem.clone();
        let centre = direction.path(&own, sd, options, ask).centre(&start)?;
        let walk = |sign: f64| {
            // Each side follows its states from the optimum, by itself.
            let own = own.clone();
            let path = direction.path(&own, sd, options, ask);
            let mut side = path.side(&centre, sign, NORMAL[0]);
            let crossings = match side.end {
                ProfileEnd::LowerOptimum => [None; 2],
                _ => NORMAL.map(|target| path.crossing(&centre, &mut side, target)),
            };
            Side { side, crossings }
        };
        let (lower, upper) = rayon::join(|| walk(-1.0), || walk(1.0));
        let lowest = lower.side.minima.iter().chain(&upper.side.minima);
        let lowest = lowest.min_by(|a, b| a.cost.total_cmp(&b.cost));
        match lowest {
            Some(m) if attempt < RESTARTS && m.cost < centre.at.cost - options.worthwhile => {
                start = m.z.clone();
            }
            _ => {
                let crossings = [lower.crossings, upper.crossings];
                return Ok(Found { centre, sides: [lower.side, upper.side], crossings });
            }
        }
    }
    unreachable!("the last attempt returns")
}

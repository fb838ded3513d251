//! What a design is for, as a linear map G from whitened coefficients z to functions.
//!
//! Modes are orthonormal in the mean over the domain, so that the mean posterior variance of a
//! function over its squared scale A² is tr(G C Gᵀ) with G = diag(√s_j)/A over its modes. A functional
//! ℓ has one row ℓ(φ_j) √s_j, in the unit of the function (of its logarithm, where it is positive).

use faer::Mat;
use lacuna_fit::{FunctionPrior, Modes};
use lacuna_identify::scale;

use crate::problem::{DesignCriterion, FunctionalSpec, ProblemFault};
use crate::units::shown;
use crate::{Result, Setup};

/// Points of the quadrature of an integral.
const QUADRATURE: usize = 400;

/// What is wanted.
pub(super) enum Goal {
    /// All of these unknowns (indices).
    Functions(Vec<usize>),
    /// A functional of one unknown.
    Functional { unknown: usize, what: What },
}

pub(super) enum What {
    /// The value at a point; of a scalar the scalar.
    At(f64),
    Mode(usize),
    Integral {
        from: f64,
        to: f64,
    },
}

impl Goal {
    pub(super) fn new(setup: &Setup) -> Result<Self> {
        let spec = &setup.loaded.problem.design;
        let index = |name: &str| setup.unknowns.iter().position(|u| u.name == name);
        if spec.criterion == DesignCriterion::Functional
            && let Some(functional) = &spec.functional
            && let Some(unknown) = index(&functional.function)
        {
            let FunctionalSpec { at, mode, from, to, .. } = functional;
            let what = match (at, mode, from, to) {
                (_, Some(mode), ..) => What::Mode(*mode),
                (_, _, Some(from), Some(to)) => What::Integral { from: *from, to: *to },
                _ => What::At(at.unwrap_or(0.0)),
            };
            return Self::functional(setup, unknown, what);
        }
        if spec.unknowns.is_empty() {
            return Ok(Self::Functions((0..setup.unknowns.len()).collect()));
        }
        Ok(Self::Functions(spec.unknowns.iter().filter_map(|name| index(name)).collect()))
    }

    fn functional(setup: &Setup, unknown: usize, what: What) -> Result<Self> {
        let slot = &setup.model.slots()[setup.unknowns[unknown].unknown.slot];
        let places: &[(&str, f64)] = match &what {
            What::At(x) => &[("at", *x)],
            What::Integral { from, to } => &[("from", *from), ("to", *to)],
            What::Mode(_) => &[],
        };
        if let Some(domain) = slot.domain.first().filter(|domain| !domain.periodic) {
            let unit = setup.units().length;
            let slack = 1e-9 * domain.length();
            let (lower, upper) = (domain.lower - slack, domain.upper + slack);
            if let Some((key, x)) = places.iter().find(|(_, x)| !(lower..=upper).contains(x)) {
                let [lower, upper, x] = [domain.lower, domain.upper, *x].map(|x| shown(x * unit));
                let fault = ProblemFault::OutOfRange {
                    key: format!("design.functional.{key}"),
                    found: x.to_string(),
                    requirement: format!("within [{lower}, {upper}]"),
                };
                return Err(setup.loaded.error(&format!("design.functional.{key}"), fault));
            }
        }
        if let What::Mode(k) = what {
            let modes = Modes::new(slot, Modes::RESOLUTION);
            let numbers = modes.wave_numbers();
            if !numbers.contains(&k) {
                let largest = numbers.iter().max().copied().unwrap_or(0);
                let fault = ProblemFault::OutOfRange {
                    key: "design.functional.mode".into(),
                    found: k.to_string(),
                    requirement: format!("a mode of the function, at most {largest}"),
                };
                return Err(setup.loaded.error("design.functional.mode", fault));
            }
        }
        Ok(Self::Functional { unknown, what })
    }

    /// Whether an unknown counts.
    pub(super) fn counts(&self, unknown: usize) -> bool {
        match self {
            Self::Functions(which) => which.contains(&unknown),
            Self::Functional { unknown: own, .. } => *own == unknown,
        }
    }

    /// G, p × d.
    pub(super) fn matrix(&self, priors: &[FunctionPrior], values: &[Vec<f64>]) -> Mat<f64> {
        let d = priors.iter().map(|p| p.modes.len()).sum();
        let starts = |s: usize| priors[..s].iter().map(|p| p.modes.len()).sum::<usize>();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        match self {
            Self::Functions(which) => {
                for &s in which {
                    let scale = scale(&priors[s], &values[s]);
                    for (j, sd) in priors[s].standard_deviations().into_iter().enumerate() {
                        let mut row = vec![0.0; d];
                        row[starts(s) + j] = sd / scale;
                        rows.push(row);
                    }
                }
            }
            Self::Functional { unknown, what } => {
                let (prior, start) = (&priors[*unknown], starts(*unknown));
                for weights in what.weights(prior) {
                    let mut row = vec![0.0; d];
                    for (j, sd) in prior.standard_deviations().into_iter().enumerate() {
                        row[start + j] = weights[j] * sd;
                    }
                    rows.push(row);
                }
            }
        }
        Mat::from_fn(rows.len(), d, |i, j| rows[i][j])
    }
}

impl What {
    /// ℓ(φ_j), one row a functional.
    fn weights(&self, prior: &FunctionPrior) -> Vec<Vec<f64>> {
        let modes = &prior.modes;
        match *self {
            Self::At(x) => {
                let values = modes.at(&[x]);
                vec![(0..modes.len()).map(|j| values[(0, j)]).collect()]
            }
            Self::Mode(k) => {
                let own = modes.wave_numbers().into_iter().enumerate().filter(|(_, n)| *n == k);
                let unit = |i: usize| (0..modes.len()).map(move |j| f64::from(u8::from(i == j)));
                own.map(|(i, _)| unit(i).collect()).collect()
            }
            Self::Integral { from, to } => {
                let h = (to - from) / QUADRATURE as f64;
                let x: Vec<f64> = (0..QUADRATURE).map(|i| from + (i as f64 + 0.5) * h).collect();
                let values = modes.at(&x);
                vec![(0..modes.len()).map(|j| h * values.col(j).iter().sum::<f64>()).collect()]
            }
        }
    }
}

//! What a design is worth: predicted bands of the unknowns, before and after.
//!
//! With C the posterior covariance of z at truth j, the mean posterior variance of a function over
//! its domain is v_j = Σ s_k C_kk over its modes. Its relative 95 % band is 1.96 √v_j/A_j, A_j its
//! scale, as a root mean square over the truths.

use faer::Mat;
use lacuna_identify::design::{ChosenDesign, DesignProblem};
use lacuna_identify::{BAND, scale};

use super::result::{
    BandBeforeAndAfter, ChosenPoint, Designed, DesignedExperiment, DesignedUnknown, Expected,
};
use super::truths::{Linearised, Truths};
use super::{DesignPlan, Goal};
use crate::diagnose::Places;
use crate::problem::DesignCriterion;

/// Gap to the bound that deserves a remark.
const WIDE: f64 = 0.05;

impl DesignPlan {
    pub(super) fn conclude(
        &self,
        truths: &Truths,
        problem: &DesignProblem,
        chosen: ChosenDesign,
    ) -> Designed {
        let spec = &self.setup.loaded.problem.design;
        let unknowns: Vec<DesignedUnknown> = (0..self.setup.unknowns.len())
            .map(|s| self.unknown(s, &truths.linearised, &chosen))
            .collect();
        let experiments = self.experiments(&truths.linearised, problem, &chosen);
        let mut points = Vec::new();
        let mut counts = chosen.counts.iter();
        for candidate in &self.candidates {
            for (x, &replicates) in candidate.x.iter().zip(counts.by_ref()) {
                if replicates > 0 {
                    points.push(ChosenPoint {
                        experiment: candidate.name.clone(),
                        x: *x,
                        replicates,
                        cost: spec.cost * replicates as f64,
                    });
                }
            }
        }
        let mut designed = Designed {
            points,
            experiments,
            criterion: Expected {
                name: spec.criterion.name(),
                meaning: self.meaning(),
                value: chosen.value,
                before: chosen.before,
                bound: chosen.bound,
                gap: chosen.gap,
            },
            unknowns,
            gain: std::iter::once(chosen.before)
                .chain(chosen.gain.iter().map(|step| step.value))
                .collect(),
            budget: spec.budget,
            cost: chosen.cost,
            nominal: self.source.name(),
            truths: truths.linearised.len(),
            noise: self.noise.in_words(self.setup.units()),
            remarks: Vec::new(),
            stop: chosen.stop,
            elapsed: std::time::Duration::ZERO,
        };
        designed.remarks = self.remarks(truths, &designed);
        designed
    }

    fn meaning(&self) -> String {
        let names: Vec<&str> = (0..self.setup.unknowns.len())
            .filter(|s| self.goal.counts(*s))
            .map(|s| self.setup.unknowns[s].name)
            .collect();
        let names = names.join(", ");
        match self.setup.loaded.problem.design.criterion {
            DesignCriterion::A => {
                format!(
                    "mean posterior variance of {names}, relative to the squares of their scales"
                )
            }
            DesignCriterion::D => {
                "½ ln det of the posterior covariance of all unknowns relative to \
                                   the prior: minus the information gained, in nats"
                    .into()
            }
            DesignCriterion::E => format!(
                "largest posterior variance in any direction of {names}, relative to the squares of \
                 their scales"
            ),
            DesignCriterion::Functional => format!("posterior variance of a functional of {names}"),
        }
    }

    fn unknown(&self, s: usize, truths: &[Linearised], chosen: &ChosenDesign) -> DesignedUnknown {
        let unknown = &self.setup.unknowns[s];
        let slot = &self.setup.model.slots()[unknown.unknown.slot];
        let relative = |covariances: &[Mat<f64>]| -> f64 {
            let squares = truths.iter().zip(covariances).map(|(truth, covariance)| {
                let own = Own::new(truth, s);
                own.mean_variance(covariance) / scale(own.prior, &truth.values[s]).powi(2)
            });
            BAND * (squares.sum::<f64>() / truths.len() as f64).sqrt()
        };
        let places = Places::new(slot);
        let first = Own::new(&truths[0], s);
        let mut nominal = places.take(&truths[0].values[s]);
        if slot.gauge {
            let total: f64 = slot.weights.iter().sum();
            let weighted = truths[0].values[s].iter().zip(&slot.weights);
            let mean = weighted.map(|(v, w)| v * w).sum::<f64>() / total;
            nominal.iter_mut().for_each(|value| *value -= mean);
        }
        DesignedUnknown {
            name: unknown.name.into(),
            description: slot.description,
            argument: slot.argument,
            positive: unknown.positive,
            counts: self.goal.counts(s),
            relative_band: BandBeforeAndAfter {
                before: relative(&chosen.covariance_before),
                after: relative(&chosen.covariance),
            },
            sd_before: first.standard_deviation(&places.x, &chosen.covariance_before[0]),
            sd: first.standard_deviation(&places.x, &chosen.covariance[0]),
            x: places.x,
            nominal,
        }
    }

    fn experiments(
        &self,
        truths: &[Linearised],
        problem: &DesignProblem,
        chosen: &ChosenDesign,
    ) -> Vec<DesignedExperiment> {
        let nodes = self.setup.grid.nodes().coordinates();
        let mut start = 0;
        let experiment = |(g, candidate): (usize, &super::CandidateExperiment)| {
            let own = start..start + candidate.x.len();
            start = own.end;
            let counts = &chosen.counts[own.clone()];
            let measurements: usize = counts.iter().sum();
            let costs = problem.candidates[own].iter().zip(counts);
            let cost: f64 = costs.map(|(c, n)| c.cost * *n as f64).sum();
            let opening = if measurements > 0 { problem.groups[g].cost } else { 0.0 };
            let state = &truths[0].states[g];
            let mut seen = vec![0.0; candidate.x.len()];
            candidate.functionals.apply(state, &mut seen);
            let extreme = |pick: fn(f64, f64) -> f64| -> Vec<f64> {
                let at = |i: usize| truths.iter().map(|t| t.states[g][i]).reduce(pick);
                (0..state.len()).map(|i| at(i).unwrap_or(f64::NAN)).collect()
            };
            let picked: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0).collect();
            DesignedExperiment {
                name: candidate.name.clone(),
                conditions: self.setup.conditions_in_words(candidate.index),
                cost: cost + opening,
                points: measurements,
                has_data: candidate.same_as.is_some(),
                data_x: candidate.data.iter().map(|datum| datum[0]).collect(),
                data_u: candidate.data.iter().map(|datum| datum[1]).collect(),
                x: nodes.to_vec(),
                lowest: extreme(f64::min),
                highest: extreme(f64::max),
                state: state.clone(),
                chosen: picked.iter().map(|&i| candidate.x[i]).collect(),
                chosen_u: picked.iter().map(|&i| seen[i]).collect(),
            }
        };
        self.candidates.iter().enumerate().map(experiment).collect()
    }

    fn remarks(&self, truths: &Truths, designed: &Designed) -> Vec<String> {
        let mut remarks = Vec::new();
        if truths.without_state > 0 {
            remarks.push(format!(
                "{} draws had no steady state that was found in some experiment, and were replaced",
                truths.without_state
            ));
        }
        if let Some(gap) = designed.criterion.gap.filter(|gap| *gap > WIDE) {
            remarks.push(format!(
                "the design is {:.0} % above the bound of the relaxation: a better one may exist, or \
                 the bound may not be reachable with whole measurements",
                100.0 * gap
            ));
        }
        let tolerance = self.setup.loaded.problem.diagnose.tolerance;
        for unknown in designed.unknowns.iter().filter(|u| u.counts) {
            let band = unknown.relative_band.after;
            if band > tolerance && matches!(self.goal, Goal::Functions(_)) {
                remarks.push(format!(
                    "the predicted 95 % band of {} is still {band:.2} of its scale: raise the budget, \
                     lower the noise, or add experiments of another kind to [[design.experiments]]",
                    unknown.name
                ));
            }
        }
        remarks
    }
}

/// One unknown at one truth.
struct Own<'a> {
    prior: &'a lacuna_fit::FunctionPrior,
    start: usize,
    sd: Vec<f64>,
}

impl<'a> Own<'a> {
    fn new(truth: &'a Linearised, s: usize) -> Self {
        let prior = &truth.priors[s];
        let start = truth.priors[..s].iter().map(|p| p.modes.len()).sum();
        Self { prior, start, sd: prior.standard_deviations() }
    }

    fn mean_variance(&self, covariance: &Mat<f64>) -> f64 {
        let own = |(k, sd): (usize, &f64)| sd * sd * covariance[(self.start + k, self.start + k)];
        self.sd.iter().enumerate().map(own).sum()
    }

    fn standard_deviation(&self, x: &[f64], covariance: &Mat<f64>) -> Vec<f64> {
        let modes = self.prior.modes.at(x);
        let n = self.sd.len();
        let own = Mat::from_fn(n, n, |i, j| {
            self.sd[i] * covariance[(self.start + i, self.start + j)] * self.sd[j]
        });
        let spread = &modes * &own;
        (0..x.len()).map(|i| (spread.row(i) * modes.row(i).transpose()).max(0.0).sqrt()).collect()
    }
}

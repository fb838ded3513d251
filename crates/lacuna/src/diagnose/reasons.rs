//! Why an unknown is not determined, in words, and what would help.
//!
//! Rules over the linear algebra: scalings of the equation, unknowns that stand in for one another,
//! modes of a kernel that no state excites (W_k acts through û_k), places without data or without a
//! state. What no rule explains is noise, or too few measurements.

use lacuna_core::{Argument, Slot, Undetermined};
use lacuna_fit::{Link, Sensitivity};
use lacuna_identify::{BAND, Diagnosis, UnknownDiagnosis, Verdict};

use super::repeats::groups;
use super::result::{ExaminedExperiment, KernelModes, ModeRow, Reason};
use super::words::{amplitude, list, places, variation};
use crate::Setup;

/// |û_k|/M, and relative variation of a state, below which it counts as zero.
const NOTHING: f64 = 1e-10;
/// Part of the prior's standard deviation that is left of what the data do not determine.
const LOST: f64 = 0.5;
/// Part of the scale that a change must have to be noticed.
const NOTICED: f64 = 0.1;
/// Relative variation of a relative change that is a factor.
const A_FACTOR: f64 = 1e-3;
/// Part of the mean below which a density is next to nothing.
const SPARSE: f64 = 0.02;
/// Measurements for each direction that matters with which there are enough of them.
const ENOUGH: usize = 3;
/// Most modes that are listed.
const MOST_MODES: usize = 12;

/// All that reasons follow from.
pub(super) struct Evidence<'a> {
    pub setup: &'a Setup,
    pub sensitivity: &'a Sensitivity,
    pub diagnosis: &'a Diagnosis,
    /// Intervals in which each experiment is observed.
    pub observed: Vec<Vec<[f64; 2]>>,
    pub experiments: &'a [ExaminedExperiment],
}

impl Evidence<'_> {
    fn slot(&self, a: usize) -> &Slot {
        &self.setup.model.slots()[self.setup.unknowns[a].unknown.slot]
    }

    fn name(&self, a: usize) -> &'static str {
        self.setup.unknowns[a].name
    }

    fn found(&self, a: usize) -> &UnknownDiagnosis {
        &self.diagnosis.unknowns[a]
    }

    /// Experiments in which unknown `a` takes part.
    fn partakes(&self, a: usize) -> Vec<usize> {
        let n = self.sensitivity.takes_part.len();
        (0..n).filter(|&e| self.sensitivity.takes_part[e][a]).collect()
    }

    /// Why unknown `a` is not identified; nothing if it is.
    pub(super) fn reasons(&self, a: usize) -> Vec<Reason> {
        let found = self.found(a);
        if found.joint.verdict == Verdict::Identified {
            return Vec::new();
        }
        let mut reasons = Vec::new();
        if let Some(reason) = self.without_influence(a) {
            // Of a closed form the parameters are named.
            return vec![self.undetermined(a).unwrap_or(reason)];
        }
        reasons.extend(self.undetermined(a));
        let explained = self.scalings(a, &mut reasons);
        reasons.extend(self.open_alone(a));
        self.trade_offs(a, &explained, &mut reasons);
        let is_form = self.sensitivity.priors[a].modes.closed_form().is_some();
        if !is_form && (found.separate.verdict != Verdict::Identified || reasons.is_empty()) {
            match self.slot(a).argument {
                Argument::Displacement => reasons.extend(self.lost_modes(a)),
                Argument::Position => {
                    let told = found.alone.is_some();
                    let more = |r: &Reason| !told || r.code == "no-data-there";
                    reasons.extend(self.lost_places(a).filter(more));
                }
                Argument::None | Argument::State => {}
            }
        }
        if reasons.is_empty() {
            reasons.push(self.too_little(a));
        }
        reasons
    }

    /// Where no datum depends on the unknown at all.
    fn without_influence(&self, a: usize) -> Option<Reason> {
        let columns = self.sensitivity.columns[a].clone();
        let sd = self.sensitivity.priors[a].standard_deviations();
        let norm = |(sd, j): (&f64, usize)| sd * self.sensitivity.jacobian.col(j).norm_l2();
        let largest = sd.iter().zip(columns).map(norm).fold(0.0, f64::max);
        if largest > NOTHING * self.sensitivity.signal {
            return None;
        }
        let name = self.name(a);
        let partakes = self.partakes(a);
        let constant = |e: &usize| variation(&self.sensitivity.states[*e]) < NOTHING;
        let of_density = self.setup.model.is_density();
        if !partakes.is_empty() && of_density && partakes.iter().all(constant) {
            return Some(Reason {
                code: "constant-state",
                text: format!(
                    "every state is constant, and a constant state is the same for every {name}"
                ),
                remedy:
                    "measure a state that varies: under a known push ΔV, or on a branch beyond \
                         the onset of patterns (another coupling; `initial` picks the branch)"
                        .into(),
            });
        }
        Some(Reason {
            code: "no-influence",
            text: format!(
                "no prediction depends on {name} under these conditions (its coupling is zero, or what \
                 it multiplies vanishes)"
            ),
            remedy: format!("add an experiment in which {name} acts"),
        })
    }

    /// Scalings that `a` takes part in; returns the unknowns they explain.
    fn scalings(&self, a: usize, reasons: &mut Vec<Reason>) -> Vec<usize> {
        let mut explained = Vec::new();
        let scale = self.found(a).scale;
        for scaling in self.sensitivity.scalings.iter().filter(|s| s.unknowns.contains(&a)) {
            let mut square = 0.0;
            let mut own = 0.0;
            for (b, columns) in self.sensitivity.columns.iter().enumerate() {
                let sd = self.sensitivity.priors[b].standard_deviations();
                for (c, sd) in scaling.direction[columns.clone()].iter().zip(&sd) {
                    square += (c / sd).powi(2);
                    own += if b == a { c * c } else { 0.0 };
                }
            }
            if BAND * (own / square).sqrt() < NOTICED * scale {
                continue;
            }
            explained.extend(scaling.unknowns.iter().copied().filter(|b| *b != a));
            let names: Vec<&str> = scaling.unknowns.iter().map(|&b| self.name(b)).collect();
            let product = names.contains(&"coupling") && names.contains(&"W") && names.len() == 2;
            reasons.push(if product {
                Reason {
                    code: "only-as-product",
                    text: "coupling and W act only as their product: doubling one and halving the \
                           other changes nothing"
                        .into(),
                    remedy: "fix the coupling in [model], or give it in at least one experiment \
                             whose state varies"
                        .into(),
                }
            } else {
                Reason {
                    code: "only-up-to-scale",
                    text: format!(
                        "{} are determined only up to a common factor: multiplying all of them by \
                         it leaves every steady state as it is",
                        list(&names)
                    ),
                    remedy: format!(
                        "fix one of them, or add an experiment with a known part that does not \
                         scale{}",
                        if self.setup.model.is_density() {
                            ", such as a known push ΔV"
                        } else {
                            ""
                        }
                    ),
                }
            });
        }
        explained
    }

    /// A change of `a` alone that leaves every state as it is.
    fn open_alone(&self, a: usize) -> Option<Reason> {
        let found = self.found(a);
        let change = found.alone.as_ref()?;
        let name = self.name(a);
        let values = &self.sensitivity.values[a];
        let relative = |(change, value): (&f64, &f64)| match self.sensitivity.priors[a].link {
            Link::Exponential => *change,
            Link::Identity => change / value,
        };
        let relative: Vec<f64> = change.iter().zip(values).map(relative).collect();
        if variation(&relative) < A_FACTOR {
            return Some(Reason {
                code: "only-up-to-scale",
                text: format!("{name} may be multiplied by any number: every state stays as it is"),
                remedy: format!(
                    "add an experiment with a known part that is not multiplied (a source, a reaction), or \
                     fix {name} at one place by what is known from elsewhere"
                ),
            });
        }
        let slot = self.setup.unknowns[a].unknown.slot;
        Some(match self.setup.model.undetermined(slot) {
            Some(Undetermined { code, reason, remedy }) => {
                Reason { code, text: reason.into(), remedy: remedy.into() }
            }
            None => self.unseen_change(a),
        })
    }

    /// Other unknowns that stand in for `a`.
    fn trade_offs(&self, a: usize, explained: &[usize], reasons: &mut Vec<Reason>) {
        let found = self.found(a);
        for (b, without) in found.without.iter().enumerate() {
            let better = without.verdict < found.joint.verdict
                || without.relative_band < LOST * found.joint.relative_band;
            if b == a || !better || explained.contains(&b) {
                continue;
            }
            reasons.push(self.trade_off(a, b));
        }
    }

    /// The experiments `chosen` in groups that are one state each.
    fn repeats(&self, chosen: &[usize]) -> Vec<Vec<usize>> {
        groups(chosen, &self.sensitivity.states, self.experiments)
    }

    fn trade_off(&self, a: usize, b: usize) -> Reason {
        let structural = self.found(a).joint.verdict == Verdict::Structurally;
        let (name, other) = (self.name(a), self.name(b));
        let arguments = [self.slot(a).argument, self.slot(b).argument];
        let kernel = arguments.contains(&Argument::Displacement);
        let position = arguments.contains(&Argument::Position);
        let both: Vec<usize> =
            self.partakes(a).into_iter().filter(|e| self.sensitivity.takes_part[*e][b]).collect();
        let remedy = "measure another steady state in which they act in another proportion: at \
                      another coupling κ, on a second branch at the same κ, or under a known push \
                      ΔV";
        let states = self.repeats(&both);
        let one_state = structural && states.len() < 2;
        let again = match both.len() {
            0 | 1 => "",
            _ => ", and all experiments are the same one",
        };
        if kernel && position && one_state {
            return Reason {
                code: "one-state",
                text: format!(
                    "one steady state cannot separate {name} from {other}{again}: any change of κ W*u is \
                     undone by the opposite change of V"
                ),
                remedy: remedy.into(),
            };
        }
        if kernel && position {
            let how = if structural {
                "leave every prediction as it is"
            } else {
                "are hidden by the noise"
            };
            return Reason {
                code: "states-alike",
                text: format!(
                    "{name} and {other} stand in for one another: the states excite the kernel in \
                     so similar a way that joint changes of the two {how}"
                ),
                remedy: remedy.into(),
            };
        }
        let how = if structural { "without changing any prediction" } else { "within the noise" };
        Reason {
            code: "trade-off",
            text: format!("{name} and {other} can change together {how}"),
            remedy: format!(
                "fix {other} if it is known from elsewhere, or add an experiment in which the two act \
                 in another proportion"
            ),
        }
    }

    /// Modes of a kernel that the states do not excite enough.
    fn lost_modes(&self, a: usize) -> Option<Reason> {
        let modes = self.modes_of(a);
        let lost: Vec<&ModeRow> =
            modes.iter().filter(|m| m.posterior_sd > LOST * m.prior_sd).collect();
        if lost.is_empty() {
            return None;
        }
        let zero = |m: &ModeRow| m.state_amplitudes.iter().all(|u| *u < NOTHING);
        let numbers = |chosen: &[&ModeRow]| -> String {
            let k: Vec<String> = chosen.iter().map(|m| m.k.to_string()).collect();
            format!("{} {}", if k.len() == 1 { "mode" } else { "modes" }, k.join(", "))
        };
        let name = self.name(a);
        let silent: Vec<&ModeRow> = lost.iter().copied().filter(|m| zero(m)).collect();
        if silent.is_empty() && self.found(a).separate.verdict == Verdict::Structurally {
            return None;
        }
        if silent.is_empty() {
            return Some(Reason {
                code: "weak-modes",
                text: format!(
                    "{} of {name} act through small parts of the states (û_k/M at most {:.1e}), which \
                     the noise hides",
                    numbers(&lost),
                    lost.iter().flat_map(|m| &m.state_amplitudes).copied().fold(0.0, f64::max)
                ),
                remedy: "measure states with sharper features (stronger coupling, a push with \
                         these modes), or with less noise"
                    .into(),
            });
        }
        let partakes = self.partakes(a);
        let period = (2..=8).rev().find(|m| {
            let is_periodic = |&e: &usize| {
                let row = |k: usize| amplitude(self.setup, &self.sensitivity.states[e], k);
                let varies = variation(&self.sensitivity.states[e]) > NOTHING;
                varies && (1..=4 * m).all(|k| k % m == 0 || row(k) < NOTHING)
            };
            !partakes.is_empty() && partakes.iter().all(is_periodic)
        });
        Some(match period {
            Some(period) => Reason {
                code: "symmetry-of-data",
                text: format!(
                    "the states repeat {period} times around the domain, so that only every \
                     {period}th mode of {name} acts; {} do not",
                    numbers(&silent)
                ),
                remedy: "measure a state without this symmetry: under a push of period L, or on \
                         another branch"
                    .into(),
            },
            None => Reason {
                code: "silent-modes",
                text: format!(
                    "the states have no part û_k in {}, through which alone these modes of {name} act",
                    numbers(&silent)
                ),
                remedy: "measure a state that has these parts, e.g. under a push cos(2πkx/L)"
                    .into(),
            },
        })
    }

    /// Places at which a function of position is not determined.
    fn lost_places(&self, a: usize) -> Option<Reason> {
        let prior = &self.sensitivity.priors[a];
        let slot = self.slot(a);
        let x: Vec<f64> = slot.points.iter().map(|x| x[0]).collect();
        let modes = prior.modes.values();
        let spread = modes * &self.found(a).covariance;
        let own = prior.standard_deviations();
        let lost = |i: &usize| {
            let square = |(j, sd): (usize, &f64)| (sd * modes[(*i, j)]).powi(2);
            let before: f64 = own.iter().enumerate().map(square).sum();
            spread.row(*i) * modes.row(*i).transpose() > LOST * LOST * before
        };
        let mut lost: Vec<usize> = (0..x.len()).filter(lost).collect();
        if lost.is_empty() {
            // Smoothness fills small gaps: where the change that is seen least lives.
            let z = &self.found(a).weakest[self.sensitivity.columns[a].clone()];
            let c: Vec<f64> = z.iter().zip(&own).map(|(z, sd)| z * sd).collect();
            let change = modes * faer::ColRef::from_slice(&c);
            let largest = change.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
            lost = (0..x.len()).filter(|&i| change[i].abs() > LOST * largest).collect();
        }
        let partakes = self.partakes(a);
        let share = |holds: &dyn Fn(usize) -> bool| {
            lost.iter().filter(|i| holds(**i)).count() as f64 / lost.len() as f64
        };
        let period = self.setup.grid.axes()[0].length;
        let seen = |i: usize| {
            let near = |[lower, upper]: &[f64; 2]| {
                [-period, 0.0, period]
                    .iter()
                    .any(|shift| (*lower..=*upper).contains(&(x[i] + shift)))
            };
            partakes.iter().any(|&e| self.observed[e].iter().any(near))
        };
        let name = self.name(a);
        let place = places(&lost, &self.setup.units().x_as_given(&x));
        if share(&|i| !seen(i)) > 0.5 {
            return Some(Reason {
                code: "no-data-there",
                text: format!("there are no measurements where {name} is not determined ({place})"),
                remedy: format!("measure there: {place}"),
            });
        }
        let nodes = self.setup.grid.nodes().coordinates();
        let value = |e: usize, x: f64| -> f64 {
            let nearest =
                nodes.iter().enumerate().min_by(|p, q| (p.1 - x).abs().total_cmp(&(q.1 - x).abs()));
            nearest.map_or(0.0, |(i, _)| self.sensitivity.states[e][i].abs())
        };
        let mean = |e: usize| {
            let u = &self.sensitivity.states[e];
            u.iter().map(|u| u.abs()).sum::<f64>() / u.len() as f64
        };
        if share(&|i| partakes.iter().all(|&e| value(e, x[i]) < SPARSE * mean(e))) > 0.5 {
            let (what, remedy) = if self.setup.model.is_density() {
                (
                    "hardly any of the density",
                    "a known push that brings the density there, or less \
                  relative noise there",
                )
            } else {
                (
                    "next to nothing of the state",
                    "other boundary values or another source, so that \
                  the state does not vanish there",
                )
            };
            return Some(Reason {
                code: "state-near-zero",
                text: format!("there is {what} where {name} is not determined ({place})"),
                remedy: remedy.into(),
            });
        }
        let everywhere = lost.len() == x.len();
        (!everywhere && self.found(a).separate.verdict != Verdict::Identified).then(|| {
            let mut reason = self.too_little(a);
            reason.text = format!("{} ({place})", reason.text);
            reason
        })
    }

    /// Noise, or too few measurements.
    fn too_little(&self, a: usize) -> Reason {
        let found = self.found(a);
        let name = self.name(a);
        let matter = self.directions_that_matter(a);
        let rows: usize = self.partakes(a).iter().map(|&e| self.experiments[e].points).sum();
        // Fewer measurements than directions leave some unseen, whatever the states show.
        let could_see = rows >= found.of && rows > ENOUGH * matter;
        let structurally = found.joint.verdict == Verdict::Structurally;
        if structurally && (could_see || found.unseen_change.is_some()) {
            return self.unseen_change(a);
        }
        if structurally {
            return Reason {
                code: "too-few-measurements",
                text: format!(
                    "{rows} measurements leave directions of {name} unseen (about {matter} matter at \
                     the prior's scale)"
                ),
                remedy: "measure at more points, or under more conditions".into(),
            };
        }
        let text = format!(
            "the noise leaves a 95 % band of {:.2} of the scale of {name}",
            found.joint.relative_band
        );
        match found.more_data {
            Some(factor) => Reason {
                code: "noise",
                text,
                remedy: format!(
                    "about {factor:.0} times as many measurements of the same kind, or {:.1} times less \
                     noise",
                    factor.sqrt()
                ),
            },
            None => Reason {
                code: "noise",
                text,
                remedy: "more measurements of the same kind would not help; measure under other \
                         conditions"
                    .into(),
            },
        }
    }

    fn unseen_change(&self, a: usize) -> Reason {
        Reason {
            code: "unseen-change",
            text: format!(
                "a change of {} leaves every prediction as it is, at however many points these states \
                 are measured",
                self.name(a)
            ),
            remedy:
                "measure under other conditions (another state, other boundary values, a known \
                     push), or a quantity that depends on it otherwise"
                    .into(),
        }
    }

    fn directions_that_matter(&self, a: usize) -> usize {
        let scale = self.found(a).scale;
        let sd = self.sensitivity.priors[a].standard_deviations();
        sd.iter().filter(|sd| BAND * **sd >= NOTICED * scale).count()
    }

    /// The kernel mode by mode.
    pub(super) fn kernel_modes(&self) -> Option<KernelModes> {
        let kernel = (0..self.setup.unknowns.len())
            .find(|&a| self.slot(a).argument == Argument::Displacement)
            .filter(|&a| self.sensitivity.priors[a].modes.closed_form().is_none())?;
        Some(KernelModes { unknown: self.name(kernel).into(), rows: self.modes_of(kernel) })
    }

    fn modes_of(&self, a: usize) -> Vec<ModeRow> {
        let prior = &self.sensitivity.priors[a];
        let (scale, columns) = (self.found(a).scale, self.sensitivity.columns[a].clone());
        let sd = prior.standard_deviations();
        let covariance = &self.found(a).covariance;
        let numbers = prior.modes.wave_numbers();
        let rows = self.sensitivity.jacobian.nrows().max(1) as f64;
        let mut list = Vec::new();
        for k in 1..=MOST_MODES {
            let own: Vec<usize> = (0..numbers.len()).filter(|&j| numbers[j] == k).collect();
            let largest =
                |of: &dyn Fn(usize) -> f64| own.iter().map(|&j| of(j)).fold(0.0, f64::max);
            let prior_sd = largest(&|j| sd[j]) / scale;
            if own.is_empty() || BAND * prior_sd < NOTICED {
                break;
            }
            let weakest = own
                .iter()
                .map(|&j| self.sensitivity.jacobian.col(columns.start + j).norm_l2())
                .fold(f64::INFINITY, f64::min);
            let relative = self.sensitivity.signal / rows.sqrt();
            let seen = weakest * sd[own[0]] > NOTHING * self.sensitivity.signal;
            list.push(ModeRow {
                k,
                state_amplitudes: self
                    .partakes(a)
                    .iter()
                    .map(|&e| amplitude(self.setup, &self.sensitivity.states[e], k))
                    .collect(),
                noise_amplification: seen.then(|| relative / (weakest * scale)),
                prior_sd,
                posterior_sd: largest(&|j| covariance[(j, j)].max(0.0).sqrt()) / scale,
            });
        }
        list
    }

    /// What a reader should see beside the verdicts.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let identified = self.diagnosis.joint.verdict == Verdict::Identified;
        let all: Vec<usize> = (0..self.experiments.len()).collect();
        for group in self.repeats(&all).iter().filter(|group| group.len() > 1 && !identified) {
            let names: Vec<&str> =
                group.iter().map(|&e| self.experiments[e].name.as_str()).collect();
            remarks.push(format!(
                "experiments {} are the same state under the same conditions: together they are more precise \
                 than one of them, and tell nothing else",
                list(&names)
            ));
        }
        let assumed: Vec<&str> = self
            .experiments
            .iter()
            .filter(|e| e.noise_assumed && !e.noise.is_empty())
            .map(|e| e.name.as_str())
            .collect();
        if !assumed.is_empty() {
            remarks.push(format!(
                "nothing is known of the noise of {}: it is taken as `[diagnose] noise` = {} of the root \
                 mean square of the state, where the data do not tell",
                list(&assumed.iter().map(|n| format!("experiment {n}")).collect::<Vec<_>>()),
                self.setup.loaded.problem.diagnose.noise
            ));
        }
        remarks
    }
}

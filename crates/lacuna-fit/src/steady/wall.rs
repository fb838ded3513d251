//! Where nobody is, the data bound a potential from one side only.
//!
//! A region that a density hardly enters may lie behind a wall of any height H: V + H w, w a window that
//! rises over the borders of the region. The prior of a smooth function of one amplitude knows no walls,
//! and the linearised problem sees the height at which the fit has ended. Every region is therefore behind a
//! wall with probability ½ beforehand, ln H uniform over seven octaves from a third of the natural unit, and after
//! that with p(H) e^{−Δ(H)}, Δ what the wall adds to φ_data, with the states solved for. Observed individuals in
//! the region, or values above their noise, exclude it. Each component of the posterior is divided into
//! some with and without walls. Of the states nothing follows from walls, since the data see none.

use faer::Mat;
use lacuna_core::{Argument, EvalResult};

use super::map::{ModalFit, ModalProblem, set_noise};
use super::mixture::Mixture;
use super::modes::{FunctionPrior, Link, columns};
use super::problem::SteadyProblem;

/// Parts of the highest density below which nobody may be there, one after the other.
const LOW: [f64; 5] = [0.3, 0.1, 0.03, 0.01, 0.003];
/// Part of the region over which a wall rises, at each border.
const RISE: f64 = 0.3;
/// Shortest rise, in wavelengths of the last mode, that the modes can hold.
const SHORTEST: f64 = 0.75;
/// Longest region, of the domain.
const LONGEST: f64 = 0.9;
/// Heights in natural units, each for an octave.
const HEIGHTS: [f64; 7] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
/// Probability of a wall beforehand, and smallest factor of the likelihood with which there may be one.
const WALLED: f64 = 0.5;
const POSSIBLE: f64 = 0.5;
/// Components of the mixture that is divided, about.
const COMPONENTS: usize = 384;

/// A region behind which a potential may rise to any height.
#[derive(Clone, Debug)]
pub struct Wall {
    /// The unknown.
    pub unknown: usize,
    /// The first and the last node; round the circle where the second is the smaller one.
    pub region: [f64; 2],
    /// Probability of a wall.
    pub probability: f64,
    /// All walls that may be there, each for an octave of heights.
    rises: Vec<Rise>,
    /// Coefficients of the windows among all.
    shapes: Vec<Vec<f64>>,
}

/// H w for an octave about H.
#[derive(Clone, Copy, Debug)]
struct Rise {
    height: f64,
    probability: f64,
    /// Which of the shapes w is.
    shape: usize,
}

impl Wall {
    /// H and w below which a part `u` of all walls lies, no wall the lowest.
    fn rise(&self, u: f64) -> Option<(f64, &[f64])> {
        let mut left = u - (1.0 - self.probability);
        if left < 0.0 {
            return None;
        }
        for rise in &self.rises {
            if left < rise.probability {
                let height = rise.height * (left / rise.probability - 0.5).exp2();
                return Some((height, &self.shapes[rise.shape]));
            }
            left -= rise.probability;
        }
        self.rises.last().map(|rise| (rise.height, self.shapes[rise.shape].as_slice()))
    }
}

/// The walls that the data of a fit allow.
pub(super) fn walls(problem: &SteadyProblem, fit: &ModalFit) -> EvalResult<Vec<Wall>> {
    let slot = |s: usize| &problem.model.slots()[problem.unknowns[s].slot];
    let is_potential = |s: &usize| {
        let prior = &problem.unknowns[*s].prior;
        slot(*s).argument == Argument::Position
            && slot(*s).gauge
            && prior.link == Link::Identity
            && prior.modes.closed_form().is_none()
            && slot(*s).points.len() == problem.model.n_nodes()
    };
    let potentials: Vec<usize> = (0..problem.unknowns.len()).filter(is_potential).collect();
    if potentials.is_empty() || !problem.model.is_density() {
        return Ok(Vec::new());
    }
    let mut own = problem.clone();
    set_noise(&mut own, &fit.eta.log_noise);
    let cost = own.evaluate(&fit.coefficients, &mut vec![0.0; own.n_scores()])?;
    let states = own.steady_states(&own.values(&fit.coefficients))?;
    own.start_from(states.clone());
    let mut found = Vec::new();
    for s in potentials {
        let takes_part = |e: &usize| own.states[*e].slots[own.unknowns[s].slot].unknown == Some(s);
        let seen: Vec<&Vec<f64>> =
            (0..states.len()).filter(takes_part).map(|e| &states[e]).collect();
        let periodic = slot(s).domain.first().is_some_and(|d| d.periodic);
        let x: Vec<f64> = slot(s).points.iter().map(|x| x[0]).collect();
        let resolution = fit.eta.priors[s].modes.resolution();
        let tried = Tried { problem: &own, fit, cost, unknown: s };
        for nested in basins(&highest_parts(&seen), resolution, periodic) {
            found.extend(tried.wall(&nested, &x));
        }
    }
    Ok(found)
}

/// Walls of one unknown, beside a fit of this φ_data.
struct Tried<'a> {
    problem: &'a SteadyProblem,
    fit: &'a ModalFit,
    cost: f64,
    unknown: usize,
}

impl Tried<'_> {
    /// The walls round regions within one another, all as likely beforehand; none where the data exclude
    /// them.
    fn wall(&self, nested: &[Vec<usize>], x: &[f64]) -> Option<Wall> {
        let Self { problem, fit, cost, unknown } = *self;
        let priors = &fit.eta.priors;
        let unit = priors[unknown].unit;
        let shapes: Vec<Vec<f64>> =
            nested.iter().map(|nodes| coefficients(priors, unknown, nodes)).collect();
        let mut residuals = vec![0.0; problem.n_scores()];
        let mut rises = Vec::new();
        for (shape, w) in shapes.iter().enumerate() {
            for height in HEIGHTS.map(|height| height * unit) {
                let moved = fit.coefficients.iter().zip(w).map(|(c, w)| c + height * w);
                let at = problem.evaluate(&moved.collect::<Vec<f64>>(), &mut residuals);
                let factor = at.map_or(0.0, |at| (cost - at).exp());
                rises.push(Rise { height, probability: factor, shape });
            }
        }
        let factor = rises.iter().map(|r| r.probability).sum::<f64>() / rises.len() as f64;
        if !(POSSIBLE..f64::INFINITY).contains(&factor) {
            return None;
        }
        let odds = WALLED / (1.0 - WALLED) * factor;
        let probability = odds / (1.0 + odds);
        let part = probability / (factor * rises.len() as f64);
        rises.iter_mut().for_each(|rise| rise.probability *= part);
        // The lowest first, so that quantiles of walls are quantiles of heights.
        rises.sort_by(|a, b| a.height.total_cmp(&b.height));
        let share = |shape: usize| -> f64 {
            rises.iter().filter(|r| r.shape == shape).map(|r| r.probability).sum()
        };
        let likeliest = (0..shapes.len()).max_by(|&a, &b| share(a).total_cmp(&share(b)))?;
        let nodes = &nested[likeliest];
        let region = [x[nodes[0]], x[nodes[nodes.len() - 1]]];
        Some(Wall { unknown, region, probability, rises, shapes })
    }
}

/// Regions within one another, below lower and lower parts of the highest density; as far as the modes can
/// hold walls round them.
fn basins(highest: &[f64], resolution: usize, periodic: bool) -> Vec<Vec<Vec<usize>>> {
    let n = highest.len();
    let mut basins: Vec<Vec<Vec<usize>>> = Vec::new();
    for low in LOW {
        for (first, count) in runs(highest, low, periodic) {
            let part = count as f64 / n as f64;
            if !can_hold(resolution, periodic, part) {
                continue;
            }
            let nodes: Vec<usize> = (0..count).map(|i| (first + i) % n).collect();
            match basins.iter_mut().find(|basin| basin[0].contains(&nodes[0])) {
                Some(basin) => basin.push(nodes),
                None => basins.push(vec![nodes]),
            }
        }
    }
    basins
}

/// With each component divided into some without and with walls; the covariance, from which states
/// follow, stays.
pub(super) fn divide(mixture: Mixture, walls: Vec<Wall>) -> Mixture {
    /// Parts of the golden section are spread evenly, whatever their number.
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    if walls.is_empty() {
        return mixture;
    }
    let parts = (COMPONENTS / mixture.components.len().max(1)).max(1);
    let mut components = Vec::with_capacity(parts * mixture.components.len());
    for (i, component) in mixture.components.iter().enumerate() {
        for part in 0..parts {
            let mut divided = component.clone();
            divided.weight /= parts as f64;
            for (w, wall) in walls.iter().enumerate() {
                let offset = ((i + 1) as f64 * GOLDEN + w as f64 * 0.5).fract();
                // Of several walls, each height with each of the others.
                let own = (part * (2 * w + 1) + w) % parts;
                let rise = wall.rise((own as f64 + offset) / parts as f64);
                let Some((height, shape)) = rise else { continue };
                divided.shift.iter_mut().zip(shape).for_each(|(shift, w)| *shift += height * w);
            }
            components.push(divided);
        }
    }
    Mixture { components, walls, ..mixture }
}

/// At every node the highest density of all states, each relative to its own highest.
fn highest_parts(states: &[&Vec<f64>]) -> Vec<f64> {
    let mut highest = vec![0.0_f64; states.first().map_or(0, |u| u.len())];
    for u in states {
        let most = u.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        highest.iter_mut().zip(u.iter()).for_each(|(h, u)| *h = h.max(u / most));
    }
    highest
}

/// Runs of nodes below `low`: the first node and how many.
fn runs(values: &[f64], low: f64, periodic: bool) -> Vec<(usize, usize)> {
    let n = values.len();
    let is_low = |i: usize| values[i % n] < low;
    let begins =
        |i: usize| is_low(i) && if i == 0 && !periodic { true } else { !is_low(i + n - 1) };
    let length = |first: usize| {
        let most = if periodic { n } else { n - first };
        (0..most).take_while(|i| is_low(first + i)).count()
    };
    (0..n).filter(|&i| begins(i)).map(|first| (first, length(first))).collect()
}

/// Whether modes up to this k can hold the rise of a wall round this part of the domain.
fn can_hold(resolution: usize, periodic: bool, part: f64) -> bool {
    let waves = resolution as f64 * if periodic { 1.0 } else { 0.5 };
    part <= LONGEST && RISE * part * waves >= SHORTEST
}

/// Coefficients of w among all: 1 in the region, with borders that rise as a half wave does.
fn coefficients(priors: &[FunctionPrior], s: usize, nodes: &[usize]) -> Vec<f64> {
    let modes = &priors[s].modes;
    let mut window = Mat::zeros(modes.values().nrows(), 1);
    let count = nodes.len() as f64;
    for (i, &node) in nodes.iter().enumerate() {
        let from_border = (i as f64 + 0.5).min(count - i as f64 - 0.5) / count;
        let risen = (from_border / RISE).min(1.0);
        window[(node, 0)] = 0.5 - 0.5 * (std::f64::consts::PI * risen).cos();
    }
    let own = modes.coefficients(window.as_ref());
    let columns = columns(priors);
    let mut all = vec![0.0; columns.last().map_or(0, |last| last.end)];
    all[columns[s].clone()].iter_mut().zip(own.col(0).iter()).for_each(|(to, c)| *to = *c);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_go_round_the_circle() {
        let values = [0.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        assert_eq!(runs(&values, 0.5, true), [(3, 1), (5, 3)]);
        assert_eq!(runs(&values, 0.5, false), [(0, 2), (3, 1), (5, 1)]);
        assert_eq!(runs(&[1.0; 4], 0.5, true), []);
    }

    #[test]
    fn heights_are_spread_by_their_probabilities() {
        let rise = |height, probability| Rise { height, probability, shape: 0 };
        let (rises, shapes) = (vec![rise(1.0, 0.25), rise(2.0, 0.5)], vec![vec![]]);
        let wall = Wall { unknown: 0, region: [0.0, 1.0], probability: 0.75, rises, shapes };
        let height = |u: f64| wall.rise(u).map_or(0.0, |(height, _)| height);
        assert_eq!(height(0.2), 0.0);
        assert!((height(0.375) - 1.0).abs() < 1e-12);
        assert!((height(0.75) - 2.0).abs() < 1e-12);
        assert!((height(0.999_999_9) - 2.0 * 0.5_f64.exp2()).abs() < 1e-5);
    }

    #[test]
    fn regions_are_nested_in_their_basins() {
        // Two dips, of which one reaches further down.
        let highest: Vec<f64> = (0..64)
            .map(|i| match i {
                4..=23 => {
                    if (8..=19).contains(&i) {
                        0.05
                    } else {
                        0.2
                    }
                }
                40..=59 => 0.2,
                _ => 1.0,
            })
            .collect();
        let found = basins(&highest, 24, true);
        let counts: Vec<Vec<usize>> =
            found.iter().map(|basin| basin.iter().map(Vec::len).collect()).collect();
        assert_eq!(counts, [vec![20, 12], vec![20]]);
        assert!(basins(&highest, 2, true).is_empty());
    }
}

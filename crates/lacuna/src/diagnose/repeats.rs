//! Experiments that repeat one another: the same conditions and the same steady state.
//!
//! Of several states under the same conditions each counts; the same state measured again adds precision
//! and no other equation.

use super::result::ExaminedExperiment;

/// Relative difference of two states below which they are the same.
const SAME: f64 = 1e-8;

/// The experiments `chosen` in groups of which each is one state, in order.
pub(super) fn groups(
    chosen: &[usize],
    states: &[Vec<f64>],
    experiments: &[ExaminedExperiment],
) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &e in chosen {
        let same = |group: &&mut Vec<usize>| {
            let first = group[0];
            experiments[first].conditions == experiments[e].conditions
                && alike(&states[first], &states[e])
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(e),
            None => groups.push(vec![e]),
        }
    }
    groups
}

fn alike(a: &[f64], b: &[f64]) -> bool {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let apart = norm(&mut a.iter().zip(b).map(|(a, b)| a - b));
    apart <= SAME * norm(&mut a.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(coupling: &str) -> ExaminedExperiment {
        ExaminedExperiment {
            name: String::new(),
            conditions: vec![("coupling".into(), coupling.into())],
            points: 1,
            planned: true,
            noise: String::new(),
            noise_assumed: false,
        }
    }

    #[test]
    fn the_same_state_under_the_same_conditions_is_one() {
        let experiments = ["1", "2", "1", "1"].map(experiment);
        let states = [vec![1.0, 2.0], vec![1.0, 2.0], vec![1.0, 2.0 + 1e-12], vec![2.0, 1.0]];
        // The second has another coupling; the last is on another branch.
        assert_eq!(groups(&[0, 1, 2, 3], &states, &experiments), [vec![0, 2], vec![1], vec![3]]);
        assert_eq!(groups(&[2, 3], &states, &experiments), [vec![2], vec![3]]);
    }
}

//! Modes are orthonormal in the mean at the points of every kind of slot; the prior has the
//! amplitude it says, and the derivatives it says.

use faer::Mat;
use lacuna_core::{Slot, Symmetry};

use super::{aggregation, reaction};
use crate::steady::modes::{FunctionPrior, Link, Modes, PriorOptions};

fn slots() -> Vec<Slot> {
    let mut slots = Vec::new();
    for symmetry in [Symmetry::None, Symmetry::Even, Symmetry::Odd] {
        for cells in [4, 5, 16, 17, 100] {
            slots.extend_from_slice(&aggregation(cells, symmetry).slots()[..2]);
        }
    }
    for cells in [4, 5, 16, 17, 100] {
        slots.extend_from_slice(&reaction(cells).slots()[..2]);
    }
    slots
}

#[test]
fn modes_are_orthonormal_in_the_mean() {
    for slot in slots() {
        for resolution in [3, Modes::RESOLUTION, usize::MAX] {
            let modes = Modes::new(&slot, resolution);
            assert!(!modes.is_empty(), "{} at {} points", slot.name, slot.points.len());
            let gram = modes.coefficients(modes.values());
            let error = (gram - Mat::<f64>::identity(modes.len(), modes.len())).norm_max();
            let (points, symmetry) = (slot.points.len(), slot.symmetry);
            assert!(error < 1e-12, "{} {symmetry:?} at {points} points: {error:e}", slot.name);
        }
    }
}

#[test]
fn the_variances_sum_to_the_square_of_the_amplitude() {
    for slot in slots() {
        let options = PriorOptions { amplitude: Some(0.7), ..PriorOptions::default() };
        let modes = Modes::new(&slot, Modes::RESOLUTION);
        let constants = usize::from(!slot.gauge);
        for order in [1.0, 2.3] {
            let options = options.or_order(order);
            let prior = FunctionPrior::new(modes.clone(), Link::Identity, 0.2, options);
            let sd = prior.standard_deviations();
            let sum: f64 = sd[constants..].iter().map(|s| s * s).sum();
            assert!((sum - 0.49).abs() < 1e-12, "{}: {sum}", slot.name);
            assert!((prior.amplitude() - 0.7).abs() < 1e-14);
        }
    }
}

#[test]
fn derivatives_by_length_scale_and_order_are_those_of_differences() {
    const H: f64 = 1e-5;
    for slot in slots() {
        let modes = Modes::new(&slot, Modes::RESOLUTION);
        let at = |length: f64, order: f64| {
            let options = PriorOptions::default();
            let mut prior = FunctionPrior::new(modes.clone(), Link::Exponential, 1.0, options);
            prior.log_length += length;
            prior.logit_order += 0.8 + order;
            prior.log_variances()
        };
        let (_, slopes) = at(0.0, 0.0);
        for (k, [length, order]) in [(1, [H, 0.0]), (2, [0.0, H])] {
            let ((ahead, _), (behind, _)) = (at(length, order), at(-length, -order));
            for j in 0..modes.len() {
                let difference = (ahead[j] - behind[j]) / (2.0 * H);
                let error = (slopes[(j, k)] - difference).abs();
                assert!(error < 1e-7, "{} mode {j}, parameter {k}", slot.name);
            }
        }
    }
}

//! Random starts.
//!
//! First hidden layer, with features φ in [−1, 1]: z = s (n·φ − c) where n is a random unit vector
//! and the centres c are spread evenly over [−1, 1], so that the active ranges of the units tile
//! the input (after Nguyen and Widrow, IJCNN 1990). Their steepness 0.7 N^{1/d} for N units and d
//! features grows with the width; s = 2 for any width fits smooth functions 10 to 1000 times better
//! with the output layer alone. Later layers: weights of variance 1/inputs (LeCun et al., Efficient
//! BackProp, 1998), and biases spread evenly over [−1, 1], so that units differ.
//! Output layer: variance 1/inputs, bias zero.

use super::Layer;
use crate::random::Random;

/// s, the slope of a unit of the first hidden layer at its centre.
const STEEPNESS: f64 = 2.0;

pub(super) fn initial(layers: &[Layer], seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut theta = vec![0.0; layers.last().map_or(0, |output| output.biases.end)];
    for (index, layer) in layers.iter().enumerate() {
        let weights = &mut theta[layer.weights.clone()];
        weights.iter_mut().for_each(|w| *w = random.normal());
        let is_first = index == 0;
        let is_output = index + 1 == layers.len();
        if is_first {
            for unit in weights.chunks_exact_mut(layer.inputs) {
                let norm = unit.iter().map(|w| w * w).sum::<f64>().sqrt();
                unit.iter_mut().for_each(|w| *w *= STEEPNESS / norm);
            }
        } else {
            let deviation = (layer.inputs as f64).sqrt().recip();
            weights.iter_mut().for_each(|w| *w *= deviation);
        }
        if !is_output {
            let reach = if is_first { STEEPNESS } else { 1.0 };
            for (unit, bias) in theta[layer.biases.clone()].iter_mut().enumerate() {
                let position = (unit as f64 + random.uniform()) / layer.outputs as f64;
                *bias = reach * (2.0 * position - 1.0);
            }
        }
    }
    theta
}

//! Values and derivatives of a network at n points at once, as matrix products.
//!
//! With A₀ (n × d) the features, layer l has Z_l = A_{l−1} W_l + 1 b_lᵀ, A_l = g(Z_l) and
//! S_l = g'(Z_l), each (n × width), column by column; f = e ⊙ (A w + b) with e the envelope.
//! The sensitivities G_l = ∂f/∂Z_l (n × width) follow backwards from G = e at the output:
//! G_{l−1} = (G_l W_lᵀ) ⊙ S_{l−1}. Then
//!
//! - Jacobian: ∂f/∂W_l[i, j] = A_{l−1}[:, i] ⊙ G_l[:, j], ∂f/∂b_l[j] = G_l[:, j];
//! - tangent along θ̇: Ż_l = Ȧ_{l−1} W_l + A_{l−1} Ẇ_l + 1 ḃ_lᵀ, Ȧ_l = S_l ⊙ Ż_l, Ȧ₀ = 0;
//! - pullback of v, with G = e ⊙ v at the output: A_{l−1}ᵀ G_l and the column sums of G_l.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use lacuna_core::{Points, Pool};

use super::{Layer, Network};

/// What a forward pass leaves for a backward one.
pub(super) struct Pass {
    n: usize,
    /// A₀, A₁, …, one after another.
    activations: Vec<f64>,
    /// S₁, …, at the places of A₁, …; empty if not asked for.
    slopes: Vec<f64>,
    /// e, length n; empty if there is none.
    envelope: Vec<f64>,
}

impl Pass {
    pub fn give_back(self, pool: &mut Pool<f64>) {
        pool.give_reals(self.activations);
        pool.give_reals(self.slopes);
        pool.give_reals(self.envelope);
    }

    /// A_{l−1}, (n × inputs).
    fn inputs(&self, layer: &Layer) -> &[f64] {
        &self.activations[self.n * layer.first_input..][..self.n * layer.inputs]
    }

    /// S_{l−1}, (n × inputs).
    fn input_slopes(&self, layer: &Layer) -> &[f64] {
        &self.slopes[self.n * layer.first_input..][..self.n * layer.inputs]
    }

    /// `out = e ⊙ v`.
    fn times_envelope(&self, v: impl Iterator<Item = f64>, out: &mut [f64]) {
        out.iter_mut().zip(v).for_each(|(out, v)| *out = v);
        if !self.envelope.is_empty() {
            out.iter_mut().zip(&self.envelope).for_each(|(out, e)| *out *= e);
        }
    }
}

impl Network {
    /// Runs the hidden layers, and the output layer into `values` (length n).
    pub(super) fn forward(
        &self,
        theta: &[f64],
        points: &Points,
        with_slopes: bool,
        pool: &mut Pool<f64>,
        values: &mut [f64],
    ) -> Pass {
        let pass = self.hidden_layers(theta, points, with_slopes, pool);
        let output = self.output();
        values.fill(theta[output.biases.clone()].first().copied().unwrap_or(0.0));
        // Not `matmul`, which is slow for a single column.
        let columns = pass.inputs(output).chunks(pass.n.max(1));
        for (column, weight) in columns.zip(&theta[output.weights.clone()]) {
            values.iter_mut().zip(column).for_each(|(value, a)| *value += a * weight);
        }
        if self.is_odd() {
            values.iter_mut().zip(&pass.envelope).for_each(|(value, e)| *value *= e);
        }
        pass
    }

    pub(super) fn hidden_layers(
        &self,
        theta: &[f64],
        points: &Points,
        with_slopes: bool,
        pool: &mut Pool<f64>,
    ) -> Pass {
        let n = points.len();
        let units = self.output().first_input + self.output().inputs;
        let mut activations = pool.take_reals(n * units);
        let mut slopes = pool.take_reals(if with_slopes { n * units } else { 0 });
        let mut envelope = pool.take_reals(if self.is_odd() { n } else { 0 });
        let x = points.coordinates();
        self.embedding.features(x, &mut activations);
        for (envelope, &x) in envelope.iter_mut().zip(x) {
            *envelope = self.embedding.envelope(x);
        }
        for layer in self.hidden() {
            let first_output = n * (layer.first_input + layer.inputs);
            let (before, after) = activations.split_at_mut(first_output);
            let inputs = &before[n * layer.first_input..];
            let z = &mut after[..n * layer.outputs];
            for (column, &bias) in z.chunks_mut(n.max(1)).zip(&theta[layer.biases.clone()]) {
                column.fill(bias);
            }
            matmul(
                MatMut::from_column_major_slice_mut(&mut *z, n, layer.outputs),
                Accum::Add,
                MatRef::from_column_major_slice(inputs, n, layer.inputs),
                layer.matrix(theta),
                1.0,
                Par::Seq,
            );
            if with_slopes {
                self.options.activation.values_and_slopes(z, &mut slopes[first_output..]);
            } else {
                self.options.activation.values(z);
            }
        }
        Pass { n, activations, slopes, envelope }
    }

    /// `out = ∂f/∂θ · direction`, length n, after a pass with slopes.
    pub(super) fn tangent_from(
        &self,
        theta: &[f64],
        direction: &[f64],
        pass: &Pass,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let n = pass.n;
        let widest = self.layers.iter().map(|layer| layer.outputs).max().unwrap_or(1);
        let mut moved = pool.take_reals(n * widest);
        let mut z = pool.take_reals(n * widest);
        for (index, layer) in self.layers.iter().enumerate() {
            let z_here = &mut z[..n * layer.outputs];
            z_here.fill(0.0);
            let biases = &direction[layer.biases.clone()];
            for (column, &bias) in z_here.chunks_mut(n.max(1)).zip(biases) {
                column.fill(bias);
            }
            let mut product = |inputs: &[f64], theta: &[f64]| {
                matmul(
                    MatMut::from_column_major_slice_mut(&mut *z_here, n, layer.outputs),
                    Accum::Add,
                    MatRef::from_column_major_slice(inputs, n, layer.inputs),
                    layer.matrix(theta),
                    1.0,
                    Par::Seq,
                );
            };
            product(pass.inputs(layer), direction);
            if index > 0 {
                product(&moved[..n * layer.inputs], theta);
            }
            if index + 1 < self.layers.len() {
                let next = &self.layers[index + 1];
                for ((moved, z), slope) in moved.iter_mut().zip(&z).zip(pass.input_slopes(next)) {
                    *moved = z * slope;
                }
            }
        }
        pass.times_envelope(z[..n].iter().copied(), out);
        pool.give_reals(moved);
        pool.give_reals(z);
    }

    /// Calls `visit(layer, A_{l−1}, G_l)` from the output layer to the first hidden one, starting
    /// from G = e ⊙ cotangent. The last layer visited is `self.layers[until]`.
    pub(super) fn backward(
        &self,
        theta: &[f64],
        pass: &Pass,
        cotangent: impl Iterator<Item = f64>,
        until: usize,
        pool: &mut Pool<f64>,
        mut visit: impl FnMut(&Layer, &[f64], &[f64]),
    ) {
        let n = pass.n;
        let widest = self.layers.iter().map(|layer| layer.outputs).max().unwrap_or(1);
        let mut sensitivity = pool.take_reals(n * widest);
        let mut previous = pool.take_reals(n * widest);
        pass.times_envelope(cotangent, &mut sensitivity[..n]);
        for (index, layer) in self.layers.iter().enumerate().skip(until).rev() {
            let here = &sensitivity[..n * layer.outputs];
            visit(layer, pass.inputs(layer), here);
            if index == until {
                break;
            }
            let there = &mut previous[..n * layer.inputs];
            matmul(
                MatMut::from_column_major_slice_mut(&mut *there, n, layer.inputs),
                Accum::Replace,
                MatRef::from_column_major_slice(here, n, layer.outputs),
                layer.matrix(theta).transpose(),
                1.0,
                Par::Seq,
            );
            there.iter_mut().zip(pass.input_slopes(layer)).for_each(|(g, slope)| *g *= slope);
            std::mem::swap(&mut sensitivity, &mut previous);
        }
        pool.give_reals(sensitivity);
        pool.give_reals(previous);
    }
}

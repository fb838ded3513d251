//! The damped Gauss-Newton step without the Jacobian: only products J v and Jᵀ y.
//!
//! min ‖r + J δ‖² + λ ‖δ‖² by LSQR, which is conjugate gradients on the normal equations without
//! forming them: a Golub-Kahan bidiagonalisation of J, and a QR factorisation that grows with it.
//! Each iteration costs one product with J and one with Jᵀ. Stopped early the step is the
//! minimiser over a Krylov space, along which the cost of the linear model only falls.
//!
//! Source: Paige, Saunders, ACM TOMS 8 (1982); inexact steps: Dembo, Eisenstat, Steihaug,
//! SIAM J. Numer. Anal. 19 (1982).

use lacuna_core::{EvalResult, Objective};

/// Products with J, of each kind, that one step may take.
const MAX_PRODUCTS: usize = 300;
/// The step is good enough when the gradient of the linear model has fallen by this factor.
const REDUCTION: f64 = 1e-3;
/// Steps of the power method for the largest singular value.
const POWER_ITERATIONS: usize = 8;

/// The linear model r + J δ at one θ, and the memory to use it.
#[derive(Default)]
pub(crate) struct KrylovModel {
    theta: Vec<f64>,
    residuals: Vec<f64>,
    u: Vec<f64>,
    v: Vec<f64>,
    w: Vec<f64>,
    image: Vec<f64>,
    pulled: Vec<f64>,
}

impl KrylovModel {
    /// Becomes the model at θ.
    pub(crate) fn update(&mut self, objective: &dyn Objective, theta: &[f64]) -> EvalResult {
        self.theta.clear();
        self.theta.extend_from_slice(theta);
        let (m, p) = (objective.n_residuals(), objective.n_params());
        for (buffer, length) in [
            (&mut self.residuals, m),
            (&mut self.u, m),
            (&mut self.image, m),
            (&mut self.v, p),
            (&mut self.w, p),
            (&mut self.pulled, p),
        ] {
            buffer.resize(length, 0.0);
        }
        objective.residuals(theta, &mut self.residuals)
    }

    /// The largest singular value of J, to a few per cent: by the power method on JᵀJ.
    pub(crate) fn largest_singular_value(&mut self, objective: &dyn Objective) -> EvalResult<f64> {
        for (i, v) in self.v.iter_mut().enumerate() {
            *v = 1.0 + 0.5 * (i as f64).sin();
        }
        let mut value = 0.0;
        for _ in 0..POWER_ITERATIONS {
            if normalise(&mut self.v) == 0.0 {
                break;
            }
            objective.jvp(&self.theta, &self.v, &mut self.image)?;
            value = norm(&self.image);
            objective.vjp(&self.theta, &self.image, &mut self.v)?;
        }
        Ok(value)
    }

    /// `delta` = the step for damping λ; returns the decrease of the cost that the linear model
    /// promises, ½ ‖r‖² − ½ ‖r + J δ‖².
    pub(crate) fn step(
        &mut self,
        objective: &dyn Objective,
        damping: f64,
        delta: &mut Vec<f64>,
    ) -> EvalResult<f64> {
        let Self { theta, residuals, u, v, w, image, pulled } = self;
        delta.clear();
        delta.resize(objective.n_params(), 0.0);
        // β u = −r, α v = Jᵀ u.
        u.iter_mut().zip(&*residuals).for_each(|(u, r)| *u = -r);
        let mut phi = normalise(u);
        objective.vjp(theta, u, v)?;
        let mut alpha = normalise(v);
        w.copy_from_slice(v);
        let mut rho = alpha;
        let gradient = alpha * phi;
        if gradient == 0.0 {
            return Ok(0.0);
        }
        for _ in 0..MAX_PRODUCTS {
            // β u ← J v − α u, α v ← Jᵀ u − β v.
            objective.jvp(theta, v, image)?;
            u.iter_mut().zip(&*image).for_each(|(u, image)| *u = image - alpha * *u);
            let beta = normalise(u);
            objective.vjp(theta, u, pulled)?;
            v.iter_mut().zip(&*pulled).for_each(|(v, pulled)| *v = pulled - beta * *v);
            alpha = normalise(v);
            // One rotation removes the damping, one the subdiagonal.
            let damped = rho.hypot(damping.sqrt());
            phi *= rho / damped;
            let next = damped.hypot(beta);
            let (cosine, sine) = (damped / next, beta / next);
            let theta_next = sine * alpha;
            rho = -cosine * alpha;
            let advance = cosine * phi;
            phi *= sine;
            for ((delta, w), v) in delta.iter_mut().zip(w.iter_mut()).zip(&*v) {
                *delta += advance / next * *w;
                *w = v - theta_next / next * *w;
            }
            if phi.abs() * alpha * cosine <= REDUCTION * gradient {
                break;
            }
        }
        objective.jvp(theta, delta, image)?;
        let gain = residuals.iter().zip(&*image).map(|(r, i)| i * (2.0 * r + i)).sum::<f64>();
        Ok(-0.5 * gain)
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Scales `x` to length one, unless it is zero; returns its length.
fn normalise(x: &mut [f64]) -> f64 {
    let length = norm(x);
    if length > 0.0 {
        x.iter_mut().for_each(|x| *x /= length);
    }
    length
}

#[cfg(test)]
mod tests {
    use faer::{Mat, MatMut};

    use super::*;
    use crate::linear_model::LinearModel;

    /// r = b + A θ.
    struct Affine(Mat<f64>);

    impl Objective for Affine {
        fn n_params(&self) -> usize {
            self.0.ncols()
        }
        fn n_residuals(&self) -> usize {
            self.0.nrows()
        }
        fn residuals(&self, theta: &[f64], out: &mut [f64]) -> EvalResult {
            for (i, out) in out.iter_mut().enumerate() {
                let row: f64 = (0..theta.len()).map(|j| self.0[(i, j)] * theta[j]).sum();
                *out = (i as f64).cos() + row;
            }
            Ok(())
        }
        fn linearise(&self, t: &[f64], r: &mut [f64], mut j: MatMut<'_, f64>) -> EvalResult {
            j.copy_from(&self.0);
            self.residuals(t, r)
        }
    }

    #[test]
    fn the_step_is_that_of_the_factorisation() {
        for (m, n) in [(40, 12), (12, 12), (9, 20)] {
            let a = Mat::from_fn(m, n, |i, j| ((i * i * 3 + i * j * j * 7 + 1) as f64).sin());
            let objective = Affine(a);
            let theta = vec![0.3; n];
            let mut krylov = KrylovModel::default();
            krylov.update(&objective, &theta).unwrap();
            let (mut residuals, mut jacobian) = (vec![0.0; m], Default::default());
            objective.linearise_factored(&theta, &mut residuals, &mut jacobian).unwrap();
            let mut exact = LinearModel::default();
            exact.update(&jacobian, &residuals).unwrap();
            let largest = krylov.largest_singular_value(&objective).unwrap();
            assert!((largest / exact.largest_singular_value() - 1.0).abs() < 0.1);
            for damping in [1e-2, 1.0, 100.0] {
                let (mut step, mut expected) = (Vec::new(), Vec::new());
                let promised = krylov.step(&objective, damping, &mut step).unwrap();
                let exactly = exact.step(damping, &mut expected);
                let distance: Vec<f64> = step.iter().zip(&expected).map(|(a, b)| a - b).collect();
                assert!(norm(&distance) < 2e-2 * norm(&expected), "{m} × {n}, λ = {damping}");
                assert!((promised / exactly - 1.0).abs() < 1e-2, "{promised} {exactly}");
            }
        }
    }
}

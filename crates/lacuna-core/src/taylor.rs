//! Taylor-remainder test of a derivative.
//!
//! For a smooth g, ‖g(x + h d) − g(x) − h g'(x) d‖ = O(h²): halving h divides the remainder by
//! four, so the observed order tends to 2. A wrong derivative shows order 1. The test is offered
//! to authors of new models and functions, not only to this project.

/// Observed convergence of the second-order Taylor remainder.
#[derive(Clone, Debug)]
pub struct TaylorTest {
    /// Step sizes h, decreasing.
    pub steps: Vec<f64>,
    /// ‖g(x + h d) − g(x) − h g'(x) d‖₂ for each step.
    pub remainders: Vec<f64>,
    /// ‖g(x)‖₂: remainders below about 1e-13 of it are round-off.
    pub scale: f64,
}

impl TaylorTest {
    /// Runs the test along one direction.
    ///
    /// `g(h)` evaluates g(x + h d); `derivative` is g'(x) d. Steps are `first · 2^-k`,
    /// k = 0..`count`.
    pub fn run(
        mut g: impl FnMut(f64) -> Vec<f64>,
        derivative: &[f64],
        first: f64,
        count: usize,
    ) -> Self {
        let base = g(0.0);
        let scale = norm(base.iter().copied());
        let steps: Vec<f64> = (0..count).map(|k| first * 0.5f64.powi(k as i32)).collect();
        let remainders = steps
            .iter()
            .map(|&h| {
                let moved = g(h);
                norm(moved.iter().zip(&base).zip(derivative).map(|((m, b), d)| m - b - h * d))
            })
            .collect();
        Self { steps, remainders, scale }
    }

    /// The remainder's order in h between successive steps, where it stands above round-off.
    pub fn orders(&self) -> Vec<f64> {
        let floor = 1e-12 * self.scale.max(f64::MIN_POSITIVE);
        self.remainders
            .windows(2)
            .filter(|pair| pair[1] > floor)
            .map(|pair| (pair[0] / pair[1]).log2())
            .collect()
    }

    /// Whether the derivative is right: the last observed order is at least 1.9, or every remainder
    /// is round-off (a function that is linear along the direction).
    pub fn passes(&self) -> bool {
        match self.orders().last() {
            Some(&order) => order > 1.9,
            None => self.remainders.iter().all(|&r| r <= 1e-11 * self.scale.max(1e-300)),
        }
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_derivative_passes_and_a_wrong_one_fails() {
        let g = |h: f64| vec![(0.3 + h).sin(), (0.3 + h).exp()];
        let right = [0.3f64.cos(), 0.3f64.exp()];
        let wrong = [0.3f64.cos() * 1.001, 0.3f64.exp()];
        assert!(TaylorTest::run(g, &right, 1e-2, 8).passes());
        assert!(!TaylorTest::run(g, &wrong, 1e-2, 8).passes());
    }

    #[test]
    fn a_linear_function_passes() {
        assert!(TaylorTest::run(|h| vec![2.0 + 3.0 * h], &[3.0], 1e-2, 6).passes());
        assert!(!TaylorTest::run(|h| vec![2.0 + 3.0 * h], &[3.1], 1e-2, 6).passes());
    }
}

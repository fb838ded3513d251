//! What every test of a function class needs: the slow reference, and points to test at.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::ops::Range;

use faer::Mat;
use lacuna_core::taylor::TaylorTest;
use lacuna_core::{Dual, Points, Pool, Scalar, Surrogate, Symmetry};
use lacuna_surrogate::{Activation, Interval, Network, NetworkOptions};

/// A function with only what is needed, so that every fast path is the default from dual numbers.
pub struct Slow<'a, S>(pub &'a S);

impl<S: Surrogate> Surrogate for Slow<'_, S> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn n_params(&self) -> usize {
        self.0.n_params()
    }
    fn initial(&self, seed: u64) -> Vec<f64> {
        self.0.initial(seed)
    }
    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        self.0.eval(theta, x)
    }
    fn linear_params(&self) -> Range<usize> {
        self.0.linear_params()
    }
}

/// Values, Jacobian, linear basis, tangent and pullback of a function.
pub struct Outputs {
    pub values: Vec<f64>,
    pub linearised_values: Vec<f64>,
    pub jacobian: Mat<f64>,
    pub linear_basis: Mat<f64>,
    pub tangent: Vec<f64>,
    pub pullback: Vec<f64>,
}

/// Runs every batched method; the same pool may be reused, and buffers start out full of rubbish.
pub fn outputs<S: Surrogate>(
    f: &S,
    theta: &[f64],
    points: &Points,
    pool: &mut Pool<f64>,
) -> Outputs {
    let (n, p) = (points.len(), f.n_params());
    let rubbish = |rows: usize, columns: usize| Mat::from_fn(rows, columns, |i, j| (i + j) as f64);
    let mut out = Outputs {
        values: vec![7.0; n],
        linearised_values: vec![7.0; n],
        jacobian: rubbish(n, p),
        linear_basis: rubbish(n, f.linear_params().len()),
        tangent: vec![7.0; n],
        pullback: vec![7.0; p],
    };
    f.values(theta, points, pool, &mut out.values);
    f.linearise(theta, points, pool, &mut out.linearised_values, out.jacobian.as_mut());
    f.linear_basis(theta, points, pool, out.linear_basis.as_mut());
    f.tangent(theta, &cotangent(p), points, pool, &mut out.tangent);
    f.pullback(theta, points, &cotangent(n), pool, &mut out.pullback);
    out
}

pub fn cotangent(n: usize) -> Vec<f64> {
    (0..n).map(|i| (1.7 * i as f64 + 0.3).cos()).collect()
}

/// Fast paths against dual numbers, to 1e-12 of the largest entry.
pub fn check_fast_paths<S: Surrogate>(f: &S, theta: &[f64], points: &Points, name: &str) {
    let mut pool = Pool::new();
    let slow = outputs(&Slow(f), theta, points, &mut pool);
    for _ in 0..2 {
        let fast = outputs(f, theta, points, &mut pool);
        check_close(&fast.values, &slow.values, name);
        check_close(&fast.linearised_values, &slow.values, name);
        check_close(&fast.tangent, &slow.tangent, name);
        check_close(&fast.pullback, &slow.pullback, name);
        check_matrices(&fast.jacobian, &slow.jacobian, name);
        check_matrices(&fast.linear_basis, &slow.linear_basis, name);
    }
    // Jacobians whose columns are not contiguous, as when the caller stores rows.
    let mut by_rows = Mat::<f64>::zeros(f.n_params(), points.len());
    let mut values = vec![0.0; points.len()];
    f.linearise(theta, points, &mut pool, &mut values, by_rows.as_mut().transpose_mut());
    check_matrices(&by_rows.transpose().to_owned(), &slow.jacobian, name);
}

fn check_matrices(a: &Mat<f64>, b: &Mat<f64>, name: &str) {
    let entries = |m: &Mat<f64>| -> Vec<f64> {
        (0..m.ncols()).flat_map(|j| m.col(j).iter().copied().collect::<Vec<_>>()).collect()
    };
    check_close(&entries(a), &entries(b), name);
}

pub fn check_close(a: &[f64], b: &[f64], name: &str) {
    assert_eq!(a.len(), b.len(), "{name}");
    let scale = b.iter().fold(1.0_f64, |scale, b| scale.max(b.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-12 * scale, "{name}, entry {i}: {a} and {b}");
    }
}

/// Taylor remainders of the fast Jacobian in θ, and of dual numbers in x.
pub fn check_taylor<S: Surrogate>(f: &S, theta: &[f64], points: &Points, name: &str) {
    let mut pool = Pool::new();
    if f.n_params() > 0 {
        let out = outputs(f, theta, points, &mut pool);
        let direction = cotangent(theta.len());
        let derivative: Vec<f64> = (0..points.len())
            .map(|i| (0..theta.len()).map(|j| out.jacobian[(i, j)] * direction[j]).sum())
            .collect();
        let along = |h: f64| {
            let moved: Vec<f64> = theta.iter().zip(&direction).map(|(t, d)| t + h * d).collect();
            let mut values = vec![0.0; points.len()];
            f.values(&moved, points, &mut Pool::new(), &mut values);
            values
        };
        let test = TaylorTest::run(along, &derivative, 1e-2, 8);
        assert!(test.passes(), "{name} in θ: {:?}", test.orders());
    }
    if f.dim() == 1 {
        let lifted: Vec<Dual> = theta.iter().map(|&t| Dual::constant(t)).collect();
        let x = points.coordinates();
        let slope = |&x: &f64| f.eval(&lifted, &[Dual::assemble(x, |_| 1.0)]).tangent(0);
        let derivative: Vec<f64> = x.iter().map(slope).collect();
        let along = |h: f64| x.iter().map(|x| f.eval(theta, &[x + h])).collect();
        let test = TaylorTest::run(along, &derivative, 1e-3, 6);
        assert!(test.passes(), "{name} in x: {:?}", test.orders());
    }
}

/// n points spread irregularly over the interval.
pub fn points_in(interval: Interval, n: usize) -> Points {
    let fraction = |i: usize| (0.137 + 0.618_033_988_749_895 * i as f64).fract();
    Points::line((0..n).map(|i| interval.lower + interval.length() * fraction(i)).collect())
}

pub const SYMMETRIES: [Symmetry; 3] = [Symmetry::None, Symmetry::Even, Symmetry::Odd];
pub const POINT_COUNTS: [usize; 5] = [1, 2, 7, 64, 65];

/// A circle and an interval, both symmetric about x = 0.
pub fn intervals() -> [Interval; 2] {
    [Interval::periodic(-0.7, 0.7), Interval::bounded(-1.3, 1.3)]
}

/// A network of every activation, symmetry, domain and bias with the given hidden layers.
pub fn networks(hidden: &[usize]) -> Vec<Network> {
    let mut networks = Vec::new();
    for activation in [Activation::Tanh, Activation::Softplus, Activation::Sin] {
        for symmetry in SYMMETRIES {
            for interval in intervals() {
                for output_bias in [true, false] {
                    let harmonics = if interval.periodic && output_bias { 2 } else { 1 };
                    let options = NetworkOptions {
                        domain: vec![interval],
                        hidden: hidden.to_vec(),
                        activation,
                        symmetry,
                        harmonics,
                        output_bias,
                    };
                    networks.push(Network::new(options).expect("valid options"));
                }
            }
        }
    }
    networks
}

/// f(−x) = ±f(x) and f(x + L) = f(x), as promised.
pub fn check_symmetry<S: Surrogate>(
    f: &S,
    theta: &[f64],
    symmetry: Symmetry,
    interval: Interval,
    name: &str,
) {
    let points = points_in(interval, 33);
    let at = |x: f64| f.eval(theta, &[x]);
    let scale = points.coordinates().iter().fold(1.0_f64, |s, &x| s.max(at(x).abs()));
    for &x in points.coordinates() {
        let sign = match symmetry {
            Symmetry::None => None,
            Symmetry::Even => Some(1.0),
            Symmetry::Odd => Some(-1.0),
        };
        if let Some(sign) = sign {
            assert!((at(-x) - sign * at(x)).abs() < 1e-12 * scale, "{name} at {x}");
        }
        if interval.periodic {
            let moved = at(x + interval.length());
            assert!((moved - at(x)).abs() < 1e-12 * scale, "{name} at {x}");
        }
    }
}

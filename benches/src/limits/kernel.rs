//! The kernels that a fit spends its time in, each beside the shortest time the machine allows.
//!
//! Counts (n nodes or points, w the width of a layer, f = 2 input features):
//!
//! | kernel | operations | bytes |
//! |---|---|---|
//! | matrix product n × w by w × w | 2 n w² | 8 (2 n w + w²) |
//! | tanh of N values | [`TANH`] N | 16 N |
//! | network w-w, values at n points | n (2 f w + 2 w² + 2 w) + 2 [`TANH`] n w | 16 · 2 n w |
//! | convolution, one spectrum known | 5 n log₂ n + 8 (n/2 + 1) | 24 n |
//! | QR of m × n, m ≥ n | 2 n² (m − n/3) | 16 m n |
//!
//! A convolution is two real transforms of 5 n log₂ n / 2 operations each and a product of spectra.

use faer::Mat;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::matmul::matmul;
use faer::linalg::qr::no_pivoting::factor;
use faer::{Accum, Par};
use lacuna::core::elementary::tanh_each;
use lacuna::core::{Function, Points, Pool};
use lacuna::grid::Convolution;
use lacuna::surrogate::{Interval, Network, NetworkOptions};
use serde::Serialize;

use super::clock::seconds_of;
use super::roof::{Bound, Roof, Work};
use crate::fixtures::circle;

/// Operations of one tanh as `lacuna::core::elementary` computes it: 38 additions and
/// multiplications, a division and a comparison.
pub const TANH: f64 = 40.0;
const POINTS: usize = 256;

/// One kernel, measured.
#[derive(Clone, Debug, Serialize)]
pub struct Kernel {
    /// What it is.
    pub name: String,
    /// What one call has to do.
    pub work: Work,
    /// The count of what binds, as a formula.
    pub formula: &'static str,
    /// Median seconds of a call.
    pub seconds: f64,
    /// The shortest time for that work.
    pub bound: Bound,
}

impl Kernel {
    /// A kernel with its bound.
    pub fn new(
        roof: &Roof,
        name: String,
        formula: [&'static str; 2],
        work: Work,
        seconds: f64,
    ) -> Self {
        let bound = roof.bound(&work);
        let formula = formula[usize::from(bound.by != "operations")];
        Self { name, work, formula, seconds, bound }
    }

    /// The part of what is attainable that is achieved.
    pub fn share(&self) -> f64 {
        self.bound.seconds / self.seconds
    }
}

/// Tanh layers, convolutions and factorisations.
///
/// # Errors
/// If a fixture cannot be made.
pub fn measure(roof: &Roof, budget: f64) -> Result<Vec<Kernel>, Box<dyn std::error::Error>> {
    let mut kernels = Vec::new();
    for width in [16, 64] {
        kernels.extend(layer(roof, width, budget));
        kernels.push(network(roof, width, budget)?);
    }
    for n in [256, 1024, 4096, 65_536] {
        kernels.push(convolution(roof, n, budget)?);
    }
    for (m, n) in [(512, 256), (1024, 512)] {
        kernels.push(qr(roof, m, n, budget));
    }
    Ok(kernels)
}

/// The two parts of a layer, apart.
fn layer(roof: &Roof, w: usize, budget: f64) -> [Kernel; 2] {
    let n = POINTS;
    let a = Mat::from_fn(n, w, |i, j| ((i + 3 * j) as f64).sin());
    let weights = Mat::from_fn(w, w, |i, j| ((3 * i + j) as f64).cos() / w as f64);
    let mut z = Mat::zeros(n, w);
    let product = seconds_of(budget, || {
        matmul(z.as_mut(), Accum::Replace, a.as_ref(), weights.as_ref(), 1.0, Par::Seq);
    });
    // tanh of tanh of …: fewer than round-off of them are zero, and the time does not depend on it.
    let mut values: Vec<f64> = (0..n * w).map(|i| (i as f64).sin()).collect();
    let tanh = seconds_of(budget, || tanh_each(&mut values));
    let [points, width] = [n as f64, w as f64];
    let bytes = 8.0 * (2.0 * points * width + width * width);
    let multiply = Work { operations: 2.0 * points * width * width, bytes, working_set: bytes };
    let activate = Work {
        operations: TANH * points * width,
        bytes: 16.0 * points * width,
        working_set: 8.0 * points * width,
    };
    [
        Kernel::new(
            roof,
            format!("matrix product {n} × {w} by {w} × {w} (faer)"),
            ["2 n w²", "8 (2 n w + w²)"],
            multiply,
            product,
        ),
        Kernel::new(
            roof,
            format!("tanh of {n} × {w} values"),
            ["40 n w", "16 n w"],
            activate,
            tanh,
        ),
    ]
}

fn network(roof: &Roof, w: usize, budget: f64) -> Result<Kernel, Box<dyn std::error::Error>> {
    let domain = vec![Interval::periodic(0.0, 1.0)];
    let options = NetworkOptions { domain, hidden: vec![w, w], ..NetworkOptions::default() };
    let network = Network::new(options)?;
    let function: &dyn Function = &network;
    let points = Points::line((0..POINTS).map(|i| i as f64 / POINTS as f64).collect());
    let theta = function.initial(0);
    let (mut pool, mut values) = (Pool::new(), vec![0.0; POINTS]);
    let seconds = seconds_of(budget, || function.values(&theta, &points, &mut pool, &mut values));
    let (n, w) = (POINTS as f64, w as f64);
    let work = Work {
        operations: n * (4.0 * w + 2.0 * w * w + 2.0 * w) + 2.0 * TANH * n * w,
        bytes: 32.0 * n * w,
        working_set: 16.0 * n * w,
    };
    let formula = ["n (2 f w + 2 w² + 2 w) + 80 n w", "32 n w"];
    let name = format!("network {w}-{w}, values at {POINTS} points");
    Ok(Kernel::new(roof, name, formula, work, seconds))
}

fn convolution(roof: &Roof, n: usize, budget: f64) -> Result<Kernel, Box<dyn std::error::Error>> {
    let convolution = Convolution::new(&circle(1.0, n)?)?;
    let mut pool = Pool::<f64>::new();
    let kernel: Vec<f64> = (0..n).map(|i| (0.7 * i as f64).sin()).collect();
    let u: Vec<f64> = (0..n).map(|i| (1.3 * i as f64).cos()).collect();
    let mut spectrum = pool.take_complexes(convolution.spectrum_len());
    convolution.spectrum(&kernel, &mut pool, &mut spectrum);
    let mut out = vec![0.0; n];
    let seconds = seconds_of(budget, || {
        convolution.apply_to_spectrum(&u, &spectrum, &mut pool, &mut out);
    });
    let work = Work {
        operations: convolution_operations(n),
        bytes: 24.0 * n as f64,
        // u, out, the known spectrum, the spectrum of u and scratch space.
        working_set: 40.0 * n as f64,
    };
    let formula = ["5 n log₂ n + 8 (n/2 + 1)", "24 n"];
    Ok(Kernel::new(roof, format!("convolution, {n} nodes"), formula, work, seconds))
}

/// Operations of one periodic convolution where one spectrum is known.
pub fn convolution_operations(n: usize) -> f64 {
    let n = n as f64;
    5.0 * n * n.log2() + 8.0 * (0.5 * n + 1.0)
}

/// Operations of the Householder QR of an m × n matrix.
pub fn qr_operations(m: usize, n: usize) -> f64 {
    let (long, short) = (m.max(n) as f64, m.min(n) as f64);
    2.0 * short * short * (long - short / 3.0)
}

/// The factorisation of an m × n matrix by faer.
pub fn qr(roof: &Roof, m: usize, n: usize, budget: f64) -> Kernel {
    let bytes = 16.0 * (m * n) as f64;
    let work = Work { operations: qr_operations(m, n), bytes, working_set: 0.5 * bytes };
    let formula = ["2 n² (m − n/3)", "16 m n"];
    Kernel::new(roof, format!("QR of {m} × {n} (faer)"), formula, work, qr_seconds(m, n, budget))
}

/// Seconds of faer's QR of a dense m × n matrix in place, on one thread, in memory that is kept; the
/// matrix is copied in before, which counts.
pub fn qr_seconds(m: usize, n: usize, budget: f64) -> f64 {
    let matrix = Mat::from_fn(m, n, |i, j| ((i * i + 7 * i * j + 3 * j + 1) as f64).sin());
    let block = factor::recommended_block_size::<f64>(m, n);
    let mut factors = Mat::zeros(m, n);
    let mut coefficients = Mat::zeros(block, m.min(n));
    let need = factor::qr_in_place_scratch::<f64>(m, n, block, Par::Seq, faer::prelude::default());
    let mut memory = MemBuffer::new(need);
    seconds_of(budget, || {
        factors.copy_from(&matrix);
        factor::qr_in_place(
            factors.as_mut(),
            coefficients.as_mut(),
            Par::Seq,
            MemStack::new(&mut memory),
            faer::prelude::default(),
        );
    })
}

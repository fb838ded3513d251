//! Leading eigenvalues of the evolution linearised at a steady state: L v = λ v, largest Re λ.
//!
//! L = −B⁻¹ (I − ∂T/∂u), so L⁻¹ = −(I − ∂T/∂u)⁻¹ B is compact and its largest eigenvalues θ = 1/λ
//! belong to the λ nearest to zero. A block Arnoldi method builds an orthonormal basis V of the
//! Krylov space of L⁻¹, two start vectors wide so that the double eigenvalues of symmetric states
//! come out twice: L⁻¹ V_m = V_{m+2} H, and the eigenvalues of the m × m part of H approximate θ
//! with the residual ‖H_last y‖. The space grows until the eigenvalues that are wanted, and all
//! that would be unstable, have converged.
//!
//! At events an eigenvalue is zero and L has no inverse; there the operator is (L − s)⁻¹ =
//! −(I − ∂T/∂u + s B)⁻¹ B with a small shift s, at the price of one more B a product.
//!
//! Where the state may be translated, L has the eigenvector u' with eigenvalue zero. It says
//! nothing about stability and is left out: with p = u'/‖u'‖ the operator is that of the quotient by
//! u', whose inverse is the bordered system (I − ∂T/∂u + s B) v + μ B p = −B f, ⟨p, v⟩ = 0.
//!
//! Source: Saad, Numerical Methods for Large Eigenvalue Problems (SIAM 2011), chapters 6 and 8.

use faer::Mat;
use faer::linalg::solvers::Eigen;
use lacuna_core::{EvalError, EvalResult, Pool};

use super::family::{Border, Family, Point};
use crate::inner::{add_scaled, dot, norm};

/// Width of the block.
const BLOCK: usize = 2;
/// Columns between tests of convergence.
const BETWEEN_TESTS: usize = 4;
/// Largest dimension of the Krylov space.
const MAX_DIMENSION: usize = 120;
/// An eigenvalue above this part of the slowest rate of relaxation is unstable. Solves leave
/// states with relative errors of 1e-10 and less: what is nearer to zero has no known sign.
const MARGINAL: f64 = 1e-8;
/// Unconverged eigenvalues are ignored if faster than this, in slowest rates of relaxation: they
/// are what the Krylov space has of the rest of the spectrum.
const FAST: f64 = 100.0;
/// The shift, in slowest rates of relaxation; a number that no eigenvalue is likely to be.
const SHIFT: f64 = 0.004_193_7;
/// What is left of a vector after orthogonalisation counts as zero below this part of it.
const BREAKDOWN: f64 = 1e-13;

/// One eigenvalue of the linearised evolution, in 1/time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvalue {
    /// Its real part: the rate of growth.
    pub re: f64,
    /// Its imaginary part: the angular frequency.
    pub im: f64,
}

/// What the linearised evolution says about a steady state.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// The leading eigenvalues, largest real part first. The eigenvalue zero of translations is
    /// not among them.
    pub eigenvalues: Vec<Eigenvalue>,
    /// How many eigenvalues have a positive real part: the dimension of the unstable manifold.
    pub unstable_directions: usize,
    /// Whether an eigenvalue zero, that of translations, was left out.
    pub translation: bool,
    /// Whether all leading eigenvalues converged.
    pub converged: bool,
    /// The slowest rate of relaxation by transport alone, 1/time: the unit of what counts as zero.
    pub rate: f64,
}

impl Stability {
    /// Whether small disturbances do not grow.
    pub fn is_stable(&self) -> bool {
        self.unstable_directions == 0
    }
}

/// Eigenvalues with real and imaginary parts of their eigenvectors.
#[derive(Clone)]
pub(super) struct Spectrum {
    pub(super) stability: Stability,
    /// One a leading eigenvalue: the real part of its eigenvector, or for the second of a complex
    /// pair the imaginary one. Length n, norm one.
    pub(super) vectors: Vec<Vec<f64>>,
}

/// How well, and how many.
pub(super) struct SpectrumOptions<'s> {
    /// How many leading eigenvalues, besides all unstable ones.
    pub(super) count: usize,
    /// Residual of an eigenpair of L⁻¹, relative to its eigenvalue.
    pub(super) tolerance: f64,
    /// What to start from, e.g. the eigenvectors of a state nearby.
    pub(super) start: &'s [Vec<f64>],
    /// Whether an eigenvalue may be zero.
    pub(super) shifted: bool,
}

/// The Krylov space so far.
struct Krylov {
    basis: Vec<Vec<f64>>,
    /// Column j: coefficients of L⁻¹ v_j in the basis.
    columns: Vec<Vec<f64>>,
    /// s.
    shift: f64,
}

/// How a search in the Krylov space ended.
enum Outcome {
    Found(Spectrum),
    /// The equation does not say how a state evolves.
    Unknown,
    /// A linear solve failed.
    Singular,
}

struct Ritz {
    theta: Eigenvalue,
    lambda: Eigenvalue,
    residual: f64,
    index: usize,
}

impl Family<'_> {
    /// The spectrum at a steady state; none where the equation does not say how a state evolves.
    pub(super) fn spectrum(
        &mut self,
        point: &Point,
        phase: Option<&[f64]>,
        options: &SpectrumOptions<'_>,
    ) -> EvalResult<Option<Spectrum>> {
        match self.arnoldi(point, phase, options)? {
            Outcome::Singular => {
                let options = SpectrumOptions { shifted: true, ..*options };
                match self.arnoldi(point, phase, &options)? {
                    Outcome::Found(spectrum) => Ok(Some(spectrum)),
                    Outcome::Unknown => Ok(None),
                    Outcome::Singular => {
                        Err(EvalError::NonFinite { quantity: "the inverse of the evolution" })
                    }
                }
            }
            Outcome::Found(spectrum) => Ok(Some(spectrum)),
            Outcome::Unknown => Ok(None),
        }
    }

    fn arnoldi(
        &mut self,
        point: &Point,
        phase: Option<&[f64]>,
        options: &SpectrumOptions<'_>,
    ) -> EvalResult<Outcome> {
        let n = self.weights.len();
        let functions = self.functions(point.parameter);
        let mut local = self.local(&functions, &point.u)?;
        let mut shifted = phase.map(<[f64]>::to_vec);
        if let Some(shifted) = &mut shifted
            && !self.model.precondition(&point.u, &functions, &mut self.pool, shifted)?
        {
            return Ok(Outcome::Unknown);
        }
        let mut start = Vec::new();
        let mut rate = 0.0;
        for (k, seed) in [1u64, 2].into_iter().enumerate() {
            let mut vector = noise(n, seed);
            for pass in 0..3 {
                let before = norm(self.weights, &vector);
                let known =
                    self.model.precondition(&point.u, &functions, &mut self.pool, &mut vector)?;
                if !known {
                    return Ok(Outcome::Unknown);
                }
                let after = norm(self.weights, &vector);
                if pass == 2 && k == 0 {
                    rate = before / after;
                }
                vector.iter_mut().for_each(|v| *v /= after);
            }
            for warm in options.start.iter().skip(k).step_by(BLOCK) {
                add_scaled(&mut vector, 10.0, warm);
            }
            start.push(vector);
        }
        if !(rate.is_finite() && rate > 0.0) {
            return Err(EvalError::NonFinite { quantity: "the relaxation of the evolution" });
        }

        let shift = if options.shifted { SHIFT * rate } else { 0.0 };
        let mut krylov = Krylov { basis: Vec::new(), columns: Vec::new(), shift };
        for vector in start {
            self.append(&mut krylov, vector, phase);
        }
        let borders = usize::from(phase.is_some());
        let mut rhs = vec![0.0; n + borders];
        let mut solution = rhs.clone();
        let (mut relaxed, mut pool) = (vec![0.0; n], Pool::new());
        let limit = MAX_DIMENSION.min(n);
        let linear = (0.01 * options.tolerance).max(1e-14);
        loop {
            let j = krylov.columns.len();
            let exhausted = j == krylov.basis.len() || j >= limit;
            let due = j >= options.count + BLOCK && j.is_multiple_of(BETWEEN_TESTS);
            if due || exhausted {
                let ritz = krylov.ritz()?;
                let wanted = wanted(&ritz, options, rate);
                let converged = |r: &Ritz| r.residual <= options.tolerance * r.theta_size();
                let done = wanted.iter().all(|&k| converged(&ritz[k].0));
                if exhausted || (done && wanted.len() >= options.count.min(j)) {
                    let stability = Stability {
                        eigenvalues: Vec::new(),
                        unstable_directions: 0,
                        translation: phase.is_some(),
                        converged: done,
                        rate,
                    };
                    let found = krylov.collect(&ritz, &wanted, stability, self.weights);
                    return Ok(Outcome::Found(found));
                }
            }
            rhs[..n].copy_from_slice(&krylov.basis[j]);
            self.model.precondition(&point.u, &functions, &mut self.pool, &mut rhs[..n])?;
            rhs[..n].iter_mut().for_each(|r| *r = -*r);
            let (model, u) = (self.model, &point.u);
            let mut derivative = |v: &[f64], out: &mut [f64]| {
                local.map.product(v, out)?;
                if options.shifted {
                    relaxed.copy_from_slice(v);
                    model.precondition(u, &functions, &mut pool, &mut relaxed)?;
                    add_scaled(out, -shift, &relaxed);
                }
                Ok(())
            };
            let stop = match (phase, &shifted) {
                (Some(phase), Some(shifted)) => {
                    let border = Border { column: shifted, row: phase, corner: 0.0 };
                    self.solve(&mut derivative, &[border], &rhs, &mut solution, linear)?
                }
                _ => self.solve(&mut derivative, &[], &rhs, &mut solution, linear)?,
            };
            if !options.shifted && !stop.is_converged() || solution.iter().any(|v| !v.is_finite()) {
                return Ok(Outcome::Singular);
            }
            let column = self.append(&mut krylov, solution[..n].to_vec(), phase);
            krylov.columns.push(column);
        }
    }

    /// Makes a vector orthonormal to the basis and appends it; its coefficients.
    fn append(&self, krylov: &mut Krylov, mut vector: Vec<f64>, phase: Option<&[f64]>) -> Vec<f64> {
        if let Some(phase) = phase {
            let part = dot(self.weights, phase, &vector);
            add_scaled(&mut vector, -part, phase);
        }
        let before = norm(self.weights, &vector);
        let mut coefficients = vec![0.0; krylov.basis.len()];
        for _pass in 0..2 {
            for (c, v) in coefficients.iter_mut().zip(&krylov.basis) {
                let part = dot(self.weights, v, &vector);
                *c += part;
                add_scaled(&mut vector, -part, v);
            }
        }
        let left = norm(self.weights, &vector);
        if left > BREAKDOWN * before {
            vector.iter_mut().for_each(|v| *v /= left);
            coefficients.push(left);
            krylov.basis.push(vector);
        }
        coefficients
    }
}

impl Ritz {
    fn theta_size(&self) -> f64 {
        self.theta.re.hypot(self.theta.im)
    }
}

impl Krylov {
    /// Eigenvalues of H with their residuals and eigenvectors.
    fn ritz(&self) -> EvalResult<Vec<(Ritz, Vec<Eigenvalue>)>> {
        let m = self.columns.len();
        let entry = |i: usize, j: usize| self.columns[j].get(i).copied().unwrap_or(0.0);
        let matrix = Mat::<f64>::from_fn(m, m, entry);
        let eigen = Eigen::new_from_real(matrix.as_ref())
            .map_err(|_| EvalError::NonFinite { quantity: "the spectrum of the evolution" })?;
        let values = eigen.S().column_vector();
        let ritz = (0..m).map(|k| {
            let theta = Eigenvalue { re: values[k].re, im: values[k].im };
            let vector: Vec<Eigenvalue> = (0..m)
                .map(|i| eigen.U()[(i, k)])
                .map(|z| Eigenvalue { re: z.re, im: z.im })
                .collect();
            let length = vector.iter().map(|z| z.re * z.re + z.im * z.im).sum::<f64>().sqrt();
            let mut square = 0.0;
            for i in m..self.basis.len() {
                let (mut re, mut im) = (0.0, 0.0);
                for (j, z) in vector.iter().enumerate() {
                    re += entry(i, j) * z.re;
                    im += entry(i, j) * z.im;
                }
                square += re * re + im * im;
            }
            let size = theta.re * theta.re + theta.im * theta.im;
            let lambda = Eigenvalue { re: self.shift + theta.re / size, im: -theta.im / size };
            (Ritz { theta, lambda, residual: square.sqrt() / length, index: k }, vector)
        });
        Ok(ritz.collect())
    }

    fn collect(
        &self,
        ritz: &[(Ritz, Vec<Eigenvalue>)],
        wanted: &[usize],
        mut stability: Stability,
        weights: &[f64],
    ) -> Spectrum {
        stability.eigenvalues = wanted.iter().map(|&k| ritz[k].0.lambda).collect();
        let threshold = MARGINAL * stability.rate;
        stability.unstable_directions =
            stability.eigenvalues.iter().filter(|lambda| lambda.re > threshold).count();
        let mut vectors = Vec::new();
        for &k in wanted {
            let (value, coefficients) = &ritz[k];
            let mut vector = vec![0.0; weights.len()];
            for (v, z) in self.basis.iter().zip(coefficients) {
                add_scaled(&mut vector, if value.theta.im < 0.0 { z.im } else { z.re }, v);
            }
            let length = norm(weights, &vector);
            if length > 0.0 {
                vector.iter_mut().for_each(|v| *v /= length);
            }
            vectors.push(vector);
        }
        Spectrum { stability, vectors }
    }
}

/// Indices of the eigenvalues asked for, largest Re λ first.
fn wanted(
    ritz: &[(Ritz, Vec<Eigenvalue>)],
    options: &SpectrumOptions<'_>,
    rate: f64,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ritz.len())
        .filter(|&k| {
            let r = &ritz[k].0;
            let size = r.theta_size();
            let known = r.residual <= 1e-3 * size;
            size > 0.0 && (known || size * FAST * rate > 1.0)
        })
        .collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&ritz[a].0, &ritz[b].0);
        b.lambda.re.total_cmp(&a.lambda.re).then(a.index.cmp(&b.index))
    });
    let unstable = order.iter().filter(|&&k| ritz[k].0.lambda.re > 0.0).count();
    let mut count = (unstable + options.count).min(order.len());
    // A complex pair is not divided.
    if count < order.len() && count > 0 {
        let (last, next) = (&ritz[order[count - 1]].0, &ritz[order[count]].0);
        if last.theta.im != 0.0 && last.lambda.re == next.lambda.re {
            count += 1;
        }
    }
    order.truncate(count);
    order
}

/// Numbers in [−½, ½] without a pattern, the same every time.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..n)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        })
        .collect()
}

//! Nonlocal aggregation-diffusion on a periodic domain.
//!
//! ∂_t u = ∇·(σ∇u + κ u ∇(W*u) + u ∇V), ∫u = M. Where u > 0 its steady states satisfy, with the
//! potential g = κ W*u + V,
//!
//! - `fixed-point`:      T(u) − u, T(u) = M exp(−g/σ) / ∫exp(−g/σ);
//! - `log-fixed-point`:  √u (σ log u + g − c), with c = ∫u (σ log u + g) / ∫u, which is the c
//!   that minimises the square. To first order σ⁻¹ times the fixed-point residual over √u, and
//!   linear in W, V and σ;
//! - `strong`:           (σ u' + u g')', by spectral differentiation.
//!
//! Arrays: u, V and residuals have length n (nodes); W has length n (displacements in FFT order)
//! or n/2 + 1 (displacements in [0, L/2]) when it is known to be even or odd. σ in length² / time,
//! V and κ W in the same unit as σ. W and V are determined up to constants.
//!
//! Source: Carrillo, Salmaniw, León Villares, arXiv 2602.05632; Loman et al., arXiv 2602.13174.

use std::sync::OnceLock;

use faer::{MatMut, MatRef};
use lacuna_core::sums::dot;
use lacuna_core::{
    Argument, Coarse, Conditions, EvalError, EvalResult, Evolution, Form, Functions,
    LinearOperator, Linearisation, Pool, Scalar, Scaling, Slot, StateMap, SteadyModel, Symmetry,
    Tabulated, apply_lifted,
};
use lacuna_grid::{Convolution, Grid, GridError, SpectralDerivative};
use num_complex::Complex64;

mod coarse;
mod evolution;
mod linear_evolution;
mod response;
mod state_map;

use self::coarse::CoarseGrid;
use self::evolution::Drift;
use self::state_map::FixedFunctions;

/// The aggregation-diffusion equation on a periodic grid.
pub struct AggregationDiffusion {
    grid: Grid,
    convolution: Convolution,
    derivative: SpectralDerivative,
    kernel_symmetry: Symmetry,
    slots: [Slot; 4],
    /// The equation with a quarter of the nodes, made when it is first asked for.
    coarse: OnceLock<Option<Box<CoarseGrid>>>,
}

impl AggregationDiffusion {
    /// Index of the interaction kernel W among the slots.
    pub const KERNEL: usize = 0;
    /// Index of the external potential V.
    pub const POTENTIAL: usize = 1;
    /// Index of the diffusion σ.
    pub const DIFFUSION: usize = 2;
    /// Index of the coupling κ.
    pub const COUPLING: usize = 3;

    /// The equation on `grid`; with a kernel known to be even or odd, only its values in [0, L/2]
    /// are asked for.
    ///
    /// # Errors
    /// If the grid is not periodic.
    pub fn new(grid: Grid, kernel_symmetry: Symmetry) -> Result<Self, GridError> {
        let convolution = Convolution::new(&grid)?;
        let derivative = SpectralDerivative::new(&grid)?;
        let (displacements, displacement_weights) = grid.displacements(kernel_symmetry);
        let function = |name, description, argument, symmetry, points, weights, domain| Slot {
            name,
            description,
            argument,
            gauge: true,
            positive: false,
            symmetry,
            points,
            weights,
            domain,
            default: None,
        };
        let scalar = |name, description, positive, default| Slot {
            name,
            description,
            argument: Argument::None,
            gauge: false,
            positive,
            symmetry: Symmetry::None,
            points: lacuna_core::Points::none(),
            weights: vec![1.0],
            domain: Vec::new(),
            default,
        };
        let slots = [
            function(
                "W",
                "interaction kernel",
                Argument::Displacement,
                kernel_symmetry,
                displacements,
                displacement_weights,
                grid.displacement_domain(),
            ),
            function(
                "V",
                "external potential",
                Argument::Position,
                Symmetry::None,
                grid.nodes().clone(),
                grid.weights().to_vec(),
                grid.position_domain(),
            ),
            scalar("diffusion", "diffusion coefficient σ", true, None),
            scalar("coupling", "interaction strength κ", false, Some(1.0)),
        ];
        let coarse = OnceLock::new();
        Ok(Self { grid, convolution, derivative, kernel_symmetry, slots, coarse })
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The kernel at all n displacements, from the values its slot holds.
    fn unfold<D: Scalar>(&self, kernel: &[D], out: &mut [D]) {
        let n = out.len();
        if self.kernel_symmetry == Symmetry::None {
            out.copy_from_slice(kernel);
            return;
        }
        let odd = self.kernel_symmetry == Symmetry::Odd;
        out[..kernel.len()].copy_from_slice(kernel);
        for j in kernel.len()..n {
            out[j] = if odd { -kernel[n - j] } else { kernel[n - j] };
        }
    }

    /// [`unfold`](Self::unfold) for two kernels, a + i b.
    fn unfold_pair(&self, a: &[f64], b: &[f64], out: &mut [Complex64]) {
        let n = out.len();
        let sign = if self.kernel_symmetry == Symmetry::Odd { -1.0 } else { 1.0 };
        let (own, mirrored) = out.split_at_mut(a.len());
        for ((out, &a), &b) in own.iter_mut().zip(a).zip(b) {
            *out = Complex64::new(a, b);
        }
        let last = n - own.len();
        for (out, image) in mirrored.iter_mut().zip(own[1..=last].iter().rev()) {
            *out = *image * sign;
        }
    }

    /// The adjoint of [`unfold`](Self::unfold).
    fn fold(&self, full: &[f64], out: &mut [f64]) {
        let n = full.len();
        out.copy_from_slice(&full[..out.len()]);
        for j in out.len()..n {
            match self.kernel_symmetry {
                Symmetry::Odd => out[n - j] -= full[j],
                Symmetry::None | Symmetry::Even => out[n - j] += full[j],
            }
        }
    }

    /// `out = W*u`.
    fn interaction<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) {
        let mut kernel = pool.take_scalars(u.len());
        self.unfold(functions.values(Self::KERNEL), &mut kernel);
        self.convolution.apply(&kernel, u, pool, out);
        pool.give_scalars(kernel);
    }

    /// `out = g = κ W*u + V`.
    fn potential<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) {
        self.interaction(u, functions, pool, out);
        let coupling = functions.values(Self::COUPLING)[0];
        for (out, v) in out.iter_mut().zip(functions.values(Self::POTENTIAL)) {
            *out = coupling * *out + *v;
        }
    }

    fn log_residual<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        check_positive(u)?;
        self.potential(u, functions, pool, out);
        let diffusion = functions.values(Self::DIFFUSION)[0];
        let (mut moment, mut mass) = (D::constant(0.0), D::constant(0.0));
        for ((out, u), &w) in out.iter_mut().zip(u).zip(self.grid.weights()) {
            *out += diffusion * u.ln();
            moment += *u * *out * w;
            mass += *u * w;
        }
        let level = moment / mass;
        for (out, u) in out.iter_mut().zip(u) {
            *out = u.sqrt() * (*out - level);
        }
        Ok(())
    }

    fn strong_residual<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) {
        let n = u.len();
        let diffusion = functions.values(Self::DIFFUSION)[0];
        let mut potential = pool.take_scalars(n);
        let mut force = pool.take_scalars(n);
        let mut flux = pool.take_scalars(n);
        self.potential(u, functions, pool, &mut potential);
        apply_lifted(&self.derivative, &potential, pool, &mut force);
        apply_lifted(&self.derivative, u, pool, &mut flux);
        for ((flux, force), u) in flux.iter_mut().zip(&force).zip(u) {
            *flux = diffusion * *flux + *u * *force;
        }
        apply_lifted(&self.derivative, &flux, pool, out);
        pool.give_scalars(potential);
        pool.give_scalars(force);
        pool.give_scalars(flux);
    }
}

/// From `out` = g/σ to `out` = M exp(−g/σ) / ∫exp(−g/σ).
fn gibbs<D: Scalar>(mass: f64, integral: impl Fn(&[D]) -> D, out: &mut [D]) -> EvalResult {
    // Constants cancel; subtracting the smallest exponent keeps the exponential in range.
    let lowest = out.iter().map(Scalar::value).fold(f64::INFINITY, f64::min);
    out.iter_mut().for_each(|out| *out = -*out + lowest);
    D::exp_each(out);
    let total = integral(out);
    if !total.value().is_finite() {
        return Err(EvalError::NonFinite { quantity: "the fixed-point map T(u)" });
    }
    let normalise = total.recip() * mass;
    out.iter_mut().for_each(|out| *out *= normalise);
    Ok(())
}

fn check_diffusion(diffusion: f64) -> EvalResult {
    if diffusion <= 0.0 {
        return Err(EvalError::OutOfDomain {
            quantity: "the diffusion σ",
            value: diffusion,
            index: 0,
            requirement: "positive",
        });
    }
    Ok(())
}

fn check_positive<D: Scalar>(u: &[D]) -> EvalResult {
    match u.iter().position(|u| u.value() <= 0.0) {
        None => Ok(()),
        Some(index) => Err(EvalError::OutOfDomain {
            quantity: "the density u",
            value: u[index].value(),
            index,
            requirement: "positive, since its logarithm is taken",
        }),
    }
}

impl SteadyModel for AggregationDiffusion {
    fn name(&self) -> &'static str {
        "aggregation-diffusion"
    }

    fn slots(&self) -> &[Slot] {
        &self.slots
    }

    fn forms(&self) -> &[Form] {
        &[Form::LogFixedPoint, Form::FixedPoint, Form::Strong]
    }

    fn weights(&self) -> &[f64] {
        self.grid.weights()
    }

    fn is_density(&self) -> bool {
        true
    }

    fn state_map<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn StateMap + 'a>> {
        Some(Box::new(FixedFunctions::new(self, functions, conditions)))
    }

    fn coarsen<'a>(&'a self, functions: &Tabulated) -> Option<Coarse<'a>> {
        self.on_coarse_grid(functions)
    }

    fn evolution<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn Evolution + 'a>> {
        Some(Box::new(Drift::new(self, functions, conditions)))
    }

    fn evolution_sign(&self) -> Option<f64> {
        Some(1.0)
    }

    fn precondition(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        rate: &mut [f64],
    ) -> EvalResult<bool> {
        self.undo_transport(u, functions, pool, rate);
        Ok(true)
    }

    fn translation(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> bool {
        let invariant = self.is_translation_invariant(functions);
        if invariant {
            self.derivative.apply(u, pool, out);
        }
        invariant
    }

    fn map<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        self.potential(u, functions, pool, out);
        let diffusion = functions.values(Self::DIFFUSION)[0];
        check_diffusion(diffusion.value())?;
        out.iter_mut().for_each(|out| *out /= diffusion);
        gibbs(conditions.mass, |density| self.grid.integrate(density), out)
    }

    fn residual<D: Scalar>(
        &self,
        form: Form,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        match form {
            Form::LogFixedPoint => self.log_residual(u, functions, pool, out),
            Form::Strong => {
                self.strong_residual(u, functions, pool, out);
                Ok(())
            }
            Form::FixedPoint => {
                self.map(u, functions, conditions, pool, out)?;
                for (out, u) in out.iter_mut().zip(u) {
                    *out -= *u;
                }
                Ok(())
            }
        }
    }

    fn is_affine(&self, form: Form, slots: &[usize]) -> bool {
        let product = slots.contains(&Self::KERNEL) && slots.contains(&Self::COUPLING);
        form != Form::FixedPoint && !product
    }

    /// Without interaction u = M exp(−V/σ)/∫exp(−V/σ).
    fn has_one_state(&self, functions: &Tabulated) -> bool {
        let kernel = functions.values(Self::KERNEL);
        functions.values(Self::COUPLING)[0] == 0.0 || kernel.iter().all(|w| *w == kernel[0])
    }

    /// V and κ W*u compete with σ log u: W times the mass of u.
    fn natural_scale(&self, slot: usize, u: &[f64], functions: &Tabulated) -> f64 {
        let scalar = |slot: usize| functions.values(slot)[0].abs();
        match slot {
            Self::KERNEL => {
                let (diffusion, coupling) = (scalar(Self::DIFFUSION), scalar(Self::COUPLING));
                let mass = self.grid.integrate(u);
                let per_kernel = if coupling > 0.0 { coupling } else { 1.0 };
                let per_kernel = if mass > 0.0 { mass * per_kernel } else { per_kernel };
                diffusion / per_kernel
            }
            Self::POTENTIAL => scalar(Self::DIFFUSION),
            _ => 1.0,
        }
    }

    fn scalings(&self) -> &[&[Scaling]] {
        const fn by(slot: usize, power: i32) -> Scaling {
            Scaling { slot, power }
        }
        use AggregationDiffusion as Own;
        const SCALINGS: &[&[Scaling]] = &[
            &[by(Own::KERNEL, 1), by(Own::COUPLING, -1)],
            &[by(Own::KERNEL, 1), by(Own::POTENTIAL, 1), by(Own::DIFFUSION, 1)],
            &[by(Own::COUPLING, 1), by(Own::POTENTIAL, 1), by(Own::DIFFUSION, 1)],
        ];
        SCALINGS
    }

    fn tangent(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        pool: &mut Pool<f64>,
        mut out: MatMut<'_, f64>,
    ) -> EvalResult {
        let n = at.u.len();
        let response = self.response(at, pool);
        let mut change = pool.take_reals(n);
        let mut result = pool.take_reals(n);
        match slot {
            Self::KERNEL => {
                let coupling = at.functions.values(Self::COUPLING)[0];
                let mut spectrum = pool.take_complexes(self.convolution.spectrum_len());
                self.convolution.spectrum(at.u, pool, &mut spectrum);
                let mut second = pool.take_reals(n);
                let mut pair = pool.take_complexes(n);
                let convolution = &self.convolution;
                for j in (0..dvalues.ncols()).step_by(2) {
                    if j + 1 == dvalues.ncols() {
                        with_column(dvalues, j, &mut result, |w| self.unfold(w, &mut change));
                        convolution.convolve_in_place(&mut change, &spectrum, coupling, pool);
                        self.respond_in_column(&response, &change, pool, &mut out, j);
                        break;
                    }
                    with_column(dvalues, j, &mut result, |a| {
                        with_column(dvalues, j + 1, &mut second, |b| {
                            self.unfold_pair(a, b, &mut pair);
                        });
                    });
                    convolution.convolve_pair_in_place(&mut pair, &spectrum, coupling, pool);
                    for ((pair, first), second) in pair.iter().zip(&mut change).zip(&mut second) {
                        (*first, *second) = (pair.re, pair.im);
                    }
                    self.respond_in_column(&response, &change, pool, &mut out, j);
                    self.respond_in_column(&response, &second, pool, &mut out, j + 1);
                }
                pool.give_reals(second);
                pool.give_complexes(pair);
                pool.give_complexes(spectrum);
            }
            Self::POTENTIAL => {
                for j in 0..dvalues.ncols() {
                    with_column(dvalues, j, &mut result, |column| {
                        self.respond_in_column(&response, column, pool, &mut out, j);
                    });
                }
            }
            Self::DIFFUSION | Self::COUPLING => {
                self.scalar_direction(at, slot, &response, pool, &mut result);
                for j in 0..dvalues.ncols() {
                    for (i, r) in result.iter().enumerate() {
                        out[(i, j)] = r * dvalues[(0, j)];
                    }
                }
            }
            _ => unreachable!("the equation has four slots"),
        }
        pool.give_reals(change);
        pool.give_reals(result);
        response.give(pool);
        Ok(())
    }

    fn pullback(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult {
        let n = at.u.len();
        let response = self.response(at, pool);
        match slot {
            Self::KERNEL => {
                let coupling = at.functions.values(Self::COUPLING)[0];
                let mut spectrum = pool.take_complexes(self.convolution.spectrum_len());
                let mut change = pool.take_reals(n);
                let mut kernel = pool.take_reals(n);
                self.convolution.spectrum(at.u, pool, &mut spectrum);
                self.respond_adjoint(&response, cotangent, pool, &mut change);
                for change in &mut change {
                    *change *= coupling;
                }
                self.convolution.correlate_with_spectrum(&change, &spectrum, pool, &mut kernel);
                self.fold(&kernel, out);
                pool.give_complexes(spectrum);
                pool.give_reals(change);
                pool.give_reals(kernel);
            }
            Self::POTENTIAL => self.respond_adjoint(&response, cotangent, pool, out),
            Self::DIFFUSION | Self::COUPLING => {
                let mut direction = pool.take_reals(n);
                self.scalar_direction(at, slot, &response, pool, &mut direction);
                out[0] = dot(&direction, cotangent);
                pool.give_reals(direction);
            }
            _ => unreachable!("the equation has four slots"),
        }
        response.give(pool);
        Ok(())
    }
}

/// Hands column `j` to `read` as a slice; `buffer` is at least as long.
fn with_column(from: MatRef<'_, f64>, j: usize, buffer: &mut [f64], read: impl FnOnce(&[f64])) {
    match from.col(j).try_as_col_major() {
        Some(column) => read(column.as_slice()),
        None => {
            let buffer = &mut buffer[..from.nrows()];
            buffer.iter_mut().zip(from.col(j).iter()).for_each(|(to, from)| *to = *from);
            read(buffer);
        }
    }
}

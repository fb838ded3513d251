//! How residuals answer to changes of the functions.
//!
//! W, V, σ and κ act through the potential g = κ W*u + V alone, so that each of them needs only the
//! change δg (or δσ in its stead) and one response of the residual to it.

use faer::MatMut;
use lacuna_core::sums::{dot, scale_without_mean};
use lacuna_core::{Form, Functions, LinearOperator, Linearisation, Pool};

use super::AggregationDiffusion;

impl AggregationDiffusion {
    /// How the residual answers to a change δg of the potential, at a linearisation.
    ///
    /// The two fixed-point forms share one shape, out = s (δ − Σ p δ), with
    /// s = √u, p = w u/∫u, δ = δg for the logarithm and s = T, p = w T/∫T, δ = −δg/σ for T itself.
    pub(super) fn response(&self, at: &Linearisation<'_>, pool: &mut Pool<f64>) -> Response {
        let n = at.u.len();
        let mut scale = pool.take_reals(n);
        let mut mean = pool.take_reals(n);
        let density: &mut dyn Iterator<Item = f64> = match at.form {
            Form::FixedPoint => &mut at.residual.iter().zip(at.u).map(|(r, u)| r + u),
            Form::LogFixedPoint | Form::Strong => &mut at.u.iter().copied(),
        };
        for ((i, d), &w) in density.enumerate().zip(self.grid.weights()) {
            scale[i] = if at.form == Form::LogFixedPoint { d.sqrt() } else { d };
            mean[i] = w * d;
        }
        let mass: f64 = mean.iter().sum();
        for mean in &mut mean {
            *mean /= mass;
        }
        let diffusion = at.functions.values(Self::DIFFUSION)[0];
        let sign = if at.form == Form::FixedPoint { -1.0 / diffusion } else { 1.0 };
        Response { form: at.form, scale, mean, sign }
    }

    /// `out` = the change of the residual for the change `values` of the potential, δg.
    pub(super) fn respond(
        &self,
        response: &Response,
        values: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        match response.form {
            Form::FixedPoint | Form::LogFixedPoint => {
                let Response { mean, scale, sign, .. } = response;
                scale_without_mean(values, mean, scale, *sign, out);
            }
            Form::Strong => {
                self.derivative.apply(values, pool, out);
                let mut flux = pool.take_reals(out.len());
                for ((flux, d), u) in flux.iter_mut().zip(&*out).zip(&response.scale) {
                    *flux = u * d;
                }
                self.derivative.apply(&flux, pool, out);
                pool.give_reals(flux);
            }
        }
    }

    /// [`respond`](Self::respond) into column `j` of `out`.
    pub(super) fn respond_in_column(
        &self,
        response: &Response,
        values: &[f64],
        pool: &mut Pool<f64>,
        out: &mut MatMut<'_, f64>,
        j: usize,
    ) {
        let mut column = out.as_mut().col_mut(j);
        if let Some(column) = column.as_mut().try_as_col_major_mut() {
            self.respond(response, values, pool, column.as_slice_mut());
            return;
        }
        let mut result = pool.take_reals(values.len());
        self.respond(response, values, pool, &mut result);
        column.iter_mut().zip(&result).for_each(|(to, from)| *to = *from);
        pool.give_reals(result);
    }

    /// The adjoint of [`respond`](Self::respond): `out` is the change of ½‖·‖² by δg.
    pub(super) fn respond_adjoint(
        &self,
        response: &Response,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        match response.form {
            Form::FixedPoint | Form::LogFixedPoint => {
                let total = dot(&response.scale, cotangent);
                for (i, out) in out.iter_mut().enumerate() {
                    *out = response.sign
                        * (response.scale[i] * cotangent[i] - response.mean[i] * total);
                }
            }
            Form::Strong => {
                let mut force = pool.take_reals(out.len());
                self.derivative.apply(cotangent, pool, &mut force);
                for (f, u) in force.iter_mut().zip(&response.scale) {
                    *f *= u;
                }
                self.derivative.apply(&force, pool, out);
                pool.give_reals(force);
            }
        }
    }

    /// The change of the potential-like quantity that moves the residual when σ moves by one:
    /// log u for the logarithm, −g/σ for T (so that −δ/σ = g/σ²).
    fn diffusion_direction(&self, at: &Linearisation<'_>, pool: &mut Pool<f64>, out: &mut [f64]) {
        match at.form {
            Form::LogFixedPoint => {
                for (out, u) in out.iter_mut().zip(at.u) {
                    *out = u.ln();
                }
            }
            Form::FixedPoint => {
                self.potential(at.u, at.functions, pool, out);
                let diffusion = at.functions.values(Self::DIFFUSION)[0];
                for out in out {
                    *out = -*out / diffusion;
                }
            }
            Form::Strong => {
                let mut slope = pool.take_reals(out.len());
                self.derivative.apply(at.u, pool, &mut slope);
                self.derivative.apply(&slope, pool, out);
                pool.give_reals(slope);
            }
        }
    }

    /// `out` = the change of the residual when the scalar in `slot` moves by one.
    pub(super) fn scalar_direction(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        response: &Response,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let mut change = pool.take_reals(out.len());
        if slot == Self::COUPLING {
            self.interaction(at.u, at.functions, pool, &mut change);
            self.respond(response, &change, pool, out);
        } else {
            self.diffusion_direction(at, pool, &mut change);
            if at.form == Form::Strong {
                out.copy_from_slice(&change);
            } else {
                self.respond(response, &change, pool, out);
            }
        }
        pool.give_reals(change);
    }
}

/// See [`AggregationDiffusion::response`].
pub(super) struct Response {
    form: Form,
    scale: Vec<f64>,
    mean: Vec<f64>,
    sign: f64,
}

impl Response {
    pub(super) fn give(self, pool: &mut Pool<f64>) {
        pool.give_reals(self.scale);
        pool.give_reals(self.mean);
    }
}

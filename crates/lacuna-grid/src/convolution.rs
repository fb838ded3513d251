//! Periodic convolution by the fast Fourier transform.
//!
//! (W*u)(x_i) = ∫ W(x_i − y) u(y) dy ≈ h Σ_j W(r_{i−j}) u_j, i = 0..n, with W sampled at the
//! displacements r_0 = 0, r_1 = h, …, r_{n−1} = −h. Spectrally accurate for smooth periodic W, u.
//! The transform of a real vector of length n has n/2 + 1 complex entries. The operation is
//! bilinear; dual arguments are convolved part by part.

use lacuna_core::elementary::vectorised;
use lacuna_core::{Pool, Scalar};
use num_complex::Complex64;

use crate::transform::Transform;
use crate::{Boundary, Grid, GridError};

/// Convolution on a periodic grid.
#[derive(Clone, Debug)]
pub struct Convolution {
    transform: Transform,
    /// h/n: quadrature weight over the normalisation of the inverse transform.
    scale: f64,
}

impl Convolution {
    /// Plans the transforms for `grid`.
    ///
    /// # Errors
    /// If the grid is not periodic.
    pub fn new(grid: &Grid) -> Result<Self, GridError> {
        if grid.axes()[0].boundary != Boundary::Periodic {
            return Err(GridError::Boundary { operator: "convolution", needed: "periodic" });
        }
        let scale = grid.cell() / grid.len() as f64;
        Ok(Self { transform: Transform::new(grid.len()), scale })
    }

    /// Length n/2 + 1 of a spectrum.
    pub fn spectrum_len(&self) -> usize {
        self.transform.spectrum_len()
    }

    /// Discrete Fourier transform of `x` (length n) into `out` (length n/2 + 1).
    pub fn spectrum<D: Scalar>(&self, x: &[f64], pool: &mut Pool<D>, out: &mut [Complex64]) {
        self.transform.forward(x, pool, out);
    }

    /// h/n times the inverse transform of `spectrum`, which is overwritten.
    fn invert<D: Scalar>(&self, spectrum: &mut [Complex64], pool: &mut Pool<D>, out: &mut [f64]) {
        self.transform.inverse(spectrum, pool, out);
        for out in out {
            *out *= self.scale;
        }
    }

    /// `out = a * b` for a vector `a` and the spectrum of `b`.
    pub fn apply_to_spectrum<D: Scalar>(
        &self,
        a: &[f64],
        b_spectrum: &[Complex64],
        pool: &mut Pool<D>,
        out: &mut [f64],
    ) {
        out.copy_from_slice(a);
        self.convolve_in_place(out, b_spectrum, 1.0, pool);
    }

    /// `a` becomes `factor · a * b` for the spectrum of `b`.
    pub fn convolve_in_place<D: Scalar>(
        &self,
        a: &mut [f64],
        b_spectrum: &[Complex64],
        factor: f64,
        pool: &mut Pool<D>,
    ) {
        let mut spectrum = pool.take_complexes(self.spectrum_len());
        self.transform.forward_in_place(a, pool, &mut spectrum);
        let scale = factor * self.scale;
        vectorised(|| {
            for (a, b) in spectrum.iter_mut().zip(b_spectrum) {
                *a = Complex64::new(
                    scale * (a.re * b.re - a.im * b.im),
                    scale * (a.re * b.im + a.im * b.re),
                );
            }
        });
        self.transform.inverse(&mut spectrum, pool, a);
        pool.give_complexes(spectrum);
    }

    /// `pair` = a + i b becomes `factor` times the convolutions of the real vectors a and b with
    /// what `spectrum` belongs to: two for little more than the price of one. All of length n.
    pub fn convolve_pair_in_place<D: Scalar>(
        &self,
        pair: &mut [Complex64],
        spectrum: &[Complex64],
        factor: f64,
        pool: &mut Pool<D>,
    ) {
        self.transform.filter_pair(pair, spectrum, factor * self.scale, pool);
    }

    /// The adjoint of `a ↦ a * b`: out_j = h Σ_i b_{i−j} y_i, for the spectrum of `b`.
    pub fn correlate_with_spectrum<D: Scalar>(
        &self,
        y: &[f64],
        b_spectrum: &[Complex64],
        pool: &mut Pool<D>,
        out: &mut [f64],
    ) {
        let mut spectrum = pool.take_complexes(self.spectrum_len());
        self.spectrum(y, pool, &mut spectrum);
        for (y, b) in spectrum.iter_mut().zip(b_spectrum) {
            *y *= b.conj();
        }
        self.invert(&mut spectrum, pool, out);
        pool.give_complexes(spectrum);
    }

    /// `out = kernel * u`, for scalars that may carry tangents. All of length n.
    pub fn apply<D: Scalar>(&self, kernel: &[D], u: &[D], pool: &mut Pool<D>, out: &mut [D]) {
        let (n, m, parts) = (u.len(), self.spectrum_len(), D::TANGENTS + 1);
        let mut kernel_spectra = pool.take_complexes(m * parts);
        let mut u_spectra = pool.take_complexes(m * parts);
        let kernel_moves = self.spectra(kernel, pool, &mut kernel_spectra);
        let u_moves = self.spectra(u, pool, &mut u_spectra);

        let mut product = pool.take_complexes(m);
        let mut results = pool.take_reals(n * parts);
        for part in 0..parts {
            let result = &mut results[part * n..(part + 1) * n];
            let (k0, u0) = (&kernel_spectra[..m], &u_spectra[..m]);
            if part == 0 {
                for i in 0..m {
                    product[i] = k0[i] * u0[i];
                }
            } else if kernel_moves || u_moves {
                let (kt, ut) = (&kernel_spectra[part * m..], &u_spectra[part * m..]);
                for i in 0..m {
                    product[i] = kt[i] * u0[i] + k0[i] * ut[i];
                }
            } else {
                result.fill(0.0);
                continue;
            }
            self.invert(&mut product, pool, result);
        }
        for (i, out) in out.iter_mut().enumerate() {
            *out = D::assemble(results[i], |t| results[(t + 1) * n + i]);
        }
        pool.give_complexes(kernel_spectra);
        pool.give_complexes(u_spectra);
        pool.give_complexes(product);
        pool.give_reals(results);
    }

    /// Spectra of the real part and of each tangent; whether any tangent is non-zero.
    fn spectra<D: Scalar>(&self, x: &[D], pool: &mut Pool<D>, out: &mut [Complex64]) -> bool {
        let m = self.spectrum_len();
        let mut part_of_x = pool.take_reals(x.len());
        let mut moves = false;
        for (part, out) in out.chunks_exact_mut(m).enumerate() {
            for (target, x) in part_of_x.iter_mut().zip(x) {
                *target = if part == 0 { x.value() } else { x.tangent(part - 1) };
            }
            if part > 0 && part_of_x.iter().all(|&v| v == 0.0) {
                out.fill(Complex64::new(0.0, 0.0));
                continue;
            }
            moves |= part > 0;
            self.spectrum(&part_of_x, pool, out);
        }
        pool.give_reals(part_of_x);
        moves
    }
}

#[cfg(test)]
mod tests {
    use lacuna_core::{Dual, Lanes};

    use super::*;
    use crate::Axis;

    fn grid(n: usize) -> Grid {
        let axis = Axis { origin: 0.3, length: 2.0, cells: n, boundary: Boundary::Periodic };
        Grid::new(vec![axis]).unwrap()
    }

    /// A deterministic vector without structure.
    fn vector(n: usize, seed: f64) -> Vec<f64> {
        (0..n)
            .map(|i| ((i as f64 + 1.0) * seed).sin() + 0.2 * (i as f64 * seed * 1.7).cos())
            .collect()
    }

    fn direct(h: f64, kernel: &[f64], u: &[f64]) -> Vec<f64> {
        let n = u.len();
        (0..n).map(|i| h * (0..n).map(|j| kernel[(i + n - j) % n] * u[j]).sum::<f64>()).collect()
    }

    fn close(a: &[f64], b: &[f64]) {
        let scale = b.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-13 * scale, "{a} {b}");
        }
    }

    #[test]
    fn agrees_with_the_sum_for_any_size() {
        for n in [4, 5, 6, 63, 64, 65, 100, 127, 128] {
            let grid = grid(n);
            let convolution = Convolution::new(&grid).unwrap();
            let (kernel, u) = (vector(n, 0.7), vector(n, 1.3));
            let mut out = vec![0.0; n];
            convolution.apply(&kernel, &u, &mut Pool::new(), &mut out);
            close(&out, &direct(grid.cell(), &kernel, &u));
        }
    }

    #[test]
    fn a_pair_is_convolved_as_each_of_the_two() {
        for n in [4, 5, 63, 64, 100] {
            let convolution = Convolution::new(&grid(n)).unwrap();
            let mut pool = Pool::<f64>::new();
            let [kernel, a, b] = [0.7, 1.3, 2.1].map(|seed| vector(n, seed));
            let mut spectrum = vec![Complex64::default(); convolution.spectrum_len()];
            convolution.spectrum(&kernel, &mut pool, &mut spectrum);
            let mut pair: Vec<Complex64> =
                a.iter().zip(&b).map(|(&a, &b)| Complex64::new(a, b)).collect();
            convolution.convolve_pair_in_place(&mut pair, &spectrum, 3.0, &mut pool);
            let mut alone = vec![0.0; n];
            for (single, part) in [
                (a, pair.iter().map(|z| z.re).collect::<Vec<_>>()),
                (b, pair.iter().map(|z| z.im).collect()),
            ] {
                convolution.apply_to_spectrum(&single, &spectrum, &mut pool, &mut alone);
                alone.iter_mut().for_each(|x| *x *= 3.0);
                close(&part, &alone);
            }
        }
    }

    #[test]
    fn correlation_is_the_adjoint() {
        for n in [5, 64] {
            let convolution = Convolution::new(&grid(n)).unwrap();
            let mut pool = Pool::<f64>::new();
            let (a, b, y) = (vector(n, 0.7), vector(n, 1.3), vector(n, 2.1));
            let mut b_spectrum = vec![Complex64::default(); convolution.spectrum_len()];
            convolution.spectrum(&b, &mut pool, &mut b_spectrum);
            let (mut forward, mut adjoint) = (vec![0.0; n], vec![0.0; n]);
            convolution.apply_to_spectrum(&a, &b_spectrum, &mut pool, &mut forward);
            convolution.correlate_with_spectrum(&y, &b_spectrum, &mut pool, &mut adjoint);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            assert!((dot(&forward, &y) - dot(&a, &adjoint)).abs() < 1e-12);
        }
    }

    #[test]
    fn tangents_obey_the_product_rule() {
        let n = 20;
        let grid = grid(n);
        let convolution = Convolution::new(&grid).unwrap();
        let parts: Vec<Vec<f64>> = (0..4).map(|s| vector(n, 0.5 + 0.3 * s as f64)).collect();
        let kernel: Vec<Dual> =
            (0..n).map(|i| Dual::assemble(parts[0][i], |_| parts[1][i])).collect();
        let u: Vec<Dual> = (0..n).map(|i| Dual::assemble(parts[2][i], |_| parts[3][i])).collect();
        let mut out = vec![Dual::constant(0.0); n];
        convolution.apply(&kernel, &u, &mut Pool::new(), &mut out);
        let first = direct(grid.cell(), &parts[1], &parts[2]);
        let second = direct(grid.cell(), &parts[0], &parts[3]);
        let expected: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
        close(&out.iter().map(|d| d.tangent(0)).collect::<Vec<_>>(), &expected);

        let constants: Vec<Lanes> = parts[0].iter().map(|&v| Lanes::constant(v)).collect();
        let mut lanes = vec![Lanes::constant(0.0); n];
        convolution.apply(&constants, &constants, &mut Pool::new(), &mut lanes);
        assert!(lanes.iter().all(|l| (0..8).all(|t| l.tangent(t) == 0.0)));
    }
}

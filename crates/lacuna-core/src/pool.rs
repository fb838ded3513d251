//! Reusable buffers, so that nothing is allocated inside an iteration.
//!
//! `take_*` hands out an owned vector of the wanted length (contents unspecified but initialised),
//! `give_*` returns it. After one warm-up pass the pool holds every buffer the computation needs.

use num_complex::Complex64;

use crate::Scalar;

/// Buffers of scalars, reals and complex numbers for one thread of work.
#[derive(Default)]
pub struct Pool<D> {
    scalars: Vec<Vec<D>>,
    reals: Vec<Vec<f64>>,
    complexes: Vec<Vec<Complex64>>,
}

fn take<T: Copy>(shelf: &mut Vec<Vec<T>>, len: usize, fill: T) -> Vec<T> {
    // The smallest buffer that fits, else the largest: repeated passes then find what they left.
    let best = shelf
        .iter()
        .enumerate()
        .min_by_key(|(_, v)| {
            if v.capacity() >= len { (0, v.capacity()) } else { (1, usize::MAX - v.capacity()) }
        })
        .map(|(i, _)| i);
    let mut buffer = best.map(|i| shelf.swap_remove(i)).unwrap_or_default();
    buffer.resize(len, fill);
    buffer
}

impl<D: Scalar> Pool<D> {
    /// An empty pool.
    pub fn new() -> Self {
        Self { scalars: Vec::new(), reals: Vec::new(), complexes: Vec::new() }
    }

    /// A buffer of `len` scalars.
    pub fn take_scalars(&mut self, len: usize) -> Vec<D> {
        take(&mut self.scalars, len, D::constant(0.0))
    }

    /// Returns a buffer of scalars.
    pub fn give_scalars(&mut self, buffer: Vec<D>) {
        self.scalars.push(buffer);
    }

    /// A buffer of `len` reals.
    pub fn take_reals(&mut self, len: usize) -> Vec<f64> {
        take(&mut self.reals, len, 0.0)
    }

    /// Returns a buffer of reals.
    pub fn give_reals(&mut self, buffer: Vec<f64>) {
        self.reals.push(buffer);
    }

    /// A buffer of `len` complex numbers.
    pub fn take_complexes(&mut self, len: usize) -> Vec<Complex64> {
        take(&mut self.complexes, len, Complex64::new(0.0, 0.0))
    }

    /// Returns a buffer of complex numbers.
    pub fn give_complexes(&mut self, buffer: Vec<Complex64>) {
        self.complexes.push(buffer);
    }
}

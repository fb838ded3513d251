//! Input features that make periodicity and symmetry hold by construction.
//!
//! With ω = 2π/L, k = 1, …, H and R = max(|a|, |b|), a network N of these features φ(x) is
//!
//! | | any | even | odd |
//! |---|---|---|---|
//! | circle | N(cos kωx, sin kωx) | N(cos kωx) | sin ωx · N(cos kωx) |
//! | two ends | N(2(x − a)/L − 1) | N(2(x/R)² − 1) | x/R · N(2(x/R)² − 1) |
//!
//! Symmetry is about x = 0. The factor in front is called the envelope.

use lacuna_core::{Scalar, Symmetry};

use crate::Interval;

#[derive(Clone, Debug)]
pub(super) struct Embedding {
    pub interval: Interval,
    pub symmetry: Symmetry,
    pub harmonics: usize,
}

impl Embedding {
    /// Number of features.
    pub fn width(&self) -> usize {
        match (self.interval.periodic, self.symmetry) {
            (false, _) => 1,
            (true, Symmetry::None) => 2 * self.harmonics,
            (true, _) => self.harmonics,
        }
    }

    /// Feature `i` of x, in [−1, 1] for x in the interval.
    pub fn feature<D: Scalar>(&self, i: usize, x: D) -> D {
        let Interval { lower, periodic, .. } = self.interval;
        let omega = std::f64::consts::TAU / self.interval.length();
        match (periodic, self.symmetry) {
            (true, Symmetry::None) => {
                let phase = x * (omega * (i / 2 + 1) as f64);
                if i.is_multiple_of(2) { phase.cos() } else { phase.sin() }
            }
            (true, _) => (x * (omega * (i + 1) as f64)).cos(),
            (false, Symmetry::None) => (x - lower) * (2.0 / self.interval.length()) - 1.0,
            (false, _) => {
                let scaled = x / self.interval.radius();
                scaled * scaled * 2.0 - 1.0
            }
        }
    }

    /// Every feature at all `x`, feature by feature: as [`feature`](Self::feature), with cosine and
    /// sine of a phase computed together.
    pub fn features(&self, x: &[f64], out: &mut [f64]) {
        let n = x.len();
        let omega = std::f64::consts::TAU / self.interval.length();
        if self.interval.periodic && self.symmetry == Symmetry::None {
            for (k, columns) in out[..self.width() * n].chunks_exact_mut(2 * n.max(1)).enumerate() {
                let (cosines, sines) = columns.split_at_mut(n);
                for ((cosine, sine), &x) in cosines.iter_mut().zip(sines).zip(x) {
                    (*sine, *cosine) = (x * (omega * (k + 1) as f64)).sin_cos();
                }
            }
            return;
        }
        for (i, column) in out.chunks_mut(n.max(1)).take(self.width()).enumerate() {
            for (feature, &x) in column.iter_mut().zip(x) {
                *feature = self.feature(i, x);
            }
        }
    }

    /// The factor in front of the network.
    pub fn envelope<D: Scalar>(&self, x: D) -> D {
        match (self.symmetry, self.interval.periodic) {
            (Symmetry::None | Symmetry::Even, _) => D::constant(1.0),
            (Symmetry::Odd, true) => (x * (std::f64::consts::TAU / self.interval.length())).sin(),
            (Symmetry::Odd, false) => x / self.interval.radius(),
        }
    }
}

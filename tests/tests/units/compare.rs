//! Numbers that are equal up to a factor and to round-off as iterations amplify it.

/// Largest difference relative to the largest of the numbers. Problems are the same up to round-off;
/// fits of ill-conditioned problems that stop early, as here, amplify it.
pub const TOLERANCE: f64 = 1e-3;

/// What numbers of order one have in round-off.
const ROUND_OFF: f64 = 1e-12;

/// Asserts that `scaled` is `factor` times `plain`, relative to the largest of them.
#[track_caller]
pub fn assert_scaled(what: &str, plain: &[f64], scaled: &[f64], factor: f64) {
    assert_eq!(plain.len(), scaled.len(), "{what}");
    let size = plain.iter().filter(|v| v.is_finite()).fold(0.0, |m: f64, v| m.max(v.abs()));
    for (i, (plain, scaled)) in plain.iter().zip(scaled).enumerate() {
        let same = (plain.is_nan() && scaled.is_nan())
            || (scaled / factor - plain).abs() <= TOLERANCE * size + ROUND_OFF
            || (plain.is_infinite() && scaled == plain);
        assert!(same, "{what}[{i}]: {plain:e} became {:e} (largest {size:e})", scaled / factor);
    }
}

/// The same of one number, relative to itself.
#[track_caller]
pub fn assert_same(what: &str, plain: f64, scaled: f64) {
    assert_scaled(what, &[plain], &[scaled], 1.0);
}

/// A reproducible sequence of numbers in [0, 1).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> f64 {
        // Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}

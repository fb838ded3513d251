//! Functions of which a smoothness prior expects little, as expressions with random parameters.
//!
//! On a circle of length L the distance of x to c is d(x, c) = L/2π · acos cos(2π(x − c)/L).

use std::fmt::Write as _;

use crate::noise::random::Random;

/// Uniform on [low, high).
pub fn between(random: &mut Random, low: f64, high: f64) -> f64 {
    low + (high - low) * random.uniform()
}

/// The same with random sign.
pub fn signed(random: &mut Random, low: f64, high: f64) -> f64 {
    let size = between(random, low, high);
    if random.uniform() < 0.5 { -size } else { size }
}

/// Uniform in the logarithm.
pub fn log_between(random: &mut Random, low: f64, high: f64) -> f64 {
    between(random, low.ln(), high.ln()).exp()
}

/// d(x, c) on a circle of this length.
pub fn distance(length: f64, centre: f64) -> String {
    let turn = std::f64::consts::TAU / length;
    format!("acos(cos({turn:.12}*(x - ({centre:.9}))))/{turn:.12}")
}

/// Σ_{k≤modes} sd k^−decay (a_k cos 2πkx/L + b_k sin 2πkx/L) with standard normal a_k, b_k.
pub fn series(random: &mut Random, length: f64, modes: usize, sd: f64, decay: f64) -> String {
    let mut text = String::from("0");
    for k in 1..=modes {
        let size = sd * (k as f64).powf(-decay);
        let turn = std::f64::consts::TAU * k as f64 / length;
        let (a, b) = (size * random.normal(), size * random.normal());
        let _ = write!(text, " + ({a:.9})*cos({turn:.12}*x) + ({b:.9})*sin({turn:.12}*x)");
    }
    text
}

/// Σ_{k≤4} 0.7 · 2^{1−k} a_k cos 2πkx/L: a kernel as the prior expects it.
pub fn smooth_kernel(random: &mut Random, length: f64) -> String {
    let mut text = String::from("0");
    for k in 1..=4 {
        let a = 0.7 * 0.5f64.powi(k - 1) * random.normal();
        let turn = std::f64::consts::TAU * f64::from(k) / length;
        let _ = write!(text, " + ({a:.9})*cos({turn:.12}*x)");
    }
    text
}

/// Two tents max(0, 1 − d/w) of random place, height and width.
pub fn tents(random: &mut Random, low: f64, high: f64) -> String {
    let mut text = String::from("0");
    for _ in 0..2 {
        let (height, width) = (signed(random, low, high), between(random, 0.08, 0.3));
        let d = distance(1.0, random.uniform());
        let _ = write!(text, " + ({height:.9})*max(0, 1 - {d}/{width:.9})");
    }
    text
}

/// Two plateaus with jumps at their ends on a circle of length 1.
pub fn plateaus(random: &mut Random, low: f64, high: f64) -> String {
    let mut text = String::from("0");
    for _ in 0..2 {
        let (height, width) = (signed(random, low, high), between(random, 0.06, 0.25));
        let d = distance(1.0, random.uniform());
        let _ = write!(text, " + ({height:.9})*0.5*(1 + sign({width:.9} - {d}))");
    }
    text
}

/// Three to five layers on [0, length], none thinner than a tenth of it; `draw` gives their values.
pub fn layers(
    random: &mut Random,
    length: f64,
    draw: &mut dyn FnMut(&mut Random) -> f64,
) -> String {
    let n = 3 + (3.0 * random.uniform()) as usize;
    // What is left after a tenth for each layer is shared at random.
    let mut cuts: Vec<f64> = (1..n).map(|_| random.uniform()).collect();
    cuts.sort_by(f64::total_cmp);
    let mut before = draw(random);
    let mut text = format!("{before:.9}");
    for (i, cut) in cuts.iter().enumerate() {
        let thin = 0.1;
        let place = length * (thin * (i + 1) as f64 + (1.0 - thin * n as f64) * cut);
        let value = draw(random);
        let step = 0.5 * (value - before);
        let _ = write!(text, " + ({step:.9})*(1 + sign(x - {place:.9}))");
        before = value;
    }
    text
}

/// Σ_{k≤64} of cosines on [0, 1000]: a Gaussian process of root mean square `sd` whose spectrum falls as
/// (1 + (ω_k ℓ)²)^−1, which is nowhere differentiable but for its finite number of modes.
pub fn rough_process(random: &mut Random, length: f64, sd: f64, length_scale: f64) -> String {
    let turn = |k: u32| std::f64::consts::PI * f64::from(k) / length;
    let variance = |k: u32| 1.0 / (1.0 + (turn(k) * length_scale).powi(2));
    let total: f64 = (1..=64).map(variance).sum();
    let mut text = String::from("0");
    for k in 1..=64 {
        let a = sd * (2.0 * variance(k) / total).sqrt() * random.normal();
        let _ = write!(text, " + ({a:.9})*cos({:.12}*x)", turn(k));
    }
    text
}

//! States in numbers and places in words, for reasons.

use std::f64::consts::TAU;

use crate::{Setup, number_among};

/// |û_k|/|û_0| of a state on the grid.
pub(super) fn amplitude(setup: &Setup, u: &[f64], k: usize) -> f64 {
    let axis = setup.grid.axes()[0];
    let (mut re, mut im, mut total) = (0.0, 0.0, 0.0);
    let nodes = setup.grid.nodes().coordinates();
    for ((x, u), w) in nodes.iter().zip(u).zip(setup.grid.weights()) {
        let phase = TAU * k as f64 * (x - axis.origin) / axis.length;
        re += w * u * phase.cos();
        im += w * u * phase.sin();
        total += w * u;
    }
    re.hypot(im) / total.abs().max(f64::MIN_POSITIVE)
}

/// (max − min)/mean |u|.
pub(super) fn variation(u: &[f64]) -> f64 {
    let largest = u.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = u.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = u.iter().map(|u| u.abs()).sum::<f64>() / u.len().max(1) as f64;
    (largest - smallest) / mean.max(f64::MIN_POSITIVE)
}

/// "a", "a and b", "a, b and c".
pub(super) fn list(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The points with the indices `chosen` as intervals of x, in words.
pub(super) fn places(chosen: &[usize], x: &[f64]) -> String {
    let mut pieces: Vec<[usize; 2]> = Vec::new();
    for &i in chosen {
        match pieces.last_mut() {
            Some(piece) if piece[1] + 1 == i => piece[1] = i,
            _ => pieces.push([i, i]),
        }
    }
    let largest = x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let shown = pieces.iter().take(4).map(|[a, b]| {
        let [from, to] = [*a, *b].map(|i| number_among(x[i], largest, 3));
        if a == b { format!("x = {from}") } else { format!("{from} ≤ x ≤ {to}") }
    });
    let mut words = shown.collect::<Vec<_>>().join(", ");
    if pieces.len() > 4 {
        words += ", …";
    }
    words
}

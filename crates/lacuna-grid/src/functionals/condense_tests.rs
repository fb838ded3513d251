//! Condensed functionals beside the functionals they stand for.

use faer::Mat;

use super::tests::{grid, sample};
use super::*;
use crate::Axis;

const ROUND_OFF: f64 = 1e-12;

/// Any numbers between −1 and 1, the same for the same index.
fn number(i: usize) -> f64 {
    (12.9898 * i as f64 + 0.3).sin() * (78.233 * i as f64).cos()
}

fn dense(functionals: &Functionals) -> Mat<f64> {
    let n = functionals.n_nodes();
    let mut out = Mat::zeros(functionals.len(), n);
    functionals.apply_to_columns(Mat::<f64>::identity(n, n).as_ref(), out.as_mut());
    out
}

/// Points, cells of many widths, integrals with a weight, some rows without any entry.
fn many(boundary: Boundary, cells: usize, m: usize) -> Vec<(&'static str, Functionals)> {
    let grid = grid(boundary, cells);
    let axis: Axis = grid.axes()[0];
    let x: Vec<f64> = (0..m).map(|i| axis.origin + axis.length * (0.5 + 0.5 * number(i))).collect();
    let lower: Vec<f64> = x.iter().map(|x| x.min(axis.origin + 0.7 * axis.length)).collect();
    let width = |i: usize| axis.length * (0.01 + 0.28 * number(7 * i + 1).abs());
    let upper: Vec<f64> = lower.iter().enumerate().map(|(i, a)| a + width(i)).collect();
    let weights: Vec<Vec<f64>> = (0..m)
        .map(|k| sample(&grid, |x| if k % 9 == 4 { 0.0 } else { (x * (k % 13) as f64).cos() }))
        .collect();
    let near: Vec<f64> = x.iter().map(|x| axis.origin + 0.1 * (x - axis.origin)).collect();
    vec![
        ("points", Functionals::points(&grid, &x, &[])),
        ("points in one place", Functionals::points(&grid, &near, &[])),
        ("averages", Functionals::averages(&grid, &lower, &upper, &[])),
        ("weighted", Functionals::weighted(&grid, weights)),
    ]
}

#[test]
fn squares_of_all_residuals_are_kept_for_every_state() {
    for boundary in [Boundary::Periodic, Boundary::Dirichlet] {
        for (cells, m) in [(4, 9), (9, 40), (64, 400), (64, 30)] {
            for (name, functionals) in many(boundary, cells, m) {
                let n = functionals.n_nodes();
                let scale: Vec<f64> = (0..m).map(|i| 1.5 + number(3 * i)).collect();
                let column: Vec<f64> = (0..m).map(number).collect();
                let other: Vec<f64> = (0..m).map(|i| number(i + 5000)).collect();
                let found = functionals.condense(&scale, &[&column, &other]);
                assert_eq!(found.functionals.len(), n, "{name}");
                let u: Vec<f64> = (0..n).map(|i| number(i + 900)).collect();
                let (mut seen, mut small) = (vec![0.0; m], vec![0.0; n]);
                functionals.apply_linear(&u, &mut seen);
                found.functionals.apply_linear(&u, &mut small);
                for (k, c) in [&column, &other].into_iter().enumerate() {
                    let right: f64 = (0..m).map(|i| (scale[i] * seen[i] + c[i]).powi(2)).sum();
                    let square = |j: usize| (small[j] + found.rotated[k][j]).powi(2);
                    let all = (0..n).map(square).sum::<f64>() + found.rest[k];
                    assert!((all / right - 1.0).abs() < ROUND_OFF, "{name}, {cells}, {m}: {all}");
                }
            }
        }
    }
}

#[test]
fn the_triangle_has_the_gram_matrix_of_the_rows() {
    for (name, functionals) in many(Boundary::Periodic, 32, 300) {
        let scale: Vec<f64> = (0..300).map(|i| 1.5 + number(3 * i)).collect();
        let found = functionals.condense(&scale, &[]);
        let (l, r) = (dense(&functionals), dense(&found.functionals));
        let scaled = Mat::from_fn(300, 32, |i, j| scale[i] * l[(i, j)]);
        let (right, gram) = (scaled.transpose() * &scaled, r.transpose() * &r);
        let off = (&right - &gram).norm_l2();
        assert!(off < ROUND_OFF * right.norm_l2(), "{name}: {off}");
        for i in 0..32 {
            assert!((0..i).all(|j| r[(i, j)] == 0.0), "{name}: row {i} begins too early");
        }
    }
}

#[test]
fn points_leave_a_narrow_triangle_whatever_their_number() {
    let grid = grid(Boundary::Periodic, 256);
    let axis = grid.axes()[0];
    let entries = |m: usize| {
        let x: Vec<f64> = (0..m).map(|i| axis.origin + axis.length * number(i).abs()).collect();
        let found = Functionals::points(&grid, &x, &[]).condense(&vec![1.0; m], &[]);
        found.functionals.entries.len()
    };
    let (few, many) = (entries(4_000), entries(20_000));
    // Eight nodes a row, and those that the circle closes with.
    assert!(few <= 256 * 16 && many <= 256 * 16, "{few} {many}");
}

#[test]
fn sums_of_rows_are_sums_of_what_the_rows_see() {
    let (_, functionals) = many(Boundary::Dirichlet, 16, 20).remove(2);
    let weights: Vec<f64> = (0..20).map(number).collect();
    let sizes = [3, 1, 0, 16];
    let u: Vec<f64> = (0..16).map(|i| number(i + 70)).collect();
    let (mut seen, mut sums) = ([0.0; 20], [0.0; 4]);
    functionals.apply(&u, &mut seen);
    functionals.sums(&sizes, &weights).apply(&u, &mut sums);
    let mut start = 0;
    for (size, sum) in sizes.into_iter().zip(sums) {
        let right: f64 = (start..start + size).map(|i| weights[i] * seen[i]).sum();
        start += size;
        assert!((sum - right).abs() < ROUND_OFF, "{sum} {right}");
    }
}

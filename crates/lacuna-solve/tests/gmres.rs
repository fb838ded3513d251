//! GMRES against dense elimination, and its special cases.

use lacuna_core::{EvalError, Stop};
use lacuna_solve::{Gmres, GmresOptions, GmresOutcome};

const SIZES: [usize; 5] = [1, 2, 3, 64, 65];

/// Row-major dense matrices.
struct Dense {
    n: usize,
    entries: Vec<f64>,
}

impl Dense {
    /// Pseudo-random entries in (−1, 1), plus `shift` on the diagonal.
    fn random(n: usize, shift: f64) -> Self {
        let mut entries = random(n * n);
        (0..n).for_each(|i| entries[i * n + i] += shift);
        Self { n, entries }
    }

    fn times(&self, v: &[f64], out: &mut [f64]) {
        for (out, row) in out.iter_mut().zip(self.entries.chunks(self.n)) {
            *out = row.iter().zip(v).map(|(a, v)| a * v).sum();
        }
    }

    /// Gaussian elimination with partial pivoting.
    fn solve(&self, rhs: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut rows: Vec<Vec<f64>> = self.entries.chunks(n).map(<[f64]>::to_vec).collect();
        let mut x = rhs.to_vec();
        for k in 0..n {
            let pivot = (k..n)
                .max_by(|&i, &j| rows[i][k].abs().total_cmp(&rows[j][k].abs()))
                .expect("a valid problem");
            rows.swap(k, pivot);
            x.swap(k, pivot);
            let (above, below) = rows.split_at_mut(k + 1);
            for (i, row) in below.iter_mut().enumerate() {
                let factor = row[k] / above[k][k];
                for (entry, pivot) in row.iter_mut().zip(&above[k]).skip(k) {
                    *entry -= factor * pivot;
                }
                x[k + 1 + i] -= factor * x[k];
            }
        }
        for k in (0..n).rev() {
            let sum: f64 = (k + 1..n).map(|j| rows[k][j] * x[j]).sum();
            x[k] = (x[k] - sum) / rows[k][k];
        }
        x
    }
}

fn random(len: usize) -> Vec<f64> {
    let mut state = 0x1234_5678_9abc_def0u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn relative_error(x: &[f64], exact: &[f64]) -> f64 {
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
    norm(&mut x.iter().zip(exact).map(|(x, e)| x - e)) / norm(&mut exact.iter().copied())
}

fn solve(matrix: &Dense, weights: &[f64], restart: usize, rhs: &[f64]) -> (Vec<f64>, GmresOutcome) {
    let mut x = vec![0.0; rhs.len()];
    let product = |v: &[f64], out: &mut [f64]| {
        matrix.times(v, out);
        Ok(())
    };
    let outcome = Gmres::new(weights, restart)
        .solve(product, rhs, &mut x, &GmresOptions::default())
        .expect("a valid problem");
    (x, outcome)
}

#[test]
fn agrees_with_elimination() {
    for n in SIZES {
        let matrix = Dense::random(n, 3.0);
        let rhs = random(n);
        let exact = matrix.solve(&rhs);
        let uneven: Vec<f64> = (0..n).map(|i| 0.1 + (i % 7) as f64).collect();
        for weights in [vec![1.0; n], uneven] {
            let (x, outcome) = solve(&matrix, &weights, n, &rhs);
            assert!(outcome.stop.is_converged(), "n = {n}: {outcome:?}");
            assert!(outcome.iterations <= n + 1, "n = {n}: {outcome:?}");
            assert!(outcome.residual <= 1e-12);
            assert!(relative_error(&x, &exact) < 1e-10, "n = {n}: {outcome:?}");
        }
    }
}

#[test]
fn restarts_reach_the_same_solution() {
    for n in SIZES {
        let matrix = Dense::random(n, 12.0);
        let rhs = random(n);
        let exact = matrix.solve(&rhs);
        for restart in [2, 5, 10] {
            let (x, outcome) = solve(&matrix, &vec![1.0; n], restart, &rhs);
            assert!(outcome.stop.is_converged(), "n = {n}, restart {restart}: {outcome:?}");
            assert!(relative_error(&x, &exact) < 1e-11, "n = {n}, restart {restart}");
        }
    }
}

#[test]
fn a_low_rank_update_of_the_identity_takes_rank_plus_one_products() {
    let n = 64;
    let (a, b) = (random(n), random(2 * n)[n..].to_vec());
    let product = |v: &[f64], out: &mut [f64]| {
        let along: f64 = a.iter().zip(v).map(|(a, v)| a * v).sum();
        for i in 0..n {
            out[i] = v[i] + along * b[i];
        }
        Ok(())
    };
    let mut x = vec![0.0; n];
    let options = GmresOptions { verify: false, ..GmresOptions::default() };
    let outcome = Gmres::new(&vec![1.0; n], 20).solve(product, &random(n), &mut x, &options);
    let outcome = outcome.expect("a valid problem");
    assert!(outcome.stop.is_converged());
    assert_eq!(outcome.iterations, 2);
}

#[test]
fn a_zero_right_hand_side_has_the_zero_solution() {
    let mut x = [1.0, 2.0];
    let product = |_: &[f64], _: &mut [f64]| panic!("no product is needed");
    let outcome = Gmres::new(&[1.0; 2], 2)
        .solve(product, &[0.0; 2], &mut x, &GmresOptions::default())
        .expect("a valid problem");
    assert_eq!(outcome, GmresOutcome { stop: Stop::Converged, iterations: 0, residual: 0.0 });
    assert_eq!(x, [0.0; 2]);
}

#[test]
fn an_exact_start_needs_one_product() {
    let matrix = Dense::random(3, 3.0);
    let mut x = [1.0, -2.0, 0.5];
    let mut rhs = [0.0; 3];
    matrix.times(&x, &mut rhs);
    let product = |v: &[f64], out: &mut [f64]| {
        matrix.times(v, out);
        Ok(())
    };
    let outcome = Gmres::new(&[1.0; 3], 3)
        .solve(product, &rhs, &mut x, &GmresOptions::default())
        .expect("a valid problem");
    assert_eq!((outcome.stop, outcome.iterations), (Stop::Converged, 0));
    assert_eq!(x, [1.0, -2.0, 0.5]);
}

#[test]
fn a_consistent_singular_system_is_solved_without_entering_the_kernel() {
    // The graph Laplacian of a ring: its kernel is the constants.
    for n in [3, 64, 65] {
        let mut matrix = Dense { n, entries: vec![0.0; n * n] };
        for i in 0..n {
            matrix.entries[i * n + i] = 2.0;
            matrix.entries[i * n + (i + 1) % n] -= 1.0;
            matrix.entries[i * n + (i + n - 1) % n] -= 1.0;
        }
        let mut rhs = random(n);
        let mean = rhs.iter().sum::<f64>() / n as f64;
        rhs.iter_mut().for_each(|b| *b -= mean);
        let (x, outcome) = solve(&matrix, &vec![1.0; n], n, &rhs);
        assert!(outcome.stop.is_converged(), "n = {n}: {outcome:?}");
        let mean = x.iter().sum::<f64>() / n as f64;
        assert!(mean.abs() < 1e-9, "n = {n}: the constant part of x is {mean}");

        // Now with a part outside the range: what remains is exactly that part.
        rhs.iter_mut().for_each(|b| *b += 1.0);
        let (x, outcome) = solve(&matrix, &vec![1.0; n], n, &rhs);
        assert_eq!(outcome.stop, Stop::Stalled, "n = {n}");
        assert!(x.iter().all(|x| x.is_finite()));
    }
}

#[test]
fn a_zero_matrix_stalls_at_once() {
    let (x, outcome) =
        solve(&Dense { n: 3, entries: vec![0.0; 9] }, &[1.0; 3], 3, &[1.0, 2.0, 3.0]);
    assert_eq!((outcome.stop, outcome.iterations), (Stop::Stalled, 1));
    assert_eq!(outcome.residual, 1.0);
    assert_eq!(x, [0.0; 3]);
}

#[test]
fn a_rotation_needs_all_dimensions() {
    // The cyclic shift makes no progress before the last product.
    let n = 8;
    let product = |v: &[f64], out: &mut [f64]| {
        out.copy_from_slice(v);
        out.rotate_right(1);
        Ok(())
    };
    let mut rhs = [0.0; 8];
    rhs[0] = 1.0;
    let mut x = [0.0; 8];
    let mut gmres = Gmres::new(&[1.0; 8], n);
    let outcome =
        gmres.solve(product, &rhs, &mut x, &GmresOptions::default()).expect("a valid problem");
    assert_eq!((outcome.stop, outcome.iterations), (Stop::Converged, n));
    assert!((x[n - 1] - 1.0).abs() < 1e-15);

    let mut x = [0.0; 8];
    let mut restarted = Gmres::new(&[1.0; 8], n - 1);
    let outcome =
        restarted.solve(product, &rhs, &mut x, &GmresOptions::default()).expect("a valid problem");
    assert_eq!(outcome.stop, Stop::Stalled);
    assert!((outcome.residual - 1.0).abs() < 1e-15);
}

#[test]
fn limits_and_failures_are_outcomes() {
    let matrix = Dense::random(64, 3.0);
    let mut x = vec![0.0; 64];
    let product = |v: &[f64], out: &mut [f64]| {
        matrix.times(v, out);
        Ok(())
    };
    let options = GmresOptions { max_iterations: 3, ..GmresOptions::default() };
    let mut gmres = Gmres::new(&vec![1.0; 64], 10);
    let outcome = gmres.solve(product, &random(64), &mut x, &options).expect("a valid problem");
    assert_eq!((outcome.stop, outcome.iterations), (Stop::MaxIterations, 3));
    assert!(outcome.residual < 1.0 && x.iter().any(|&x| x != 0.0));

    let broken = |_: &[f64], out: &mut [f64]| {
        out.fill(f64::NAN);
        Ok(())
    };
    x.fill(0.0);
    let outcome = gmres.solve(broken, &random(64), &mut x, &options).expect("a valid problem");
    assert_eq!(outcome.stop, Stop::NonFinite);
    assert!(x.iter().all(|&x| x == 0.0));

    let error = gmres.solve(product, &random(63), &mut x, &options).unwrap_err();
    assert_eq!(error, EvalError::Shape { quantity: "right-hand side", found: 63, expected: 64 });
}

//! Exchange between neighbours on a circle, implicit in time.
//!
//! Cell i gives r_i u_i to its right neighbour and l_i u_{i+1} comes back across the same face:
//!
//!   (1 + r_i + l_{i−1}) x_i − r_{i−1} x_{i−1} − l_i x_{i+1} = b_i,   indices modulo n, r, l ≥ 0.
//!
//! Every column sums to 1, so Σx = Σb, and the matrix is an M-matrix, so x ≥ 0 where b ≥ 0. The
//! elimination keeps the column sums instead of the diagonal and has no subtraction: every entry of
//! x is accurate to a few ulp however large r and l are, and its sign is certain. O(n).
//!
//! Source: the elimination of Grassmann, Taksar and Heyman, Oper. Res. 33 (1985) 1107.

use lacuna_core::Pool;

/// Solves the system above in place: `rhs` = b becomes x. All slices have length n ≥ 3; `to_right[i]`
/// is r_i and `to_left[i]` is l_i, both at the face right of cell i.
pub fn solve_conservative_cycle(
    to_right: &[f64],
    to_left: &[f64],
    pool: &mut Pool<f64>,
    rhs: &mut [f64],
) {
    let n = rhs.len();
    let last = n - 1;
    let mut inverse_pivot = pool.take_reals(n);
    // Entry of each row in the last column, negated.
    let mut from_last = pool.take_reals(n);
    // Entry of the present column in the last row, negated; sum of the present column.
    let (mut into_last, mut sum) = (to_left[last], 1.0);
    let (mut last_sum, mut last_rhs) = (1.0, rhs[last]);
    from_last[0] = to_right[last];
    for j in 0..last - 1 {
        let inverse = 1.0 / (sum + to_right[j] + into_last);
        inverse_pivot[j] = inverse;
        let (forward, around) = (to_right[j] * inverse, into_last * inverse);
        last_sum += sum * inverse * from_last[j];
        last_rhs += around * rhs[j];
        rhs[j + 1] += forward * rhs[j];
        from_last[j + 1] = forward * from_last[j];
        sum = 1.0 + sum * inverse * to_left[j];
        into_last = around * to_left[j];
    }
    let j = last - 1;
    from_last[j] += to_left[j];
    let inverse = 1.0 / (sum + to_right[j] + into_last);
    last_sum += sum * inverse * from_last[j];
    last_rhs += (to_right[j] + into_last) * inverse * rhs[j];
    let x_last = last_rhs / last_sum;
    rhs[last] = x_last;
    rhs[j] = (rhs[j] + from_last[j] * x_last) * inverse;
    for j in (0..last - 1).rev() {
        rhs[j] = (rhs[j] + to_left[j] * rhs[j + 1] + from_last[j] * x_last) * inverse_pivot[j];
    }
    pool.give_reals(inverse_pivot);
    pool.give_reals(from_last);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_the_system_and_keeps_sum_and_sign() {
        for n in [3, 4, 5, 64, 65] {
            for size in [1e-3, 1.0, 1e3, 1e12] {
                let entry = |i: usize, s: f64| size * (1.0 + 0.9 * (i as f64 * s).sin());
                let right: Vec<f64> = (0..n).map(|i| entry(i, 0.3)).collect();
                let left: Vec<f64> = (0..n).map(|i| entry(i, 0.7)).collect();
                let b: Vec<f64> = (0..n).map(|i| if i == 1 { 1.0 } else { 0.0 }).collect();
                let mut x = b.clone();
                solve_conservative_cycle(&right, &left, &mut Pool::new(), &mut x);
                assert!(x.iter().all(|&x| x > 0.0));
                let sum: f64 = x.iter().sum();
                assert!((sum - 1.0).abs() < 1e-14 * n as f64, "{n} {size}: {sum}");
                for i in 0..n {
                    let (before, after) = ((i + n - 1) % n, (i + 1) % n);
                    let out = (1.0 + right[i] + left[before]) * x[i];
                    let back = right[before] * x[before] + left[i] * x[after] + b[i];
                    assert!((out - back).abs() < 1e-13 * (out + back), "{n} {size} {i}");
                }
            }
        }
    }
}

//! Writing columns of Jacobians (points × parameters), at full speed where they are contiguous.

use faer::ColMut;

/// `column = a ⊙ b`.
pub(crate) fn product(mut column: ColMut<'_, f64>, a: &[f64], b: &[f64]) {
    if let Some(column) = column.as_mut().try_as_col_major_mut() {
        for ((out, a), b) in column.as_slice_mut().iter_mut().zip(a).zip(b) {
            *out = a * b;
        }
        return;
    }
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        column[i] = a * b;
    }
}

/// `column = a`.
pub(crate) fn copy(mut column: ColMut<'_, f64>, a: &[f64]) {
    for (i, &a) in a.iter().enumerate() {
        column[i] = a;
    }
}

/// `column = column ⊙ a`.
pub(crate) fn scale(mut column: ColMut<'_, f64>, a: &[f64]) {
    for (i, &a) in a.iter().enumerate() {
        column[i] *= a;
    }
}

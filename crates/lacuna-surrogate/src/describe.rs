//! One-line descriptions of functions, for reports.

/// A function that can name itself in a report.
pub trait Describe {
    /// E.g. `network 16-16, tanh, even, 321 parameters`.
    fn describe(&self) -> String;
}

/// `1 parameter`, `5 parameters`.
pub(crate) fn parameters(n: usize) -> String {
    if n == 1 { "1 parameter".into() } else { format!("{n} parameters") }
}

/// `, even`, `, odd` or nothing.
pub(crate) fn symmetry(symmetry: lacuna_core::Symmetry) -> &'static str {
    match symmetry {
        lacuna_core::Symmetry::None => "",
        lacuna_core::Symmetry::Even => ", even",
        lacuna_core::Symmetry::Odd => ", odd",
    }
}

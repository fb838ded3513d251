//! Terms that an equation does not have, written as changes of one of its functions.
//!
//! At one steady state any term can be written so: as a potential, a source. What it looks like in
//! several states, or beside what is unknown, is what data can judge.

/// A term that an equation lacks, as it would act in one state.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingTerm {
    /// A phrase, e.g. "a drift".
    pub name: &'static str,
    /// The slot of the function that stands for it.
    pub slot: usize,
    /// The change of that function at the points of the slot, for a term as strong as those that
    /// the equation has.
    pub change: Vec<f64>,
}

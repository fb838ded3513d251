//! `columns` and `missing` of an experiment: what its tables call things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::Snapshots;

/// A cell that stands for no value: text as it is written, or a number however it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MissingValue {
    /// The same number.
    Number(f64),
    /// The same text.
    Text(String),
}

impl MissingValue {
    fn is(&self, cell: &str) -> bool {
        match self {
            Self::Text(text) => text.trim() == cell,
            Self::Number(number) => cell.parse::<f64>().is_ok_and(|value| value == *number),
        }
    }
}

/// How the tables of an experiment are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableFormat<'a> {
    /// The names that the files give to columns such as `x`.
    pub(crate) columns: &'a BTreeMap<String, String>,
    /// Cells that stand for no value.
    pub(crate) missing: &'a [MissingValue],
    /// What the files were when they were first opened, if that is kept.
    pub(crate) snapshots: Option<&'a Snapshots>,
}

impl TableFormat<'_> {
    /// Columns under their own names, no missing values.
    pub(crate) const PLAIN: TableFormat<'static> =
        TableFormat { columns: const { &BTreeMap::new() }, missing: &[], snapshots: None };

    /// Whether some columns have names of their own: others are then ignored.
    pub(crate) fn is_named(&self) -> bool {
        !self.columns.is_empty()
    }

    /// What the column called `name` in a file is; none if it is not read.
    pub(crate) fn meaning<'n>(&'n self, name: &'n str) -> Option<&'n str> {
        let named = self.columns.iter().find(|(_, given)| given.trim() == name);
        named.map(|(key, _)| key.as_str()).or_else(|| {
            let renamed = self.columns.contains_key(name);
            (!renamed).then_some(name)
        })
    }

    /// Whether a cell stands for no value.
    pub(crate) fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing.is(cell))
    }
}

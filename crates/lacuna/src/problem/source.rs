//! Where a known function comes from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A known function.
///
/// In `[truth]` it is a string: the path of a CSV file if it ends in `.csv`, otherwise an
/// expression; or a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RawSource", into = "RawSource")]
pub enum Source {
    /// A closed form in x.
    Expression(String),
    /// A CSV file with columns `x,value`.
    Table(PathBuf),
    /// The points of such a file.
    Points(TablePoints),
    /// The function of the same name in a `model.json`.
    Model(PathBuf),
}

/// A function given by its values at points: `{ x = [..], value = [..] }`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TablePoints {
    /// Arguments.
    pub x: Vec<f64>,
    /// Values there.
    pub value: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RawSource {
    Number(f64),
    Text(String),
    Points(TablePoints),
    Model { model: PathBuf },
}

/// Whether a string names a data file rather than an expression.
pub(super) fn is_csv_path(text: &str) -> bool {
    text.trim_end().to_ascii_lowercase().ends_with(".csv")
}

impl From<RawSource> for Source {
    fn from(raw: RawSource) -> Self {
        match raw {
            RawSource::Number(value) => Self::Expression(value.to_string()),
            RawSource::Text(text) if is_csv_path(&text) => Self::Table(text.into()),
            RawSource::Text(text) => Self::Expression(text),
            RawSource::Points(points) => Self::Points(points),
            RawSource::Model { model } => Self::Model(model),
        }
    }
}

impl From<Source> for RawSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Expression(text) => Self::Text(text),
            Source::Table(path) => Self::Text(path.to_string_lossy().into_owned()),
            Source::Points(points) => Self::Points(points),
            Source::Model(model) => Self::Model { model },
        }
    }
}

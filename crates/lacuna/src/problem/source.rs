//! Where a known function comes from.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::SavedModel;

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
    /// The same, of a model that is here: in `model.json`, which refers to no other file.
    Saved(Arc<SavedModel>),
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
    Model { model: RawModel },
}

/// A saved model as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum RawModel {
    Path(PathBuf),
    Here(Box<SavedModel>),
}

impl From<RawModel> for Source {
    fn from(raw: RawModel) -> Self {
        match raw {
            RawModel::Path(path) => Self::Model(path),
            RawModel::Here(model) => Self::Saved(Arc::from(model)),
        }
    }
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
            RawSource::Model { model } => model.into(),
        }
    }
}

impl From<Source> for RawSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Expression(text) => Self::Text(text),
            Source::Table(path) => Self::Text(path.to_string_lossy().into_owned()),
            Source::Points(points) => Self::Points(points),
            Source::Model(path) => Self::Model { model: RawModel::Path(path) },
            Source::Saved(model) => {
                Self::Model { model: RawModel::Here(Box::new(Arc::unwrap_or_clone(model))) }
            }
        }
    }
}

//! What the data of an experiment observe, and the noise on it: keys of `[[experiments]]`.

use serde::{Deserialize, Serialize};

use super::names::named_enum;

named_enum! {
    /// `observation`: what a row of data says of the state u.
    pub enum ObservationKind {
        /// u(x_i): columns `x,u`.
        Values = "values",
        /// The mean of u over a cell: columns `lower,upper,u`.
        Averages = "averages",
        /// ∫ φ(x) u dx: columns `functional,u`, the first an expression in x.
        Functionals = "functionals",
        /// Individuals in bins: columns `lower,upper,count`.
        Counts = "counts",
        /// Positions of individuals: a single column.
        Positions = "positions",
    }
}

impl ObservationKind {
    /// The columns that are read of it.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Values => &["x", "u", "sd"],
            Self::Averages => &["lower", "upper", "u", "sd"],
            Self::Functionals => &["functional", "u", "sd"],
            Self::Counts => &["lower", "upper", "count"],
            Self::Positions => &["x"],
        }
    }

    /// Whether a column of this name is read of some kind of data.
    pub(crate) fn reads(name: &str) -> bool {
        [Self::Averages, Self::Functionals, Self::Counts, Self::Positions]
            .iter()
            .any(|kind| kind.columns().contains(&name))
    }
}

named_enum! {
    /// Noise whose level is not known.
    pub enum UnknownNoise {
        /// Gaussian with one sd for the experiment.
        Absolute = "unknown",
        /// Log-normal with one sd of log u for the experiment.
        Relative = "unknown-relative",
        /// Student's t of four degrees of freedom with one scale for the experiment, where no column `sd`
        /// gives it.
        Student = "student",
    }
}

/// `noise` of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "NoiseForm", into = "NoiseForm")]
pub enum NoiseSpec {
    /// A number, or `{ sd = 0.01 }`: the standard deviation of every value, in the units of u.
    Sd(f64),
    /// `{ relative = 0.05 }`: log-normal, with this standard deviation of log u.
    Relative {
        /// The standard deviation of log u.
        relative: f64,
    },
    /// `{ relative = 0.03, floor = 0.01 }`: Gaussian, of the variance floor² + (relative · u)², u as
    /// predicted.
    Floored {
        /// The standard deviation relative to u.
        relative: f64,
        /// The least standard deviation, in the units of u.
        floor: f64,
    },
    /// `{ student = 4, sd = 0.01 }`: Student's t with heavy tails.
    Student {
        /// Its degrees of freedom.
        student: f64,
        /// Its scale, in the units of u; by default the column `sd`, else unknown.
        sd: Option<f64>,
    },
    /// `"unknown"`, `"unknown-relative"` or `"student"`.
    Unknown(UnknownNoise),
    /// Keys that do not belong together.
    Unclear(NoiseTable),
}

/// Degrees of freedom of Student's t where none are given: heavy tails whose variance is finite.
pub const STUDENT_FREEDOM: f64 = 4.0;

/// The keys of a `noise` that is a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoiseTable {
    /// Standard deviation, or scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Relative standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative: Option<f64>,
    /// Least standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// Degrees of freedom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<f64>,
}

/// `noise` as it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum NoiseForm {
    Number(f64),
    Name(UnknownNoise),
    Table(NoiseTable),
}

impl From<NoiseForm> for NoiseSpec {
    fn from(form: NoiseForm) -> Self {
        match form {
            NoiseForm::Number(sd) => Self::Sd(sd),
            NoiseForm::Name(name) => Self::Unknown(name),
            NoiseForm::Table(table) => match (table.sd, table.relative, table.floor, table.student)
            {
                (Some(sd), None, None, None) => Self::Sd(sd),
                (None, Some(relative), None, None) => Self::Relative { relative },
                (None, Some(relative), Some(floor), None) => Self::Floored { relative, floor },
                (sd, None, None, Some(student)) => Self::Student { student, sd },
                _ => Self::Unclear(table),
            },
        }
    }
}

impl From<NoiseSpec> for NoiseForm {
    fn from(spec: NoiseSpec) -> Self {
        let none = NoiseTable::default();
        Self::Table(match spec {
            NoiseSpec::Sd(sd) => return Self::Number(sd),
            NoiseSpec::Unknown(name) => return Self::Name(name),
            NoiseSpec::Relative { relative } => NoiseTable { relative: Some(relative), ..none },
            NoiseSpec::Floored { relative, floor } => {
                NoiseTable { relative: Some(relative), floor: Some(floor), ..none }
            }
            NoiseSpec::Student { student, sd } => NoiseTable { sd, student: Some(student), ..none },
            NoiseSpec::Unclear(table) => table,
        })
    }
}

impl NoiseSpec {
    /// Degrees of freedom of Student's t, and its scale if that is given.
    pub(crate) fn student(self) -> Option<StudentNoise> {
        match self {
            Self::Student { student, sd } => Some(StudentNoise { freedom: student, sd }),
            Self::Unknown(UnknownNoise::Student) => {
                Some(StudentNoise { freedom: STUDENT_FREEDOM, sd: None })
            }
            _ => None,
        }
    }
}

/// Student's t as a problem gives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StudentNoise {
    pub(crate) freedom: f64,
    pub(crate) sd: Option<f64>,
}

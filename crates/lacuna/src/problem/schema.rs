//! The keys of a problem file and the shapes of their values, as data.

use super::design::DesignCriterion;
use super::diagnose::NominalChoice;
use super::domain::{Boundary, Unit};
use super::fit::{Formulation, Optimiser};
use super::function::{Activation, Constraint, SurrogateKind, Symmetry};
use super::model::ModelKind;
use super::observation::{ObservationKind, UnknownNoise};
use super::prior::{BandMethod, PriorChoice};
use super::profile::WaveName;

/// The shape of a value.
pub(super) enum Shape {
    Text,
    Flag,
    /// `true`; its absence says the same as `false` would.
    True,
    Number,
    Count,
    /// One of these names.
    Name(&'static [&'static str]),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table of entries with names of the user's choice.
    Named(&'static Shape),
    /// An array with at least one entry.
    Array(&'static Shape),
    /// A value, or a table in its place.
    OrTable(&'static Shape, &'static [Key], &'static str),
    /// A value, or an array of such.
    OrArray(&'static Shape, &'static str),
    /// A number or one of these names.
    NumberOrName(&'static [&'static str]),
    /// Text or a number.
    TextOrNumber,
}

/// One key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// How it is written, if it has to be there.
    pub(super) required: Option<&'static str>,
}

const fn key(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, required: None }
}

const fn required(name: &'static str, shape: Shape, example: &'static str) -> Key {
    Key { name, shape, required: Some(example) }
}

/// The whole file.
pub(super) static ROOT: &[Key] = &[
    required("model", Shape::Table(MODEL), "kind = \"aggregation-diffusion\""),
    required("domain", Shape::Table(DOMAIN), "boundary = \"periodic\""),
    key("functions", Shape::Named(&Shape::Table(FUNCTION))),
    key("experiments", Shape::Array(&Shape::Table(EXPERIMENT))),
    key("fit", Shape::Table(FIT)),
    key("prior", Shape::Table(PRIOR)),
    key("bands", Shape::Table(BANDS)),
    key("diagnose", Shape::Table(DIAGNOSE)),
    key("design", Shape::Table(DESIGN)),
    key("branches", Shape::Table(BRANCHES)),
    key("solve", Shape::Table(SOLVE)),
    key("truth", Shape::Named(&Shape::TextOrNumber)),
];

static MODEL: &[Key] = &[
    required("kind", Shape::Name(ModelKind::NAMES), "kind = \"aggregation-diffusion\""),
    key("diffusion", SCALAR),
    key("coupling", SCALAR),
];

const SCALAR: Shape = Shape::OrTable(
    &Shape::Number,
    &[
        required("unknown", Shape::True, "unknown = true"),
        key("initial", Shape::Number),
        key("positive", Shape::Flag),
    ],
    "a number, or `{ unknown = true, initial = 0.2 }`",
);

const NUMBERS: Shape = Shape::OrArray(&Shape::Number, "a number, or an array with one a dimension");
const COUNTS: Shape =
    Shape::OrArray(&Shape::Count, "a whole number, or an array with one a dimension");

static DOMAIN: &[Key] = &[
    required("boundary", Shape::Name(Boundary::NAMES), "boundary = \"periodic\""),
    key("origin", NUMBERS),
    key("length", NUMBERS),
    key("cells", COUNTS),
    key("unit", Shape::Name(Unit::NAMES)),
];

const HIDDEN: Shape = Shape::OrArray(&Shape::Count, "an array of widths such as `[16, 16]`");

static FUNCTION: &[Key] = &[
    key(
        "surrogate",
        Shape::OrTable(
            &Shape::Name(SurrogateKind::NAMES),
            SURROGATE,
            "a name such as \"network\", or a table such as `{ kind = \"fourier\", modes = 16 }`",
        ),
    ),
    key("expression", Shape::Text),
    key(
        "table",
        Shape::OrTable(
            &Shape::Text,
            &[
                required("x", Shape::Array(&Shape::Number), "x = [0.0, 1.0]"),
                required("value", Shape::Array(&Shape::Number), "value = [0.0, 1.0]"),
            ],
            "the path of a CSV file, or `{ x = [..], value = [..] }`",
        ),
    ),
    key("model", Shape::Text),
    key("hidden", HIDDEN),
    key("activation", Shape::Name(Activation::NAMES)),
    key("harmonics", Shape::Count),
    key("modes", Shape::Count),
    key("knots", Shape::Count),
    key("parameters", PARAMETERS),
    key("symmetry", Shape::Name(Symmetry::NAMES)),
    key(
        "constraint",
        Shape::OrArray(
            &Shape::Name(Constraint::NAMES),
            "a constraint such as \"positive\", or an array of such",
        ),
    ),
    key("prior", Shape::Table(FUNCTION_PRIOR)),
];

static SURROGATE: &[Key] = &[
    required("kind", Shape::Name(SurrogateKind::NAMES), "kind = \"network\""),
    key("hidden", HIDDEN),
    key("activation", Shape::Name(Activation::NAMES)),
    key("harmonics", Shape::Count),
    key("modes", Shape::Count),
    key("knots", Shape::Count),
    key("expression", Shape::Text),
    key("parameters", PARAMETERS),
];

const PARAMETERS: Shape = Shape::Named(&Shape::Number);

static EXPERIMENT: &[Key] = &[
    key("name", Shape::Text),
    key("data", Shape::OrArray(&Shape::Text, "the path of a CSV file, or an array of such")),
    key("observation", Shape::Name(ObservationKind::NAMES)),
    key("columns", Shape::Table(COLUMNS)),
    key(
        "missing",
        Shape::OrArray(
            &Shape::TextOrNumber,
            "text or a number such as \"NA\", or an array of such",
        ),
    ),
    key(
        "noise",
        Shape::OrTable(
            &Shape::NumberOrName(UnknownNoise::NAMES),
            &[
                key("sd", Shape::Number),
                key("relative", Shape::Number),
                key("floor", Shape::Number),
                key("student", Shape::Number),
            ],
            "a standard deviation, `{ relative = 0.05 }`, `{ relative = 0.05, floor = 0.01 }`, \
             `{ student = 4 }`, \"unknown\", \"unknown-relative\" or \"student\"",
        ),
    ),
    key("exposure", Shape::Number),
    key("points", POINTS),
    key("initial", Shape::Text),
    key("push", Shape::Text),
    key("mass", Shape::Number),
    key("normalise", Shape::Flag),
    key("boundary_values", Shape::Array(&Shape::Number)),
    key("diffusion", Shape::Number),
    key("coupling", Shape::Number),
];

static COLUMNS: &[Key] = &[
    key("x", Shape::Text),
    key("u", Shape::Text),
    key("sd", Shape::Text),
    key("lower", Shape::Text),
    key("upper", Shape::Text),
    key("count", Shape::Text),
    key("functional", Shape::Text),
];

const POINTS: Shape =
    Shape::OrArray(&Shape::Number, "a number of points, or an array of their positions");

static FIT: &[Key] = &[
    key("formulation", Shape::Name(Formulation::NAMES)),
    key("optimiser", Shape::Name(Optimiser::NAMES)),
    key("restarts", Shape::Count),
    key("seed", Shape::Count),
    key("max_iterations", Shape::Count),
    key("tolerance", Shape::Number),
    key("smoothness", Shape::Number),
    key("folds", Shape::Count),
];

static PRIOR: &[Key] = &[key("choice", Shape::Name(PriorChoice::NAMES))];

static FUNCTION_PRIOR: &[Key] = &[
    key("order", Shape::Count),
    key("length_scale", Shape::Number),
    key("amplitude", Shape::Number),
];

static BANDS: &[Key] =
    &[key("method", Shape::Name(BandMethod::NAMES)), key("samples", Shape::Count)];

static BRANCHES: &[Key] = &[
    key("parameter", Shape::Text),
    key("from", Shape::Number),
    key("to", Shape::Number),
    key("start", Shape::OrArray(&Shape::Text, "an expression in x, or an array of such")),
    key("start_at", Shape::Number),
    key("experiment", Shape::Count),
    key("values", Shape::OrArray(&Shape::Number, "a number, or an array of such")),
    key("step", Shape::Number),
    key("min_step", Shape::Number),
    key("max_step", Shape::Number),
    key("max_points", Shape::Count),
    key("max_branches", Shape::Count),
    key("switching", Shape::Flag),
    key("deflation", Shape::Flag),
];

static DIAGNOSE: &[Key] = &[
    key("tolerance", Shape::Number),
    key("nominal", Shape::Name(NominalChoice::NAMES)),
    key("draws", Shape::Count),
    key("noise", Shape::Number),
    key("profiles", Shape::Array(&Shape::Table(PROFILE))),
];

static PROFILE: &[Key] = &[
    required("function", Shape::Text, "function = \"coupling\""),
    key("at", Shape::Number),
    key("from", Shape::Number),
    key("to", Shape::Number),
    key("parameter", Shape::Text),
    key("mode", Shape::Count),
    key("wave", Shape::Name(WaveName::NAMES)),
];

static DESIGN: &[Key] = &[
    key("budget", Shape::Number),
    key("criterion", Shape::Name(DesignCriterion::NAMES)),
    key("functional", Shape::Table(FUNCTIONAL)),
    key("points", POINTS),
    key(
        "noise",
        Shape::OrTable(
            &Shape::Number,
            &[
                key("relative", Shape::Number),
                key("floor", Shape::Number),
                key("rms", Shape::Number),
            ],
            "a standard deviation, `{ relative = 0.05 }`, `{ relative = 0.05, floor = 0.01 }` or \
             `{ rms = 0.02 }`",
        ),
    ),
    key("cost", Shape::Number),
    key("replicates", Shape::Count),
    key("truths", Shape::Count),
    key("nominal", Shape::Name(NominalChoice::NAMES)),
    key("unknowns", Shape::OrArray(&Shape::Text, "the name of an unknown, or an array of such")),
    key("existing", Shape::Flag),
    key("experiments", Shape::Array(&Shape::Table(DESIGN_EXPERIMENT))),
];

static FUNCTIONAL: &[Key] = &[
    required("function", Shape::Text, "function = \"W\""),
    key("at", Shape::Number),
    key("mode", Shape::Count),
    key("from", Shape::Number),
    key("to", Shape::Number),
];

static DESIGN_EXPERIMENT: &[Key] = &[
    key("name", Shape::Text),
    key("cost", Shape::Number),
    key("points", POINTS),
    key("initial", Shape::Text),
    key("push", Shape::Text),
    key("mass", Shape::Number),
    key("boundary_values", Shape::Array(&Shape::Number)),
    key("diffusion", Shape::Number),
    key("coupling", Shape::Number),
];

static SOLVE: &[Key] = &[
    key("initial", Shape::Text),
    key("tolerance", Shape::Number),
    key("max_iterations", Shape::Count),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scalar_of_every_equation_has_its_keys() {
        for scalar in ModelKind::ALL.iter().flat_map(|kind| kind.scalars()) {
            for table in [MODEL, EXPERIMENT, DESIGN_EXPERIMENT] {
                assert!(table.iter().any(|key| key.name == scalar.name), "{}", scalar.name);
            }
        }
    }

    #[test]
    fn every_option_of_every_surrogate_has_its_keys() {
        use SurrogateKind::{Expression, Fourier, Network, Spline};
        for option in [Network, Fourier, Spline, Expression].iter().flat_map(|kind| kind.options())
        {
            for table in [FUNCTION, SURROGATE] {
                assert!(table.iter().any(|key| key.name == *option), "{option}");
            }
        }
    }
}

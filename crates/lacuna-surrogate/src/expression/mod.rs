//! Closed-form expressions: f(x; θ) as a person writes it.
//!
//! Numbers (`1`, `.5`, `1e-3`), + − * / ^ (also `**`), parentheses, the constants `pi` (`π`, `PI`),
//! `tau` and `e`, the functions sin cos tan asin acos atan sinh cosh tanh exp ln log (= ln) log10
//! log2 sqrt cbrt abs sign heaviside min max atan2 pow, the comparisons < <= > >= == !=, which give 1
//! where they hold and 0 elsewhere, `and` `or` `not` (also && || !), and if(condition, a, b). −x^2 = −(x²), 2^-1 = ½, 2^3^2 = 2^(3^2).
//! The argument is called `x` or `r`, unless the options say otherwise; named parameters are θ, in
//! the order given.

mod cell_mean;
mod error;
mod functions;
mod parser;
mod program;
mod tokens;

use lacuna_core::{Points, Pool, Scalar, Surrogate};

pub use self::cell_mean::{CellMean, Mean};
pub use self::error::ExpressionError;
use self::program::Program;
use crate::random::Random;
use crate::{Describe, describe};

/// The names an expression may use.
#[derive(Clone, Debug)]
pub struct ExpressionOptions {
    /// For each coordinate, its names: by default one coordinate called `x` or `r`. In the plane
    /// `[["x"], ["y"]]`; for a function of the state `[["u"]]`; none for a number.
    pub arguments: Vec<Vec<String>>,
    /// Parameters θ and their initial values. They may shadow a constant such as `e`.
    pub parameters: Vec<(String, f64)>,
}

impl Default for ExpressionOptions {
    fn default() -> Self {
        Self { arguments: vec![vec!["x".into(), "r".into()]], parameters: Vec::new() }
    }
}

/// A closed-form function, known or with parameters.
///
/// ```
/// use lacuna_core::Surrogate;
/// use lacuna_surrogate::{Expression, ExpressionOptions};
///
/// let potential = Expression::new("0.1*sin(2*pi*x)")?;
/// assert_eq!(potential.n_params(), 0);
/// assert!((potential.eval(&[], &[0.25]) - 0.1).abs() < 1e-15);
///
/// let morse = Expression::with_options(
///     "exp(-2*(r - a)/b) - 2*exp(-(r - a)/b)",
///     ExpressionOptions {
///         parameters: vec![("a".into(), 1.0), ("b".into(), 0.5)],
///         ..Default::default()
///     },
/// )?;
/// assert_eq!(morse.initial(0), [1.0, 0.5]);
/// assert_eq!(morse.eval(&[1.0, 0.5], &[1.0]), -1.0);
///
/// let error = Expression::new("sinn(x)").unwrap_err().to_string();
/// assert!(error.starts_with("`sinn(x)`, character 1: unknown name `sinn`, did you mean `sin`?"));
/// # Ok::<(), lacuna_surrogate::ExpressionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    dim: usize,
    names: Vec<String>,
    initial: Vec<f64>,
    program: Program,
}

impl Expression {
    /// A known function of `x` (or `r`).
    pub fn new(text: &str) -> Result<Self, ExpressionError> {
        Self::with_options(text, ExpressionOptions::default())
    }

    /// A function of the given arguments and parameters.
    pub fn with_options(text: &str, options: ExpressionOptions) -> Result<Self, ExpressionError> {
        let taken: Vec<&String> = options.arguments.iter().flatten().collect();
        for (index, (name, value)) in options.parameters.iter().enumerate() {
            let earlier = &options.parameters[..index];
            let requirement = if !is_name(name) {
                "a name starts with a letter and goes on with letters, digits and _"
            } else if taken.contains(&name) || parser::is_function(name) {
                "this name is an argument or a function; choose another"
            } else if earlier.iter().any(|(other, _)| other == name) {
                "this name is given twice; choose another"
            } else if !value.is_finite() {
                "the initial value must be finite"
            } else {
                continue;
            };
            let (name, value) = (name.clone(), *value);
            return Err(ExpressionError::Parameter { name, value, requirement });
        }
        let program = parser::parse(text, &options)?;
        let initial = options.parameters.iter().map(|(_, value)| *value).collect();
        let names = options.parameters.into_iter().map(|(name, _)| name).collect();
        Ok(Self { text: text.trim().into(), dim: options.arguments.len(), names, initial, program })
    }

    /// Whether it has steps: comparisons, `sign` or `heaviside`.
    pub fn jumps(&self) -> bool {
        self.program.jumps()
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Surrogate for Expression {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_params(&self) -> usize {
        self.initial.len()
    }

    /// Seed 0 gives the initial values, others are some 10 % off (some 0.1 off zero).
    fn initial(&self, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut shifted = |value: f64| {
            let spread = if value == 0.0 { 0.1 } else { 0.1 * value.abs() };
            value + spread * random.normal()
        };
        match seed {
            0 => self.initial.clone(),
            _ => self.initial.iter().map(|&value| shifted(value)).collect(),
        }
    }

    fn parameter_names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        self.program.run(theta, x, &mut Vec::new())
    }

    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        let mut stack = pool.take_reals(0);
        for (out, x) in out.iter_mut().zip(points.iter()) {
            *out = self.program.run(theta, x, &mut stack);
        }
        pool.give_reals(stack);
    }
}

impl Describe for Expression {
    fn describe(&self) -> String {
        match self.initial.len() {
            0 => format!("expression {}", self.text),
            n => format!("expression {}, {}", self.text, describe::parameters(n)),
        }
    }
}

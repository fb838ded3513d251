//! Parameters of closed forms: what is reported of them.
//!
//! A parameter is given with its standard error from Fisher's information at the fit and the 95 % interval
//! estimate ± q · standard error, q the normal quantile 1.96, or that of Student's t distribution where
//! all noise levels were found from the same data.

use lacuna_fit::FittedParameter;
use serde::{Deserialize, Serialize};

/// A parameter of a closed form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecoveredParameter {
    /// Its name in the problem file.
    pub name: String,
    /// Its estimate.
    pub value: f64,
    /// Its standard error; none where it was not computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// Its 95 % interval; none where the data do not bound it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Whether the data determine it.
    pub determined: bool,
    /// Correlations with all parameters of the same function, in the order of the problem file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub correlations: Vec<f64>,
}

impl RecoveredParameter {
    /// Without a standard error.
    pub(crate) fn bare(name: String, value: f64) -> Self {
        let (standard_error, interval, correlations) = (None, None, Vec::new());
        Self { name, value, standard_error, interval, determined: true, correlations }
    }

    /// What a fit left of it, with the quantile q of its interval.
    pub(crate) fn new(fitted: FittedParameter, quantile: f64) -> Self {
        let FittedParameter { name, value, standard_error, determined, correlations } = fitted;
        let reach = quantile * standard_error;
        Self {
            name,
            value,
            standard_error: determined.then_some(standard_error),
            interval: determined.then_some([value - reach, value + reach]),
            determined,
            correlations,
        }
    }

    /// For people, e.g. `m = 0.1003 ± 0.0044 (95 %: 0.0915 to 0.109)`.
    pub fn in_words(&self) -> String {
        let Self { name, value, .. } = self;
        match (self.determined, self.standard_error, self.interval) {
            (false, ..) => format!("{name} is not determined (the fit ended at {value:.4})"),
            (true, Some(error), Some([lower, upper])) => {
                // Two digits of the error, and as many places of the rest.
                let places = if error > 0.0 { 1 - error.log10().floor() as i32 } else { 9 };
                match usize::try_from(places) {
                    Ok(p) if p <= 9 && value.abs() < 1e9 => format!(
                        "{name} = {value:.p$} ± {error:.p$} (95 %: {lower:.p$} to {upper:.p$})"
                    ),
                    _ => format!(
                        "{name} = {value:.9e} ± {error:.1e} (95 %: {lower:.9e} to {upper:.9e})"
                    ),
                }
            }
            _ => format!("{name} = {value}"),
        }
    }
}

/// The parameters of one function as CSV.
pub(crate) fn csv(parameters: &[RecoveredParameter]) -> String {
    let mut text = String::from("parameter,value,standard_error,lower,upper,determined\n");
    let number = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
    for p in parameters {
        let [lower, upper] = [0, 1].map(|end| number(p.interval.map(|ends| ends[end])));
        let error = number(p.standard_error);
        text += &format!("{},{},{error},{lower},{upper},{}\n", p.name, p.value, p.determined);
    }
    text
}

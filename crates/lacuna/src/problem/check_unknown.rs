//! Whether what is said of an unknown function makes sense.

use super::fault::{Located, ProblemFault, Section};
use super::validate::{Check, at_least, check_expression, check_scalar, out_of_range};
use super::{
    Constraint, FunctionPrior, Locations, PriorChoice, SurrogateSpec, Symmetry, UnknownFunction,
};

/// Fewest knots of a cubic spline.
const MIN_KNOTS: usize = 4;

pub(super) fn check_unknown(key: &str, unknown: &UnknownFunction, locations: &Locations) -> Check {
    // Options stand beside the surrogate or in its own table.
    let option = |name: &str| {
        let nested = format!("{key}.surrogate.{name}");
        if locations.contains(&nested) { nested } else { format!("{key}.{name}") }
    };
    match &unknown.surrogate {
        SurrogateSpec::Network { hidden, harmonics, .. } => {
            let key_of_hidden = option("hidden");
            if hidden.is_empty() {
                let requirement = "an array of widths such as `[16, 16]`";
                return Err(out_of_range(&key_of_hidden, "empty", requirement));
            }
            for (i, &width) in hidden.iter().enumerate() {
                at_least(&format!("{key_of_hidden}.{i}"), width, 1)?;
            }
            if let Some(harmonics) = *harmonics {
                at_least(&option("harmonics"), harmonics, 1)?;
            }
        }
        SurrogateSpec::Fourier { modes } => at_least(&option("modes"), *modes, 1)?,
        SurrogateSpec::Spline { knots } => at_least(&option("knots"), *knots, MIN_KNOTS)?,
        SurrogateSpec::Expression { expression, parameters } => {
            check_expression(&option("expression"), expression, Some(parameters))?;
        }
    }
    let has = |constraint| unknown.constraints.contains(&constraint);
    let contradiction = |first, second| {
        let section = Section::new(key);
        let fault = ProblemFault::Contradiction { section, first, second };
        Err(Located::new(format!("{key}.constraint"), fault))
    };
    if has(Constraint::Positive) && has(Constraint::ZeroMean) {
        return contradiction("positive", "of zero mean");
    }
    if has(Constraint::Positive) && unknown.symmetry == Symmetry::Odd {
        return contradiction("positive", "odd");
    }
    Ok(())
}

pub(super) fn check_prior(key: &str, prior: &FunctionPrior, choice: PriorChoice) -> Check {
    if let Some(order) = prior.order.filter(|order| !(1.0..=3.0).contains(order)) {
        return Err(out_of_range(
            &format!("{key}.prior.order"),
            &order.to_string(),
            "between 1 and 3",
        ));
    }
    for (name, value) in [("length_scale", prior.length_scale), ("amplitude", prior.amplitude)] {
        match value {
            Some(value) => check_scalar(&format!("{key}.prior.{name}"), value, true)?,
            None if choice == PriorChoice::Fixed => {
                let fault = ProblemFault::MissingKey {
                    key: "prior",
                    section: Section::new(key),
                    example: "prior = { length_scale = 0.1, amplitude = 1.0 }",
                };
                return Err(Located::new(key, fault));
            }
            None => {}
        }
    }
    Ok(())
}

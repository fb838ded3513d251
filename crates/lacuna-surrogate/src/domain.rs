//! Domains of functions: one interval a dimension. So far every class is one-dimensional.

use lacuna_core::Interval;

use crate::SurrogateError;

/// The only interval of a one-dimensional domain, checked.
pub(crate) fn only(domain: &[Interval], class: &'static str) -> Result<Interval, SurrogateError> {
    let &[interval] = domain else {
        return Err(SurrogateError::Dimension { class, found: domain.len() });
    };
    let Interval { lower, upper, .. } = interval;
    if !(lower.is_finite() && upper.is_finite() && lower < upper) {
        return Err(SurrogateError::Interval { lower, upper });
    }
    Ok(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_domains_are_refused() {
        let line = Interval::bounded(0.0, 1.0);
        let error = only(&[line, line], "network").unwrap_err();
        assert_eq!(error, SurrogateError::Dimension { class: "network", found: 2 });
        for (lower, upper) in [(1.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(only(&[Interval::bounded(lower, upper)], "table").is_err());
        }
    }
}

//! The checks of residuals in words.

use lacuna_identify::{ExperimentCheck, Tested};

use super::{Check, CheckedNumber, LEVEL};

/// One number of an experiment and what it means if it is out of the ordinary.
struct Named {
    name: &'static str,
    tested: Tested,
    found: String,
    remedy: &'static str,
}

/// The residuals of one experiment; none where they could not be judged.
pub(super) fn of_experiment(name: &str, check: &ExperimentCheck) -> Option<Check> {
    let mut all = named(check);
    all.sort_by(|a, b| a.tested.adjusted.total_cmp(&b.tested.adjusted));
    let worst = all.first()?;
    let p = worst.tested.adjusted;
    let failed = p < LEVEL;
    let text = if failed {
        format!(
            "the residuals of experiment {name} are not those of a right model: {}",
            worst.found
        )
    } else {
        let what = if check.serial.is_some() { "size and order" } else { "size" };
        format!("the residuals of experiment {name} have the {what} of noise")
    };
    let mut numbers: Vec<CheckedNumber> = all
        .iter()
        .map(|n| CheckedNumber {
            expected: Some(n.tested.expected),
            p: Some(n.tested.p),
            ..CheckedNumber::new(n.name, n.tested.value)
        })
        .collect();
    let lags = ["autocorrelation-1", "autocorrelation-2", "autocorrelation-3"];
    numbers.extend(
        lags.into_iter()
            .zip(&check.autocorrelation)
            .map(|(name, &value)| CheckedNumber::new(name, value)),
    );
    Some(Check {
        check: "residuals",
        of: name.to_owned(),
        failed,
        value: worst.tested.value,
        expected: Some(worst.tested.expected),
        p: Some(p),
        threshold: Some(LEVEL),
        text,
        remedy: failed.then(|| worst.remedy.to_owned()),
        numbers,
    })
}

const NOT_FOLLOWED: &str = "a term may be missing, a known function, scalar or symmetry wrong, or the \
                            errors of neighbouring data not independent";

fn named(check: &ExperimentCheck) -> Vec<Named> {
    let mut all = Vec::new();
    if let Some(tested) = check.level {
        let Tested { value, expected, .. } = tested;
        let larger = value > expected;
        let found = format!(
            "they are {} than their noise allows (mean square {value:.2}, expected {expected:.2})",
            if larger { "larger" } else { "smaller" }
        );
        let remedy = if larger {
            "the noise may be larger than said, a term missing, or a known function, scalar or symmetry \
             wrong; try `noise = \"unknown\"` to tell the first from the others"
        } else {
            "the noise is smaller than said; give its level, or `noise = \"unknown\"`"
        };
        all.push(Named { name: "mean-square", tested, found, remedy });
    }
    let mut add = |name, tested: Option<Tested>, found: &dyn Fn(Tested) -> String, remedy| {
        if let Some(tested) = tested {
            all.push(Named { name, tested, found: found(tested), remedy });
        }
    };
    add(
        "slow-waves",
        check.slow,
        &|t| format!("they follow slow waves ({:.1} times what is expected)", t.value / t.expected),
        NOT_FOLLOWED,
    );
    add(
        "neighbours",
        check.serial,
        &|t| format!("neighbours go together (correlation sum {:.2})", t.value),
        NOT_FOLLOWED,
    );
    add(
        "kept-signs",
        check.kept_signs,
        &|t| format!("{:.0} neighbours have the same sign, {:.0} expected", t.value, t.expected),
        NOT_FOLLOWED,
    );
    add(
        "largest",
        check.largest,
        &|t| format!("the largest is {:.1} standard deviations", t.value),
        "a datum may be mistaken; look at it, and leave it out only for a reason of its own",
    );
    all
}

/// One experiment beside what the others predict of it.
pub(super) fn beside_others(name: &str, check: &ExperimentCheck) -> Option<Check> {
    let tested = check.consistency?;
    let failed = tested.adjusted < LEVEL;
    let text = if failed {
        format!(
            "experiment {name} says something else of the unknowns than the others (statistic {:.1} over \
             {} directions, {:.1} expected)",
            tested.value, check.directions, tested.expected
        )
    } else {
        format!("experiment {name} agrees with what the others say of the unknowns")
    };
    let remedy = "its conditions (coupling, diffusion, push) or its noise level may be wrong, its state \
                  may be on another branch, or an unknown may differ between experiments";
    Some(Check {
        check: "beside-the-others",
        of: name.to_owned(),
        failed,
        value: tested.value,
        expected: Some(tested.expected),
        p: Some(tested.adjusted),
        threshold: Some(LEVEL),
        text,
        remedy: failed.then(|| remedy.to_owned()),
        numbers: vec![CheckedNumber::new("directions", check.directions as f64)],
    })
}

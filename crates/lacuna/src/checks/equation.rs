//! The equation and what is known in it, in words: is there something that explains the data better?

use lacuna_fit::DepartureKind;
use lacuna_identify::DepartureCheck;

use super::{Check, CheckedNumber, LEVEL};

/// Relative error that every check of the equation should see.
const LARGE: f64 = 1.0;

const UNTESTABLE: &str = "no test of the form of the equation is possible with these data, only with another \
                          experiment: the unknowns take up whatever term it may lack";

/// All departures in one check; none where there is nothing that could be wrong.
pub(super) fn of_departures(all: &[DepartureCheck]) -> Option<Check> {
    if all.is_empty() {
        return None;
    }
    let mut tested: Vec<_> = all.iter().filter_map(|d| d.tested.map(|t| (d, t))).collect();
    tested.sort_by(|a, b| {
        let by_p = a.1.adjusted.total_cmp(&b.1.adjusted);
        by_p.then(b.1.value.total_cmp(&a.1.value))
    });
    let hidden = |d: &&DepartureCheck| d.smallest_seen > LARGE;
    let unseen: Vec<String> = all.iter().filter(hidden).map(|d| name(d.kind)).collect();
    let numbers = all.iter().map(number).collect();
    let passed = |text: String| Check {
        check: "equation",
        of: String::new(),
        failed: false,
        value: 0.0,
        expected: None,
        p: None,
        threshold: None,
        text,
        remedy: None,
        numbers,
    };
    let Some((worst, found)) = tested.first() else {
        return Some(passed(format!("{UNTESTABLE}, and any error of what is known")));
    };
    let failed = found.adjusted < LEVEL;
    let text = if failed {
        format!("{} (evidence ratio {})", preferred(worst), ratio(found.value))
    } else if unseen.is_empty() {
        "no error of what is known, and no further term, explains the data better".into()
    } else if all.iter().filter(|d| is_term(d.kind)).all(|d| hidden(&d)) {
        format!(
            "{UNTESTABLE}; nothing that is known was found wrong, but an error as large as itself \
             would not be seen of: {}",
            unseen.join(", ")
        )
    } else {
        format!(
            "nothing else that was tried explains the data better; what these data cannot show, even \
             if it is as large as the rest: {}",
            unseen.join(", ")
        )
    };
    Some(Check {
        failed,
        value: found.value,
        expected: Some(found.expected),
        p: Some(found.adjusted),
        threshold: Some(LEVEL),
        remedy: failed.then(|| remedy(&tested)),
        ..passed(text)
    })
}

fn is_term(kind: DepartureKind) -> bool {
    matches!(kind, DepartureKind::Term(_) | DepartureKind::Anything)
}

fn number(departure: &DepartureCheck) -> CheckedNumber {
    CheckedNumber {
        name: name(departure.kind).into(),
        value: departure.tested.map_or(0.0, |t| t.value),
        expected: departure.tested.map(|t| t.expected),
        p: departure.tested.map(|t| t.p),
        size: (departure.tested.is_some()).then_some(departure.size),
        smallest_seen: Some(departure.smallest_seen).filter(|seen| seen.is_finite()),
    }
}

fn name(kind: DepartureKind) -> String {
    match kind {
        DepartureKind::Known(slot) => slot.into(),
        DepartureKind::KnownOfEach(slot) => format!("{slot} of each experiment"),
        DepartureKind::Mass => "mass".into(),
        DepartureKind::BoundaryValues => "boundary_values".into(),
        DepartureKind::Term(term) => term.into(),
        DepartureKind::Anything => "further terms in each experiment".into(),
    }
}

fn preferred(departure: &DepartureCheck) -> String {
    let size = match departure.sd {
        Some(sd) => format!("{:+.1} ± {:.1} %", 100.0 * departure.size, 100.0 * sd),
        None => format!("about {:.1} %", 100.0 * departure.size),
    };
    let what = name(departure.kind);
    match departure.kind {
        DepartureKind::Term(_) => format!(
            "the data prefer an equation with {what}, of {size} of the strength of the terms it has"
        ),
        DepartureKind::Anything => {
            format!("the data prefer {what}, of {size} of the strength of those the equation has")
        }
        _ => format!("the data prefer another {what}, different by {size}"),
    }
}

fn ratio(log: f64) -> String {
    let decades = log / std::f64::consts::LN_10;
    if decades > 4.0 { format!("10^{decades:.0}") } else { format!("{:.0}", log.exp()) }
}

fn remedy(tested: &[(&DepartureCheck, lacuna_identify::Tested)]) -> String {
    let rivals: Vec<String> =
        tested[1..].iter().filter(|(_, t)| t.adjusted < LEVEL).map(|(d, _)| name(d.kind)).collect();
    let look =
        "check it, and the equation; an unknown that is recovered takes up a part of the error";
    if rivals.is_empty() {
        look.into()
    } else {
        format!("{look}. The same data would also be explained better by: {}", rivals.join(", "))
    }
}

//! What was asked for, beside what was measured.

use super::Results;
use super::directions::Directions;
use super::score::Summary;
use super::two_states::Class;

/// Wells nearer than this are at the place, in degrees.
const NEAR: f64 = 15.0;

/// One target.
pub struct Target {
    /// What was asked for.
    pub asked: String,
    /// What was measured.
    pub measured: String,
    /// Whether it is met; none where nothing was measured.
    pub met: Option<bool>,
}

/// Every target.
pub fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    if let Some(given) = results.given.first() {
        let [w, v] = given.errors;
        targets.push(Target {
            asked: "given set, by default: W ≤ 0.18, V ≤ 0.10, below 1 s".into(),
            measured: format!("W {w:.3}, V {v:.3}, {:.3} s ({})", given.seconds, given.class),
            met: Some(w <= 0.18 && v <= 0.10 && given.seconds < 1.0),
        });
    }
    let of = |class| results.classes.iter().find(|c| c.class == class);
    for class in [Class::Fourier, Class::Network, Class::Spline] {
        let Some(fits) = of(class).map(|c| &c.fits) else { continue };
        let [Some(w), Some(v)] = [fits.functions.first(), fits.functions.get(1)] else { continue };
        let refused = match fits.refused {
            0 => String::new(),
            n => format!("; {n} of {} sets refused", fits.sets),
        };
        targets.push(Target {
            asked: format!("{}: median errors W ≤ 0.15, V ≤ 0.09", class.name()),
            measured: format!("W {:.3}, V {:.3}{refused}", w.median_error, v.median_error),
            met: Some(w.median_error <= 0.15 && v.median_error <= 0.09 && fits.refused == 0),
        });
        targets.push(coverage(class.name(), &fits.functions));
        targets.push(bound(class.name(), &fits.functions));
    }
    if let [Some(network), Some(fourier)] = [of(Class::Network), of(Class::Fourier)] {
        let pairs = network.fits.functions.iter().zip(&fourier.fits.functions);
        let ratios: Vec<f64> = pairs.map(|(n, f)| n.median_error / f.median_error).collect();
        targets.push(Target {
            asked: "networks within 15 % of Fourier".into(),
            measured: named(&network.fits.functions, |s| ratios[s], 2),
            met: (ratios.len() == 2).then(|| ratios.iter().all(|r| *r <= 1.15)),
        });
    }
    let many = format!("Fourier 32, {} sets", results.many.sets);
    targets.push(coverage(&many, &results.many.functions));
    targets.push(bound(&many, &results.many.functions));
    targets.extend(results.directions.iter().filter_map(wells));
    if let Some(random) = results.held_out.first() {
        let against = |other: f64| {
            let advantage = random.potential - other;
            let clear = advantage.abs() > 2.0 * random.standard_error;
            let remark = if clear { "" } else { ", too close to tell apart" };
            let error = random.standard_error;
            format!(
                "{:.4} beside {other:.4} ({advantage:+.4}, standard error {error:.4}{remark})",
                random.potential
            )
        };
        targets.push(Target {
            asked: "wind: held-out log-likelihood above that of a kernel density estimate, its \
                    bandwidth by leave-one-out likelihood"
                .into(),
            measured: against(random.kernel_density)
                + &format!("; better in {} of {} partitions", random.better, random.partitions),
            met: Some(random.potential > random.kernel_density),
        });
        targets.push(Target {
            asked: "wind: the same with the bandwidth that is best for the held-out data".into(),
            measured: against(random.best_kernel_density),
            met: Some(random.potential > random.best_kernel_density),
        });
    }
    for simulated in &results.simulated {
        let name = format!("{} positions", simulated.positions);
        match simulated.positions {
            10_000 => targets.push(bound(&name, &simulated.fits.functions)),
            5 => targets.push(few(&name, simulated.fits.refused, &simulated.fits.functions)),
            _ => {}
        }
    }
    targets
}

fn coverage(name: &str, functions: &[Summary]) -> Target {
    let shares: Option<Vec<[f64; 2]>> =
        functions.iter().map(|f| Some([f.covered_95?, f.covered_50?])).collect();
    let shares = shares.filter(|shares| !shares.is_empty());
    let met = shares.as_ref().map(|shares| {
        shares
            .iter()
            .all(|[wide, narrow]| (0.90..=0.98).contains(wide) && (0.42..=0.58).contains(narrow))
    });
    let measured = shares.unwrap_or_default();
    let words = functions.iter().zip(&measured).map(|(f, [wide, narrow])| {
        format!("{} {:.1} % and {:.1} %", f.function, 100.0 * wide, 100.0 * narrow)
    });
    Target {
        asked: format!("{name}: bands of 95 % cover 90 to 98 %, of 50 % 42 to 58 %"),
        measured: words.collect::<Vec<_>>().join(", "),
        met,
    }
}

fn bound(name: &str, functions: &[Summary]) -> Target {
    let ratios: Option<Vec<f64>> = functions.iter().map(|f| f.over_bound).collect();
    let ratios = ratios.filter(|ratios| !ratios.is_empty());
    Target {
        asked: format!("{name}: median error within 1.25 of the bound"),
        measured: named(functions, |s| ratios.as_ref().map_or(f64::NAN, |r| r[s]), 2),
        met: ratios.as_ref().map(|ratios| ratios.iter().all(|r| *r <= 1.25)),
    }
}

fn named(functions: &[Summary], value: impl Fn(usize) -> f64, digits: usize) -> String {
    let words = functions.iter().enumerate();
    words
        .map(|(s, f)| format!("{} {:.digits$}", f.function, value(s)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn wells(directions: &Directions) -> Option<Target> {
    let places: &[f64] = match directions.name {
        "ants" => &[180.0],
        "turtles" => &[60.0, 240.0],
        _ => return None,
    };
    let found = &directions.wells;
    let near =
        |place: &f64, degrees: f64| ((degrees - place + 540.0) % 360.0 - 180.0).abs() <= NEAR;
    let listed = found.iter().map(|w| format!("{:.0}° (depth {:.2})", w.degrees, w.depth));
    let place: Vec<String> = places.iter().map(|p| format!("{p}°")).collect();
    let deepest = found.get(..places.len());
    let (what, met) = if places.len() == 1 {
        let met = deepest.is_some_and(|w| near(&places[0], w[0].degrees));
        ("minimum", met)
    } else {
        let met = deepest.is_some_and(|wells| {
            places.iter().all(|place| wells.iter().any(|w| near(place, w.degrees)))
        });
        ("two deepest wells", met)
    };
    Some(Target {
        asked: format!("{}: {what} within {NEAR}° of {}", directions.name, place.join(" and ")),
        measured: listed.collect::<Vec<_>>().join(", "),
        met: Some(met),
    })
}

/// No fit fails, and the bands cover the truth at least as often as they say.
fn few(name: &str, refused: usize, functions: &[Summary]) -> Target {
    let only = functions.first();
    let [covered, sd] = [only.and_then(|f| f.covered_95), only.and_then(|f| f.median_sd)];
    Target {
        asked: format!("{name}: every set fitted, bands of 95 % cover 90 % or more, and are wide"),
        measured: format!(
            "{refused} refused, {:.1} % covered, sd of V {:.2} of V itself",
            100.0 * covered.unwrap_or(f64::NAN),
            sd.unwrap_or(f64::NAN)
        ),
        met: covered.map(|c| refused == 0 && c >= 0.90 && sd.is_some_and(|sd| sd >= 0.5)),
    }
}

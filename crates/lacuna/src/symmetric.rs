//! Positions from one half of a state that is even.
//!
//! Where V and W are even, by class or as they are given, u(−x) = u(x), and the side on which an
//! individual was seen says nothing: ln u(x_i) is the same for both. Positions that all lie on one side
//! (observed between walls, of which an even state on twice the domain is the image) are then dealt to
//! both sides by chance, so that they are positions in the whole state. Other data on one half are compared
//! with the state where they were made, and need nothing.

use lacuna_core::{Argument, Bound, Points, Slot, Symmetry};
use lacuna_fit::derive_seed;

use crate::Setup;
use crate::data::{MeasurementKind, Measurements};
use crate::problem::FunctionSpec;

/// Fewest positions that are on one side by more than chance.
const FEWEST: usize = 10;
/// Relative difference between a known function and its mirror image that is round-off.
const ROUND_OFF: f64 = 1e-9;

/// The positions of experiment `index` on both sides, with a remark, where they are all on one and the
/// state is even.
pub(crate) fn on_both_sides(
    setup: &Setup,
    index: usize,
    measured: &Measurements,
) -> Option<(Measurements, String)> {
    let MeasurementKind::Positions { x } = &measured.kind else { return None };
    let axis = setup.grid.axes()[0];
    let mirrored = |x: f64| axis.origin + (-x - axis.origin).rem_euclid(axis.length);
    // On a circle what is even about 0 is even about half a turn too.
    let is_upper = |x: f64| x.rem_euclid(axis.length) <= 0.5 * axis.length;
    let upper = x.iter().filter(|x| is_upper(**x)).count();
    if x.len() < FEWEST || (upper > 0 && upper < x.len()) || !is_even(setup, index) {
        return None;
    }
    // By chance: in turn, neighbours would be spread more evenly than individuals are.
    let deal = |(i, &x): (usize, &f64)| {
        if derive_seed(0, i as u64) % 2 == 1 { mirrored(x) } else { x }
    };
    let mut x: Vec<f64> = x.iter().enumerate().map(deal).collect();
    x.sort_by(f64::total_cmp);
    let sources: Vec<String> = measured.sources.iter().map(|p| p.display().to_string()).collect();
    let remark = format!(
        "all positions of {} lie on one side of x = 0, and the state is even: they are taken as observed \
         on that half alone",
        sources.join(", ")
    );
    let kind = MeasurementKind::Positions { x };
    Some((Measurements { kind, ..measured.clone() }, remark))
}

/// Whether the functions of an experiment make its state even.
fn is_even(setup: &Setup, index: usize) -> bool {
    let Ok(slots) = setup.slots(index) else { return false };
    let functions = &setup.loaded.problem.functions;
    setup.model.slots().iter().zip(slots).all(|(slot, terms)| {
        if slot.argument == Argument::None {
            return true;
        }
        let class_is_even = terms.unknown.is_none()
            || functions
                .get(slot.name)
                .and_then(FunctionSpec::unknown)
                .is_some_and(|unknown| Symmetry::from(unknown.symmetry) == Symmetry::Even);
        class_is_even && terms.known.iter().all(|known| mirrors(known, slot))
    })
}

fn mirrors(known: &Bound, slot: &Slot) -> bool {
    let image = |x: &f64| match slot.domain.first() {
        Some(domain) => domain.lower + (-x - domain.lower).rem_euclid(domain.upper - domain.lower),
        None => -x,
    };
    let mirror = Points::line(slot.points.coordinates().iter().map(image).collect());
    let (here, there) = (known.values(&slot.points), known.values(&mirror));
    let size = here.iter().fold(0.0, |size: f64, v| size.max(v.abs()));
    here.iter().zip(&there).all(|(a, b)| (a - b).abs() <= ROUND_OFF * size)
}

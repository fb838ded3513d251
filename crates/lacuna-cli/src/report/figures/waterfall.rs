//! Final cost against rank of the restarts: a plateau on the left says that several starts found
//! the same minimum (Raue et al. 2013, doi:10.1371/journal.pone.0074335).

use std::io;

use lacuna::{Recovery, Restart};

use super::{Illustration, base_cost, kept_restart};
use crate::report::number::count;
use crate::report::plot::{Axis, Figure, Ink, Mark, Panel, Scale, Series};

/// Restarts agree when their costs are within this factor of the best.
const AGREEMENT: f64 = 1.1;
const RADIUS: f64 = 3.4;

/// The figure, or nothing with fewer than two restarts to compare.
pub fn draw(recovery: &Recovery) -> io::Result<Option<Illustration>> {
    let mut ranked: Vec<&Restart> =
        recovery.restarts.iter().filter(|r| r.cost.is_finite()).collect();
    if ranked.len() < 2 {
        return Ok(None);
    }
    ranked.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let base = base_cost(recovery);
    let rank: Vec<f64> = (1..=ranked.len()).map(|i| i as f64).collect();
    let cost: Vec<f64> = ranked.iter().map(|r| r.cost - base).collect();
    let of_those = |mark: Mark, ink: Ink, keep: &dyn Fn(&Restart) -> bool| {
        let shown: Vec<f64> =
            ranked.iter().map(|r| if keep(r) { r.cost - base } else { f64::NAN }).collect();
        Series::new(mark, ink, &rank, &shown)
    };
    let kept = kept_restart(recovery);
    let is_best = |r: &Restart| Some(r.index) == kept;
    let converged = |r: &Restart| r.stop == "converged";
    let dots = || Mark::Dots { radius: RADIUS };
    let rings = || Mark::Rings { radius: RADIUS };
    let mut panel = Panel::single(Axis::vertical(label(recovery), Scale::Log))
        .series(Series::line(Ink::Grid, &rank, &cost));
    if ranked.iter().any(|r| converged(r) && !is_best(r)) {
        let series = of_those(dots(), Ink::Other, &|r| converged(r) && !is_best(r));
        panel = panel.series(series.label("converged"));
    }
    if ranked.iter().any(|r| !converged(r) && !is_best(r)) {
        let series = of_those(rings(), Ink::Other, &|r| !converged(r) && !is_best(r));
        panel = panel.series(series.label("not converged"));
    }
    for best in ranked.iter().filter(|r| is_best(r)) {
        let mark = if converged(best) { dots() } else { rings() };
        panel = panel.series(of_those(mark, Ink::Chosen, &is_best).label("kept"));
    }
    let x = Axis::horizontal("rank", Scale::Count).limits(0.5, ranked.len() as f64 + 0.5);
    let figure = Figure::new("Final cost of the restarts, sorted", x).panel(panel);
    Illustration::new("waterfall", &figure, caption(recovery, &ranked)).map(Some)
}

fn caption(recovery: &Recovery, ranked: &[&Restart]) -> String {
    let agree = ranked.iter().filter(|r| agrees(r.cost, ranked[0].cost, recovery)).count();
    let within = if recovery.inference.is_some() { "2" } else { "10 %" };
    let mut caption = "Final cost of the restarts, sorted. ".to_owned();
    caption.push_str(&match agree {
        1 => format!("No other restart ends within {within} of the best cost."),
        n => format!("{n} of {} end within {within} of the best cost.", recovery.restarts.len()),
    });
    let missing = recovery.restarts.len() - ranked.len();
    if missing > 0 {
        let without = count(missing, "restart");
        caption.push_str(&format!(" {without} without a finite cost not shown."));
    }
    if ranked[0].cost <= base_cost(recovery) {
        caption.push_str(" Costs of zero are drawn at the lower edge.");
    }
    caption
}

/// Logarithms of probabilities have no zero: they are drawn above the lowest.
fn label(recovery: &Recovery) -> &'static str {
    if recovery.inference.is_some() {
        "final cost above the best"
    } else {
        "final cost ½ ‖r‖²"
    }
}

/// Whether two costs are equally good; those that are logarithms of probabilities may differ by 2.
fn agrees(cost: f64, best: f64, recovery: &Recovery) -> bool {
    if recovery.inference.is_some() { cost <= best + 2.0 } else { cost <= AGREEMENT * best }
}

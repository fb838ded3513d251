//! Final cost against rank of the restarts: a plateau on the left says that several starts found
//! the same minimum (Raue et al. 2013, doi:10.1371/journal.pone.0074335).

use std::io;

use lacuna::{Recovery, Restart};

use super::{Illustration, kept_restart};
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
    let rank: Vec<f64> = (1..=ranked.len()).map(|i| i as f64).collect();
    let cost: Vec<f64> = ranked.iter().map(|r| r.cost).collect();
    let of_those = |mark: Mark, ink: Ink, keep: &dyn Fn(&Restart) -> bool| {
        let shown: Vec<f64> =
            ranked.iter().map(|r| if keep(r) { r.cost } else { f64::NAN }).collect();
        Series::new(mark, ink, &rank, &shown)
    };
    let kept = kept_restart(recovery);
    let is_best = |r: &Restart| Some(r.index) == kept;
    let converged = |r: &Restart| r.stop == "converged";
    let dots = || Mark::Dots { radius: RADIUS };
    let rings = || Mark::Rings { radius: RADIUS };
    let mut panel = Panel::single(Axis::vertical("final cost ½ ‖r‖²", Scale::Log))
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
    let agree = ranked.iter().filter(|r| r.cost <= AGREEMENT * ranked[0].cost).count();
    let mut caption = "Final cost of the restarts, sorted. ".to_owned();
    caption.push_str(&match agree {
        1 => "No other restart ends within 10 % of the best cost.".to_owned(),
        n => format!("{n} of {} end within 10 % of the best cost.", recovery.restarts.len()),
    });
    let missing = recovery.restarts.len() - ranked.len();
    if missing > 0 {
        let without = count(missing, "restart");
        caption.push_str(&format!(" {without} without a finite cost not shown."));
    }
    if ranked[0].cost <= 0.0 {
        caption.push_str(" Costs of zero are drawn at the lower edge.");
    }
    caption
}

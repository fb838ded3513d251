//! Cost against iteration of every restart, on a logarithmic scale.

use std::io;

use lacuna::{Recovery, Restart};

use super::{Illustration, base_cost, kept_restart};
use crate::report::number::count;
use crate::report::plot::{Axis, Figure, Ink, Panel, Scale, Series};

/// The figure, or nothing if no history was kept.
pub fn draw(recovery: &Recovery) -> io::Result<Option<Illustration>> {
    let kept = kept_restart(recovery);
    let is_best = |r: &&Restart| Some(r.index) == kept;
    let all = &recovery.restarts;
    if all.iter().all(|restart| restart.history.is_empty()) {
        return Ok(None);
    }
    let base = base_cost(recovery);
    let mut panel = Panel::single(Axis::vertical(label(recovery), Scale::Log));
    for restart in all.iter().filter(|r| !is_best(r)) {
        panel = panel.series(curve(restart, base, Ink::Other).label("other restarts"));
    }
    for restart in all.iter().filter(is_best) {
        let (x, y) = iterations(restart, base);
        let end = x.len().saturating_sub(1);
        let dot = Series::dots(Ink::Chosen, 3.0, &x[end..], &y[end..]);
        let mut kept = curve(restart, base, Ink::Chosen);
        kept.label = (all.len() > 1).then(|| "kept".to_owned());
        panel = panel.series(kept).series(dot);
    }
    let longest = all.iter().map(|r| r.history.len()).max().unwrap_or(0);
    let last = (longest as f64 - 1.0).max(1.0);
    let x = Axis::horizontal("iteration", Scale::Count).limits(0.0, last);
    let figure = Figure::new("Cost of every restart", x).panel(panel);
    let mut caption = match all.len() {
        1 => "Cost of the only restart after each iteration.".to_owned(),
        n => format!("Cost of all {} after each iteration.", count(n, "restart")),
    };
    if let (Some(index), 2..) = (kept, all.len()) {
        caption.push_str(&format!(" Restart {index} was kept; the dot is its end."));
    }
    if all.iter().flat_map(|r| &r.history).any(|cost| *cost <= base) {
        caption.push_str(" Costs of zero are drawn at the lower edge.");
    }
    Illustration::new("history", &figure, caption).map(Some)
}

fn curve(restart: &Restart, base: f64, ink: Ink) -> Series {
    let (x, y) = iterations(restart, base);
    Series::line(ink, &x, &y)
}

fn iterations(restart: &Restart, base: f64) -> (Vec<f64>, Vec<f64>) {
    let x = (0..restart.history.len()).map(|i| i as f64).collect();
    (x, restart.history.iter().map(|cost| cost - base).collect())
}

/// Logarithms of probabilities have no zero: they are drawn above the lowest.
fn label(recovery: &Recovery) -> &'static str {
    if recovery.inference.is_some() { "cost above the best" } else { "cost ½ ‖r‖²" }
}

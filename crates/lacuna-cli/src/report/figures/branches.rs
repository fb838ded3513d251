//! The bifurcation diagram, and the states at the values of the parameter that were asked for.
//!
//! Horizontal: the parameter; vertical: ‖u − ū‖, the distance from the uniform state. Solid where a
//! state is stable, dashed where it is not. A part of a branch between an event and its neighbour
//! has the stability of the neighbour: at the event itself an eigenvalue is zero.

use std::io;

use lacuna::BranchDiagram;
use lacuna::steady::{BranchState, Event};

use super::super::plot::{Axis, Figure, Ink, Mark, Panel, Scale, Series};
use super::{Illustration, Section};

/// Most values of the parameter for which states are drawn.
const MOST_VALUES: usize = 3;

/// All figures of a diagram.
pub fn sections(diagram: &BranchDiagram) -> io::Result<Vec<Section>> {
    let mut sections = vec![Section {
        heading: "Branches of steady states",
        illustrations: vec![branches(diagram)?],
    }];
    let mut values: Vec<f64> = Vec::new();
    for state in diagram.branches.iter().flat_map(|b| &b.states) {
        if state.event == Some(Event::Requested) && !values.contains(&state.parameter) {
            values.push(state.parameter);
        }
    }
    let states = values.iter().take(MOST_VALUES).map(|v| states_at(diagram, *v));
    let illustrations = states.collect::<io::Result<Vec<_>>>()?;
    if !illustrations.is_empty() {
        sections.push(Section { heading: "States", illustrations });
    }
    Ok(sections)
}

fn branches(diagram: &BranchDiagram) -> io::Result<Illustration> {
    let mut lines: Vec<Series> = Vec::new();
    let mut marks: Vec<Series> = Vec::new();
    let (mut any_stable, mut any_unstable) = (false, false);
    for (branch, norms) in diagram.branches.iter().zip(&diagram.norms) {
        for run in runs(&branch.states) {
            let x: Vec<f64> =
                branch.states[run.from..=run.to].iter().map(|s| s.parameter).collect();
            let y = &norms[run.from..=run.to];
            lines.push(if run.stable {
                any_stable = true;
                Series::line(Ink::Chosen, &x, y).label("stable")
            } else {
                any_unstable = true;
                Series::dashes(Ink::Recovered, &x, y).label("unstable")
            });
        }
    }
    for (mark, ink, name, wanted) in [
        (Mark::Rings { radius: 3.2 }, Ink::Difference, "fold", "fold"),
        (Mark::Dots { radius: 3.2 }, Ink::Recovered, "branch point", "branch-point"),
        (Mark::Triangles { size: 4.5 }, Ink::Observed, "Hopf point", "hopf"),
    ] {
        let mut points = (Vec::new(), Vec::new());
        for named in diagram.named_states().iter().filter(|n| n.event == wanted) {
            points.0.push(diagram.branches[named.branch].states[named.step].parameter);
            points.1.push(diagram.norms[named.branch][named.step]);
        }
        if !points.0.is_empty() {
            marks.push(Series::new(mark, ink, &points.0, &points.1).label(name));
        }
    }
    let lower = diagram.from.min(diagram.to);
    let upper = diagram.from.max(diagram.to);
    let x = Axis::horizontal(diagram.parameter, Scale::Linear).limits(lower, upper);
    let y = Axis::vertical("distance from the uniform state", Scale::Linear);
    let title = format!("Branches of steady states along {}", diagram.parameter);
    let figure = Figure::new(title, x).panel(Panel::single(y).all(lines).all(marks));
    let mut caption = format!(
        "Branches of steady states along {}, {}: the L² distance of each state from the uniform one.",
        diagram.parameter, diagram.description
    );
    if any_stable {
        caption += " Solid: stable.";
    }
    if any_unstable {
        caption += " Dashed: unstable.";
    }
    caption += &format!(
        " Branches: {}; folds: {}; branch points: {}; Hopf points: {}.",
        diagram.branches.len(),
        diagram.count("fold"),
        diagram.count("branch-point"),
        diagram.count("hopf")
    );
    Illustration::new("branches", &figure, caption)
}

fn states_at(diagram: &BranchDiagram, value: f64) -> io::Result<Illustration> {
    let mut lines: Vec<Series> = Vec::new();
    let at_value = diagram
        .branches
        .iter()
        .flat_map(|b| &b.states)
        .filter(|s| s.event == Some(Event::Requested) && s.parameter == value);
    for state in at_value {
        lines.push(if is_stable(state) {
            Series::line(Ink::Chosen, &diagram.x, &state.u).label("stable")
        } else {
            Series::dashes(Ink::Recovered, &diagram.x, &state.u).label("unstable")
        });
    }
    let count = lines.len();
    let figure = Figure::new(
        format!("Steady states at {} = {value}", diagram.parameter),
        Axis::horizontal("x", Scale::Linear),
    )
    .panel(Panel::single(Axis::vertical("u", Scale::Linear)).all(lines));
    let caption = format!(
        "The {count} steady states found at {} = {value}. Solid: stable. Dashed: unstable.",
        diagram.parameter
    );
    Illustration::new(format!("states-{}", super::file_part(&value.to_string())), &figure, caption)
}

/// States `from..=to` of a branch, joined by one line.
struct Run {
    from: usize,
    to: usize,
    stable: bool,
}

fn is_stable(state: &BranchState) -> bool {
    state.stability.as_ref().is_none_or(|s| s.is_stable())
}

fn runs(states: &[BranchState]) -> Vec<Run> {
    let crossing = |s: &BranchState| BranchDiagram::is_marked(s.event);
    let mut runs: Vec<Run> = Vec::new();
    for i in 1..states.len() {
        let (before, after) = (&states[i - 1], &states[i]);
        let stable = match (crossing(before), crossing(after)) {
            (true, false) => is_stable(after),
            (false, true) => is_stable(before),
            _ => is_stable(before) && is_stable(after),
        };
        match runs.last_mut() {
            Some(run) if run.stable == stable => run.to = i,
            _ => runs.push(Run { from: i - 1, to: i, stable }),
        }
    }
    runs
}

//! `predict.md`.

use std::fmt::Write;

use super::Results;

struct Target {
    asked: &'static str,
    measured: String,
    met: bool,
}

fn targets(results: &Results) -> Vec<Target> {
    let many = &results.many_steps;
    let worst = |value: &dyn Fn(&super::kept::Long) -> f64| {
        results.long.iter().map(value).fold(0.0, f64::max)
    };
    let lowest = results.long.iter().map(|l| l.lowest).fold(many.lowest, f64::min);
    let states = results.recovered.iter().map(|c| c.state_error).fold(0.0, f64::max);
    let transients = results.recovered.iter().map(|c| c.transient_error).fold(0.0, f64::max);
    let by_default = || {
        results
            .coverage
            .iter()
            .filter(|c| c.prediction.starts_with("transient") || c.bands == "linearised")
    };
    let least = by_default().map(|c| c.covered_95).fold(1.0, f64::min);
    let most = by_default().map(|c| c.covered_95).fold(0.0, f64::max);
    vec![
        Target {
            asked: "mass to 1e-13 over 1e6 steps, and to t = 1e4",
            measured: format!(
                "{:.1e} over {:.0e} steps ({:.1e} without correction), {:.1e} to t = 1e4",
                many.corrected,
                many.steps as f64,
                many.drift,
                worst(&|l| l.mass)
            ),
            met: many.corrected < 1e-13 && worst(&|l| l.mass) < 1e-13,
        },
        Target {
            asked: "positive throughout",
            measured: format!("smallest value {lowest:.1e}"),
            met: lowest > 0.0,
        },
        Target {
            asked: "the free energy never increases",
            measured: format!(
                "largest growth in a step {:.1e} of its terms over the steps, {:.1e} to t = 1e4",
                many.energy_growth,
                worst(&|l| l.energy_growth)
            ),
            met: many.energy_growth < 1e-14 && worst(&|l| l.energy_growth) < 1e-14,
        },
        Target {
            asked: "time-stepped limit equal to the state of Newton's method to 1e-8",
            measured: format!("{:.1e}", worst(&|l| l.from_newton)),
            met: worst(&|l| l.from_newton) < 1e-8,
        },
        Target {
            asked: "recovered from two-states, predicted at κ = 0.4, 0.6 and with a push: states to \
                    1e-3",
            measured: format!("{states:.1e}"),
            met: states < 1e-3,
        },
        Target {
            asked: "the same: transients to 1e-2",
            measured: format!("{transients:.1e}"),
            met: transients < 1e-2,
        },
        Target {
            asked: "from sparse-noisy: 95 % bands on predictions cover 90 to 98 % over 40 sets, each \
                    kind by default",
            measured: format!(
                "{:.1} to {:.1} % over {} sets, {} refused",
                100.0 * least,
                100.0 * most,
                results.sets,
                results.refused
            ),
            met: least >= 0.90 && most <= 0.98 && results.refused == 0,
        },
    ]
}

/// The page.
pub fn markdown(results: &Results) -> String {
    let targets = targets(results);
    let missed = targets.iter().filter(|t| !t.met).count();
    let mut text = format!(
        "# Predictions\n\nThe equation in time, and what predictions and their bands are worth. {}\n\n\
         | target | measured | |\n|---|---|---|\n",
        match missed {
            0 => format!("All of {} targets are met.", targets.len()),
            n => format!("{n} of {} targets are not met.", targets.len()),
        }
    );
    for Target { asked, measured, met } in &targets {
        let verdict = if *met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {asked} | {measured} | {verdict} |");
    }
    kept(&mut text, results);
    integrators(&mut text, results);
    recovered(&mut text, results);
    coverage(&mut text, results);
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite predict` in {:.1} minutes{}; all numbers are in \
         [predict.json](predict.json).\n",
        results.machine.sentence(),
        results.minutes,
        if results.quick { ", with `--quick`: too few sets to conclude from" } else { "" },
    );
    text
}

fn kept(text: &mut String, results: &Results) {
    let many = &results.many_steps;
    let _ = write!(
        text,
        "\n## What a transient keeps\n\n\
         *two-states* with its true functions, 256 nodes. {:.0e} frozen implicit steps of the lengths \
         10⁻⁶, 10⁻³, 1 and 10⁶ in turn at κ = 0.4, from e^(20 cos 2πx): the mass drifts by {:.1e}, with \
         the correction after each step it is off by at most {:.1e}; the smallest value is {:.1e}; the \
         free energy grows by at most {:.1e} of its terms in a step ({:.1} s, both runs).\n\n\
         Adaptive, tolerance 10⁻¹⁰, from 1 + ½ cos 2πx to t = 10⁴:\n\n\
         | κ | steps | frozen steps | mass off by | smallest value | energy fell by | largest growth | from \
         Newton's state | seconds |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        many.steps as f64,
        many.drift,
        many.corrected,
        many.lowest,
        many.energy_growth,
        many.seconds
    );
    for l in &results.long {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1e} | {:.1e} | {:.2e} | {:.1e} | {:.1e} | {:.3} |",
            l.coupling,
            l.steps,
            l.frozen_steps,
            l.mass,
            l.lowest,
            l.energy_fall,
            l.energy_growth,
            l.from_newton,
            l.seconds
        );
    }
}

fn integrators(text: &mut String, results: &Results) {
    text.push_str(
        "\n## Integrators\n\n\
         The same semi-discrete equation (κ = 0.4, 256 nodes) by the library and by diffsol 0.18 with a \
         dense Jacobian from products with R'. Error: relative, at the end, against the library at \
         10⁻¹². Seconds: of processor time, one thread. Smallest value: of any step (of the library, whose steps are all checked, at the end).\n",
    );
    for case in &results.integrators {
        let _ = write!(
            text,
            "\n{} (the two references differ by {:.1e}):\n\n\
             | method | tolerance | error | mass off by | smallest value | largest energy growth | steps | \
             seconds |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
            capital(case.name),
            case.references_apart
        );
        for row in &case.rows {
            let _ = match (&row.failure, row.error) {
                (Some(failure), _) => {
                    writeln!(text, "| {} | {:.0e} | failed: {failure} |", row.method, row.tolerance)
                }
                (None, error) => writeln!(
                    text,
                    "| {} | {:.0e} | {:.1e} | {:.1e} | {:.1e} | {:.1e} | {} | {:.4} |",
                    row.method,
                    row.tolerance,
                    error.unwrap_or(f64::NAN),
                    row.mass,
                    row.lowest,
                    row.energy_growth,
                    row.steps,
                    row.seconds
                ),
            };
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

fn recovered(text: &mut String, results: &Results) {
    text.push_str(
        "\n## Recovered from two-states\n\n\
         Recovered with the options of the example from states at κ = 0.1 and 0.2; transients from \
         1 + ½ cos 2πx to t = 2, the largest error over 20 times. Truth: the true functions; states by \
         Newton's method, transients by Fourier series in space and the classical Runge-Kutta method.\n\n\
         | conditions | state error | transient error | distance from the nearest observed state | \
         seconds, state | seconds, transient |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for c in &results.recovered {
        let _ = writeln!(
            text,
            "| {} | {:.1e} | {:.1e} | {:.2} | {:.3} | {:.3} |",
            c.conditions,
            c.state_error,
            c.transient_error,
            c.from_observed,
            c.state_seconds,
            c.transient_seconds
        );
    }
}

fn coverage(text: &mut String, results: &Results) {
    let _ = write!(
        text,
        "\n## Coverage\n\n\
         {} regenerated data sets of *sparse-noisy* (60 random points a state, errors of 2 %), fitted as \
         the example says. Shares of all nodes (and times after the start) of all sets; error, half-width \
         and determined share are medians over the sets.\n\n\
         | prediction | bands | within 95 % | within 50 % | worst set | error | half-width | determined by \
         data | draws lost | warned |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        results.sets
    );
    for c in &results.coverage {
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} % | {:.1} % | {:.1} % | {:.3} | {:.3} | {:.2} % | {} | {} |",
            c.prediction,
            c.bands,
            100.0 * c.covered_95,
            100.0 * c.covered_50,
            100.0 * c.worst_set,
            c.median_error,
            c.median_half_width,
            100.0 * c.median_determined,
            c.lost_draws,
            c.warned
        );
    }
}

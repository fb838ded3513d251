//! The measured rows as a table for people and as JSON for programs.

use std::fmt::Write;

use serde::Serialize;

use super::measure::{Row, Run, THRESHOLDS};
use super::{CUT, SEEDS, prose};
use crate::machine::Machine;
use crate::statistics::{highest, lowest, median};

/// What is said while the suite runs.
pub fn progress(row: &Row) -> String {
    match &row.impossible {
        Some(reason) => reason.clone(),
        None => format!("{} s, W {}", row.seconds(), row.errors(|run| run.error_w)),
    }
}

/// `methods.json`.
///
/// # Errors
/// If a value cannot be written.
pub fn json(machine: &Machine, rows: &[Row]) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct File<'a> {
        schema: u32,
        command: &'static str,
        machine: &'a Machine,
        example: &'static str,
        thresholds: [f64; THRESHOLDS.len()],
        rows: &'a [Row],
    }
    let example = "two-states";
    let command = "cargo xtask suite methods";
    let file = File { schema: 1, command, machine, example, thresholds: THRESHOLDS, rows };
    serde_json::to_string_pretty(&file).map(|text| text + "\n")
}

/// `methods.md`.
pub fn markdown(machine: &Machine, rows: &[Row]) -> String {
    let mut text = format!(
        "# Methods\n\n\
         Which optimiser on which residual recovers the interaction kernel W and the potential V\n\
         of the built-in example `two-states` (two noise-free states, 256 nodes), and how fast.\n\n\
         {}\n\n",
        prose::meaning(rows)
    );
    text.push_str(&table(rows));
    let cut = rows.iter().flat_map(|row| &row.runs).filter(|run| run.stop == "interrupted").count();
    let cut = match cut {
        0 => "none was".to_owned(),
        n => format!("{n} were, marked `interrupted`"),
    };
    let _ = write!(
        text,
        "\n\
         - Networks: tanh, [16, 16] hidden units each, W even by construction, {} seeds, one random\n  \
         start a seed, without the polish that `recover` gives the best of several. Fourier: 32 modes each, no random start, so one run. Iteration limits,\n  \
         tolerances and the smoothness prior are the defaults of `lacuna recover`; a run is cut at\n  \
         {CUT} s ({cut}).\n\
         - Errors: relative L² after removing means, of the iterate of lowest cost, as median\n  \
         (lowest to highest). Evaluations: of the residual + of its derivatives.\n\
         - Seconds of processor time: median over seeds, each the median of five repetitions if\n  \
         under a second; from setting up the objective to the end, in one thread, without reading\n  \
         files and without the time that watching the error takes. `to W < ε` is the first iterate\n  \
         below, over the seeds that got there, with their number if not all did.\n\
         - Costs of different formulations are different quantities: compare within one.\n\n\
         {}\n\
         Made by `cargo xtask suite methods`; every run is in [methods.json](methods.json).\n",
        SEEDS.len(),
        machine.sentence(),
    );
    text
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| functions | formulation | optimiser | iterations | evaluations | seconds | error of W \
         | error of V |",
    );
    for threshold in THRESHOLDS {
        let _ = write!(text, " to W < {threshold:.0e} |");
    }
    text.push_str(" cost | stop |\n|---|---|---|--:|--:|--:|---|---|");
    text.push_str(&"--:|".repeat(THRESHOLDS.len()));
    text.push_str("--:|---|\n");
    for row in rows {
        let _ = write!(text, "| {} | {} | {} |", row.class, row.formulation, row.optimiser);
        let columns = 5 + THRESHOLDS.len() + 2;
        if let Some(reason) = &row.impossible {
            let _ = writeln!(text, " {reason} |{}", " |".repeat(columns - 1));
            continue;
        }
        let _ = write!(
            text,
            " {:.0} | {:.0} + {:.0} | {} | {} | {} |",
            row.median(|run| run.iterations as f64),
            row.median(|run| run.residual_evaluations as f64),
            row.median(|run| run.derivative_evaluations as f64),
            row.seconds(),
            row.errors(|run| run.error_w),
            row.errors(|run| run.error_v),
        );
        for k in 0..THRESHOLDS.len() {
            let _ = write!(text, " {} |", row.time_until(k));
        }
        let _ = writeln!(text, " {:.1e} | {} |", row.median(|run| run.cost), row.stops());
    }
    text
}

impl Row {
    fn median(&self, quantity: impl Fn(&Run) -> f64) -> f64 {
        median(&self.runs.iter().map(quantity).collect::<Vec<_>>())
    }

    /// Median seconds.
    pub(super) fn seconds(&self) -> String {
        seconds(self.median(|run| run.seconds))
    }

    /// Median error of W.
    pub(super) fn error_w(&self) -> f64 {
        self.median(|run| run.error_w)
    }

    /// Median, and the range where there are several.
    pub(super) fn errors(&self, quantity: impl Fn(&Run) -> f64) -> String {
        let values: Vec<f64> = self.runs.iter().map(quantity).collect();
        let median = median(&values);
        if values.len() == 1 {
            return format!("{median:.1e}");
        }
        format!("{median:.1e} ({:.1e} to {:.1e})", lowest(&values), highest(&values))
    }

    /// Median seconds to threshold k from every seed; none if one did not get there.
    pub(super) fn reliably_until(&self, k: usize) -> Option<f64> {
        let times: Option<Vec<f64>> = self.runs.iter().map(|run| run.seconds_until[k]).collect();
        times.filter(|times| !times.is_empty()).map(|times| median(&times))
    }

    fn time_until(&self, k: usize) -> String {
        let times: Vec<f64> = self.runs.iter().filter_map(|run| run.seconds_until[k]).collect();
        match (times.len(), self.runs.len()) {
            (0, _) => "–".into(),
            (reached, all) if reached == all => seconds(median(&times)),
            (reached, all) => format!("{} ({reached} of {all})", seconds(median(&times))),
        }
    }

    /// How its runs stopped, e.g. `converged`, or `converged ×2, stalled`.
    fn stops(&self) -> String {
        let mut counted: Vec<(&str, usize)> = Vec::new();
        for run in &self.runs {
            match counted.iter_mut().find(|(stop, _)| *stop == run.stop) {
                Some((_, count)) => *count += 1,
                None => counted.push((run.stop, 1)),
            }
        }
        let only = counted.len() == 1;
        let words = counted.into_iter().map(|(stop, count)| {
            if only || count == 1 { stop.to_owned() } else { format!("{stop} ×{count}") }
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Seconds to two significant digits.
pub(super) fn seconds(value: f64) -> String {
    let digits = (1 - value.abs().log10().floor() as i32).clamp(0, 6) as usize;
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, error_w: f64, until: [Option<f64>; 3], stop: &'static str) -> Run {
        Run {
            seed,
            iterations: 10,
            residual_evaluations: 12,
            derivative_evaluations: 11,
            seconds: 0.25,
            error_w,
            error_v: 2.0 * error_w,
            seconds_until: until.to_vec(),
            cost: 1e-9,
            stop,
        }
    }

    fn row() -> Row {
        Row {
            class: "network 16-16".into(),
            formulation: "strong".into(),
            optimiser: "adam".into(),
            impossible: None,
            runs: vec![
                run(0, 2e-3, [Some(0.1), Some(0.2), None], "converged"),
                run(1, 4e-4, [Some(0.3), Some(0.4), Some(0.5)], "converged"),
                run(2, 3e-1, [None, None, None], "stalled"),
            ],
        }
    }

    #[test]
    fn a_row_shows_medians_ranges_and_how_many_got_there() {
        let text = table(&[row()]);
        let line = text.lines().last().unwrap();
        for part in [
            "| 10 | 12 + 11 | 0.25 | 2.0e-3 (4.0e-4 to 3.0e-1) |",
            "| 0.20 (2 of 3) | 0.30 (2 of 3) | 0.50 (1 of 3) |",
            "converged ×2, stalled |",
        ] {
            assert!(line.contains(part), "{line}\n{part}");
        }
        assert_eq!(row().reliably_until(0), None);
    }

    #[test]
    fn a_row_without_runs_says_why_and_has_every_column() {
        let impossible = Some("needs a linear residual".into());
        let text = table(&[row(), Row { runs: Vec::new(), impossible, ..row() }]);
        let bars: Vec<usize> = text.lines().map(|line| line.matches('|').count()).collect();
        assert!(bars.iter().all(|&n| n == bars[0]), "{bars:?}\n{text}");
        assert!(text.contains("needs a linear residual"));
    }

    #[test]
    fn seconds_have_two_digits() {
        for (value, text) in
            [(0.00123, "0.0012"), (0.0456, "0.046"), (0.5, "0.50"), (7.26, "7.3"), (43.2, "43")]
        {
            assert_eq!(seconds(value), text);
        }
    }
}

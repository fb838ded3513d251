//! `noise.md`.

use std::fmt::Write;

use super::Results;
use super::ensemble::Ensemble;
use super::log_fixed_point::Best;
use super::score::Summary;
use super::targets::{Target, targets};
use super::two_states::Design;

/// The page.
pub fn markdown(results: &Results) -> String {
    let targets = targets(results);
    let mut text = format!(
        "# Noise\n\n\
         What is recovered from sparse, noisy and counted data, and what the bands are worth.\n\n\
         {}\n\n{}",
        summary(&targets),
        target_table(&targets)
    );
    text.push_str(&given(results));
    text.push_str(&classes(results));
    text.push_str(&points_and_noise(results));
    text.push_str(&bias(results));
    text.push_str(&noise_and_priors(results));
    text.push_str(&positions(results));
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite noise` in {:.1} minutes{}; all numbers are in \
         [noise.json](noise.json).\n",
        results.machine.sentence(),
        results.minutes,
        if results.quick { ", with `--quick`: too few sets to conclude from" } else { "" },
    );
    text
}

fn summary(targets: &[Target]) -> String {
    let missed = targets.iter().filter(|t| t.met == Some(false)).count();
    match missed {
        0 => format!("All of {} targets are met.", targets.len()),
        n => format!("{n} of {} targets are not met.", targets.len()),
    }
}

fn target_table(targets: &[Target]) -> String {
    let mut text = String::from("| target | measured | |\n|---|---|---|\n");
    for Target { asked, measured, met } in targets {
        let verdict = match met {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "not measured",
        };
        let _ = writeln!(text, "| {asked} | {measured} | {verdict} |");
    }
    text
}

fn given(results: &Results) -> String {
    let mut text = String::from(
        "\n## The given set\n\n\
         Two states at 60 irregular points each, errors of 2 %; options as they are by default.\n\
         Seconds: elapsed, one fit at a time on all cores.\n\n\
         | functions | W | V | iterations of each start | seconds |\n|---|--:|--:|---|--:|\n",
    );
    for given in &results.given {
        let iterations: Vec<String> = given.iterations.iter().map(usize::to_string).collect();
        let [w, v] = given.errors;
        let _ = writeln!(
            text,
            "| {} | {w:.3} | {v:.3} | {} | {:.3} |",
            given.class,
            iterations.join(", "),
            given.seconds
        );
    }
    text.push_str("\n![W and V of the given set](noise.svg)\n");
    text
}

const COLUMNS: &str = "W | V | W 95 % | W 50 % | V 95 % | V 50 %";

/// Medians and coverage, as [`COLUMNS`].
fn cells(fits: &Ensemble) -> String {
    let [Some(w), Some(v)] = [fits.functions.first(), fits.functions.get(1)] else {
        return "– | – | – | – | – | –".into();
    };
    format!(
        "{:.3} | {:.3} | {} | {} | {} | {}",
        w.median_error,
        v.median_error,
        percent(w.covered_95),
        percent(w.covered_50),
        percent(v.covered_95),
        percent(v.covered_50)
    )
}

/// Of the medians, and of root mean squares.
fn over_bound(function: Option<&Summary>) -> String {
    match function.map(|f| [f.over_bound, f.rms_over_bound]) {
        Some([Some(medians), Some(squares)]) => format!("{medians:.2} ({squares:.2})"),
        _ => "–".into(),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".into(), |share| format!("{:.1}", 100.0 * share))
}

fn classes(results: &Results) -> String {
    let mut text = format!(
        "\n## Function classes\n\n\
         60 random points per state, errors of 2 % of the standard deviation of the state. Median\n\
         errors; mean share of the domain that the bands cover, in per cent; median error over the\n\
         median bound, and in brackets root mean square error over root mean square bound. The bound\n\
         is the posterior standard deviation of the function (root mean square over the domain,\n\
         relative to the truth) for the same points without errors, under the prior that\n\
         the noisy data led to.\n\n\
         | functions | sets | refused | {COLUMNS} | W / bound | V / bound | highest W | highest V | seconds a set |\n\
         |---|--:|--:|{}\n",
        "--:|".repeat(11)
    );
    let rows = results.classes.iter().map(|c| (c.class.name(), &c.fits));
    for (name, fits) in rows.chain([("Fourier 32", &results.many)]) {
        let of = |s: usize, f: fn(&Summary) -> Option<f64>, digits: usize| {
            let value = fits.functions.get(s).and_then(f);
            value.map_or_else(|| "–".into(), |v| format!("{v:.digits$}"))
        };
        let highest = |f: &Summary| Some(f.highest_error);
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {:.2} |",
            fits.sets,
            fits.refused,
            cells(fits),
            over_bound(fits.functions.first()),
            over_bound(fits.functions.get(1)),
            of(0, highest, 2),
            of(1, highest, 2),
            fits.seconds / fits.sets as f64,
        );
    }
    text.push_str(
        "\nSeconds a set: elapsed time of all over their number, on all cores, the fit for the bound\n\
         included.\n",
    );
    text
}

fn place(design: Design) -> String {
    let Design { points, noise, equally_spaced } = design;
    let which = if equally_spaced { " (the nodes)" } else { "" };
    format!("{points}{which} | {:.1} %", 100.0 * noise)
}

fn points_and_noise(results: &Results) -> String {
    let mut text = format!(
        "\n## Points and noise\n\n\
         Fourier series of 32 modes, {} sets each. *steady-state* compares the state of the recovered\n\
         equation with every datum. *log-fixed-point* interpolates ln u by a spline and puts that into\n\
         the equation, with the smoothness prior it has by default, and with the weight (in brackets)\n\
         that has the smallest median error of W, which only the truth can tell; it has no bands. It\n\
         refuses values that are not positive: they are left out before, in so many sets, and so many\n\
         a set (in brackets, mean over all sets). It also refuses data with a gap too wide to\n\
         interpolate: the number of such sets.\n\n\
         | points | noise | steady-state: {COLUMNS} | log-fixed-point, default: W | V | not positive | \
         refused | best weight: W | V |\n|--:|--:|{}\n",
        results.table.first().map_or(0, |cell| cell.steady_state.sets),
        "--:|".repeat(12)
    );
    let two = |fits: &Ensemble| match &fits.functions[..] {
        [w, v] => format!("{} | {}", number(w.median_error), number(v.median_error)),
        _ => "– | –".into(),
    };
    for cell in &results.table {
        let log = &cell.log_fixed_point;
        let best = log.best.as_ref().map_or_else(
            || "– | –".into(),
            |Best { weight, fits }| match &fits.functions[..] {
                [w, v] => format!(
                    "{} ({weight:.0e}) | {}",
                    number(w.median_error),
                    number(v.median_error)
                ),
                _ => "– | –".into(),
            },
        );
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} ({:.1}) | {} | {best} |",
            place(cell.design),
            cells(&cell.steady_state),
            two(&log.by_default),
            log.with_non_positive,
            log.left_out,
            log.by_default.refused,
        );
    }
    let refused: usize = results.table.iter().map(|cell| cell.steady_state.refused).sum();
    let _ = writeln!(text, "\nsteady-state refused {refused} sets in all.");
    if let Some(reason) =
        results.table.iter().find_map(|cell| cell.log_fixed_point.by_default.reason.as_ref())
    {
        let reason = reason.replace('\n', " ");
        let _ = writeln!(text, "\nThe first reason of log-fixed-point: “{}”.", reason.trim());
    }
    text
}

fn bias(results: &Results) -> String {
    let mut text = String::from(
        "\n## Bias\n\n\
         The norm of the mean deviation over the sets, relative to the truth, and in brackets what that\n\
         norm would be by chance without a bias (from the scatter between sets). What\n\
         log-fixed-point has of it is of three kinds: noise in a state that stands in the equation\n\
         itself, a spline through noisy points that may be close together (not at the nodes, where\n\
         nothing is left out), and the values that are left out, which are the low ones.\n\n\
         | points | noise | steady-state: W | V | log-fixed-point, default: W | V | best weight: W | V \
         |\n|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let two = |fits: Option<&Ensemble>| match fits.map(|fits| &fits.functions[..]) {
        Some([w, v]) => {
            let one = |f: &Summary| format!("{} ({})", number(f.bias), number(f.bias_by_chance));
            format!("{} | {}", one(w), one(v))
        }
        _ => "– | –".into(),
    };
    for cell in &results.table {
        let log = &cell.log_fixed_point;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            place(cell.design),
            two(Some(&cell.steady_state)),
            two(Some(&log.by_default)),
            two(log.best.as_ref().map(|best| &best.fits)),
        );
    }
    text
}

/// Three decimals, or two digits where that is too many.
fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.3}") } else { format!("{value:.1e}") }
}

fn noise_and_priors(results: &Results) -> String {
    let unknown = &results.unknown_noise;
    let [median, lowest, highest] = unknown.recovered;
    let mut text = format!(
        "\n## Unknown noise, and other choices of the prior\n\n\
         Fourier series, 60 points, 2 %. With standard deviations claimed to be {} of what they are, and\n\
         only known up to a factor: recovered over true standard deviation {median:.3} (median over\n\
         states and sets; {lowest:.3} to {highest:.3}).\n\n\
         | noise | strength of the prior by | sets | refused | {COLUMNS} |\n|---|---|--:|--:|{}\n",
        unknown.claimed,
        "--:|".repeat(6)
    );
    let first = ("unknown", "marginal likelihood", &unknown.fits);
    let rest = results.choices.iter().map(|c| ("known", c.name, &c.fits));
    for (noise, name, fits) in std::iter::once(first).chain(rest) {
        let _ = writeln!(
            text,
            "| {noise} | {name} | {} | {} | {} |",
            fits.sets,
            fits.refused,
            cells(fits)
        );
    }
    text
}

fn positions(results: &Results) -> String {
    let mut text = String::from(
        "\n## Potentials from positions\n\n\
         Directions of individuals, without interaction: V from the positions alone, σ = 1. Wells are\n\
         local minima of V; their depth is how far V rises towards a deeper one (or to its maximum).\n\n\
         | data | positions | wells: degrees (depth ± sd of V there) | seconds |\n|---|--:|---|--:|\n",
    );
    for data in &results.directions {
        let wells = data.wells.iter();
        let wells: Vec<String> =
            wells.map(|w| format!("{:.0}° ({:.2} ± {:.2})", w.degrees, w.depth, w.sd)).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.3} |",
            data.name,
            data.positions,
            wells.join(", "),
            data.seconds
        );
    }
    text.push_str(
        "\nWind: mean log-likelihood of a held-out direction in ten folds, beside a kernel density\n\
         estimate (von Mises kernels, bandwidth by leave-one-out likelihood within the other folds), and\n\
         beside the one with the single bandwidth that is best for the held-out directions, which only\n\
         they can tell. The advantage is that over the former, ± its standard error from the scatter\n\
         between directions, and its range over the partitions.\n\n\
         | folds | partitions | potential | kernel density | best bandwidth | advantage | better in | \
         bandwidth |\n|---|--:|--:|--:|--:|---|--:|--:|\n",
    );
    for h in &results.held_out {
        let [low, high] = h.advantage;
        let _ = writeln!(
            text,
            "| {} | {} | {:.4} | {:.4} | {:.4} | {:+.4} ± {:.4} ({low:+.4} to {high:+.4}) | {} | {:.1}° |",
            h.folds,
            h.partitions,
            h.potential,
            h.kernel_density,
            h.best_kernel_density,
            h.potential - h.kernel_density,
            h.standard_error,
            h.better,
            h.bandwidth
        );
    }
    text.push_str(
        "\nSimulated positions from V = −cos x − ½ cos(2x − 1) on [0, 2π), σ = 1; the bound is from the\n\
         counts that are expected at the nodes.\n\n\
         | positions | sets | refused | median error of V | / bound | 95 % | 50 % | median sd of V, \
         relative | seconds a set |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for simulated in &results.simulated {
        let fits = &simulated.fits;
        let Some(v) = fits.functions.first() else { continue };
        let or_dash = |v: Option<f64>| v.map_or_else(|| "–".into(), |v| format!("{v:.2}"));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.3} | {} | {} | {} | {} | {:.3} |",
            simulated.positions,
            fits.sets,
            fits.refused,
            v.median_error,
            over_bound(Some(v)),
            percent(v.covered_95),
            percent(v.covered_50),
            or_dash(v.median_sd),
            fits.seconds / fits.sets as f64
        );
    }
    text
}

//! `branches.md`.

use std::fmt::Write;

use super::Results;
use super::times::Time;

/// What was asked, what came out, and whether that is enough.
struct Target {
    asked: &'static str,
    measured: String,
    met: bool,
}

/// The page.
pub(super) fn markdown(results: &Results) -> String {
    let targets = targets(results);
    let missed = targets.iter().filter(|t| !t.met).count();
    let summary = match missed {
        0 => format!("All of {} targets are met.", targets.len()),
        n => format!("{n} of {} targets are not met.", targets.len()),
    };
    let mut text = format!(
        "# Branches\n\nSteady states along a scalar and their stability, against what is known.\n\n\
         {summary}\n\n| target | measured | |\n|---|---|---|\n"
    );
    for Target { asked, measured, met } in &targets {
        let verdict = if *met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {asked} | {measured} | {verdict} |");
    }
    text.push_str(&uniform(results));
    text.push_str(&resonance(results));
    text.push_str(&places(results));
    text.push_str(&times(results));
    let _ = write!(
        text,
        "\n{}\nMade by `{}`; all numbers are in [branches.json](branches.json).\n",
        results.machine.sentence(),
        results.command
    );
    text
}

fn targets(results: &Results) -> Vec<Target> {
    let kuramoto = &results.kuramoto;
    let critical = (kuramoto.found - kuramoto.exact).abs();
    let dispersion = results.dispersion.iter().map(|d| d.error).fold(0.0, f64::max);
    let primary = results.primary.iter().map(super::uniform::Primary::error).fold(0.0, f64::max);
    let points: usize = results.primary.iter().map(|p| p.exact.len()).sum();
    let agree = results.resonance.iter().filter(|r| r.agrees()).count();
    let places = &results.places;
    let far = places.distances.iter().copied().fold(0.0, f64::max);
    let saddles = places.unstable.iter().filter(|&&k| k > 0).count();
    let times = &results.times;
    vec![
        Target {
            asked: "noisy Kuramoto: κ_c = 2σ to 1e-8",
            measured: format!("{critical:.1e}"),
            met: critical <= 1e-8,
        },
        Target {
            asked: "the whole branch to 1e-8 of the exact states",
            measured: format!("{:.1e} over {} states", kuramoto.error, kuramoto.states),
            met: kuramoto.error <= 1e-8,
        },
        Target {
            asked: "uniform states unstable beyond κ_c only, clustered ones stable",
            measured: if kuramoto.stability_as_known { "all" } else { "not all" }.into(),
            met: kuramoto.stability_as_known,
        },
        Target {
            asked: "dispersion relation to 1e-10, first ten modes",
            measured: format!("{dispersion:.1e}"),
            met: dispersion <= 1e-10,
        },
        Target {
            asked: "all primary branch points κ_k = −σL/Ŵ_k to 1e-8",
            measured: format!("{primary:.1e} over {points} points of 3 kernels"),
            met: primary <= 1e-8,
        },
        Target {
            asked: "two resonant modes: supercritical for r < ½, subcritical with a fold beyond",
            measured: format!("{agree} of {} values of r", results.resonance.len()),
            met: agree == results.resonance.len(),
        },
        Target {
            asked: "example *branches*: both observed states found without being given, and stable",
            measured: format!("within {far:.1e} of the data"),
            met: far <= 1e-6 && places.stable.iter().all(|s| *s),
        },
        Target {
            asked: "at least one unstable state between them",
            measured: format!("{saddles}"),
            met: saddles > 0,
        },
        Target {
            asked: "200 states at 256 nodes below 1 s",
            measured: in_words(&times.branch, times.branch.states),
            met: times.branch.processor_seconds < 1.0 && times.branch.states >= 200,
        },
        Target {
            asked: "a diagram with five branches below 5 s",
            measured: in_words(&times.diagram, times.diagram.branches),
            met: times.diagram.processor_seconds < 5.0 && times.diagram.branches >= 5,
        },
    ]
}

fn in_words(time: &Time, count: usize) -> String {
    let Time { seconds, processor_seconds, .. } = time;
    format!("{processor_seconds:.2} s of the processor for {count} ({seconds:.2} s by the clock)")
}

fn uniform(results: &Results) -> String {
    let mut text = String::from(
        "\n## The uniform state\n\nW = −exp(3 (cos x − 1)), L = 2π: the first ten modes, each a \
         double eigenvalue, beside λ_k = −k² (σ + κ Ŵ_k/L). Errors are relative to the larger of 1 \
         and |λ_k|.\n\n| σ | κ | unstable directions | largest error |\n|---|---|---|---|\n",
    );
    for d in &results.dispersion {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1e} |",
            d.diffusion, d.coupling, d.unstable, d.error
        );
    }
    text.push_str("\n| kernel | primary branch points κ_k | largest error |\n|---|---|---|\n");
    for p in &results.primary {
        let exact: Vec<String> = p.exact.iter().map(|e| format!("{e:.4}")).collect();
        let _ = writeln!(text, "| {} | {} | {:.1e} |", p.kernel, exact.join(", "), p.error());
    }
    text
}

fn resonance(results: &Results) -> String {
    let mut text = String::from(
        "\n## Continuous and discontinuous transitions\n\nW = −cos x − r cos 2x, σ = 1. The uniform \
         state loses stability at κ = 2. For r < ½ stable clustered states appear there \
         (a continuous transition); for ½ < r < 1 the two resonant modes make the branch \
         subcritical: it is unstable until it turns at a fold before κ = 2, and the transition is \
         discontinuous, as Carrillo, Gvalani, Pavliotis and Schlichting (Arch. Ration. Mech. Anal. \
         235 (2020) 635, section 5) prove for resonating modes. That r = ½ divides the two follows \
         from the expansion to third order at the head of `benches/src/branches/resonance.rs`.\n\n\
         ![Branches for r = 0.3, r = 0.8 and the example branches](branches.svg)\n\n\
         | r | fold at κ | unstable directions at the start | at κ = 3.5 | as theory has it |\n\
         |---|---|---|---|---|\n",
    );
    let mut sorted: Vec<_> = results.resonance.iter().collect();
    sorted.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    for r in sorted {
        let fold = r.fold.map_or("–".to_owned(), |f| format!("{f:.8}"));
        let agrees = if r.agrees() { "yes" } else { "**no**" };
        let _ = writeln!(
            text,
            "| {} | {fold} | {} | {} | {agrees} |",
            r.ratio, r.first_unstable, r.last_unstable
        );
    }
    text
}

fn places(results: &Results) -> String {
    let places = &results.places;
    let count = |k: usize| places.unstable.iter().filter(|&&u| u == k).count();
    let most = places.unstable.iter().copied().max().unwrap_or(0);
    let by_count: Vec<String> =
        (0..=most).map(|k| format!("{} with {k} unstable directions", count(k))).collect();
    let distances: Vec<String> = places.distances.iter().map(|d| format!("{d:.1e}")).collect();
    format!(
        "\n## Two observed states of one equation\n\nThe example *branches* with its true W and V, \
         from the uniform density: {} branches, and at κ = {} {} states: {}. Relative distances \
         of the observed states from the nearest of them: {}.\n",
        places.branches,
        places.coupling,
        places.unstable.len(),
        by_count.join(", "),
        distances.join(" and ")
    )
}

fn times(results: &Results) -> String {
    let mut text = String::from(
        "\n## Times\n\n256 nodes, σ = 0.3, stability of every state included, one thread; the \
         shortest of three runs. Processor time is what counts on a busy machine.\n\n| kernel | branches | states | evaluations of T | products with I − ∂T/∂u | processor, s | clock, s |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for t in [&results.times.branch, &results.times.diagram] {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} | {:.2} |",
            t.kernel,
            t.branches,
            t.states,
            t.map_evaluations,
            t.jacobian_products,
            t.processor_seconds,
            t.seconds
        );
    }
    text
}

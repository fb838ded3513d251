//! Whether data determine unknowns: verdicts that follow from the equation, and their proofs.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use lacuna::core::Flow;
use lacuna::identify::{BAND, Verdict};
use lacuna::problem::{Constraint, Problem, SurrogateSpec, UnknownFunction};
use lacuna::{DiagnosePlan, Diagnosed, diffusion_reaction};

/// Aggregation-diffusion on a circle of length 1 with σ = 0.1, 64 nodes, and planned experiments.
fn circle(rest: &str) -> DiagnosePlan {
    plan(&format!(
        "[model]\nkind = \"aggregation-diffusion\"\n{rest}\n\
         [domain]\nboundary = \"periodic\"\ncells = [64]\n"
    ))
}

fn plan(text: &str) -> DiagnosePlan {
    let loaded = Problem::from_str(text, ".".as_ref()).unwrap();
    DiagnosePlan::new(&loaded).unwrap()
}

fn run(plan: &DiagnosePlan) -> Diagnosed {
    plan.run(&|| Flow::Continue).unwrap()
}

fn codes(diagnosed: &Diagnosed, name: &str) -> Vec<&'static str> {
    let unknown = diagnosed.unknowns.iter().find(|u| u.name == name).unwrap();
    unknown.reasons.iter().map(|r| r.code).collect()
}

const W_AND_V: &str = "diffusion = 0.1
[functions.W]
surrogate = \"fourier\"
symmetry = \"even\"
[functions.V]
surrogate = \"fourier\"
[truth]
W = \"-cos(2*pi*x) + 0.3*cos(4*pi*x)\"
V = \"0.1*sin(2*pi*x) + 0.04*cos(6*pi*x)\"
";

fn experiment(coupling: f64, more: &str) -> String {
    format!("[[experiments]]\ncoupling = {coupling}\nnoise = 1e-4\n{more}\n")
}

#[test]
fn one_state_cannot_separate_kernel_and_potential_and_two_can() {
    let one = run(&circle(&format!("{W_AND_V}{}", experiment(0.1, ""))));
    assert_eq!(one.verdict("W"), Some(Verdict::Structurally));
    assert_eq!(one.verdict("V"), Some(Verdict::Structurally));
    assert_eq!(codes(&one, "W"), ["one-state"]);
    assert!(one.unknowns.iter().all(|u| u.separate.verdict == Verdict::Identified));

    let two = format!("{W_AND_V}{}{}", experiment(0.05, ""), experiment(0.2, ""));
    let two = run(&circle(&two));
    assert_eq!(two.joint.verdict, Verdict::Identified);
    assert!(two.unknowns.iter().all(|u| u.reasons.is_empty()));

    let push = experiment(0.1, "push = \"0.2*cos(2*pi*x) + 0.1*sin(4*pi*x)\"");
    let pushed = run(&circle(&format!("{W_AND_V}{}{push}", experiment(0.1, ""))));
    assert_eq!(pushed.joint.verdict, Verdict::Identified);
}

#[test]
fn coupling_and_kernel_act_as_their_product() {
    let text = |experiments: &str| {
        format!(
            "diffusion = 0.1\ncoupling = {{ unknown = true, initial = 0.2 }}\n\
             [functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"\n\
             [functions.V]\nexpression = \"0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)\"\n\
             [truth]\nW = \"-cos(2*pi*x)\"\ncoupling = 0.15\n{experiments}"
        )
    };
    let unknown = "[[experiments]]\nnoise = 1e-5\n";
    let product = run(&circle(&text(unknown)));
    assert_eq!(product.verdict("W"), Some(Verdict::Structurally));
    assert_eq!(product.verdict("coupling"), Some(Verdict::Structurally));
    assert_eq!(codes(&product, "coupling"), ["only-as-product"]);
    // Known in one experiment, W follows from that, and with it the other coupling.
    let fixed = run(&circle(&text(&format!("{unknown}{}", experiment(0.1, "")))));
    assert_eq!(fixed.verdict("coupling"), Some(Verdict::Identified));
}

#[test]
fn diffusion_kernel_and_potential_share_a_scale_that_a_push_sets() {
    let base = W_AND_V
        .replace("diffusion = 0.1", "diffusion = { unknown = true, initial = 0.1 }")
        .replace("[truth]", "[truth]\ndiffusion = 0.1");
    let free = format!("{base}{}{}", experiment(0.05, ""), experiment(0.2, ""));
    let free = run(&circle(&free));
    for name in ["W", "V", "diffusion"] {
        assert_eq!(free.verdict(name), Some(Verdict::Structurally), "{name}");
        assert!(codes(&free, name).contains(&"only-up-to-scale"), "{name}");
    }
    let pushed =
        format!("{base}{}{}", experiment(0.05, ""), experiment(0.2, "push = \"0.1*cos(2*pi*x)\""));
    assert_eq!(run(&circle(&pushed)).verdict("diffusion"), Some(Verdict::Identified));
}

const W_ALONE: &str = "diffusion = 0.1
[functions.W]
surrogate = \"fourier\"
symmetry = \"even\"
";

#[test]
fn a_kernel_acts_through_the_modes_of_the_states() {
    let truth = "[truth]\nW = \"-cos(2*pi*x)\"\n";
    let constant =
        format!("{W_ALONE}[functions.V]\nexpression = \"0\"\n{truth}{}", experiment(0.1, ""));
    let constant = run(&circle(&constant));
    assert_eq!(constant.verdict("W"), Some(Verdict::Structurally));
    assert_eq!(codes(&constant, "W"), ["constant-state"]);
    assert_eq!(constant.unknowns[0].joint.directions, 0);

    // A potential of half the period makes a state of half the period.
    let half = format!(
        "{W_ALONE}[functions.V]\nexpression = \"0.1*cos(4*pi*x)\"\n{truth}{}",
        experiment(0.1, "")
    );
    let half = run(&circle(&half));
    assert_eq!(half.verdict("W"), Some(Verdict::Structurally));
    assert_eq!(codes(&half, "W"), ["symmetry-of-data"]);

    let uncoupled = format!(
        "{W_ALONE}[functions.V]\nexpression = \"0.1*cos(2*pi*x)\"\n{truth}{}",
        experiment(0.0, "")
    );
    assert_eq!(codes(&run(&circle(&uncoupled)), "W"), ["no-influence"]);
}

#[test]
fn a_potential_is_seen_where_there_are_data() {
    let text = |points: &str, noise: f64| {
        format!(
            "diffusion = 0.1\n[functions.W]\nexpression = \"0\"\n\
             [functions.V]\nsurrogate = \"fourier\"\n\
             [truth]\nV = \"0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)\"\n\
             [[experiments]]\nnoise = {noise}\npoints = {points}\n"
        )
    };
    let everywhere = run(&circle(&text("64", 1e-3)));
    assert_eq!(everywhere.verdict("V"), Some(Verdict::Identified));
    let left: Vec<String> = (0..40).map(|i| (i as f64 / 80.0).to_string()).collect();
    let half = run(&circle(&text(&format!("[{}]", left.join(", ")), 1e-3)));
    assert_ne!(half.verdict("V"), Some(Verdict::Identified));
    assert_eq!(codes(&half, "V"), ["no-data-there"]);
    let noisy = run(&circle(&text("64", 2.0)));
    assert_eq!(noisy.verdict("V"), Some(Verdict::Practically));
    assert_eq!(codes(&noisy, "V"), ["noise"]);
    let few = run(&circle(&text("3", 1e-3)));
    assert_eq!(few.verdict("V"), Some(Verdict::Structurally));
}

#[test]
fn bands_are_those_of_the_normal_equations_and_more_data_narrow_them() {
    let text = format!(
        "{W_AND_V}{}{}",
        experiment(0.05, "points = 30").replace("1e-4", "2e-2"),
        experiment(0.2, "points = 30").replace("1e-4", "2e-2")
    );
    let plan = circle(&text);
    let examination = plan.examine(&|| Flow::Continue).unwrap();
    let s = examination.sensitivity.whitened();
    let d = s.ncols();
    let mut information = s.transpose() * &s;
    for i in 0..d {
        information[(i, i)] += 1.0;
    }
    // The inverse by Gauss-Jordan elimination.
    let mut inverse: Vec<Vec<f64>> = (0..d)
        .map(|i| {
            let own = (0..d).map(|j| information[(i, j)]);
            own.chain((0..d).map(|j| f64::from(u8::from(i == j)))).collect()
        })
        .collect();
    for i in 0..d {
        let pivot = inverse[i][i];
        inverse[i].iter_mut().for_each(|v| *v /= pivot);
        let row = inverse[i].clone();
        for (k, other) in inverse.iter_mut().enumerate().filter(|(k, _)| *k != i) {
            let factor = other[i];
            assert!(k < d);
            other.iter_mut().zip(&row).for_each(|(o, r)| *o -= factor * r);
        }
    }
    for (a, found) in examination.diagnosis.unknowns.iter().enumerate() {
        let prior = &examination.sensitivity.priors[a];
        let columns = examination.sensitivity.columns[a].clone();
        let variance: f64 = columns
            .zip(prior.standard_deviations())
            .map(|(j, sd)| sd * sd * inverse[j][d + j])
            .sum();
        let expected = BAND * variance.sqrt() / prior.amplitude();
        let band = found.joint.relative_band;
        assert!((band - expected).abs() < 1e-8 * expected, "{band} {expected}");
        assert!(found.separate.relative_band <= band * (1.0 + 1e-12));
    }
    let factor = examination.diagnosis.unknowns[0].more_data;
    if let Some(factor) = factor.filter(|f| *f > 1.0) {
        let sharper = text.replace("2e-2", &format!("{}", 2e-2 / factor.sqrt()));
        assert_eq!(run(&circle(&sharper)).verdict("W"), Some(Verdict::Identified));
    }
}

#[test]
fn an_unseen_change_gives_other_functions_with_the_same_states() {
    let plan = circle(&format!("{W_AND_V}{}", experiment(0.1, "")));
    let examination = plan.examine(&|| Flow::Continue).unwrap();
    let z = &examination.diagnosis.unknowns[0].weakest;
    let other = examination.nominal.alternative(z, 1e-3).unwrap();
    // Far from the nominal kernel, and every prediction within a thousandth of the noise.
    assert!(other.distances[0] > 0.3 * examination.diagnosis.unknowns[0].scale, "{other:?}");
    assert!(other.largest_residual < 1e-2, "{}", other.largest_residual);
    assert!(other.state_change < 1e-5, "{}", other.state_change);
}

#[test]
fn draws_from_the_prior_say_over_how_many_the_verdict_holds() {
    let text = W_AND_V.split("[truth]").next().unwrap().to_owned();
    let plan = circle(&format!("{text}{}\n[diagnose]\ndraws = 6\n", experiment(0.1, "")));
    let diagnosed = run(&plan);
    assert_eq!(diagnosed.nominal.source, "prior");
    assert_eq!(diagnosed.verdict("W"), Some(Verdict::Structurally));
    assert_eq!(diagnosed.unknowns[0].holds, diagnosed.nominal.draws);
    let again = run(&plan);
    assert_eq!(again.unknowns[0].joint, diagnosed.unknowns[0].joint);
}

/// −(a u')' = 1 with u = 1.5 x + 0.5 x² and a = (3 − x)/u', exactly known at many points.
#[test]
fn a_recovery_from_an_exact_monotone_state_owns_up_to_the_flux_constant() {
    let x: Vec<f64> = (0..=200).map(|i| f64::from(i) / 200.0).collect();
    let u: Vec<f64> = x.iter().map(|x| 1.5 * x + 0.5 * x * x).collect();
    let class = UnknownFunction {
        constraints: vec![Constraint::Positive],
        ..SurrogateSpec::Fourier { modes: 32 }.into()
    };
    let mut loaded = diffusion_reaction()
        .domain(0.0, 1.0, 200)
        .unknown("a", class)
        .known("k", "0")
        .known("f", "1")
        .state(&x, &u, &[])
        .truth("a", "(3 - x)/(1.5 + x)")
        .build()
        .unwrap();
    loaded.problem.experiments[0].boundary_values = vec![0.0, 2.0];
    let recovery = lacuna::recover(&loaded, &|_| Flow::Continue).unwrap();
    let diagnosed = recovery.diagnosis.unwrap();
    assert_eq!(diagnosed.verdict("a"), Some(Verdict::Structurally));
    assert_eq!(codes(&diagnosed, "a"), ["flux-constant"]);
    // The direction is that of c/u': of ln a, c/(a u') at the function that was recovered.
    let unknown = &diagnosed.unknowns[0];
    let slope = |x: f64| 1.5 + x;
    let first = unknown.weakest[0][0] * unknown.nominal[0] * slope(0.0);
    for ((x, change), a) in unknown.x.iter().zip(&unknown.weakest[0]).zip(&unknown.nominal) {
        let ratio = change * a * slope(*x) / first;
        // At the ends cosines follow a slope slowly.
        assert!((ratio - 1.0).abs() < 0.06, "{ratio} at {x}");
    }
    // And the band says so too.
    assert!(unknown.joint.relative_band > unknown.joint.unseen * 0.99, "{:?}", unknown.joint);
}

#[test]
fn a_repeated_experiment_adds_no_state() {
    let again = format!("{W_AND_V}{}{}", experiment(0.1, ""), experiment(0.1, "points = 30"));
    let again = run(&circle(&again));
    assert_eq!(again.verdict("W"), Some(Verdict::Structurally));
    assert_eq!(codes(&again, "W"), ["one-state"]);
    assert!(again.remarks.iter().any(|r| r.contains("1 and 2 are the same state")), "{again:?}");
    let other = format!("{W_AND_V}{}{}", experiment(0.1, ""), experiment(0.1001, ""));
    let other = run(&circle(&other));
    assert!(other.remarks.is_empty(), "{:?}", other.remarks);
}

//! The flux constant, and its kin for two unknown functions.
//!
//! A state u with known k and f gives (a u')': the flux up to a constant C, and a up to δa = C/u'. That is a
//! function unless u' vanishes somewhere, or another state, whose slope is not a multiple of the first,
//! excludes it. For two unknown functions the part of u' is played by the difference v of two states (a and
//! f), by their Wronskian w (a and k), or the constant is the factor that all terms share.
//!
//! The labels were derived before the diagnosis was run.

use super::{Design, IDENTIFIED, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "flux-monotone",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 200, noise = 0.0001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other.",
    },
    Design {
        name: "flux-monotone-1e-8",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 60, noise = 1e-8 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other. Precision does not help.",
    },
    Design {
        name: "flux-monotone-1e-6",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "fourier" }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 200, noise = 1e-6 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other. Nor does it matter that the logarithm is not what is sought.",
    },
    Design {
        name: "flux-monotone-1e-2",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "spline", constraint = "positive" }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 60, noise = 0.01 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other. What noise hides beyond that is another matter.",
    },
    Design {
        name: "flux-zero-ends",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 0], points = 200, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "The state has a maximum inside, where the flux is zero.",
    },
    Design {
        name: "flux-low-end",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "fourier" }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 0.1], points = 200, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "a u' = q − x with q = (0.1 + ∫x/a)/∫1/a, about 0.6: a zero inside.",
    },
    Design {
        name: "flux-two-ends",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 200, noise = 0.00001 },
    { boundary_values = [0, 4], points = 200, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "Both states are monotone, but δa = C/u_1' = C'/u_2' would need u_2' ∝ u_1': the two fluxes differ by a constant and both have the slope −1, so only C = 0 is left.",
    },
    Design {
        name: "flux-no-source-two-ends",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "fourier" }
functions.k = { expression = "0" }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [0, 2], points = 200, noise = 0.00001 },
    { boundary_values = [0, 4], points = 200, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "Without a source u_2' = 2 u_1': the second state says nothing new, and the size of a stays open.",
    },
    Design {
        name: "flux-no-source-shifted",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [0, 2], points = 200, noise = 0.00001 },
    { boundary_values = [1, 2], points = 200, noise = 0.00001 },
    { boundary_values = [3, -1], points = 200, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "Without a source and a rate all states are one function, stretched and shifted.",
    },
    Design {
        name: "flux-reaction-monotone",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "1" }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [0, 1], points = 200, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "(a u')' = u > 0 and u' > 0 at 0: the flux rises from a positive value and has no zero.",
    },
    Design {
        name: "flux-reaction-minimum",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "1" }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "u is convex with equal ends: a minimum inside.",
    },
    Design {
        name: "flux-reaction-opposite",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "1" }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [1, 0], points = 200, noise = 0.000001 },
    { boundary_values = [0, 1], points = 200, noise = 0.000001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "Two monotone states, one falls and one rises, in other proportions at every place: u_2'/u_1' is not constant since u_1 + c u_2 is constant for no c while k = 1.",
    },
    Design {
        name: "flux-reaction-proportional",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "1" }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [0, 1], points = 200, noise = 0.000001 },
    { boundary_values = [0, 2], points = 200, noise = 0.000001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "The equation has no source: the second state is twice the first.",
    },
    Design {
        name: "flux-zero-at-one-end",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "2.4674011002723395*cos(pi*x/2)" }
experiments = [
    { boundary_values = [3, 2], points = 200, noise = 0.00001 },
]
truth = { a = "1" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "u = 2 + cos(πx/2): u' is zero at x = 0 only, where C/u' grows like 1/x: no function that could be meant.",
    },
    Design {
        name: "flux-small-at-one-end",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "-1" }
experiments = [
    { boundary_values = [0, 0.8], points = 200, noise = 0.00001 },
]
truth = { a = "1" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "a u' = 0.3 + x: small at the left end and not zero. ln a may change by C/(0.3 + x).",
    },
    Design {
        name: "flux-very-small-at-one-end",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "-1" }
experiments = [
    { boundary_values = [0, 0.55], points = 200, noise = 0.00001 },
]
truth = { a = "1" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "a u' = 0.05 + x: C/(0.05 + x) changes ln a by more than half of its scale, at one standard deviation.",
    },
    Design {
        name: "flux-touches-zero",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1 - 2*x" }
experiments = [
    { boundary_values = [-0.041666666666666667, 0.041666666666666667], points = 200, noise = 1e-7 },
]
truth = { a = "1" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "u' = (x − ½)² touches zero and does not cross it: C/u' is not even integrable.",
    },
    Design {
        name: "flux-layers",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 3], points = 200, noise = 0.0001 },
]
truth = { a = "2 + tanh((x - 0.5)/0.01)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "Two layers. The flux is q − x without a zero whatever a does: ln a may change by C/(q − x), which is smooth.",
    },
    Design {
        name: "flux-layers-unconstrained",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "fourier" }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 3], points = 200, noise = 0.0001 },
]
truth = { a = "2 + tanh((x - 0.5)/0.01)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "As flux-layers, with δa = C a/(q − x) itself layered.",
    },
    Design {
        name: "flux-strong-oscillation",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "4*pi*cos(2*pi*x)" }
experiments = [
    { boundary_values = [0, 5], points = 200, noise = 0.0001 },
]
truth = { a = "1" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "a u' = 5 − 2 sin 2πx: the source changes sign, the flux does not.",
    },
];

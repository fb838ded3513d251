//! More of `flux.rs`: the flux constant, and its kin for two unknown functions.
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
        name: "flux-weak-oscillation",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "4*pi*cos(2*pi*x)" }
experiments = [
    { boundary_values = [0, 1], points = 200, noise = 0.00001 },
]
truth = { a = "1" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "a u' = 1 − 2 sin 2πx has two zeros.",
    },
    Design {
        name: "flux-falling",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "fourier" }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [5, 1], points = 40, noise = 0.0001 },
]
truth = { a = "2 + cos(2*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "a u' = q − x with q < 0.",
    },
    Design {
        name: "flux-few-points",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 8, noise = 0.0001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other. Eight values cannot say more than all.",
    },
    Design {
        name: "flux-repeated",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 100, noise = 0.0001 },
    { boundary_values = [0, 2], points = 150, noise = 0.0001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other. The same state again adds nothing.",
    },
    Design {
        name: "flux-half-seen",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5], noise = 0.0001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other. Fewer measurements do not make it better.",
    },
    Design {
        name: "flux-metres",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200], length = [1000.0] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1e-7" }
experiments = [
    { boundary_values = [0, 200], points = 100, noise = 0.01 },
]
truth = { a = "0.001*(1 + 0.5*sin(0.003*x))" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "flux-monotone on a kilometre, with a in m²/s and a state of 200.",
    },
    Design {
        name: "flux-metres-zero-ends",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200], length = [1000.0] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1e-7" }
experiments = [
    { boundary_values = [0, 0], points = 200, noise = 0.001 },
]
truth = { a = "0.001*(1 + 0.5*sin(0.003*x))" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "flux-zero-ends on a kilometre.",
    },
    Design {
        name: "flux-coarse-grid",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [64] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 0], points = 50, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "flux-zero-ends on 64 cells: the spike at the maximum is wide, and still a spike.",
    },
    Design {
        name: "flux-fine-grid",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [1000] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [
    { boundary_values = [0, 2], points = 100, noise = 0.00001 },
]
truth = { a = "1 + 0.5*sin(3*x)" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "With (0, 2) at the ends a u' = q − x has q near 3: no zero, so δa = C/u' is a function like any other.",
    },
    Design {
        name: "source-alone-monotone",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.1" }
functions.k = { expression = "0" }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [0, 2], points = 200, noise = 0.00001 },
]
truth = { f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[label("f", IDENTIFIED, IDENTIFIED)],
        reasoning: "f = −(a u')' is one function of the state, whether u is monotone or not.",
    },
    Design {
        name: "rate-sign-change",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.1" }
functions.k = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [-1, 1], points = 200, noise = 0.000001 },
]
truth = { k = "1 + 0.3*cos(pi*x)" }
"#,
        labels: &[label("k", IDENTIFIED, IDENTIFIED)],
        reasoning: "k = (a u')'/u; u crosses zero at one place, where k is seen from both sides.",
    },
    Design {
        name: "conductivity-and-source-one-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { expression = "0" }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [0, 0], points = 200, noise = 0.000001 },
]
truth = { a = "1 + 0.2*cos(pi*x)", f = "2" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("f", STRUCTURAL, IDENTIFIED)],
        reasoning: "f = −(a u')' for every a. With f known the maximum fixes a, and with a known f follows.",
    },
    Design {
        name: "conductivity-and-source-two-states",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { expression = "0" }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [0, 0], points = 200, noise = 0.000001 },
    { boundary_values = [0, 2], points = 200, noise = 0.000001 },
]
truth = { a = "1 + 0.2*cos(pi*x)", f = "2" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("f", STRUCTURAL, IDENTIFIED)],
        reasoning: "The difference v of the states has a v' = C, so δa = c a with δf = c f: the scale that both share stays open for any boundary values.",
    },
    Design {
        name: "conductivity-and-source-reaction",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { expression = "2" }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
    { boundary_values = [2, 2], points = 200, noise = 0.000001 },
]
truth = { a = "0.3", f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED), label("f", IDENTIFIED, IDENTIFIED)],
        reasoning: "−(a v')' + k v = 0 for the difference v, which is 1 at both ends and has a minimum inside: a follows from v, and then f.",
    },
    Design {
        name: "conductivity-and-source-reaction-monotone",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { expression = "2" }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
    { boundary_values = [2, 1], points = 200, noise = 0.000001 },
]
truth = { a = "0.3", f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("f", STRUCTURAL, IDENTIFIED)],
        reasoning: "The difference v falls from 1 to 0 without an extremum: δa = C/v' with δf = −(δa u_1')' leaves both states. With f known a zero of u_1' fixes a, since k u_1 − f changes sign in the balance of the first state with equal ends.",
    },
    Design {
        name: "rate-and-source-again-one-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.1" }
functions.k = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
]
truth = { k = "2", f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[label("k", STRUCTURAL, IDENTIFIED), label("f", STRUCTURAL, IDENTIFIED)],
        reasoning: "f = k u − (a u')' for every k.",
    },
    Design {
        name: "rate-and-source-crossing",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.3" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
    { boundary_values = [3, -1], points = 200, noise = 0.000001 },
]
truth = { k = "2", f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[label("k", IDENTIFIED, IDENTIFIED), label("f", IDENTIFIED, IDENTIFIED)],
        reasoning: "The difference of the states falls from 2 to −2: k = (a v')'/v but for the one place where v = 0, which is seen from both sides.",
    },
    Design {
        name: "conductivity-and-rate-three-states",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { expression = "6" }
experiments = [
    { boundary_values = [1, 0], points = 200, noise = 0.000001 },
    { boundary_values = [0, 1], points = 200, noise = 0.000001 },
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
]
truth = { a = "1", k = "3" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED), label("k", IDENTIFIED, IDENTIFIED)],
        reasoning: "Differences of the three states are all solutions without a source, which leave a and k open up to a factor; the known source fixes that.",
    },
    Design {
        name: "conductivity-and-rate-monotone-ratio",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { expression = "3" }
experiments = [
    { boundary_values = [2, 1], points = 200, noise = 0.000001 },
    { boundary_values = [1, 2], points = 200, noise = 0.000001 },
]
truth = { a = "1", k = "3" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("k", STRUCTURAL, IDENTIFIED)],
        reasoning: "w = u_2 u_1' − u_1 u_2' is negative everywhere: at the ends u_1' u_2 < u_2' u_1, and (a w)' = f (u_2 − u_1)·(−1) changes sign once, from rising to falling or back, without reaching zero. δa = C/w with δk = (δa u_1')'/u_1 leaves both.",
    },
    Design {
        name: "all-three-one-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
]
truth = { a = "0.3", k = "2", f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[
            label("a", STRUCTURAL, IDENTIFIED),
            label("k", STRUCTURAL, IDENTIFIED),
            label("f", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "One balance, three functions.",
    },
    Design {
        name: "all-three-three-states",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.000001 },
    { boundary_values = [3, 1], points = 200, noise = 0.000001 },
    { boundary_values = [1, 3], points = 200, noise = 0.000001 },
]
truth = { a = "0.3", k = "2", f = "1 + 0.5*cos(pi*x)" }
"#,
        labels: &[
            label("a", STRUCTURAL, IDENTIFIED),
            label("k", STRUCTURAL, IDENTIFIED),
            label("f", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "The equation may be multiplied by any number, for any boundary values.",
    },
];

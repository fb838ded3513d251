//! Three unknowns at once.

use super::{Design, IDENTIFIED, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "triple-scale",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.2, points = 128, noise = 0.001 },
    { coupling = 1.5, points = 128, noise = 0.001 },
]
truth = { diffusion = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[
            label("W", STRUCTURAL, IDENTIFIED),
            label("V", STRUCTURAL, IDENTIFIED),
            label("diffusion", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "σ log u + κ W*u + V = c may be multiplied by any number: σ, V and W are determined only up to a common factor, whatever \
                    couplings are used.",
    },
    Design {
        name: "triple-one-symmetric-push",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { points = 128, noise = 0.0002 },
    { push = "-1.5*cos(4*pi*x)", points = 128, noise = 0.0002 },
]
truth = { diffusion = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + 0.6*cos(4*pi*x)" }
"#,
        labels: &[
            label("W", STRUCTURAL, IDENTIFIED),
            label("V", STRUCTURAL, IDENTIFIED),
            label("diffusion", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "A known push breaks the common factor, but here V, P and W are even. With σ' = (1 + ε) σ each mode has two real equations for W_k and \
                    V_k and they always have a solution: W'_k − (1 + ε) W_k = ε P_k/(κ (û_2k − û_1k)). Only the modes of P change, and σ stays open.",
    },
    Design {
        name: "triple-one-skew-push",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { points = 128, noise = 0.0002 },
    { push = "-2*cos(2*pi*x) + 2*sin(4*pi*x) + 2*cos(6*pi*x)", points = 128, noise = 0.0002 },
]
truth = { diffusion = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[
            label("W", IDENTIFIED, IDENTIFIED),
            label("V", IDENTIFIED, IDENTIFIED),
            label("diffusion", IDENTIFIED, IDENTIFIED),
        ],
        reasoning: "As triple-one-symmetric-push, but V and P have no common centre of symmetry: P_k/(û_2k − û_1k) is not real, and a \
                    kernel that is known to be even cannot follow it. Two states and one push determine all three unknowns.",
    },
    Design {
        name: "triple-three-states",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.0, points = 128, noise = 0.001 },
    { coupling = 1.5, points = 128, noise = 0.001 },
    { coupling = 0.0, push = "2*sin(2*pi*x)", points = 128, noise = 0.001 },
]
truth = { diffusion = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[
            label("W", IDENTIFIED, IDENTIFIED),
            label("V", IDENTIFIED, IDENTIFIED),
            label("diffusion", IDENTIFIED, IDENTIFIED),
        ],
        reasoning: "Without interaction, with and without the push: σ (log u_3 − log u_1) + P = c gives σ, the first state then V, and the interacting one W.",
    },
    Design {
        name: "triple-product",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.0, points = 128, noise = 0.001 },
    { points = 128, noise = 0.001 },
]
truth = { coupling = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[
            label("W", STRUCTURAL, IDENTIFIED),
            label("V", IDENTIFIED, IDENTIFIED),
            label("coupling", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "The state known to be without interaction gives V, the other the product κ W. The factor between κ and W \
                    stays open: one unknown is determined, two are not.",
    },
    Design {
        name: "triple-product-resolved",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.0, points = 128, noise = 0.001 },
    { points = 128, noise = 0.001 },
    { coupling = 0.5, points = 128, noise = 0.001 },
]
truth = { coupling = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[
            label("W", IDENTIFIED, IDENTIFIED),
            label("V", IDENTIFIED, IDENTIFIED),
            label("coupling", IDENTIFIED, IDENTIFIED),
        ],
        reasoning: "A third state at a known κ ≠ 0 gives W itself, and the second then its κ.",
    },
];

//! W and V from two branches: different stable states of one equation, at the same κ.
//!
//! σ (log u_1 − log u_2)_k + κ W_k (û_1 − û_2)_k = 0: the second branch separates W from V in the modes in
//! which the states differ. The key `initial` picks the branch.

use super::{Design, IDENTIFIED, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "branches",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 8.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { initial = "exp(5*cos(2*pi*(x - 0.25)))", points = 128, noise = { relative = 0.005 } },
    { initial = "exp(5*cos(2*pi*(x - 0.75)))", points = 128, noise = { relative = 0.005 } },
]
truth = { W = "-0.6*cos(2*pi*x) - 0.1*cos(4*pi*x)", V = "1.2*cos(4*pi*x) + 0.3*sin(2*pi*x) + 0.3*cos(6*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "Attraction is beyond critical and V has two unequal wells, so the population can gather in either. The two \
                    states differ in every noticeable mode, also the even ones: the potential has no symmetry that \
                    would map one onto the other.",
    },
    Design {
        name: "branches-half-period",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 8.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier", prior = { amplitude = 2.0 } }
experiments = [
    { initial = "exp(5*cos(2*pi*(x - 0.25)))", points = 128, noise = { relative = 0.005 } },
    { initial = "exp(5*cos(2*pi*(x - 0.75)))", points = 128, noise = { relative = 0.005 } },
]
truth = { W = "-0.6*cos(2*pi*x) - 0.1*cos(4*pi*x)", V = "1.2*cos(4*pi*x) + 0.4*sin(8*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("V", STRUCTURAL, IDENTIFIED)],
        reasoning: "V has period L/2, so the second branch is the first moved by L/2: û_2k = (−1)^k û_1k. In the even modes both \
                    states give one and the same equation, and W_2 and V_2 are not separated.",
    },
    Design {
        name: "branches-mirrored",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 8.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { initial = "exp(5*cos(2*pi*(x - 0.2)))", points = 128, noise = { relative = 0.005 } },
    { initial = "exp(5*cos(2*pi*(x - 0.8)))", points = 128, noise = { relative = 0.005 } },
]
truth = { W = "-0.6*cos(2*pi*x) - 0.1*cos(4*pi*x)", V = "1.2*cos(4*pi*x) - 0.5*cos(2*pi*x) + 0.3*cos(6*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "V is even and its wells lie at ± x_0, so u_2(x) = u_1(−x) and û_2k is the conjugate of û_1k. Unlike a \
                    translation by L/2 this loses nothing: Im û_k ≠ 0 in every noticeable mode, and the imaginary parts of the \
                    equations, free of V, determine W_k.",
    },
];

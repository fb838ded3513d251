//! The kernel W and the potential V together, from states that differ in κ, mass or a known push.
//!
//! σ (log u_e)_k + κ_e W_k û_ek + V_k + P_ek = 0. V absorbs W in one state; two states determine W_k
//! through κ_2 û_2k − κ_1 û_1k, and then V.

use super::{Design, IDENTIFIED, PRACTICAL, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "pair-one-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("V", STRUCTURAL, IDENTIFIED)],
        reasoning: "For any kernel V = −σ log u − κ W*u has exactly this state: one state cannot separate W from V. \
                    With either known, the other follows, since the state has all noticeable modes.",
    },
    Design {
        name: "pair-replicates",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { points = 128, noise = 0.001 },
    { points = 128, noise = 0.001 },
    { points = 128, noise = 0.001 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("V", STRUCTURAL, IDENTIFIED)],
        reasoning: "Three measurements of the same state lower the noise and add no equation: as pair-one-state.",
    },
    Design {
        name: "pair-two-couplings",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.2, points = 128, noise = 0.001 },
    { coupling = 1.5, points = 128, noise = 0.001 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "κ_2 û_2k − κ_1 û_1k is far from zero for the modes 1 to 4, so the difference of the two states determines \
                    the kernel, and either state then the potential.",
    },
    Design {
        name: "pair-without-symmetry",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.2, points = 128, noise = 0.001 },
    { coupling = 1.5, points = 128, noise = 0.001 },
]
truth = { W = "-cos(2*pi*x) + 0.3*sin(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "The argument of pair-two-couplings in complex numbers: two complex equations a mode for two complex \
                    unknowns W_k and V_k.",
    },
    Design {
        name: "pair-free-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.0, points = 128, noise = 0.001 },
    { coupling = 1.5, points = 128, noise = 0.001 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "The state without interaction gives V = −σ log u alone; with V known the interacting state gives W.",
    },
    Design {
        name: "pair-two-masses",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { mass = 0.2, points = 128, noise = 0.0002 },
    { mass = 1.5, points = 128, noise = 0.0015 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "With p = u/M the equation is σ log p + κ M W*p + V = c: the mass acts as the coupling does. Another \
                    number of individuals separates W from V as another κ would.",
    },
    Design {
        name: "pair-same-product",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 1.0, mass = 1.0, points = 128, noise = 0.001 },
    { coupling = 0.5, mass = 2.0, points = 128, noise = 0.001 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("V", STRUCTURAL, IDENTIFIED)],
        reasoning: "Coupling and mass act only as their product κ M, which is 1 in both experiments: the two states are \
                    the same up to a factor, and cannot separate W from V.",
    },
    Design {
        name: "pair-known-push",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { points = 128, noise = 0.001 },
    { push = "-1.5*cos(2*pi*x) - 2*sin(4*pi*x) - 1.6*cos(6*pi*x) + 0.6*cos(8*pi*x)", points = 128, noise = 0.001 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "A known push P moves the state at the same κ: σ (log u_2 − log u_1)_k + κ W_k (û_2 − û_1)_k + P_k = 0 \
                    has W_k as the only unknown, and the push changes û_k in all modes from 1 to 4.",
    },
    Design {
        name: "pair-push-by-half-a-period",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 3.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { points = 128, noise = 0.001 },
    { push = "-3*cos(2*pi*x) - 1.6*cos(6*pi*x)", points = 128, noise = 0.001 },
]
truth = { W = "0.5*cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("V", STRUCTURAL, IDENTIFIED)],
        reasoning: "The push turns V(x) into V(x − L/2), so u_2(x) = u_1(x − L/2) and û_2k = (−1)^k û_1k. In the even modes \
                    both states are the same and the push is zero: W_2 and V_2 are not separated, though the odd modes are.",
    },
    Design {
        name: "pair-constant-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.01 }]
truth = { W = "-cos(2*pi*x)", V = "0" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "The state is constant. A change of W acts through W*1, a constant, so it does nothing, and cannot \
                    compensate a change of V either. Surprisingly V is determined even with W unknown: it \
                    is zero, and the kernel stays open.",
    },
    Design {
        name: "pair-close-couplings",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 1.0, points = 128, noise = 0.015 },
    { coupling = 1.01, points = 128, noise = 0.015 },
]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
"#,
        labels: &[label("W", PRACTICAL, IDENTIFIED), label("V", PRACTICAL, IDENTIFIED)],
        reasoning: "The couplings differ by one per cent, so κ_2 û_2k − κ_1 û_1k is about a hundredth of û_k, below the noise. \
                    Precise data would separate W from V; these give only their sum along the state.",
    },
    Design {
        name: "pair-weak-couplings-dense",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1 }
domain = { boundary = "periodic", cells = [256] }
functions.W = { surrogate = "fourier", symmetry = "even", prior = { length_scale = 0.15 } }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.1, points = 256, noise = { relative = 0.0003 } },
    { coupling = 0.2, points = 256, noise = { relative = 0.0003 } },
]
truth = { W = "-0.3*cos(2*pi*x) + 0.1*cos(4*pi*x)", V = "0.1*sin(2*pi*x) + 0.1*cos(4*pi*x) + 0.05*sin(6*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "Couplings of σ and 2 σ are not far apart, but the states are seen at every node and nearly exactly: the \
                    difference of the two equations is far above the noise in the modes 1 to 4.",
    },
    Design {
        name: "pair-sixty-points",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even", prior = { length_scale = 0.15 } }
functions.V = { surrogate = "fourier", prior = { length_scale = 0.15 } }
experiments = [
    { coupling = 0.0, points = 60, noise = { relative = 0.02 } },
    { coupling = 0.5, points = 60, noise = { relative = 0.02 } },
]
truth = { W = "0.8*cos(2*pi*x) + 0.3*cos(4*pi*x)", V = "0.2*sin(2*pi*x) + 0.15*cos(4*pi*x) + 0.1*sin(6*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "Sixty values a state with errors of two per cent, as an experiment has them. The couplings 0 and 5 σ are far \
                    apart: the states differ by many times the noise in each of the modes 1 to 3.",
    },
    Design {
        name: "pair-sixty-points-weak",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.005, points = 60, noise = 0.02 },
    { coupling = 0.01, points = 60, noise = 0.02 },
]
truth = { W = "-0.5*cos(2*pi*x) + 0.2*cos(4*pi*x)", V = "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)" }
"#,
        labels: &[label("W", PRACTICAL, PRACTICAL), label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "The same data quality with couplings of σ/20 and σ/10: a kernel of the prior's size changes log u by two \
                    per cent at most, about the noise. V is seen directly, and what W could add to it is small.",
    },
];

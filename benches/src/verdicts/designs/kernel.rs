//! The interaction kernel W with V known.
//!
//! In Fourier modes σ (log u)_k + κ W_k û_k + V_k = 0 for k ≠ 0: one state determines κ W_k exactly
//! where û_k ≠ 0. Under the default prior (p = 3, ℓ = 0.1 L) the modes 1 to 4 of an even kernel are
//! noticeable: their 95 % sizes are 1.8, 0.71, 0.30 and 0.15 A.

use super::{Design, IDENTIFIED, PRACTICAL, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "kernel-dense",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "The known potential has the modes 1 to 4, so the state has them too: û_k ≠ 0 for \
                    every mode of W that the prior makes noticeable. The values are dense and the \
                    noise is far below κ W_k û_k.",
    },
    Design {
        name: "kernel-constant-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "0" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "Without a potential u = 1 is a steady state for every kernel, and below the \
                    critical coupling (κ < 2σ here) the one that is reached. W*1 is a constant, so no \
                    mode of W acts.",
    },
    Design {
        name: "kernel-half-period",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(4*pi*x) + sin(8*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "0.5*cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "The potential has period L/2, and so has the state (the kernel repels in the mode \
                    1, nothing breaks the symmetry). Then û_1 = û_3 = 0 exactly, and the odd modes of \
                    W are lost, the largest of the prior among them.",
    },
    Design {
        name: "kernel-two-periods",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "0" }
experiments = [
    { push = "1.5*cos(4*pi*x)", points = 128, noise = 0.001 },
    { push = "1.5*cos(6*pi*x)", points = 128, noise = 0.001 },
]
truth = { W = "0.5*cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "One state has period L/2 and the other L/3: the first has only the modes 2, 4, 6, …, \
                    the second 3, 6, 9, …. Both have û_1 = 0, so the mode 1 of W is lost however many \
                    such states there are.",
    },
    Design {
        name: "kernel-three-periods",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "0" }
experiments = [
    { push = "1.5*cos(4*pi*x)", points = 128, noise = 0.001 },
    { push = "1.5*cos(6*pi*x)", points = 128, noise = 0.001 },
    { push = "1.5*cos(2*pi*x)", points = 128, noise = 0.001 },
]
truth = { W = "0.5*cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "The states of kernel-two-periods and one pushed in the mode 1. Together they excite \
                    the modes 1, 2, 3 and 4 of the kernel well above the noise.",
    },
    Design {
        name: "kernel-one-harmonic",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "-ln(1 + 0.6*cos(2*pi*x)) + 0.3*cos(2*pi*x)" }
experiments = [{ points = 128, noise = 0.0001 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "V = −σ log u − κ W*u for the state u = 1 + 0.6 cos 2πx, with W*u = −0.3 cos 2πx. Only \
                    û_1 ≠ 0, so only the mode 1 of W acts. Low noise does not help.",
    },
    Design {
        name: "kernel-second-harmonic-absent",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "-ln(1 + 0.5*cos(2*pi*x) + 0.3*cos(6*pi*x)) + 0.25*cos(2*pi*x)" }
experiments = [{ points = 128, noise = 0.0001 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "V is such that u = 1 + 0.5 cos 2πx + 0.3 cos 6πx. The modes 1 and 3 of W are seen, but \
                    û_2 = 0, although W itself has a mode 2.",
    },
    Design {
        name: "kernel-four-harmonics",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even", prior = { length_scale = 0.2 } }
functions.V = { expression = "-ln(1 + 0.5*cos(2*pi*x) + 0.25*cos(4*pi*x) + 0.2*cos(6*pi*x) + 0.15*cos(8*pi*x)) + 0.25*cos(2*pi*x) - 0.0375*cos(4*pi*x)" }
experiments = [{ points = 128, noise = 0.0005 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "V is such that u has the modes 1 to 4 and no other, so all modes of W from 5 are lost \
                    exactly. With ℓ = 0.2 L the prior gives them a 95 % size of at most 0.03 A: what is \
                    lost is not noticeable, and the rest is determined.",
    },
    Design {
        name: "kernel-narrow",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even", prior = { length_scale = 0.05 } }
functions.V = { expression = "4*cos(2*pi*x)" }
experiments = [{ points = 64, noise = 0.05 }]
truth = { W = "-exp(-(x/0.07)^2)" }
"#,
        labels: &[label("W", PRACTICAL, PRACTICAL)],
        reasoning: "The kernel may vary over a twentieth of the domain, the state varies over half of \
                    it: û_k falls like I_k(4)/I_0(4). No û_k vanishes, but beyond the first few \
                    modes κ W_k û_k is far below the noise, and these carry most of the prior.",
    },
    Design {
        name: "kernel-sixty-points",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1, coupling = 0.5 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even", prior = { length_scale = 0.15 } }
functions.V = { expression = "0.2*sin(2*pi*x) + 0.15*cos(4*pi*x) + 0.1*sin(6*pi*x)" }
experiments = [{ points = 60, noise = { relative = 0.02 } }]
truth = { W = "0.8*cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "Sixty values with errors of two per cent are usual data. The coupling is 5 σ, and what W does to log u in its first \
                    three modes is many times that error.",
    },
    Design {
        name: "kernel-too-noisy",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = 64, noise = 1.0 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", PRACTICAL, PRACTICAL)],
        reasoning: "The state of kernel-dense, which excites every noticeable mode. But each value has an \
                    error as large as the mean of the state: the 64 values together see little more than the \
                    mode 1.",
    },
    Design {
        name: "kernel-two-points",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = [0.1, 0.4], noise = 0.001 }]
truth = { W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "Two numbers determine two combinations of the kernel. Among the modes 1, 2 and 3, of \
                    95 % sizes 1.8, 0.71 and 0.30 A, one combination at least changes neither number at any \
                    precision.",
    },
    Design {
        name: "kernel-without-influence",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 0.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "-cos(2*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "With κ = 0 individuals do not interact: u = exp(−V/σ)/Z whatever the kernel is.",
    },
    Design {
        name: "kernel-weak-coupling",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 0.02 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x)" }
experiments = [{ points = 128, noise = 0.05 }]
truth = { W = "-cos(2*pi*x)" }
"#,
        labels: &[label("W", PRACTICAL, PRACTICAL)],
        reasoning: "A kernel of the prior's size changes log u by κ W_k û_k/σ, less than two per cent. \
                    Errors of five per cent of the mean state, 128 times, leave only its first mode in sight.",
    },
    Design {
        name: "kernel-odd",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "odd" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "sin(2*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "An odd kernel has imaginary W_k; the equation of each mode determines it where û_k ≠ 0, \
                    as for an even one. All noticeable modes are excited.",
    },
    Design {
        name: "kernel-without-symmetry",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "-cos(2*pi*x) + 0.3*sin(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "W_k is complex, two unknown numbers a mode, and the equation of the mode is complex, two \
                    equations. One state with û_k ≠ 0 is enough, as for an even kernel.",
    },
    Design {
        name: "kernel-without-symmetry-one-harmonic",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier" }
functions.V = { expression = "-ln(1 + 0.6*cos(2*pi*x)) + 0.3*cos(2*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { W = "-cos(2*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, STRUCTURAL)],
        reasoning: "The state is 1 + 0.6 cos 2πx. Cosine and sine of the mode 1 of W are seen, every other \
                    mode is lost, the mode 2 with a 95 % size of 0.5 A.",
    },
    Design {
        name: "kernel-oscillators",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 5.0 }
domain = { boundary = "periodic", length = [6.283185307179586], cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "0" }
experiments = [{ points = 128, noise = 0.0002, initial = "exp(4*cos(x))" }]
truth = { W = "-cos(x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED)],
        reasoning: "Noisy Kuramoto oscillators beyond the critical coupling: u = exp(a cos x)/(2π I_0(a)) with \
                    û_k = I_k(a)/I_0(a) ≠ 0 for every k. The free phase of the state is no change of W: an even \
                    kernel changes the state symmetrically about its centre.",
    },
];

//! The potential V with W known.
//!
//! V = −σ log u − κ W*u + const: where the state is seen with a small error of its logarithm, V is
//! determined. Under the default prior the modes 1 to 3 of V, cosines and sines, have 95 % sizes of
//! 1.3, 0.50 and 0.21 A.

use super::{Design, IDENTIFIED, PRACTICAL, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "potential-dense",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.01 }]
truth = { V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "Without interaction V = −σ log u + const. The density is nowhere small, its logarithm is \
                    known to a few per cent at 128 points.",
    },
    Design {
        name: "potential-beside-kernel",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.01 }]
truth = { V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "A known interaction is subtracted: V = −σ log u − κ W*u + const.",
    },
    Design {
        name: "potential-constant-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x)" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.01 }]
truth = { V = "0" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "A constant state hides the kernel, not the potential: that the density is constant says that V \
                    is, to within σ times its relative error. The unit of V is σ.",
    },
    Design {
        name: "potential-half-unobserved",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = [0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35, 0.375, 0.4, 0.425, 0.45], noise = 0.001 }]
truth = { V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", STRUCTURAL, STRUCTURAL)],
        reasoning: "u = exp(−V/σ)/Z is seen on less than half of the circle. There V is determined, and of the rest \
                    only the one number Z: a smooth change of V within the other half whose mean with weight u is zero \
                    changes no value.",
    },
    Design {
        name: "potential-small-gap",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = [0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35, 0.375, 0.4, 0.425, 0.45, 0.5, 0.525, 0.55, 0.575, 0.6, 0.625, 0.65, 0.675, 0.7, 0.725, 0.75, 0.775, 0.8, 0.825, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975], noise = 0.005 }]
truth = { V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "A gap of a twentieth of the circle is half the length scale of the prior: V is smooth enough to be \
                    interpolated across it.",
    },
    Design {
        name: "potential-depleted",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier", prior = { length_scale = 0.05 } }
experiments = [{ points = 60, noise = 0.1 }]
truth = { V = "0.45*cos(2*pi*x)" }
"#,
        labels: &[label("V", PRACTICAL, PRACTICAL)],
        reasoning: "Where V is high u = exp(−V/σ)/Z falls to e^−9 of its peak, less than a hundredth of an error: over half of \
                    the domain the data say only that V is high. Infinitely precise data would see it.",
    },
    Design {
        name: "potential-depleted-relative",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier", prior = { length_scale = 0.05 } }
experiments = [{ points = 60, noise = { relative = 0.1 } }]
truth = { V = "0.45*cos(2*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "The state of potential-depleted, but the error is a tenth of each value: log u, and with it V, is known \
                    to 0.1 σ, a thirtieth of its size, everywhere.",
    },
    Design {
        name: "potential-four-points",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 4, noise = 0.001 }]
truth = { V = "cos(2*pi*x) + 0.5*cos(4*pi*x)" }
"#,
        labels: &[label("V", STRUCTURAL, STRUCTURAL)],
        reasoning: "sin 4πx vanishes at 0, 1/4, 1/2 and 3/4, and changes Z by nothing to first order since the state is even. \
                    No value at these four points can see it, and its 95 % size is 0.5 A.",
    },
    Design {
        name: "potential-too-noisy",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 40, noise = 1.5 }]
truth = { V = "0.5*cos(2*pi*x)" }
"#,
        labels: &[label("V", PRACTICAL, PRACTICAL)],
        reasoning: "Errors of one and a half times the mean density, 40 times, leave V/σ uncertain by about 1.5·√(2/40) in each \
                    mode, as much as the whole potential.",
    },
    Design {
        name: "potential-sixty-points",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 0.1, coupling = 0.1 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-exp(-(x/0.15)^2)" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 60, noise = 0.02 }]
truth = { V = "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED)],
        reasoning: "Sixty values with errors of two per cent are usual data. log u is known to about two per cent at each point, \
                    where V/σ is of order one.",
    },
];

//! The scalars σ and κ with the functions known, and each with one unknown function.
//!
//! σ log u + κ W*u + V = c is linear in σ, κ, V and κ W: what is lost is what the terms can do for each other.

use super::{Design, IDENTIFIED, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "coupling",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
functions.V = { expression = "cos(2*pi*x)" }
experiments = [{ points = 64, noise = 0.02 }]
truth = { coupling = 1.0 }
"#,
        labels: &[label("coupling", IDENTIFIED, IDENTIFIED)],
        reasoning: "With all functions known, κ = −(σ log u + V)_k/(W_k û_k) from any excited mode: one number from 64 values.",
    },
    Design {
        name: "coupling-constant-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
functions.V = { expression = "0" }
experiments = [{ points = 64, noise = 0.001 }]
truth = { coupling = 1.0 }
"#,
        labels: &[label("coupling", STRUCTURAL, STRUCTURAL)],
        reasoning: "Without a potential the constant state stays as it is for every κ below the critical one.",
    },
    Design {
        name: "diffusion",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { expression = "cos(2*pi*x)" }
experiments = [{ points = 64, noise = 0.05 }]
truth = { diffusion = 1.0 }
"#,
        labels: &[label("diffusion", IDENTIFIED, IDENTIFIED)],
        reasoning: "The known potential sets the scale: log u = −V/σ + const gives σ from the contrast of the density.",
    },
    Design {
        name: "diffusion-constant-state",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "cos(2*pi*x)" }
functions.V = { expression = "0" }
experiments = [{ points = 64, noise = 0.001 }]
truth = { diffusion = 1.0 }
"#,
        labels: &[label("diffusion", STRUCTURAL, STRUCTURAL)],
        reasoning: "Repulsive individuals without a potential are spread evenly at every σ.",
    },
    Design {
        name: "scalars-parallel",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x)" }
functions.V = { expression = "cos(2*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { diffusion = 1.0, coupling = 1.0 }
"#,
        labels: &[
            label("diffusion", STRUCTURAL, IDENTIFIED),
            label("coupling", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "W and V both have the mode 1 only, so W*u, V and hence log u are multiples of the same cosine: a change of σ \
                    is compensated by one of κ. Two scalars and 128 exact values, and yet only one combination is determined.",
    },
    Design {
        name: "scalars-two-harmonics",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x)" }
functions.V = { expression = "cos(2*pi*x) + cos(4*pi*x)" }
experiments = [{ points = 128, noise = 0.01 }]
truth = { diffusion = 1.0, coupling = 1.0 }
"#,
        labels: &[
            label("diffusion", IDENTIFIED, IDENTIFIED),
            label("coupling", IDENTIFIED, IDENTIFIED),
        ],
        reasoning: "The mode 2 of V is answered by log u alone, σ (log u)_2 + V_2 = 0, which gives σ; the mode 1 then gives κ.",
    },
    Design {
        name: "scalars-without-potential",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = { unknown = true, initial = 5.0 } }
domain = { boundary = "periodic", length = [6.283185307179586], cells = [128] }
functions.W = { expression = "-cos(x) - 0.3*cos(2*x)" }
functions.V = { expression = "0" }
experiments = [{ points = 128, noise = 0.0002, initial = "exp(4*cos(x))" }]
truth = { diffusion = 1.0, coupling = 5.0 }
"#,
        labels: &[
            label("diffusion", STRUCTURAL, IDENTIFIED),
            label("coupling", STRUCTURAL, IDENTIFIED),
        ],
        reasoning: "Without a potential σ log u + κ W*u = c can be multiplied by any number: the clustered state depends on κ/σ only.",
    },
    Design {
        name: "coupling-and-kernel",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { coupling = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("coupling", STRUCTURAL, IDENTIFIED)],
        reasoning: "κ and W occur only as their product. Its shape is determined, but a larger κ with a smaller W is the same equation.",
    },
    Design {
        name: "coupling-and-kernel-one-known",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [
    { points = 128, noise = 0.001 },
    { coupling = 0.5, points = 128, noise = 0.001 },
]
truth = { coupling = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("coupling", IDENTIFIED, IDENTIFIED)],
        reasoning: "In the second experiment κ is known, and with V known that state determines W. The first then gives its κ.",
    },
    Design {
        name: "coupling-of-no-kernel",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x) + sin(4*pi*x) + 0.8*cos(6*pi*x) + 0.6*sin(8*pi*x)" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { coupling = 1.0, W = "0" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("coupling", STRUCTURAL, STRUCTURAL)],
        reasoning: "Where there is no interaction the product κ W is zero and says nothing of κ. W is determined all the same: with κ \
                    of order one, W = 0 is the only kernel near that fits.",
    },
    Design {
        name: "coupling-and-potential",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { coupling = 1.0, V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", STRUCTURAL, IDENTIFIED), label("coupling", STRUCTURAL, IDENTIFIED)],
        reasoning: "A change δκ is compensated by δV = −δκ W*u: an unknown potential absorbs every known form of interaction in one state.",
    },
    Design {
        name: "coupling-and-potential-pushed",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = 1.0, coupling = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
functions.V = { surrogate = "fourier" }
experiments = [
    { points = 128, noise = 0.005 },
    { push = "-2*cos(2*pi*x)", points = 128, noise = 0.005 },
]
truth = { coupling = 1.0, V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED), label("coupling", IDENTIFIED, IDENTIFIED)],
        reasoning: "The difference of two states with a known push between them is free of V: σ (log u_2 − log u_1) + κ W*(u_2 − u_1) + P = c \
                    gives κ, and then either state gives V.",
    },
    Design {
        name: "diffusion-and-potential",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "0" }
functions.V = { surrogate = "fourier" }
experiments = [{ points = 128, noise = 0.001 }]
truth = { diffusion = 1.0, V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", STRUCTURAL, IDENTIFIED), label("diffusion", STRUCTURAL, IDENTIFIED)],
        reasoning: "u = exp(−V/σ)/Z: only V/σ acts.",
    },
    Design {
        name: "diffusion-and-potential-two-couplings",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { expression = "2*cos(2*pi*x) + cos(4*pi*x)" }
functions.V = { surrogate = "fourier" }
experiments = [
    { coupling = 0.0, points = 128, noise = 0.005 },
    { coupling = 2.0, points = 128, noise = 0.005 },
]
truth = { diffusion = 1.0, V = "cos(2*pi*x) + 0.5*sin(4*pi*x)" }
"#,
        labels: &[label("V", IDENTIFIED, IDENTIFIED), label("diffusion", IDENTIFIED, IDENTIFIED)],
        reasoning: "The known kernel sets the scale: σ (log u_2 − log u_1) = −(κ_2 W*u_2 − κ_1 W*u_1) + const has σ as the only unknown. Then V follows.",
    },
    Design {
        name: "diffusion-and-kernel-symmetric",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 }, coupling = 1.0 }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x)" }
experiments = [{ points = 128, noise = 0.0002 }]
truth = { diffusion = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", STRUCTURAL, IDENTIFIED), label("diffusion", STRUCTURAL, IDENTIFIED)],
        reasoning: "V is known and even, so the state is even and (log u)_k and û_k are real. For any δσ the kernel W_k − δσ (log u)_k/(κ û_k) \
                    is real too, hence an even kernel with the same state: the known potential does not set the scale.",
    },
    Design {
        name: "diffusion-and-kernel-two-couplings",
        problem: r#"
model = { kind = "aggregation-diffusion", diffusion = { unknown = true, initial = 1.0 } }
domain = { boundary = "periodic", cells = [128] }
functions.W = { surrogate = "fourier", symmetry = "even" }
functions.V = { expression = "1.5*cos(2*pi*x)" }
experiments = [
    { coupling = 0.0, points = 128, noise = 0.0002 },
    { coupling = 1.0, points = 128, noise = 0.0002 },
]
truth = { diffusion = 1.0, W = "-cos(2*pi*x) + 0.3*cos(4*pi*x)" }
"#,
        labels: &[label("W", IDENTIFIED, IDENTIFIED), label("diffusion", IDENTIFIED, IDENTIFIED)],
        reasoning: "The state without interaction is exp(−V/σ)/Z with V known, which gives σ; the other then gives W as if σ were known.",
    },
];

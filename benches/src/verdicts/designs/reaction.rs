//! Functions of −(a u')' + k u = f on (0, 1) with values given at the ends.
//!
//! One state is one equation between a, k and f: given two of them the third is free of ambiguity where its
//! factor is not zero, but for a, of which (a u')' is known, up to one constant: δa = C/u'.

use super::{Design, IDENTIFIED, PRACTICAL, STRUCTURAL, label};

pub const DESIGNS: &[Design] = &[
    Design {
        name: "rate-dense",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.01" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { expression = "1" }
experiments = [{ boundary_values = [1, 1], points = 100, noise = 0.002 }]
truth = { k = "exp(0.5*cos(2*pi*x))" }
"#,
        labels: &[label("k", IDENTIFIED, IDENTIFIED)],
        reasoning: "k = (f + a u'')/u with u of order one everywhere and a small: the state follows f/k closely, and the values are \
                    dense and precise.",
    },
    Design {
        name: "rate-where-nobody-is",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.01" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { expression = "0" }
experiments = [{ boundary_values = [1, 0], points = 100, noise = 0.002 }]
truth = { k = "exp(0.3*cos(2*pi*x))" }
"#,
        labels: &[label("k", PRACTICAL, PRACTICAL)],
        reasoning: "Without a source the state enters at the left end and decays like exp(−x √(k/a)), below the error of a value \
                    beyond about half of the domain. There k acts on nothing that could be seen, though u is not zero.",
    },
    Design {
        name: "rate-of-nothing",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.01" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { expression = "0" }
experiments = [{ boundary_values = [0, 0], points = 100, noise = 0.002 }]
truth = { k = "exp(0.3*cos(2*pi*x))" }
"#,
        labels: &[label("k", STRUCTURAL, STRUCTURAL)],
        reasoning: "Without a source and with zero at both ends u = 0, for every k.",
    },
    Design {
        name: "rate-three-points",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.01" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.05 } }
functions.f = { expression = "1" }
experiments = [{ boundary_values = [1, 1], points = [0.3, 0.5, 0.7], noise = 0.0001 }]
truth = { k = "exp(0.5*cos(2*pi*x))" }
"#,
        labels: &[label("k", STRUCTURAL, STRUCTURAL)],
        reasoning: "Three numbers cannot determine a function that may vary over a twentieth of the domain: among its first modes there are \
                    combinations that change none of them.",
    },
    Design {
        name: "source-dense",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.01" }
functions.k = { expression = "1" }
functions.f = { surrogate = "network", prior = { amplitude = 1.0 } }
experiments = [{ boundary_values = [1, 1], points = 100, noise = 0.002 }]
truth = { f = "1 + cos(2*pi*x)" }
"#,
        labels: &[label("f", IDENTIFIED, IDENTIFIED)],
        reasoning: "f = k u − a u'' with a small: the state is f/k smoothed over √(a/k), a tenth of the domain, which the low noise \
                    undoes for the first modes, all that the prior holds.",
    },
    Design {
        name: "rate-and-source-one-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.01" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { surrogate = "network", prior = { amplitude = 1.0 } }
experiments = [{ boundary_values = [1, 1], points = 100, noise = 0.002 }]
truth = { k = "1", f = "1" }
"#,
        labels: &[label("k", STRUCTURAL, IDENTIFIED), label("f", STRUCTURAL, IDENTIFIED)],
        reasoning: "f = k u − (a u')': for every rate there is a source with the same state. Here u = 1, and a change of f by the change of k \
                    leaves it exactly.",
    },
    Design {
        name: "rate-and-source-two-states",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { expression = "0.3" }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { surrogate = "network", prior = { amplitude = 1.0, length_scale = 0.5 } }
experiments = [
    { boundary_values = [1, 1], points = 200, noise = 0.00005 },
    { boundary_values = [3, 3], points = 200, noise = 0.00005 },
]
truth = { k = "2", f = "1 + 0.5*cos(2*pi*x)" }
"#,
        labels: &[label("k", IDENTIFIED, IDENTIFIED), label("f", IDENTIFIED, IDENTIFIED)],
        reasoning: "The difference v of the two states satisfies −(a v')' + k v = 0 without the source, with v > 0: k = (a v')'/v, and then f. The \
                    difference reaches all of the domain since √(a/k) is a third of it.",
    },
    Design {
        name: "conductivity-flat-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "1 + 0.5*cos(2*pi*x)" }
functions.f = { expression = "1 + 0.5*cos(2*pi*x)" }
experiments = [{ boundary_values = [1, 1], points = 100, noise = 0.0001 }]
truth = { a = "0.1" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "f = k and ends at 1 make u = 1. Then u' = 0, nothing is conducted, and a has no effect.",
    },
    Design {
        name: "conductivity-without-source",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "0" }
experiments = [{ boundary_values = [0, 1], points = 100, noise = 0.0001 }]
truth = { a = "exp(0.5*cos(pi*x))" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "(a u')' = 0 stays true when a is multiplied by a number: values of u give the shape of a and not its size. A known source or \
                    a measured flux would.",
    },
    Design {
        name: "conductivity-monotone-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "1" }
functions.f = { expression = "x - pi*sin(pi*x)/(2 + cos(pi*x))^2" }
experiments = [{ boundary_values = [0, 1], points = 20, noise = 0.0001 }]
truth = { a = "1/(2 + cos(pi*x))" }
"#,
        labels: &[label("a", STRUCTURAL, STRUCTURAL)],
        reasoning: "The state is u = x. From (a u')' = k u − f the conductivity follows up to δa = C/u', and u' = 1 has no zero that would \
                    exclude it: a + C has the same state. Surprisingly a known source and rate do not set the scale.",
    },
    Design {
        name: "conductivity-extremum",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { expression = "0" }
functions.f = { expression = "1" }
experiments = [{ boundary_values = [0, 0], points = 200, noise = 0.0001 }]
truth = { a = "exp(0.5*cos(2*pi*x))" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED)],
        reasoning: "The state has a maximum inside. There u' = 0, so δa = C/u' would be infinite and C must be zero: the flux vanishes at the \
                    maximum, is ∫f elsewhere, and a = −∫f/u'.",
    },
    Design {
        name: "conductivity-and-rate-one-state",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { expression = "3.14159265358979^2*cos(pi*x) + 10*(2 + cos(pi*x))" }
experiments = [{ boundary_values = [3, 1], points = 30, noise = 0.0001 }]
truth = { a = "1", k = "10" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("k", STRUCTURAL, IDENTIFIED)],
        reasoning: "The state is u = 2 + cos πx > 0. For every change of a the change δk = (δa u')'/u compensates it: one state cannot separate \
                    conduction from reaction. With k known δa = C/u' is excluded, since u' = 0 at the ends.",
    },
    Design {
        name: "conductivity-and-rate-without-source",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { expression = "0" }
experiments = [
    { boundary_values = [1, 0], points = 200, noise = 0.0001 },
    { boundary_values = [0, 1], points = 200, noise = 0.0001 },
    { boundary_values = [1, 1], points = 200, noise = 0.0001 },
]
truth = { a = "1", k = "10" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("k", STRUCTURAL, IDENTIFIED)],
        reasoning: "Without a source a and k may be multiplied by the same number, for any boundary values and any number of \
                    states. With k known its size fixes that of a, and C/u' is excluded by the third state, which has a minimum inside.",
    },
    Design {
        name: "conductivity-and-rate-two-states",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0, length_scale = 0.5 } }
functions.f = { expression = "10" }
experiments = [
    { boundary_values = [0, 0], points = 200, noise = 0.00001 },
    { boundary_values = [2, 2], points = 200, noise = 0.00001 },
]
truth = { a = "1", k = "10" }
"#,
        labels: &[label("a", IDENTIFIED, IDENTIFIED), label("k", IDENTIFIED, IDENTIFIED)],
        reasoning: "Eliminating k: (a w)' = f (u_1 − u_2) with the Wronskian w = u_2 u_1' − u_1 u_2', so a is determined up to C/w. Both states are \
                    symmetric about the middle, so w = 0 there and C = 0: a follows, and then k.",
    },
    Design {
        name: "conductivity-and-rate-opposite-ends",
        problem: r#"
model = { kind = "diffusion-reaction" }
domain = { boundary = "dirichlet", cells = [200] }
functions.a = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.k = { surrogate = "network", constraint = "positive", prior = { amplitude = 1.0 } }
functions.f = { expression = "3" }
experiments = [
    { boundary_values = [1, 0], points = 20, noise = 0.0001 },
    { boundary_values = [0, 1], points = 20, noise = 0.0001 },
]
truth = { a = "1", k = "3" }
"#,
        labels: &[label("a", STRUCTURAL, IDENTIFIED), label("k", STRUCTURAL, IDENTIFIED)],
        reasoning: "As conductivity-and-rate-two-states, but u_1/u_2 decreases all the way, so w has no zero and δa = C/w with δk = (δa u_1')'/u_1 \
                    leaves both states as they are. Two states do not suffice here, although a source is known.",
    },
];

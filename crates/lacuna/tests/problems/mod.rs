//! Valid problems to edit.

/// A valid problem in aggregation and diffusion.
pub const AD: &str = r#"[model]
kind = "aggregation-diffusion"
diffusion = 0.1
coupling = 1.0

[domain]
boundary = "periodic"
origin = [0.0]
length = [1.0]
cells = [256]

[functions.W]
surrogate = "network"
hidden = [16, 16]
symmetry = "even"

[functions.V]
expression = "0.1*sin(2*pi*x)"

[[experiments]]
data = "state-1.csv"
coupling = 0.1

[[experiments]]
data = "state-2.csv"
coupling = 0.2

[fit]
formulation = "auto"
optimiser = "auto"
restarts = 8
seed = 0

[truth]
W = "-cos(2*pi*x)"
"#;

/// A valid problem in diffusion and reaction.
pub const DR: &str = r#"[model]
kind = "diffusion-reaction"

[domain]
boundary = "dirichlet"
length = [1.0]
cells = [200]

[functions.a]
expression = "0.01"

[functions.f]
expression = "-sin(2*pi*x)"

[functions.k]
surrogate = "network"
constraint = "positive"

[[experiments]]
data = "state.csv"
boundary_values = [0, 0]
"#;

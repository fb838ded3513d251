//! Fully connected networks.
//!
//! f(x; θ) = e(x) (wᵀ a_L + b), a_l = g(W_lᵀ a_{l−1} + b_l), a₀ = φ(x): features φ and envelope e
//! (see `embedding.rs`) make periodicity and symmetry exact for every θ. θ holds, layer by layer,
//! W_l (inputs × units, column by column: the weights of one unit are neighbours) and then b_l;
//! the output layer, in which f is linear, comes last.

mod activation;
mod batch;
mod embedding;
mod start;

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use lacuna_core::{Points, Pool, Scalar, Surrogate, Symmetry};

pub use self::activation::Activation;
use self::embedding::Embedding;
use crate::{Describe, Interval, SurrogateError, columns, describe, domain};

/// What to build a [`Network`] from.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// Domain, one interval a dimension (so far exactly one).
    pub domain: Vec<Interval>,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Nonlinearity of the hidden units.
    pub activation: Activation,
    /// Symmetry about x = 0.
    pub symmetry: Symmetry,
    /// On a circle, the input features are the harmonics 1 to this number.
    pub harmonics: usize,
    /// Whether the output has a bias. A function known up to a constant needs none.
    pub output_bias: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            domain: vec![Interval::default()],
            hidden: vec![16, 16],
            activation: Activation::Tanh,
            symmetry: Symmetry::None,
            harmonics: 1,
            output_bias: true,
        }
    }
}

/// A fully connected network of one variable.
///
/// ```
/// use lacuna_core::{Surrogate, Symmetry};
/// use lacuna_surrogate::{Describe, Interval, Network, NetworkOptions};
///
/// let kernel = Network::new(NetworkOptions {
///     domain: vec![Interval::periodic(-0.5, 0.5)],
///     symmetry: Symmetry::Even,
///     ..Default::default()
/// })?;
/// assert_eq!(kernel.describe(), "network 16-16, tanh, even, 321 parameters");
/// let theta = kernel.initial(0);
/// assert_eq!(kernel.eval(&theta, &[-0.2]), kernel.eval(&theta, &[0.2]));
/// # Ok::<(), lacuna_surrogate::SurrogateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    options: NetworkOptions,
    embedding: Embedding,
    /// The hidden layers, then the output layer.
    layers: Vec<Layer>,
}

/// The place of one layer in θ and among the units.
#[derive(Clone, Debug)]
struct Layer {
    /// Number of features and units before its inputs.
    first_input: usize,
    inputs: usize,
    outputs: usize,
    weights: Range<usize>,
    biases: Range<usize>,
}

impl Layer {
    /// W, (inputs × outputs).
    fn matrix<'a>(&self, theta: &'a [f64]) -> MatRef<'a, f64> {
        let weights = &theta[self.weights.clone()];
        MatRef::from_column_major_slice(weights, self.inputs, self.outputs)
    }
}

impl Network {
    /// A network with the given hidden layers.
    pub fn new(options: NetworkOptions) -> Result<Self, SurrogateError> {
        let class = "network";
        let interval = domain::only(&options.domain, class)?;
        if options.hidden.is_empty() || options.hidden.contains(&0) {
            let (option, requirement) = ("hidden", "one or more positive widths, e.g. [16, 16]");
            let found = format!("{:?}", options.hidden);
            return Err(SurrogateError::Option { class, option, found, requirement });
        }
        if options.harmonics == 0 || (options.harmonics > 1 && !interval.periodic) {
            let (option, requirement) =
                ("harmonics", "at least 1, and 1 unless the domain is periodic");
            let found = options.harmonics.to_string();
            return Err(SurrogateError::Option { class, option, found, requirement });
        }
        let NetworkOptions { symmetry, harmonics, .. } = options;
        let embedding = Embedding { interval, symmetry, harmonics };
        let mut layers: Vec<Layer> = Vec::with_capacity(options.hidden.len() + 1);
        let (mut first_input, mut inputs, mut offset) = (0, embedding.width(), 0);
        for (index, &outputs) in options.hidden.iter().chain(&[1]).enumerate() {
            let is_output = index == options.hidden.len();
            let weights = offset..offset + inputs * outputs;
            let has_bias = options.output_bias || !is_output;
            let biases = weights.end..weights.end + if has_bias { outputs } else { 0 };
            offset = biases.end;
            layers.push(Layer { first_input, inputs, outputs, weights, biases });
            first_input += inputs;
            inputs = outputs;
        }
        Ok(Self { options, embedding, layers })
    }

    /// What it was built from.
    pub fn options(&self) -> &NetworkOptions {
        &self.options
    }

    fn hidden(&self) -> &[Layer] {
        &self.layers[..self.layers.len() - 1]
    }

    fn output(&self) -> &Layer {
        &self.layers[self.layers.len() - 1]
    }

    fn is_odd(&self) -> bool {
        self.options.symmetry == Symmetry::Odd
    }

    /// Columns of the Jacobian for the layers from `until` on; column 0 belongs to the first
    /// parameter of that layer.
    fn jacobian_from(
        &self,
        theta: &[f64],
        pass: &batch::Pass,
        n: usize,
        until: usize,
        pool: &mut Pool<f64>,
        mut jacobian: MatMut<'_, f64>,
    ) {
        let first = self.layers[until].weights.start;
        let ones = std::iter::repeat_n(1.0, n);
        self.backward(theta, pass, ones, until, pool, |layer, inputs, sensitivity| {
            if n == 0 {
                return;
            }
            let mut column = layer.weights.start - first;
            for unit in sensitivity.chunks_exact(n) {
                for input in inputs.chunks_exact(n) {
                    columns::product(jacobian.as_mut().col_mut(column), input, unit);
                    column += 1;
                }
            }
            for (column, unit) in layer.biases.clone().zip(sensitivity.chunks_exact(n)) {
                columns::copy(jacobian.as_mut().col_mut(column - first), unit);
            }
        });
    }
}

impl Surrogate for Network {
    fn n_params(&self) -> usize {
        self.output().biases.end
    }

    fn initial(&self, seed: u64) -> Vec<f64> {
        start::initial(&self.layers, seed)
    }

    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        let affine = |layer: &Layer, inputs: &[D], unit: usize| {
            let weights = &theta[layer.weights.clone()][unit * layer.inputs..][..layer.inputs];
            let bias = theta[layer.biases.clone()].get(unit).copied();
            let start = bias.unwrap_or_else(|| D::constant(0.0));
            weights.iter().zip(inputs).fold(start, |sum, (&w, &a)| sum + w * a)
        };
        let mut a: Vec<D> =
            (0..self.embedding.width()).map(|i| self.embedding.feature(i, x[0])).collect();
        for layer in self.hidden() {
            let activation = self.options.activation;
            a = (0..layer.outputs).map(|j| activation.apply(affine(layer, &a, j))).collect();
        }
        self.embedding.envelope(x[0]) * affine(self.output(), &a, 0)
    }

    fn linear_params(&self) -> Range<usize> {
        self.output().weights.start..self.output().biases.end
    }

    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        self.forward(theta, points, false, pool, out).give_back(pool);
    }

    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) {
        let pass = self.forward(theta, points, true, pool, values);
        self.jacobian_from(theta, &pass, points.len(), 0, pool, jacobian);
        pass.give_back(pool);
    }

    fn linear_basis(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        basis: MatMut<'_, f64>,
    ) {
        let pass = self.hidden_layers(theta, points, false, pool);
        self.jacobian_from(theta, &pass, points.len(), self.hidden().len(), pool, basis);
        pass.give_back(pool);
    }

    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let pass = self.hidden_layers(theta, points, true, pool);
        self.tangent_from(theta, direction, &pass, pool, out);
        pass.give_back(pool);
    }

    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let n = points.len();
        let pass = self.hidden_layers(theta, points, true, pool);
        let cotangent = cotangent.iter().copied();
        self.backward(theta, &pass, cotangent, 0, pool, |layer, inputs, sensitivity| {
            let weights = &mut out[layer.weights.clone()];
            matmul(
                MatMut::from_column_major_slice_mut(weights, layer.inputs, layer.outputs),
                Accum::Replace,
                MatRef::from_column_major_slice(inputs, n, layer.inputs).transpose(),
                MatRef::from_column_major_slice(sensitivity, n, layer.outputs),
                1.0,
                Par::Seq,
            );
            for (j, bias) in out[layer.biases.clone()].iter_mut().enumerate() {
                *bias = sensitivity[j * n..(j + 1) * n].iter().sum();
            }
        });
        pass.give_back(pool);
    }
}

impl Describe for Network {
    fn describe(&self) -> String {
        let widths: Vec<String> = self.options.hidden.iter().map(ToString::to_string).collect();
        let symmetry = describe::symmetry(self.options.symmetry);
        let parameters = describe::parameters(self.n_params());
        let activation = self.options.activation.name();
        format!("network {}, {activation}{symmetry}, {parameters}", widths.join("-"))
    }
}

//! Fourier series with M modes.
//!
//! On a circle of circumference L, with ω = 2π/L and k = 1, …, M:
//! {1, cos kωx, sin kωx}; even functions keep {1, cos kωx}, odd ones {sin kωx}.
//! On an interval [a, b] with two ends, with ω = π/(b − a): the cosine series {1, cos kω(x − a)},
//! whose functions have zero slope at both ends. There, even functions have
//! {1, cos 2kωx} and odd ones {sin (2k − 1)ωx}, and a = −b is needed.
//!
//! θ holds the amplitude of the constant (if any), then of mode 1, of mode 2, …, each cosine
//! before its sine. Every basis function has amplitude 1. Modes come from one sine and cosine a
//! point by the recurrence e^{i(φ + δ)} = e^{iφ} e^{iδ}.

use lacuna_core::{Scalar, Symmetry};

use crate::{Basis, Describe, Interval, Linear, SurrogateError, describe, domain};

/// What to build a [`Fourier`] series from.
#[derive(Clone, Debug)]
pub struct FourierOptions {
    /// Domain, one interval a dimension (so far exactly one).
    pub domain: Vec<Interval>,
    /// Number M of modes.
    pub modes: usize,
    /// Symmetry about x = 0.
    pub symmetry: Symmetry,
    /// Whether the constant is a mode too. An odd function never has one.
    pub constant: bool,
}

impl Default for FourierOptions {
    fn default() -> Self {
        Self {
            domain: vec![Interval::default()],
            modes: 16,
            symmetry: Symmetry::None,
            constant: true,
        }
    }
}

/// A Fourier series, linear in all its parameters.
///
/// ```
/// use lacuna_core::{Surrogate, Symmetry};
/// use lacuna_surrogate::{Fourier, FourierOptions, Interval};
///
/// let kernel = Fourier::new(FourierOptions {
///     domain: vec![Interval::periodic(-0.5, 0.5)],
///     modes: 3,
///     symmetry: Symmetry::Even,
///     constant: false,
/// })?;
/// let theta = [-1.0, 0.0, 0.5]; // −cos 2πx + 0.5 cos 6πx
/// assert!((kernel.eval(&theta, &[0.0]) + 0.5).abs() < 1e-15);
/// # Ok::<(), lacuna_surrogate::SurrogateError>(())
/// ```
pub type Fourier = Linear<FourierBasis>;

impl Fourier {
    /// A Fourier series on the given domain.
    pub fn new(options: FourierOptions) -> Result<Self, SurrogateError> {
        FourierBasis::new(&options).map(Linear::of)
    }
}

/// The basis functions of a [`Fourier`] series.
///
/// Mode k = 1, …, M has the phase (k · step − offset)(x − origin).
#[derive(Clone, Debug)]
pub struct FourierBasis {
    modes: usize,
    step: f64,
    offset: f64,
    origin: f64,
    constant: bool,
    cosines: bool,
    sines: bool,
    name: &'static str,
    symmetry: Symmetry,
}

impl FourierBasis {
    fn new(options: &FourierOptions) -> Result<Self, SurrogateError> {
        let &FourierOptions { ref domain, modes, symmetry, constant } = options;
        let class = "Fourier series";
        let interval = domain::only(domain, class)?;
        let constant = constant && symmetry != Symmetry::Odd;
        if modes == 0 && !constant {
            let requirement = "at least 1";
            let found = modes.to_string();
            return Err(SurrogateError::Option { class, option: "modes", found, requirement });
        }
        let Interval { lower, upper, periodic } = interval;
        if !periodic && symmetry != Symmetry::None && !interval.is_symmetric() {
            let requirement = "use an interval [-b, b]";
            return Err(SurrogateError::Symmetry { class, lower, upper, requirement });
        }
        let full_turn = std::f64::consts::TAU / interval.length();
        let whole = Self {
            modes,
            step: full_turn,
            offset: 0.0,
            origin: 0.0,
            constant,
            cosines: symmetry != Symmetry::Odd,
            sines: symmetry != Symmetry::Even,
            name: "Fourier series",
            symmetry,
        };
        Ok(match (periodic, symmetry) {
            (true, _) | (false, Symmetry::Even) => whole,
            (false, Symmetry::None) => Self {
                step: 0.5 * full_turn,
                origin: lower,
                sines: false,
                name: "cosine series",
                ..whole
            },
            (false, Symmetry::Odd) => {
                Self { offset: 0.5 * full_turn, name: "sine series", ..whole }
            }
        })
    }

    fn functions_per_mode(&self) -> usize {
        usize::from(self.cosines) + usize::from(self.sines)
    }
}

impl Basis for FourierBasis {
    fn len(&self) -> usize {
        usize::from(self.constant) + self.modes * self.functions_per_mode()
    }

    fn visit<D: Scalar>(&self, x: D, mut term: impl FnMut(usize, D)) {
        let mut j = 0;
        let mut next = |phi: D| {
            term(j, phi);
            j += 1;
        };
        if self.constant {
            next(D::constant(1.0));
        }
        let x = x - self.origin;
        let (sin_step, cos_step) = (x * self.step).sin_cos();
        let (mut sin, mut cos) = (x * (self.step - self.offset)).sin_cos();
        for _ in 0..self.modes {
            if self.cosines {
                next(cos);
            }
            if self.sines {
                next(sin);
            }
            (sin, cos) = (sin * cos_step + cos * sin_step, cos * cos_step - sin * sin_step);
        }
    }

    /// Amplitudes fall like 1/k, so that the start is bounded for any number of modes.
    fn start_scale(&self, j: usize) -> f64 {
        let constant = usize::from(self.constant);
        if j < constant {
            return 1.0;
        }
        let k = 1 + (j - constant) / self.functions_per_mode();
        1.0 / k as f64
    }
}

impl Describe for FourierBasis {
    fn describe(&self) -> String {
        let symmetry = describe::symmetry(self.symmetry);
        let parameters = describe::parameters(self.len());
        let modes = if self.modes == 1 { "mode" } else { "modes" };
        format!("{}, {} {modes}{symmetry}, {parameters}", self.name, self.modes)
    }
}

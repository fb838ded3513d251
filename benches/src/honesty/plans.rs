//! Problems before their data are made, and the families that kinds are drawn from.

use super::shapes::{between, distance, rough_process, series, smooth_kernel};
use crate::noise::random::Random;

/// How values are read off a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Errors {
    /// Normal; the level is told in a column.
    Told(f64),
    /// Normal; nothing is told.
    Untold(f64),
    /// Normal in ln u; nothing is told.
    UntoldRelative(f64),
    /// Normal, one in twenty ten times as large; `noise = "student"`.
    Outliers(f64),
    /// Student's t with three degrees of freedom; nothing is told.
    HeavyTails(f64),
    /// Rounded to two decimals; nothing is told.
    Rounded,
    /// Positions of individuals.
    Positions,
}

/// What is measured of one state.
pub struct Measured {
    /// Keys of the experiment in truth and inversion.
    pub keys: String,
    /// Keys that pick the true state.
    pub initial: Option<String>,
    /// Number of values or positions; equally spaced nodes where `dense`.
    pub count: usize,
    /// Whether values are equally spaced over the whole domain.
    pub dense: bool,
    /// An interval without data, of centre and half-width.
    pub without: Option<[f64; 2]>,
    /// Errors.
    pub errors: Errors,
}

/// One unknown: its name, its truth, and the other keys of its section.
pub struct Sought {
    /// Name.
    pub name: &'static str,
    /// Truth, an expression.
    pub truth: String,
    /// Class and the like.
    pub keys: &'static str,
}

/// A problem before its data are made.
pub struct Plan {
    /// Lines of `[model]`.
    pub model: String,
    /// Lines of `[domain]` but `cells`.
    pub domain: &'static str,
    /// Cells of the inversion, and of the truth.
    pub cells: [usize; 2],
    /// Known functions and their expressions.
    pub known: Vec<(&'static str, String)>,
    /// The unknowns.
    pub sought: Vec<Sought>,
    /// The states.
    pub measured: Vec<Measured>,
}

pub const CIRCLE: &str = "boundary = \"periodic\"";
const LONG_CIRCLE: &str = "boundary = \"periodic\"\norigin = [-1.0]\nlength = [3.0]";
pub const INTERVAL: &str = "boundary = \"dirichlet\"";
const KILOMETRE: &str = "boundary = \"dirichlet\"\nlength = [1000.0]";
pub const FOURIER: &str = "surrogate = \"fourier\"";
const FORTY: &str = "surrogate = \"fourier\"\nmodes = 40";
pub const SIXTY_FOUR: &str = "surrogate = \"fourier\"\nmodes = 64";
pub const EVEN: &str = "surrogate = \"fourier\"\nsymmetry = \"even\"";
const FORTY_EVEN: &str = "surrogate = \"fourier\"\nmodes = 40\nsymmetry = \"even\"";
pub const POSITIVE: &str = "surrogate = \"fourier\"\nconstraint = \"positive\"";
/// Length of the longer circle.
pub const LONG: f64 = 3.0;

/// Values of a state at random points.
pub fn values(keys: &str, count: usize, errors: Errors) -> Measured {
    let keys = keys.to_owned();
    Measured { keys, initial: None, count, dense: false, without: None, errors }
}

/// V alone, with a smooth W known.
pub fn potential(
    random: &mut Random,
    truth: String,
    count: usize,
    keys: &'static str,
    cells: [usize; 2],
) -> Plan {
    Plan {
        model: "kind = \"aggregation-diffusion\"\ndiffusion = 0.1".into(),
        domain: CIRCLE,
        cells,
        known: vec![("W", smooth_kernel(random, 1.0))],
        sought: vec![Sought { name: "V", truth, keys }],
        measured: vec![values("coupling = 0.05", count, Errors::Told(0.02))],
    }
}

pub fn from_positions(truth: String, count: usize) -> Plan {
    Plan {
        model: "kind = \"aggregation-diffusion\"\ndiffusion = 0.1".into(),
        domain: CIRCLE,
        cells: [128, 1024],
        known: vec![("W", "0".into())],
        sought: vec![Sought { name: "V", truth, keys: FOURIER }],
        measured: vec![values("", count, Errors::Positions)],
    }
}

pub fn kernel(random: &mut Random, truth: String) -> Plan {
    let v = series(random, LONG, 3, 0.15, 1.0);
    let state = |keys: &str| values(keys, 60, Errors::Told(0.02));
    Plan {
        model: "kind = \"aggregation-diffusion\"\ndiffusion = 0.25".into(),
        domain: LONG_CIRCLE,
        cells: [192, 768],
        known: Vec::new(),
        sought: vec![
            Sought { name: "W", truth, keys: FORTY_EVEN },
            Sought { name: "V", truth: v, keys: FORTY },
        ],
        measured: vec![state("coupling = 0.3"), state("coupling = 0.8")],
    }
}

/// V with two nearly equal wells half a period apart, and an attraction strong enough for either to hold all.
pub fn two_branches(random: &mut Random) -> Plan {
    let (h, r) = (between(random, 0.8, 1.2), LONG * between(random, 0.06, 0.1));
    let (a, centre) = (between(random, 0.1, 0.2), LONG * random.uniform());
    let turn = std::f64::consts::TAU / LONG;
    let uneven = series(random, LONG, 3, 0.02, 1.0);
    let v = format!("{uneven} - ({a:.9})*cos({:.12}*(x - {centre:.9}))", 2.0 * turn);
    let mut plan = kernel(random, format!("-({h:.9})/cosh({}/{r:.9})", distance(LONG, 0.0)));
    plan.sought[1].truth = v;
    plan.measured = [centre, centre + 0.5 * LONG]
        .map(|well| Measured {
            initial: Some(format!("exp(4*cos({turn:.12}*(x - {well:.9})))")),
            ..values("coupling = 1.3", 40, Errors::Told(0.02))
        })
        .into();
    plan
}

pub fn reaction(
    known: Vec<(&'static str, String)>,
    name: &'static str,
    truth: String,
    keys: &'static str,
    measured: Measured,
) -> Plan {
    Plan {
        model: "kind = \"diffusion-reaction\"".into(),
        domain: INTERVAL,
        cells: [200, 2000],
        known,
        sought: vec![Sought { name, truth, keys }],
        measured: vec![measured],
    }
}

/// Metres and seconds: heads fall from 12 to 10 m over a kilometre under recharge.
pub fn transmissivity(random: &mut Random) -> Plan {
    let scale = 1000.0 * between(random, 0.05, 0.3);
    let log = rough_process(random, 1000.0, 0.8, scale);
    let known = vec![("k", "0".to_owned()), ("f", "1e-8".to_owned())];
    let measured = values("boundary_values = [12, 10]", 40, Errors::Told(0.02));
    let keys = "surrogate = \"spline\"\nknots = 60\nconstraint = \"positive\"";
    let plan = reaction(known, "a", format!("1e-3*exp({log})"), keys, measured);
    Plan { domain: KILOMETRE, cells: [400, 4000], ..plan }
}

/// W and V as the prior expects them, from two couplings.
pub fn smooth_pair(random: &mut Random, count: usize, dense: bool, errors: Errors) -> Plan {
    let (w, v) = (smooth_kernel(random, 1.0), series(random, 1.0, 3, 0.08, 1.0));
    let state = |keys: &str| Measured { dense, ..values(keys, count, errors) };
    Plan {
        model: "kind = \"aggregation-diffusion\"\ndiffusion = 0.1".into(),
        domain: CIRCLE,
        cells: [128, 512],
        known: Vec::new(),
        sought: vec![
            Sought { name: "W", truth: w, keys: EVEN },
            Sought { name: "V", truth: v, keys: FOURIER },
        ],
        measured: vec![state("coupling = 0.03"), state("coupling = 0.15")],
    }
}

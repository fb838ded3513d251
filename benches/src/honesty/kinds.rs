//! The kinds of problems: what is true in each and what is measured of it.
//!
//! Position, width and height of every feature are drawn anew for each data set, so that no kind is one
//! function. Noise levels are relative to the standard deviation of the state over the domain.

use super::shapes::{
    between, distance, layers, log_between, plateaus, rough_process, series, signed, smooth_kernel,
    tents,
};
use crate::noise::random::Random;

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// V with kinks.
    KinkedPotential,
    /// V with jumps.
    JumpingPotential,
    /// V with 60 modes that fall as 1/k.
    RoughPotential,
    /// V with a wave of high frequency.
    HighFrequency,
    /// V with a narrow barrier, from positions.
    NarrowBarrier,
    /// No values of u in a part of the domain.
    NoDataInAPart,
    /// A potential so high that nobody is there, from positions.
    NobodyThere,
    /// W of compact support.
    TopHatKernel,
    /// W with a kink.
    LaplaceKernel,
    /// W with a kink, repulsive nearby.
    MorseKernel,
    /// Two states of one equation that are nearly shifts of each other.
    TwoBranches,
    /// Layers of a.
    LayeredConductivity,
    /// Layers of f.
    LayeredSource,
    /// Patches of k.
    PatchyRate,
    /// A rough log-normal a.
    Transmissivity,
    /// One value in twenty is wrong by ten standard deviations; said to have heavy tails.
    Outliers,
    /// Errors of Student's distribution with three degrees of freedom, of which nothing is said.
    HeavyTails,
    /// Dense values rounded to two decimals.
    Rounded,
    /// Dense values with noise of which nothing is said.
    UnnamedNoise,
    /// Eight to twelve values of which nothing is said.
    FewValues,
}

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

pub(super) const CIRCLE: &str = "boundary = \"periodic\"";
const LONG_CIRCLE: &str = "boundary = \"periodic\"\norigin = [-1.0]\nlength = [3.0]";
pub(super) const INTERVAL: &str = "boundary = \"dirichlet\"";
const KILOMETRE: &str = "boundary = \"dirichlet\"\nlength = [1000.0]";
pub(super) const FOURIER: &str = "surrogate = \"fourier\"";
const FORTY: &str = "surrogate = \"fourier\"\nmodes = 40";
const SIXTY_FOUR: &str = "surrogate = \"fourier\"\nmodes = 64";
pub(super) const EVEN: &str = "surrogate = \"fourier\"\nsymmetry = \"even\"";
const FORTY_EVEN: &str = "surrogate = \"fourier\"\nmodes = 40\nsymmetry = \"even\"";
pub(super) const POSITIVE: &str = "surrogate = \"fourier\"\nconstraint = \"positive\"";
/// Length of the longer circle.
const LONG: f64 = 3.0;

impl Kind {
    /// All.
    pub const ALL: [Self; 20] = [
        Self::KinkedPotential,
        Self::JumpingPotential,
        Self::RoughPotential,
        Self::HighFrequency,
        Self::NarrowBarrier,
        Self::NoDataInAPart,
        Self::NobodyThere,
        Self::TopHatKernel,
        Self::LaplaceKernel,
        Self::MorseKernel,
        Self::TwoBranches,
        Self::LayeredConductivity,
        Self::LayeredSource,
        Self::PatchyRate,
        Self::Transmissivity,
        Self::Outliers,
        Self::HeavyTails,
        Self::Rounded,
        Self::UnnamedNoise,
        Self::FewValues,
    ];

    /// For the command line and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::KinkedPotential => "kinked-potential",
            Self::JumpingPotential => "jumping-potential",
            Self::RoughPotential => "rough-potential",
            Self::HighFrequency => "high-frequency",
            Self::NarrowBarrier => "narrow-barrier",
            Self::NoDataInAPart => "no-data-in-a-part",
            Self::NobodyThere => "nobody-there",
            Self::TopHatKernel => "top-hat-kernel",
            Self::LaplaceKernel => "laplace-kernel",
            Self::MorseKernel => "morse-kernel",
            Self::TwoBranches => "two-branches",
            Self::LayeredConductivity => "layered-conductivity",
            Self::LayeredSource => "layered-source",
            Self::PatchyRate => "patchy-rate",
            Self::Transmissivity => "transmissivity",
            Self::Outliers => "outliers",
            Self::HeavyTails => "heavy-tails",
            Self::Rounded => "rounded",
            Self::UnnamedNoise => "unnamed-noise",
            Self::FewValues => "few-values",
        }
    }

    /// In words.
    pub fn description(self) -> &'static str {
        match self {
            Self::KinkedPotential => "V of two tents; W known; 60 values, 2 %",
            Self::JumpingPotential => "V of two plateaus; W known; 80 values, 2 %",
            Self::RoughPotential => "V of 60 modes ~ 1/k; W known; 150 values, 2 %",
            Self::HighFrequency => "V with a wave of 10 to 20 periods; W known; 120 values, 2 %",
            Self::NarrowBarrier => "V with a barrier of 1 to 3 % of L; 1,000 positions",
            Self::NoDataInAPart => "V smooth; W known; 40 values, 2 %, none in 25 to 40 % of L",
            Self::NobodyThere => "V with a plateau of 8 to 12 σ, 20 to 30 % of L; 400 positions",
            Self::TopHatKernel => "W a smoothed top hat, V smooth; two κ, 2 × 60 values, 2 %",
            Self::LaplaceKernel => "W exponential, V smooth; two κ, 2 × 60 values, 2 %",
            Self::MorseKernel => "W of two exponentials, V smooth; two κ, 2 × 60 values, 2 %",
            Self::TwoBranches => "W and V; two states of one κ, nearly shifts; 2 × 40 values, 2 %",
            Self::LayeredConductivity => "a of 3 to 5 layers over a decade; 80 values, 1 %",
            Self::LayeredSource => "f of 3 to 5 layers; 80 values, 1 %",
            Self::PatchyRate => "k of 3 to 5 layers; 60 values, 0.5 %",
            Self::Transmissivity => "a log-normal and rough; 40 heads, 2 %",
            Self::Outliers => {
                "W and V smooth; 2 × 60 values, 2 %, 1 in 20 ten times worse, `student`"
            }
            Self::HeavyTails => "W and V smooth; 2 × 60 values, errors t₃, nothing said",
            Self::Rounded => "W and V smooth; 2 × 256 values of two decimals, nothing said",
            Self::UnnamedNoise => "W and V smooth; 2 × 256 values, 0.5 to 5 %, nothing said",
            Self::FewValues => "k smooth; 8 to 12 values, 0.01 to 5 %, nothing said",
        }
    }

    /// Whether the noise is what the fit may assume, so that an alarm is a false one. Errors of heavy tails
    /// that nobody announced deserve an alarm.
    pub fn is_right_model(self) -> bool {
        self != Self::HeavyTails
    }

    /// Draws a problem.
    pub fn plan(self, random: &mut Random) -> Plan {
        match self {
            Self::KinkedPotential => {
                let v = tents(random, 0.08, 0.25);
                potential(random, v, 60, FOURIER, [128, 1024])
            }
            Self::JumpingPotential => {
                let v = plateaus(random, 0.05, 0.2);
                potential(random, v, 80, FOURIER, [128, 1024])
            }
            Self::RoughPotential => {
                let v = series(random, 1.0, 60, 0.08, 1.0);
                potential(random, v, 150, SIXTY_FOUR, [256, 1024])
            }
            Self::HighFrequency => {
                let (k, a) = (10 + (11.0 * random.uniform()) as usize, between(random, 0.03, 0.1));
                let (phase, smooth) = (6.3 * random.uniform(), series(random, 1.0, 2, 0.05, 1.0));
                let v = format!("{smooth} + ({a:.9})*sin({}*pi*x + {phase:.9})", 2 * k);
                potential(random, v, 120, FOURIER, [128, 1024])
            }
            Self::NoDataInAPart => {
                let v = series(random, 1.0, 3, 0.08, 1.0);
                let mut plan = potential(random, v, 40, FOURIER, [128, 512]);
                plan.measured[0].without =
                    Some([random.uniform(), 0.5 * between(random, 0.25, 0.4)]);
                plan
            }
            Self::NarrowBarrier => {
                let (h, w) = (between(random, 0.1, 0.3), between(random, 0.01, 0.03));
                let (d, smooth) =
                    (distance(1.0, random.uniform()), series(random, 1.0, 2, 0.05, 1.0));
                let v = format!("{smooth} + ({h:.9})*exp(-0.5*({d}/{w:.9})^2)");
                from_positions(v, 1000)
            }
            Self::NobodyThere => {
                let (h, w) = (between(random, 0.8, 1.2), between(random, 0.1, 0.15));
                let (d, smooth) =
                    (distance(1.0, random.uniform()), series(random, 1.0, 2, 0.05, 1.0));
                let v = format!("{smooth} + ({h:.9})/(1 + exp(({d} - {w:.9})/0.02))");
                from_positions(v, 400)
            }
            Self::TopHatKernel => {
                let (h, r) = (between(random, 0.5, 1.3), LONG * between(random, 0.12, 0.3));
                let w = LONG * between(random, 0.005, 0.02);
                let d = distance(LONG, 0.0);
                kernel(random, format!("-({h:.9})/(1 + exp(({d} - {r:.9})/{w:.9}))"))
            }
            Self::LaplaceKernel => {
                let (h, r) = (signed(random, 0.5, 1.3), LONG * between(random, 0.05, 0.2));
                kernel(random, format!("({h:.9})*exp(-{}/{r:.9})", distance(LONG, 0.0)))
            }
            Self::MorseKernel => {
                let d = distance(LONG, 0.0);
                let (near, far) = (between(random, 0.8, 1.5), between(random, 0.6, 1.2));
                let (short, long) =
                    (LONG * between(random, 0.03, 0.08), LONG * between(random, 0.12, 0.2));
                kernel(
                    random,
                    format!("({near:.9})*exp(-{d}/{short:.9}) - ({far:.9})*exp(-{d}/{long:.9})"),
                )
            }
            Self::TwoBranches => two_branches(random),
            Self::LayeredConductivity => {
                let a = layers(random, 1.0, &mut |r| log_between(r, 0.1, 1.0));
                let known = vec![("k", "0.5".to_owned()), ("f", "1".to_owned())];
                let measured = values("boundary_values = [0, 0.3]", 80, Errors::Told(0.01));
                reaction(known, "a", a, POSITIVE, measured)
            }
            Self::LayeredSource => {
                let f = layers(random, 1.0, &mut |r| between(r, -1.0, 2.0));
                let known = vec![("a", "0.05".to_owned()), ("k", "0.5".to_owned())];
                let measured = values("boundary_values = [0, 0]", 80, Errors::Told(0.01));
                reaction(known, "f", f, FOURIER, measured)
            }
            Self::PatchyRate => {
                let k = layers(random, 1.0, &mut |r| log_between(r, 0.1, 3.0));
                let known = vec![("a", "0.02".to_owned()), ("f", "1".to_owned())];
                let measured = values("boundary_values = [1, 1]", 60, Errors::Told(0.005));
                reaction(known, "k", k, POSITIVE, measured)
            }
            Self::Transmissivity => transmissivity(random),
            Self::Outliers => smooth_pair(random, 60, false, Errors::Outliers(0.02)),
            Self::HeavyTails => {
                let level = log_between(random, 0.005, 0.03);
                smooth_pair(random, 60, false, Errors::HeavyTails(level))
            }
            Self::Rounded => smooth_pair(random, 256, true, Errors::Rounded),
            Self::UnnamedNoise => {
                let level = log_between(random, 0.005, 0.05);
                smooth_pair(random, 256, true, Errors::UntoldRelative(level))
            }
            Self::FewValues => {
                let k = format!("exp({})", series(random, 1.0, 2, 0.4, 1.0));
                let known = vec![("a", "0.01".to_owned()), ("f", "-sin(2*pi*x)".to_owned())];
                let count = 8 + (5.0 * random.uniform()) as usize;
                let errors = Errors::Untold(log_between(random, 1e-4, 0.05));
                reaction(known, "k", k, POSITIVE, values("boundary_values = [0, 0]", count, errors))
            }
        }
    }
}

/// Values of a state at random points.
pub(super) fn values(keys: &str, count: usize, errors: Errors) -> Measured {
    let keys = keys.to_owned();
    Measured { keys, initial: None, count, dense: false, without: None, errors }
}

/// V alone, with a smooth W known.
pub(super) fn potential(
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

fn from_positions(truth: String, count: usize) -> Plan {
    Plan {
        model: "kind = \"aggregation-diffusion\"\ndiffusion = 0.1".into(),
        domain: CIRCLE,
        cells: [128, 1024],
        known: vec![("W", "0".into())],
        sought: vec![Sought { name: "V", truth, keys: FOURIER }],
        measured: vec![values("", count, Errors::Positions)],
    }
}

fn kernel(random: &mut Random, truth: String) -> Plan {
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
fn two_branches(random: &mut Random) -> Plan {
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

pub(super) fn reaction(
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
fn transmissivity(random: &mut Random) -> Plan {
    let scale = 1000.0 * between(random, 0.05, 0.3);
    let log = rough_process(random, 1000.0, 0.8, scale);
    let known = vec![("k", "0".to_owned()), ("f", "1e-8".to_owned())];
    let measured = values("boundary_values = [12, 10]", 40, Errors::Told(0.02));
    let keys = "surrogate = \"spline\"\nknots = 60\nconstraint = \"positive\"";
    let plan = reaction(known, "a", format!("1e-3*exp({log})"), keys, measured);
    Plan { domain: KILOMETRE, cells: [400, 4000], ..plan }
}

/// W and V as the prior expects them, from two couplings.
pub(super) fn smooth_pair(random: &mut Random, count: usize, dense: bool, errors: Errors) -> Plan {
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

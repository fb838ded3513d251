//! The kinds of problems: what is true in each and what is measured of it.
//!
//! Position, width and height of every feature are drawn anew for each data set, so that no kind is one
//! function. Noise levels are relative to the standard deviation of the state over the domain.

use super::plans::{
    Errors, FOURIER, LONG, POSITIVE, Plan, SIXTY_FOUR, from_positions, kernel, potential, reaction,
    smooth_pair, transmissivity, two_branches, values,
};
use super::shapes::{between, distance, layers, log_between, plateaus, series, signed, tents};
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

//! The problems: an equation, its true functions, the experiments, and how well states are measured.
//!
//! | | what spacing can do |
//! |---|---|
//! | a short-ranged kernel, peaked states, absolute noise | where u is small nothing is seen: spacing matters |
//! | others | points tell about equally much |

/// The noise of a measurement.
#[derive(Clone, Copy, Debug)]
pub enum Noise {
    /// Standard deviation relative to the root mean square of the state.
    Absolute(f64),
    /// Standard deviation of log u.
    Relative(f64),
}

/// One problem.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// In a few words.
    pub what: &'static str,
    /// Whether spacing is expected to matter.
    pub matters: bool,
    /// The unknown whose error is compared.
    pub compared: &'static str,
    /// `[model]` and `[domain]` but for `cells`.
    pub head: &'static str,
    /// Keys of the known functions.
    pub known: &'static [[&'static str; 2]],
    /// Names, keys of the surrogates, and true expressions of the unknown functions.
    pub unknown: &'static [[&'static str; 3]],
    /// Conditions of each experiment.
    pub experiments: &'static [&'static str],
    /// Noise of every measurement.
    pub noise: Noise,
    /// Measurements of each experiment on average, those of a pilot included.
    pub points: usize,
    /// Equally spaced measurements of each experiment before the design; none: the design is made for
    /// draws from the prior.
    pub pilot: usize,
    /// Further keys of `[design]`.
    pub wish: &'static str,
}

const EVEN: &str = "surrogate = \"fourier\"\nsymmetry = \"even\"";
const ANY: &str = "surrogate = \"fourier\"";
const CIRCLE: &str = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n\
                      [domain]\nboundary = \"periodic\"\nlength = [1.0]\n";

/// Four wells 0.04 wide and 5 σ deep: between them there is hardly any density.
const FOUR_WELLS: &str = "-0.5*(exp(-((x-0.15)/0.04)^2)+exp(-((x-0.27)/0.04)^2)\
                          +exp(-((x-0.5)/0.04)^2)+exp(-((x-0.85)/0.04)^2))";
const THREE_WELLS: &str = "-0.6*exp(-((x-0.2)/0.1)^2)-0.6*exp(-((x-0.45)/0.1)^2)\
                           -0.6*exp(-((x-0.8)/0.1)^2)";
const SMOOTH: Case = Case {
    name: "smooth",
    what: "W and V from two smooth states, absolute noise, designed after a pilot for W",
    matters: false,
    compared: "W",
    head: CIRCLE,
    known: &[],
    unknown: &[["W", EVEN, "-cos(2*pi*x)-0.2*cos(4*pi*x)"], ["V", ANY, "0.1*sin(2*pi*x)"]],
    experiments: &["coupling = 0.05", "coupling = 0.2"],
    noise: Noise::Absolute(0.02),
    points: 32,
    pilot: 16,
    wish: "unknowns = \"W\"",
};

/// Every problem; the first is drawn.
pub const CASES: &[Case] = &[
    Case {
        name: "wells",
        what: "a short-ranged W from one state gathered in four narrow known wells, absolute noise, \
               designed from the prior",
        matters: true,
        compared: "W",
        head: CIRCLE,
        known: &[["V", FOUR_WELLS]],
        unknown: &[["W", EVEN, "-exp(-(x/0.15)^2)"]],
        experiments: &["coupling = 0.15"],
        noise: Noise::Absolute(0.05),
        points: 24,
        pilot: 0,
        wish: "",
    },
    Case {
        name: "repulsion",
        what: "a repulsive W of shorter range from the same wells, designed from the prior",
        matters: true,
        compared: "W",
        head: CIRCLE,
        known: &[["V", FOUR_WELLS]],
        unknown: &[["W", EVEN, "exp(-(x/0.12)^2)"]],
        experiments: &["coupling = 0.15"],
        noise: Noise::Absolute(0.05),
        points: 24,
        pilot: 0,
        wish: "",
    },
    Case {
        name: "two-waves",
        what: "W of two waves from the same wells, designed from the prior",
        matters: false,
        compared: "W",
        head: CIRCLE,
        known: &[["V", FOUR_WELLS]],
        unknown: &[["W", EVEN, "-cos(2*pi*x)+0.5*cos(4*pi*x)"]],
        experiments: &["coupling = 0.15"],
        noise: Noise::Absolute(0.05),
        points: 24,
        pilot: 0,
        wish: "",
    },
    Case {
        name: "waves",
        what: "W of three waves from one state gathered in three known wells, absolute noise, \
               designed from the prior",
        matters: false,
        compared: "W",
        head: CIRCLE,
        known: &[["V", THREE_WELLS]],
        unknown: &[["W", EVEN, "-cos(2*pi*x)+0.5*cos(4*pi*x)-0.3*cos(6*pi*x)"]],
        experiments: &["coupling = 0.2"],
        noise: Noise::Absolute(0.06),
        points: 24,
        pilot: 0,
        wish: "",
    },
    SMOOTH,
    Case {
        name: "relative",
        what: "W from one state in a known potential, relative noise, designed from the prior",
        matters: false,
        compared: "W",
        head: CIRCLE,
        known: &[["V", "0.1*sin(2*pi*x)+0.05*cos(4*pi*x)"]],
        unknown: &[["W", EVEN, "-cos(2*pi*x)-0.2*cos(4*pi*x)"]],
        experiments: &["coupling = 0.15"],
        noise: Noise::Relative(0.03),
        points: 24,
        pilot: 0,
        wish: "",
    },
    Case {
        name: "rate",
        what: "k of a diffusion-reaction equation from one profile, absolute noise, designed after a \
               pilot",
        matters: false,
        compared: "k",
        head: "[model]\nkind = \"diffusion-reaction\"\n\
               [domain]\nboundary = \"dirichlet\"\nlength = [1.0]\n",
        known: &[["a", "0.01"], ["f", "1.0"]],
        unknown: &[["k", "surrogate = \"fourier\"\nconstraint = \"positive\"", "1.5+sin(2*pi*x)"]],
        experiments: &[""],
        noise: Noise::Absolute(0.01),
        points: 32,
        pilot: 16,
        wish: "",
    },
];

impl Case {
    /// Its problem with everything known, for true states.
    pub fn truth(&self, cells: usize) -> String {
        let mut text = format!("{}cells = [{cells}]\n", self.head);
        let all = self.known.iter().map(|[name, expression]| [*name, *expression]);
        let all = all.chain(self.unknown.iter().map(|[name, _, expression]| [*name, *expression]));
        for [name, expression] in all {
            text += &format!("[functions.{name}]\nexpression = \"{expression}\"\n");
        }
        for conditions in self.experiments {
            text += &format!("[[experiments]]\n{conditions}\n");
        }
        text
    }

    /// Its problem with data files (none: planned only), and further sections.
    pub fn problem(&self, cells: usize, files: &[Option<String>], sections: &str) -> String {
        let mut text = format!("{}cells = [{cells}]\n", self.head);
        for [name, expression] in self.known {
            text += &format!("[functions.{name}]\nexpression = \"{expression}\"\n");
        }
        for [name, keys, _] in self.unknown {
            text += &format!("[functions.{name}]\n{keys}\n");
        }
        for (conditions, file) in self.experiments.iter().zip(files) {
            text += &format!("[[experiments]]\n{conditions}\n");
            if let Some(file) = file {
                text += &format!("data = \"{file}\"\n");
                if let Noise::Relative(level) = self.noise {
                    text += &format!("noise = {{ relative = {level} }}\n");
                }
            }
        }
        text + sections
    }

    /// `noise` of `[design]`.
    pub fn noise_of_design(&self) -> String {
        match self.noise {
            Noise::Absolute(level) => format!("noise = {{ rms = {level} }}\n"),
            Noise::Relative(level) => format!("noise = {{ relative = {level} }}\n"),
        }
    }
}

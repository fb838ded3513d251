//! A temporary folder with a small problem, in which the command runs.
//!
//! The state is exact: u = exp(cos x)/Z on the circle solves the equation with W = −cos, V = 0,
//! σ = 1 and κ = 1/R, R = ∫u cos x, up to the error of the quadrature, which is round-off.

use std::f64::consts::PI;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Points of the state, nodes of the grid.
const POINTS: usize = 32;

/// The problem file without its coupling.
const PROBLEM: &str = r#"[model]
kind = "aggregation-diffusion"
diffusion = 1.0
coupling = COUPLING

[domain]
boundary = "periodic"
length = [6.283185307179586]
cells = [32]

[functions.W]
surrogate = "fourier"
modes = 4
symmetry = "even"

[functions.V]
expression = "0"

[[experiments]]
data = "state.csv"

[fit]
formulation = "auto"
optimiser = "auto"
restarts = 2

[truth]
W = "-cos(x)"
"#;

/// A folder with `problem.toml` and `state.csv`.
pub struct Folder {
    dir: TempDir,
}

/// What a run of the command did.
#[derive(Debug)]
pub struct Run {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Folder {
    /// With nothing in it.
    pub fn empty() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    /// With a problem that recovers W in one linear solve.
    pub fn new() -> Self {
        let folder = Self::empty();
        let x = (0..POINTS).map(|i| 2.0 * PI * i as f64 / POINTS as f64);
        let weights: Vec<(f64, f64)> = x.map(|x| (x, x.cos().exp())).collect();
        let cell = 2.0 * PI / POINTS as f64;
        let mass: f64 = cell * weights.iter().map(|(_, w)| w).sum::<f64>();
        let order: f64 = cell * weights.iter().map(|(x, w)| w * x.cos()).sum::<f64>() / mass;
        let rows = weights.iter().map(|(x, w)| format!("{x:?},{:?}\n", w / mass));
        folder.write("state.csv", &("x,u\n".to_owned() + &rows.collect::<String>()));
        folder.write("problem.toml", &PROBLEM.replace("COUPLING", &format!("{:?}", 1.0 / order)));
        folder
    }

    /// The same with a network for W, which takes restarts and iterations.
    pub fn with_network() -> Self {
        let network = "surrogate = \"network\"\nhidden = [4]";
        Self::new().edit("surrogate = \"fourier\"\nmodes = 4", network)
    }

    /// The problem with `from` replaced by `to`.
    pub fn edit(self, from: &str, to: &str) -> Self {
        let text = self.read("problem.toml");
        assert!(text.contains(from), "nothing to replace");
        self.write("problem.toml", &text.replacen(from, to, 1));
        self
    }

    /// The data with every row `x, u` turned into what `change` makes of its line number and it.
    pub fn edit_rows(self, change: impl Fn(usize, &str, f64) -> String) -> Self {
        let text = self.read("state.csv");
        let rows = text.lines().enumerate().skip(1).map(|(i, row)| {
            let (x, u) = row.split_once(',').unwrap();
            change(i + 1, x, u.parse().unwrap()) + "\n"
        });
        self.write("state.csv", &("x,u\n".to_owned() + &rows.collect::<String>()));
        self
    }

    /// The data with u on line 4 replaced.
    pub fn with_cell(self, cell: &str) -> Self {
        self.edit_rows(|line, x, u| match line {
            4 => format!("{x},{cell}"),
            _ => format!("{x},{u:?}"),
        })
    }

    /// The path of a file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file of the folder.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A file of the folder as JSON.
    pub fn read_json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The command, about to run in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lacuna"));
        command.args(arguments).current_dir(self.dir.path());
        command
    }

    /// Runs the command.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command(arguments).output().unwrap())
    }

    /// Runs it and asserts that all went well.
    #[track_caller]
    pub fn run_well(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{run:?}");
        run
    }

    /// What `recover` complains about with exit code 2, before it writes anything; `check` has to
    /// say the same.
    #[track_caller]
    pub fn refusal(&self) -> String {
        let complaint = self.refusal_of(&["recover", "problem.toml"]);
        assert_eq!(self.refusal_of(&["check", "problem.toml"]), complaint);
        complaint
    }

    /// What a command complains about with exit code 2, before it writes anything.
    #[track_caller]
    pub fn refusal_of(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert_eq!(run.stdout, "");
        assert!(!self.path("lacuna-out/summary.json").exists());
        run.stderr
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Header and numeric columns of a CSV file.
pub fn read_csv(path: &Path) -> (String, Vec<Vec<f64>>) {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines();
    let header = lines.next().unwrap().to_owned();
    let mut columns = vec![Vec::new(); header.split(',').count()];
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(cell.parse().unwrap());
        }
    }
    (header, columns)
}

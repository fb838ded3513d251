//! Where and when a table of results was made.

use std::fs;
use std::process::Command;
use std::thread;

use serde::Serialize;

/// The machine, the compiler and the day of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Model of the processor.
    pub processor: String,
    /// Cores this process may use.
    pub cores: usize,
    /// Processes that were running or waiting during the last minute, on average.
    pub load: Option<f64>,
    /// `rustc --version`.
    pub rustc: String,
    /// Version of `lacuna`.
    pub lacuna: &'static str,
    /// The day, in UTC.
    pub date: String,
}

impl Machine {
    /// What can be found out of the machine this runs on.
    pub fn here() -> Self {
        let load = fs::read_to_string("/proc/loadavg").ok();
        Self {
            processor: processor().unwrap_or_else(|| "unknown processor".into()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            load: load.and_then(|text| text.split_whitespace().next()?.parse().ok()),
            rustc: rustc().unwrap_or_else(|| "unknown rustc".into()),
            lacuna: env!("CARGO_PKG_VERSION"),
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        }
    }

    /// One sentence for the head of a table.
    pub fn sentence(&self) -> String {
        let Self { processor, cores, rustc, lacuna, date, .. } = self;
        let load = self.load.map_or_else(String::new, |l| format!(", load average {l} at the end"));
        format!("lacuna {lacuna}, {rustc}, {processor}, {cores} cores{load}, {date}.")
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    let name = line.split_once(':')?.1;
    Some(name.trim().to_owned())
}

fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    Some(version.trim().to_owned()).filter(|version| !version.is_empty())
}

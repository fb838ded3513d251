//! The built-in examples: problem files with their data.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::data::write_whole;
use crate::output::make_dir;
use crate::{Error, Result};

/// A problem file and its data.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Names and contents of its files, `problem.toml` first.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! example {
    ($name:literal, $description:literal, [$($file:literal),*]) => {
        Example {
            name: $name,
            description: $description,
            files: &[$(($file, include_str!(concat!("../examples-data/", $name, "/", $file)))),*],
        }
    };
}

/// Every example; the first is what a verb runs on when it is given no problem.
pub const EXAMPLES: &[Example] = &[
    example!(
        "two-states",
        "interaction kernel and potential from two states at two couplings",
        ["problem.toml", "state-1.csv", "state-2.csv", "truth-W.csv", "truth-V.csv"]
    ),
    example!(
        "sparse-noisy",
        "kernel and potential from 60 irregular, noisy points of each of two states",
        ["problem.toml", "state-1.csv", "state-2.csv", "truth-W.csv", "truth-V.csv"]
    ),
    example!(
        "branches",
        "the same from two stable states of one equation",
        ["problem.toml", "state-1.csv", "state-2.csv", "truth-W.csv", "truth-V.csv"]
    ),
    example!(
        "kuramoto",
        "interaction kernel of noisy oscillators, without a potential",
        ["problem.toml", "state-1.csv", "state-2.csv"]
    ),
    example!(
        "reaction-rate",
        "reaction rate k(x) of a diffusion-reaction equation from one profile",
        ["problem.toml", "state.csv", "truth-k.csv"]
    ),
    example!("ants", "potential from the directions of 100 ants", ["problem.toml", "ants.csv"]),
    example!(
        "turtles",
        "potential from the directions of 76 turtles",
        ["problem.toml", "turtles.csv"]
    ),
    example!("wind", "potential from 310 wind directions", ["problem.toml", "wind.csv"]),
    example!(
        "kuramoto-states",
        "steady states of noisy oscillators, everything known (for `solve`)",
        ["problem.toml"]
    ),
    example!(
        "kuramoto-branches",
        "all steady states of oscillators with two harmonics (for `branches`)",
        ["problem.toml"]
    ),
];

/// What it is called when there is no such file.
const NOTHING_THERE: [io::ErrorKind; 2] = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];

impl Example {
    /// The example called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        EXAMPLES.iter().find(|example| example.name == name)
    }

    /// Its problem file.
    pub fn problem(&self) -> &'static str {
        self.files[0].1
    }

    /// Writes its files into `dir`, which is made if needed, and returns the problem file's path.
    ///
    /// # Errors
    /// If a file cannot be written, or stands there already with other content.
    pub fn write(&self, dir: &Path) -> Result<PathBuf> {
        self.write_over(dir, false)
    }

    /// The same; with `overwrite` also over other content.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_over(&self, dir: &Path, overwrite: bool) -> Result<PathBuf> {
        for (name, content) in self.files.iter().filter(|_| !overwrite) {
            let path = dir.join(name);
            match fs::read(&path) {
                Ok(found) if found == content.as_bytes() => {}
                Err(error) if NOTHING_THERE.contains(&error.kind()) => {}
                // What cannot be read is somebody's too.
                _ => return Err(Error::Exists { path }),
            }
        }
        make_dir(dir)?;
        for (name, content) in self.files {
            write_whole(&dir.join(name), content)?;
        }
        Ok(dir.join(self.files[0].0))
    }
}

//! Programs from crates.io that some commands need, kept below `target`: nothing is installed by hand.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Cargo, Failure};

/// A subcommand of cargo such as `deny`.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// What comes after `cargo`; its package is `cargo-NAME`.
    pub name: &'static str,
}

impl Tool {
    /// The folder in which the program is if it is not in the search path, installed there if need be.
    ///
    /// # Errors
    /// If it is not there and cannot be installed, as off-line.
    pub fn folder(self, root: &Path) -> Result<PathBuf, Failure> {
        let tools = Self::tools(root);
        if !self.is_installed(root) {
            let package = format!("cargo-{}", self.name);
            let install = ["install", "--locked", "--quiet", &package, "--root"];
            let args = install.into_iter().map(std::ffi::OsString::from);
            Cargo::new(root, args.chain([tools.clone().into_os_string()])).run()?;
        }
        Ok(tools.join("bin"))
    }

    /// Whether it is in the search path or was installed by [`folder`](Self::folder).
    pub fn is_installed(self, root: &Path) -> bool {
        self.is_in(None) || self.is_in(Some(&Self::tools(root).join("bin")))
    }

    fn tools(root: &Path) -> PathBuf {
        root.join("target").join("tools")
    }

    /// Whether the program runs, from the path or from `folder`.
    fn is_in(self, folder: Option<&Path>) -> bool {
        let name = format!("cargo-{}", self.name);
        let program = folder.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name));
        let mut command = Command::new(program);
        command.args([self.name, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

/// The search path with `tools` at its end.
pub fn path_with(tools: &Path) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([tools.to_owned()]);
    std::env::join_paths(folders).unwrap_or(path).to_string_lossy().into_owned()
}

//! Development commands of the workspace, one file each: [`ci`], [`tidy`], [`suite`],
//! [`mod@bench`], [`fuzz`], [`deny`].
//!
//! A library as well as a command, so that `cargo test --workspace` runs [`tidy`] too. It depends
//! on no crate of the workspace: what needs one is started as a process.

pub mod bench;
pub mod ci;
pub mod deny;
pub mod fuzz;
pub mod process;
pub mod source;
pub mod suite;
pub mod tidy;
pub mod tools;

use std::path::{Path, PathBuf};

/// The root of the workspace: the folder above this package.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

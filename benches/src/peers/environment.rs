//! The Python environment of the peers: `target/peers/venv`, kept while its requirements stay.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::script::{Python, run_logged};

/// The peers' scripts and requirements.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
const INSTALL_LIMIT: Duration = Duration::from_secs(1200);

/// The environment in `folder`, made or reused; or why there is none.
pub fn prepare(folder: &Path) -> Result<Python, String> {
    let requirements = Path::new(SCRIPTS).join("requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|e| format!("{} cannot be read: {e}", requirements.display()))?;
    let environment = folder.join("venv");
    // Written last, so that an installation cut short is made again.
    let installed = environment.join("requirements.txt");
    let python = Python {
        interpreter: interpreter(&environment),
        scripts: SCRIPTS.into(),
        logs: folder.join("logs"),
    };
    fs::create_dir_all(&python.logs).map_err(|e| e.to_string())?;
    if fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    let base = base_interpreter().ok_or("no python3 on this machine")?;
    let log = |name: &str| python.logs.join(name);
    let mut create = Command::new(base);
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    run_logged(create, &log("venv"), INSTALL_LIMIT).map_err(|e| format!("python3 -m venv: {e}"))?;
    let mut install = Command::new(&python.interpreter);
    install.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements);
    run_logged(install, &log("pip"), INSTALL_LIMIT).map_err(|e| format!("pip install: {e}"))?;
    fs::write(&installed, wanted).map_err(|e| e.to_string())?;
    Ok(python)
}

fn interpreter(environment: &Path) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts/python.exe")
    } else {
        environment.join("bin/python")
    }
}

fn base_interpreter() -> Option<&'static str> {
    let works = |name: &&str| {
        let output = Command::new(name).arg("--version").output();
        output.is_ok_and(|o| o.status.success() && o.stdout.starts_with(b"Python 3"))
    };
    ["python3", "python"].into_iter().find(works)
}

//! Case `process`: the command `lacuna recover` on the built-in problem, from start to exit, with
//! everything it writes.

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Bench;
use super::results::{Row, Sample, Unit};
use super::script::run_logged;

pub const CASE: &str = "process";
pub const QUANTITY: &str = "`lacuna recover`, the whole process";
const BUILD_LIMIT: Duration = Duration::from_secs(1200);
const LIMIT: Duration = Duration::from_secs(120);

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    eprintln!("  cargo build …");
    let logs = bench.folder.join("logs");
    std::fs::create_dir_all(&logs)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--quiet", "--package", "lacuna-cli"]);
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    run_logged(build, &logs.join("build"), BUILD_LIMIT)?;
    let suite = std::env::current_exe()?;
    let program = suite.with_file_name(format!("lacuna{}", std::env::consts::EXE_SUFFIX));
    let out = bench.folder.join("lacuna-out");
    let mut seconds = Vec::new();
    for _ in 0..if bench.quick { 2 } else { 7 } {
        let mut recover = Command::new(&program);
        recover.args(["recover", "--quiet", "--out"]).arg(&out);
        recover.current_dir(&bench.folder);
        let begin = Instant::now();
        let output = recover.output()?;
        seconds.push(begin.elapsed().as_secs_f64());
        if !output.status.success() {
            return Err(format!("`lacuna recover` ended with {}", output.status).into());
        }
        if seconds.iter().sum::<f64>() > LIMIT.as_secs_f64() {
            break;
        }
    }
    bench.results.rows.push(Row {
        case: CASE,
        quantity: QUANTITY.into(),
        unit: Unit::Seconds,
        peers: Vec::new(),
        lacuna: vec![Sample::new("`lacuna recover`", &seconds)],
    });
    Ok(())
}

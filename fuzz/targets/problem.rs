//! Text of a problem file: refused in words or read, and then the same after a turn through JSON.
#![no_main]

use std::path::Path;

use lacuna::Setup;
use lacuna::problem::Problem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(loaded) = Problem::from_str(text, Path::new("/nowhere")) else { return };
    let json = serde_json::to_string(&loaded.problem).expect("a problem is written");
    // Infinite numbers, which JSON does not have, are refused when a problem is read.
    let again: Problem = serde_json::from_str(&json).expect("what was written is read");
    assert_eq!(again, loaded.problem);
    if loaded.problem.domain.cells[0] <= 64 {
        let _ = Setup::new(&loaded);
    }
});

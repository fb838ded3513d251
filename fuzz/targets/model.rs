//! Bytes of a `model.json`: refused in words, or a problem and functions to compute with.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use lacuna::SavedModel;
use libfuzzer_sys::fuzz_target;

static PATH: LazyLock<PathBuf> = LazyLock::new(|| {
    std::env::temp_dir().join(format!("lacuna-fuzz-{}.json", std::process::id()))
});

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*PATH, bytes).expect("a file");
    let Ok(model) = SavedModel::read(&PATH) else { return };
    if model.problem.domain.cells.iter().all(|cells| *cells <= 64) {
        let _ = model.setup(&PATH);
    }
});

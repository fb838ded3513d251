//! Ctrl-C: the first asks the running work to stop with its results so far, the second ends the
//! process at once.

use std::sync::atomic::{AtomicBool, Ordering};

use lacuna::Flow;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Starts listening.
pub fn install() {
    // Without a handler Ctrl-C ends the process, which is the next best behaviour.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        eprintln!("\nstopping; results so far will be saved (Ctrl-C again to quit at once)");
    });
}

/// Whether to go on.
pub fn flow() -> Flow {
    if ASKED.load(Ordering::SeqCst) { Flow::Stop } else { Flow::Continue }
}

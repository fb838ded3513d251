//! Ctrl-C, and the end of a job or a terminal (SIGTERM, SIGHUP): the first asks the running work to stop
//! with its results so far, the second ends the process at once. Before the work has begun there is nothing
//! to save, and the first ends it.

use std::sync::atomic::{AtomicBool, Ordering};

use lacuna::Flow;

static ASKED: AtomicBool = AtomicBool::new(false);
static WORKING: AtomicBool = AtomicBool::new(false);

/// Starts listening. Without a handler a signal ends the process, which is the next best behaviour.
#[cfg(unix)]
pub fn install() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut wanted = vec![SIGINT, SIGTERM];
    // Under `nohup` the end of the terminal is to be ignored, and remains so.
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    if let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) {
        let listen = move || signals.forever().for_each(asked);
        // A thread that cannot be started leaves the signals unanswered: as good as none installed.
        let _ = std::thread::Builder::new().name("signals".into()).spawn(listen);
    }
}

/// Starts listening.
#[cfg(not(unix))]
pub fn install() {
    let _ = ctrlc::set_handler(|| asked(2));
}

fn asked(signal: i32) {
    if ASKED.swap(true, Ordering::SeqCst) {
        std::process::exit(128 + signal);
    }
    if !WORKING.load(Ordering::SeqCst) {
        complain!("\nstopped before there was anything to save");
        std::process::exit(1);
    }
    complain!("\nstopping; results so far will be saved (Ctrl-C again to quit at once)");
}

/// Whether a signal was ignored when the process began, where the system says so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

/// Says that from now on there are results to save.
pub fn work_begins() {
    WORKING.store(true, Ordering::SeqCst);
}

/// Whether to go on.
pub fn flow() -> Flow {
    if ASKED.load(Ordering::SeqCst) { Flow::Stop } else { Flow::Continue }
}

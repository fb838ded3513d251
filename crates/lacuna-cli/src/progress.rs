//! Progress of a recovery: a bar on a terminal, a line now and then elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lacuna::Progress;

/// Pause between lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

/// Shows how far a recovery is.
pub struct Display {
    bar: ProgressBar,
    on_terminal: bool,
    silent: bool,
    state: Mutex<State>,
}

struct State {
    /// Iterations done in each restart.
    iterations: Vec<usize>,
    best: f64,
    last_line: Instant,
}

impl Display {
    /// A display for `restarts` restarts.
    pub fn new(restarts: usize, silent: bool) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(style);
        }
        let on_terminal = !bar.is_hidden();
        if silent {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let state =
            State { iterations: vec![0; restarts], best: f64::INFINITY, last_line: Instant::now() };
        Self { bar, on_terminal, silent, state: Mutex::new(state) }
    }

    /// Takes note of an iterate.
    pub fn update(&self, progress: &Progress) {
        if self.silent {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.iterations.len() < progress.restarts {
            state.iterations.resize(progress.restarts, 0);
        }
        // Between iterates a run only asks whether to go on.
        if let Some(done) = state.iterations.get_mut(progress.restart) {
            *done = progress.iteration.max(*done);
        }
        state.best = state.best.min(progress.cost);
        let due = self.on_terminal || state.last_line.elapsed() >= BETWEEN_LINES;
        if !due {
            return;
        }
        let begun = state.iterations.iter().filter(|&&n| n > 0).count();
        let message = format!(
            "{begun} of {} restarts begun, {} iterations, lowest cost {:.2e}",
            progress.restarts,
            state.iterations.iter().sum::<usize>(),
            state.best
        );
        if self.on_terminal {
            self.bar.set_message(message);
            self.bar.tick();
        } else {
            complain!("{message}");
            state.last_line = Instant::now();
        }
    }

    /// Clears the display.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows how far any other work is: a spinner on a terminal, a line now and then elsewhere.
pub struct Steps {
    bar: ProgressBar,
    on_terminal: bool,
    silent: bool,
    last_line: Instant,
}

impl Steps {
    /// A display that shows nothing if `silent`.
    pub fn new(silent: bool) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        let on_terminal = !bar.is_hidden();
        if silent {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, on_terminal, silent, last_line: Instant::now() }
    }

    /// Takes note of a step.
    pub fn update(&mut self, message: impl FnOnce() -> String) {
        if self.silent {
            return;
        }
        if self.on_terminal {
            self.bar.set_message(message());
            self.bar.tick();
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            complain!("{}", message());
            self.last_line = Instant::now();
        }
    }

    /// Clears the display.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

//! Seconds of one call of something short, from many.
//!
//! Calls are timed in batches of at least a millisecond, so that reading the clock does not count;
//! a batch gives the mean of its calls, and the result is the median over batches.

use std::time::Instant;

use crate::statistics::median;

/// Shortest batch, in seconds.
const BATCH: f64 = 1e-3;
/// Fewest batches.
const FEWEST: usize = 5;

/// Means of batches, in seconds a call.
///
/// # Errors
/// The first error of a call.
pub fn batches<E>(budget: f64, mut call: impl FnMut() -> Result<(), E>) -> Result<Vec<f64>, E> {
    call()?;
    let begin = Instant::now();
    call()?;
    let once = begin.elapsed().as_secs_f64().max(1e-9);
    let calls = (BATCH / once).ceil().clamp(1.0, 1e6) as usize;
    let mut means = Vec::new();
    let start = Instant::now();
    while means.len() < FEWEST || start.elapsed().as_secs_f64() < budget {
        let begin = Instant::now();
        for _ in 0..calls {
            call()?;
        }
        means.push(begin.elapsed().as_secs_f64() / calls as f64);
    }
    Ok(means)
}

/// Median seconds of a call, measured for about `budget` seconds.
///
/// # Errors
/// The first error of a call.
pub fn seconds<E>(budget: f64, call: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    Ok(median(&batches(budget, call)?))
}

/// The same for a call that cannot fail.
pub fn seconds_of(budget: f64, mut call: impl FnMut()) -> f64 {
    let infallible = || {
        call();
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(seconds) = seconds(budget, infallible);
    seconds
}

//! False alarms: right models with few and many values, truths as the prior expects them.

use super::plans::{Errors, FOURIER, POSITIVE, Plan, potential, reaction, smooth_pair, values};
use super::shapes::series;
use crate::noise::random::Random;

/// Numbers of values of a state.
pub const COUNTS: [usize; 4] = [8, 15, 40, 200];

/// A problem whose states have `count` values each: V, k, a, or W and V, in turn.
pub fn plan(set: u64, count: usize, random: &mut Random) -> Plan {
    match set % 4 {
        0 => {
            let v = series(random, 1.0, 3, 0.08, 1.0);
            potential(random, v, count, FOURIER, [128, 512])
        }
        1 => {
            let k = format!("exp({})", series(random, 1.0, 2, 0.4, 1.0));
            let known = vec![("a", "0.02".to_owned()), ("f", "0".to_owned())];
            let measured = values("boundary_values = [1, 1]", count, Errors::Told(0.01));
            reaction(known, "k", k, POSITIVE, measured)
        }
        2 => {
            let a = format!("0.3*exp({})", series(random, 1.0, 2, 0.4, 1.0));
            let known = vec![("k", "0.5".to_owned()), ("f", "1".to_owned())];
            let measured = values("boundary_values = [0, 0.3]", count, Errors::Told(0.01));
            reaction(known, "a", a, POSITIVE, measured)
        }
        _ => smooth_pair(random, count, false, Errors::Told(0.02)),
    }
}

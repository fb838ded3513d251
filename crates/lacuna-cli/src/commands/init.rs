//! `lacuna init`: a commented problem file with data to start from.

use std::path::Path;

use lacuna::examples::EXAMPLES;

use super::{Outcome, Result};
use crate::arguments::Common;

/// Writes the first example into `dir`.
pub fn run(dir: &Path, common: &Common) -> Result {
    let path = EXAMPLES[0].write_over(dir, common.overwrite)?;
    if common.talks() {
        say!("wrote {} with two observed states and the true functions", path.display());
        say!("next: lacuna check {0}   or   lacuna recover {0}", path.display());
    }
    Ok(Outcome::Done)
}

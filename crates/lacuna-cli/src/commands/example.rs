//! `lacuna example`: the built-in examples.

use std::path::PathBuf;

use lacuna::examples::{EXAMPLES, Example};

use super::{Outcome, Result};
use crate::arguments::Common;

/// Lists the examples, or writes one.
pub fn run(name: Option<&str>, common: &Common) -> Result {
    let Some(name) = name else {
        let width = EXAMPLES.iter().map(|e| e.name.len()).max().unwrap_or(0);
        for example in EXAMPLES {
            say!("{:width$}  {}", example.name, example.description);
        }
        return Ok(Outcome::Done);
    };
    let Some(example) = Example::find(name) else {
        let names = EXAMPLES.iter().map(|e| e.name);
        return Err(lacuna::Error::no_such_example(name, names));
    };
    let dir = common.out.clone().unwrap_or_else(|| PathBuf::from(name));
    let path = example.write_over(&dir, common.overwrite)?;
    if common.talks() {
        let verb = match example.name {
            "kuramoto-states" => "solve",
            "kuramoto-branches" => "branches",
            _ => "recover",
        };
        say!("wrote {}", path.display());
        say!("next: lacuna {verb} {}", path.display());
    }
    Ok(Outcome::Done)
}

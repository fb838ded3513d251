//! Whether what a run has left is whole.

use std::fs;
use std::path::Path;

/// What there is of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No file that says so.
    Nothing,
    /// Results, but no report.
    Results,
    /// Results and report.
    Complete,
}

/// Reads every file of a folder of results.
pub fn inspect(out: &Path, result: &str) -> Result<Found, String> {
    visit(out)?;
    let there = |file: &str| out.join(file).exists();
    Ok(match (there(result), there("report.html")) {
        (false, false) => Found::Nothing,
        (true, false) => Found::Results,
        (true, true) => Found::Complete,
        (false, true) => return Err(format!("a report without {result}")),
    })
}

fn visit(folder: &Path) -> Result<(), String> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        // What is not yet in its place is no result.
        if name.to_string_lossy().starts_with(".lacuna") {
            continue;
        }
        if path.is_dir() {
            visit(&path)?;
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let whole = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
            Some("csv") => is_table(&text),
            Some("svg") => text.trim_end().ends_with("</svg>"),
            Some("html") => text.trim_end().ends_with("</html>"),
            Some("toml") => text.ends_with('\n'),
            _ => false,
        };
        if !whole {
            return Err(format!("{} is not whole, or should not be there", path.display()));
        }
    }
    Ok(())
}

fn is_table(text: &str) -> bool {
    let columns = |line: &str| {
        let mut quoted = false;
        let separates = |c: &char| {
            quoted ^= *c == '"';
            *c == ',' && !quoted
        };
        line.chars().filter(separates).count()
    };
    let mut lines = text.lines();
    let header = lines.next().map(columns);
    header.is_some() && text.ends_with('\n') && lines.all(|line| Some(columns(line)) == header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_is_found() {
        let folder = std::env::temp_dir().join(format!("lacuna-inspect-{}", std::process::id()));
        fs::create_dir_all(folder.join("states")).unwrap();
        let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
        write("summary.json", "{}");
        write("states/1.csv", "x,value\n0,1\n");
        assert_eq!(inspect(&folder, "summary.json"), Ok(Found::Results));
        for (file, cut) in [
            ("summary.json", "{"),
            ("states/1.csv", "x,value\n0,1\n0"),
            ("report.html", "<html>"),
            (".state.csv.123", "x"),
        ] {
            let before = fs::read_to_string(folder.join(file));
            write(file, cut);
            assert!(inspect(&folder, "summary.json").is_err(), "{file}");
            match before {
                Ok(text) => write(file, &text),
                Err(_) => fs::remove_file(folder.join(file)).unwrap(),
            }
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

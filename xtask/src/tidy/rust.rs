//! Rules for Rust files: a heading, a length, nothing unfinished, nothing outside the repository.

use std::path::Path;

use super::{File, Finding, numbered};
use crate::source;

/// Most lines of a Rust file, not counting items marked `#[cfg(test)]`: a longer one holds more
/// than one idea. Files of integration tests and benches count whole.
pub const MAX_LINES: usize = 600;

/// Macros of unfinished work and of debugging.
const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Written apart so that this file passes. Tests may read the reference inputs kept beside the
/// repository; what ships may not.
const OUTSIDE: &str = concat!("../", "shared");

pub(super) fn check(file: &File) -> Vec<Finding> {
    if file.extension() != "rs" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if !file.text.starts_with("//!") {
        let message = "the file does not open with `//!`: say what it holds, and its mathematics";
        findings.push(file.finding(1, message));
    }
    let test_lines = source::test_lines(&file.text);
    let length = test_lines.iter().filter(|&&test| !test).count();
    if length > MAX_LINES {
        let message = format!("{length} lines without its tests: split at {MAX_LINES}");
        findings.push(file.finding(MAX_LINES, message));
    }
    for (number, line) in numbered(&source::code(&file.text)) {
        for name in MACROS {
            let called = line.match_indices(name).any(|(at, _)| {
                let whole = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                whole && line[at + name.len()..].starts_with('!')
            });
            if called {
                findings.push(file.finding(number, format!("`{name}!`: finish it or remove it")));
            }
        }
    }
    if file.path.starts_with("crates") && !is_test(&file.path) {
        for ((number, line), test) in numbered(&file.text).zip(&test_lines) {
            if line.contains(OUTSIDE) && !test {
                let message = format!("`{OUTSIDE}` outside a test: copy what is needed");
                findings.push(file.finding(number, message));
            }
        }
    }
    findings
}

/// Whether a whole file is test code.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
        || path.file_name().is_some_and(|name| name == "tests.rs")
}

#[cfg(test)]
mod tests {
    use super::super::tests::messages;
    use super::*;

    #[test]
    fn a_heading_is_required() {
        assert!(messages("a.rs", "fn f() {}\n")[0].starts_with("a.rs:1: the file does not open"));
        assert_eq!(messages("a.md", "fn f() {}\n"), [""; 0]);
    }

    #[test]
    fn length_is_counted_without_tests() {
        let line = "fn f() {}\n";
        let at_limit = format!("//! Doc.\n{}", line.repeat(MAX_LINES - 1));
        assert_eq!(messages("a.rs", &at_limit), [""; 0]);
        let with_tests = format!("{at_limit}#[cfg(test)]\nmod tests {{\n\n    fn g() {{}}\n}}\n");
        assert_eq!(messages("a.rs", &with_tests), [""; 0]);
        let too_long = format!("{with_tests}{line}");
        assert!(messages("a.rs", &too_long)[0].contains("601 lines"));
    }

    #[test]
    fn unfinished_work_is_found_in_code_only() {
        for name in MACROS {
            let text = format!("//! {name}!\nfn f() {{\n    {name}!(\"{name}!\")\n}}\n");
            let found = messages("a.rs", &text);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with(&format!("a.rs:3: `{name}!`")));
        }
        assert_eq!(messages("a.rs", "//! Doc.\nfn f() { my_todo!() }\n"), [""; 0]);
    }

    #[test]
    fn only_tests_may_leave_the_repository() {
        let shipped = format!("//! Doc.\nconst A: &str = \"{OUTSIDE}/data\";\n");
        assert!(messages("crates/a/src/a.rs", &shipped)[0].contains("a.rs:2: "));
        assert_eq!(messages("crates/a/tests/a.rs", &shipped), [""; 0]);
        assert_eq!(messages("crates/a/src/b/tests.rs", &shipped), [""; 0]);
        let test = format!(
            "//! Doc.\n#[cfg(test)]\nmod tests {{\n    // {OUTSIDE}\n    const A: &str = \"{OUTSIDE}\";\n}}\n"
        );
        assert_eq!(messages("crates/a/src/a.rs", &test), [""; 0]);
    }
}

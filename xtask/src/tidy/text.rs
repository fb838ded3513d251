//! Rules for every text file: whitespace, notes to repair later, paths of somebody's machine.

use super::{File, Finding, numbered};

/// Extensions of text that people or tools read line by line. Data, snapshots and licences are
/// kept as they came.
const KEPT_CLEAN: [&str; 10] = ["rs", "md", "toml", "sh", "py", "yml", "yaml", "html", "css", "js"];

/// First components of absolute paths that exist on one machine only.
const MACHINE_FOLDERS: [&str; 4] = ["work", "root", "home", "Users"];

/// Written apart so that this file passes.
const REPAIR_LATER: &str = concat!("FIX", "ME");

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let clean = KEPT_CLEAN.contains(&file.extension()) || file.path.starts_with(".ci");
    for (number, line) in numbered(&file.text) {
        let mut report = |message: &str| findings.push(file.finding(number, message));
        if names_machine_folder(line) {
            report("absolute path of one machine: write it relative to the repository");
        }
        if !clean {
            continue;
        }
        if line.contains('\t') {
            report("tab: indent with spaces");
        }
        if line.trim_end() != line {
            report("trailing whitespace");
        }
        if line.contains(REPAIR_LATER) {
            report(&format!("`{REPAIR_LATER}`: repair it now, or open an issue"));
        }
    }
    let lines = file.text.split('\n').count();
    if clean && !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(file.finding(lines, "no newline at the end of the file"));
    }
    if clean && file.text.ends_with("\n\n") {
        findings.push(file.finding(lines - 1, "blank line at the end of the file"));
    }
    findings
}

/// Whether a path that starts at the file system's root and then a [`MACHINE_FOLDERS`] occurs.
fn names_machine_folder(line: &str) -> bool {
    line.match_indices('/').any(|(at, _)| {
        let inside_a_path = |c: char| c.is_alphanumeric() || "._-~/*)}>]".contains(c);
        let continues_name = |c: char| c.is_alphanumeric() || "_-.".contains(c);
        let rest = &line[at + 1..];
        !line[..at].ends_with(inside_a_path)
            && MACHINE_FOLDERS.iter().any(|folder| {
                rest.strip_prefix(folder).is_some_and(|after| !after.starts_with(continues_name))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::messages;
    use super::*;

    #[test]
    fn whitespace_is_kept_clean() {
        assert!(messages("a.md", "a \nb\n")[0].starts_with("a.md:1: trailing"));
        assert!(messages("a.toml", "a\n\tb\n")[0].starts_with("a.toml:2: tab"));
        assert!(messages("a.md", "a\nb")[0].starts_with("a.md:2: no newline"));
        assert!(messages("a.md", "a\n\n")[0].starts_with("a.md:2: blank line"));
        assert!(messages(".ci/run", "a ")[0].starts_with(".ci/run:1: trailing"));
        assert_eq!(messages("a.snap", "a \n\tb"), [""; 0]);
        assert_eq!(messages("a.md", ""), [""; 0]);
    }

    #[test]
    fn notes_to_repair_later_are_found() {
        let text = format!("a\n{REPAIR_LATER}: b\n");
        assert!(messages("a.md", &text)[0].starts_with("a.md:2: `FIX"));
    }

    #[test]
    fn absolute_paths_are_told_from_others() {
        for folder in MACHINE_FOLDERS {
            for line in
                [format!("cd /{folder}"), format!("\"/{folder}/x\""), format!("--out=/{folder}/x")]
            {
                assert!(names_machine_folder(&line), "{line}");
            }
            for line in [
                format!("a/{folder}/b"),
                format!("https://example.org/{folder}"),
                format!("{{dir}}/{folder}"),
                format!("/{folder}er"),
                format!("./{folder}"),
                format!("x / {folder}"),
            ] {
                assert!(!names_machine_folder(&line), "{line}");
            }
        }
    }
}

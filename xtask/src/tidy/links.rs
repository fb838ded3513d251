//! Relative links in Markdown lead to something in the repository.
//!
//! Inline links and images `[text](target "title")`, and definitions `[text]: target`. Links with
//! a scheme are not followed, anchors are not looked up, code is not searched.

use std::path::{Component, Path, PathBuf};

use super::{File, Finding, numbered};

pub(super) fn check(file: &File) -> Vec<Finding> {
    if file.extension() != "md" {
        return Vec::new();
    }
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    let mut fenced = false;
    for (number, line) in numbered(&file.text) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(&without_code(line)) {
            if let Some(problem) = problem(file.root, folder, &target) {
                findings.push(file.finding(number, format!("link to `{target}`: {problem}")));
            }
        }
    }
    findings
}

/// What is wrong with a link in a file in `folder`, if anything.
fn problem(root: &Path, folder: &Path, target: &str) -> Option<&'static str> {
    let path = target.split(['#', '?']).next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    match inside(&folder.join(path)) {
        None => Some("it leaves the repository"),
        Some(path) if root.join(&path).exists() => None,
        Some(_) => Some("there is no such file"),
    }
}

/// The path without `.` and `..`; nothing when it leaves the folder it starts from.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

fn targets(line: &str) -> Vec<String> {
    let definition = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
        .filter(|(label, _)| !label.contains(']') && !label.starts_with('^'))
        .map(|(_, target)| target);
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    inline
        .chain(definition)
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_matches(['<', '>']).to_owned())
        .collect()
}

/// The line without its `code`.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::tests::messages;

    #[test]
    fn links_to_files_are_followed() {
        for line in [
            "[a](Cargo.toml)",
            "[a](./src/lib.rs#x) and ![b](src/tidy \"title\")",
            "[a]: <Cargo.toml>",
            "[`a`](Cargo.toml)",
            "[a](https://example.org/none) [b](#heading) [c](mailto:a@b.c)",
            "`[a](none)`",
            "[^1]: none of this is a link",
        ] {
            assert_eq!(messages("README.md", &format!("{line}\n")), [""; 0]);
        }
        assert_eq!(messages("a.md", "```\n[a](none)\n```\n"), [""; 0]);
        assert_eq!(messages("src/a.md", "[a](../Cargo.toml)\n"), [""; 0]);
    }

    #[test]
    fn dead_links_are_found() {
        for line in ["[a](none.md)", "![a](docs/x.svg)", "[a]: none", "[`a`](none)"] {
            let found = messages("README.md", &format!("text\n\n{line}\n"));
            assert_eq!(found.len(), 1, "{line}: {found:?}");
            assert!(found[0].starts_with("README.md:3: link to `"), "{found:?}");
        }
        let found = messages("src/a.md", "[a](../../outside)\n");
        assert!(found[0].ends_with("it leaves the repository"), "{found:?}");
    }
}

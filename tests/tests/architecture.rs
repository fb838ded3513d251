//! The invariants of `ARCHITECTURE.md`, held against the manifests and the sources.
//!
//! With R the rows of its table of crates, in order, and D(c) the workspace crates that c depends
//! on: rows = members of the workspace; may(c) ⊆ rows above c; D(c) ⊆ may(c). So D is acyclic.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xtask::source;

/// The crates at the edge, where files are read and written.
const EDGE: [&str; 2] = ["lacuna", "lacuna-cli"];

/// One package of the workspace.
struct Package {
    name: String,
    folder: PathBuf,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    dev: bool,
}

impl Package {
    /// Names of the normal and build dependencies.
    fn shipped(&self) -> impl Iterator<Item = &str> {
        let shipped = self.dependencies.iter().filter(|d| !d.dev);
        shipped.map(|d| d.name.as_str())
    }

    fn is_numerics(&self) -> bool {
        self.folder.starts_with(xtask::root().join("crates")) && !EDGE.contains(&&*self.name)
    }

    fn manifest(&self) -> toml::Table {
        manifest(&self.folder)
    }

    /// The sources under `src`, without comments, literals and tests.
    fn shipped_sources(&self) -> Vec<(PathBuf, String)> {
        let src = self.folder.join("src");
        let files = if src.exists() { source::rust_files(&src).unwrap() } else { Vec::new() };
        let is_test = |path: &PathBuf| {
            path.ends_with("tests.rs") || path.components().any(|c| c.as_os_str() == "tests")
        };
        let relative = |path: &PathBuf| path.strip_prefix(&self.folder).unwrap().to_owned();
        files
            .into_iter()
            .filter(|path| !is_test(&relative(path)))
            .map(|path| {
                let text = fs::read_to_string(&path).unwrap();
                (path, source::shipped_code(&text))
            })
            .collect()
    }
}

fn manifest(folder: &Path) -> toml::Table {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    text.parse().unwrap()
}

/// The members of the workspace, by name.
fn packages() -> BTreeMap<String, Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(xtask::root())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {stderr}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency =
        |value: &Value| Dependency { name: text(&value["name"]), dev: value["kind"] == "dev" };
    let package = |value: &Value| Package {
        name: text(&value["name"]),
        folder: Path::new(&text(&value["manifest_path"])).parent().unwrap().into(),
        dependencies: value["dependencies"].as_array().unwrap().iter().map(dependency).collect(),
    };
    let packages = metadata["packages"].as_array().unwrap().iter().map(package);
    packages.map(|p| (p.name.clone(), p)).collect()
}

/// One row of the table of crates.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: String,
    may_depend_on: BTreeSet<String>,
}

/// The table under `## Crates`: `crate | responsibility | may depend on`. Crates are in backticks,
/// with or without `lacuna-`; `all above` is every row so far; anything else is prose.
fn table(markdown: &str) -> Result<Vec<Row>, String> {
    let section = markdown
        .split("\n## ")
        .find_map(|section| section.strip_prefix("Crates\n"))
        .ok_or("ARCHITECTURE.md has no section `## Crates`")?;
    let mut rows: Vec<Row> = Vec::new();
    for line in section.lines().filter(|line| line.starts_with('|')).skip(2) {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').collect();
        let [name, _, may_depend_on] = cells[..] else {
            return Err(format!("not three cells: {line}"));
        };
        let [name] = backticked(name)[..] else {
            return Err(format!("the first cell is not one crate in backticks: {line}"));
        };
        let mut allowed = BTreeSet::new();
        if may_depend_on.contains("all above") {
            allowed.extend(rows.iter().map(|row| row.name.clone()));
        }
        for short in backticked(may_depend_on) {
            let full = format!("lacuna-{short}");
            let above = rows.iter().find(|row| row.name == short || row.name == full);
            let above = above.ok_or_else(|| {
                format!(
                    "`{name}` may depend on `{short}`, which is not the crate of a row above it"
                )
            })?;
            allowed.insert(above.name.clone());
        }
        rows.push(Row { name: name.to_owned(), may_depend_on: allowed });
    }
    Ok(rows)
}

fn backticked(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn rows() -> Vec<Row> {
    let markdown = fs::read_to_string(xtask::root().join("ARCHITECTURE.md")).unwrap();
    table(&markdown).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Every crate that `name` depends on, directly or not, in what ships.
fn reachable(packages: &BTreeMap<String, Package>, name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        let Some(package) = packages.get(&name) else {
            continue;
        };
        for next in package.shipped() {
            if seen.insert(next.to_owned()) {
                open.push(next.to_owned());
            }
        }
    }
    seen
}

#[test]
fn the_table_reads_short_names_full_names_and_all_above() {
    let row = |name: &str, allowed: &[&str]| Row {
        name: name.into(),
        may_depend_on: allowed.iter().map(|&a| a.into()).collect(),
    };
    let text = "# A\n\n## Crates\n\nProse.\n\n| crate | responsibility | may depend on |\n|---|---|---|\n\
                | `lacuna-core` | a | faer, num-dual |\n| `lacuna-grid` | `b` | `core` |\n\
                | `lacuna` | c | all above |\n| `xtask` | d | – |\n| `lacuna-cli` | e | `lacuna`, `lacuna-grid` |\n\n## B\n| x |\n";
    let rows = table(text).unwrap();
    assert_eq!(rows[0], row("lacuna-core", &[]));
    assert_eq!(rows[1], row("lacuna-grid", &["lacuna-core"]));
    assert_eq!(rows[2], row("lacuna", &["lacuna-core", "lacuna-grid"]));
    assert_eq!(rows[3], row("xtask", &[]));
    assert_eq!(rows[4], row("lacuna-cli", &["lacuna", "lacuna-grid"]));
    assert_eq!(rows.len(), 5);
    let below = text.replace("faer, num-dual", "`grid`");
    assert!(table(&below).unwrap_err().contains("not the crate of a row above"));
}

#[test]
fn the_table_lists_the_workspace() {
    let listed: BTreeSet<String> = rows().into_iter().map(|row| row.name).collect();
    let members: BTreeSet<String> = packages().into_keys().collect();
    assert_eq!(listed, members, "left: rows of ARCHITECTURE.md, right: members of the workspace");
}

#[test]
fn dependencies_are_those_of_the_table() {
    let packages = packages();
    for row in rows() {
        let Some(package) = packages.get(&row.name) else {
            continue; // reported by `the_table_lists_the_workspace`
        };
        for dependency in package.shipped().filter(|&d| packages.contains_key(d)) {
            assert!(
                row.may_depend_on.contains(dependency),
                "`{}` depends on `{dependency}`; ARCHITECTURE.md allows {:?}",
                row.name,
                row.may_depend_on
            );
        }
    }
}

#[test]
fn dev_dependencies_do_not_lead_back() {
    let packages = packages();
    for package in packages.values() {
        for dependency in package.dependencies.iter().filter(|d| d.dev) {
            assert!(
                !reachable(&packages, &dependency.name).contains(&package.name),
                "`{}` tests itself with `{}`, which depends on it: move the test there",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn only_lacuna_fit_names_argmin() {
    for package in packages().values().filter(|p| p.name != "lacuna-fit") {
        for dependency in &package.dependencies {
            let name = &dependency.name;
            assert!(!name.starts_with("argmin"), "`{}` depends on {name}", package.name);
        }
        for (path, code) in package.shipped_sources() {
            let named = ["argmin", "argmin_math"].iter().any(|name| source::names(&code, name));
            assert!(!named, "{} names argmin", path.display());
        }
    }
}

#[test]
fn files_and_formats_stay_at_the_edge() {
    let formats = ["serde", "serde_json", "csv", "toml"];
    let system = ["fs", "io", "net", "process"];
    let printing = ["print!", "println!"]; // and so `eprint!`, `eprintln!`
    for package in packages().values().filter(|p| p.is_numerics()) {
        for dependency in package.shipped() {
            assert!(
                !formats.contains(&dependency),
                "`{}` depends on {dependency}; only {EDGE:?} read and write",
                package.name
            );
        }
        for (path, code) in package.shipped_sources() {
            let used = std_modules(&code);
            let io = system.iter().find(|&&module| used.contains(module));
            let print = printing.iter().find(|&&print| code.contains(print));
            let found = io.into_iter().chain(print).next();
            assert!(
                found.is_none(),
                "{} uses {found:?}; only {EDGE:?} read, write and print",
                path.display()
            );
        }
    }
}

/// The modules of `std` that the code names: `a` in `std::a` and in `std::{a::b, c}`.
fn std_modules(code: &str) -> BTreeSet<&str> {
    let mut modules = BTreeSet::new();
    for (at, prefix) in code.match_indices("std::") {
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            modules.extend(first_identifier(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = 0;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    modules.extend(first_identifier(group[start..i].trim_start()));
                    start = i + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    modules
}

fn first_identifier(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    Some(&text[..end.unwrap_or(text.len())]).filter(|name| !name.is_empty())
}

#[test]
fn modules_of_std_are_recognised_in_any_spelling() {
    let found = |code| std_modules(code).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use std::fs::File; std::io::stdin()"), ["fs", "io"]);
    assert_eq!(found("use std::{\n    sync::{Arc, fs},\n    io,\n};\nuse a::net;"), ["io", "sync"]);
    assert_eq!(found("use std::{fmt, process}; fn fs() {}"), ["fmt", "process"]);
}

#[test]
fn xtask_depends_on_no_crate_of_the_workspace() {
    let packages = packages();
    let dependencies = &packages["xtask"].dependencies;
    let own: Vec<&str> = dependencies
        .iter()
        .map(|d| d.name.as_str())
        .filter(|&d| packages.contains_key(d))
        .collect();
    assert!(own.is_empty(), "xtask depends on {own:?}: start a process instead");
}

#[test]
fn every_package_inherits_lints_licence_and_rust_version() {
    for package in packages().values() {
        let manifest = package.manifest();
        let inherits = |table: &toml::Value| table.get("workspace") == Some(&true.into());
        assert!(
            manifest.get("lints").is_some_and(inherits),
            "{}: `[lints]` needs `workspace = true`",
            package.name
        );
        for key in ["edition", "license", "rust-version", "version"] {
            assert!(
                manifest["package"].get(key).is_some_and(inherits),
                "{}: `[package]` needs `{key}.workspace = true`",
                package.name
            );
        }
    }
}

#[test]
fn unsafe_code_is_forbidden() {
    let root = manifest(&xtask::root());
    assert_eq!(root["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
}

#[test]
fn the_style_rules_hold() {
    let findings = xtask::tidy::run(&xtask::root()).unwrap();
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "cargo xtask tidy:\n{}", lines.join("\n"));
}

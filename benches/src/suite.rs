//! A suite: a name, a sentence, a function; and how one is chosen by name.

use std::error::Error;

/// How a suite ends: an error is printed and becomes exit code 1.
pub type Outcome = Result<(), Box<dyn Error>>;

/// One reproducible table of results.
#[derive(Clone, Copy)]
pub struct Suite {
    /// What it is called on the command line.
    pub name: &'static str,
    /// One sentence: what it runs, and about how long that takes.
    pub description: &'static str,
    /// Runs it with the arguments that follow its name.
    pub run: fn(args: &[String]) -> Outcome,
}

/// Runs the suite that `args` names first, with the rest of `args`; lists `suites` when `args` is
/// empty.
///
/// # Errors
/// The suite's own, or one that lists what exists when the name is unknown.
pub fn dispatch(suites: &[Suite], args: &[String]) -> Outcome {
    let Some((name, rest)) = args.split_first() else {
        println!("{}", listing(suites));
        return Ok(());
    };
    match suites.iter().find(|suite| suite.name == name) {
        Some(suite) => (suite.run)(rest),
        None => Err(format!("no suite is called `{name}`\n{}", listing(suites)).into()),
    }
}

fn listing(suites: &[Suite]) -> String {
    if suites.is_empty() {
        return "there are no suites yet".into();
    }
    let width = suites.iter().map(|s| s.name.len()).max().unwrap_or(0);
    let lines = suites.iter().map(|s| format!("  {:width$}  {}", s.name, s.description));
    std::iter::once("suites:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITES: &[Suite] = &[
        Suite {
            name: "good",
            description: "succeeds without arguments",
            run: |args| {
                if args.is_empty() { Ok(()) } else { Err(args.join("+").into()) }
            },
        },
        Suite { name: "bad", description: "always fails", run: |_| Err("as announced".into()) },
    ];

    fn run(args: &[&str]) -> Result<(), String> {
        let args: Vec<String> = args.iter().map(|&a| a.to_owned()).collect();
        dispatch(SUITES, &args).map_err(|e| e.to_string())
    }

    #[test]
    fn a_suite_is_found_by_name_and_gets_the_other_arguments() {
        assert_eq!(run(&["good"]), Ok(()));
        assert_eq!(run(&["good", "a", "--b"]), Err("a+--b".into()));
        assert_eq!(run(&["bad"]), Err("as announced".into()));
    }

    #[test]
    fn an_unknown_name_lists_what_exists() {
        let message = run(&["goood"]).unwrap_err();
        assert!(message.contains("`goood`"), "{message}");
        for suite in SUITES {
            assert!(message.contains(suite.name), "{message}");
            assert!(message.contains(suite.description), "{message}");
        }
    }

    #[test]
    fn no_name_is_a_request_for_the_list() {
        assert_eq!(run(&[]), Ok(()));
    }
}

//! The problems of the guide docs/identifiability.md, run as a reader would.

use std::fs;
use std::path::Path;

use lacuna::DiagnosePlan;
use lacuna::core::Flow;
use lacuna::problem::Problem;

#[test]
fn the_problems_of_the_guide_have_the_verdicts_it_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/identifiability.md");
    let text = fs::read_to_string(path).unwrap();
    let mut seen = 0;
    for block in text.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let loaded = Problem::from_str(block, ".".as_ref()).unwrap();
        let diagnosed = DiagnosePlan::new(&loaded).unwrap().run(&|| Flow::Continue).unwrap();
        let told = block.lines().map_while(|line| line.strip_prefix("# "));
        for line in told {
            let (name, rest) = line.split_once(": ").unwrap();
            let mut words = rest.split(", ");
            let unknown = diagnosed.unknowns.iter().find(|u| u.name == name).unwrap();
            let found = unknown.joint.verdict.code();
            assert_eq!(found, words.next().unwrap(), "{name} of\n{block}\n{unknown:?}");
            if let Some(code) = words.next() {
                let codes: Vec<&str> = unknown.reasons.iter().map(|r| r.code).collect();
                assert!(codes.contains(&code), "{codes:?} for {name} of\n{block}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} verdicts in the guide");
}

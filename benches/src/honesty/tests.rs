//! What the suite itself has to get right.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lacuna::identify::Band;

use super::data::make;
use super::kinds::Kind;
use super::measure::{Subject, measure};
use super::plans::Measured;
use super::score::{Coverage, Score, Verdicts};
use super::shapes::layers;
use crate::noise::random::{Random, Stream};

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("lacuna-honesty-{}-{name}", std::process::id()))
}

fn random(set: u64) -> Random {
    Random::new(Stream::Honesty(0), set)
}

fn band(half: &[f64]) -> Band {
    let negative = |scale: f64| half.iter().map(|h| -scale * h).collect::<Vec<f64>>();
    Band {
        lower: negative(1.0),
        upper: half.to_vec(),
        lower_half: negative(0.344),
        upper_half: negative(-0.344),
    }
}

#[test]
fn coverage_of_known_deviations() {
    let (values, truth) = ([0.0; 4], [0.1, -0.5, 0.9, -2.0]);
    let has_data = [true, true, false, false];
    let found = Coverage::new(&values, &truth, &band(&[1.0; 4]), Some(&has_data));
    assert_eq!(found.covered, [0.75, 0.25]);
    assert_eq!((found.with_data, found.without), (Some(1.0), Some(0.5)));
    let ratio = ((0.01f64 + 0.25 + 0.81 + 4.0) / 4.0).sqrt();
    assert!((found.error_over_band - ratio).abs() < 1e-12);
}

#[test]
fn a_narrow_band_is_misleading_only_where_it_is_called_identified() {
    let score = |verdict, half: f64| {
        let coverage = Coverage::new(&[0.0; 2], &[1.0, -1.0], &band(&[half; 2]), None);
        Score { unknown: "V", verdict, error: 1.0, coverage }.is_misleading()
    };
    assert!(score(Verdicts::Identified, 0.3));
    assert!(!score(Verdicts::Identified, 0.4));
    assert!(!score(Verdicts::Practically, 0.3));
}

#[test]
fn every_set_of_a_kind_has_a_truth_of_its_own() {
    for kind in Kind::ALL {
        let truths: BTreeSet<String> =
            (0..5).map(|set| kind.plan(&mut random(set)).sought[0].truth.clone()).collect();
        assert_eq!(truths.len(), 5, "{}", kind.name());
        let again = kind.plan(&mut random(3)).sought[0].truth.clone();
        assert!(truths.contains(&again), "{}", kind.name());
    }
    let names: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
}

#[test]
fn every_kind_has_data_where_and_as_it_says() {
    for kind in Kind::ALL {
        // A draw may have no state, or one state for two.
        let made = (0..20).find_map(|set| {
            let mut random = random(set);
            let plan = kind.plan(&mut random);
            let made = make(&plan, &mut random, &folder(kind.name())).ok()?;
            Some((plan, made))
        });
        let (plan, made) = made.unwrap_or_else(|| panic!("{}: no data", kind.name()));
        let count: usize = plan.measured.iter().map(|m| m.count).sum();
        assert_eq!(made.places.len(), count, "{}", kind.name());
        let [lower, upper] = made.extent;
        assert!(
            made.places.iter().all(|x| (lower - 1e-9..=upper + 1e-9).contains(x)),
            "{}",
            kind.name()
        );
        if let Measured { without: Some([centre, half]), .. } = &plan.measured[0] {
            let away = |x: &f64| {
                let d = (x - centre).rem_euclid(1.0);
                d.min(1.0 - d)
            };
            assert!(made.places.iter().all(|x| away(x) > half - 0.01), "{}", kind.name());
        }
        lacuna::problem::Problem::from_path(&made.path)
            .unwrap_or_else(|e| panic!("{}: {e}", kind.name()));
        std::fs::remove_dir_all(folder(kind.name())).unwrap();
    }
}

#[test]
fn layers_are_never_thin() {
    for set in 0..50 {
        let text = layers(&mut random(set), 1.0, &mut |r| r.uniform());
        let cuts: Vec<f64> = text
            .split("sign(x - ")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap().parse().unwrap())
            .collect();
        let ends = [&[0.0], cuts.as_slice(), &[1.0]].concat();
        assert!(ends.windows(2).all(|w| w[1] - w[0] > 0.1 - 1e-6), "{text}");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let kind = Kind::NoDataInAPart;
    let numbers = |threads: usize| {
        let subject = Subject {
            name: format!("threads-{threads}"),
            description: String::new(),
            right_model: true,
            stream: 0,
            plan: &|_, random| kind.plan(random),
            oracle_sets: 0,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let folder = folder("threads");
        let group = pool.install(|| measure(&subject, 2, &folder));
        assert_eq!(group.fits, 2, "{:?}", group.failures);
        serde_json::to_string(&group.rows).unwrap()
    };
    assert_eq!(numbers(1), numbers(2));
    std::fs::remove_dir_all(folder("threads")).unwrap();
}

//! Several candidates against one baseline.
#![allow(clippy::unwrap_used, reason = "a comparison that cannot be made fails the test")]

mod support;

use gonogo_compare::{Many, Options, Refusal, Side, compare_many};
use gonogo_core::{ArmReceipt, Attempt, ContentHash, Kind};
use support::{arm, attempt, receipt};

/// Sixty cases on `a`, which passes all, and on others that fail every so-many-th.
fn run(every: &[(&str, u32)]) -> Vec<Attempt> {
    let mut rows = Vec::new();
    for case in 0..60 {
        rows.push(attempt("a", case * 8, case, 0, Kind::Passed, 1_000));
        for (index, (name, every)) in (1..).zip(every) {
            let kind = if *every > 0 && case % every == 0 { Kind::MissingKey } else { Kind::Passed };
            rows.push(attempt(name, case * 8 + index, case, 0, kind, 1_100));
        }
    }
    rows
}

fn many(rows: &[Attempt], arms: &[ArmReceipt], names: &[&'static str]) -> Result<Many, (String, Refusal)> {
    let receipt = receipt("run", arms);
    let side = |arm| Side { receipt: &receipt, attempts: rows, arm };
    let sides: Vec<_> = names.iter().map(|name| side(name)).collect();
    compare_many(side("a"), &sides, Options::default()).map_err(|(arm, refusal)| (arm.to_owned(), refusal))
}

fn four() -> Many {
    let rows = run(&[("b", 10), ("c", 0), ("d", 2)]);
    many(&rows, &["a", "b", "c", "d"].map(arm), &["b", "c", "d"]).unwrap()
}

#[test]
fn each_candidate_is_held_against_the_baseline_and_p_allows_for_their_number() {
    let many = four();
    let names: Vec<_> = many.comparisons.iter().map(|one| one.names[1].as_str()).collect();
    assert_eq!(names, ["run/b", "run/c", "run/d"]);
    let p: Vec<f64> = many.comparisons.iter().map(|one| one.success.p).collect();
    assert!(p[0] > 0.03 && p[0] < 0.04, "six behind and none ahead: {p:?}");
    assert!((many.holm[0] - 2.0 * p[0]).abs() < 1e-12, "the second smallest of three: {:?}", many.holm);
    assert!((many.holm[2] - 3.0 * p[2]).abs() < 1e-12 && many.holm[1] >= many.holm[0]);
    insta::assert_snapshot!(
        many.markdown("gonogo compare run --baseline a").split("\n## run/").next().unwrap()
    );
}

#[test]
fn the_document_has_every_comparison_and_its_pictures_have_names_of_their_own() {
    let many = four();
    let text = many.illustrated("gonogo compare run --baseline a", "x-");
    for name in ["b", "c", "d"] {
        assert!(text.contains(&format!("\n## run/{name} against run/a\n")), "{text}");
    }
    assert_eq!(text.matches("Regenerate with").count(), 1);
    let plots = many.plots();
    for (name, svg, _) in &plots {
        assert!(text.contains(&format!("](x-{name})")), "{name} is not linked");
        assert!(svg.contains("role=\"img\""));
        if let Ok(folder) = std::env::var("GONOGO_PLOTS") {
            std::fs::write(std::path::Path::new(&folder).join(format!("many-{name}")), svg).unwrap();
        }
    }
    assert_eq!(text.matches("](x-").count(), plots.len());
    assert_eq!(plots[0].0, "candidates.svg");
}

#[test]
fn one_that_cannot_be_compared_is_named_and_forbids_the_rest() {
    let mut arms = ["a", "b", "c"].map(arm);
    let other = ContentHash::of(b"another model").to_string();
    arms[2].facts.insert("model.sha256".into(), other);
    arms[0].facts.insert("model.sha256".into(), ContentHash::of(b"a model").to_string());
    arms[1].facts = arms[0].facts.clone();
    let (refused, refusal) = many(&run(&[("b", 10), ("c", 0)]), &arms, &["b", "c"]).unwrap_err();
    assert_eq!(refused, "c");
    assert!(refusal.obstacles.iter().any(|obstacle| obstacle.what == "model"));
}

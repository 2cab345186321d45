//! Pictures of a comparison: with data, named, and none where there is nothing to draw.
#![allow(clippy::unwrap_used, reason = "a comparison that cannot be made fails the test")]

mod support;

use gonogo_compare::{Comparison, Options, Side, compare, plots};
use gonogo_core::Kind;
use support::{arm, receipt, rows};

const PASSED: (Kind, u64) = (Kind::Passed, 1_000);
const FAILED: (Kind, u64) = (Kind::MissingKey, 1_000);

fn compared(n: u32, made: impl Fn(u32) -> [(Kind, u64); 2], languages: &[&str]) -> Comparison {
    let receipt = receipt("run", &[arm("a"), arm("b")]);
    let mut rows = rows(n, made);
    for row in &mut rows {
        let case = row.key.case.bytes().map(usize::from).sum::<usize>();
        row.language = Some(languages[case % languages.len()].into());
    }
    let side = |arm| Side { receipt: &receipt, attempts: &rows, arm };
    compare(side("a"), side("b"), Options { force: true, ..Options::default() }).unwrap()
}

fn some() -> Comparison {
    let made = |case: u32| {
        let slower = (Kind::Passed, 950 + u64::from(case) * 23);
        if case % 7 == 3 {
            [PASSED, FAILED]
        } else if case % 11 == 5 {
            [FAILED, slower]
        } else {
            [PASSED, slower]
        }
    };
    compared(48, made, &["typescript", "rust", "go", "java"])
}

/// Writes the pictures to the folder that `GONOGO_PLOTS` names, to be looked at.
fn keep(prefix: &str, drawn: &[(&str, String, String)]) {
    if let Ok(folder) = std::env::var("GONOGO_PLOTS") {
        for (name, svg, _) in drawn {
            std::fs::write(std::path::Path::new(&folder).join(format!("{prefix}{name}")), svg).unwrap();
        }
    }
}

#[test]
fn a_comparison_has_two_pictures_that_name_themselves_and_every_line() {
    let comparison = some();
    let drawn = plots(&comparison);
    keep("compare-", &drawn);
    let names: Vec<_> = drawn.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(names, ["difference.svg", "ratio.svg"]);
    for (name, svg, shows) in &drawn {
        assert!(svg.contains("fill=\"#FFFFFF\"") && svg.contains("role=\"img\""), "{name} has no ground");
        assert!(svg.contains("<title>") && !shows.is_empty(), "{name} has no text");
    }
    for stratum in &comparison.strata {
        assert!(drawn[0].1.contains(&stratum.name), "{} is missing", stratum.name);
    }
    assert!(drawn[0].1.contains("margin -5.0"), "the margin is drawn");
    assert!(["p10", "p50", "p90"].iter().all(|quantile| drawn[1].1.contains(quantile)));
    let text = comparison.illustrated("gonogo compare", "a-");
    assert!(text.contains("](a-difference.svg)") && text.contains("](a-ratio.svg)"), "{text}");
    assert!(!comparison.markdown("gonogo compare").contains(".svg"), "without them nothing links to them");
}

#[test]
fn few_cases_and_extremes_are_drawn_too() {
    let few = plots(&compared(3, |_| [PASSED, (Kind::Passed, 3_000)], &["rust"]));
    keep("few-", &few);
    assert_eq!(few.len(), 2, "bounds that nobody knows are arrows");
    let worst =
        plots(&compared(30, |_| [PASSED, FAILED], &["rust", "a-language-with-a-very-long-name-indeed"]));
    keep("worst-", &worst);
    assert_eq!(worst.len(), 1, "nothing passed on both, so nothing is timed");
    let best = plots(&compared(
        30,
        |case| [PASSED, (Kind::Passed, if case % 2 == 0 { 10 } else { 40_000 })],
        &["rust"],
    ));
    keep("wide-", &best);
    assert_eq!(best.len(), 2);
}

//! Plots: one file each, with data, readable on any page.

mod support;

use gonogo_report::{Report, plots};

#[test]
fn a_run_has_three_plots_with_their_own_ground_and_title() {
    let (receipt, attempts) = support::three_arms();
    let plots = plots(&Report::new(&receipt, &attempts));
    let names: Vec<_> = plots.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["success.svg", "failures.svg", "latency.svg"]);
    for (name, svg) in &plots {
        assert!(svg.contains("width=\"720\""), "{name}");
        assert!(svg.contains("fill=\"#FFFFFF\""), "{name} has no ground");
        assert!(svg.contains("<title>"), "{name} has no title");
        assert!(receipt.arms.iter().all(|arm| svg.contains(&arm.name)), "{name} does not name every arm");
        if let Ok(folder) = std::env::var("GONOGO_PLOTS") {
            std::fs::write(std::path::Path::new(&folder).join(name), svg).unwrap();
        }
    }
}

#[test]
fn an_empty_run_has_no_plots() {
    let (receipt, _) = support::three_arms();
    assert_eq!(plots(&Report::new(&receipt, &[])), []);
}

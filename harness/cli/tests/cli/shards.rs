//! Shards of a plan, and what becomes of them: one run, or a reason why not.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

use crate::project::{Project, rows};

const SUITES: [&str; 4] = ["typescript", "rust", "go", "java"];
const POLICY: [&str; 2] = ["--policy", "reports/policies/migration.toml"];

/// The shipped configuration and a second arm on the same recording: its times are recorded, so that a report of
/// it can be compared to the byte.
fn project() -> Project {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let twin = "\n[arm.twin]\nkind = \"replay\"\ncassette = \"fixtures/cassettes/lift-2025-10-23.jsonl\"\n";
    fs::write(&file, fs::read_to_string(&file).unwrap() + twin).unwrap();
    project
}

/// Runs the recorded cases on `arms` and returns the run's folder.
fn run(project: &Project, name: &str, arms: &[&str], more: &[&str]) -> PathBuf {
    let before = runs(project);
    let mut args = vec!["run"];
    args.extend(SUITES);
    args.extend(["--rung", "faithful", "--name", name]);
    args.extend(arms.iter().flat_map(|arm| ["--arm", arm]));
    args.extend(more);
    project.expect(0, &args);
    runs(project).difference(&before).next().unwrap().clone()
}

fn runs(project: &Project) -> BTreeSet<PathBuf> {
    let folder = fs::read_dir(project.path().join("results"));
    folder.map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

const BOTH: [&str; 2] = ["lift-2025-10-23", "twin"];

fn shard(project: &Project, number: u32, seed: &str) -> String {
    let which = format!("{number}/4");
    let folder = run(project, "nightly", &BOTH, &["--seed", seed, "--shard", &which]);
    folder.to_string_lossy().into_owned()
}

/// What a report computes from rows: every table but those of the receipt.
fn figures(project: &Project, run: &str) -> Value {
    let report = project.expect(0, &["report", run, "--format", "json"]).stdout;
    let mut report: Value = serde_json::from_str(&report).unwrap();
    let tables = report["tables"].as_array().unwrap().iter();
    let of_rows =
        tables.filter(|table| !["receipt", "arms", "arms-shared"].contains(&table["id"].as_str().unwrap()));
    let tables: Vec<Value> = of_rows.cloned().collect();
    assert!(tables.len() > 5);
    serde_json::json!([
        tables,
        report["summary"].take(),
        report["examples"].take(),
        report["complete"].take()
    ])
}

#[test]
fn four_shards_merged_give_the_tables_of_the_run_that_was_never_split() {
    let project = project();
    let whole = run(&project, "whole", &BOTH, &["--seed", "7"]);
    let shards: Vec<String> = [3, 1, 4, 2].map(|number| shard(&project, number, "7")).to_vec();
    assert!(shards[0].ends_with("-nightly-3of4"), "{}", shards[0]);

    let text = project.expect(0, &["report", &shards[3], "-o", "-"]).stdout;
    assert!(text.contains(": SHARD 2/4: ") && text.contains("gonogo merge"), "{text}");
    let gate = project.expect(3, &[&["gate", shards[3].as_str()][..], &POLICY].concat()).stdout;
    assert!(gate.contains("shard 2/4 has") && gate.contains("1/4, 3/4, 4/4 are not here"), "{gate}");

    let mut merge = vec!["merge"];
    merge.extend(shards.iter().map(String::as_str));
    project.expect(0, &merge);
    assert_eq!(figures(&project, "nightly"), figures(&project, "whole"));
    let judged = project.expect(0, &["rejudge", "nightly"]).stdout;
    assert_eq!(judged.trim(), format!("0 of {} rows changed", rows(&whole).len()));
    let gate = project.expect(3, &[&["gate", "nightly"][..], &POLICY].concat()).stdout;
    assert!(
        !gate.contains("not here") && !gate.contains("unfinished") && !gate.contains("have no place"),
        "{gate}"
    );
    let report = project.expect(0, &["report", "nightly", "-o", "-"]).stdout;
    assert!(report.contains("4 runs were merged"), "{report}");
    assert_eq!(report.matches("| part | shard ").count(), 4, "each with its machine and times: {report}");
    for path in shards {
        fs::remove_dir_all(path).unwrap();
    }
    project.expect(0, &["rejudge", "nightly", "--dry-run"]);
}

#[test]
fn a_missing_shard_is_named_and_its_attempts_can_be_made_up_for() {
    let project = project();
    let shards = [1, 2, 4].map(|number| shard(&project, number, "7"));
    let said = project.expect(0, &["merge", &shards[0], &shards[1], &shards[2], "--name", "three"]);
    assert!(said.stderr.contains("missing: shard 3/4"), "{}", said.stderr);
    assert!(said.stdout.contains("shard 3/4 is missing"), "{}", said.stdout);
    let gate = project.expect(3, &[&["gate", "three"][..], &POLICY].concat()).stdout;
    assert!(gate.contains("shard 3/4 is not here"), "{gate}");
    project.expect(0, &["run", "--resume", "three"]);
    let whole = run(&project, "whole", &BOTH, &["--seed", "7"]);
    assert_eq!(project.kinds(&whole).len(), 42);
    assert_eq!(figures(&project, "three")[3], Value::Bool(true));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let project = project();
    let first = shard(&project, 1, "7");
    let refused = |runs: &[&str], says: &str| {
        let said = project.expect(2, &[&["merge"][..], runs].concat()).stderr;
        let said = said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(said.contains(says), "{says}: {said}");
    };
    refused(&[&first, &shard(&project, 2, "8")], "has another seed");
    refused(&[&first, &first], "made an attempt that another run made");
    refused(&["nobody"], "no run `nobody`");
    let second = shard(&project, 2, "7");
    fs::remove_dir_all(format!("{second}/captures")).unwrap();
    refused(&[&first, &second], "lacks the answer behind");
    let said = project.expect(2, &["run", "smoke", "--arm", "twin", "--shard", "5/4", "--seed", "1"]).stderr;
    assert!(said.contains("is no shard"), "{said}");
    let said = project.expect(2, &["run", "smoke", "--arm", "twin", "--shard", "1/4"]).stderr;
    assert!(said.contains("--seed"), "shards of different seeds are of different plans: {said}");
    let said = project.expect(2, &["run", "smoke", "--arm", "twin", "--shard", "7/7", "--seed", "1"]).stderr;
    assert!(said.contains("shard 7/7 would be empty"), "{said}");
}

#[test]
fn arms_that_ran_apart_merge_only_when_asked_to_and_say_so() {
    let project = project();
    let apart = BOTH.map(|arm| run(&project, arm, &[arm], &["--seed", "7"]).to_string_lossy().into_owned());
    let said = project.expect(2, &["merge", &apart[0], &apart[1]]).stderr;
    assert!(said.contains("not interleaved"), "{said}");
    project.expect(0, &["merge", "--across-arms", &apart[0], &apart[1], "--name", "both"]);
    let report = project.expect(0, &["report", "both", "-o", "-"]).stdout;
    assert!(report.contains("ran in runs of their own, not interleaved"), "{report}");
    let named = "sk-merged-by-mistake-0123456789";
    project.expect(0, &["merge", "--across-arms", &apart[0], &apart[1], "--name", named]);
    let merged = runs(&project).into_iter().find(|run| run.to_string_lossy().ends_with(named)).unwrap();
    let receipt: Value = serde_json::from_slice(&fs::read(merged.join("run.json")).unwrap()).unwrap();
    let command = receipt["command"].to_string();
    assert!(command.contains("[redacted]") && !command.contains("0123456789"), "{command}");
    let whole = run(&project, "whole", &BOTH, &["--seed", "7"]);
    let both = runs(&project).into_iter().find(|run| run.to_string_lossy().ends_with("-both")).unwrap();
    assert_eq!(project.kinds(&both), project.kinds(&whole));
}

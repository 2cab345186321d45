//! Runs with the real model under the real engines: determinism, faults, death and resumption.
//!
//! They need what `gonogo setup` installs, and fail where it is missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::project::{Project, rows};

const ARMS: [&str; 6] = ["--arm", "local-llguidance", "--arm", "local-xgrammar", "--arm", "local-none"];

fn smoke(extra: &[&'static str]) -> Vec<&'static str> {
    let mut args = vec!["run", "smoke", "--seed", "7", "--name", "t"];
    args.extend(ARMS);
    args.extend(extra);
    args
}

#[test]
fn the_same_seed_gives_the_same_outcomes_and_every_row_is_there() {
    let (first, second) = (Project::new(), Project::new());
    first.expect(0, &smoke(&[]));
    second.expect(0, &smoke(&["--format", "json"]));
    let (a, b) = (first.kinds(&first.only_run()), second.kinds(&second.only_run()));
    assert_eq!(a, b);
    let all = rows(&first.only_run());
    let keys: BTreeSet<_> = a.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), all.len());
    assert_eq!(all.len() % 3, 0);
    assert!(first.only_run().join("attempts.parquet").is_file());
    // The engines' arms are proven by a canary, and the control claims nothing.
    let receipt = std::fs::read_to_string(first.only_run().join("run.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    let state: BTreeMap<_, _> = receipt["arms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arm| (arm["name"].as_str().unwrap(), arm["enforcement"].as_str().unwrap()))
        .collect();
    assert_eq!(
        state,
        BTreeMap::from([
            ("local-llguidance", "proven"),
            ("local-none", "unconstrained"),
            ("local-xgrammar", "proven"),
        ])
    );
}

#[test]
fn a_killed_run_resumes_to_the_table_of_an_uninterrupted_one() {
    let whole = Project::new();
    whole.expect(0, &smoke(&[]));
    let expected = whole.kinds(&whole.only_run());
    let mut in_mid_run = 0;
    for kill_after in [0, 1, expected.len() / 2, expected.len() - 1] {
        let project = Project::new();
        kill_after_rows(&project, kill_after);
        let run = project.only_run();
        let before = rows(&run);
        in_mid_run += usize::from(before.len() < expected.len());
        project.expect(0, &["run", "--resume", "latest"]);
        assert_eq!(project.kinds(&run), expected, "killed after {kill_after} rows");
        // What was there stays there, byte for byte.
        assert_eq!(rows(&run)[..before.len()], before);
    }
    // A busy machine may deliver a kill late, but not every time.
    assert!(in_mid_run >= 2, "only {in_mid_run} of 4 kills hit a run that was under way");
}

/// Starts a run and kills it with SIGKILL as soon as its journal has this many rows.
fn kill_after_rows(project: &Project, wanted: usize) {
    let mut child = project
        .command(&smoke(&[]))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let started = project.path().join("results").is_dir()
            && std::fs::read_dir(project.path().join("results")).unwrap().count() == 1
            && project.only_run().join("run.json").is_file();
        let lines = || {
            let journal = std::fs::read(project.only_run().join("attempts.jsonl")).unwrap_or_default();
            journal.iter().filter(|byte| **byte == b'\n').count()
        };
        if started && lines() >= wanted {
            break;
        }
        assert!(Instant::now() < deadline, "the run did not get that far");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_torn_last_row_is_moved_aside_and_made_again() {
    let project = Project::new();
    project.expect(0, &smoke(&[]));
    let run = project.only_run();
    let expected = project.kinds(&run);
    let journal = run.join("attempts.jsonl");
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 40]).unwrap();
    project.expect(0, &["run", "--resume", "latest"]);
    assert_eq!(project.kinds(&run), expected);
    assert!(run.join("attempts.torn").is_file());
}

#[test]
fn faults_are_rows_and_the_other_arms_finish() {
    let project = Project::new();
    let mut args = vec!["run", "smoke", "--seed", "7", "--case"];
    let suites = project.run(&["suites", "list", "--format", "json"]);
    let suites: serde_json::Value = serde_json::from_str(&suites.stdout).unwrap();
    let smoke = suites.as_array().unwrap().iter().find(|suite| suite["name"] == "smoke").unwrap();
    let case = smoke["cases"][0].as_str().unwrap().to_owned();
    args.push(&case);
    for arm in ["fault-abort", "fault-sleep", "fault-allocate", "local-llguidance", "local-none"] {
        args.extend(["--arm", arm]);
    }
    project.expect(0, &args);
    let kinds: BTreeMap<_, _> = rows(&project.only_run())
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("arm"), (row["outcome"]["kind"].as_str().unwrap().to_owned(), text("provenance")))
        })
        .collect();
    let pair = |kind: &str, provenance: &str| (kind.to_owned(), provenance.to_owned());
    assert_eq!(kinds["fault-abort"], pair("engine-crashed", "simulated"));
    assert_eq!(kinds["fault-sleep"], pair("engine-hung", "simulated"));
    assert_eq!(kinds["fault-allocate"], pair("engine-out-of-memory", "simulated"));
    assert_eq!(kinds["local-llguidance"], pair("passed", "local"));
    assert!(kinds.contains_key("local-none"));
}

#[test]
fn rejudging_changes_no_row_and_restores_a_lost_outcome() {
    let project = Project::new();
    project.expect(0, &smoke(&[]));
    let journal = project.only_run().join("attempts.jsonl");
    let before = std::fs::read(&journal).unwrap();
    let ran = project.expect(0, &["rejudge", "latest"]);
    assert!(ran.stdout.starts_with("0 of "), "{}", ran.stdout);
    assert_eq!(std::fs::read(&journal).unwrap(), before);
    let without = |which: fn(usize) -> bool| -> String {
        let rows = rows(&project.only_run()).into_iter().enumerate();
        rows.map(|(index, mut row)| {
            if which(index) {
                row.as_object_mut().unwrap().remove("outcome");
            }
            format!("{row}\n")
        })
        .collect()
    };
    std::fs::write(&journal, without(|index| index == 3)).unwrap();
    let ran = project.expect(0, &["rejudge", "latest"]);
    assert!(ran.stdout.contains("1 of ") && ran.stdout.contains(": unreadable -> "), "{}", ran.stdout);
    assert_eq!(std::fs::read(&journal).unwrap(), before);
    std::fs::write(&journal, without(|_| true)).unwrap();
    project.expect(0, &["rejudge", "latest"]);
    assert_eq!(std::fs::read(&journal).unwrap(), before);
}

#[test]
fn flags_reach_the_model_but_where_a_case_is_about_them_and_the_receipt_says_what_was_used() {
    let project = Project::new();
    let flags = ["--arm", "local-none", "--max-tokens", "5", "--temperature", "0.7", "--seed", "3"];
    let run = [
        ["run", "rust", "limits", "--case", "simple-addition", "--case", "budget-inside-a-list"].as_slice(),
        &flags,
    ];
    project.expect(0, &run.concat());
    let dir = gonogo_store::RunDir::open(&project.only_run()).unwrap();
    let receipt = dir.receipt().unwrap();
    assert_eq!((receipt.max_tokens_least, receipt.max_tokens), (Some(5), 6));
    assert!((receipt.temperature - 0.7).abs() < 1e-9, "{}", receipt.temperature);
    for row in dir.attempts().unwrap().rows {
        let asked = dir.capture(&row.capture).unwrap().request.sampling;
        let budget = if row.key.suite == "limits" { 6 } else { 5 };
        assert_eq!((asked.max_tokens, asked.temperature), (budget, 0.7), "{}", row.key);
        assert!(row.tokens.completion.is_some_and(|tokens| tokens <= budget), "{:?}", row.tokens);
    }
}

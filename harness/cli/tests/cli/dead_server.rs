//! A real server that dies in mid-run: rows say so, the arm is given up, nothing is decided, and the run can be
//! finished when the server is back.

use std::{
    fs,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    llama_server::{ARMS, Server, free_port, project},
    project::{Project, Ran, rows},
};

const PLANNED: usize = 24;

#[test]
fn a_server_that_dies_is_given_up_and_the_run_can_be_finished_when_it_is_back() {
    let port = free_port();
    let server = Server::start_on(port);
    let project = project(&server);
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    let header = format!("[arm.{}]\n", ARMS[0]);
    let breaker =
        "breaker = { failures = 3, cool_down_s = 0.2, trials = 1 }\nretry = { tries = 2, base_s = 0.01 }\n";
    fs::write(&file, config.replace(&header, &format!("{header}{breaker}"))).unwrap();

    let args = ["run", "smoke", "--arm", ARMS[0], "--seed", "7", "--repeat", "4", "--temperature", "0.5"];
    let child = project.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_rows(&project, 3);
    drop(server);
    let ended = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("given up"), "{}", ended.stderr);

    let run = project.only_run();
    let name = run.file_name().unwrap().to_string_lossy().into_owned();
    let before = rows(&run);
    the_end_is_told_as_it_was(&before);
    assert!(receipt(&run)["caveats"].to_string().contains("given-up"), "{}", receipt(&run)["caveats"]);
    let gate = project.expect(3, &["gate", &name, "--policy", "reports/policies/migration.toml"]);
    assert!(gate.stdout.contains("INCONCLUSIVE") && gate.stdout.contains("unfinished"), "{}", gate.stdout);

    let server = Server::start_on(port);
    project.expect(0, &["run", "--resume", &name]);
    drop(server);
    let after = rows(&run);
    assert_eq!(after[..before.len()], before, "what happened is not rewritten");
    let concluded = after.iter().filter(|row| row.get("then").is_none()).count();
    assert_eq!(concluded, PLANNED);
    assert!(after[before.len()..].iter().all(|row| row["outcome"]["domain"] != "infrastructure"));
    assert_eq!(receipt(&run)["status"], "complete");
    assert!(!receipt(&run)["caveats"].to_string().contains("given-up"));
}

/// Failures of the line at the end and nowhere else, the first of them perhaps in the middle of an answer.
fn the_end_is_told_as_it_was(rows: &[Value]) {
    let failed: Vec<bool> = rows.iter().map(|row| row["outcome"]["domain"] == "infrastructure").collect();
    let first = failed.iter().position(|failed| *failed).expect("nothing failed");
    assert!(failed[first..].iter().all(|failed| *failed), "{failed:?}");
    for row in &rows[first..] {
        let kind = row["outcome"]["kind"].as_str().unwrap();
        assert!(["connection-failed", "truncated-stream"].contains(&kind), "{row}");
    }
    assert!(rows[first..].iter().any(|row| row["then"] == "retry"), "a failure of the line is tried again");
    let concluded = rows.iter().filter(|row| row.get("then").is_none()).count();
    assert!(concluded < PLANNED, "the arm was asked to the end");
}

fn wait_for_rows(project: &Project, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        // The run is there once its folder is.
        let runs = fs::read_dir(project.path().join("results")).map_or(0, Iterator::count);
        if runs == 1 && rows(&project.only_run()).len() >= count {
            return;
        }
        assert!(Instant::now() < deadline, "no {count} rows yet");
        sleep(Duration::from_millis(20));
    }
}

fn receipt(run: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap()
}

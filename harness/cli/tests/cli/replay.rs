//! Recordings: made of a run, replayed without its server, served to a client that knows nothing of gonogo, and
//! checked. The server is the sim.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use gonogo_core::REPLAY_HEADER;
use gonogo_store::RunDir;
use serde_json::Value;

use crate::project::{Project, home, rows, workspace};

/// Arms of the sim: one that has failures of its own and of its endpoint, and a control that streams.
const MIX: &str = "mix=plain:6,missing-key:2,fenced:2,rate-limited:2";
const CONTROL: &str = "mix=streamed:6,reset-in-stream:2";

/// A command that serves until the test ends.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    pub(crate) fn new(project: &Project, args: &[&str]) -> Self {
        let mut command = project.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configure(project: &Project, arms: &[(&str, &str, &str, &str)]) {
    let file = project.path().join("gonogo.toml");
    let mut config = fs::read_to_string(&file).unwrap();
    for (name, kind, engine, url) in arms {
        write!(
            config,
            "\n[arm.{name}]\nkind = \"{kind}\"\ndialect = \"openai-chat\"\nengine = \"{engine}\"\nbase_url = \"{url}\"\n\
             retry = {{ tries = 2, base_s = 0.001 }}\n"
        )
        .unwrap();
    }
    fs::write(file, config).unwrap();
}

/// A project whose run of both arms was recorded into `rec`; its server is gone.
fn recorded() -> Project {
    let project = Project::new();
    let sim = Serving::new(&project, &["sim", "--seed", "7"]);
    let url = |mix: &str| format!("{}/{mix}", sim.url);
    configure(
        &project,
        &[("scripted", "sim", "xgrammar", &url(MIX)), ("control", "sim", "none", &url(CONTROL))],
    );
    let arms = ["--arm", "scripted", "--arm", "control", "--repeat", "2", "--seed", "7", "--record", "rec"];
    let ran = project.expect(0, &[&["run", "smoke", "--name", "first"][..], &arms].concat());
    assert!(ran.stderr.contains("replay: gonogo run --replay rec"), "{}", ran.stderr);
    project
}

/// What of a row must be the same whenever the same is judged.
pub(crate) fn judged(row: &Value) -> String {
    let keys =
        ["suite", "case", "step", "arm", "repeat", "try", "outcome", "timings", "tokens", "capture", "then"];
    keys.map(|key| row[key].to_string()).join(" ")
}

fn sorted(rows: &[Value]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(judged).collect();
    rows.sort();
    rows
}

/// The folder of the newest run of this name.
fn folder_of(project: &Project, name: &str) -> PathBuf {
    let folders = fs::read_dir(project.path().join("results")).unwrap();
    let mut folders: Vec<_> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.to_string_lossy().contains(name));
    folders.sort();
    folders.pop().unwrap()
}

/// The rows of a run, each with the address that its capture would have without the mark of a recording.
fn rows_of(project: &Project, name: &str) -> Vec<Value> {
    let folder = folder_of(project, name);
    let dir = RunDir::open(&folder).unwrap();
    let mut rows = rows(&folder);
    for row in &mut rows {
        let mut capture = dir.capture(&serde_json::from_value(row["capture"].take()).unwrap()).unwrap();
        capture.headers.retain(|(header, _)| header != REPLAY_HEADER);
        row["capture"] = capture.encode().unwrap().0.as_str().into();
    }
    rows
}

#[test]
fn a_recorded_run_is_replayed_to_the_same_rows_without_its_server() {
    let project = recorded();
    let first = rows_of(&project, "first");
    assert!(first.len() > 24, "some were tried again: {}", first.len());
    project.expect(0, &["run", "--replay", "rec", "--name", "second"]);
    let again = rows_of(&project, "second");
    assert_eq!(sorted(&first), sorted(&again));
    assert!(again.iter().all(|row| row["provenance"] == "replay"));
    for arm in ["scripted", "control"] {
        let gate = ["gate", "latest", "--policy", "reports/policies/migration.toml", "--arm", arm];
        let verdict = project.expect(3, &gate).stdout;
        assert!(verdict.contains("are no evidence"), "{verdict}");
    }
    let report = project.expect(0, &["report", "latest", "-o", "-"]).stdout;
    assert!(report.contains("scripted (replay"), "{report}");
    assert!(report.contains("recorded_provenance"), "a replay of the sim says so: {report}");

    // The other way: an arm of the configuration. The seed is part of what was asked.
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    let arm = "\n[arm.offline]\nkind = \"replay\"\ncassette = \"rec/scripted.jsonl.gz\"\n";
    fs::write(&file, config + arm).unwrap();
    let offline = ["run", "smoke", "--arm", "offline", "--repeat", "2", "--name", "offline"];
    project.expect(0, &[&offline[..], &["--seed", "7"]].concat());
    let of_arm = |rows: &[Value], arm: &str| {
        let rows: Vec<Value> = rows.iter().filter(|row| row["arm"] == arm).cloned().collect();
        sorted(&rows).into_iter().map(|row| row.replace(arm, "arm")).collect::<Vec<_>>()
    };
    assert_eq!(of_arm(&rows_of(&project, "offline"), "offline"), of_arm(&first, "scripted"));
    let ran = project.expect(3, &[&offline[..], &["--seed", "8"]].concat());
    assert!(ran.stderr.contains("offline: not one of its attempts got an answer (12 connection-failed)"));
    assert!(ran.stderr.contains("(--seed 7 is the recorded run's)"), "{}", ran.stderr);
    assert!(rows_of(&project, "offline").iter().all(|row| row["outcome"]["kind"] == "connection-failed"));
}

#[test]
fn a_replay_that_was_cut_off_is_finished_to_the_same_rows() {
    let project = recorded();
    project.expect(0, &["run", "--replay", "rec", "--name", "second"]);
    let folder = folder_of(&project, "second");
    let (journal, whole) = (folder.join("attempts.jsonl"), sorted(&rows(&folder)));
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() / 2]).unwrap();
    let left = rows_left(&journal);
    project.expect(0, &["run", "--resume", "second", "--replay", "rec"]);
    let again = rows(&folder);
    assert!(
        left.len() < again.len() && sorted(&again[..left.len()]) == sorted(&left),
        "what was there stays"
    );
    assert_eq!(sorted(&again), whole);
    let receipt: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    assert_eq!((&receipt["status"], receipt["resumed"].as_array().unwrap().len()), (&"complete".into(), 1));
}

/// The rows of a journal that are whole.
fn rows_left(journal: &Path) -> Vec<Value> {
    let text = fs::read_to_string(journal).unwrap();
    text.split_inclusive('\n').filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn where_the_breaker_stopped_a_retry_the_replay_tries_no_more_often() {
    let project = Project::new();
    let sim = Serving::new(&project, &["sim", "--seed", "7"]);
    configure(&project, &[("flaky", "sim", "none", &format!("{}/mix=plain:1,overloaded:2", sim.url))]);
    let file = project.path().join("gonogo.toml");
    let breaker = "breaker = { failures = 2, cool_down_s = 0.01, trials = 100 }\n";
    fs::write(&file, fs::read_to_string(&file).unwrap() + breaker).unwrap();
    let run = ["run", "smoke", "--arm", "flaky", "--repeat", "4", "--seed", "7", "--no-canary"];
    project.expect(0, &[&run[..], &["--record", "rec", "--name", "first"]].concat());
    drop(sim);
    let first = rows_of(&project, "first");
    let failed = |row: &&Value| row["try"] == 0 && row["outcome"]["domain"] == "infrastructure";
    let stopped = first.iter().filter(failed).filter(|row| row["then"].is_null()).count();
    assert!(stopped > 0, "the breaker stopped no retry: the test shows nothing");
    let ran = project.expect(0, &["run", "--replay", "rec", "--name", "second"]);
    assert!(!ran.stderr.contains("no recording"), "{}", ran.stderr);
    let tries = |rows: &[Value]| {
        let keys = ["case", "repeat", "try", "then", "outcome"];
        let mut tries: Vec<String> =
            rows.iter().map(|row| keys.map(|key| row[key].to_string()).join(" ")).collect();
        tries.sort();
        tries
    };
    assert_eq!(tries(&first), tries(&rows_of(&project, "second")));
}

#[test]
fn what_is_asked_otherwise_now_misses_loudly_and_is_found() {
    let project = recorded();
    let check = project.expect(0, &["fixtures", "check", "rec"]).stdout;
    assert!(check.contains("2 cassettes") && check.contains(": 0 problems, 2 notes"), "{check}");
    let suites = project.own_suites();
    let alter = |file: &str, from: &str, to: &str| {
        let path = suites.join("smoke").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    };
    alter("schemas/bounded-integers.json", "\"integer\"", "\"number\"");
    alter("suite.toml", "name = \"enum-choice\"", "name = \"renamed\"");
    alter("suite.toml", "How many legs does a dog have?", "How many legs has a dog?");
    let ran = project.expect(0, &["run", "--replay", "rec", "--arm", "scripted", "--name", "altered"]);
    let said = &ran.stderr;
    assert!(said.contains("no recording for `smoke/bounded-integers#0` in cassette `scripted`"), "{said}");
    assert!(
        said.contains("differs from what was recorded in the schema (") && said.contains(", nearest key "),
        "{said}"
    );
    let rows = rows_of(&project, "altered");
    let missed = |case: &str| {
        let mut rows = rows.iter().filter(|row| row["case"] == case);
        rows.all(|row| row["outcome"]["detail"]["message"].as_str().unwrap().contains("no recording"))
    };
    assert!(missed("bounded-integers") && missed("integer-object") && !missed("boolean-flags"));

    let check = project.expect(1, &["fixtures", "check", "rec/scripted.jsonl.gz"]).stdout;
    for line in [
        "stale: rec/scripted.jsonl.gz: `smoke/bounded-integers#0` is asked otherwise now: the schema (",
        "stale: rec/scripted.jsonl.gz: `smoke/integer-object#1` is asked otherwise now: the prompt (from character",
        "missing: rec/scripted.jsonl.gz: `smoke/renamed#0` was not recorded",
        "orphaned: rec/scripted.jsonl.gz: suite `smoke` has no case `enum-choice`",
    ] {
        assert!(check.contains(line), "{line} is not in\n{check}");
    }
    let found: Value =
        serde_json::from_str(&project.expect(1, &["fixtures", "check", "rec", "--format", "json"]).stdout)
            .unwrap();
    assert!(
        found
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["what"] == "stale" && finding["problem"] == true)
    );

    fs::remove_dir_all(suites.join("smoke")).unwrap();
    let gone = project.expect(1, &["fixtures", "check", "rec"]).stdout;
    assert!(gone.contains("there is no suite `smoke`"), "{gone}");
}

#[test]
fn damage_edits_and_secrets_are_found() {
    let project = recorded();
    let cassette = project.path().join("rec/control.jsonl.gz");
    fs::write(&cassette, &fs::read(&cassette).unwrap()[..200]).unwrap();
    let lift = fs::read_to_string(workspace().join("fixtures/cassettes/lift-2025-10-23.jsonl")).unwrap();
    let key = lift.replace("\"content-type\",\"text/plain\"", "\"x-api-key\",\"hunter2\"");
    assert_ne!(key, lift);
    let without = key.lines().filter(|line| !line.contains("typescript/simple-addition#0"));
    fs::write(project.path().join("rec/lift.jsonl"), without.collect::<Vec<_>>().join("\n")).unwrap();
    let check = project.expect(1, &["fixtures", "check", "rec"]).stdout;
    for line in [
        "unreadable: rec/control.jsonl.gz: cannot decompress cassette",
        "the header `x-api-key` looks like one",
        "missing: rec/lift.jsonl: `typescript/simple-addition",
    ] {
        assert!(check.contains(line), "{line} is not in\n{check}");
    }
    assert!(!check.contains("hunter2"), "{check}");
}

#[test]
fn what_cannot_be_recorded_is_refused_before_anything_is_asked() {
    let project = recorded();
    let recording = ["run", "smoke", "--arm", "scripted", "--record", "rec"];
    let again = project.expect(2, &recording).stderr;
    assert!(
        again.contains("scripted.jsonl.gz is there already") && again.contains("another folder"),
        "{again}"
    );
    let copy = project.expect(2, &["run", "smoke", "--arm", "lift-2025-10-23", "--record", "other"]).stderr;
    assert!(copy.contains("answers from a recording") && copy.contains("copy its cassette"), "{copy}");
    assert_eq!(fs::read_dir(project.path().join("results")).unwrap().count(), 1, "no second run was begun");
    assert!(!project.path().join("other").exists());
    // A run that is over can be recorded all the same.
    project.expect(0, &["run", "--resume", "first", "--record", "late"]);
    let bytes = |folder: &str| fs::read(project.path().join(folder).join("scripted.jsonl.gz")).unwrap();
    assert_eq!(bytes("rec"), bytes("late"), "the same run is recorded to the same bytes");
    let unknown = project.expect(2, &["run", "--replay", "rec", "--arm", "sripted"]).stderr;
    assert!(unknown.contains("did you mean `scripted`?"), "{unknown}");
}

#[test]
fn an_arm_that_answers_otherwise_has_drifted() {
    let project = recorded();
    let sim = Serving::new(&project, &["sim", "--seed", "7"]);
    configure(
        &project,
        &[
            ("same", "sim", "xgrammar", &format!("{}/{MIX}", sim.url)),
            ("worse", "sim", "xgrammar", &format!("{}/unauthorised", sim.url)),
            ("away", "sim", "xgrammar", "http://127.0.0.1:1"),
        ],
    );
    let check = |code: i32, arm: &str| {
        project.expect(code, &["fixtures", "check", "rec/scripted.jsonl.gz", "--live", arm]).stdout
    };
    let worse = check(1, "worse");
    assert!(worse.contains("drifted: rec/scripted.jsonl.gz: `smoke/enum-choice#0` was "), "{worse}");
    assert!(
        worse.contains("is auth-failed: ") && worse.contains("of 12 answers 0 are of the class they were"),
        "{worse}"
    );
    let same = check(0, "same");
    assert!(same.contains("of 12 answers 12 are of the class they were"), "{same}");
    assert!(!rows_of(&project, "drift-worse").is_empty(), "what came is kept");
    let away = project.expect(2, &["fixtures", "check", "rec/scripted.jsonl.gz", "--live", "away"]).stderr;
    assert!(away.contains("arm `away` cannot be reached"), "{away}");

    // Of a folder the arm's own recording, where there is one.
    fs::copy(project.path().join("rec/scripted.jsonl.gz"), project.path().join("rec/same.jsonl.gz")).unwrap();
    let of_folder = |arm: &str| project.run(&["fixtures", "check", "rec", "--live", arm]).stdout;
    assert!(of_folder("same").contains("1 cassette,"), "{}", of_folder("same"));
    assert!(of_folder("worse").contains("3 cassettes,"), "{}", of_folder("worse"));
}

#[test]
fn gonogo_itself_never_takes_a_served_recording_for_a_server() {
    let project = recorded();
    let serving = Serving::new(&project, &["serve", "rec/scripted.jsonl.gz"]);
    configure(&project, &[("mistaken", "http", "xgrammar", &serving.url)]);
    let run = [
        "run",
        "smoke",
        "--arm",
        "mistaken",
        "--repeat",
        "2",
        "--seed",
        "7",
        "--no-canary",
        "--name",
        "served",
    ];
    project.expect(0, &run);
    let served = rows_of(&project, "served");
    assert!(served.iter().all(|row| row["provenance"] == "replay"), "{served:?}");
    let kinds = |rows: &[Value]| {
        let rows = rows.iter().filter(|row| row["arm"] != "control");
        let key = |row: &Value| {
            format!("{} {} {} {}", row["case"], row["repeat"], row["try"], row["outcome"]["kind"])
        };
        let mut kinds: Vec<String> = rows.map(key).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&served), kinds(&rows_of(&project, "first")));
    let gate = ["gate", "latest", "--policy", "reports/policies/migration.toml"];
    let verdict = project.expect(3, &gate).stdout;
    assert!(verdict.contains("cannot be GO") || verdict.contains("no evidence"), "{verdict}");
}

/// What a run recorded into `rec` while its server was there. All three arms of it are asked plain and streamed.
pub(crate) fn what_was_recorded_replays_without_the_server(project: &Project) {
    let live = rows_of(project, "live");
    project.expect(0, &["fixtures", "check", "rec"]);
    project.expect(0, &["run", "--replay", "rec", "--name", "second"]);
    let again = rows_of(project, "second");
    assert_eq!(sorted(&live), sorted(&again), "outcome, times, bytes");
    assert!(again.iter().all(|row| row["provenance"] == "replay"));
    let receipt = fs::read_to_string(folder_of(project, "second").join("run.json")).unwrap();
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    let arms = receipt["arms"].as_array().unwrap();
    let proven = arms.iter().filter(|arm| arm["enforcement"] == "proven").count();
    assert_eq!((arms.len(), proven), (6, 4), "the recorded canaries prove what they proved: {arms:?}");
    for arm in ["llama-cpp-llguidance", "llama-cpp-none-plain"] {
        let gate = ["gate", "latest", "--policy", "reports/policies/migration.toml", "--arm", arm];
        assert!(project.expect(3, &gate).stdout.contains("are no evidence"));
    }
    let schema = project.own_suites().join("smoke/schemas/enum-choice.json");
    let text = fs::read_to_string(&schema).unwrap();
    fs::write(&schema, text.replacen('{', "{\"minProperties\":1,", 1)).unwrap();
    let one = ["run", "--replay", "rec", "--arm", "llama-cpp-gbnf", "--name", "mutated"];
    let said = project.expect(0, &one).stderr;
    assert!(said.contains("no recording for `smoke/enum-choice#0` in cassette `llama-cpp-gbnf`"), "{said}");
    assert!(said.contains("differs from what was recorded in the schema ("), "{said}");
    let missed =
        rows_of(project, "mutated").into_iter().filter(|row| row["outcome"]["kind"] == "connection-failed");
    assert_eq!(missed.count(), 1);
    let check = project.expect(1, &["fixtures", "check", "rec"]).stdout;
    assert!(check.contains("`smoke/enum-choice#0` is asked otherwise now: the schema ("), "{check}");
}

/// Posts what was recorded as a client of its own would, with the standard library alone.
const CLIENT: &str = r#"
import gzip, json, sys, urllib.error, urllib.request
url, cassette = sys.argv[1:]
lines = [json.loads(line) for line in gzip.open(cassette, "rt", encoding="utf-8")]
exchange = next(line for line in lines[1:] if line["label"] == "smoke/boolean-flags#0")
path, body = exchange["http"]["path"], exchange["http"]["body"]

def post(body):
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer anything"}
    request = urllib.request.Request(f"{url}/{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()

body["user"] = "me"
body["model"] = "whatever"
status, headers, text = post(dict(reversed(body.items())))
recorded = "".join(frame["text"] for frame in exchange["capture"]["frames"])
assert (status, text) == (exchange["capture"]["status"], recorded), (status, text, recorded)
assert headers["x-gonogo-replay"] == "scripted", headers
body["messages"][-1]["content"] = "Something else."
status, headers, text = post(body)
error = json.loads(text)["error"]["message"]
assert status == 422 and headers["x-gonogo-replay"] == "scripted", (status, headers)
assert "`smoke/" in error and "/messages/1/content" in error, error
print("served")
"#;

#[test]
fn a_python_client_can_be_pointed_at_a_recording() {
    let project = recorded();
    let serving = Serving::new(&project, &["serve", "rec"]);
    let url = format!("{}/scripted", serving.url);
    let ran = Command::new(home().join("python/bin/python"))
        .args(["-c", CLIENT, &url])
        .arg(project.path().join("rec/scripted.jsonl.gz"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.starts_with("served"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

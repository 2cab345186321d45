//! Surveys of engines without a model: real mask workers, faults, death and resumption.
//!
//! They need the tokenizer of the model that `gonogo setup` installs.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::project::Project;

/// A corpus of a few schemas, one of which names a fault.
fn corpus(project: &Project) {
    let rows = [
        json!({ "id": "string", "split": "plain", "schema": { "type": "string", "maxLength": 3 },
            "tests": [{ "valid": true, "data": "abc" }, { "valid": false, "data": "abcd" }] }),
        json!({ "id": "object", "split": "plain", "schema": {
                "type": "object", "properties": { "a": { "type": "integer" }, "b": { "type": "boolean" } },
                "required": ["a", "b"], "additionalProperties": false },
            "tests": [{ "valid": true, "data": { "a": 12, "b": true } }, { "valid": false, "data": { "a": 1 } }] }),
        json!({ "id": "turned", "split": "plain", "schema": {
                "type": "object", "properties": { "a": { "type": "integer" }, "b": { "type": "boolean" } },
                "required": ["a", "b"], "additionalProperties": false },
            "tests": [{ "valid": true, "data": { "b": true, "a": 12 } }] }),
        json!({ "id": "boom", "split": "odd", "schema": { "title": "boom", "type": "integer" },
            "tests": [{ "valid": true, "data": 7 }] }),
        json!({ "id": "after", "split": "odd", "schema": { "enum": ["x", 1, null] },
            "tests": [{ "valid": true, "data": null }, { "valid": false, "data": 2 }] }),
    ];
    let lines = rows.iter().fold(String::new(), |mut lines, row| {
        let _ = writeln!(lines, "{row}");
        lines
    });
    fs::write(project.path().join("few.jsonl"), lines).unwrap();
}

fn configure(project: &Project, more: &str) {
    let file = project.path().join("gonogo.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap() + more).unwrap();
}

fn lines(run: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(run.join(file)).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// How each trial ended, by arm and subject: the only key of `ending`, or the whole of it.
fn endings(run: &Path) -> BTreeMap<(String, String), String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let ending = |row: &Value| {
        let of = &row["ending"];
        text(of).or_else(|| of.as_object()?.keys().next().cloned()).unwrap_or_default()
    };
    let rows = lines(run, "records.jsonl");
    rows.iter()
        .map(|row| ((text(&row["arm"]).unwrap(), text(&row["subject"]).unwrap()), ending(row)))
        .collect()
}

/// Counts by arm, from the report's document.
fn counts(json: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(json).unwrap();
    report["arms"].as_array().unwrap().iter().map(|arm| json!([arm["name"], arm["counts"]])).collect()
}

#[test]
fn every_trial_has_a_class_and_the_report_is_what_is_stored() {
    let project = Project::new();
    corpus(&project);
    let ran = project
        .expect(0, &["masks", "few.jsonl", "--engine", "llguidance", "--format", "json", "--recompile", "2"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["planned"], &report["trials"]), (&json!(10), &json!(10)));
    for arm in report["arms"].as_array().unwrap() {
        assert_eq!(arm["counts"]["n"], json!(5), "{arm}");
    }
    let run = project.only_run();
    let rows = lines(&run, "records.jsonl");
    assert!(
        rows.iter()
            .all(|row| row["ending"] == "complete" && row["recompiles"].as_array().unwrap().len() == 2)
    );
    assert!(rows.iter().all(|row| row["peak_bytes"].as_u64() >= row["rest_bytes"].as_u64()));
    // Members in another order are tried in the schema's order too.
    let turned = lines(&run, "subjects.jsonl").into_iter().find(|row| row["id"] == "turned").unwrap();
    assert_eq!(turned["instances"][1]["text"], r#"{"a": 12, "b": true}"#);
    assert_eq!(turned["instances"][1]["reorders"], 0);

    let again = project.expect(0, &["masks", "report", "latest", "--format", "json"]);
    assert_eq!(counts(&again.stdout), counts(&ran.stdout));
    project.expect(0, &["masks", "report", "few"]);
    let folder = project.path().join("reports").join(run.file_name().unwrap());
    for file in ["report.md", "records.csv", "classes.csv"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let derived = fs::read(run.join("records.parquet")).unwrap();
    assert!(derived.starts_with(b"PAR1"), "the trials as Parquet, without being asked");
    fs::remove_file(run.join("records.parquet")).unwrap();
    project.expect(0, &["masks", "report", "few", "--format", "parquet", "-o", "elsewhere"]);
    for file in [run.join("records.parquet"), project.path().join("elsewhere/records.parquet")] {
        assert_eq!(fs::read(&file).unwrap(), derived, "{}", file.display());
    }
    let piped = project.expect(2, &["masks", "report", "few", "--format", "parquet", "-o", "-"]).stderr;
    assert!(piped.contains("Parquet is no text"), "{piped}");
    let whole = project.expect(0, &["masks", "--resume", "latest"]);
    assert!(whole.stderr.contains("10 of 10 trials are made"), "{}", whole.stderr);
}

/// What XGrammar refuses of the literal `[1, 2]` is the space.
#[test]
fn what_only_whitespace_keeps_from_being_accepted_has_a_class_of_its_own() {
    let project = Project::new();
    let rows = [
        json!({ "id": "literal", "schema": { "const": { "a": [1, 2] } },
            "tests": [{ "valid": true, "data": { "a": [1, 2] } }, { "valid": false, "data": { "a": [1] } }] }),
        json!({ "id": "choice", "schema": { "enum": ["x", [1, "a b"]] }, "tests": [
            { "valid": true, "data": "x" }, { "valid": true, "data": [1, "a b"] }, { "valid": false, "data": [] }
        ] }),
        json!({ "id": "list", "schema": { "type": "array", "items": { "type": "integer" } },
            "tests": [{ "valid": true, "data": [1, 2] }] }),
    ];
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(project.path().join("literals.jsonl"), text).unwrap();
    let args =
        ["masks", "literals.jsonl", "--engine", "llguidance", "--engine", "xgrammar", "--format", "json"];
    let report: Value = serde_json::from_str(&project.expect(0, &args).stdout).unwrap();
    for arm in report["arms"].as_array().unwrap() {
        let expected = match arm["engine"].as_str().unwrap() {
            "xgrammar" => json!({ "whitespace-bound": 2, "ok": 1 }),
            _ => json!({ "ok": 3 }),
        };
        assert_eq!(arm["counts"]["classes"], expected, "{}", arm["name"]);
    }
    let run = project.only_run();
    for row in lines(&run, "records.jsonl") {
        let again = row["respelled"].as_array().map_or(0, Vec::len);
        let is_bound = row["arm"].as_str().unwrap().starts_with("xgrammar") && row["subject"] != "list";
        assert_eq!(again, usize::from(is_bound), "only what was refused is walked again: {row}");
    }
    fs::write(project.path().join("one.json"), rows[0].to_string()).unwrap();
    let shrunk =
        project.expect(0, &["masks", "shrink", "one.json", "--engine", "xgrammar", "--format", "json"]);
    let shrunk: Value = serde_json::from_str(&shrunk.stdout).unwrap();
    assert_eq!(
        (&shrunk["class"], &shrunk["minimal"]),
        (&json!("whitespace-bound"), &json!(true)),
        "{shrunk}"
    );
}

#[test]
fn an_installed_tokenizer_is_found_by_its_name() {
    let project = Project::new();
    corpus(&project);
    let home = project.path().join("home");
    fs::create_dir_all(home.join("tokenizers/tiny")).unwrap();
    let model = crate::project::home().join("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    std::os::unix::fs::symlink(&model, home.join("tokenizers/tiny/tiny.gguf")).unwrap();
    let run = |name: &str| {
        let args = ["masks", "few.jsonl", "--engine", "llguidance", "--no-differences", "--tokenizer", name];
        let ran = project.command(&args).env("GONOGO_HOME", &home).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, stderr) = run("tiny");
    assert_eq!(code, Some(0), "{stderr}");
    let (code, stderr) = run("tinny");
    assert_eq!(code, Some(2), "{stderr}");
    let stderr = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["no tokenizer `tinny`", "did you mean `tiny`?", "`gonogo setup --tokenizers` installs"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

#[test]
fn what_a_person_sees() {
    let project = Project::new();
    corpus(&project);
    let ran = project
        .expect(0, &["masks", "few.jsonl", "--engine", "llguidance", "--engine", "none", "--jobs", "1"]);
    insta::with_settings!({ filters => vec![
        (r"\d+(\.\d+)? (ns|µs|ms|s)\b", "[time]"),
        (r"\d{8}T\d{6}Z", "[utc]"),
        (r" +", " "),
        (r"─+", "─"),
        (r"═+", "═"),
        (r"(llguidance:? llguidance|llguidance-matched:? llguidance) \d+\.\d+\.\d+", "$1 [version]"),
        (r"none \d+\.\d+\.\d+", "none [version]"),
    ] }, {
        let folder = project.path().to_string_lossy().into_owned();
        let shown = format!("{}--- stderr\n{}", ran.stdout, ran.stderr);
        insta::assert_snapshot!("masks", shown.replace(&folder, "PROJECT"));
    });
}

#[test]
fn what_takes_a_worker_down_is_a_row_and_the_survey_goes_on() {
    let project = Project::new();
    corpus(&project);
    for act in ["abort", "sleep-in-compile", "sleep-in-mask", "freeze", "allocate", "allow-all", "allow-none"]
    {
        configure(
            &project,
            &format!(
                "\n[masks.engine.{act}]\nengine = \"llguidance\"\nfault = {{ act = \"{act}\", on = \"boom\" }}\n"
            ),
        );
    }
    let mut args =
        vec!["masks", "few.jsonl", "--options", "defaults", "--compile-limit", "8", "--memory-limit", "700"];
    for act in ["abort", "sleep-in-compile", "sleep-in-mask", "freeze", "allocate", "allow-all", "allow-none"]
    {
        args.extend(["--engine", act]);
    }
    project.expect(0, &args);
    let run = project.only_run();
    let endings = endings(&run);
    assert_eq!(endings.len(), 7 * 5, "every trial has its row");
    let of = |arm: &str, subject: &str| endings[&(arm.to_owned(), subject.to_owned())].as_str();
    for (arm, expected) in [
        ("abort", "died"),
        ("sleep-in-compile", "timed-out"),
        ("sleep-in-mask", "timed-out"),
        ("freeze", "silent"),
        ("allocate", "outgrew"),
        ("allow-all", "complete"),
        ("allow-none", "complete"),
    ] {
        assert_eq!(of(arm, "boom"), expected, "{arm}");
        for subject in ["string", "object", "turned", "after"] {
            assert_eq!(of(arm, subject), "complete", "{arm} {subject}");
        }
    }
    for row in lines(&run, "records.jsonl") {
        let tries = row["earlier"].as_array().map_or(0, Vec::len);
        let lost = ["died", "silent", "outgrew"].iter().any(|ending| row["ending"].get(ending).is_some());
        assert_eq!(tries, usize::from(lost), "only what may be of earlier trials is made again: {row}");
    }
    let csv = project.expect(0, &["masks", "report", "latest", "--format", "csv", "-o", "-"]).stdout;
    for (arm, class) in [
        ("abort", "crashed"),
        ("sleep-in-compile", "compile-timeout"),
        ("sleep-in-mask", "mask-timeout"),
        ("freeze", "hung"),
        ("allocate", "out-of-memory"),
        ("allow-all", "unsound"),
        ("allow-none", "over-constrained"),
    ] {
        let row =
            |line: &&str| line.contains("boom") && line.contains(&format!("{arm},")) && line.contains(class);
        assert!(csv.lines().any(|line| row(&line)), "{arm} {class}\n{csv}");
    }
}

/// What is known of a run apart from what differs from one to the next: who ended how, and which tokens were taken.
fn table(run: &Path) -> BTreeMap<(String, String), Value> {
    let walk = |walk: &Value| json!([walk["end"], walk["may_end"], walk["control"]]);
    let rows = lines(run, "records.jsonl");
    let row = |row: &Value| {
        let key = (row["arm"].as_str().unwrap().to_owned(), row["subject"].as_str().unwrap().to_owned());
        let walks: Vec<Value> = row["walks"].as_array().into_iter().flatten().map(walk).collect();
        (key, json!([row["ending"], walks]))
    };
    assert_eq!(rows.iter().map(row).collect::<BTreeMap<_, _>>().len(), rows.len(), "no trial is made twice");
    rows.iter().map(row).collect()
}

/// Differences, in an order of their own.
fn differences(run: &Path) -> Vec<String> {
    let mut rows: Vec<String> = lines(run, "differences.jsonl").iter().map(Value::to_string).collect();
    rows.sort();
    rows
}

const KEYWORDS: [&str; 12] = [
    "masks",
    "suites/keywords",
    "--only",
    "*draft7*",
    "--sample",
    "40",
    "--seed",
    "3",
    "--engine",
    "llguidance",
    "--engine",
    "none",
];

#[test]
fn a_survey_that_was_killed_is_finished_to_the_same_table() {
    let whole = Project::new();
    whole.expect(0, &KEYWORDS);
    let (expected, differing) = (table(&whole.only_run()), differences(&whole.only_run()));
    assert!(expected.len() == 160 && differing.len() == 80, "{} {}", expected.len(), differing.len());
    let mut in_mid_run = 0;
    for wanted in [1, 40, 100] {
        let project = Project::new();
        let workers = kill_after(&project, wanted);
        let run = project.only_run();
        in_mid_run += usize::from(lines(&run, "records.jsonl").len() < expected.len());
        assert!(!workers.is_empty());
        let until = Instant::now() + Duration::from_secs(20);
        while workers.iter().any(|worker| Path::new("/proc").join(worker).join("exe").exists()) {
            assert!(Instant::now() < until, "workers outlive the harness");
            sleep(Duration::from_millis(20));
        }
        project.expect(0, &["masks", "--resume", "latest"]);
        assert_eq!(table(&run), expected, "killed after {wanted} rows");
        assert_eq!(differences(&run), differing);
    }
    // A busy machine may deliver a kill late, but not every time.
    assert!(in_mid_run >= 1, "no kill hit a survey that was under way");
}

/// Starts a survey and kills it with SIGKILL as soon as its journal has this many rows; its workers' process ids.
fn kill_after(project: &Project, wanted: usize) -> Vec<String> {
    let mut child = project.command(&KEYWORDS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let results = project.path().join("results");
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let run = fs::read_dir(&results).ok().and_then(|mut runs| Some(runs.next()?.ok()?.path()));
        let rows = run.map_or(0, |run| lines(&run, "records.jsonl").len());
        if rows >= wanted {
            let tasks = format!("/proc/{0}/task/{0}/children", child.id());
            let workers = fs::read_to_string(tasks).unwrap_or_default();
            let of_lanes = fs::read_dir(format!("/proc/{}/task", child.id())).into_iter().flatten().flatten();
            let started = of_lanes.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
            let all = started.collect::<String>() + &workers;
            child.kill().unwrap();
            child.wait().unwrap();
            return all.split_whitespace().map(str::to_owned).collect();
        }
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < until, "it ended by itself");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_arm_that_cannot_be_opened_is_known_before_anything_is_tried() {
    let project = Project::new();
    corpus(&project);
    let unknown = project.expect(2, &["masks", "few.jsonl", "--engine", "llguidanse"]).stderr;
    assert!(
        unknown.contains("unknown engine `llguidanse`") && unknown.contains("did you mean `llguidance`?"),
        "{unknown}"
    );
    let absent =
        project.expect(2, &["masks", "few.jsonl", "--engine", "mine", "--program", "mine=./no-such"]).stderr;
    assert!(
        absent.contains("arm `mine` cannot be opened: the worker program `./no-such` is not there"),
        "{absent}"
    );
    let silent =
        project.expect(2, &["masks", "few.jsonl", "--engine", "mine", "--program", "mine=/bin/true"]).stderr;
    assert!(silent.contains("its worker died while loading by exit 0"), "{silent}");
    let options = "\n[masks.engine.odd]\nengine = \"llguidance\"\noptions = { no-such-option = 1 }\n";
    configure(&project, options);
    let refused = project.expect(2, &["masks", "few.jsonl", "--engine", "odd"]).stderr;
    assert!(refused.contains("arm `odd` cannot be opened: engine options: unknown field"), "{refused}");
    assert!(!project.path().join("results").exists(), "nothing was begun");
}

#[test]
fn the_ratchet_fails_on_what_is_worse_and_on_nothing_else() {
    let project = Project::new();
    corpus(&project);
    let check = |more: &[&str]| {
        project.run(
            &[
                &[
                    "masks",
                    "check",
                    "few.jsonl",
                    "--engine",
                    "llguidance",
                    "--options",
                    "defaults",
                    "--baselines",
                    "base",
                ],
                more,
            ]
            .concat(),
        )
    };
    let missing = check(&[]);
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    assert!(missing.stderr.contains("nothing is on record of llguidance"), "{}", missing.stderr);
    assert_eq!(check(&["--update"]).code, 0);
    let silent = check(&[]);
    assert_eq!((silent.code, silent.stdout.as_str()), (0, ""), "{}", silent.stderr);

    let file = project.path().join("base/few-llguidance.jsonl");
    let then = fs::read_to_string(&file).unwrap();
    let line = |id: &str| then.lines().find(|line| line.contains(&format!("\"{id}\""))).unwrap().to_owned();
    fs::write(&file, then.replace(&line("after"), r#"{"subject":"after","class":"hung"}"#)).unwrap();
    let better = check(&[]);
    assert_eq!(better.code, 0);
    assert!(better.stdout.starts_with("better  llguidance after:"), "{}", better.stdout);

    let all_well = then.replace(&line("turned"), r#"{"subject":"turned","class":"ok"}"#);
    fs::write(&file, all_well.replace(&(line("after") + "\n"), "")).unwrap();
    let worse = check(&[]);
    assert_eq!(worse.code, 1);
    assert!(worse.stdout.contains("worse   llguidance turned: order-bound (was ok)"), "{}", worse.stdout);
    assert!(worse.stdout.contains("new     llguidance after: not on record"), "{}", worse.stdout);
    assert!(worse.stderr.contains("the same command with --update"), "{}", worse.stderr);

    fs::write(&file, then.replace(&(line("after") + "\n"), "")).unwrap();
    let without = check(&["--except", "af?er"]);
    assert_eq!((without.code, without.stdout.as_str()), (0, ""), "{}", without.stderr);
}

#[test]
fn a_class_that_only_a_limit_decided_is_said_to_be_one() {
    let project = Project::new();
    // So many members that no machine compiles them within the limit.
    let members = (0..4_000)
        .map(|n| (format!("member-{n}"), json!({ "type": "string", "pattern": format!("^{n}[a-z]+$") })));
    let schema = json!({ "type": "object", "properties": Value::Object(members.collect()) });
    let line = json!({ "id": "slow", "schema": schema, "tests": [{ "valid": true, "data": {} }] });
    fs::write(project.path().join("slow.jsonl"), format!("{line}\n")).unwrap();
    let check = |more: &[&str]| {
        let args = ["masks", "check", "slow.jsonl", "--engine", "llguidance", "--options", "defaults"];
        project.run(&[&args[..], &["--baselines", "base"], more].concat())
    };
    assert_eq!(check(&["--update", "--compile-limit", "300"]).code, 0);
    let slow = check(&["--compile-limit", "0.001"]);
    assert_eq!(slow.code, 1, "{}{}", slow.stdout, slow.stderr);
    assert!(slow.stdout.contains("compile-timeout (was ok)"), "{}", slow.stdout);
    assert!(slow.stderr.contains("how busy the machine is"), "{}", slow.stderr);
}

#[test]
fn a_schema_is_shrunk_to_what_the_engine_fails_on() {
    let project = Project::new();
    let schema = json!({
        "schema": {
            "type": "object",
            "description": "what nobody needs",
            "properties": {
                "a": { "type": "string", "maxLength": 40 },
                "b": { "type": "array", "items": { "type": "integer" }, "uniqueItems": true }
            },
            "required": ["a"]
        },
        "tests": [{ "valid": true, "data": { "a": "x", "b": [1, 2] } }]
    });
    fs::write(project.path().join("schema.json"), schema.to_string()).unwrap();
    let ran =
        project.expect(0, &["masks", "shrink", "schema.json", "--engine", "llguidance", "--format", "json"]);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&found["class"], &found["minimal"]), (&json!("rejected"), &json!(true)), "{found}");
    assert_eq!(found["schema"], json!({ "uniqueItems": true }), "{found}");
    let text = project.expect(0, &["masks", "shrink", "schema.json", "--engine", "llguidance"]).stdout;
    assert!(text.contains("schema    {\"uniqueItems\":true}") && text.contains("llguidance 1."), "{text}");

    fs::write(project.path().join("good.json"), r#"{"type":"integer"}"#).unwrap();
    let nothing = project.expect(2, &["masks", "shrink", "good.json", "--engine", "llguidance"]).stderr;
    assert!(nothing.contains("as it should"), "{nothing}");
}

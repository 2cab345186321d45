//! The example workers of `backends/examples`, which are in Python, against real engines.
//!
//! They need what `gonogo setup --examples` and `gonogo setup --llama-server` install, and fail where it is missing.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde_json::{Value, json};

use crate::project::{Project, home, workspace};

/// Three schemas: one that every engine takes, one that none does, and one whose keyword is passed over by some.
fn corpus(project: &Project) {
    let object = json!({
        "type": "object", "properties": { "a": { "type": "integer" }, "b": { "type": "string" } },
        "required": ["a", "b"], "additionalProperties": false
    });
    let rows = [
        json!({ "id": "object", "split": "plain", "schema": object, "tests": [
            { "valid": true, "data": { "a": 12, "b": "é" } },
            { "valid": false, "data": { "a": 1 } },
            { "valid": true, "data": { "a": 12, "b": "é" } },
        ] }),
        json!({ "id": "no-type", "split": "plain", "schema": { "type": "strng" },
            "tests": [{ "valid": true, "data": 1 }] }),
        json!({ "id": "multiple", "split": "plain", "schema": { "type": "integer", "multipleOf": 7 },
            "tests": [{ "valid": true, "data": 14 }, { "valid": false, "data": 15 }] }),
    ];
    let lines = rows.iter().fold(String::new(), |mut lines, row| {
        let _ = writeln!(lines, "{row}");
        lines
    });
    fs::write(project.path().join("three.jsonl"), lines).unwrap();
}

/// A project in which `engine` is what `script` brings, run by an interpreter that `gonogo setup FLAG` installs.
fn project(engine: &str, script: &str, environment: &str, flag: &str) -> Project {
    let python = home().join(environment).join("bin/python");
    assert!(python.is_file(), "{} is missing: run `gonogo setup {flag}`", python.display());
    let project = Project::new();
    corpus(&project);
    let file = project.path().join("gonogo.toml");
    let script = workspace().join("backends/examples").join(script);
    let table = format!("\n[masks.engine.{engine}]\nprogram = {python:?}\narguments = [{script:?}]\n");
    fs::write(&file, fs::read_to_string(&file).unwrap() + &table).unwrap();
    project
}

fn lines(run: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(run.join(file)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Surveys the three schemas with llguidance beside it, and checks what holds for any worker; its records by subject.
fn surveyed(project: &Project, engine: &str) -> BTreeMap<String, Value> {
    let asked = ["masks", "three.jsonl", "--engine", engine, "--engine", "llguidance"];
    // A pure Python engine on a busy machine: what is shown is what it answers, and not how fast.
    let patient = ["--compile-limit", "300", "--mask-limit", "120", "--walks-limit", "900"];
    let how = ["--options", "defaults", "--recompile", "2", "--jobs", "1"];
    project.expect(0, &[&asked[..], &how, &patient].concat());
    let run = project.only_run();
    let ready = lines(&run, "ready.jsonl").into_iter().find(|row| row["arm"] == engine).unwrap();
    assert_eq!(ready["ready"]["facts"]["vocabulary.tokens"], "49152");
    assert!(ready["ready"]["timer"].as_u64().unwrap() > 0 && ready["ready"]["load"].as_u64().unwrap() > 0);

    let rows = lines(&run, "records.jsonl").into_iter().filter(|row| row["arm"] == engine);
    let records: BTreeMap<String, Value> =
        rows.map(|row| (row["subject"].as_str().unwrap().to_owned(), row)).collect();
    assert_eq!(records.len(), 3);
    assert_eq!(records["no-type"]["ending"]["failed"]["class"], "rejected", "{}", records["no-type"]);
    for subject in ["object", "multiple"] {
        let record = &records[subject];
        assert_eq!((&record["ending"], &record["walks"][0]["end"]), (&json!("complete"), &json!("through")));
        assert_eq!(record["recompiles"].as_array().unwrap().len(), 2);
        for walk in record["walks"].as_array().unwrap() {
            let count = |name: &str| walk[name].as_array().unwrap().len();
            assert_eq!(
                (count("masks"), count("sums")),
                (count("accepts") + 1, count("accepts") + 1),
                "{walk}"
            );
            assert_eq!(walk["reset"].is_null(), walk["walk"] == 0, "{walk}");
        }
    }
    let walks = &records["object"]["walks"];
    let tokens = walks[0]["accepts"].as_array().unwrap().len();
    assert_eq!(
        walks[0]["may_end"],
        json!([tokens]),
        "an end is allowed behind the whole object and nowhere else"
    );
    assert_eq!(
        walks[0]["sums"], walks[2]["sums"],
        "behind going back the masks are those of a fresh matcher"
    );
    assert!(walks[1]["end"]["refused"]["allowed"].as_u64().unwrap() > 0, "{}", walks[1]);
    records
}

/// What the validator made of the first difference in this subject's masks.
fn finding(project: &Project, subject: &str) -> Value {
    let differences = lines(&project.only_run(), "differences.jsonl");
    differences.into_iter().find(|row| row["subject"] == subject).unwrap()
}

/// Why a survey is not begun, as one line.
fn refusal(project: &Project, more: &[&str]) -> String {
    let ran = project.expect(2, &[&["masks", "three.jsonl"], more].concat());
    let words: Vec<&str> = ran.stderr.split_whitespace().filter(|word| *word != "│").collect();
    words.join(" ")
}

#[test]
fn lm_format_enforcer_joins_from_python() {
    let project = project("lmfe", "lmfe.py", "examples", "--examples");
    let records = surveyed(&project, "lmfe");
    assert_eq!(records["multiple"]["walks"][1]["end"], "through", "it passes multipleOf over");
    let found = finding(&project, "multiple").to_string();
    assert!(found.contains("lmfe"), "{found}");
    let matched = refusal(&project, &["--engine", "lmfe", "--options", "matched"]);
    assert!(matched.contains("use --options defaults"), "{matched}");
}

#[test]
fn llama_cpp_joins_by_its_c_interface() {
    let project = project("gbnf", "gbnf.py", "llama-server", "--llama-server");
    let records = surveyed(&project, "gbnf");
    assert_eq!(records["multiple"]["walks"][1]["end"], "through", "it passes multipleOf over");
    // Its grammars see the text of control tokens, and allow it where text may stand.
    assert!(records["object"]["walks"][0]["control"]["token"].is_u64(), "{}", records["object"]);
    let words = records["no-type"]["ending"]["failed"]["message"].as_str().unwrap();
    assert!(words.contains("unrecognized type strng"), "{words}");
    let other = home().join("tokenizers/qwen/qwen.tiktoken");
    assert!(other.is_file(), "{} is missing: run `gonogo setup --tokenizers`", other.display());
    let refused = refusal(&project, &["--engine", "gbnf", "--tokenizer", other.to_str().unwrap()]);
    assert!(refused.contains("name a GGUF file with --tokenizer"), "{refused}");
}

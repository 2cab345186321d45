//! A survey's journal becomes Parquet, through the program itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{fs, path::Path, process::Command};

use gonogo_core::Nanos;
use gonogo_masks::{
    Arm, Configuration, Ending, Limits, Record, Subject, SubjectInstance, SurveyPlan, TokenizerFacts, Truth,
};
use gonogo_protocol::masks::{Compiled, WalkEnd, Walked};
use polars::prelude::{ParquetReader, SerReader};
use serde_json::json;

fn plan() -> SurveyPlan {
    let tokenizer = TokenizerFacts { name: "t".into(), format: "gguf".into(), sha256: "0".into(), tokens: 3 };
    SurveyPlan {
        format: gonogo_core::FORMAT,
        seed: 1,
        arms: vec![Arm::new("none", Configuration::Defaults, &json!({}))],
        limits: Limits::default(),
        recompiles: 0,
        compared: 0,
        lanes: 1,
        corpora: vec![],
        narrowed: vec![],
        subjects: 2,
        instances: 1,
        tokenizer,
    }
}

fn subject(id: &str) -> Subject {
    let instance = SubjectInstance {
        id: "valid".into(),
        text: "[]".into(),
        tokens: vec![1, 2],
        labelled: true,
        truth: Truth::Valid,
        reorders: None,
        whole_at: vec![2],
    };
    Subject {
        id: id.into(),
        split: "easy".into(),
        draft: "2020-12".into(),
        keywords: vec![],
        why: None,
        sha256: "0".into(),
        schema: "{}".into(),
        instances: vec![instance],
    }
}

fn record(subject: &str, walks: Vec<Walked>, ending: Ending) -> Record {
    let compiled =
        (!walks.is_empty()).then_some(Compiled { id: 1, compile: Nanos(70), first_mask: Nanos(7) });
    Record {
        subject: subject.into(),
        arm: "none".into(),
        compiled,
        recompiles: vec![],
        walks,
        respelled: vec![],
        ending,
        peak_bytes: Some(1 << 20),
        rest_bytes: None,
        earlier: vec![],
    }
}

fn through() -> Walked {
    Walked {
        id: 1,
        walk: 0,
        reset: None,
        end: WalkEnd::Through,
        masks: vec![7, 5, 3],
        accepts: vec![2, 1],
        may_end: vec![2],
        control: None,
        sums: vec![],
    }
}

fn lines(path: &Path, rows: &[impl serde::Serialize]) {
    let lines: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect();
    fs::write(path, lines.concat()).unwrap();
}

#[test]
fn a_trial_is_a_row_and_its_steps_are_lists() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    fs::write(file("survey.json"), json!({ "format": gonogo_core::FORMAT }).to_string()).unwrap();
    fs::write(file("plan.json"), serde_json::to_string(&plan()).unwrap()).unwrap();
    lines(&file("subjects.jsonl"), &[subject("first"), subject("second")]);
    let died = Ending::Died { how: "signal 11".into(), stderr: String::new() };
    let records = [record("second", vec![], died), record("first", vec![through()], Ending::Complete)];
    lines(&file("records.jsonl"), &records);
    let program = Command::new(env!("CARGO_BIN_EXE_gonogo-parquet")).arg(dir.path()).output().unwrap();
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    let frame = ParquetReader::new(fs::File::open(file("records.parquet")).unwrap()).finish().unwrap();
    let text = |name: &str| -> Vec<String> {
        let column = frame.column(name).unwrap().str().unwrap().iter();
        column.map(|value| value.unwrap_or("null").to_owned()).collect()
    };
    assert_eq!(text("schema"), ["first", "second"], "in the order of the corpus");
    assert_eq!(text("class"), ["ok", "crashed"]);
    let compile: Vec<Option<u64>> = frame.column("compile").unwrap().u64().unwrap().iter().collect();
    assert_eq!(compile, [Some(70), None]);
    let steps = frame.column("tbm").unwrap().list().unwrap().get_as_series(0).unwrap();
    assert_eq!(steps.u64().unwrap().iter().collect::<Vec<_>>(), [Some(6)], "the first step is in TTFM");
    assert!(!file("records.parquet.part").exists());
}

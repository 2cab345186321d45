//! Runs are made, read, locked, rejudged and found by name.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{fs, path::Path};

use common::{capture, nth_row, plan, receipt, row};
use gonogo_core::{ArmReceipt, Event, FORMAT, Observer, Provenance, RunStatus, Start};
use gonogo_store::{Durability, Recorder, RunDir, StoreError, resolve, runs};
use proptest::prelude::*;

fn new_run(root: &Path, name: &str, started: &str) -> RunDir {
    let plan = plan(2);
    RunDir::create(root, name, started, &receipt(&plan), &plan).unwrap()
}

/// No command may take what a probe left for a run.
#[test]
fn a_probe_keeps_its_answers_and_is_no_run() {
    let root = tempfile::TempDir::new().unwrap();
    let probe = gonogo_store::ProbeDir::create(root.path(), "an arm", "2026-01-02T03:04:05.678Z").unwrap();
    assert_eq!(probe.path().file_name().unwrap(), "20260102T030405Z-probe-an-arm");
    let capture = common::capture(vec![b"answer".to_vec()]);
    let hash = probe.keep(&capture).unwrap();
    assert_eq!(probe.capture(&hash).unwrap(), capture);
    probe.finish(&serde_json::json!({"format": 1})).unwrap();
    assert!(probe.path().join("probe.json").is_file());
    assert_eq!(gonogo_store::runs(root.path()).unwrap(), [""; 0]);
    assert!(gonogo_store::resolve(root.path(), "latest").is_err());
}

#[test]
fn receipt_and_plan_read_back_and_the_receipt_names_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let plan = plan(3);
    let receipt = receipt(&plan);
    let dir = RunDir::create(root.path(), "n", "2026-01-02T03:04:05.6Z", &receipt, &plan).unwrap();
    let twin = RunDir::create(root.path(), "n", "2026-01-02T03:04:05.9Z", &receipt, &plan).unwrap();
    assert_eq!(dir.name(), "20260102T030405Z-n");
    assert_eq!(twin.name(), "20260102T030405Z-n-2");
    let opened = RunDir::open(dir.path()).unwrap();
    assert_eq!(opened.plan().unwrap(), plan);
    assert_eq!(opened.receipt().unwrap(), gonogo_core::Receipt { run: dir.name(), ..receipt });
    assert_eq!(opened.attempts().unwrap().rows, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn captures_round_trip(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5)) {
        let root = tempfile::tempdir().unwrap();
        let journal = new_run(root.path(), "n", "2026-01-02T03:04:05Z").journal(Durability::System).unwrap();
        let capture = capture(frames);
        let hash = journal.keep(&capture).unwrap();
        prop_assert_eq!(&hash, &capture.encode().unwrap().0);
        prop_assert_eq!(journal.keep(&capture).unwrap(), hash.clone());
        prop_assert_eq!(journal.dir().capture(&hash).unwrap(), capture);
    }
}

#[test]
fn a_capture_under_a_name_that_is_not_its_hash_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let journal = new_run(root.path(), "n", "2026-01-02T03:04:05Z").journal(Durability::Disk).unwrap();
    let one = journal.keep(&capture(vec![b"one".to_vec()])).unwrap();
    let two = journal.keep(&capture(vec![b"two".to_vec()])).unwrap();
    // The first member's header says that it is the second's.
    let pack = journal.dir().path().join("captures").join(format!("{}.jsonl.gz", journal.dir().name()));
    let mut bytes = fs::read(&pack).unwrap();
    let digest: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&two.as_str()[2 * n..2 * n + 2], 16).unwrap()).collect();
    let length = u32::from_le_bytes(bytes[16..20].try_into().unwrap());
    bytes.truncate(usize::try_from(length).unwrap());
    bytes[20..52].copy_from_slice(&digest);
    fs::write(&pack, bytes).unwrap();
    let error = journal.dir().capture(&two).unwrap_err();
    assert!(matches!(&error, StoreError::ForgedCapture { found, .. } if *found == one), "{error}");
}

#[test]
fn a_run_has_one_writer_and_any_number_of_readers() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path(), "n", "2026-01-02T03:04:05Z");
    let mut first = dir.journal(Durability::Disk).unwrap();
    first.append(&nth_row(0, "a")).unwrap();
    assert!(matches!(dir.journal(Durability::Disk), Err(StoreError::Busy { .. })));
    assert_eq!(dir.attempts().unwrap().rows.len(), 1);
    drop(first);
    dir.journal(Durability::Disk).unwrap();
}

#[test]
fn a_later_format_is_refused_and_later_fields_are_not() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path(), "n", "2026-01-02T03:04:05Z");
    dir.journal(Durability::Disk).unwrap().append(&nth_row(0, "a")).unwrap();
    let edit = |file: &str, from: &str, to: &str| {
        let path = dir.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    };
    edit("attempts.jsonl", "{\"index\"", "{\"colour\":[1],\"index\"");
    edit("attempts.jsonl", "\"ttft\"", "\"tint\":9,\"ttft\"");
    assert_eq!(dir.attempts().unwrap().rows, [nth_row(0, "a")]);

    edit("run.json", &format!("\"format\": {FORMAT}"), "\"shape\": {}, \"format\": 4000000000000");
    let error = RunDir::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("format 4000000000000") && error.contains("newer gonogo"), "{error}");
    edit("plan.json", &format!("\"format\": {FORMAT}"), &format!("\"format\": {}", FORMAT + 1));
    assert!(matches!(dir.plan(), Err(StoreError::Newer { .. })));
}

#[test]
fn rows_without_outcomes_can_be_put_right_and_the_old_rows_stay() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path(), "n", "2026-01-02T03:04:05Z");
    let rows = [nth_row(0, "a"), nth_row(1, "b")];
    {
        let mut journal = dir.journal(Durability::Disk).unwrap();
        rows.iter().for_each(|row| journal.append(row).unwrap());
    }
    let path = dir.path().join("attempts.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let stripped: String = text
        .lines()
        .map(|line| {
            let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
            row.as_object_mut().unwrap().shift_remove("outcome").unwrap();
            format!("{row}\n")
        })
        .collect();
    fs::write(&path, &stripped).unwrap();

    assert!(matches!(dir.attempts(), Err(StoreError::Row { line: 1, .. })));
    let facts = dir.facts().unwrap().rows;
    assert_eq!(facts.iter().map(|row| &row.key).collect::<Vec<_>>(), [&rows[0].key, &rows[1].key]);

    let mut journal = dir.journal(Durability::Disk).unwrap();
    assert!(journal.replace(&rows).unwrap());
    assert!(!journal.replace(&rows).unwrap(), "the same rows again are no change");
    journal.append(&nth_row(2, "c")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{text}{}\n", json(&nth_row(2, "c"))));
    assert_eq!(fs::read_to_string(dir.path().join("attempts.1.jsonl")).unwrap(), stripped);
    assert!(!dir.path().join("attempts.2.jsonl").exists());
}

fn json(row: &gonogo_core::Attempt) -> String {
    serde_json::to_string(row).unwrap()
}

#[test]
fn the_recorder_keeps_captures_and_rows_and_closes_the_receipt() {
    let root = tempfile::tempdir().unwrap();
    let plan = plan(1);
    let receipt = receipt(&plan);
    let dir = RunDir::create(root.path(), "n", "2026-01-02T03:04:05Z", &receipt, &plan).unwrap();
    let capture = capture(vec![b"answer".to_vec()]);
    let (hash, json) = capture.encode().unwrap();
    for (session, planned) in plan.attempts.iter().enumerate() {
        let mut recorder = Recorder::new(dir.journal(Durability::Disk).unwrap()).unwrap();
        let captured = Event::Captured {
            r#try: 0,
            planned: planned.clone(),
            hash: hash.clone(),
            json: json.clone(),
            capture: Box::new(capture.clone()),
        };
        recorder.on(&captured).unwrap();
        recorder.sync().unwrap();
        assert_eq!(dir.capture(&hash).unwrap(), capture, "the capture is kept before its row");
        assert_eq!(dir.attempts().unwrap().rows.len(), session);
        let attempt = Box::new(row(planned, "m", &hash));
        recorder.on(&Event::AttemptFinished { attempt: attempt.clone() }).unwrap();
        recorder.sync().unwrap();
        assert_eq!(dir.attempts().unwrap().rows.last(), Some(&*attempt));
        let closed = recorder.finish("2026-01-02T03:05:00Z").unwrap();
        assert_eq!(dir.receipt().unwrap(), closed);
        let status = if session == 1 { RunStatus::Complete } else { RunStatus::Unfinished };
        assert_eq!(closed.status, status);
    }
}

#[test]
fn what_is_asked_is_kept_when_the_recorder_is_flushed_and_nothing_is_asked_of_a_recording() {
    let root = tempfile::tempdir().unwrap();
    let plan = plan(1);
    let mut receipt = receipt(&plan);
    let recording =
        ArmReceipt { name: "b".into(), provenance: Provenance::Replay, ..receipt.arms[0].clone() };
    receipt.arms.push(recording);
    let dir = RunDir::create(root.path(), "n", "2026-01-02T03:04:05Z", &receipt, &plan).unwrap();
    let mut recorder = Recorder::new(dir.journal(Durability::Disk).unwrap()).unwrap();
    let arms: Vec<_> = plan.attempts.iter().map(|planned| planned.key.arm.as_str()).collect();
    assert!(arms.contains(&"a") && arms.contains(&"b"), "{arms:?}");
    for planned in &plan.attempts {
        let started = "2026-01-02T03:04:06.000Z".to_owned();
        recorder.on(&Event::AttemptStarted { planned: planned.clone(), r#try: 1, started }).unwrap();
    }
    recorder.sync().unwrap();
    assert_eq!(dir.starts().unwrap().rows, [], "a row's wait is no word that something was asked");
    recorder.flush().unwrap();
    let asked = plan.attempts.iter().find(|planned| planned.key.arm == "a").unwrap();
    assert_eq!(dir.starts().unwrap().rows, [Start::of(asked, 1, "2026-01-02T03:04:06.000Z")]);
}

#[test]
fn a_full_disk_is_an_observers_error() {
    let root = tempfile::tempdir().unwrap();
    let dir = new_run(root.path(), "n", "2026-01-02T03:04:05Z");
    let mut recorder = Recorder::new(dir.journal(Durability::Disk).unwrap()).unwrap();
    // A receipt that cannot be replaced stands in for a disk that takes no more.
    fs::remove_file(dir.path().join("run.json")).unwrap();
    fs::create_dir_all(dir.path().join("run.json/in-the-way")).unwrap();
    let started = Event::RunStarted { receipt: Box::new(receipt(&plan(1))), done: 0 };
    let error = recorder.on(&started).unwrap_err();
    assert!(error.to_string().starts_with("the journal cannot go on"), "{error}");
}

#[test]
fn of_two_runs_of_one_second_the_one_planned_later_is_the_latest() {
    let root = tempfile::tempdir().unwrap();
    let first = new_run(root.path(), "zebra", "2026-01-02T03:04:05.100Z");
    let second = new_run(root.path(), "aardvark", "2026-01-02T03:04:05.900Z");
    let at = |run: &RunDir, seconds| {
        let plan = fs::File::options().append(true).open(run.path().join("plan.json")).unwrap();
        plan.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
    };
    at(&first, 100);
    at(&second, 101);
    let latest = || resolve(root.path(), "latest").unwrap().name();
    assert_eq!(latest(), second.name());
    at(&first, 102);
    assert_eq!(latest(), first.name());
    at(&second, 102);
    assert_eq!(latest(), first.name(), "then by name");
    at(&new_run(root.path(), "early", "2026-01-02T03:04:04.000Z"), 900);
    assert_eq!(latest(), first.name(), "the stamp goes first");
}

#[test]
fn runs_are_found_by_folder_name_given_name_path_and_age() {
    let root = tempfile::tempdir().unwrap();
    let old = new_run(root.path(), "nightly", "2026-01-02T03:04:05Z");
    let new = new_run(root.path(), "nightly", "2026-01-03T03:04:05Z");
    let other = new_run(root.path(), "engines", "2026-01-02T09:00:00Z");
    fs::create_dir(root.path().join("20990101T000000Z-half-made")).unwrap();
    let found = |what: &str| resolve(root.path(), what).unwrap().path().to_owned();
    assert_eq!(found("latest"), new.path());
    assert_eq!(found("nightly"), new.path());
    assert_eq!(found(&old.name()), old.path());
    assert_eq!(found(other.path().to_str().unwrap()), other.path());
    assert_eq!(runs(root.path()).unwrap().len(), 3);

    let advice = |what: &str| {
        let error = resolve(root.path(), what).unwrap_err();
        assert!(matches!(error, StoreError::Unknown { .. }), "{error}");
        error.to_string().split_once("; ").unwrap().1.to_owned()
    };
    assert_eq!(advice("engine"), "did you mean `engines`?");
    assert_eq!(advice("nigthly"), "did you mean `nightly`?", "two runs of a name are one offer");
    assert_eq!(advice(&old.name().replace("T03", "T04")), format!("did you mean `{}`?", old.name()));
    assert_eq!(advice("weekend"), format!("the newest is `{}`", new.name()));
    assert!(resolve(&root.path().join("nowhere"), "latest").unwrap_err().to_string().contains("gonogo run"));
    let empty = resolve(root.path(), root.path().to_str().unwrap()).unwrap_err();
    assert!(matches!(empty, StoreError::NotARun { .. }), "{empty}");
}

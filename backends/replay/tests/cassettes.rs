//! Cassettes read back what was recorded, refuse duplicates and name what is missing.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{collections::BTreeMap, fs};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Capture, Constraint, End, Frame, Nanos, Phase, Provenance, Request, Sampling};
use gonogo_replay::{Cassette, CassetteError, Exchange, FORMAT, Header, Replay};
use proptest::prelude::*;

fn header(any_rung: bool) -> Header {
    Header {
        format: FORMAT,
        name: "test".into(),
        dialect: "test/1".into(),
        recorded: "2026-01-02".into(),
        reconstructed: false,
        any_rung,
        facts: BTreeMap::from([("engine".into(), "xgrammar".into())]),
        why: "tests".into(),
    }
}

fn request(max_tokens: u32) -> Request {
    let sampling = Sampling { max_tokens, temperature: 0.0, seed: 1 };
    Request { messages: vec![], constraint: Some(Constraint::Regex("a".into())), sampling }
}

fn exchange(label: &str, frames: &[Vec<u8>]) -> Exchange {
    let capture = Capture {
        format: gonogo_core::FORMAT,
        dialect: "test/1".into(),
        request: request(1),
        status: Some(200),
        headers: vec![],
        frames: frames.iter().cloned().zip(1..).map(|(bytes, n)| Frame::new(Nanos(n), bytes)).collect(),
        end: End::Complete,
        elapsed: Nanos(9),
        load: None,
        stderr: String::new(),
    };
    Exchange { label: label.into(), request: None, capture }
}

fn cassette(any_rung: bool, labels: &[&str]) -> Cassette {
    let exchanges = labels.iter().map(|label| exchange(label, &[label.as_bytes().to_vec()])).collect();
    Cassette { header: header(any_rung), exchanges }
}

async fn ask(replay: &Replay, label: &str) -> Capture {
    replay.answer(&Ask { label: label.into(), r#try: 0, request: request(77) }).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_was_recorded_is_read_back_compressed_or_not(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let cassette = Cassette { header: header(false), exchanges: vec![exchange("s/c@r#0", &frames)] };
        for name in ["c.jsonl", "c.jsonl.gz"] {
            let path = folder.path().join(name);
            cassette.save(&path).unwrap();
            prop_assert_eq!(&Cassette::load(&path).unwrap(), &cassette);
            prop_assert_eq!(fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]), name.ends_with("gz"));
        }
        let kept = &cassette.exchanges[0].capture.frames;
        prop_assert_eq!(kept.iter().map(|frame| frame.bytes().to_vec()).collect::<Vec<_>>(), frames);
    }
}

#[tokio::test]
async fn an_answer_is_the_recording_with_the_request_of_now() {
    let replay = Replay::new(cassette(false, &["s/c@r#0", "s/d@r#0"])).unwrap();
    let got = ask(&replay, "s/d@r#0").await;
    let recorded = &replay.cassette().exchanges[1].capture;
    assert_eq!(got, Capture { request: request(77), ..recorded.clone() });
    assert_eq!(replay.identity().provenance, Provenance::Replay);
    assert_eq!(replay.identity().engine, "xgrammar");
    assert!(replay.capabilities().constrains && !replay.capabilities().canary);
}

#[tokio::test]
async fn rungs_matter_unless_the_cassette_says_otherwise() {
    let strict = Replay::new(cassette(false, &["s/c@easy#0"])).unwrap();
    let loose = Replay::new(cassette(true, &["s/c@easy#0"])).unwrap();
    assert!(matches!(ask(&strict, "s/c@hard#0").await.end, End::Broken { .. }));
    for label in ["s/c@hard#0", "s/c#0", "s/c@easy#0"] {
        assert_eq!(ask(&loose, label).await.end, End::Complete, "{label}");
    }
    assert!(matches!(ask(&loose, "s/c@easy#1").await.end, End::Broken { .. }), "repeats always matter");
}

#[tokio::test]
async fn a_miss_is_a_broken_connection_that_names_the_nearest_recording() {
    let replay = Replay::new(cassette(false, &["s/addition@r#0", "s/filter@r#0"])).unwrap();
    let capture = ask(&replay, "s/adition@r#0").await;
    let End::Broken { phase: Phase::Connect, message } = &capture.end else { panic!("{:?}", capture.end) };
    assert_eq!(
        message,
        "no recording for `s/adition@r#0` in cassette `test`; the nearest is `s/addition@r#0`"
    );
    assert!(capture.frames.is_empty());

    let far = ask(&replay, "another-suite/sorting#0").await;
    let End::Broken { message, .. } = &far.end else { panic!("{:?}", far.end) };
    assert!(message.ends_with("in cassette `test`; none of its 2 recordings is near"), "{message}");
}

#[test]
fn a_duplicate_is_an_error_on_the_way_in_and_on_the_way_out() {
    let twice = cassette(true, &["s/c@easy#0", "s/c@hard#0"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.jsonl");
    assert!(matches!(twice.save(&path), Err(CassetteError::Duplicate { line: 3, .. })));
    let fine = Cassette { header: header(false), ..twice.clone() };
    fine.save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"any_rung\":false", "\"any_rung\":true", 1)).unwrap();
    let error = Replay::open("old", &path).unwrap_err();
    assert!(error.cause.contains("line 3") && error.cause.contains("`s/c#0`"), "{error}");
}

#[test]
fn damage_and_later_formats_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.jsonl");
    cassette(false, &["s/c#0"]).save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let load = |text: &str| {
        fs::write(&path, text).unwrap();
        Cassette::load(&path)
    };
    let later = load(&text.replacen("{\"format\":1", "{\"shape\":2,\"format\":2", 1)).unwrap_err();
    assert!(matches!(later, CassetteError::Newer { found: 2, .. }), "{later}");
    load(&text.replacen("{\"format\":1", "{\"shape\":2,\"format\":1", 1)).unwrap();
    let cut = load(&text[..text.len() - 9]).unwrap_err();
    assert!(matches!(cut, CassetteError::Line { line: 2, what: "an exchange", .. }), "{cut}");
    assert!(matches!(load("").unwrap_err(), CassetteError::Line { line: 1, what: "a header", .. }));
}

//! Cassettes read back what was recorded, refuse duplicates and name what is missing.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod recorded;

use std::{fs, time::Instant};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Capture, Constraint, End, Frame, Nanos, Phase, Provenance, REPLAY_HEADER};
use gonogo_replay::{Cassette, CassetteError, Exchange, Pace, Replay, Sent, is_cassette};
use proptest::prelude::*;
use recorded::{ask, capture, cassette, exchange, header, opened, request};

/// A capture as a replay returns it.
fn marked(mut capture: Capture) -> Capture {
    capture.headers.push((REPLAY_HEADER.into(), "test".into()));
    capture
}

/// What a miss says.
fn missed(capture: &Capture) -> &str {
    let End::Broken { phase: Phase::Connect, message } = &capture.end else { panic!("{:?}", capture.end) };
    assert!(capture.frames.is_empty() && capture.status.is_none());
    message
}

fn any_exchange() -> impl Strategy<Value = Exchange> {
    let frames = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..6);
    let headers = prop::collection::vec(("[a-z-]{1,9}", ".{0,9}"), 0..3);
    (frames, headers, any::<u64>(), ".{0,20}", any::<bool>(), prop::option::of(100..600_u16)).prop_map(
        |(frames, headers, seed, prompt, over_http, status)| {
            let mut request = request(seed);
            request.messages[0].content = prompt;
            let http = over_http.then(|| Sent {
                method: "POST".into(),
                path: "v1/x".into(),
                query: vec![("alt".into(), "sse".into())],
                headers: headers.clone(),
                body: serde_json::json!({"seed": seed, "b": 1, "a": [0.5, null]}),
            });
            let frames = frames.into_iter().zip(1..).map(|(bytes, n)| Frame::new(Nanos(n), bytes)).collect();
            let answer = Capture { request, status, headers, frames, ..capture(0, b"") };
            Exchange {
                http,
                judged: Some("passed".into()),
                ..Exchange::new(&header(2), "s/c@r#0".into(), 0, answer)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_was_recorded_is_read_back_compressed_or_not(
        exchange in any_exchange(),
        format in 1..=2_u32,
        (r#try, warm_up) in (0..3_u32, any::<bool>()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let exchanges = vec![Exchange { r#try, warm_up, ..exchange.clone() }];
        let cassette = Cassette { header: header(format), exchanges };
        for name in ["c.jsonl", "c.jsonl.gz"] {
            let path = folder.path().join(name);
            cassette.save(&path).unwrap();
            prop_assert_eq!(&Cassette::load(&path).unwrap(), &cassette);
            prop_assert_eq!(fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]), name.ends_with("gz"));
            prop_assert!(is_cassette(&path).unwrap());
        }
        let kept = Cassette::load(&folder.path().join("c.jsonl.gz")).unwrap();
        let bytes = |exchange: &Exchange| -> Vec<Vec<u8>> {
            exchange.capture.frames.iter().map(|frame| frame.bytes().to_vec()).collect()
        };
        prop_assert_eq!(bytes(&kept.exchanges[0]), bytes(&exchange));
    }
}

#[tokio::test]
async fn an_answer_is_the_recording_with_the_request_of_now() {
    let replay = opened(cassette(1, &["s/c@r#0", "s/d@r#0"]));
    let got = ask(&replay, "s/d@r#0", 0, 77).await;
    let recorded = &replay.cassette().exchanges[1].capture;
    assert_eq!(got, marked(Capture { request: request(77), ..recorded.clone() }));
    assert_eq!(got.provenance(Provenance::Live), Provenance::Replay, "it says itself what it is");
    assert_eq!(replay.identity().provenance, Provenance::Replay);
    assert_eq!(replay.identity().engine, "xgrammar");
    assert!(replay.capabilities().constrains && !replay.capabilities().canary);
}

#[tokio::test]
async fn by_label_rungs_matter_unless_the_cassette_says_otherwise() {
    let strict = opened(cassette(1, &["s/c@easy#0"]));
    let mut loose = cassette(1, &["s/c@easy#0"]);
    loose.header.any_rung = true;
    let loose = opened(loose);
    assert!(matches!(ask(&strict, "s/c@hard#0", 0, 1).await.end, End::Broken { .. }));
    for label in ["s/c@hard#0", "s/c#0", "s/c@easy#0"] {
        assert_eq!(ask(&loose, label, 0, 1).await.end, End::Complete, "{label}");
    }
    assert!(matches!(ask(&loose, "s/c@easy#1", 0, 1).await.end, End::Broken { .. }), "repeats always matter");
    let retried = ask(&loose, "s/c@easy#0", 1, 1).await;
    assert!(missed(&retried).starts_with("no recording of try 1 of `s/c@easy#0`"), "{retried:?}");
}

#[tokio::test]
async fn a_miss_by_label_names_the_nearest_recording() {
    let replay = opened(cassette(1, &["s/addition@r#0", "s/filter@r#0"]));
    let miss = ask(&replay, "s/adition@r#0", 0, 77).await;
    assert_eq!(
        missed(&miss),
        "no recording for `s/adition@r#0` in cassette `test`; the nearest is `s/addition@r#0`"
    );
    let far = ask(&replay, "another-suite/sorting#0", 0, 77).await;
    assert!(missed(&far).ends_with("in cassette `test`; none of its 2 recordings is near"), "{far:?}");
}

#[tokio::test]
async fn an_answer_is_found_by_what_was_asked_whatever_it_was_called() {
    let replay = opened(cassette(2, &["s/c@r#0", "s/d@r#1"]));
    for label in ["s/d@r#1", "s/renamed@r#1"] {
        let got = ask(&replay, label, 0, 1).await;
        assert_eq!(got, marked(replay.cassette().exchanges[1].capture.clone()), "{label}");
    }
    // The first label that was recorded for it would do as well, were its own not there.
    let twice = Cassette {
        header: header(2),
        exchanges: vec![exchange(2, "s/c@r#0", 0, 7, b"one"), exchange(2, "s/d@r#0", 0, 7, b"two")],
    };
    assert_eq!(ask(&opened(twice), "s/d@r#0", 0, 7).await.frames[0].bytes(), b"two");
}

#[tokio::test]
async fn another_request_misses_and_says_what_differs() {
    let mut recorded = cassette(2, &["s/c@r#0", "s/d@r#0"]);
    recorded.header.asked = Some(recorded::asked(77));
    let replay = opened(recorded);
    let mut mutated = request(0);
    mutated.constraint = Some(Constraint::JsonSchema("{\"type\":\"array\"}".into()));
    let asked = Ask { label: "s/c@r#0".into(), r#try: 0, request: mutated };
    let miss = replay.answer(&asked).await;
    assert_eq!(
        missed(&miss),
        "no recording for `s/c@r#0` in cassette `test`: what is asked differs from what was recorded in the schema \
         (6a7f71a05a1d, recorded 44136fa355b3); key 4aa44080911e, nearest key 8de955fc1964"
    );
    assert_eq!(miss.request, asked.request);
    let reseeded = ask(&replay, "s/c@r#0", 0, 9).await;
    assert!(
        missed(&reseeded).contains("in seed (9, recorded 0) (--seed 77 is the recorded run's); key"),
        "{reseeded:?}"
    );
    let renamed = ask(&replay, "s/d@other#3", 0, 9).await;
    assert!(missed(&renamed).contains("differs from `s/d@r#0` in seed (9, recorded 1);"), "{renamed:?}");
}

#[tokio::test]
async fn tries_are_exchanges_of_their_own_and_a_try_too_many_misses() {
    let tries = vec![exchange(2, "s/c#0", 0, 7, b"busy"), exchange(2, "s/c#0", 1, 7, b"done")];
    let replay = opened(Cassette { header: header(2), exchanges: tries });
    assert_eq!(ask(&replay, "s/c#0", 0, 7).await.frames[0].bytes(), b"busy");
    assert_eq!(ask(&replay, "s/c#0", 1, 7).await.frames[0].bytes(), b"done");
    let more = ask(&replay, "s/c#0", 2, 7).await;
    let said = missed(&more);
    assert!(
        said.starts_with("no recording of try 2 of `s/c#0`") && said.contains("no such try was made"),
        "{said}"
    );
}

#[tokio::test]
async fn a_recorded_canary_can_be_sent_again() {
    let mut with = cassette(2, &["canary/free#a", "s/c#0"]);
    with.exchanges[0].warm_up = true;
    assert!(opened(with).capabilities().canary);
    assert!(!opened(cassette(2, &["s/c#0"])).capabilities().canary);
}

#[tokio::test]
async fn in_real_time_an_answer_takes_as_long_as_it_took() {
    let mut slow = cassette(2, &["s/c#0"]);
    slow.exchanges[0].capture.elapsed = Nanos(60_000_000);
    let mut took = Vec::new();
    for pace in [Pace::Instant, Pace::RealTime] {
        let replay = Replay::new(slow.clone(), pace).unwrap();
        assert_eq!(replay.identity().facts["pace"], pace.name());
        let start = Instant::now();
        let got = ask(&replay, "s/c#0", 0, 0).await;
        assert_eq!(got.elapsed, Nanos(60_000_000), "the times are the recording's either way");
        took.push(start.elapsed().as_millis());
    }
    assert!(took[1] >= 60 && took[0] < took[1], "{took:?}");
}

#[test]
fn a_duplicate_is_an_error_on_the_way_in_and_on_the_way_out() {
    let mut twice = cassette(1, &["s/c@easy#0", "s/c@hard#0"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.jsonl");
    twice.save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    twice.header.any_rung = true;
    assert!(matches!(twice.save(&path), Err(CassetteError::Duplicate { line: 3, .. })));
    fs::write(&path, text.replacen("\"any_rung\":false", "\"any_rung\":true", 1)).unwrap();
    let error = Replay::open("old", &path, Pace::Instant).unwrap_err();
    assert!(error.cause.contains("line 3") && error.cause.contains("`s/c#0`"), "{error}");
    let tries = vec![exchange(2, "s/c#0", 1, 7, b""), exchange(2, "s/c#0", 1, 8, b"")];
    let error = Cassette { header: header(2), exchanges: tries }.encode().unwrap_err();
    assert!(matches!(error, CassetteError::Duplicate { line: 3, .. }), "{error}");
}

#[test]
fn damage_and_later_formats_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.jsonl");
    cassette(2, &["s/c#0"]).save(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let load = |text: &str| {
        fs::write(&path, text).unwrap();
        Cassette::load(&path)
    };
    let later = load(&text.replacen("{\"format\":2", "{\"shape\":2,\"format\":3", 1)).unwrap_err();
    assert!(matches!(later, CassetteError::Newer { found: 3, .. }), "{later}");
    load(&text.replacen("{\"format\":2", "{\"shape\":2,\"format\":1", 1)).unwrap();
    let cut = load(&text[..text.len() - 9]).unwrap_err();
    assert!(matches!(cut, CassetteError::Line { line: 2, what: "an exchange", .. }), "{cut}");
    assert!(is_cassette(&path).unwrap());
    assert!(matches!(load("").unwrap_err(), CassetteError::Line { line: 1, what: "a header", .. }));
    fs::write(&path, "{\"name\":\"n\",\"why\":\"w\",\"capture\":{\"format\":1}}\n").unwrap();
    assert!(!is_cassette(&path).unwrap(), "lines of fixtures/exchanges are no cassette");
}

/// As the first gonogo wrote it.
#[test]
fn format_1_is_read() {
    let text = concat!(
        r#"{"format":1,"name":"old","dialect":"custom-json/1","recorded":"2025-10-23","reconstructed":true,"#,
        r#""any_rung":true,"facts":{"engine":"xgrammar"},"why":"w"}"#,
        "\n",
        r#"{"label":"go/c#0","capture":{"format":1,"dialect":"custom-json/1","request":{"messages":[],"#,
        r#""constraint":null,"sampling":{"max_tokens":0,"temperature":0.0,"seed":0}},"status":408,"#,
        r#""frames":[{"at":0,"text":"late"}],"end":"complete","elapsed":0}}"#,
        "\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.jsonl");
    fs::write(&path, text).unwrap();
    let cassette = Cassette::load(&path).unwrap();
    assert!(!cassette.header.by_request() && cassette.header.asked.is_none());
    assert_eq!((cassette.exchanges.len(), cassette.exchanges[0].capture.status), (1, Some(408)));
}

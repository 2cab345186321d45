//! Cassettes made up for tests.

use std::collections::BTreeMap;

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    Capture, Constraint, End, FORMAT, Frame, Message, Nanos, Provenance, Request, Role, Sampling,
};
use gonogo_replay::{Asked, Cassette, Exchange, Header, Pace, Replay};

pub(crate) fn header(format: u32) -> Header {
    Header {
        format,
        name: "test".into(),
        dialect: "test/1".into(),
        recorded: "2026-01-02".into(),
        reconstructed: false,
        any_rung: false,
        provenance: Some(Provenance::Live),
        facts: BTreeMap::from([("engine".into(), "xgrammar".into())]),
        engine_evidence: None,
        nonce: None,
        asked: None,
        suites: Vec::new(),
        gonogo: None,
        why: "tests".into(),
    }
}

#[allow(dead_code, reason = "not every test that makes cassettes says how they were asked")]
pub(crate) fn asked(seed: u64) -> Asked {
    Asked {
        seed,
        repeat: 1,
        max_tokens: None,
        temperature: None,
        default_max_tokens: 512,
        default_temperature: 0.0,
        retry: None,
    }
}

pub(crate) fn request(seed: u64) -> Request {
    let messages = vec![Message { role: Role::User, content: "Add.".into() }];
    let sampling = Sampling { max_tokens: 9, temperature: 0.0, seed };
    Request { messages, constraint: Some(Constraint::JsonSchema("{}".into())), sampling }
}

/// An answer in one frame.
pub(crate) fn capture(seed: u64, bytes: &[u8]) -> Capture {
    Capture {
        format: FORMAT,
        dialect: "test/1".into(),
        request: request(seed),
        status: Some(200),
        headers: vec![],
        frames: vec![Frame::new(Nanos(1), bytes.to_vec())],
        end: End::Complete,
        elapsed: Nanos(9),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

pub(crate) fn exchange(format: u32, label: &str, r#try: u32, seed: u64, bytes: &[u8]) -> Exchange {
    Exchange::new(&header(format), label.into(), r#try, capture(seed, bytes))
}

/// Exchanges of these labels; the seed of each is its place, its answer its label.
#[allow(dead_code, reason = "likewise")]
pub(crate) fn cassette(format: u32, labels: &[&str]) -> Cassette {
    let exchanges =
        labels.iter().zip(0..).map(|(label, seed)| exchange(format, label, 0, seed, label.as_bytes()));
    Cassette { header: header(format), exchanges: exchanges.collect() }
}

#[allow(dead_code, reason = "not every test that makes cassettes opens them")]
pub(crate) fn opened(cassette: Cassette) -> Replay {
    Replay::new(cassette, Pace::Instant).unwrap()
}

#[allow(dead_code, reason = "likewise")]
pub(crate) async fn ask(replay: &Replay, label: &str, r#try: u32, seed: u64) -> Capture {
    replay.answer(&Ask { label: label.into(), r#try, request: request(seed) }).await
}

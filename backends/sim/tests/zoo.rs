//! The classifier against the truth: every fault through the real transport and the real judge.

#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    Capture, Constraint, End, Enforcement, Expectation, Family, Frame, Kind, Message, Oracle, Provenance,
    Request, Role, Sampling,
};
use gonogo_dialects::Target;
use gonogo_http::{Caps, Endpoint, HttpArm, Limits, open};
use gonogo_judge::Judge;
use gonogo_sim::{Fault, HEADER, Mix, Place, SCHEMA, Sim, fault, zoo};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

/// What no endpoint can show: a worker's phases and deaths, verdicts on code, and our own faults.
const NOT_OVER_HTTP: [Kind; 11] = [
    Kind::ConstraintUnsupported,
    Kind::TimeoutQueue,
    Kind::CompileTimeout,
    Kind::EngineOutOfMemory,
    Kind::EngineHung,
    Kind::SourceSyntax,
    Kind::SourceCompile,
    Kind::SourceBehaviour,
    Kind::AssertionFailed,
    Kind::JudgeTimeout,
    Kind::HarnessError,
];
/// Limits for what is to run into one.
const SHORT: Limits = Limits {
    connect: Duration::from_millis(1_500),
    first_byte: Duration::from_millis(2_500),
    stall: Duration::from_millis(1_500),
    total: Duration::from_millis(6_000),
};
/// Limits that nothing else runs into, however busy the machine.
const LONG: Duration = Duration::from_secs(20);
/// Nothing may take longer than its limits and a bit.
const HANG: Duration = Duration::from_secs(30);
/// Bytes of a body at most.
const CAP: u64 = 1 << 20;
/// What resident memory may grow by while a gigabyte is offered.
const GROWTH: u64 = 64 << 20;

fn arm(sim: &Sim, fault: &Fault) -> HttpArm {
    arm_at(&sim.url(fault).unwrap(), fault)
}

fn arm_at(url: &str, fault: &Fault) -> HttpArm {
    let long = Limits { connect: LONG, first_byte: LONG, stall: LONG, total: LONG };
    HttpArm {
        name: fault.name.into(),
        dialect: gonogo_dialects::dialect(fault.dialect).unwrap(),
        base_url: url.parse().unwrap(),
        target: Target { model: "sim".into(), stream: fault.stream, ..Target::default() },
        engine: "scripted".into(),
        key: None,
        key_place: None,
        limits: if fault.kind.family() == Family::Timeout { SHORT } else { long },
        caps: Caps { body_bytes: CAP, redirects: 6 },
        connections: gonogo_http::Connections::Fresh,
        concurrency: 1,
        insecure: false,
        authorities: None,
        simulated: true,
    }
}

fn ask(prompt: &str) -> Ask {
    let messages = vec![Message { role: Role::User, content: prompt.into() }];
    let constraint = Some(Constraint::JsonSchema(SCHEMA.into()));
    let sampling = Sampling { max_tokens: 64, temperature: 0.0, seed: 1 };
    Ask { label: "zoo".into(), r#try: 0, request: Request { messages, constraint, sampling } }
}

fn judge() -> Judge {
    let constraint = Some(Constraint::JsonSchema(SCHEMA.into()));
    Judge::new(&Oracle { constraint, assertions: vec![], expect: Expectation::Pass }).unwrap()
}

async fn answer(arm: HttpArm) -> Capture {
    let name = arm.name.clone();
    answer_from(&open(arm).unwrap(), &name).await
}

async fn answer_from(endpoint: &Endpoint, name: &str) -> Capture {
    assert_eq!(endpoint.identity().provenance, Provenance::Simulated);
    timeout(HANG, endpoint.answer(&ask("add two numbers"))).await.unwrap_or_else(|_| panic!("{name} hangs"))
}

/// What was scripted and what was judged, with what the judge said.
async fn judged() -> Vec<(&'static Fault, Capture, Kind, String)> {
    let sim = Sim::start(0, 1, |_| {}).await.unwrap();
    let (judge, slots) = (Arc::new(judge()), Arc::new(Semaphore::new(16)));
    let mut tasks = JoinSet::new();
    for fault in zoo() {
        let (judge, slots) = (Arc::clone(&judge), Arc::clone(&slots));
        // Opening takes the processor for a while, and no limit should run meanwhile.
        let endpoint = open(arm(&sim, fault)).unwrap();
        tasks.spawn(async move {
            let _slot = slots.acquire().await.unwrap();
            let capture = answer_from(&endpoint, fault.name).await;
            let outcome = judge.judge(&capture, Enforcement::Unproven).outcome;
            (fault, capture, outcome.kind, outcome.detail.message)
        });
    }
    let mut found = tasks.join_all().await;
    found.sort_by_key(|(fault, ..)| (fault.kind, fault.name));
    found
}

/// Scripted kinds down, judged kinds across, both in the taxonomy's order.
fn matrix(found: &[(&Fault, Capture, Kind, String)]) -> String {
    let kinds: BTreeSet<Kind> = found.iter().flat_map(|(fault, _, kind, _)| [fault.kind, *kind]).collect();
    let mut counts: BTreeMap<(Kind, Kind), u32> = BTreeMap::new();
    found.iter().for_each(|(fault, _, kind, _)| *counts.entry((fault.kind, *kind)).or_default() += 1);
    let mut text = String::from("scripted \\ judged     ");
    (1..=kinds.len()).for_each(|column| write!(text, "{column:>3}").unwrap());
    for (row, scripted) in (1..).zip(&kinds) {
        write!(text, "\n{row:>2} {:<19}", scripted.name()).unwrap();
        for judged in &kinds {
            match counts.get(&(*scripted, *judged)) {
                Some(count) => write!(text, "{count:>3}").unwrap(),
                None => text.push_str("  ."),
            }
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_judged_as_scripted() {
    let found = judged().await;
    println!("{} faults\n{}", found.len(), matrix(&found));
    let mut wrong = String::new();
    for (fault, capture, kind, said) in &found {
        if *kind != fault.kind {
            let name = fault.name;
            writeln!(wrong, "{name}: scripted {}, judged {}: {said}", fault.kind.name(), kind.name())
                .unwrap();
            writeln!(wrong, "    ended {:?}, status {:?}", capture.end, capture.status).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    announced(&found);
}

#[test]
fn every_kind_that_an_endpoint_can_show_has_a_fault() {
    let scripted: BTreeSet<Kind> = zoo().iter().map(|fault| fault.kind).chain(NOT_OVER_HTTP).collect();
    let missing: Vec<&str> =
        Kind::ALL.iter().filter(|kind| !scripted.contains(kind)).map(|kind| kind.name()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(zoo().iter().all(|fault| !NOT_OVER_HTTP.contains(&fault.kind)));
}

/// Whoever answers with a head says that it is the sim.
fn announced(found: &[(&Fault, Capture, Kind, String)]) {
    for (fault, capture, ..) in found {
        let says = capture.headers.iter().find(|(name, _)| name == HEADER).map(|(_, value)| value.as_str());
        assert_eq!(says, capture.status.map(|_| fault.name), "{}", fault.name);
        assert_eq!(capture.is_simulated(), capture.status.is_some());
    }
}

/// The most memory that was ever resident, bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ends_or_unpacks_to_much_costs_no_memory() {
    let sim = Sim::start(0, 1, |_| {}).await.unwrap();
    answer(arm(&sim, fault("plain").unwrap())).await;
    let before = peak();
    let endless = answer(arm(&sim, fault("endless-body").unwrap())).await;
    assert_eq!(endless.end, End::Oversize { limit_bytes: CAP });
    let bomb = answer(arm(&sim, fault("gzip-bomb").unwrap())).await;
    let bytes: Vec<u8> = bomb.frames.iter().flat_map(Frame::bytes).copied().collect();
    assert_eq!(bomb.end, End::Complete);
    assert!(bytes.starts_with(b"\x1f\x8b") && bytes.len() < 200_000, "kept as it came: {}", bytes.len());
    let grown = peak() - before;
    println!("resident memory grew by {} KiB", grown >> 10);
    assert!(grown < GROWTH, "{grown}");
}

/// The faults that one client after another met, asked in this order.
async fn met(seed: u64, mix: &str, prompts: &[String]) -> Vec<(String, &'static str)> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watching = Arc::clone(&seen);
    let sim = Sim::start(0, seed, move |served| watching.lock().unwrap().push(served.fault.unwrap().name))
        .await
        .unwrap();
    let plain = fault("plain").unwrap();
    let endpoint = open(arm_at(&format!("{}/{mix}", sim.base_url()), plain)).unwrap();
    let mut kinds = Vec::new();
    for prompt in prompts {
        let capture = endpoint.answer(&ask(prompt)).await;
        kinds.push(judge().judge(&capture, Enforcement::Unproven).outcome.kind.name());
    }
    let seen = seen.lock().unwrap().clone();
    let mut met: Vec<_> = prompts.iter().cloned().zip(seen).collect();
    let scripted: Vec<_> = met.iter().map(|(_, name)| fault(name).unwrap().kind.name()).collect();
    assert_eq!(kinds, scripted);
    met.sort();
    met
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mix_is_judged_as_drawn_however_it_is_cut_and_a_seed_repeats_it() {
    let prompts: Vec<String> = (0..40).map(|n| format!("task {n}")).collect();
    let mix = "mix=plain:3,streamed:3,rate-limited:2,missing-key:2,reset-in-stream:1,delay-ms:1,cut-bytes:40";
    let first = met(5, mix, &prompts).await;
    let backwards: Vec<String> = prompts.iter().rev().cloned().collect();
    assert_eq!(first, met(5, mix, &backwards).await);
    assert_ne!(first, met(6, mix, &prompts).await);
    let names: BTreeSet<_> = first.iter().map(|(_, name)| *name).collect();
    assert!(names.len() >= 4, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_not_is_a_404_that_says_so() {
    let sim = Sim::start(0, 1, |_| {}).await.unwrap();
    let plain = fault("plain").unwrap();
    let capture = answer(arm_at(&format!("{}/plian", sim.base_url()), plain)).await;
    assert_eq!(capture.status, Some(404));
    let said = judge().judge(&capture, Enforcement::Unproven).outcome.detail.message;
    assert!(said.contains("there is no fault `plian`") && capture.is_simulated(), "{said}");
}

#[test]
fn the_default_mix_can_be_served() {
    let rates = Mix::parse("").unwrap().rates();
    assert!((rates.iter().map(|(_, rate)| rate).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(rates.iter().all(|(fault, _)| fault.place == Place::Answer));
}

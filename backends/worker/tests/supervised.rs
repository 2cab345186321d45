//! The real worker under the real supervisor: decoding, every fault, and what comes after.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Capture, Constraint, Death, End, Message, Phase, Provenance, Request, Role, Sampling};
use gonogo_local::{Limits, Local, LocalArm, Program, open};
use gonogo_protocol::{
    Answer, Ending, FailureClass, Fault, Finish, FromWorker, Hello, ToWorker, VERSION, decode,
};

const SCHEMA: &str = r#"{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer","minimum":0,"maximum":150}},"required":["name","age"],"additionalProperties":false}"#;

fn arm(engine: &str, fault: Option<Fault>) -> LocalArm {
    let home = support::home();
    LocalArm {
        name: format!("test-{engine}"),
        engine: engine.into(),
        options: serde_json::Value::Null,
        model: support::model_file(&home),
        cache: home.join("cache"),
        threads: 1,
        context: 512,
        workers: 1,
        memory_limit_bytes: 2 << 30,
        limits: Limits::default(),
        fault,
        key_variables: Vec::new(),
        program: Program::Native(env!("CARGO_BIN_EXE_gonogo-worker").into()),
    }
}

/// Limits short enough for a test, on phases that hang on purpose.
fn short(engine: &str, fault: Fault) -> LocalArm {
    let limits =
        Limits { compile: Duration::from_secs(4), stall: Duration::from_secs(4), ..Limits::default() };
    LocalArm { limits, ..arm(engine, Some(fault)) }
}

fn ask(constrained: bool, max_tokens: u32) -> Ask {
    Ask {
        label: "test/case#0".into(),
        r#try: 0,
        request: Request {
            messages: vec![Message {
                role: Role::User,
                content: "Describe Ada, who is 36, as JSON with the keys name and age.".into(),
            }],
            constraint: constrained.then(|| Constraint::JsonSchema(SCHEMA.into())),
            sampling: Sampling { max_tokens, temperature: 0.0, seed: 7 },
        },
    }
}

fn read(capture: &Capture) -> Answer {
    decode(&capture.frames).unwrap()
}

fn finish(capture: &Capture) -> Finish {
    match read(capture).ending {
        Ending::Done(done) => done.finish,
        other @ (Ending::Failed(_) | Ending::Cut) => {
            panic!("{other:?}, {:?}, {}", capture.end, capture.stderr)
        }
    }
}

fn ids(capture: &Capture) -> Vec<u32> {
    let lines = capture.frames.iter().map(|frame| serde_json::from_slice(frame.bytes()).unwrap());
    lines.filter_map(|line| if let FromWorker::Token(token) = line { Some(token.id) } else { None }).collect()
}

/// Runs into the fault once, then asks for something the fault does not touch.
async fn fault_and_after(arm: LocalArm) -> (Capture, Capture) {
    let local = open(arm).await.unwrap();
    assert_eq!(local.identity().provenance, Provenance::Simulated);
    let capture = local.answer(&ask(true, 40)).await;
    let next = local.answer(&ask(false, 2)).await;
    assert_eq!(next.end, End::Complete);
    assert_eq!(finish(&next), Finish::Length);
    (capture, next)
}

async fn dies(arm: LocalArm) -> Capture {
    let (capture, next) = fault_and_after(arm).await;
    assert!(next.load.is_some(), "the attempt after a death carries the load of its new worker");
    capture
}

async fn survives(arm: LocalArm) -> Capture {
    let (capture, next) = fault_and_after(arm).await;
    assert_eq!(capture.end, End::Complete);
    assert_eq!(next.load, None, "the worker lives on");
    capture
}

async fn opened(engine: &str) -> Local {
    open(arm(engine, None)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn llguidance_answers_with_valid_json_and_says_what_it_cost() {
    let local = opened("llguidance").await;
    let identity = local.identity();
    assert_eq!((identity.kind, identity.engine.as_str()), ("local", "llguidance"));
    assert_eq!(identity.provenance, Provenance::Local);
    assert_eq!(identity.facts["option.whitespace"], "default");
    assert!(!identity.facts["engine.version"].is_empty());
    let capture = local.answer(&ask(true, 60)).await;
    assert_eq!(capture.end, End::Complete);
    assert!(capture.load.is_some(), "the first attempt carries what opening the arm took");
    let answer = read(&capture);
    let value: serde_json::Value = serde_json::from_slice(&answer.text).unwrap();
    assert!(value["name"].is_string() && value["age"].is_u64(), "{value}");
    let timings = answer.timings;
    let parts = [timings.compile, timings.first_mask, timings.prefill, timings.forward, timings.mask];
    assert!(parts.iter().all(|part| part.is_some_and(|part| part.0 > 0)), "{parts:?}");
    assert!(timings.ttft < Some(capture.elapsed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_gives_the_same_tokens() {
    for engine in ["llguidance", "none"] {
        let local = opened(engine).await;
        let warm = |seed| {
            let mut ask = ask(true, 24);
            ask.request.sampling = Sampling { max_tokens: 24, temperature: 0.9, seed };
            ask
        };
        for ask in [ask(true, 24), warm(3)] {
            let (first, second) = (local.answer(&ask).await, local.answer(&ask).await);
            assert!(!ids(&first).is_empty());
            assert_eq!(ids(&first), ids(&second), "{engine}");
            assert_eq!(second.load, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_is_a_death() {
    let capture = dies(arm("llguidance", Some(Fault::Abort { after: 3 }))).await;
    assert_eq!(capture.end, End::Died { phase: Phase::Decode, death: Death::Signal(6) });
    assert_eq!(ids(&capture).len(), 3);
    assert_eq!(read(&capture).ending, Ending::Cut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mask_that_never_returns_is_held_against_the_engine() {
    let arm = short("llguidance", Fault::Sleep { after: 3 });
    let limit = arm.limits.stall.into();
    let capture = dies(arm).await;
    assert_eq!(capture.end, End::TimedOut { phase: Phase::Mask, limit });
    assert_eq!(ids(&capture).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compiling_that_never_returns_is_told_apart() {
    let arm = short("llguidance", Fault::SleepInCompile);
    let limit = arm.limits.compile.into();
    let capture = dies(arm).await;
    assert_eq!(capture.end, End::TimedOut { phase: Phase::Compile, limit });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_mask_that_never_returns_is_not_compiling() {
    let arm = short("none", Fault::Sleep { after: 0 });
    let limits = Limits { first_token: Duration::from_secs(3), ..arm.limits };
    let capture = dies(LocalArm { limits, ..arm }).await;
    assert_eq!(capture.end, End::TimedOut { phase: Phase::Mask, limit: limits.first_token.into() });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_without_end_is_stopped_at_the_limit() {
    let arm = arm("llguidance", Some(Fault::Allocate { after: 3 }));
    let limit = arm.memory_limit_bytes;
    let capture = dies(arm).await;
    let End::Died { death: Death::MemoryLimit { resident_bytes, limit_bytes }, .. } = capture.end else {
        panic!("{:?}: {}", capture.end, capture.stderr);
    };
    assert!(resident_bytes > limit_bytes && limit_bytes == limit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_that_answer_leave_the_worker_alive() {
    let capture = survives(arm("none", Some(Fault::EmptyMask { after: 3 }))).await;
    assert_eq!((finish(&capture), ids(&capture).len()), (Finish::DeadEnd, 3));
    let capture = survives(arm("none", Some(Fault::StopEarly { after: 3 }))).await;
    assert_eq!((finish(&capture), ids(&capture).len()), (Finish::Stop, 3));
    let capture = survives(arm("none", Some(Fault::Raise { after: 3 }))).await;
    let Ending::Failed(failed) = read(&capture).ending else { panic!("{capture:?}") };
    assert_eq!((failed.phase, failed.class), (Phase::Mask, FailureClass::Engine));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arm_that_cannot_work_is_not_opened() {
    let failure = async |arm: LocalArm| open(arm).await.map(|_| ()).unwrap_err();
    let error = failure(LocalArm { engine: "outlines".into(), ..arm("none", None) }).await;
    assert!(error.cause.contains("no engine `outlines` in this worker, only llguidance, none"), "{error}");
    let options = serde_json::json!({"whitespaces": "fixed"});
    let error = failure(LocalArm { options, ..arm("llguidance", None) }).await;
    assert!(error.cause.contains("engine options: unknown field `whitespaces`"), "{error}");
    let model = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = failure(LocalArm { model, ..arm("none", None) }).await;
    assert!(error.cause.contains("Cargo.toml"), "{error}");
}

#[test]
fn a_worker_leaves_with_its_harness_even_from_inside_an_engine() {
    let arm = arm("none", Some(Fault::Sleep { after: 0 }));
    let hello = Hello {
        protocol: VERSION,
        model: arm.model.to_string_lossy().into(),
        cache: arm.cache.to_string_lossy().into(),
        engine: arm.engine.clone(),
        options: arm.options.clone(),
        threads: 1,
        context: 128,
        address_space_bytes: 8 << 30,
        fault: arm.fault,
    };
    let mut worker =
        Command::new(arm.program.file()).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut stdin = worker.stdin.take().unwrap();
    for line in [ToWorker::Hello(hello), ToWorker::Attempt(ask(true, 4).request)] {
        writeln!(stdin, "{}", serde_json::to_string(&line).unwrap()).unwrap();
    }
    drop(stdin);
    let began = Instant::now();
    while worker.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(60) {
            worker.kill().unwrap();
            panic!("the worker outlived its harness");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

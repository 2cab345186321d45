//! Workers that are anything but workers: shell scripts under the real supervisor.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use gonogo_backend::{Ask, Backend, OpenError};
use gonogo_core::{Capture, Death, End, FORMAT, Message, Phase, Request, Role, Sampling};
use gonogo_local::{Limits, LocalArm, Program, open};
use gonogo_protocol::DIALECT;
use tempfile::TempDir;

const READY: &str =
    r#"echo '{"ready":{"protocol":1,"engine":"none","engine_version":"1","facts":{"a":"b"},"load":1}}'"#;

const DONE: &str =
    r#"echo '{"done":{"finish":"stop","completion_tokens":0,"at":1,"forward":1,"mask":1,"sample":1}}'"#;

/// Writes a program by another process. Were it this one, a worker that another test starts meanwhile would have the
/// file open for writing for a moment, and a program that somebody writes cannot be run ("text file busy").
fn write(script: &Path, text: &str) {
    let write = r#"printf '%s\n' "$2" > "$1" && chmod +x "$1""#;
    let written = Command::new("sh").args(["-c", write, "sh"]).arg(script).arg(text).status().unwrap();
    assert!(written.success());
}

/// An arm whose worker is a script of these lines; the folder must outlive it.
fn arm(lines: &[&str]) -> (TempDir, LocalArm) {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("worker.sh");
    write(&script, &format!("#!/bin/sh\nread hello\n{}", lines.join("\n")));
    let limits = Limits {
        load: Duration::from_secs(20),
        compile: Duration::from_secs(2),
        first_token: Duration::from_secs(2),
        stall: Duration::from_secs(2),
        total: Duration::from_secs(20),
    };
    let arm = LocalArm {
        name: "strange".into(),
        engine: "none".into(),
        options: serde_json::Value::Null,
        model: script.clone(),
        cache: PathBuf::from("cache"),
        threads: 1,
        context: 64,
        workers: 1,
        memory_limit_bytes: 1 << 30,
        limits,
        fault: None,
        key_variables: Vec::new(),
        program: Program::Native(script),
    };
    (folder, arm)
}

fn ask() -> Ask {
    Ask {
        label: "s/c#0".into(),
        r#try: 0,
        request: Request {
            messages: vec![Message { role: Role::User, content: "p".into() }],
            constraint: None,
            sampling: Sampling { max_tokens: 1, temperature: 0.0, seed: 0 },
        },
    }
}

/// The captures of `attempts` attempts on one arm.
async fn captures(lines: &[&str], attempts: usize) -> Vec<Capture> {
    let (_folder, arm) = arm(lines);
    let local = open(arm).await.unwrap();
    let mut captures = Vec::new();
    for _ in 0..attempts {
        captures.push(local.answer(&ask()).await);
    }
    captures
}

async fn refusal(lines: &[&str], load: Duration) -> OpenError {
    let (_folder, arm) = arm(lines);
    let limits = Limits { load, ..arm.limits };
    open(LocalArm { limits, ..arm }).await.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn a_worker_that_exits_is_a_death_with_its_last_words_and_is_replaced() {
    let captures = captures(&[READY, "read attempt", "echo 'out of ideas' >&2", "exit 7"], 2).await;
    for capture in captures {
        assert_eq!(capture.end, End::Died { phase: Phase::Compile, death: Death::Exit(7) });
        assert_eq!(capture.stderr, "out of ideas\n");
        assert!(capture.load.is_some(), "each of them caused a worker to be started");
        assert_eq!((capture.format, capture.dialect.as_str()), (FORMAT, DIALECT));
    }
}

#[tokio::test]
async fn a_line_that_is_not_of_the_protocol_breaks_the_exchange_and_is_kept() {
    let captures = captures(&[READY, "read attempt", "echo 'Segmentation fault'", "sleep 60"], 1).await;
    assert!(matches!(&captures[0].end, End::Broken { phase: Phase::Compile, .. }), "{:?}", captures[0].end);
    assert_eq!(captures[0].frames[0].bytes(), b"Segmentation fault");
}

#[tokio::test]
async fn a_stopped_worker_is_timed_out_and_killed() {
    let captures = captures(&[READY, "read attempt", "kill -STOP $$"], 1).await;
    let limit = Duration::from_secs(2).into();
    assert_eq!(captures[0].end, End::TimedOut { phase: Phase::Compile, limit });
}

#[tokio::test]
async fn a_dead_worker_is_noticed_although_its_child_holds_the_stream_open() {
    let captures = captures(&[READY, "read attempt", "sleep 60 &", "kill -SEGV $$"], 1).await;
    assert_eq!(captures[0].end, End::Died { phase: Phase::Compile, death: Death::Signal(11) });
}

#[tokio::test]
async fn a_worker_that_dies_between_attempts_costs_none() {
    let (_folder, arm) = arm(&[READY, "read attempt", DONE]);
    let local = open(arm).await.unwrap();
    for _ in 0..2 {
        let capture = local.answer(&ask()).await;
        assert_eq!(capture.end, End::Complete);
        assert!(capture.load.is_some());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn a_living_worker_is_used_again_and_its_load_told_once() {
    let captures = captures(&[READY, "while read attempt; do", DONE, "done"], 3).await;
    assert!(captures.iter().all(|capture| capture.end == End::Complete));
    let loads: Vec<bool> = captures.iter().map(|capture| capture.load.is_some()).collect();
    assert_eq!(loads, [true, false, false]);
}

#[tokio::test]
async fn an_arm_is_not_opened_when_its_worker_refuses_dies_dawdles_or_rambles() {
    let minute = Duration::from_secs(60);
    let said = r#"echo '{"failed":{"phase":"load","class":"worker","message":"no such option"}}'"#;
    assert_eq!(refusal(&[said, "exit 1"], minute).await.cause, "no such option");
    let died = refusal(&["echo 'libfoo.so: not found' >&2", "exit 127"], minute).await;
    assert_eq!(died.cause, "the worker died while loading (Exit(127)): libfoo.so: not found");
    let late = refusal(&["sleep 60"], Duration::from_millis(300)).await;
    assert_eq!(late.cause, "the worker was not ready within 300.0 ms");
    let other = READY.replace("none", "other");
    assert!(refusal(&[&other], minute).await.cause.contains("brings the engine `other`"));
    assert!(refusal(&["echo hi"], minute).await.cause.contains("said `hi`"));
}

/// Talks without a pause, on one thread of one runtime: what would keep a timer from firing.
const FLOOD: &str = r#"yes '{"heartbeat":{"phase":"decode","lasting":1}}'"#;

#[tokio::test]
async fn a_worker_that_never_stops_talking_is_stopped() {
    let error = refusal(&[FLOOD], Duration::from_secs(20)).await;
    assert!(error.cause.contains("before it was ready"), "{}", error.cause);

    let (_folder, arm) = arm(&[READY, "read attempt", FLOOD]);
    let limits =
        Limits { compile: Duration::from_millis(300), total: Duration::from_millis(300), ..arm.limits };
    let local = open(LocalArm { limits, ..arm }).await.unwrap();
    let end = local.answer(&ask()).await.end;
    assert!(matches!(end, End::TimedOut { .. } | End::Broken { .. }), "{end:?}");
}

#[tokio::test]
async fn a_line_that_was_written_in_time_counts_however_late_it_is_read() {
    // The limit passes while the reader sleeps between two looks; the answer is in the pipe by then.
    let (_folder, arm) = arm(&[READY, "read attempt", "sleep 0.1", DONE, "sleep 60"]);
    let limits =
        Limits { compile: Duration::from_millis(400), total: Duration::from_millis(400), ..arm.limits };
    let local = open(LocalArm { limits, ..arm }).await.unwrap();
    let ask = ask();
    let answer = local.answer(&ask);
    tokio::pin!(answer);
    // Started, then left alone until long after the limit.
    assert!(tokio::time::timeout(Duration::from_millis(1), &mut answer).await.is_err());
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!(answer.await.end, End::Complete);
}

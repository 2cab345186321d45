//! The program in a process of its own: faults, signs of life, and leaving with its harness.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        LazyLock,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use gonogo_core::Constraint;
use gonogo_engine::WireVocabulary;
use gonogo_protocol::masks::{
    Failed, FromMasker, Heartbeat, Hello, MaskAct, MaskFailure, MaskFault, MaskPhase, ToMasker, VERSION,
    WalkEnd,
};
use serde_json::{Value, json};
use support::{CONTROL, any_cut, cut, schema, trial, vocabulary, walked};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running worker, killed when dropped.
struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<FromMasker>,
}

impl Worker {
    /// A worker that has been told nothing.
    fn spawn() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo-masker"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, input, lines }
    }

    /// A worker that has been greeted.
    fn greeted(hello: Hello) -> Self {
        let mut worker = Self::spawn();
        worker.say(&ToMasker::Hello(hello));
        worker
    }

    /// A worker that is about to commit `act`.
    fn faulty(act: MaskAct) -> Self {
        let fault = Some(MaskFault { act, on: "boolean".into() });
        let worker = Self::greeted(Hello { fault, ..greeting("none") });
        let FromMasker::Ready(ready) = worker.hear() else { panic!("{act:?}") };
        assert!(ready.facts["fault"].contains("boolean"));
        worker
    }

    fn say(&mut self, line: &ToMasker) {
        writeln!(self.input.as_mut().unwrap(), "{}", serde_json::to_string(line).unwrap()).unwrap();
    }

    fn hear(&self) -> FromMasker {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// The signal or exit code the worker ended with.
    fn end(&mut self) -> (Option<i32>, Option<i32>) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.signal(), status.code());
            }
            assert!(began.elapsed() < PATIENCE, "the worker lives on");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The small vocabulary in a file.
static VOCABULARY: LazyLock<String> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small.vocabulary.json");
    fs::write(&file, serde_json::to_string(&WireVocabulary::from(&vocabulary())).unwrap()).unwrap();
    file.to_string_lossy().into()
});

fn greeting(engine: &str) -> Hello {
    Hello {
        protocol: VERSION,
        engine: engine.into(),
        options: any_cut(),
        tokenizer: String::new(),
        vocabulary: VOCABULARY.clone(),
        address_space_bytes: 2 << 30,
        fault: None,
    }
}

/// A schema that sets the fault off, and one that does not.
fn due() -> Constraint {
    schema(&json!({"type": "boolean"}))
}

fn harmless() -> Constraint {
    schema(&json!({"enum": [true]}))
}

#[test]
fn the_program_brings_every_native_engine_and_no_other() {
    for engine in ["llguidance", "none", "outlines", "xgrammar-rs"] {
        let mut worker = Worker::greeted(greeting(engine));
        let FromMasker::Ready(ready) = worker.hear() else { panic!("{engine}") };
        assert_eq!(ready.engine, engine);
        worker.say(&trial(&due(), vec![cut("true")]));
        assert!(matches!(worker.hear(), FromMasker::Compiled(_)));
        assert_eq!(walked(&worker.hear()).unwrap().end, WalkEnd::Through, "{engine}");
    }
    let mut worker = Worker::greeted(greeting("guidance"));
    let FromMasker::Failed(failed) = worker.hear() else { panic!("it knows guidance") };
    let known = "no engine `guidance` in this worker, only llguidance, outlines, xgrammar-rs, none";
    assert_eq!((failed.phase, failed.message.as_str()), (MaskPhase::Load, known));
    assert_eq!(worker.end(), (None, Some(1)));
}

#[test]
fn what_cannot_be_loaded_is_said_before_the_worker_leaves() {
    let hello = Hello { options: Value::Null, ..greeting("none") };
    let cases = [
        (Hello { vocabulary: "/nowhere".into(), ..hello.clone() }, "the vocabulary /nowhere: "),
        (Hello { tokenizer: "/nowhere".into(), ..hello.clone() }, "/nowhere"),
        (Hello { options: json!({"white": 1}), ..hello }, "engine options: unknown field `white`"),
    ];
    for (hello, words) in cases {
        let mut worker = Worker::greeted(hello);
        let FromMasker::Failed(failed) = worker.hear() else { panic!("it loaded {words}") };
        assert_eq!((failed.phase, failed.class), (MaskPhase::Load, MaskFailure::Worker));
        assert!(failed.message.contains(words), "{}", failed.message);
        assert_eq!(worker.end(), (None, Some(1)));
    }
}

#[test]
fn an_abort_takes_the_process_down() {
    let mut worker = Worker::faulty(MaskAct::Abort);
    worker.say(&trial(&harmless(), vec![]));
    assert!(matches!(worker.hear(), FromMasker::Compiled(_)));
    worker.say(&trial(&due(), vec![]));
    assert_eq!(worker.end(), (Some(6), None));
    assert!(worker.lines.try_recv().is_err());
}

#[test]
fn a_worker_that_sleeps_says_where() {
    for (act, phase) in
        [(MaskAct::SleepInCompile, MaskPhase::Compile), (MaskAct::SleepInMask, MaskPhase::Mask)]
    {
        let mut worker = Worker::faulty(act);
        worker.say(&trial(&due(), vec![cut("true")]));
        let beats: Vec<Heartbeat> = (0..3)
            .map(|_| {
                let heard = worker.hear();
                let FromMasker::Heartbeat(heartbeat) = heard else { panic!("{act:?}: {heard:?}") };
                heartbeat
            })
            .collect();
        assert!(beats.iter().all(|beat| beat.phase == phase), "{beats:?}");
        assert!(beats.is_sorted_by_key(|beat| beat.lasting), "{beats:?}");
    }
}

#[test]
fn a_frozen_worker_says_nothing_and_is_alive() {
    let mut worker = Worker::faulty(MaskAct::Freeze);
    worker.say(&trial(&due(), vec![]));
    let state = || {
        let status = fs::read_to_string(format!("/proc/{}/stat", worker.child.id())).unwrap();
        status.rsplit(") ").next().unwrap().chars().next().unwrap()
    };
    let began = Instant::now();
    while state() != 'T' {
        assert!(began.elapsed() < PATIENCE, "it is not stopped");
        thread::sleep(Duration::from_millis(20));
    }
    while worker.lines.try_recv().is_ok() {} // a beat from before it stopped
    assert!(worker.lines.recv_timeout(Duration::from_millis(900)).is_err());
}

#[test]
fn memory_without_end_ends_at_the_address_space() {
    let mut worker = Worker::faulty(MaskAct::Allocate);
    worker.say(&trial(&due(), vec![]));
    assert_eq!(worker.end(), (Some(6), None), "a failed allocation aborts");
}

#[test]
fn masks_that_allow_everything_or_nothing_are_told_as_they_are() {
    let mut worker = Worker::faulty(MaskAct::AllowAll);
    worker.say(&trial(&due(), vec![cut("12")]));
    assert!(matches!(worker.hear(), FromMasker::Compiled(_)));
    let all = walked(&worker.hear()).unwrap();
    assert_eq!((&all.end, all.may_end.as_slice()), (&WalkEnd::Through, [0, 1].as_slice()));
    assert_eq!(all.control.map(|control| control.token as usize), Some(CONTROL.len() - 1));
    let mut worker = Worker::faulty(MaskAct::AllowNone);
    worker.say(&trial(&due(), vec![cut("true")]));
    assert!(matches!(worker.hear(), FromMasker::Compiled(_)));
    assert_eq!(walked(&worker.hear()).unwrap().end, WalkEnd::Refused { at: 0, allowed: 0 });
}

#[test]
fn a_worker_leaves_with_its_harness_even_from_inside_an_engine() {
    let mut worker = Worker::faulty(MaskAct::SleepInMask);
    worker.say(&trial(&due(), vec![]));
    drop(worker.input.take());
    assert_eq!(worker.end(), (Some(9), None));
    let mut idle = Worker::greeted(greeting("none"));
    drop(idle.input.take());
    assert_eq!(idle.end(), (None, Some(0)));
}

#[test]
fn a_schema_too_deep_for_a_common_stack_is_answered() {
    // More than any of them takes, and XGrammar finds out by following them.
    let levels = 12_000;
    let deep =
        (0..levels).fold("{}".to_owned(), |inner, _| format!("{{\"type\":\"array\",\"items\":{inner}}}"));
    for engine in ["llguidance", "outlines", "xgrammar-rs"] {
        let mut worker = Worker::greeted(greeting(engine));
        assert!(matches!(worker.hear(), FromMasker::Ready(_)));
        worker.say(&trial(&Constraint::JsonSchema(deep.clone()), vec![]));
        let answer = loop {
            let heard = worker.hear();
            if !matches!(heard, FromMasker::Heartbeat(_)) {
                break heard;
            }
        };
        let rejected = matches!(&answer, FromMasker::Failed(Failed { phase: MaskPhase::Compile, .. }));
        assert!(rejected, "{engine}: {answer:?}");
    }
}

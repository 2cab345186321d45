//! From how an exchange ended to a kind: the same rules for every dialect.
//!
//! First match wins:
//!
//! | end | kind |
//! |---|---|
//! | timed out, broken, not the transport's protocol, or past the limit, and the peer had said what is wrong | what the peer said |
//! | timed out, broken, or not the transport's protocol, and the peer had said that it was over | what the answer is: nothing of it is missing |
//! | timed out in queue, connect | timeout-queue, timeout-connect |
//! | timed out in load | timeout-first-byte: a cold start that never got to the request; the engine was not asked for anything yet, so it is not hung |
//! | timed out in compile | compile-timeout |
//! | timed out in mask | engine-hung |
//! | timed out in first-byte, decode, total | timeout-first-byte, timeout-stall, timeout-total |
//! | died of the memory limit | engine-out-of-memory |
//! | died otherwise, stderr tells of a failed allocation | engine-out-of-memory |
//! | died otherwise | engine-crashed |
//! | broken with some answer | truncated-stream |
//! | broken without | connection-failed |
//! | not the transport's protocol | protocol-error |
//! | grew past the limit | protocol-error |
//! | never sent | harness-error |
//!
//! A worker that dies is engine-crashed on a control arm too: the kind names what died, and the
//! arm's name in the row says that its engine is `none`.

use gonogo_core::{Capture, Death, Detail, End, Kind, Nanos, Phase};
use gonogo_dialects::{Reading, shorten};

/// What runtimes print when an allocation fails: Rust, C++, Python, the C library.
const FAILED_ALLOCATION: [&str; 4] =
    ["memory allocation of", "bad_alloc", "MemoryError", "Cannot allocate memory"];
/// What Rust prints when a thread's stack is full; engines recurse on deep schemas.
const FULL_STACK: &str = "has overflowed its stack";
/// Characters of stderr that a detail keeps.
const STDERR: usize = 160;

/// What the end of the exchange means; nothing where it was whole.
pub(crate) fn trouble(capture: &Capture, reading: &Reading) -> Option<(Kind, Detail)> {
    if stands(&capture.end, reading) {
        return reading.trouble.clone();
    }
    let (kind, message) = match &capture.end {
        End::Complete => return None,
        End::TimedOut { phase, limit } => timed_out(*phase, *limit),
        End::Died { phase, death } => died(*phase, death, &capture.stderr),
        End::Broken { phase, message } => return Some(broken(*phase, message, reading.text.len())),
        End::Garbled { phase, message } => return Some(garbled(*phase, message)),
        End::Oversize { limit_bytes } => {
            (Kind::ProtocolError, format!("the answer is longer than {limit_bytes} bytes and was given up"))
        }
        End::Unsent { message } => (Kind::HarnessError, format!("nothing was sent: {message}")),
        End::Unsupported { message } => (Kind::ConstraintUnsupported, format!("nothing was sent: {message}")),
    };
    Some((kind, Detail::message(message)))
}

/// Whether what the peer had said by then stands, however the exchange ended: servers say that an
/// answer is over, or that it failed, and leave the connection open or tear it down.
fn stands(end: &End, reading: &Reading) -> bool {
    match end {
        End::TimedOut { .. } | End::Broken { .. } | End::Garbled { .. } => {
            reading.over || reading.trouble.is_some()
        }
        End::Oversize { .. } => reading.trouble.is_some(),
        End::Complete | End::Died { .. } | End::Unsent { .. } | End::Unsupported { .. } => false,
    }
}

fn timed_out(phase: Phase, limit: Nanos) -> (Kind, String) {
    let (kind, what) = match phase {
        Phase::Queue => (Kind::TimeoutQueue, "no peer was free"),
        Phase::Connect => (Kind::TimeoutConnect, "no connection stood"),
        Phase::Load => (Kind::TimeoutFirstByte, "the worker was still loading model and engine"),
        Phase::Compile => (Kind::CompileTimeout, "the engine was still compiling the constraint"),
        Phase::Mask => (Kind::EngineHung, "the engine was still computing one mask"),
        Phase::FirstByte => (Kind::TimeoutFirstByte, "nothing of the answer had come"),
        Phase::Decode => (Kind::TimeoutStall, "the answer had stopped flowing"),
        Phase::Total => (Kind::TimeoutTotal, "the attempt was still going on"),
    };
    (kind, format!("{what} when the limit of {limit} passed"))
}

fn died(phase: Phase, death: &Death, stderr: &str) -> (Kind, String) {
    let place = place(phase);
    match death {
        Death::MemoryLimit { resident_bytes, limit_bytes } => (
            Kind::EngineOutOfMemory,
            format!(
                "the worker held {resident_bytes} bytes {place} and was killed at its limit of {limit_bytes}"
            ),
        ),
        Death::Signal(number) => {
            crashed(format!("the worker was killed by signal {number}{} {place}", signal(*number)), stderr)
        }
        Death::Exit(code) => crashed(format!("the worker left with exit code {code} {place}"), stderr),
    }
}

/// What the usual signals of a dying process mean, on every Unix alike.
fn signal(number: i32) -> &'static str {
    match number {
        4 => " (illegal instruction)",
        6 => " (abort)",
        8 => " (arithmetic error)",
        9 => " (kill; the system sends it when memory runs out)",
        11 => " (segmentation fault)",
        _ => "",
    }
}

/// Tells a failed allocation from any other death, and quotes the line that shows why.
fn crashed(how: String, stderr: &str) -> (Kind, String) {
    let line_with = |sign: &str| stderr.lines().find(|line| line.contains(sign));
    let told = FAILED_ALLOCATION.iter().find_map(|sign| line_with(sign));
    let kind = if told.is_some() { Kind::EngineOutOfMemory } else { Kind::EngineCrashed };
    let last = || stderr.lines().rfind(|line| !line.trim().is_empty());
    match told.or_else(|| line_with(FULL_STACK)).or_else(last) {
        Some(line) => (kind, format!("{how}; its stderr says: {}", shorten::line(line.trim(), STDERR))),
        None => (kind, how),
    }
}

fn broken(phase: Phase, said: &str, answer: usize) -> (Kind, Detail) {
    let said = shorten::line(said, STDERR);
    let place = place(phase);
    if answer > 0 {
        let message = format!("the exchange broke after {answer} bytes of answer: {said}");
        return (Kind::TruncatedStream, Detail::message(message));
    }
    (Kind::ConnectionFailed, Detail::message(format!("the exchange broke {place}: {said}")))
}

fn garbled(phase: Phase, said: &str) -> (Kind, Detail) {
    let said = shorten::line(said, STDERR);
    let message = format!("the peer does not keep to its protocol {}: {said}", place(phase));
    (Kind::ProtocolError, Detail::message(message))
}

/// Where it happened, in words.
fn place(phase: Phase) -> &'static str {
    match phase {
        Phase::Queue => "while queued",
        Phase::Connect => "while connecting",
        Phase::Load => "while loading",
        Phase::Compile => "while compiling the constraint",
        Phase::FirstByte => "before the first byte",
        Phase::Mask => "while computing a mask",
        Phase::Decode => "while decoding",
        Phase::Total => "in mid-attempt",
    }
}

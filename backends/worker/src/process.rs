//! What makes a process a good worker: limits, a private stdout, and leaving with its harness.

use std::{
    fs::File,
    io::{self, BufRead},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};

/// How long a worker may take to leave by itself after its harness is gone.
const GRACE: Duration = Duration::from_millis(500);

/// Takes stdout away from everyone else: what an engine prints goes to stderr from here on and
/// cannot end up between two lines of the protocol.
///
/// # Errors
/// When the streams cannot be duplicated.
pub(crate) fn private_stdout() -> anyhow::Result<File> {
    let stdout = rustix::io::dup(rustix::stdio::stdout()).context("cannot duplicate stdout")?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr()).context("cannot point stdout at stderr")?;
    Ok(File::from(stdout))
}

/// Limits the address space, as a backstop behind a harness that watches resident memory, and
/// forbids core dumps: a crash is an outcome here, not something to fill a disk with.
///
/// # Errors
/// When the system refuses, naming the limit.
pub(crate) fn limit(address_space_bytes: u64) -> Result<(), String> {
    let set = |resource, bytes| setrlimit(resource, Rlimit { current: Some(bytes), maximum: Some(bytes) });
    set(Resource::Core, 0).map_err(|error| format!("cannot forbid core dumps: {error}"))?;
    set(Resource::As, address_space_bytes)
        .map_err(|error| format!("cannot limit the address space to {address_space_bytes} bytes: {error}"))
}

/// Reads stdin on a thread of its own, so that the end of stdin is seen in mid-answer too. The
/// end of stdin means that the harness is gone, however it went; a worker that is then stuck in
/// an engine must not outlive it. (A parent-death signal would not do: it fires when the thread
/// that started the worker ends, and async runtimes retire threads.)
///
/// # Errors
/// When the system has no thread to give.
pub(crate) fn lines() -> io::Result<Receiver<String>> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("stdin".into()).spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
        drop(sender);
        thread::sleep(GRACE);
        // SIGKILL, because exit handlers of libraries that are still at work may never return.
        let _ = kill_process(getpid(), Signal::KILL);
    })?;
    Ok(receiver)
}

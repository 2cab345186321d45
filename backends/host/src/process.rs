//! What a worker does to its own process.

use std::{
    fs::File,
    io::{self, BufRead},
    panic,
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};

/// How long a worker may take to leave by itself after its harness is gone.
const GRACE: Duration = Duration::from_millis(500);

/// Stack of the thread an engine runs on. XGrammar's compiler recurses into schemas up to its
/// own limit of 10,000 levels, which a common 8 MiB stack does not hold.
const STACK_BYTES: usize = 256 << 20;

/// Takes stdout away from everyone else: what an engine prints goes to stderr from here on and
/// cannot end up between two lines of the protocol.
///
/// # Errors
/// When the streams cannot be duplicated.
pub fn private_stdout() -> anyhow::Result<File> {
    let stdout = rustix::io::dup(rustix::stdio::stdout()).context("cannot duplicate stdout")?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr()).context("cannot point stdout at stderr")?;
    Ok(File::from(stdout))
}

/// Limits the address space, as a backstop behind a harness that watches resident memory, and
/// forbids core dumps: a crash is an outcome here, not something to fill a disk with.
///
/// # Errors
/// When the system refuses, naming the limit.
pub fn limit(address_space_bytes: u64) -> Result<(), String> {
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
pub fn lines() -> io::Result<Receiver<String>> {
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

/// Stops the whole process, as a debugger would, until somebody lets it go on.
pub fn stop() {
    let _ = kill_process(getpid(), Signal::STOP);
}

/// Does `work` on a thread whose stack holds what engines recurse into, and waits for it.
///
/// # Errors
/// When the system has no such thread to give.
pub fn on_deep_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let thread = thread::Builder::new().name("engine".into()).stack_size(STACK_BYTES).spawn(work)?;
    Ok(thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload)))
}

#[cfg(test)]
mod tests {
    use super::on_deep_stack;

    /// Takes about `levels` KiB of stack.
    fn dive(levels: u32) -> u32 {
        let frame = std::hint::black_box([1_u8; 1024]);
        if levels == 0 { 0 } else { dive(levels - 1) + u32::from(frame[0]) }
    }

    #[test]
    fn the_stack_is_deep() {
        assert_eq!(on_deep_stack(|| dive(64 << 10)).unwrap(), 64 << 10);
    }
}

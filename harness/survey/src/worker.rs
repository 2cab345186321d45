//! One worker process.

use std::{
    collections::VecDeque,
    io::{self, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gonogo_local::without_home;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::{pipe::Pipe, vitals::Vitals};

/// How long a process that closed its stdout may take to exit, and a dead one's stderr may still be read.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Between two looks at something that takes that long at most.
const GLANCE: Duration = Duration::from_millis(2);

/// Bytes kept of a worker's stderr.
const TAIL: usize = 8 << 10;

/// A running worker and its streams. Dropping it kills the process and whatever that started.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    stderr: Tail,
    pub(crate) pipe: Pipe,
    pub(crate) vitals: Vitals,
    /// Trials it has behind it.
    pub(crate) trials: u64,
}

/// How a process died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Death {
    /// Its signal or exit code, in words.
    pub(crate) how: String,
    /// The end of what it wrote on stderr.
    pub(crate) stderr: String,
}

impl Worker {
    /// Starts `command` in a process group of its own, which the terminal's Ctrl-C does not reach.
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let missing = || io::Error::other("a stream of it is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = Tail::of(child.stderr.take().ok_or_else(missing)?)?;
        let vitals = Vitals::of(child.id());
        Ok(Self { child, stderr, pipe: Pipe::new(stdin, stdout)?, vitals, trials: 0 })
    }

    /// Whether the process is still there.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Forgets what was said on stderr so far.
    pub(crate) fn forget_stderr(&self) {
        self.stderr.bytes().clear();
    }

    /// How a process that closed its stdout died; `None` when it did not.
    pub(crate) fn death(&mut self) -> Option<Death> {
        let until = Instant::now() + LAST_WORDS;
        while self.is_alive() && Instant::now() < until {
            thread::sleep(GLANCE);
        }
        let status = self.child.try_wait().ok()??;
        // A child of the worker may hold the stream open: then what came so far has to do.
        while !self.stderr.reader.is_finished() && Instant::now() < until {
            thread::sleep(GLANCE);
        }
        Some(Death { how: in_words(status), stderr: self.stderr.text() })
    }

    /// Kills the process with everything it started, and reaps it.
    pub(crate) fn kill(&mut self) {
        // Gone already is as good as killed.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn in_words(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, code) => format!("exit {}", code.unwrap_or_default()),
    }
}

/// The last bytes of a stream, read as they come.
#[derive(Debug)]
struct Tail {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    reader: JoinHandle<()>,
}

impl Tail {
    fn of(mut stream: ChildStderr) -> io::Result<Self> {
        let bytes = Arc::new(Mutex::new(VecDeque::new()));
        let tail = Arc::clone(&bytes);
        let reader = thread::Builder::new().name("stderr".into()).spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut chunk) {
                let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
                tail.extend(chunk.get(..read).unwrap_or_default());
                let excess = tail.len().saturating_sub(TAIL);
                tail.drain(..excess);
            }
        })?;
        Ok(Self { bytes, reader })
    }

    fn bytes(&self) -> std::sync::MutexGuard<'_, VecDeque<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        without_home(&String::from_utf8_lossy(self.bytes().make_contiguous()))
    }
}

//! One worker process.

use std::{
    fs::File,
    io,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use gonogo_core::{Death, Nanos};
use gonogo_protocol::ToWorker;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::{environment::withhold_secrets, lines::Lines, memory::Memory, tail::Tail};

/// How long a process that closed its stdout may take to exit.
const EXIT: Duration = Duration::from_secs(2);

/// A running worker and its streams. Dropping it kills the process.
pub(crate) struct Worker {
    child: Child,
    stdin: ChildStdin,
    pub(crate) lines: Lines<File>,
    pub(crate) stderr: Tail,
    pub(crate) memory: Memory,
    /// What starting it took, until an attempt carries it.
    pub(crate) load: Option<Nanos>,
}

impl Worker {
    /// Starts `command` in a process group of its own, without the variables that hold `keys`.
    pub(crate) fn start(mut command: Command, keys: &[String]) -> io::Result<Self> {
        withhold_secrets(command.as_std_mut(), keys);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("a stream of the worker is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let pid = child.id().ok_or_else(missing)?;
        Ok(Self {
            child,
            stdin,
            lines: Lines::of(unblocked(stdout)?),
            stderr: Tail::of(stderr),
            memory: Memory::of(pid).map_err(io::Error::other)?,
            load: None,
        })
    }

    /// Whether the process is still there.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Writes one line.
    pub(crate) async fn send(&mut self, line: &ToWorker) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.stdin.write_all(&bytes).await?;
        self.stdin.flush().await
    }

    /// How a process that closed its stdout died; `None` when it did not.
    pub(crate) async fn death(&mut self) -> Option<Death> {
        let status = timeout(EXIT, self.child.wait()).await.ok()?.ok()?;
        self.stderr.finish().await;
        Some(death(status))
    }

    /// Kills the process with everything it started, and reaps it.
    pub(crate) async fn kill(&mut self) {
        let group = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            // Gone already is as good as killed.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = timeout(EXIT, self.child.wait()).await;
        self.stderr.finish().await;
    }
}

/// The pipe itself, out of the reactor: see [`Lines`] for why nobody waits on it.
fn unblocked(stdout: ChildStdout) -> io::Result<File> {
    let pipe = File::from(stdout.into_owned_fd()?);
    rustix::io::ioctl_fionbio(&pipe, true)?;
    Ok(pipe)
}

fn death(status: ExitStatus) -> Death {
    match (status.signal(), status.code()) {
        (Some(signal), _) => Death::Signal(signal),
        (None, code) => Death::Exit(code.unwrap_or_default()),
    }
}

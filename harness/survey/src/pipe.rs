//! A worker's stdin and stdout as lines, waited on with a limit and without a thread.

use std::{
    io::{self, ErrorKind, Read, Write},
    process::{ChildStdin, ChildStdout},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Longest line that is still waited for, bytes.
const LINE_LIMIT: usize = 256 << 20;

/// Bytes read at a time: what a pipe holds by default.
const CHUNK: usize = 64 << 10;

/// Both ends. Neither blocks: a worker that does not read must not hold its supervisor.
#[derive(Debug)]
pub(crate) struct Pipe {
    stdin: ChildStdin,
    stdout: ChildStdout,
    /// What is to be written, from `written` on.
    outgoing: Vec<u8>,
    written: usize,
    /// What was read and not taken yet, from `taken` on; no newline before `searched`.
    incoming: Vec<u8>,
    taken: usize,
    searched: usize,
    ended: bool,
}

impl Pipe {
    pub(crate) fn new(stdin: ChildStdin, stdout: ChildStdout) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&stdout, true)?;
        Ok(Self {
            stdin,
            stdout,
            outgoing: Vec::new(),
            written: 0,
            incoming: Vec::with_capacity(CHUNK),
            taken: 0,
            searched: 0,
            ended: false,
        })
    }

    /// Queues one line; waiting for an answer writes it.
    pub(crate) fn send(&mut self, line: &impl serde::Serialize) -> io::Result<()> {
        self.outgoing.clear();
        self.written = 0;
        serde_json::to_writer(&mut self.outgoing, line)?;
        self.outgoing.push(b'\n');
        self.write();
        Ok(())
    }

    /// The next whole line that is there, without its newline.
    pub(crate) fn line(&mut self) -> Option<&[u8]> {
        let from = self.searched.max(self.taken);
        let Some(at) = self.incoming.get(from..)?.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.incoming.len();
            return None;
        };
        let (start, end) = (self.taken, from + at);
        (self.taken, self.searched) = (end + 1, end + 1);
        self.incoming.get(start..end)
    }

    /// Whether nothing more can come.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Waits until something can be read or written, at most for `patience`, and reads and writes it.
    pub(crate) fn wait(&mut self, patience: Duration) {
        let writing = self.written < self.outgoing.len();
        let mut both = [
            PollFd::new(&self.stdout, PollFlags::IN),
            PollFd::new(&self.stdin, if writing { PollFlags::OUT } else { PollFlags::empty() }),
        ];
        let count = if writing { 2 } else { 1 };
        let limit = Timespec::try_from(patience).ok();
        // An interrupted wait is a short one, and whoever waits does so in a loop.
        let _ = poll(both.get_mut(..count).unwrap_or_default(), limit.as_ref());
        if writing {
            self.write();
        }
        self.read();
    }

    /// Reads what is there.
    pub(crate) fn read(&mut self) {
        if self.taken > 0 {
            self.incoming.drain(..self.taken);
            self.searched = self.searched.saturating_sub(self.taken);
            self.taken = 0;
        }
        while !self.ended {
            let held = self.incoming.len();
            self.incoming.resize(held + CHUNK, 0);
            let read = self.incoming.get_mut(held..).map_or(Ok(0), |free| self.stdout.read(free));
            self.incoming.truncate(held + read.as_ref().copied().unwrap_or_default());
            match read {
                Ok(0) => self.ended = true,
                Ok(read) if read < CHUNK => return,
                Ok(_) => self.ended = self.incoming.len() > LINE_LIMIT,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A pipe that cannot be read has nothing more to say.
                Err(_) => self.ended = true,
            }
        }
    }

    fn write(&mut self) {
        while let Some(rest) = self.outgoing.get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.stdin.write(rest) {
                Ok(0) => return,
                Ok(written) => self.written += written,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // Nobody reads any more; how the worker ended tells why.
                Err(_) => self.written = self.outgoing.len(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        process::{Command, Stdio},
        time::{Duration, Instant},
    };

    use super::Pipe;

    fn echo() -> (std::process::Child, Pipe) {
        let mut child =
            Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat is there");
        let pipe = Pipe::new(child.stdin.take().unwrap(), child.stdout.take().unwrap()).unwrap();
        (child, pipe)
    }

    fn next(pipe: &mut Pipe) -> Vec<u8> {
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(line) = pipe.line() {
                return line.to_vec();
            }
            assert!(Instant::now() < limit && !pipe.ended(), "no line came");
            pipe.wait(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_line_longer_than_any_pipe_goes_through_in_both_directions() {
        let (mut child, mut pipe) = echo();
        for length in [0, 1, 100, 1 << 20, 3] {
            let text = "x".repeat(length);
            pipe.send(&text).unwrap();
            assert_eq!(next(&mut pipe), format!("\"{text}\"").into_bytes());
        }
        drop(pipe);
        assert!(child.wait().unwrap().success(), "it leaves when its stdin ends");
    }

    #[test]
    fn the_end_is_told_from_silence() {
        let (mut child, mut pipe) = echo();
        pipe.wait(Duration::from_millis(1));
        assert!(!pipe.ended() && pipe.line().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        pipe.wait(Duration::from_secs(5));
        assert!(pipe.ended());
    }
}

//! A worker's stdout: lines with their arrival.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read},
    time::{Duration, Instant},
};

use tokio::{task::coop::consume_budget, time::sleep};

/// How often the pipe is looked at while somebody waits for a line, and so how late an arrival can
/// be noted.
///
/// The pipe is looked at and not waited on, because waking a sleeping reader is the dearest thing
/// a token costs the worker that writes it: the writer pays for the wake-up, out of the time
/// between two tokens. Looking costs only the reader. Nothing is lost by it: what a worker has
/// written is in the kernel, whatever becomes of the worker.
const LOOK: Duration = Duration::from_millis(2);

/// Longest line that is still waited for; a longer one is handed on as it is.
const LINE_LIMIT: usize = 16 << 20;

/// Bytes read at a time: what a pipe holds by default.
const CHUNK: usize = 64 << 10;

/// One line, without its newline, and when it was read.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) bytes: Vec<u8>,
}

/// The lines of a stream that answers [`ErrorKind::WouldBlock`] when it has nothing to say.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    stream: R,
    chunk: Box<[u8]>,
    /// The line that is not over yet.
    pending: Vec<u8>,
    ready: VecDeque<Line>,
    ended: bool,
}

impl<R: Read> Lines<R> {
    /// The lines of `stream`, which must not block.
    pub(crate) fn of(stream: R) -> Self {
        let chunk = vec![0; CHUNK].into_boxed_slice();
        Self { stream, chunk, pending: Vec::new(), ready: VecDeque::new(), ended: false }
    }

    /// The next line; `None` once the stream has ended. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Line> {
        loop {
            // A worker that never stops talking must not keep the runtime, or its timers, to itself.
            consume_budget().await;
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            if !self.look() {
                sleep(LOOK).await;
            }
        }
    }

    /// A line that is there already.
    pub(crate) fn now(&mut self) -> Option<Line> {
        if self.ready.is_empty() && !self.ended {
            self.look();
        }
        self.ready.pop_front()
    }

    /// Reads what is there; false when that was nothing.
    fn look(&mut self) -> bool {
        match self.stream.read(&mut self.chunk) {
            Ok(0) => self.end(),
            Ok(read) => self.take(read),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A pipe that cannot be read has nothing more to say.
            Err(_) => self.end(),
        }
        true
    }

    /// Cuts the first `read` bytes of the chunk into lines.
    fn take(&mut self, read: usize) {
        let at = Instant::now();
        let mut parts = self.chunk[..read].split(|byte| *byte == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.pending.extend_from_slice(part);
            self.ready.push_back(Line { at, bytes: std::mem::take(&mut self.pending) });
        }
        self.pending.extend_from_slice(last);
        if self.pending.len() > LINE_LIMIT {
            self.end();
        }
    }

    /// No more lines. One that was cut off is evidence too.
    fn end(&mut self) {
        self.ended = true;
        if !self.pending.is_empty() {
            let bytes = std::mem::take(&mut self.pending);
            self.ready.push_back(Line { at: Instant::now(), bytes });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{LINE_LIMIT, Lines};

    /// Says these parts one a read, with a pause before each.
    struct Halting {
        parts: Vec<Vec<u8>>,
        pause: bool,
    }

    impl Read for Halting {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.pause = !self.pause;
            if self.pause {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if self.parts.is_empty() {
                return Ok(0);
            }
            let part = self.parts.remove(0);
            into[..part.len()].copy_from_slice(&part);
            Ok(part.len())
        }
    }

    async fn read(parts: &[&[u8]]) -> Vec<Vec<u8>> {
        let parts = parts.iter().map(|part| part.to_vec()).collect();
        let mut lines = Lines::of(Halting { parts, pause: false });
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(line.bytes);
        }
        read
    }

    #[tokio::test]
    async fn lines_are_cut_at_newlines_wherever_the_reads_fall_and_the_last_one_is_kept() {
        let whole: [&[u8]; 4] = [b"one", b"", b"two", b"thr"];
        assert_eq!(read(&[b"one\n\ntwo\nthr"]).await, whole);
        assert_eq!(read(&[b"o", b"ne\n", b"\ntwo", b"\n", b"thr"]).await, whole);
        assert_eq!(read(&[b"one\n"]).await, [b"one"]);
        assert!(read(&[]).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_without_end_is_handed_on() {
        let part = vec![b'x'; 64 << 10];
        let parts = vec![part.as_slice(); LINE_LIMIT / part.len() + 2];
        let read = read(&parts).await;
        assert_eq!(read.len(), 1);
        assert!(read[0].len() > LINE_LIMIT);
    }
}

//! A worker's output: lines with their arrival, and the tail of what it says to people.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::mpsc::{self, Receiver, Sender},
    task::JoinHandle,
    time::timeout,
};

use crate::environment::without_home;

/// Longest line that is still waited for; a longer one is handed on as it is.
const LINE_LIMIT: usize = 16 << 20;

/// Lines read ahead before the worker has to wait.
const READ_AHEAD: usize = 4096;

/// Bytes kept of a worker's stderr.
const TAIL: usize = 8 << 10;

/// How long a dead worker's stderr may still be read.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// One line, without its newline, and when it arrived.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) bytes: Vec<u8>,
}

/// Reads `stream` line by line; the receiver ends with the stream.
pub(crate) fn lines(stream: impl AsyncRead + Unpin + Send + 'static) -> Receiver<Line> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    tokio::spawn(read_lines(stream, sender));
    receiver
}

async fn read_lines(mut stream: impl AsyncRead + Unpin, sender: Sender<Line>) {
    let mut pending = Vec::new();
    loop {
        let before = pending.len();
        let read = stream.read_buf(&mut pending).await.unwrap_or_default();
        let at = Instant::now();
        if read == 0 {
            break;
        }
        // Only the new bytes can hold a newline.
        let mut searched = before;
        while let Some(end) = pending[searched..].iter().position(|byte| *byte == b'\n') {
            let rest = pending.split_off(searched + end + 1);
            let mut bytes = std::mem::replace(&mut pending, rest);
            bytes.pop();
            searched = 0;
            if sender.send(Line { at, bytes }).await.is_err() {
                return;
            }
        }
        if pending.len() > LINE_LIMIT {
            break;
        }
    }
    // A line that was cut off is evidence too.
    if !pending.is_empty() {
        let _ = sender.send(Line { at: Instant::now(), bytes: pending }).await;
    }
}

/// The last bytes of a stream, read as they come.
#[derive(Debug)]
pub(crate) struct Tail {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Tail {
    /// Follows `stream`.
    pub(crate) fn of(stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(VecDeque::with_capacity(TAIL)));
        let reader = Some(tokio::spawn(read_tail(stream, Arc::clone(&bytes))));
        Self { bytes, reader }
    }

    /// Forgets what was read so far.
    pub(crate) fn clear(&self) {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is there, as text and without the home folder.
    pub(crate) fn text(&self) -> String {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        without_home(&String::from_utf8_lossy(bytes.make_contiguous()))
    }

    /// Waits for the end of the stream, for a process that is known to be dead.
    pub(crate) async fn finish(&mut self) {
        // Bounded: a child of the worker may have inherited the stream and live on.
        if let Some(reader) = self.reader.take() {
            let _ = timeout(LAST_WORDS, reader).await;
        }
    }
}

async fn read_tail(mut stream: impl AsyncRead + Unpin, tail: Arc<Mutex<VecDeque<u8>>>) {
    let mut chunk = vec![0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&chunk[..read]);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::{TAIL, Tail, lines};

    #[tokio::test]
    async fn lines_are_cut_at_newlines_and_the_last_one_is_kept() {
        let mut lines = lines(&b"one\n\ntwo\nthr"[..]);
        let mut read = Vec::new();
        while let Some(line) = lines.recv().await {
            read.push(String::from_utf8(line.bytes).unwrap());
        }
        assert_eq!(read, ["one", "", "two", "thr"]);
    }

    #[tokio::test]
    async fn only_the_tail_of_stderr_is_kept() {
        let long: &'static [u8] = vec![b'x'; 3 * TAIL].leak();
        let mut tail = Tail::of(long);
        tail.finish().await;
        assert_eq!(tail.text().len(), TAIL);
        tail.clear();
        assert_eq!(tail.text(), "");
    }
}

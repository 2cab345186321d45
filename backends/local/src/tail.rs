//! The tail of what a worker says to people.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    task::JoinHandle,
    time::timeout,
};

use crate::environment::without_home;

/// Bytes kept of a worker's stderr.
const TAIL: usize = 8 << 10;

/// How long a dead worker's stderr may still be read.
const LAST_WORDS: Duration = Duration::from_millis(200);

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
    use super::{TAIL, Tail};

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

//! The worker's side of a protocol: lines out, and the phase behind them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use gonogo_core::Nanos;

use crate::{Protocol, Pulse};

/// How long a phase lasts before the worker says so, and how often it says so again.
const BEAT: Duration = Duration::from_millis(250);

/// Where lines go, shared by the thread that computes and the watchdog.
#[derive(Debug)]
pub struct Channel<P, W> {
    sink: Mutex<Sink<W>>,
    pulse: Pulse<P>,
}

/// The stream and the one buffer every line is put together in.
#[derive(Debug)]
struct Sink<W> {
    stream: W,
    line: Vec<u8>,
}

impl<W: Write> Sink<W> {
    /// One line, in one write: a reader never sees half of a short one.
    fn write(&mut self, line: &impl serde::Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.stream.write_all(&self.line)?;
        self.stream.flush()
    }
}

impl<P: Protocol, W: Write> Channel<P, W> {
    /// A channel that writes to `stream`.
    pub fn new(stream: W) -> Self {
        Self { sink: Mutex::new(Sink { stream, line: Vec::with_capacity(1024) }), pulse: Pulse::default() }
    }

    /// Notes that `phase` begins, and when.
    pub fn enter(&self, phase: P::Phase) -> Instant {
        let now = Instant::now();
        self.pulse.enter(phase, now);
        now
    }

    /// Notes that `phase` began at `since`, for a loop that has just read the clock.
    pub fn enter_at(&self, phase: P::Phase, since: Instant) {
        self.pulse.enter(phase, since);
    }

    /// Where the worker is; `None` while it waits for a request.
    #[must_use]
    pub fn phase(&self) -> Option<P::Phase> {
        self.pulse.current().map(|(phase, _)| phase)
    }

    /// Writes a line in mid-answer.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn send(&self, line: &P::Line) -> io::Result<()> {
        self.sink().write(line)
    }

    /// Writes the last line of an answer. The pulse rests first, so that no heartbeat can follow.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn finish(&self, line: &P::Line) -> io::Result<()> {
        self.pulse.rest();
        self.send(line)
    }

    /// Writes a heartbeat if one phase has lasted for a while.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn beat(&self) -> io::Result<()> {
        let mut sink = self.sink();
        // Looked at under the lock: a phase that is over by now must not be reported after the
        // line that ended it.
        match self.pulse.current() {
            Some((phase, lasting)) if lasting >= BEAT => {
                sink.write(&P::heartbeat(phase, Nanos::from(lasting)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Gives the stream back.
    pub fn into_stream(self) -> W {
        self.sink.into_inner().unwrap_or_else(PoisonError::into_inner).stream
    }

    fn sink(&self) -> std::sync::MutexGuard<'_, Sink<W>> {
        // A panic while writing leaves at worst a broken line, which the reader notices.
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Protocol + 'static, W: Write + Send + 'static> Channel<P, W> {
    /// Starts the thread that writes heartbeats for as long as the channel lives. It needs
    /// nothing from the thread that computes, so it speaks through an engine that hangs.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn watch(self: &Arc<Self>) -> io::Result<()> {
        let channel = Arc::downgrade(self);
        thread::Builder::new().name("watchdog".into()).spawn(move || watch(&channel)).map(drop)
    }
}

fn watch<P: Protocol, W: Write>(channel: &Weak<Channel<P, W>>) {
    while let Some(channel) = channel.upgrade() {
        if channel.beat().is_err() {
            return;
        }
        drop(channel);
        thread::sleep(BEAT);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::{BEAT, Channel};
    use crate::protocol::tests::{Forecast, Weather};

    #[test]
    fn heartbeats_come_only_from_a_phase_that_lasts_and_never_after_the_last_line() {
        let channel = Channel::<Forecast, _>::new(Vec::new());
        channel.enter(Weather::Sun);
        channel.beat().unwrap();
        thread::sleep(BEAT);
        channel.beat().unwrap();
        channel.finish(&"over".to_owned()).unwrap();
        channel.beat().unwrap();
        let written = String::from_utf8(channel.into_stream()).unwrap();
        assert_eq!(written, "\"still Sun\"\n\"over\"\n");
    }
}

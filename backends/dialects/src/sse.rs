//! Server-sent events over captured chunks, each with the time of the chunk that completed it.
//!
//! Our own, because a judge needs what the standard tells readers to drop: bytes that are not
//! UTF-8, the event that the stream broke off in, and the time of each chunk.

use gonogo_core::{Frame, Nanos};
use memchr::memchr2;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// When the last of its data came, since the request was sent.
    pub(crate) at: Nanos,
    /// Its `data` lines, joined by line feeds.
    pub(crate) data: Vec<u8>,
    /// Whether the stream went on after its last line; otherwise that line may be cut.
    pub(crate) whole: bool,
}

/// Every event of a body that came in `frames`, the unfinished last one included.
pub(crate) fn events(frames: &[Frame]) -> Vec<Event> {
    let mut parser = Parser::default();
    for frame in frames {
        parser.feed(frame.at, frame.bytes());
    }
    parser.finish()
}

/// Every line of a body that came in `frames`, blank ones left out: newline-delimited JSON.
pub(crate) fn lines(frames: &[Frame]) -> Vec<Event> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    for frame in frames {
        let mut pieces = frame.bytes().split(|byte| *byte == b'\n');
        line.extend_from_slice(pieces.next().unwrap_or_default());
        for piece in pieces {
            let data = std::mem::replace(&mut line, piece.to_vec());
            lines.push(Event { at: frame.at, data, whole: true });
        }
    }
    let at = frames.last().map(|frame| frame.at).unwrap_or_default();
    lines.push(Event { at, data: line, whole: false });
    lines.retain(|line| !line.data.trim_ascii().is_empty());
    lines
}

/// What has been read so far.
#[derive(Default)]
struct Parser {
    events: Vec<Event>,
    /// The line that is being read.
    line: Vec<u8>,
    /// Whether the last byte was a carriage return, so that a line feed belongs to it.
    after_return: bool,
    /// When the last bytes came.
    last: Nanos,
    /// Whether the first line is over.
    begun: bool,
    /// The data of the event that is being read, where it has any, and when the last of it came.
    data: Option<(Nanos, Vec<u8>)>,
}

impl Parser {
    /// Takes the next bytes; lines end in CR, LF or both, wherever the chunks are cut.
    fn feed(&mut self, at: Nanos, mut chunk: &[u8]) {
        self.last = at;
        while !chunk.is_empty() {
            if std::mem::take(&mut self.after_return) {
                chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
            }
            let end = memchr2(b'\r', b'\n', chunk);
            let (line, rest) = chunk.split_at(end.unwrap_or(chunk.len()));
            let Some((ended_by, rest)) = rest.split_first() else {
                self.line.extend_from_slice(line);
                return;
            };
            self.after_return = *ended_by == b'\r';
            if self.line.is_empty() {
                self.end_line(at, line);
            } else {
                self.line.extend_from_slice(line);
                self.end_begun_line(at);
            }
            chunk = rest;
        }
    }

    /// Ends the line of which the beginning came in a chunk before.
    fn end_begun_line(&mut self, at: Nanos) {
        let line = std::mem::take(&mut self.line);
        self.end_line(at, &line);
    }

    fn end_line(&mut self, at: Nanos, line: &[u8]) {
        let first = !std::mem::replace(&mut self.begun, true);
        let line = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if line.is_empty() {
            self.dispatch(true);
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        if field == b"data" {
            let value = value.strip_prefix(b":").unwrap_or(value);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match &mut self.data {
                Some((last, data)) => {
                    *last = at;
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some((at, value.to_vec())),
            }
        }
    }

    fn dispatch(&mut self, whole: bool) {
        if let Some((at, data)) = self.data.take() {
            self.events.push(Event { at, data, whole });
        }
    }

    /// The events, and what the stream ended in the middle of.
    fn finish(mut self) -> Vec<Event> {
        let whole = self.line.is_empty();
        if !whole {
            self.end_begun_line(self.last);
        }
        self.dispatch(whole);
        self.events
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Frame, Nanos};
    use proptest::prelude::*;

    use super::{Event, events, lines};

    fn frames(chunks: &[&[u8]]) -> Vec<Frame> {
        (1..).zip(chunks).map(|(at, chunk)| Frame::new(Nanos(at), chunk.to_vec())).collect()
    }

    fn event(at: u64, data: &str) -> Event {
        Event { at: Nanos(at), data: data.into(), whole: true }
    }

    #[test]
    fn comments_fields_and_blank_lines_are_no_events() {
        let stream = b"\xef\xbb\xbf: hello\nevent: x\nid: 1\nretry: 5\n\n\n:\n\ndata:a\ndata:  b\n\ndata\n\n";
        assert_eq!(events(&frames(&[stream])), [event(1, "a\n b"), event(1, "")]);
    }

    #[test]
    fn an_event_has_the_time_of_its_data_and_not_of_the_blank_line() {
        let found =
            events(&frames(&[b"data: \xe2\x82", b"\xac\r", b"\ndata: 2\r\n", b"\r", b"\ndata: 3\r\r"]));
        assert_eq!(found, [event(3, "€\n2"), event(5, "3")]);
    }

    #[test]
    fn what_the_stream_ends_in_is_kept_and_marked() {
        assert_eq!(events(&frames(&[b"data: [DONE]\n"])), [event(1, "[DONE]")]);
        let cut = Event { whole: false, ..event(2, "{\"a") };
        assert_eq!(events(&frames(&[b"data: {", b"\"a"])), std::slice::from_ref(&cut));
        assert_eq!(lines(&frames(&[b"{}\n\n[]\n{", b"\"a"])), [event(1, "{}"), event(1, "[]"), cut]);
    }

    /// Bytes that matter to the parsers more often than chance would have it.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"data: ".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b":".to_vec()),
            Just("\u{feff}".as_bytes().to_vec()),
            Just("{\"a\":\"é€𝄞\"}".as_bytes().to_vec()),
            any::<Vec<u8>>(),
        ];
        proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(stream in stream(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
            let data = |events: Vec<Event>| events.into_iter().map(|e| (e.data, e.whole)).collect::<Vec<_>>();
            prop_assert_eq!(data(events(&frames(&chunks))), data(events(&frames(&[&stream]))));
            prop_assert_eq!(data(lines(&frames(&chunks))), data(lines(&frames(&[&stream]))));
        }
    }
}

//! What a server does with one request, step by step.

use std::fmt::Write as _;

/// One step. A connection is kept for the next request after the last one, unless it was closed or
/// reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Does nothing for so many milliseconds.
    Wait(u64),
    /// The head of a response: status and headers, the sim's own added.
    Head(u16, Vec<(&'static str, String)>),
    /// Bytes as they are.
    Send(Vec<u8>),
    /// One chunk of chunked transfer coding; an empty one is the last.
    Chunk(Vec<u8>),
    /// A chunk with the event in which the server says what it took so far, by its own clock, for so many tokens.
    Took(usize),
    /// The same bytes again and again, so many milliseconds apart, until the client leaves.
    Drip(&'static [u8], u64),
    /// So many bytes of `x`, as fast as they go.
    Flood(u64),
    /// So many zero bytes, gzipped.
    Zeros(u64),
    /// Nothing any more, until the client leaves.
    Hang,
    /// Ends the connection in good order.
    Close,
    /// Breaks the connection off (RST).
    Reset,
}

/// A response that has its length.
pub(crate) fn whole(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Vec<Step> {
    whole_with(status, &[("content-type", content_type)], body)
}

/// A response that has its length, and these headers.
pub(crate) fn whole_with(
    status: u16,
    headers: &[(&'static str, &str)],
    body: impl Into<Vec<u8>>,
) -> Vec<Step> {
    let body = body.into();
    let length = body.len().to_string();
    vec![head(status, &[headers, &[("content-length", length.as_str())]].concat()), Step::Send(body)]
}

/// A success with a JSON body.
pub(crate) fn json(body: impl Into<Vec<u8>>) -> Vec<Step> {
    whole(200, "application/json", body)
}

/// The head of a response.
pub(crate) fn head(status: u16, headers: &[(&'static str, &str)]) -> Step {
    Step::Head(status, headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
}

/// The head of a stream of server-sent events in chunks.
pub(crate) fn stream_head() -> Step {
    head(200, &[("content-type", "text/event-stream"), ("transfer-encoding", "chunked")])
}

/// The head of a body that ends with the connection.
pub(crate) fn until_close(content_type: &str) -> Step {
    head(200, &[("content-type", content_type), ("connection", "close")])
}

/// A stream of these chunks that ends in good order.
pub(crate) fn stream(chunks: impl IntoIterator<Item = Vec<u8>>) -> Vec<Step> {
    cut_stream(chunks, [Step::Chunk(Vec::new())])
}

/// A stream of these chunks that ends otherwise.
pub(crate) fn cut_stream(
    chunks: impl IntoIterator<Item = Vec<u8>>,
    end: impl IntoIterator<Item = Step>,
) -> Vec<Step> {
    [stream_head()].into_iter().chain(chunks.into_iter().map(Step::Chunk)).chain(end).collect()
}

/// A head as it is sent, with the name of what is played.
pub(crate) fn render_head(name: &str, status: u16, headers: &[(&'static str, String)]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Scripted\r\n{}: {name}\r\n", crate::HEADER);
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A chunk as it is sent.
pub(crate) fn render_chunk(bytes: &[u8]) -> Vec<u8> {
    let mut sent = format!("{:x}\r\n", bytes.len()).into_bytes();
    sent.extend_from_slice(bytes);
    sent.extend_from_slice(b"\r\n");
    sent
}

#[cfg(test)]
mod tests {
    use super::{render_chunk, render_head};

    #[test]
    fn heads_name_the_sim_and_an_empty_chunk_is_the_last() {
        let head = render_head("plain", 200, &[("content-length", "2".into())]);
        assert_eq!(head, b"HTTP/1.1 200 Scripted\r\nx-gonogo-sim: plain\r\ncontent-length: 2\r\n\r\n");
        assert_eq!(render_chunk(&[b'x'; 17]), b"11\r\nxxxxxxxxxxxxxxxxx\r\n");
        assert_eq!(render_chunk(b""), b"0\r\n\r\n");
    }
}

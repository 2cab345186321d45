//! Reads what a client sends, as far as the sim needs it.

use std::io::{Error, ErrorKind, Result};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
};

/// Bytes of a head at most.
const HEAD: u64 = 64 << 10;
/// Bytes of a body at most.
const BODY: usize = 64 << 20;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as they came.
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
}

/// The next request; `None` where the client has left.
///
/// # Errors
/// The line broke, or what came is no request that the sim reads.
pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> Result<Option<Request>> {
    let mut head = Vec::new();
    loop {
        let line = (&mut *stream).take(HEAD).read_until(b'\n', &mut head).await?;
        match line {
            0 if head.is_empty() => return Ok(None),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            _ if head.ends_with(b"\r\n\r\n") => break,
            _ if head.len() as u64 > HEAD => return Err(wrong("the head is too long")),
            _ => {}
        }
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_whitespace();
    let mut word = || words.next().map(str::to_owned).ok_or_else(|| wrong("no request line"));
    let (method, target) = (word()?, word()?);
    let length = length(&head).ok_or_else(|| wrong("no length of the body that the sim reads"))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Request { method, target, body }))
}

/// The length of the body: none said is none there.
fn length(head: &str) -> Option<usize> {
    let headers = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    match lengths.next() {
        None => Some(0),
        Some((_, value)) => value.trim().parse().ok().filter(|length| *length <= BODY),
    }
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn a_length_is_read_whatever_its_case_and_refused_where_it_is_none() {
        assert_eq!(length("POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n"), Some(12));
        assert_eq!(length("GET / HTTP/1.1\r\nhost: h\r\n\r\n"), Some(0));
        assert_eq!(length("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"), None);
        assert_eq!(length("POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n"), None);
    }
}

//! A recorded answer, given again: status, headers, chunks as they were split, and the same end.

use std::{
    future::pending,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use gonogo_core::{Capture, End, Frame, REPLAY_HEADER};
use hyper::{
    Response, StatusCode,
    body::{Body, Bytes, Frame as BodyFrame},
    header::{HeaderMap, HeaderName, HeaderValue},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{Exchange, Pace};

/// Headers of a connection and not of an answer (RFC 9110, 7.6.1).
const OF_THE_CONNECTION: [&str; 7] =
    ["connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"];
/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";

/// A body that comes from a task.
pub(crate) struct Chunks(mpsc::Receiver<io::Result<Bytes>>);

impl Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<BodyFrame<Bytes>>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(BodyFrame::data)))
    }
}

/// The recorded answer. An error ends the connection, as the recorded one was ended.
pub(crate) async fn recorded(
    exchange: Arc<Exchange>,
    name: &str,
    pace: Pace,
) -> io::Result<Response<Chunks>> {
    let (begun, capture) = (Instant::now(), &exchange.capture);
    let clock = Clock { begun, pace };
    clock.wait(capture.frames.first().map_or(capture.elapsed, |frame| frame.at).into()).await;
    let Some(status) = capture.status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        // No head came: the peer hung, or the line broke.
        if matches!(capture.end, End::TimedOut { .. }) {
            pending::<()>().await;
        }
        return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "as recorded"));
    };
    let headers = headers(capture, name);
    let (tell, chunks) = mpsc::channel(1);
    tokio::spawn(async move { play(&exchange.capture, clock, &tell).await });
    let mut response = Response::new(Chunks(chunks));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// A small answer of gonogo's own.
pub(crate) fn own(status: StatusCode, name: &str, body: String) -> Response<Chunks> {
    let (tell, chunks) = mpsc::channel(1);
    // There is room for one.
    let _ = tell.try_send(Ok(Bytes::from(body)));
    let mut response = Response::new(Chunks(chunks));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    mark(response.headers_mut(), name);
    response
}

/// Every chunk at its time, then the recorded end. A client that leaves is no error.
async fn play(capture: &Capture, clock: Clock, tell: &mpsc::Sender<io::Result<Bytes>>) {
    for frame in &capture.frames {
        clock.wait(frame.at.into()).await;
        if tell.send(Ok(Bytes::copy_from_slice(frame.bytes()))).await.is_err() {
            return;
        }
    }
    clock.wait(capture.elapsed.into()).await;
    match capture.end {
        End::Complete => {}
        End::TimedOut { .. } => tell.closed().await,
        End::Broken { .. }
        | End::Garbled { .. }
        | End::Died { .. }
        | End::Oversize { .. }
        | End::Unsent { .. }
        | End::Unsupported { .. } => {
            let _ = tell.send(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "as recorded"))).await;
        }
    }
}

/// The recorded headers that still hold, and the mark.
fn headers(capture: &Capture, name: &str) -> HeaderMap {
    let bytes: usize = capture.frames.iter().map(Frame::bytes).map(<[u8]>::len).sum();
    let stays = |header: &str, value: &str| match header {
        // Redaction changes it; of an answer that was cut it is what shows the cut.
        "content-length" => capture.end != End::Complete || value.trim() == bytes.to_string(),
        _ => !OF_THE_CONNECTION.contains(&header) && !header.starts_with(':') && value != REDACTED,
    };
    let mut headers = HeaderMap::new();
    for (header, value) in capture.headers.iter().filter(|(header, value)| stays(header, value)) {
        let pair = HeaderName::from_bytes(header.as_bytes())
            .ok()
            .zip(HeaderValue::from_bytes(value.as_bytes()).ok());
        if let Some((header, value)) = pair {
            headers.append(header, value);
        }
    }
    mark(&mut headers, name);
    headers
}

/// Says that this is a recording, whatever else it looks like.
fn mark(headers: &mut HeaderMap, name: &str) {
    let name = HeaderValue::from_bytes(name.as_bytes()).unwrap_or(HeaderValue::from_static("unnamed"));
    headers.insert(REPLAY_HEADER, name);
}

/// The recording's time.
#[derive(Debug, Clone, Copy)]
struct Clock {
    begun: Instant,
    pace: Pace,
}

impl Clock {
    async fn wait(self, at: Duration) {
        match self.pace {
            Pace::Instant => {}
            Pace::RealTime => sleep_until(self.begun + at).await,
        }
    }
}

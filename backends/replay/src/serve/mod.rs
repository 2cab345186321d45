//! Cassettes over HTTP: any client can be pointed at what a server once said.
//!
//! Whatever answers says `x-gonogo-replay: NAME`, so that no row of it can be taken for a server's.

mod answer;
mod matching;
mod shelf;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Limited};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use self::{
    answer::Chunks,
    shelf::{Miss, Shelf},
};
use crate::{Cassette, CassetteError, Exchange, Pace};

/// Bytes of a request's body at most.
const BODY: usize = 64 << 20;
/// How long to wait after a client could not be taken: the system has no files left.
const NO_FILES: Duration = Duration::from_millis(50);

/// One request that was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Who asked.
    pub client: SocketAddr,
    /// How.
    pub method: String,
    /// For what: path without query, which may hold a key.
    pub path: String,
    /// The label of the recording that answers, or why none does.
    pub answer: Result<String, String>,
}

/// What every connection needs.
struct Library {
    shelves: Vec<Shelf>,
    pace: Pace,
    watch: Box<dyn Fn(&Served) + Send + Sync>,
}

/// A running server. Dropping it ends it and every connection.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    names: Vec<String>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves `cassettes` at `address`; port 0 is any free one. `watch` sees every request before it is answered.
    ///
    /// # Errors
    /// [`CassetteError::NotHttp`] for a cassette that cannot be served, or what the system says of the address.
    pub async fn start(
        address: SocketAddr,
        cassettes: Vec<Cassette>,
        pace: Pace,
        watch: impl Fn(&Served) + Send + Sync + 'static,
    ) -> Result<Self, CassetteError> {
        let shelves = cassettes.into_iter().map(Shelf::new).collect::<Result<Vec<_>, _>>()?;
        let names = shelves.iter().map(|shelf| shelf.name.clone()).collect();
        let taken = |source| CassetteError::Address { address, source };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let library = Arc::new(Library { shelves, pace, watch: Box::new(watch) });
        Ok(Self { address, names, accepting: tokio::spawn(accept(listener, library)) })
    }

    /// Where it is: the base URL of the only cassette, or with `/NAME` behind it of one of several.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Each cassette's name and base URL.
    #[must_use]
    pub fn base_urls(&self) -> Vec<(String, String)> {
        let url = |name: &String| (name.clone(), format!("http://{}/{name}", self.address));
        self.names.iter().map(url).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes clients for ever; their tasks end with this one.
async fn accept(listener: TcpListener, library: Arc<Library>) {
    let mut clients = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, client)) => drop(clients.spawn(converse(stream, client, Arc::clone(&library)))),
            Err(_) => sleep(NO_FILES).await,
        }
        while clients.try_join_next().is_some() {}
    }
}

/// Answers one client until it leaves.
async fn converse(stream: TcpStream, client: SocketAddr, library: Arc<Library>) {
    // Chunks must go out as they are written; where that cannot be had, they go out later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let library = Arc::clone(&library);
        async move { library.answer(request, client).await }
    });
    let serving =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // A line that broke is the client's to report, or was broken as recorded.
    let _ = serving.await;
}

impl Library {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> io::Result<Response<Chunks>> {
        let (head, body) = request.into_parts();
        let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
        let told = |answer: Result<String, String>| {
            (self.watch)(&Served { client, method: method.clone(), path: path.clone(), answer });
        };
        let (shelf, rest) = match self.shelf(&path) {
            Ok(found) => found,
            Err(message) => {
                told(Err(message.clone()));
                return Ok(refusal(StatusCode::NOT_FOUND, "gonogo", &message));
            }
        };
        let Ok(body) = Limited::new(body, BODY).collect().await else {
            let message = format!("the body did not come whole, or has more than {BODY} bytes");
            told(Err(message.clone()));
            return Ok(refusal(StatusCode::PAYLOAD_TOO_LARGE, &shelf.name, &message));
        };
        match shelf.find(&method, rest, &body.to_bytes()) {
            Ok(exchange) => {
                told(Ok(labelled(exchange)));
                answer::recorded(Arc::new(exchange.clone()), &shelf.name, self.pace).await
            }
            Err(miss) => {
                let (status, message) = match miss {
                    Miss::Path(message) => (StatusCode::NOT_FOUND, message),
                    Miss::Body(message) => (StatusCode::UNPROCESSABLE_ENTITY, message),
                };
                told(Err(message.clone()));
                Ok(refusal(status, &shelf.name, &message))
            }
        }
    }

    /// The cassette that the first segment of the path names, and the rest of the path; the only one where there
    /// is one alone.
    fn shelf<'a, 'b>(&'a self, path: &'b str) -> Result<(&'a Shelf, &'b str), String> {
        let inner = path.trim_start_matches('/');
        let (first, rest) = inner.split_once('/').unwrap_or((inner, ""));
        match (self.shelves.iter().find(|shelf| shelf.name == first), self.shelves.as_slice()) {
            (Some(shelf), _) => Ok((shelf, rest)),
            (None, [only]) => Ok((only, inner)),
            (None, _) => {
                let names: Vec<String> =
                    self.shelves.iter().map(|shelf| format!("/{}", shelf.name)).collect();
                Err(format!("a base URL here ends in one of {}", names.join(", ")))
            }
        }
    }
}

fn labelled(exchange: &Exchange) -> String {
    match exchange.r#try {
        0 => exchange.label.clone(),
        n => format!("{}, try {n}", exchange.label),
    }
}

/// A miss, in the shape in which most clients look for errors.
fn refusal(status: StatusCode, name: &str, message: &str) -> Response<Chunks> {
    let body = json!({"error": {"message": message, "type": "no-recording", "code": status.as_u16()}});
    answer::own(status, name, body.to_string())
}

//! The server: ports, clients, and who watches.

use std::{
    fmt,
    io::Result,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::{Fault, Place, connection, mix::Draws};

/// How long to wait after a client could not be taken: the system has no files left.
const NO_FILES: Duration = Duration::from_millis(50);
/// A connection on loopback that takes longer than this is not going to stand.
const FULL: Duration = Duration::from_millis(100);
/// Connections that a queue is filled with at most.
const FILLERS: usize = 64;

/// One request that was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Who asked.
    pub client: SocketAddr,
    /// How.
    pub method: String,
    /// For what: path and query.
    pub target: String,
    /// What is played; `None` where there is no such fault.
    pub fault: Option<&'static Fault>,
}

/// What every connection needs.
pub(crate) struct Stage {
    pub(crate) draws: Draws,
    pub(crate) watch: Box<dyn Fn(&Served) + Send + Sync>,
}

/// A running server on 127.0.0.1. Dropping it ends it and every connection.
pub struct Sim {
    address: SocketAddr,
    refusing: TcpSocket,
    unaccepting: Unaccepting,
    accepting: JoinHandle<()>,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Sim {
    /// Serves at `port`, or at any free one for 0. `seed` decides what mixes draw; `watch` sees
    /// every request before it is answered.
    ///
    /// # Errors
    /// What the system says: the port is taken.
    pub async fn start(
        port: u16,
        seed: u64,
        watch: impl Fn(&Served) + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let refusing = free_port()?;
        let unaccepting = Unaccepting::new().await?;
        let stage = Arc::new(Stage { draws: Draws::new(seed), watch: Box::new(watch) });
        let accepting = tokio::spawn(accept(listener, stage));
        Ok(Self { address, refusing, unaccepting, accepting })
    }

    /// Where it is, without a fault's name: the first segment of the path chooses.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of an arm that is to meet `fault`.
    ///
    /// # Errors
    /// What the system says of its own sockets.
    pub fn url(&self, fault: &Fault) -> Result<String> {
        let address = match fault.place {
            Place::Answer => self.address,
            Place::Refusing => self.refusing.local_addr()?,
            Place::Unaccepting => self.unaccepting.address,
        };
        Ok(format!("http://{address}/{}", fault.name))
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes clients for ever; their tasks end with this one.
async fn accept(listener: TcpListener, stage: Arc<Stage>) {
    let mut clients = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let stage = Arc::clone(&stage);
                clients.spawn(async move { connection::serve(stream, client, &stage).await });
            }
            Err(_) => sleep(NO_FILES).await,
        }
        while clients.try_join_next().is_some() {}
    }
}

/// A port that is ours and at which nobody listens, so that connections are refused.
fn free_port() -> Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket)
}

/// A listener that accepts nobody and whose queue is full, so that connections wait.
struct Unaccepting {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Unaccepting {
    async fn new() -> Result<Self> {
        let listener = free_port()?.listen(0)?;
        let address = listener.local_addr()?;
        let mut queue = Vec::new();
        while queue.len() < FILLERS
            && let Ok(Ok(filler)) = timeout(FULL, TcpStream::connect(address)).await
        {
            queue.push(filler);
        }
        Ok(Self { address, _listener: listener, _queue: queue })
    }
}

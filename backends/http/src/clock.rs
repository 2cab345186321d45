//! When the transport got where: the moments that the client does not tell by itself.
//!
//! The client opens connections within the task that sends, so the clock of an exchange hangs on that task:
//! the layer around the connector, the resolver and the store of TLS sessions find it there. A connection
//! that is opened for one exchange and finished in the background, because another came free first, is
//! finished outside of it and marks nothing.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use gonogo_core::{Nanos, Phases};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    static CLOCK: Clock;
}

/// The moments of one exchange, since it began.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    began: Instant,
    moments: Arc<Mutex<Moments>>,
}

#[derive(Debug, Default)]
struct Moments {
    phases: Phases,
    /// Whether a connection was begun for the request that is under way.
    dialled: bool,
}

impl Clock {
    /// A clock that runs since `began`.
    pub(crate) fn since(began: Instant) -> Self {
        Self { began, moments: Arc::default() }
    }

    /// Runs `sending` under this clock.
    pub(crate) async fn over<T>(&self, sending: impl Future<Output = T>) -> T {
        CLOCK.scope(self.clone(), sending).await
    }

    /// A request is sent: the first, one that a redirect led to, or one that is `sent_again` because of that.
    pub(crate) fn ask(&self, sent_again: Option<String>) {
        let followed = self.now();
        self.with(|moments| {
            let first = !moments.dialled && moments.phases == Phases::default();
            let asked = if first { Nanos::default() } else { followed };
            let sent_again = sent_again.or(moments.phases.sent_again.take());
            *moments = Moments { phases: Phases { asked, sent_again, ..Phases::default() }, dialled: false };
        });
    }

    /// The head of a response is here.
    pub(crate) fn head(&self) {
        let now = self.now();
        self.with(|moments| {
            moments.phases.headers = Some(now);
            moments.settle();
        });
    }

    /// A request that failed after connecting: whether it went over a connection that was there before.
    pub(crate) fn broke(&self) -> bool {
        self.with(|moments| {
            moments.settle();
            moments.phases.reused
        })
    }

    /// What was noted.
    pub(crate) fn phases(&self) -> Phases {
        self.with(|moments| {
            // Who neither began a connection nor got an answer waits on one that was there before.
            moments.phases.reused |= !moments.dialled;
            moments.phases.clone()
        })
    }

    fn now(&self) -> Nanos {
        self.began.elapsed().into()
    }

    fn with<T>(&self, of: impl FnOnce(&mut Moments) -> T) -> T {
        of(&mut self.moments.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Moments {
    /// The request went out: over a new connection if one stands, else over one that came free meanwhile.
    fn settle(&mut self) {
        if self.phases.connected.is_none() {
            self.phases.reused = true;
            (self.phases.resolved, self.phases.tls_began) = (None, None);
        }
    }
}

/// Notes the time on the clock of the exchange that this task is in; nothing where it is in none.
pub(crate) fn note(note: impl FnOnce(&mut Phases, Nanos)) {
    let _ = CLOCK.try_with(|clock| {
        let now = clock.now();
        clock.with(|moments| note(&mut moments.phases, now));
    });
}

/// Notes when a connection stands.
#[derive(Debug, Clone)]
pub(crate) struct Connecting;

impl<S> Layer<S> for Connecting {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector(inner)
    }
}

/// A connector with an eye on the clock.
#[derive(Debug, Clone)]
pub(crate) struct Connector<S>(S);

impl<S, Place> Service<Place> for Connector<S>
where
    S: Service<Place>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, place: Place) -> Self::Future {
        let _ = CLOCK.try_with(|clock| clock.with(|moments| moments.dialled = true));
        let connecting = self.0.call(place);
        Box::pin(async move {
            let connection = connecting.await?;
            note(|phases, now| phases.connected = Some(now));
            Ok(connection)
        })
    }
}

/// Looks names up as the system does, and notes when they are known.
#[derive(Debug)]
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The client puts the port in.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            note(|phases, now| phases.resolved = Some(now));
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

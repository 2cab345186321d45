//! The client of an arm, with clocks built in.

use std::{sync::Arc, time::Duration};

use gonogo_backend::OpenError;
use reqwest::{Client, redirect};
use rustls::crypto::ring;

use crate::{
    Connections, HttpArm,
    clock::{Connecting, Resolver},
    exchange::chain,
    tls,
};

/// How long a kept connection may lie idle: servers close theirs after 5 s (uvicorn, and so vLLM; Node) or
/// later, and one that both ends give up at once fails an attempt.
const IDLE: Duration = Duration::from_secs(2);

/// The clients of an arm.
#[derive(Clone)]
pub(crate) struct Clients {
    /// What asks.
    pub(crate) first: Client,
    /// What asks again where a kept connection broke: it keeps none.
    pub(crate) fresh: Option<Client>,
}

impl Clients {
    /// Clients as `arm` wants them.
    pub(crate) fn new(arm: &HttpArm) -> Result<Self, OpenError> {
        let fresh = || client(arm, Connections::Fresh);
        match arm.connections {
            Connections::Fresh => Ok(Self { first: fresh()?, fresh: None }),
            Connections::Kept => Ok(Self { first: client(arm, Connections::Kept)?, fresh: Some(fresh()?) }),
        }
    }
}

fn client(arm: &HttpArm, connections: Connections) -> Result<Client, OpenError> {
    let wrong =
        |cause: String, remedy: &str| OpenError { arm: arm.name.clone(), cause, remedy: remedy.into() };
    // A second call finds the provider in place, which is as good.
    let _ = ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        // What was sent may have been worked on, and a second answer must not pass for the first.
        .retry(reqwest::retry::never())
        .connect_timeout(arm.limits.connect)
        .connector_layer(Connecting)
        .dns_resolver(Arc::new(Resolver))
        .user_agent(concat!("gonogo/", env!("CARGO_PKG_VERSION")));
    let builder = match connections {
        Connections::Fresh => builder.pool_max_idle_per_host(0),
        Connections::Kept => {
            let most = usize::try_from(arm.concurrency).unwrap_or(usize::MAX);
            builder.pool_max_idle_per_host(most.max(1)).pool_idle_timeout(IDLE)
        }
    };
    let builder = tls::verify(builder, arm).map_err(|(cause, remedy)| wrong(cause, remedy))?;
    builder
        .build()
        .map_err(|error| wrong(chain(&error), "check the system's certificate store and proxy settings"))
}

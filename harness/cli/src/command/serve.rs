//! `gonogo serve`: recordings over HTTP, so that any client's tests can be pointed at them.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use gonogo_replay::{Cassette, Pace, Served, Server};
use miette::{IntoDiagnostic, Result, miette};

use crate::{exit_status::ExitStatus, replaying, ui::Ui};

/// Arguments of `gonogo serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// A cassette, or a folder of them
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    addr: SocketAddr,
    /// How fast to answer
    #[arg(long, value_enum, default_value_t = Speed::Instant)]
    pace: Speed,
}

/// How fast to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Speed {
    /// At once
    Instant,
    /// As fast as the server was
    RealTime,
}

impl From<Speed> for Pace {
    fn from(speed: Speed) -> Self {
        match speed {
            Speed::Instant => Self::Instant,
            Speed::RealTime => Self::RealTime,
        }
    }
}

/// Serves until Ctrl-C.
pub(crate) fn run(args: &ServeArgs, ui: Ui) -> Result<ExitStatus> {
    tokio::runtime::Runtime::new().into_diagnostic()?.block_on(serve(args, ui))?;
    Ok(ExitStatus::Success)
}

async fn serve(args: &ServeArgs, ui: Ui) -> Result<()> {
    let mut cassettes = Vec::new();
    for (path, _) in replaying::cassettes(&args.path)? {
        cassettes.push(Cassette::load(&path).map_err(|error| miette!("{}: {error}", path.display()))?);
    }
    if !args.addr.ip().is_loopback() {
        ui.note("anybody who reaches this address can read the recordings");
    }
    let watch = move |served: &Served| ui.note(&line(served));
    let server = Server::start(args.addr, cassettes, args.pace.into(), watch).await.into_diagnostic()?;
    for (name, url) in server.base_urls() {
        ui.note(&format!("{name} answers at {url}"));
    }
    ui.note("every answer says x-gonogo-replay; Ctrl-C ends it");
    // One line, because a script may read it and go away.
    ui.data(&server.url())?;
    tokio::signal::ctrl_c().await.into_diagnostic()
}

/// A request in a line.
fn line(served: &Served) -> String {
    let Served { client, method, path, answer } = served;
    match answer {
        Ok(label) => format!("{client} {method} {path}: {label}"),
        Err(miss) => format!("{client} {method} {path}: {miss}"),
    }
}

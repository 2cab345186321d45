//! Every way to put a constraint to an arm, for a probe.

use std::sync::Arc;

use gonogo_backend::OpenError;
use gonogo_core::Constraint;
use gonogo_dialects::{Channel, Form, Streaming, Target};
use gonogo_http::HttpArm;
use gonogo_runner::Way;

use super::{
    endpoint,
    known::{self, CONTROL, Known},
};
use crate::{
    config::{ArmConfig, ArmKind, Config},
    near,
};

/// The one channel of a worker: its protocol has a field for it.
const WORKER_CHANNEL: &str = "constraint";

/// An arm, open in every way there is.
pub(crate) struct Ways {
    /// Channel by channel, plain before streamed.
    pub(crate) ways: Vec<Way>,
    /// As the arm itself would be opened, and what it says of itself.
    pub(crate) known: Known,
}

/// Opens `arm` for a probe of the channels `only` names, or of all.
///
/// # Errors
/// What opening an arm can fail with, an unknown channel, and an arm that cannot be asked.
pub(crate) async fn open(
    name: &str,
    arm: &ArmConfig,
    config: &Config,
    only: &[String],
) -> Result<Ways, OpenError> {
    match arm.kind {
        ArmKind::Http | ArmKind::Sim => {
            let endpoint = endpoint::endpoint(name, arm, 1)?;
            let ways = http(&endpoint, only)?;
            Ok(Ways { ways, known: known::server(endpoint, arm).await? })
        }
        ArmKind::Local => {
            check(name, only, &[WORKER_CHANNEL])?;
            let known = known::open(name, arm, config, 1).await?;
            let way = Way {
                channel: WORKER_CHANNEL.into(),
                takes: vec![Form::JsonSchema],
                foreign: false,
                own: !known.is_control(),
                stream: false,
                backend: Arc::clone(&known.backend),
            };
            Ok(Ways { ways: vec![way], known })
        }
        ArmKind::Replay => Err(OpenError {
            arm: name.to_owned(),
            cause: "a cassette answers only what was recorded".into(),
            remedy: "probe the arm that it was recorded from".into(),
        }),
    }
}

fn http(arm: &HttpArm, only: &[String]) -> Result<Vec<Way>, OpenError> {
    let http = arm.dialect.http.as_ref();
    let channels = http.map(|http| http.channels).unwrap_or_default();
    let known: Vec<&str> = channels.iter().map(|channel| channel.name).collect();
    check(&arm.name, only, &known)?;
    let own = own(arm);
    let streams = http.is_some_and(|http| http.streaming != Streaming::None);
    let modes: &[bool] = if streams { &[false, true] } else { &[false] };
    let mut ways = Vec::new();
    for channel in
        channels.iter().filter(|channel| only.is_empty() || only.iter().any(|name| name == channel.name))
    {
        for stream in modes {
            let target = Target { channel: Some(channel.name.into()), stream: *stream, ..arm.target.clone() };
            let backend = gonogo_http::open(HttpArm { target, ..arm.clone() })?;
            ways.push(Way {
                channel: channel.name.into(),
                takes: channel.takes.to_vec(),
                foreign: channel.foreign,
                own: own.as_deref() == Some(channel.name),
                stream: *stream,
                backend: Arc::new(backend),
            });
        }
    }
    Ok(ways)
}

/// The channel that the arm names, or else the one that its schemas go through. A control has none: whatever it
/// names, it sends no constraint.
fn own(arm: &HttpArm) -> Option<String> {
    if arm.engine == CONTROL {
        return None;
    }
    let schema = Constraint::JsonSchema("{}".into());
    let first = || {
        arm.dialect
            .channel(None, Some(&schema))
            .ok()
            .flatten()
            .map(|channel: &Channel| channel.name.to_owned())
    };
    arm.target.channel.clone().or_else(first)
}

/// Every channel asked for must be one of the arm's.
fn check(arm: &str, only: &[String], known: &[&str]) -> Result<(), OpenError> {
    match only.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(OpenError {
            arm: arm.to_owned(),
            cause: format!("it has no channel `{unknown}`"),
            remedy: near::advice(unknown, known.iter().copied()),
        }),
    }
}

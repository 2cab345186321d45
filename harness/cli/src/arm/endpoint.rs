//! From an arm of kind `http` to what its transport needs to know.

use gonogo_backend::OpenError;
use gonogo_core::Caveat;
use gonogo_dialects::{DIALECTS, Dialect, Streaming, Target, dialect};
use gonogo_http::{Caps, Connections, HttpArm, KeyPlace, Limits};

use crate::{
    config::{ArmConfig, ArmKind, Timeouts, limit},
    near,
};

/// The endpoint that `arm` describes, with its key and its authorities.
///
/// # Errors
/// An unknown dialect, a URL that is none, a key or a file that is not there.
pub(super) fn endpoint(name: &str, arm: &ArmConfig, concurrency: u32) -> Result<HttpArm, OpenError> {
    let wrong = |cause: String, remedy: String| OpenError { arm: name.to_owned(), cause, remedy };
    let dialect = http_dialect(arm).map_err(|(cause, remedy)| wrong(cause, remedy))?;
    let url = arm.base_url.clone().unwrap_or_default();
    let base_url = url.parse().map_err(|error| {
        // Not quoted: people put keys into URLs.
        wrong(format!("base_url is no URL: {error}"), "write it like http://127.0.0.1:8000".into())
    })?;
    let key = super::key::of(arm).map_err(|(cause, remedy)| wrong(cause, remedy))?;
    let authorities = arm.ca_file.as_deref().map(std::fs::read).transpose().map_err(|error| {
        wrong(format!("cannot read its ca_file: {error}"), "name a file with certificates in PEM".into())
    })?;
    let insecure = arm.insecure.unwrap_or(false);
    if insecure {
        tracing::warn!("{}", Caveat::Insecure { arm: name.into() }.message());
    }
    let streams = dialect.http.as_ref().is_some_and(|http| http.streaming != Streaming::None);
    Ok(HttpArm {
        name: name.into(),
        dialect,
        base_url,
        target: Target {
            model: arm.model.clone().unwrap_or_default(),
            stream: arm.stream.unwrap_or(streams),
            channel: arm.channel.clone(),
            extra: arm.extra.clone().unwrap_or_default(),
            answer: arm.answer.clone(),
            settings: arm.settings.clone().unwrap_or_default(),
        },
        engine: arm.engine.clone().unwrap_or_default(),
        key,
        key_place: key_place(arm),
        limits: limits(arm.timeout.unwrap_or_default()),
        caps: Caps::default(),
        connections: arm.connections.map_or_else(Connections::default, Into::into),
        concurrency,
        insecure,
        authorities,
        simulated: arm.kind == ArmKind::Sim,
    })
}

/// The arm's dialect, which must be one that is asked over HTTP.
fn http_dialect(arm: &ArmConfig) -> Result<&'static Dialect, (String, String)> {
    let wanted = arm.dialect.as_deref().unwrap_or_default();
    let known = || DIALECTS.iter().filter(|dialect| dialect.http.is_some()).map(|dialect| dialect.name);
    dialect(wanted)
        .filter(|dialect| dialect.http.is_some())
        .ok_or_else(|| (format!("unknown dialect `{wanted}`"), near::advice(wanted, known())))
}

/// Where the key goes, if not where the dialect says.
fn key_place(arm: &ArmConfig) -> Option<KeyPlace> {
    let header = arm.api_key_header.clone().map(KeyPlace::Header);
    header.or_else(|| arm.api_key_query.clone().map(KeyPlace::Query))
}

/// The limits `timeouts` names, and the transport's own for the others.
fn limits(timeouts: Timeouts) -> Limits {
    let own = Limits::default();
    Limits {
        connect: limit(timeouts.connect_s, own.connect),
        first_byte: limit(timeouts.first_byte_s, own.first_byte),
        stall: limit(timeouts.stall_s, own.stall),
        total: limit(timeouts.total_s, own.total),
    }
}

//! From an arm of kind `http` to what its transport needs to know.

use gonogo_backend::OpenError;

use gonogo_dialects::{DIALECTS, Dialect, Streaming, Target, dialect};
use gonogo_http::{Caps, HttpArm, Limits, Secret};

use crate::{
    config::{ArmConfig, ArmKind, Timeouts, limit},
    near,
};

/// The endpoint that `arm` describes, with its key taken from the environment.
///
/// # Errors
/// An unknown dialect, a URL that is none, a key that is not there.
pub(super) fn endpoint(name: &str, arm: &ArmConfig, concurrency: u32) -> Result<HttpArm, OpenError> {
    let wrong = |cause: String, remedy: String| OpenError { arm: name.to_owned(), cause, remedy };
    let dialect = http_dialect(arm).map_err(|(cause, remedy)| wrong(cause, remedy))?;
    let url = arm.base_url.clone().unwrap_or_default();
    let base_url = url.parse().map_err(|error| {
        // Not quoted: people put keys into URLs.
        wrong(format!("base_url is no URL: {error}"), "write it like http://127.0.0.1:8000".into())
    })?;
    let key = match &arm.api_key_env {
        None => None,
        Some(variable) => {
            let value = std::env::var(variable).ok().as_deref().and_then(Secret::new);
            Some(value.ok_or_else(|| {
                wrong(format!("no key in ${variable}"), format!("export {variable}, or remove api_key_env"))
            })?)
        }
    };
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
        key_place: None,
        limits: limits(arm.timeout.unwrap_or_default()),
        caps: Caps::default(),
        concurrency,
        insecure: arm.insecure.unwrap_or(false),
        authorities: None,
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

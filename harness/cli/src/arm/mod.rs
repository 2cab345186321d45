//! From an arm of the configuration to an open backend.

mod endpoint;
mod key;
pub(crate) mod known;
pub(crate) mod ways;

use std::path::{Path, PathBuf};

use gonogo_backend::{Backend, OpenError};
use gonogo_local::{Limits, LocalArm, Program};
use gonogo_replay::Replay;

use crate::{
    config::{ArmConfig, ArmKind, Config, Timeouts, limit},
    home::Home,
};

/// The engine whose worker Python hosts.
pub(crate) const XGRAMMAR: &str = "xgrammar";

/// Opens one arm.
pub(crate) async fn open(
    name: &str,
    arm: &ArmConfig,
    config: &Config,
    workers: u32,
) -> Result<Box<dyn Backend>, OpenError> {
    match arm.kind {
        ArmKind::Local => Ok(Box::new(gonogo_local::open(local(name, arm, config, workers)).await?)),
        ArmKind::Replay => {
            let cassette = config.path(arm.cassette.as_deref().unwrap_or(Path::new("")));
            Ok(Box::new(Replay::open(name, &cassette, arm.pace.unwrap_or_default())?))
        }
        ArmKind::Http | ArmKind::Sim => {
            Ok(Box::new(gonogo_http::open(endpoint::endpoint(name, arm, workers)?)?))
        }
    }
}

/// What the supervisor needs to know of a local arm.
fn local(name: &str, arm: &ArmConfig, config: &Config, workers: u32) -> LocalArm {
    let home = Home::of(&config.project);
    let defaults = &config.local;
    let model = arm.model.as_ref().map(Path::new).or(defaults.model.as_deref());
    LocalArm {
        name: name.into(),
        engine: arm.engine.clone().unwrap_or_default(),
        options: serde_json::to_value(arm.options.clone().unwrap_or_default()).unwrap_or_default(),
        model: model.map_or_else(|| home.model(), |path| config.path(path)),
        cache: home.cache(),
        threads: defaults.threads,
        context: defaults.context,
        workers,
        memory_limit_bytes: arm.memory_limit_mib.unwrap_or(defaults.memory_limit_mib) << 20,
        limits: limits(arm.timeout.unwrap_or_default(), limits(defaults.timeout, Limits::default())),
        fault: arm.fault,
        key_variables: config.key_variables(),
        program: program(arm, config),
    }
}

/// The arm's own worker, else the one of its engine.
fn program(arm: &ArmConfig, config: &Config) -> Program {
    if let Some(program) = &arm.program {
        return Program::Native(config.path(program));
    }
    if arm.engine.as_deref() != Some(XGRAMMAR) {
        return Program::Native(beside("GONOGO_WORKER", "gonogo-worker"));
    }
    hosted(config)
}

/// The worker that Python hosts.
pub(crate) fn hosted(config: &Config) -> Program {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let python = config.local.python.as_ref();
    Program::Hosted {
        python: python.map_or_else(|| Home::of(&config.project).python(), |path| config.path(path)),
        module: beside("GONOGO_XGRAMMAR", &format!("{prefix}gonogo_xgrammar{suffix}")),
    }
}

/// A program built beside this one, unless the variable names another.
pub(crate) fn beside(variable: &str, name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let here = std::env::current_exe().unwrap_or_default();
    here.parent().unwrap_or(Path::new(".")).join(name)
}

/// The limits `timeouts` names, and `wider` for the others.
fn limits(timeouts: Timeouts, wider: Limits) -> Limits {
    Limits {
        load: limit(timeouts.load_s, wider.load),
        compile: limit(timeouts.compile_s, wider.compile),
        first_token: limit(timeouts.first_token_s, wider.first_token),
        stall: limit(timeouts.stall_s, wider.stall),
        total: limit(timeouts.total_s, wider.total),
    }
}

/// The error as the command line shows it.
pub(crate) fn diagnostic(error: OpenError) -> miette::Report {
    miette::miette!(help = error.remedy.clone(), "{error}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use gonogo_local::Limits;

    use super::limits;
    use crate::config::Timeouts;

    #[test]
    fn a_limit_that_an_arm_does_not_name_comes_from_the_wider_place() {
        let of_all = limits(Timeouts { total_s: Some(9.0), ..Timeouts::default() }, Limits::default());
        let of_arm = limits(Timeouts { stall_s: Some(2.0), ..Timeouts::default() }, of_all);
        assert_eq!(of_arm.stall, Duration::from_secs(2));
        assert_eq!(of_arm.total, Duration::from_secs(9));
        assert_eq!(of_arm.compile, Limits::default().compile);
    }
}

//! What a local arm is made of, and the command that starts its workers.

use std::{path::PathBuf, time::Duration};

use gonogo_backend::OpenError;
use gonogo_protocol::{Fault, Hello, VERSION};
use tokio::process::Command;

use crate::program::{Program, SETUP, present};

/// Address space beyond twice the memory limit: code, mapped files and thread stacks, none of
/// which need be resident.
const ADDRESS_SPACE_HEADROOM: u64 = 4 << 30;

/// One local arm: the model, an engine with its options, and what its workers may use.
#[derive(Debug, Clone)]
pub struct LocalArm {
    /// Name of the arm, for error messages.
    pub name: String,
    /// Engine name: `llguidance`, `xgrammar`, `none`, or what the worker program brings.
    pub engine: String,
    /// The engine's options, as `gonogo_engine::EngineOptions` reads them; null for defaults.
    pub options: serde_json::Value,
    /// The model file.
    pub model: PathBuf,
    /// Folder for what workers derive from the model.
    pub cache: PathBuf,
    /// Threads of the forward pass, per worker.
    pub threads: u32,
    /// Context window, tokens.
    pub context: u32,
    /// Worker processes at most; each answers one request at a time.
    pub workers: u32,
    /// Resident bytes a worker must not outgrow.
    pub memory_limit_bytes: u64,
    /// How long things may take.
    pub limits: Limits,
    /// A fault to commit on purpose; makes the arm a simulated one.
    pub fault: Option<Fault>,
    /// Environment variables that hold the keys of other arms: no worker inherits them.
    pub key_variables: Vec<String>,
    /// What to run.
    pub program: Program,
}

/// How long things may take, seen from the harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From starting a worker until it is ready.
    pub load: Duration,
    /// From sending a request until its constraint is compiled.
    pub compile: Duration,
    /// From the end of compiling until the first token: first mask, prefill, first draw.
    pub first_token: Duration,
    /// Between two tokens.
    pub stall: Duration,
    /// From sending a request until its answer is over.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            load: Duration::from_secs(120),
            compile: Duration::from_secs(30),
            first_token: Duration::from_secs(60),
            stall: Duration::from_secs(30),
            total: Duration::from_secs(300),
        }
    }
}

impl LocalArm {
    /// The command that starts a worker.
    ///
    /// # Errors
    /// [`OpenError`] when something it needs is not there.
    pub(crate) fn command(&self) -> Result<Command, OpenError> {
        present("model", &self.model).map_err(|absent| self.error(absent.to_string(), SETUP))?;
        let command = self.program.command(None).map_err(|absent| self.error(absent.to_string(), SETUP))?;
        Ok(command.into())
    }

    /// The first line a worker gets.
    pub(crate) fn hello(&self) -> Hello {
        Hello {
            protocol: VERSION,
            model: self.model.to_string_lossy().into_owned(),
            cache: self.cache.to_string_lossy().into_owned(),
            engine: self.engine.clone(),
            options: self.options.clone(),
            threads: self.threads,
            context: self.context,
            address_space_bytes: self
                .memory_limit_bytes
                .saturating_mul(2)
                .saturating_add(ADDRESS_SPACE_HEADROOM),
            fault: self.fault,
        }
    }

    /// An error about this arm.
    pub(crate) fn error(&self, cause: String, remedy: &str) -> OpenError {
        OpenError { arm: self.name.clone(), cause, remedy: remedy.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, LocalArm};
    use crate::Program;

    fn arm() -> LocalArm {
        let here = std::env::current_exe().unwrap();
        LocalArm {
            name: "a".into(),
            engine: "none".into(),
            options: serde_json::Value::Null,
            model: here.clone(),
            cache: "cache".into(),
            threads: 1,
            context: 64,
            workers: 1,
            memory_limit_bytes: 1,
            limits: Limits::default(),
            fault: None,
            key_variables: Vec::new(),
            program: Program::Native(here),
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_remedy() {
        assert!(arm().command().is_ok());
        let hosted = Program::Hosted { python: "no/python".into(), module: "no/module.so".into() };
        let error = LocalArm { program: hosted, ..arm() }.command().unwrap_err();
        assert_eq!(error.cause, "the Python interpreter with XGrammar `no/python` is not there");
        assert_eq!(error.remedy, "run `gonogo setup`");
        let gone = LocalArm { model: "no/such.gguf".into(), ..arm() };
        assert_eq!(gone.command().unwrap_err().cause, "the model `no/such.gguf` is not there");
    }
}

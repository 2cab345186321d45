//! How the workers of an arm are started.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use gonogo_core::Nanos;
use gonogo_local::{Absent, Program, withhold_secrets};
use gonogo_masks::{Arm, Limits};
use gonogo_protocol::masks::{FromMasker, Hello, MaskFault, Ready, ToMasker, VERSION};
use thiserror::Error;

use crate::worker::{Death, Worker};

/// From starting a worker until it is ready; vocabularies are large and interpreters slow.
const LOAD: Duration = Duration::from_secs(120);

/// Address space beyond twice the memory limit: code, mapped files and thread stacks, none of which need be
/// resident.
const ADDRESS_SPACE_HEADROOM: u64 = 4 << 30;

/// How the workers of an arm are started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// What to run.
    pub program: Program,
    /// The function of a hosted module that is the mask worker.
    pub entry: Option<&'static str>,
    /// Arguments of a program that takes some.
    pub arguments: Vec<String>,
    /// The tokenizer's own file.
    pub tokenizer: PathBuf,
    /// The same vocabulary as JSON.
    pub vocabulary: PathBuf,
    /// Environment variables that no worker inherits.
    pub key_variables: Vec<String>,
    /// A fault to commit on purpose, for tests.
    pub fault: Option<MaskFault>,
}

/// An arm none of whose workers can be had: the thing, the cause and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("arm `{arm}` cannot be opened: {cause}")]
pub struct StartError {
    /// The arm.
    pub arm: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Why a worker is not ready.
enum Unready {
    Absent(Absent),
    Broken(String),
    Late,
    Died(Death),
    Refused(String),
}

impl Unready {
    fn of(self, arm: &Arm) -> StartError {
        let by_hand = "see that the program keeps to backends/PROTOCOL.md (masks); `gonogo setup` makes those that are gonogo's";
        let (cause, remedy) = match self {
            Self::Absent(absent) => (absent.to_string(), PROGRAMS),
            Self::Broken(how) => (format!("its worker {how}"), by_hand),
            Self::Late => (
                format!("its worker was not ready within {}", Nanos::from(LOAD)),
                "see what else keeps the machine busy",
            ),
            Self::Died(Death { how, stderr }) => {
                let last = stderr.trim_end().lines().next_back().unwrap_or_default();
                let said = if last.is_empty() { String::new() } else { format!(": {last}") };
                (format!("its worker died while loading by {how}{said}"), by_hand)
            }
            Self::Refused(message) => {
                (message, "change the arm as the message says, or run `gonogo setup` if it names a file")
            }
        };
        StartError { arm: arm.name.clone(), cause, remedy }
    }
}

/// What makes programs and Python environment.
const PROGRAMS: &str = "build the programs with `cargo build --release -p gonogo-masker -p gonogo-xgrammar`, and run `gonogo setup` for the interpreter";

impl Launch {
    /// Starts a worker of `arm` and waits until it is ready.
    pub(crate) fn start(&self, arm: &Arm, limits: &Limits) -> Result<(Worker, Ready), StartError> {
        let started = self.command().map_err(Unready::Absent).and_then(|command| {
            let worker = Worker::start(command);
            worker.map_err(|error| Unready::Broken(format!("could not be started: {error}")))
        });
        let greeted = started.and_then(|mut worker| match greet(&mut worker, &self.hello(arm, limits)) {
            Ok(ready) => Ok((worker, ready)),
            Err(unready) => {
                worker.kill();
                Err(unready)
            }
        });
        greeted.map_err(|unready| unready.of(arm))
    }

    fn command(&self) -> Result<Command, Absent> {
        let mut command = self.program.command(self.entry)?;
        command.args(&self.arguments);
        withhold_secrets(&mut command, &self.key_variables);
        Ok(command)
    }

    fn hello(&self, arm: &Arm, limits: &Limits) -> Hello {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        Hello {
            protocol: VERSION,
            engine: arm.engine.clone(),
            options: arm.options.clone(),
            tokenizer: text(&self.tokenizer),
            vocabulary: text(&self.vocabulary),
            address_space_bytes: limits.memory_bytes.saturating_mul(2).saturating_add(ADDRESS_SPACE_HEADROOM),
            fault: self.fault.clone(),
        }
    }
}

/// Says hello and waits for `ready`.
fn greet(worker: &mut Worker, hello: &Hello) -> Result<Ready, Unready> {
    let sent = worker.pipe.send(&ToMasker::Hello(hello.clone()));
    sent.map_err(|error| Unready::Broken(format!("could not be greeted: {error}")))?;
    let until = Instant::now() + LOAD;
    loop {
        while let Some(line) = worker.pipe.line() {
            match serde_json::from_slice(line) {
                Ok(FromMasker::Ready(ready)) => return settled(ready, hello),
                Ok(FromMasker::Failed(failed)) => return Err(Unready::Refused(failed.message)),
                Ok(FromMasker::Heartbeat(_)) => {}
                Ok(
                    FromMasker::Compiled(_)
                    | FromMasker::Walked(_)
                    | FromMasker::Recompiled(_)
                    | FromMasker::Seen(_)
                    | FromMasker::Drawn(_),
                ) => return Err(Unready::Broken("answered before it was asked".into())),
                Err(error) => {
                    let line = String::from_utf8_lossy(line).chars().take(200).collect::<String>();
                    let said = format!("said `{line}`, which is not of the protocol: {error}");
                    return Err(Unready::Broken(said));
                }
            }
        }
        if worker.pipe.ended() {
            return Err(match worker.death() {
                Some(death) => Unready::Died(death),
                None => Unready::Broken("closed its stdout and lives on".into()),
            });
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unready::Late);
        }
        worker.pipe.wait(left);
    }
}

/// That the worker is what was asked for.
fn settled(ready: Ready, hello: &Hello) -> Result<Ready, Unready> {
    if ready.protocol != VERSION {
        let cause = format!(
            "its worker speaks version {} of the mask protocol, and this is {VERSION}",
            ready.protocol
        );
        return Err(Unready::Refused(cause));
    }
    if ready.engine != hello.engine {
        return Err(Unready::Refused(format!("its worker brings the engine `{}`", ready.engine)));
    }
    Ok(ready)
}

//! The programs that workers are made of.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use thiserror::Error;

/// Runs the XGrammar extension module inside Python; see `backends/engines/xgrammar`.
const XGRAMMAR_LOADER: &str = include_str!("../../engines/xgrammar/loader.py");

/// What makes model, worker and Python environment.
pub const SETUP: &str = "run `gonogo setup`";

/// What a worker is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A program of its own, in any language: `gonogo-worker`, or another that keeps to
    /// `backends/PROTOCOL.md`.
    Native(PathBuf),
    /// The XGrammar worker: an extension module that a Python interpreter hosts.
    Hosted {
        /// An interpreter that has XGrammar.
        python: PathBuf,
        /// The module.
        module: PathBuf,
    },
}

/// Something that a worker needs is not there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {what} `{}` is not there", path.display())]
pub struct Absent {
    /// The word for it.
    pub what: &'static str,
    /// Where it was looked for.
    pub path: PathBuf,
}

impl Program {
    /// The file that holds the worker.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Self::Native(program) => program,
            Self::Hosted { module, .. } => module,
        }
    }

    /// The command that starts the worker. A hosted module has several workers: `entry` names the function
    /// that is one, the module's first where there is none.
    ///
    /// # Errors
    /// [`Absent`].
    pub fn command(&self, entry: Option<&str>) -> Result<Command, Absent> {
        match self {
            Self::Native(program) => {
                present("worker program", program)?;
                Ok(Command::new(program))
            }
            Self::Hosted { python, module } => {
                present("Python interpreter with XGrammar", python)?;
                present("XGrammar worker", module)?;
                let mut command = Command::new(python);
                command.arg("-c").arg(XGRAMMAR_LOADER).arg(module).args(entry);
                Ok(command)
            }
        }
    }
}

/// That a file is there.
pub(crate) fn present(what: &'static str, path: &Path) -> Result<(), Absent> {
    if path.is_file() { Ok(()) } else { Err(Absent { what, path: path.to_owned() }) }
}

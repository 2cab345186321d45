//! `attempts.parquet` of a run and `records.parquet` of a survey, written by the program that links polars.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use gonogo_store::RunDir;
use gonogo_survey::SurveyDir;

use crate::{arm, ui::Ui};

/// The table of a survey, in its folder.
pub(crate) const RECORDS: &str = "records.parquet";

/// Derives the Parquet file of a complete run.
pub(crate) fn derive(dir: &RunDir, ui: Ui) {
    Deriving::start(dir).finish(ui);
}

/// The Parquet file of a complete run or survey, being derived while that is shown.
pub(crate) struct Deriving {
    file: &'static str,
    program: PathBuf,
    child: io::Result<Child>,
}

impl Deriving {
    /// Starts the program on a run. The journal has to be complete.
    pub(crate) fn start(dir: &RunDir) -> Self {
        Self::of(dir.path(), "attempts.parquet")
    }

    /// Starts the program on a survey. The journal has to be complete.
    pub(crate) fn of_survey(dir: &SurveyDir) -> Self {
        Self::of(dir.path(), RECORDS)
    }

    fn of(folder: &Path, file: &'static str) -> Self {
        let program = arm::beside("GONOGO_PARQUET", "gonogo-parquet");
        let child = Command::new(&program)
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        Self { file, program, child }
    }

    /// Waits for it. The journal is the record; a file that could not be derived is worth a note, not
    /// an error.
    pub(crate) fn finish(self, ui: Ui) {
        let file = self.file;
        if let Err(problem) = self.outcome() {
            ui.note(&format!("no {file}: {problem}"));
        }
    }

    /// Waits for it.
    ///
    /// # Errors
    /// Why there is no file, in words.
    pub(crate) fn outcome(self) -> Result<(), String> {
        match self.child.and_then(Child::wait_with_output) {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(format!(
                "cannot run {}: {error}; build it with `cargo build -p gonogo-parquet`",
                self.program.display()
            )),
        }
    }
}

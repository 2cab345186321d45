//! Every exit code of `gonogo`, and nowhere else.

use std::process::ExitCode;

/// How `gonogo` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Done; for `gate`: GO; for `probe`: the arm's own channel is enforced. Attempts that failed
    /// are rows, not errors.
    Success,
    /// `gate`: NO-GO. `probe`: the arm's own channel is not enforced, or it is a control and has none. `suites check`, `fixtures check`,
    /// `setup --check`: something is wrong. `masks check`: a class is worse than on record. `trend`: an alarm.
    NoGo,
    /// It could not run: wrong usage, a bad file, a missing part.
    CannotRun,
    /// `gate`: INCONCLUSIVE. `run`: an endpoint was given up, so that rows are missing, or an arm never got an answer,
    /// so that its rows say nothing.
    Inconclusive,
    /// Stopped by Ctrl-C; the journal is complete up to there.
    Interrupted,
}

impl ExitStatus {
    /// Every status, in the order of their codes.
    pub(crate) const ALL: [Self; 5] =
        [Self::Success, Self::NoGo, Self::CannotRun, Self::Inconclusive, Self::Interrupted];

    /// The process' exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::NoGo => 1,
            Self::CannotRun => 2,
            Self::Inconclusive => 3,
            Self::Interrupted => 130,
        }
    }

    /// What the code means, for `--help`.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Success => "done; for `gate`: GO; for `probe`: enforced",
            Self::NoGo => {
                "`gate`: NO-GO; `probe`: not enforced, or a control; `suites check`, `fixtures check`, `setup --check`, `masks check`: something is wrong; `trend`: an alarm"
            }
            Self::CannotRun => "cannot run: usage, a bad file, a missing part",
            Self::Inconclusive => "`gate`: INCONCLUSIVE; `run`: an endpoint was given up or never answered",
            Self::Interrupted => {
                "stopped by Ctrl-C; finish with `gonogo run --resume RUN` or `gonogo masks --resume SURVEY`"
            }
        }
    }
}

/// The table of exit codes, for `--help`.
pub(crate) fn table() -> String {
    let lines = ExitStatus::ALL.map(|status| format!("  {:>3}  {}", status.code(), status.meaning()));
    format!("Exit codes:\n{}\n  101  a bug in gonogo", lines.join("\n"))
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

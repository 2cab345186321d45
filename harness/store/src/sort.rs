//! The sorts of results there are.

/// What a folder of results was made by, and so what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// `gonogo run`.
    Run,
    /// `gonogo masks`.
    Survey,
}

impl Sort {
    /// The file that makes a folder one of this sort.
    #[must_use]
    pub fn receipt(self) -> &'static str {
        match self {
            Self::Run => "run.json",
            Self::Survey => "survey.json",
        }
    }

    /// The word for such a folder.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Survey => "survey",
        }
    }

    /// The command that makes one.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Run => "gonogo run",
            Self::Survey => "gonogo masks",
        }
    }
}

//! Where gonogo keeps what it installed and derived: `.gonogo/` beside `gonogo.toml`.

use std::path::{Path, PathBuf};

/// The embedded default model, below that folder.
pub(crate) const MODEL: &str = "models/SmolLM2-135M-Instruct.Q4_1.gguf";

/// The folder of installed and derived things. Nothing in it is precious: `gonogo setup`
/// makes it again.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// `GONOGO_HOME`, else `.gonogo` in the project's folder.
    pub(crate) fn of(project: &Path) -> Self {
        Self(std::env::var_os("GONOGO_HOME").map_or_else(|| project.join(".gonogo"), PathBuf::from))
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded default model.
    pub(crate) fn model(&self) -> PathBuf {
        self.0.join(MODEL)
    }

    /// The tokenizers that are installed, a folder each.
    pub(crate) fn tokenizers(&self) -> PathBuf {
        self.0.join("tokenizers")
    }

    /// What workers derive from models.
    pub(crate) fn cache(&self) -> PathBuf {
        self.0.join("cache")
    }

    /// The virtual environment that holds XGrammar.
    pub(crate) fn venv(&self) -> PathBuf {
        self.0.join("python")
    }

    /// Its interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.venv().join("bin/python")
    }

    /// The virtual environment that holds the llama.cpp server.
    pub(crate) fn llama_server(&self) -> PathBuf {
        self.0.join("llama-server")
    }
}

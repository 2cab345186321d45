//! Engines by the name they are asked for.

use crate::{Engine, EngineOptions, Vocabulary};

/// Builds an engine for a vocabulary. The error names what could not be honoured.
pub type OpenEngine<'a> = &'a dyn Fn(&Vocabulary, &EngineOptions) -> Result<Box<dyn Engine>, String>;

/// An engine and the name it is asked for by.
pub struct Registered<'a> {
    /// Stable name, the same as in the engine's identity.
    pub name: &'a str,
    /// Builds it.
    pub open: OpenEngine<'a>,
}

impl<'a> Registered<'a> {
    /// The one of `engines` that `name` asks for.
    ///
    /// # Errors
    /// With the names there are, when it is none of them.
    pub fn find(engines: &[Registered<'a>], name: &str) -> Result<OpenEngine<'a>, String> {
        engines.iter().find(|engine| engine.name == name).map(|engine| engine.open).ok_or_else(|| {
            let known: Vec<&str> = engines.iter().map(|engine| engine.name).collect();
            format!("no engine `{name}` in this worker, only {}", known.join(", "))
        })
    }
}

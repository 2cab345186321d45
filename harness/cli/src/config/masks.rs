//! `[masks]`: what `gonogo masks` does when nobody says otherwise, and engines of one's own.

use std::{collections::BTreeMap, path::PathBuf};

use gonogo_protocol::masks::MaskFault;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Defaults of `gonogo masks`; every one has a flag.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MasksDefaults {
    /// Corpora; the repository's own when empty.
    pub(crate) corpora: Vec<PathBuf>,
    /// Engines to compare when none is named.
    pub(crate) engines: Vec<String>,
    /// Tokenizer; that of the embedded model when absent.
    pub(crate) tokenizer: Option<PathBuf>,
    /// Engines by name, beside those that gonogo has.
    pub(crate) engine: BTreeMap<String, EngineConfig>,
}

impl Default for MasksDefaults {
    fn default() -> Self {
        Self {
            corpora: Vec::new(),
            engines: vec!["llguidance".into(), "xgrammar".into()],
            tokenizer: None,
            engine: BTreeMap::new(),
        }
    }
}

/// An engine, or one that gonogo has with settings of its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineConfig {
    /// The engine as its worker names it [default: the table's name].
    pub(crate) engine: Option<String>,
    /// Its worker, a program that keeps to `backends/PROTOCOL.md`; gonogo's when absent.
    pub(crate) program: Option<PathBuf>,
    /// What the program is started with.
    pub(crate) arguments: Vec<String>,
    /// Options, on top of those that the configuration of an arm sets.
    pub(crate) options: Option<Map<String, Value>>,
    /// A fault to commit: tests gonogo, and shows nothing of an engine.
    pub(crate) fault: Option<MaskFault>,
}

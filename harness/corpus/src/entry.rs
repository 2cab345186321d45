//! What a corpus is made of.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{CorpusError, Draft, Spelling};

/// One schema with its instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unique in the corpus and stable: `Github_easy---o12345`, `keywords/draft7/minLength/at-the-bound`.
    pub id: String,
    /// What it is grouped by in tables: MaskBench's split, the folder or file of other layouts.
    pub split: String,
    /// The schema's exact text, with its order of properties.
    pub schema: String,
    /// What `$schema` names; without one, what the layout or the reader's options say.
    pub draft: Draft,
    /// What the entry is about, where the corpus says so; else the keywords the schema uses. Sorted.
    pub keywords: Vec<String>,
    /// Whether the labels hold with `format` asserted.
    pub formats: bool,
    /// Which mistake of an engine it would show, or what else the corpus says it is.
    pub why: Option<String>,
    /// Texts with their labels, in the corpus' order; none in a corpus of schemas alone.
    pub instances: Vec<Instance>,
}

/// A text that an engine is fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Unique in its entry.
    pub id: String,
    /// The text, byte for byte. One that is labelled invalid need not be JSON.
    pub text: String,
    /// Whether the corpus says that it is valid.
    pub labelled: bool,
    /// What it shows.
    pub why: Option<String>,
}

/// Schemas with their instances, read from one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corpus {
    /// The file's or folder's name.
    pub name: String,
    /// SHA-256 of the file, or of the list that `sha256sum` prints of a folder's files; see
    /// [`read`](crate::read()).
    pub sha256: String,
    /// In the order of the file, or of the folder's paths.
    pub entries: Vec<Entry>,
    /// What was found and not taken up.
    pub skipped: Vec<Skipped>,
}

/// Something that was found and not taken up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// Which file, row or group.
    pub what: String,
    /// Why.
    pub cause: String,
}

/// What is settled by whoever reads a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// How instances are written; those with a text of their own keep it.
    pub spelling: Spelling,
    /// The draft of a schema that names none, where the layout does not say one either.
    pub draft: Draft,
    /// The program that turns Parquet into JSONL; `None` looks beside the running program.
    pub parquet: Option<std::path::PathBuf>,
}

impl Corpus {
    /// How many instances there are in all.
    #[must_use]
    pub fn instances(&self) -> usize {
        self.entries.iter().map(|entry| entry.instances.len()).sum()
    }

    /// Every id once.
    pub(crate) fn checked(self) -> Result<Self, CorpusError> {
        if self.entries.is_empty() {
            let skipped = self.skipped.first().map(|first| format!(" ({}: {})", first.what, first.cause));
            return Err(CorpusError::Empty { what: self.name, skipped: skipped.unwrap_or_default() });
        }
        let mut seen = HashSet::new();
        for entry in &self.entries {
            if !seen.insert(&entry.id) {
                return Err(CorpusError::Repeated { corpus: self.name, id: entry.id.clone() });
            }
        }
        Ok(self)
    }
}

//! Compiling constraints with outlines-core.

use std::{collections::BTreeMap, sync::Arc};

use gonogo_core::{COMPILE_CACHE, Constraint};
use gonogo_engine::{
    CompileError, Engine, EngineOptions, Identity, Matcher, TokenId, TokenKind, Vocabulary, summary,
};
use outlines_core::{index::Index, vocabulary::Vocabulary as OutlinesVocabulary};

use crate::{matcher::IndexMatcher, regex::regex, settings::Settings};

/// The version of outlines-core that the workspace asks for; the library does not say its own. A test
/// holds it against the lock file.
const VERSION: &str = "0.2.14";

/// outlines-core for one vocabulary.
pub struct Outlines {
    vocabulary: OutlinesVocabulary,
    end: Arc<[TokenId]>,
    settings: Settings,
}

impl Outlines {
    /// Hands the vocabulary over; compiles nothing yet.
    ///
    /// # Errors
    /// An option that outlines-core cannot honour, or its complaint about the vocabulary.
    pub fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Self, String> {
        let settings = Settings::new(options)?;
        let Some(&first) = vocabulary.end().first() else {
            return Err("vocabulary names no end token; outlines needs one to end an answer".into());
        };
        let mut own = OutlinesVocabulary::new(first);
        for (id, token) in (0..).zip(vocabulary.tokens()) {
            // A control token has no text. A token of no bytes would lead from each state to itself.
            if token.kind == TokenKind::Text && !vocabulary.is_end(id) && !token.bytes.is_empty() {
                own.try_insert(token.bytes.clone(), id).map_err(|error| summary(&error.to_string()))?;
            }
        }
        Ok(Self { vocabulary: own, end: vocabulary.end().into(), settings })
    }
}

impl Engine for Outlines {
    fn identity(&self) -> Identity {
        Identity { name: "outlines".into(), version: VERSION.into() }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(COMPILE_CACHE.into(), "off".into())])
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        let regex = regex(constraint, self.settings).map_err(CompileError::Rejected)?;
        let index = Index::new(&regex, &self.vocabulary)
            .map_err(|error| CompileError::Rejected(summary(&error.to_string())))?;
        Ok(Box::new(IndexMatcher::new(index, Arc::clone(&self.end))))
    }
}

//! The llguidance engine, in process.
//!
//! Defaults are llguidance's own: open objects, any whitespace between JSON tokens, schemas
//! with unknown keywords refused, forced text cut as the tokenizer would cut it, one thread.
//! An end of text is allowed as soon as the value is complete.

mod grammar;
mod matcher;
mod tokenizer;

use std::{collections::BTreeMap, ffi::CStr};

use gonogo_core::{COMPILE_CACHE, Constraint};
use gonogo_engine::{CompileError, Engine, EngineOptions, Identity, Matcher, Vocabulary, summary};
use llguidance::ParserFactory;

/// The llguidance engine for one vocabulary.
pub struct LlGuidance {
    factory: ParserFactory,
    options: EngineOptions,
}

impl LlGuidance {
    /// Builds the token trie and the lexer slices; compiles nothing yet.
    ///
    /// # Errors
    /// An option llguidance cannot honour, or its own complaint about the vocabulary.
    pub fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Self, String> {
        if let Some(threads) = options.compile_threads.filter(|threads| *threads != 1) {
            return Err(format!(
                "llguidance compiles on one thread, not on {threads}; leave compile-threads out or set it to 1"
            ));
        }
        if options.compile_cache == Some(true) {
            return Err(
                "llguidance keeps no compiled constraints, so compile-cache = true cannot be honoured; \
                        set it to false or leave it out"
                    .into(),
            );
        }
        let environment = tokenizer::environment(vocabulary, options.canonical_tokens.unwrap_or(true))?;
        let mut factory =
            ParserFactory::new_simple(&environment).map_err(|error| summary(&error.to_string()))?;
        factory.quiet();
        Ok(Self { factory, options: options.clone() })
    }
}

impl Engine for LlGuidance {
    fn identity(&self) -> Identity {
        Identity { name: "llguidance".into(), version: version() }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(COMPILE_CACHE.into(), "off".into())])
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        let grammar = grammar::grammar(constraint, &self.options).map_err(CompileError::Rejected)?;
        let matcher = llguidance::Matcher::new(self.factory.create_parser(grammar));
        match matcher.get_error() {
            None => Ok(Box::new(matcher::LlMatcher::new(matcher, self.factory.tok_env()))),
            // llguidance catches its own panics and hands them out as errors; everything else
            // is its verdict on the constraint.
            Some(error) if error.starts_with("panic") => Err(CompileError::Failed(summary(&error))),
            Some(error) => Err(CompileError::Rejected(summary(&error))),
        }
    }
}

/// The library's own words, `llguidance@1.9.1 derivre@0.3.13`, shortened to its first version.
#[expect(unsafe_code, reason = "llguidance tells its version only through its C interface")]
fn version() -> String {
    let pointer = llguidance::ffi::llg_get_version();
    // SAFETY: llguidance documents the pointer as a NUL-terminated string that lives as long
    // as the process.
    let text = unsafe { CStr::from_ptr(pointer) }.to_string_lossy();
    let first = text.split_whitespace().next().unwrap_or_default();
    first.rsplit('@').next().unwrap_or_default().to_owned()
}

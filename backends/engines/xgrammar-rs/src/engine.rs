//! Compiling constraints with the port.

use std::collections::BTreeMap;

use gonogo_core::{COMPILE_CACHE, Constraint};
use gonogo_engine::{CompileError, Engine, EngineOptions, Identity, Matcher, TokenId, Vocabulary, summary};
use xgrammar::{CompiledGrammar, GrammarCompiler, GrammarMatcher, TokenizerInfo, VocabType};

use crate::{Settings, ebnf, matcher::PortMatcher};

/// A cache without a limit, as in XGrammar's own defaults.
const NO_LIMIT: i64 = -1;

/// The port of XGrammar for one vocabulary.
pub struct XGrammarRs {
    compiler: GrammarCompiler,
    settings: Settings,
    end: Vec<TokenId>,
    tokens: usize,
}

impl XGrammarRs {
    /// Hands the vocabulary over; compiles nothing yet.
    ///
    /// # Errors
    /// An option that XGrammar cannot honour, or its complaint about the vocabulary.
    pub fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Self, String> {
        let settings = Settings::new(options)?;
        let tokens = vocabulary.tokens().len();
        let text: Vec<Vec<u8>> =
            vocabulary.tokens().iter().map(|token| Settings::text_of(token).to_vec()).collect();
        let signed = |token: &TokenId| {
            i32::try_from(*token).map_err(|_| format!("end token {token} is too large for xgrammar-rs"))
        };
        let end = vocabulary.end().iter().map(signed).collect::<Result<_, _>>()?;
        let info = TokenizerInfo::new_from_bytes(&text, VocabType::Raw, None, Some(end), false)
            .map_err(|error| summary(&error.to_string()))?;
        let threads = i32::try_from(settings.threads).unwrap_or(i32::MAX);
        let compiler = GrammarCompiler::new(info, threads, settings.cached, NO_LIMIT);
        Ok(Self { compiler, settings, end: vocabulary.end().to_vec(), tokens })
    }

    fn compiled(&self, constraint: &Constraint) -> Result<CompiledGrammar, CompileError> {
        let (indent, separators, most_whitespace) = (None, None, None);
        let compiled = match constraint {
            Constraint::JsonSchema(text) => {
                let (schema, strict) = self.settings.schema(text);
                self.compiler.compile_json_schema(
                    &schema,
                    self.settings.any_whitespace,
                    indent,
                    separators,
                    strict,
                    most_whitespace,
                )
            }
            Constraint::Regex(regex) => self.compiler.compile_regex(regex),
            Constraint::Grammar(grammar) => self.compiler.compile_grammar_ebnf(grammar, ebnf::ROOT),
            Constraint::Choice(choices) => {
                let grammar = ebnf::one_of(choices).map_err(CompileError::Rejected)?;
                self.compiler.compile_grammar_ebnf(&grammar, ebnf::ROOT)
            }
        };
        // Every one of its errors is a verdict on the constraint.
        compiled.map_err(|error| CompileError::Rejected(summary(&error.to_string())))
    }
}

impl Engine for XGrammarRs {
    fn identity(&self) -> Identity {
        Identity { name: "xgrammar-rs".into(), version: xgrammar::VERSION.into() }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(COMPILE_CACHE.into(), if self.settings.cached { "on" } else { "off" }.into())])
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        let compiled = self.compiled(constraint)?;
        let matcher = GrammarMatcher::from_compiled_grammar(&compiled, false);
        Ok(Box::new(PortMatcher::new(matcher, self.tokens, self.end.clone())))
    }
}

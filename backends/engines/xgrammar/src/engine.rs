//! Compiling constraints with XGrammar.

use std::collections::BTreeMap;

use gonogo_core::{COMPILE_CACHE, Constraint};
use gonogo_engine::{
    AdditionalProperties, CompileError, Engine, EngineOptions, Identity, Matcher, Token, TokenId, TokenKind,
    Unsupported, Vocabulary, Whitespace,
};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyList},
};

use crate::{
    error,
    matcher::XMatcher,
    wheel::{Room, Wheel},
};

/// XGrammar's default number of compile threads.
const COMPILE_THREADS: u32 = 8;
/// XGrammar's code for a vocabulary of plain bytes.
const RAW_VOCABULARY: u32 = 0;

/// The XGrammar engine for one vocabulary.
pub(crate) struct XGrammar {
    wheel: Wheel,
    compiler: Py<PyAny>,
    room: Room,
    end: Vec<TokenId>,
    any_whitespace: bool,
    strict: bool,
    cached: bool,
}

impl XGrammar {
    /// Loads the wheel and hands it the vocabulary; compiles nothing yet.
    pub(crate) fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Self, String> {
        if options.unsupported == Some(Unsupported::Reject) {
            return Err("xgrammar drops keywords it does not implement without a word, so unsupported = \
                        \"reject\" cannot be honoured; set it to \"ignore\" or leave it out"
                .into());
        }
        if options.canonical_tokens == Some(true) {
            return Err("xgrammar allows every cut of forced text, so canonical-tokens = true cannot be \
                        honoured; set it to false or leave it out"
                .into());
        }
        Python::attach(|py| Self::load(py, vocabulary, options).map_err(|error| error::message(py, &error)))
    }

    fn load(py: Python<'_>, vocabulary: &Vocabulary, options: &EngineOptions) -> PyResult<Self> {
        let wheel = Wheel::load(py)?;
        let core = wheel.core.bind(py);
        let tokens = vocabulary.tokens();
        let text = PyList::new(py, tokens.iter().map(|token| PyBytes::new(py, text_of(token))))?;
        let end = vocabulary.end().to_vec();
        let info =
            core.getattr("TokenizerInfo")?.call1((text, RAW_VOCABULARY, tokens.len(), end.clone(), false))?;
        let threads = options.compile_threads.unwrap_or(COMPILE_THREADS);
        // Without a limit, as in XGrammar's own defaults.
        let (cached, cache_bytes) = (options.compile_cache.unwrap_or(true), -1);
        let compiler = core.getattr("GrammarCompiler")?.call1((info, threads, cached, cache_bytes))?.unbind();
        let room = wheel.room(py, tokens.len().div_ceil(32))?;
        let any_whitespace = match options.whitespace {
            None | Some(Whitespace::Flexible) => true,
            Some(Whitespace::Fixed) => false,
        };
        let strict = match options.additional_properties {
            None | Some(AdditionalProperties::Closed) => true,
            Some(AdditionalProperties::Open) => false,
        };
        Ok(Self { wheel, compiler, room, end, any_whitespace, strict, cached })
    }

    fn compiled<'py>(&self, py: Python<'py>, constraint: &Constraint) -> PyResult<Bound<'py, PyAny>> {
        let compiler = self.compiler.bind(py);
        let (indent, separators, most_whitespace) = (py.None(), py.None(), py.None());
        let any_order = false;
        match constraint {
            Constraint::JsonSchema(schema) => compiler.call_method1(
                "compile_json_schema",
                (schema, self.any_whitespace, indent, separators, self.strict, most_whitespace, any_order),
            ),
            Constraint::Regex(regex) => compiler.call_method1("compile_regex", (regex,)),
            Constraint::Grammar(ebnf) => ebnf_grammar(compiler, ebnf),
            Constraint::Choice(choices) => {
                let literals: Vec<String> = choices.iter().map(|choice| literal(choice)).collect();
                ebnf_grammar(compiler, &format!("root ::= {}", literals.join(" | ")))
            }
        }
    }

    fn matcher(&self, py: Python<'_>, constraint: &Constraint) -> PyResult<XMatcher> {
        let compiled = self.compiled(py, constraint)?;
        let (stop_tokens, without_stop, rollback, temperature) = (py.None(), false, -1, py.None());
        let matcher = self.wheel.core.bind(py).getattr("GrammarMatcher")?.call1((
            compiled,
            stop_tokens,
            without_stop,
            rollback,
            temperature,
        ))?;
        XMatcher::new(&matcher, self.room.share(py), self.end.clone())
    }
}

impl Engine for XGrammar {
    fn identity(&self) -> Identity {
        Identity { name: "xgrammar".into(), version: self.wheel.version.clone() }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("engine.python".into(), self.wheel.python.clone()),
            (COMPILE_CACHE.into(), if self.cached { "on" } else { "off" }.into()),
        ])
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        if matches!(constraint, Constraint::Choice(choices) if choices.is_empty()) {
            return Err(CompileError::Rejected("choice among no strings".into()));
        }
        Python::attach(|py| match self.matcher(py, constraint) {
            Ok(matcher) => Ok(Box::new(matcher) as Box<dyn Matcher>),
            Err(error) => Err(error::compile(py, &error)),
        })
    }
}

/// What XGrammar is told of a token: nothing of a control token, which it then treats as
/// special and never allows as text, whatever its name spells.
fn text_of(token: &Token) -> &[u8] {
    match token.kind {
        TokenKind::Text => &token.bytes,
        TokenKind::Control => &[],
    }
}

fn ebnf_grammar<'py>(compiler: &Bound<'py, PyAny>, ebnf: &str) -> PyResult<Bound<'py, PyAny>> {
    compiler.call_method1("compile_grammar_from_strings", (ebnf, "root"))
}

/// `text` as a string literal of XGrammar's EBNF.
fn literal(text: &str) -> String {
    let mut literal = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if c.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

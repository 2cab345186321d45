//! Compiling constraints with XGrammar.

use std::collections::BTreeMap;

use gonogo_core::{COMPILE_CACHE, Constraint};
use gonogo_engine::{CompileError, Engine, EngineOptions, Identity, Matcher, TokenId, Vocabulary};
use gonogo_xgrammar_rs::{Settings, one_of};
use pyo3::{
    exceptions::PyRuntimeError,
    prelude::*,
    types::{PyBytes, PyList},
};

use crate::{
    error,
    matcher::XMatcher,
    wheel::{Room, Wheel},
};

/// XGrammar's code for a vocabulary of plain bytes.
const RAW_VOCABULARY: u32 = 0;

/// The XGrammar engine for one vocabulary.
pub struct XGrammar {
    wheel: Wheel,
    compiler: Py<PyAny>,
    room: Room,
    end: Vec<TokenId>,
    settings: Settings,
}

impl XGrammar {
    /// Loads the wheel and hands it the vocabulary; compiles nothing yet.
    ///
    /// # Errors
    /// An option that XGrammar cannot honour, or Python's complaint.
    pub fn open(vocabulary: &Vocabulary, options: &EngineOptions) -> Result<Self, String> {
        let settings = Settings::new(options)?;
        Python::attach(|py| Self::load(py, vocabulary, settings).map_err(|error| error::message(py, &error)))
    }

    fn load(py: Python<'_>, vocabulary: &Vocabulary, settings: Settings) -> PyResult<Self> {
        let wheel = Wheel::load(py)?;
        let core = wheel.core.bind(py);
        let tokens = vocabulary.tokens();
        let text = PyList::new(py, tokens.iter().map(|token| PyBytes::new(py, Settings::text_of(token))))?;
        let end = vocabulary.end().to_vec();
        let info =
            core.getattr("TokenizerInfo")?.call1((text, RAW_VOCABULARY, tokens.len(), end.clone(), false))?;
        // Without a limit, as in XGrammar's own defaults.
        let (threads, cached, cache_bytes) = (settings.threads, settings.cached, -1);
        let compiler = core.getattr("GrammarCompiler")?.call1((info, threads, cached, cache_bytes))?.unbind();
        let room = wheel.room(py, tokens.len().div_ceil(32))?;
        Ok(Self { wheel, compiler, room, end, settings })
    }

    fn compiled<'py>(&self, py: Python<'py>, constraint: &Constraint) -> PyResult<Bound<'py, PyAny>> {
        let compiler = self.compiler.bind(py);
        let (indent, separators, most_whitespace) = (py.None(), py.None(), py.None());
        let any_order = false;
        match constraint {
            Constraint::JsonSchema(text) => {
                let (schema, strict) = self.settings.schema(text);
                let whitespace = self.settings.any_whitespace;
                compiler.call_method1(
                    "compile_json_schema",
                    (schema, whitespace, indent, separators, strict, most_whitespace, any_order),
                )
            }
            Constraint::Regex(regex) => compiler.call_method1("compile_regex", (regex,)),
            Constraint::Grammar(ebnf) => ebnf_grammar(compiler, ebnf),
            Constraint::Choice(choices) => {
                ebnf_grammar(compiler, &one_of(choices).map_err(PyRuntimeError::new_err)?)
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
            (COMPILE_CACHE.into(), if self.settings.cached { "on" } else { "off" }.into()),
        ])
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        Python::attach(|py| match self.matcher(py, constraint) {
            Ok(matcher) => Ok(Box::new(matcher) as Box<dyn Matcher>),
            Err(error) => Err(error::compile(py, &error)),
        })
    }
}

fn ebnf_grammar<'py>(compiler: &Bound<'py, PyAny>, ebnf: &str) -> PyResult<Bound<'py, PyAny>> {
    compiler.call_method1("compile_grammar_from_strings", (ebnf, "root"))
}

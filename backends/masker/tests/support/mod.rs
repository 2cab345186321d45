//! A small vocabulary, and the plumbing to hold a conversation about it.

// Every test includes this file and uses its own part of it.
#![allow(dead_code, reason = "shared between test binaries")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use gonogo_core::Constraint;
use gonogo_engine::{Engine, EngineOptions, Token, TokenId, TokenKind, Vocabulary};
use gonogo_llguidance::LlGuidance;
use gonogo_masker::{Channel, converse};
use gonogo_outlines::Outlines;
use gonogo_protocol::masks::{Draw, FromMasker, Hello, Look, MaskFault, ToMasker, Trial, VERSION, Walked};
use gonogo_xgrammar_rs::XGrammarRs;
use serde_json::{Value, json};

/// Control tokens; the first two end an answer.
pub(crate) const CONTROL: [&str; 3] = ["<|end|>", "<|im_end|>", "<|im_start|>"];
/// Tokens of several bytes, as a tokenizer would have merged them.
const MERGED: [&str; 12] =
    ["{\"", "\": ", "\", \"", "\"}", "true", "false", "null", "answer", "an", "é", "12", "[]"];

/// The engines that run in this process, by name.
pub(crate) const ENGINES: [&str; 3] = ["llguidance", "outlines", "xgrammar-rs"];

/// Control tokens, every single byte, and some merged ones.
pub(crate) fn vocabulary() -> Vocabulary {
    let token = |bytes: &[u8], kind| Token { bytes: bytes.to_vec(), kind };
    let control = CONTROL.iter().map(|name| token(name.as_bytes(), TokenKind::Control));
    let bytes = (0..=u8::MAX).map(|byte| token(&[byte], TokenKind::Text));
    let merged = MERGED.iter().map(|text| token(text.as_bytes(), TokenKind::Text));
    let tokens: Vec<Token> = control.chain(bytes).chain(merged).collect();
    let table = tokens.clone();
    Vocabulary::new(tokens, vec![0, 1], Arc::new(move |text| longest_match(&table, text)))
}

/// Cuts text by always taking the longest token that fits.
fn longest_match(tokens: &[Token], text: &str) -> Vec<TokenId> {
    let mut rest = text.as_bytes();
    let mut cut = Vec::new();
    while !rest.is_empty() {
        let fits = tokens
            .iter()
            .zip(0..)
            .filter(|(token, _)| token.kind == TokenKind::Text && rest.starts_with(&token.bytes));
        let (token, id) = fits.max_by_key(|(token, _)| token.bytes.len()).expect("every byte is a token");
        cut.push(id);
        rest = &rest[token.bytes.len()..];
    }
    cut
}

/// The tokens of `text`.
pub(crate) fn cut(text: &str) -> Vec<TokenId> {
    vocabulary().encode(text)
}

/// The text of `tokens`.
pub(crate) fn text(tokens: &[TokenId]) -> String {
    let vocabulary = vocabulary();
    let bytes = tokens.iter().flat_map(|token| vocabulary.text(*token).to_vec()).collect();
    String::from_utf8(bytes).unwrap()
}

/// One of [`ENGINES`].
pub(crate) fn open(name: &str, options: &EngineOptions) -> Result<Box<dyn Engine>, String> {
    let vocabulary = vocabulary();
    Ok(match name {
        "llguidance" => Box::new(LlGuidance::open(&vocabulary, options)?),
        "outlines" => Box::new(Outlines::open(&vocabulary, options)?),
        "xgrammar-rs" => Box::new(XGrammarRs::open(&vocabulary, options)?),
        other => return Err(format!("no engine {other}")),
    })
}

/// A hello to an engine that runs in this process.
pub(crate) fn hello(engine: &str, options: &Value, fault: Option<MaskFault>) -> ToMasker {
    ToMasker::Hello(Hello {
        protocol: VERSION,
        engine: engine.into(),
        options: options.clone(),
        tokenizer: String::new(),
        vocabulary: String::new(),
        address_space_bytes: 1 << 30,
        fault,
    })
}

/// A constraint of this schema.
pub(crate) fn schema(schema: &Value) -> Constraint {
    Constraint::JsonSchema(schema.to_string())
}

/// A trial with sums.
pub(crate) fn trial(constraint: &Constraint, walks: Vec<Vec<TokenId>>) -> ToMasker {
    ToMasker::Trial(Trial { id: 7, constraint: constraint.clone(), walks, recompiles: 0, sums: true })
}

pub(crate) fn look(constraint: &Constraint, tokens: Vec<TokenId>) -> ToMasker {
    ToMasker::Look(Look { constraint: constraint.clone(), tokens })
}

pub(crate) fn draw(constraint: &Constraint, tokens: Vec<TokenId>, seed: u64) -> ToMasker {
    ToMasker::Draw(Draw { constraint: constraint.clone(), tokens, seed, max_tokens: 60 })
}

/// Opens an engine, as the conversation wants it.
pub(crate) type OpenTest<'a> = &'a dyn Fn(&Vocabulary, &Hello) -> Result<Box<dyn Engine>, String>;

/// Every line the worker writes in answer to `lines`, as text.
pub(crate) fn conversation(vocabulary: Vocabulary, open: OpenTest<'_>, lines: &[String]) -> Vec<String> {
    let channel = Channel::new(Vec::new());
    let ended = converse(lines.iter().cloned(), &channel, open, |_| Ok(vocabulary));
    let written = String::from_utf8(channel.into_stream()).unwrap();
    let written: Vec<String> = written.lines().map(str::to_owned).collect();
    // A refused hello ends in an error and a line that says so.
    assert!(ended.is_ok() || written.len() == 1, "{ended:?}");
    written
}

/// As [`conversation`], with the small vocabulary, written and read.
pub(crate) fn spoken(open: OpenTest<'_>, lines: &[ToMasker]) -> Vec<FromMasker> {
    let lines: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    let said = conversation(vocabulary(), open, &lines);
    said.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What one of [`ENGINES`] answers to `lines`, without its `ready`.
pub(crate) fn ask(engine: &str, options: &Value, lines: &[ToMasker]) -> Vec<FromMasker> {
    let named = |_: &Vocabulary, hello: &Hello| open(&hello.engine, &EngineOptions::read(&hello.options)?);
    let lines = [&[hello(engine, options, None)], lines].concat();
    let mut said = spoken(&named, &lines);
    assert!(matches!(said.remove(0), FromMasker::Ready(_)), "{engine} is not ready");
    said
}

/// The walks of one trial.
pub(crate) fn walks(engine: &str, options: &Value, constraint: &Constraint, texts: &[&str]) -> Vec<Walked> {
    let tokens = texts.iter().map(|text| cut(text)).collect();
    let said = ask(engine, options, &[trial(constraint, tokens)]);
    let walked: Vec<Walked> = said.iter().filter_map(walked).collect();
    assert_eq!(walked.len(), texts.len(), "{engine}: {said:?}");
    walked
}

/// The line as the end of a walk.
pub(crate) fn walked(line: &FromMasker) -> Option<Walked> {
    match line {
        FromMasker::Walked(walked) => Some(walked.clone()),
        FromMasker::Ready(_)
        | FromMasker::Compiled(_)
        | FromMasker::Recompiled(_)
        | FromMasker::Seen(_)
        | FromMasker::Drawn(_)
        | FromMasker::Heartbeat(_)
        | FromMasker::Failed(_) => None,
    }
}

/// Any cut of forced text: this vocabulary's tokenizer is greedy.
pub(crate) fn any_cut() -> Value {
    json!({"canonical-tokens": false})
}

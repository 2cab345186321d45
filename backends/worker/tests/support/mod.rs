//! A model that always wants the same answer, and the plumbing to hold a conversation with it.

// Every test and bench includes this file and uses its own part of it.
#![allow(dead_code, reason = "shared between test binaries")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use gonogo_core::Message;
use gonogo_engine::{Engine, Token, TokenId, TokenKind, Vocabulary};
use gonogo_protocol::{FromWorker, Hello};
use gonogo_worker::{Channel, LanguageModel, Loaded, converse};

/// The token that ends an answer.
pub(crate) const END: TokenId = 0;

/// One token a byte, after the end token: byte `b` is token `b + 1`.
pub(crate) fn bytes_vocabulary() -> Vocabulary {
    let end = Token { bytes: b"<end>".to_vec(), kind: TokenKind::Control };
    let bytes = (0..=u8::MAX).map(|byte| Token { bytes: vec![byte], kind: TokenKind::Text });
    let tokens = std::iter::once(end).chain(bytes).collect();
    Vocabulary::new(tokens, vec![END], Arc::new(|text| tokens_of(text.as_bytes())))
}

/// The tokens of `bytes` in [`bytes_vocabulary`].
pub(crate) fn tokens_of(bytes: &[u8]) -> Vec<TokenId> {
    bytes.iter().map(|byte| TokenId::from(*byte) + 1).collect()
}

/// Wants the tokens of a script one after the other, and the end token after them.
pub(crate) struct Scripted {
    vocabulary: Vocabulary,
    script: Vec<TokenId>,
    context: usize,
    logits: Vec<f32>,
    forwards: usize,
    wanted: TokenId,
    panic_at: Option<usize>,
}

impl Scripted {
    /// Wants `script`, in a context of 64 tokens.
    pub(crate) fn new(vocabulary: Vocabulary, script: Vec<TokenId>) -> Self {
        let logits = vec![0.0; vocabulary.tokens().len()];
        Self { vocabulary, script, context: 64, logits, forwards: 0, wanted: END, panic_at: None }
    }

    /// Holds `context` tokens.
    pub(crate) fn with_context(self, context: usize) -> Self {
        Self { context, ..self }
    }

    /// Panics in its forward pass number `forward`, the prompt's being 0.
    pub(crate) fn panicking_at(self, forward: usize) -> Self {
        Self { panic_at: Some(forward), ..self }
    }
}

impl LanguageModel for Scripted {
    fn facts(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("model.name".to_owned(), "scripted".to_owned())])
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn context(&self) -> usize {
        self.context
    }

    fn prompt(&self, messages: &[Message]) -> Result<Vec<TokenId>, String> {
        Ok(messages.iter().flat_map(|message| tokens_of(message.content.as_bytes())).collect())
    }

    fn restart(&mut self) {
        self.forwards = 0;
    }

    fn forward(&mut self, _: &[TokenId]) -> Result<&[f32], String> {
        assert_ne!(self.panic_at, Some(self.forwards), "scripted to panic");
        let end = self.vocabulary.end().first().copied().unwrap_or(END);
        self.logits[self.wanted as usize] = 0.0;
        self.wanted = self.script.get(self.forwards).copied().unwrap_or(end);
        self.logits[self.wanted as usize] = 1.0;
        self.forwards += 1;
        Ok(&self.logits)
    }
}

/// Opens an engine, as the loop wants it.
pub(crate) type OpenTest<'a> = &'a dyn Fn(&Vocabulary, &Hello) -> Result<Box<dyn Engine>, String>;

/// Every line the worker writes in answer to `lines`, as text.
pub(crate) fn conversation(model: Scripted, open: OpenTest<'_>, lines: &[String]) -> Vec<String> {
    let channel = Channel::new(Vec::new());
    let ended = converse(lines.iter().cloned(), &channel, |_| Ok(Loaded { model, open }));
    let written = String::from_utf8(channel.into_stream()).unwrap();
    let written: Vec<String> = written.lines().map(str::to_owned).collect();
    // A refused hello ends in an error and a line that says so.
    assert!(ended.is_ok() || written.len() == 1, "{ended:?}");
    written
}

/// As [`conversation`], read.
pub(crate) fn spoken(model: Scripted, open: OpenTest<'_>, lines: &[String]) -> Vec<FromWorker> {
    conversation(model, open, lines).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The state folder of this checkout.
///
/// # Panics
/// When there is none, naming the command that makes it.
pub(crate) fn home() -> PathBuf {
    if let Some(home) = std::env::var_os("GONOGO_HOME") {
        return home.into();
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join(".gonogo"))
        .find(|folder| folder.is_dir())
        .expect("there is no .gonogo folder above this crate; run `gonogo setup`")
}

/// The embedded model under `home`.
///
/// # Panics
/// When it is not there, naming the command that fetches it.
pub(crate) fn model_file(home: &Path) -> PathBuf {
    let model = home.join("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    assert!(model.is_file(), "the model {} is not there; run `gonogo setup`", model.display());
    model
}

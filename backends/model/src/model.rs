//! A model as its users see it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use gonogo_core::Message;
use gonogo_engine::{TokenId, Vocabulary};
use gonogo_tokenizer::{GgufTokenizer, Metadata};
use rayon::ThreadPool;

use crate::{
    ModelError,
    error::Refusal,
    gguf::{self, Gguf},
    llama::{Llama, Reader, Shape},
    requantise,
    template::Template,
};

/// The version of candle that reads, converts and (all but Q8_0) multiplies the formats.
const CANDLE: &str = "0.11.1";

/// What to open and how to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOptions {
    /// The GGUF file.
    pub path: PathBuf,
    /// Folder for requantised weights; it is made when needed.
    pub cache: PathBuf,
    /// Threads to compute with, at least 1. With 1, the calling thread does everything. The
    /// number changes the speed and not one bit of the result.
    pub threads: usize,
    /// Tokens to make room for, prompt and answer together; 0 takes what the model was
    /// trained for.
    pub context: usize,
}

/// A model with its tokenizer, its chat template and the tokens it has read so far.
pub struct Model {
    llama: Llama,
    tokenizer: GgufTokenizer,
    template: Option<Template>,
    pool: Option<ThreadPool>,
    facts: BTreeMap<String, String>,
}

impl Model {
    /// Reads a model into memory. The first time, weights in formats that candle multiplies
    /// slowly are requantised into the cache folder.
    ///
    /// # Errors
    /// [`ModelError`] says whether the file is absent, damaged or needs what is not here, or
    /// the options do not fit it.
    pub fn open(options: &ModelOptions) -> Result<Self, ModelError> {
        let path = &options.path;
        let unreadable = |cause| ModelError::Unreadable { path: path.clone(), cause };
        let mut source = Gguf::open(path)?;
        let metadata = source.metadata()?;
        let shape = Shape::read(&metadata).map_err(|refusal| refusal.of(path))?;
        let context = context(options, &shape)?;
        let tokenizer = GgufTokenizer::read(&metadata, &[]);
        let tokenizer = tokenizer.map_err(|refusal| Refusal::from(refusal).of(path))?;
        let template = template(&metadata, &tokenizer, path)?;
        let pool = pool(options.threads)?;

        let hash = gguf::sha256(path, u64::MAX).map_err(unreadable)?;
        let mut facts = facts(&source, &metadata, &hash).map_err(|cause| Refusal::from(cause).of(path))?;
        let fast = requantise::open(&mut source, &hash, &options.cache)?;
        let vocabulary = tokenizer.vocabulary().tokens().len();
        let mut reader = Reader::new(&mut source, fast);
        let weights = reader.weights(&shape, vocabulary)?;
        let run = counts(&reader.finish()?);

        if let Some(quantisation) = facts.get_mut("model.quantisation") {
            *quantisation = format!("{quantisation} -> {run}");
        }
        facts.insert("model.context".into(), context.to_string());
        facts.insert("tokenizer.pre".into(), tokenizer.pre().into());
        facts.insert("threads".into(), options.threads.to_string());
        let llama = Llama::new(shape, weights, vocabulary, context, options.threads);
        Ok(Self { llama, tokenizer, template, pool, facts })
    }

    /// What a receipt says about this model: `model.sha256`, `model.name`,
    /// `model.architecture`, `model.parameters`, `model.quantisation` (matrices as shipped, then
    /// as run), `model.context` (tokens), `tokenizer.kind`, `tokenizer.pre`, `threads`,
    /// `decoder`.
    #[must_use]
    pub fn facts(&self) -> BTreeMap<String, String> {
        self.facts.clone()
    }

    /// The model's tokens.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        self.tokenizer.vocabulary()
    }

    /// The prompt for a conversation: the file's chat template, ending where the assistant
    /// speaks, cut with control tokens recognised. A message that spells a control token is
    /// taken at its word, as llama.cpp does.
    ///
    /// # Errors
    /// [`ModelError::Template`] when the file has no chat template or the template objects.
    pub fn prompt(&self, messages: &[Message]) -> Result<Vec<TokenId>, ModelError> {
        self.tokens(&self.render(messages)?)
    }

    /// The text of [`Self::prompt`].
    ///
    /// # Errors
    /// As [`Self::prompt`].
    pub fn render(&self, messages: &[Message]) -> Result<String, ModelError> {
        let template = self.template.as_ref();
        template
            .ok_or_else(|| {
                ModelError::Template(
                    "the file has no tokenizer.chat_template; choose an instruct model".into(),
                )
            })?
            .render(messages)
    }

    /// Cuts text with control tokens recognised, as a prompt is cut.
    ///
    /// # Errors
    /// [`ModelError::Tokenizer`] when the tokenizer fails.
    pub fn tokens(&self, text: &str) -> Result<Vec<TokenId>, ModelError> {
        self.tokenizer.prompt(text).map_err(ModelError::Tokenizer)
    }

    /// Tokens there is room for, prompt and answer together.
    #[must_use]
    pub fn context(&self) -> usize {
        self.llama.context()
    }

    /// Tokens read since the start.
    #[must_use]
    pub fn held(&self) -> usize {
        self.llama.held()
    }

    /// Forgets everything read so far.
    pub fn restart(&mut self) {
        self.llama.restart();
    }

    /// Appends tokens and returns the logits of the next, one for each token of the vocabulary.
    /// On one machine, the same tokens since the start give the same bits, in whatever portions
    /// they are appended and on however many threads.
    ///
    /// # Errors
    /// [`ModelError::ContextFull`], [`ModelError::UnknownToken`] or [`ModelError::NoTokens`];
    /// nothing was appended then.
    pub fn forward(&mut self, tokens: &[TokenId]) -> Result<&[f32], ModelError> {
        let (held, context) = (self.llama.held(), self.llama.context());
        if tokens.len() > context - held {
            return Err(ModelError::ContextFull { held, asked: tokens.len(), context });
        }
        let vocabulary = self.vocabulary().tokens().len();
        if let Some(unknown) = tokens.iter().find(|token| **token as usize >= vocabulary) {
            return Err(ModelError::UnknownToken(*unknown));
        }
        if tokens.is_empty() {
            return Err(ModelError::NoTokens);
        }
        match &self.pool {
            Some(pool) => pool.install(|| self.llama.forward(tokens)),
            None => self.llama.forward(tokens),
        }
        Ok(self.llama.logits())
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("facts", &self.facts).field("held", &self.held()).finish()
    }
}

fn context(options: &ModelOptions, shape: &Shape) -> Result<usize, ModelError> {
    match options.context {
        0 => Ok(shape.context),
        asked if asked <= shape.context => Ok(asked),
        asked => Err(ModelError::Options {
            what: format!("a context of {asked} tokens is more than the model was trained for"),
            remedy: format!("ask for at most {}", shape.context),
        }),
    }
}

fn template(
    metadata: &Metadata,
    tokenizer: &GgufTokenizer,
    path: &Path,
) -> Result<Option<Template>, ModelError> {
    let source = metadata.text("tokenizer.chat_template").map_err(|cause| Refusal::from(cause).of(path))?;
    let (bos, eos) = tokenizer.names();
    source.map(|source| Template::new(source.to_owned(), bos, eos)).transpose()
}

fn pool(threads: usize) -> Result<Option<ThreadPool>, ModelError> {
    let options = |what: String| ModelError::Options { what, remedy: "ask for 1 or more threads".into() };
    match threads {
        0 => Err(options("a model cannot run on 0 threads".into())),
        1 => Ok(None),
        _ => rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("model-{index}"))
            .build()
            .map(Some)
            .map_err(|error| options(format!("{threads} threads were not started: {error}"))),
    }
}

fn facts(source: &Gguf, metadata: &Metadata, hash: &str) -> Result<BTreeMap<String, String>, String> {
    let tensors = source.tensors();
    let parameters: usize = tensors.iter().map(|(.., values)| values).sum();
    let mut shipped = BTreeMap::new();
    for (_, dtype, _) in tensors.iter().filter(|(name, ..)| !is_vector(name)) {
        *shipped.entry(format!("{dtype:?}")).or_default() += 1;
    }
    let text = |key: &str| Ok::<_, String>(metadata.text(key)?.unwrap_or("unnamed").to_owned());
    Ok(BTreeMap::from([
        ("model.sha256".into(), hash.to_owned()),
        ("model.name".into(), text("general.name")?),
        ("model.architecture".into(), text("general.architecture")?),
        ("model.parameters".into(), parameters.to_string()),
        ("model.quantisation".into(), counts(&shipped)),
        ("tokenizer.kind".into(), text("tokenizer.ggml.model")?),
        ("decoder".into(), format!("gonogo-model {} on candle {CANDLE}", env!("CARGO_PKG_VERSION"))),
    ]))
}

/// Norms and rotation divisors: vectors, always floats, never quantised.
fn is_vector(name: &str) -> bool {
    name.ends_with("_norm.weight") || name == "rope_freqs.weight"
}

/// `Q4_1 x210, Q8_0 x1`.
fn counts(formats: &BTreeMap<String, usize>) -> String {
    let parts: Vec<_> = formats.iter().map(|(format, count)| format!("{format} x{count}")).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::CANDLE;

    #[test]
    fn the_decoder_fact_names_the_candle_that_is_locked() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"candle-core\"\nversion = \"{CANDLE}\"")));
    }
}

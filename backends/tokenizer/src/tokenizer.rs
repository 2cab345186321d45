//! A tokenizer as its users see it.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use gonogo_engine::{Token, TokenId, Vocabulary};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokenizers::Tokenizer as Pipeline;

use crate::{
    Metadata, TokenizerError, TokenizerOptions, error::Refusal, gguf::GgufTokenizer, hugging_face, ranks,
    text,
};

/// What kind of file a tokenizer was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A GGUF model.
    Gguf,
    /// A Hugging Face `tokenizer.json`.
    HuggingFace,
    /// A tiktoken file: a token in base64 and its rank, a line each.
    Tiktoken,
    /// Mistral's `tekken.json`.
    Tekken,
}

impl Format {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gguf => "gguf",
            Self::HuggingFace => "tokenizer.json",
            Self::Tiktoken => "tiktoken",
            Self::Tekken => "tekken",
        }
    }
}

/// What every format comes down to.
pub(crate) struct Parts {
    /// Every token, by id.
    pub(crate) tokens: Vec<Token>,
    /// The tokens that end an answer.
    pub(crate) end: Vec<TokenId>,
    /// What cuts text, unable to make a control token.
    pub(crate) pipeline: Pipeline,
    /// A name better than the file's, if there is one.
    pub(crate) name: Option<String>,
}

impl Parts {
    fn finish(self) -> (Vocabulary, Option<String>) {
        (Vocabulary::new(self.tokens, self.end, text::encoder(self.pipeline)), self.name)
    }
}

/// A tokenizer read from a file.
#[derive(Debug)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    format: Format,
    name: String,
    sha256: String,
}

impl Tokenizer {
    /// Reads a tokenizer, whatever its format, taking everything from the file and those beside
    /// it.
    ///
    /// # Errors
    /// [`TokenizerError`] says whether the file is absent, of no known format, damaged, needs
    /// what is not here or leaves something open that [`Self::open_with`] can be told.
    pub fn open(path: &Path) -> Result<Self, TokenizerError> {
        Self::open_with(path, &TokenizerOptions::default())
    }

    /// Reads a tokenizer of which something is known beside its file.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(path: &Path, options: &TokenizerOptions) -> Result<Self, TokenizerError> {
        let unreadable = |cause| TokenizerError::Unreadable { path: path.to_owned(), cause };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut magic = Vec::new();
        file.by_ref().take(4).read_to_end(&mut magic).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        if magic == *b"GGUF" {
            return gguf(path, file, options);
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(unreadable)?;
        let (format, parts) = match recognise(&content) {
            Ok(Content::Tiktoken(lines)) => (Format::Tiktoken, ranks::tiktoken::read(lines, options)),
            Ok(Content::Tekken(json)) => (Format::Tekken, ranks::tekken::read(json, options)),
            Ok(Content::HuggingFace(json)) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                (Format::HuggingFace, hugging_face::read(json, folder, options))
            }
            Err(found) => return Err(TokenizerError::Unrecognised { path: path.to_owned(), found }),
        };
        let (vocabulary, name) = parts.map_err(|refusal| refusal.of(path))?.finish();
        let name = name.unwrap_or_else(|| file_name(path));
        Ok(Self { vocabulary, format, name, sha256: hex(&Sha256::digest(&content)) })
    }

    /// Its tokens, and how it cuts text. What it has no token for is left out there, without a
    /// word; [`Self::encode`] says so.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What kind of file it was read from.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// A short name for tables: the model's in a GGUF file, the encoding's for a tiktoken file,
    /// else the file's or its folder's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the file, as hex digits.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Cuts text, and makes sure that the tokens spell it.
    ///
    /// # Errors
    /// [`TokenizerError::Unspellable`] when they do not: some vocabularies lack tokens for rare
    /// bytes.
    pub fn encode(&self, text: &str) -> Result<Vec<TokenId>, TokenizerError> {
        let tokens = self.vocabulary.encode(text);
        let mut at = 0;
        for token in &tokens {
            let bytes = self.vocabulary.text(*token);
            if !text.as_bytes()[at..].starts_with(bytes) {
                return Err(self.unspellable(text, at));
            }
            at += bytes.len();
        }
        if at == text.len() { Ok(tokens) } else { Err(self.unspellable(text, at)) }
    }

    /// The bytes that tokens spell: none for a control token, nor for one that there is not.
    #[must_use]
    pub fn decode(&self, tokens: &[TokenId]) -> Vec<u8> {
        tokens.iter().flat_map(|token| self.vocabulary.text(*token)).copied().collect()
    }

    fn unspellable(&self, text: &str, at: usize) -> TokenizerError {
        let near = text.get(text.floor_char_boundary(at)..).unwrap_or_default();
        let near = near.chars().take(20).collect();
        TokenizerError::Unspellable { name: self.name.clone(), at, near }
    }
}

/// What a file that is no GGUF holds.
enum Content<'a> {
    Tiktoken(&'a str),
    Tekken(Value),
    HuggingFace(Value),
}

/// Tells the formats apart, or says what it found.
fn recognise(content: &[u8]) -> Result<Content<'_>, String> {
    let text = str::from_utf8(content).map_err(|_| "it is neither GGUF nor text".to_owned())?;
    if ranks::tiktoken::is(text) {
        return Ok(Content::Tiktoken(text));
    }
    if !text.trim_start().starts_with('{') {
        return Err("it is text, but neither JSON nor lines of base64 and a rank".into());
    }
    let json: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON ({error})"))?;
    if json.pointer("/model/vocab").is_some() {
        return Ok(Content::HuggingFace(json));
    }
    if json.get("config").is_some() && json.get("vocab").is_some() {
        return Ok(Content::Tekken(json));
    }
    let members = json.as_object().map(|members| members.keys().take(8).cloned().collect::<Vec<_>>());
    Err(format!("it is JSON with the members {}", members.unwrap_or_default().join(", ")))
}

fn gguf(path: &Path, mut file: File, options: &TokenizerOptions) -> Result<Tokenizer, TokenizerError> {
    let unreadable = |cause| TokenizerError::Unreadable { path: path.to_owned(), cause };
    let metadata = Metadata::read(BufReader::with_capacity(1 << 16, &file));
    let metadata = metadata.map_err(|cause| Refusal::from(cause).of(path))?;
    let tokenizer = GgufTokenizer::read(&metadata, &options.end).map_err(|refusal| refusal.of(path))?;
    let name = metadata.text("general.name").map_err(|cause| Refusal::from(cause).of(path))?;
    file.rewind().map_err(unreadable)?;
    Ok(Tokenizer {
        vocabulary: tokenizer.vocabulary().clone(),
        format: Format::Gguf,
        name: name.map_or_else(|| file_name(path), str::to_owned),
        sha256: sha256(file).map_err(unreadable)?,
    })
}

/// The file's name without its ending, or its folder's if that says nothing.
fn file_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy());
    match folder {
        Some(folder) if matches!(&*stem, "tokenizer" | "tekken") => folder.into_owned(),
        _ => stem.into_owned(),
    }
}

/// SHA-256 of a file that is too large to hold.
fn sha256(mut file: File) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&piece[..read]);
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

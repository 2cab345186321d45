//! The tokenizer a GGUF file carries: byte-level BPE, cut as llama.cpp cuts.

mod byte_level;
mod end;
mod pre;

use gonogo_engine::{Token, TokenId, TokenKind, Vocabulary};
use std::sync::Arc;
use tokenizers::{
    AddedToken, Tokenizer as Bpe,
    models::bpe::{BPE, Vocab},
};

use crate::{
    ModelError,
    error::{Refusal, unsupported},
    metadata::{Metadata, missing},
};

/// What `tokenizer.ggml.token_type` says of a token (llama.cpp, `llama_token_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    /// Text in byte-level spelling.
    Normal,
    /// Unknown or control: matched in a prompt, never part of an answer.
    Control,
    /// Text as it is spelled, matched before anything is cut.
    UserDefined,
    /// Unused or undefined: neither matched nor part of an answer.
    Unused,
    /// One byte, spelled `<0x0A>`.
    Byte,
}

impl Type {
    fn of(number: usize) -> Self {
        match number {
            1 => Self::Normal,
            2 | 3 => Self::Control,
            4 => Self::UserDefined,
            6 => Self::Byte,
            _ => Self::Unused,
        }
    }
}

/// A tokenizer read from a GGUF file.
pub(crate) struct Tokenizer {
    vocabulary: Vocabulary,
    /// Control tokens spelled out in the text are recognised.
    prompt: Arc<Bpe>,
    /// Put before every prompt, as the metadata says.
    bos: Option<TokenId>,
    /// Names of the tokens that begin and end a text, for the chat template.
    names: (String, String),
    pre: String,
}

impl Tokenizer {
    pub(crate) fn read(metadata: &Metadata) -> Result<Self, Refusal> {
        let kind = metadata.need_text("tokenizer.ggml.model")?;
        if kind != "gpt2" {
            return Err(unsupported(
                format!("the tokenizer model `{kind}`"),
                "choose a GGUF whose tokenizer.ggml.model is gpt2 (byte-level BPE)",
            ));
        }
        let names = metadata.texts(TOKENS)?.ok_or_else(|| missing(TOKENS))?;
        let types = types(metadata, names.len())?;
        let pre = metadata.text("tokenizer.ggml.pre")?.unwrap_or("default");
        let rule = pre::rule(pre).ok_or_else(|| {
            unsupported(
                format!("the pre-tokenizer `{pre}`"),
                &format!("choose a GGUF whose tokenizer.ggml.pre is one of {}", pre::known()),
            )
        })?;

        let id = |key: &str| -> Result<Option<TokenId>, String> {
            let id = metadata.count(key)?.map(TokenId::try_from);
            Ok(id.and_then(Result::ok).filter(|id| (*id as usize) < names.len()))
        };
        let (bos, eos) = (id("tokenizer.ggml.bos_token_id")?, id("tokenizer.ggml.eos_token_id")?);
        let add_bos = metadata.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(rule.adds_bos);
        let end = end::tokens(
            &names,
            [eos, id("tokenizer.ggml.eot_token_id")?, id("tokenizer.ggml.eom_token_id")?],
        );

        let prompt = bpe(metadata, &names, &types, rule)?;
        let mut text = prompt.clone();
        text.set_encode_special_tokens(true);
        let name = |id: Option<TokenId>| id.map(|id| names[id as usize].to_owned()).unwrap_or_default();
        Ok(Self {
            vocabulary: Vocabulary::new(tokens(&names, &types, &end)?, end, encoder(text)),
            prompt: Arc::new(prompt),
            bos: bos.filter(|_| add_bos),
            names: (name(bos), name(eos)),
            pre: pre.to_owned(),
        })
    }

    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The rule for cutting text before merging, by llama.cpp's name.
    pub(crate) fn pre(&self) -> &str {
        &self.pre
    }

    /// Names of the tokens that begin and end a text, empty for none.
    pub(crate) fn names(&self) -> (&str, &str) {
        (&self.names.0, &self.names.1)
    }

    /// Cuts a prompt: control tokens spelled out in it are recognised, and the token that
    /// begins a text comes first where the model wants one and the prompt does not bring it.
    pub(crate) fn prompt(&self, text: &str) -> Result<Vec<TokenId>, ModelError> {
        let cut = self.prompt.encode_fast(text, false);
        let mut tokens = cut.map_err(|error| ModelError::Tokenizer(error.to_string()))?.get_ids().to_vec();
        if let Some(bos) = self.bos
            && tokens.first() != Some(&bos)
        {
            tokens.insert(0, bos);
        }
        Ok(tokens)
    }
}

const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";

fn types(metadata: &Metadata, count: usize) -> Result<Vec<Type>, String> {
    match metadata.counts(TYPES)? {
        None => Ok(vec![Type::Normal; count]),
        Some(types) if types.len() == count => Ok(types.into_iter().map(Type::of).collect()),
        Some(types) => Err(format!("`{TYPES}` has {} entries for {count} tokens", types.len())),
    }
}

fn tokens(names: &[&str], types: &[Type], end: &[TokenId]) -> Result<Vec<Token>, String> {
    let text = |bytes: Option<Vec<u8>>, name: &str| {
        let bytes = bytes.ok_or_else(|| format!("the token `{name}` is not in byte-level spelling"))?;
        Ok(Token { bytes, kind: TokenKind::Text })
    };
    let control = |name: &str| Ok(Token { bytes: name.as_bytes().to_vec(), kind: TokenKind::Control });
    let all = names.iter().zip(types).zip(0..);
    all.map(|((name, kind), id)| match kind {
        _ if end.contains(&id) => control(name),
        Type::Normal => text(byte_level::decode(name), name),
        Type::UserDefined => text(Some(name.as_bytes().to_vec()), name),
        Type::Byte => text(byte_level::hexadecimal(name).map(|byte| vec![byte]), name),
        Type::Control | Type::Unused => control(name),
    })
    .collect()
}

fn bpe(metadata: &Metadata, names: &[&str], types: &[Type], rule: &pre::Rule) -> Result<Bpe, String> {
    let vocabulary: Vocab = names.iter().map(|name| (*name).to_owned()).zip(0..).collect();
    if vocabulary.len() != names.len() {
        return Err(format!("`{TOKENS}` has {} duplicates", names.len() - vocabulary.len()));
    }
    let merges = metadata.texts(MERGES)?.ok_or_else(|| missing(MERGES))?;
    let merges: Option<Vec<_>> = merges
        .into_iter()
        .map(|merge| merge.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned())))
        .collect();
    let merges = merges.ok_or_else(|| format!("`{MERGES}` has an entry without a space"))?;
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .ignore_merges(rule.takes_whole_words)
        .build()
        .map_err(|error| error.to_string())?;
    let mut tokenizer = Bpe::new(model);
    tokenizer.with_pre_tokenizer(Some(rule.pre_tokenizer()?));
    let matched = |wanted: Type, special: bool| {
        let tokens = names.iter().zip(types).filter(move |(_, kind)| **kind == wanted);
        tokens.map(move |(name, _)| AddedToken::from(*name, special).normalized(false)).collect::<Vec<_>>()
    };
    tokenizer.add_special_tokens(matched(Type::Control, true)).map_err(|error| error.to_string())?;
    tokenizer.add_tokens(matched(Type::UserDefined, false)).map_err(|error| error.to_string())?;
    Ok(tokenizer)
}

fn encoder(text: Bpe) -> gonogo_engine::Encode {
    Arc::new(move |input| {
        // Byte-level BPE has a token, or nothing, for every byte: it cannot fail on text.
        text.encode_fast(input, false).map(|cut| cut.get_ids().to_vec()).unwrap_or_default()
    })
}

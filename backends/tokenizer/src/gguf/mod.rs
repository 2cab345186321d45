//! The tokenizer a GGUF file carries: byte-level BPE, cut as llama.cpp cuts.

mod header;
mod metadata;
mod pre;

use std::collections::HashSet;

use gonogo_engine::{Token, TokenId, TokenKind, Vocabulary};
use tokenizers::{AddedToken, Tokenizer as Pipeline};

pub use self::metadata::{Metadata, Value};
use crate::{
    byte_level, end,
    error::{Refusal, unsupported},
    text::{self, Bpe},
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
#[derive(Debug)]
pub struct GgufTokenizer {
    vocabulary: Vocabulary,
    /// Control tokens spelled out in the text are recognised.
    prompt: Pipeline,
    /// Put before every prompt, as the metadata says.
    bos: Option<TokenId>,
    /// Names of the tokens that begin and end a text, for the chat template.
    names: (String, String),
    pre: String,
}

impl GgufTokenizer {
    /// Reads the tokenizer out of a file's metadata. `end` names the tokens that end an answer;
    /// empty for those the metadata declares and those known by name.
    ///
    /// # Errors
    /// [`Refusal`] says whether the file is damaged, needs what is not here or names no end.
    pub fn read(metadata: &Metadata, end: &[String]) -> Result<Self, Refusal> {
        let kind = metadata.need_text("tokenizer.ggml.model")?;
        if kind != "gpt2" {
            return Err(unsupported(
                format!("the tokenizer model `{kind}`"),
                "choose a GGUF whose tokenizer.ggml.model is gpt2 (byte-level BPE)",
            ));
        }
        let names = metadata.need_texts(TOKENS)?;
        let types = types(metadata, names.len())?;
        let pre = metadata.text("tokenizer.ggml.pre")?.unwrap_or("default");
        let rule = pre::rule(pre).ok_or_else(|| {
            unsupported(
                format!("the pre-tokenizer `{pre}`"),
                format!("choose a GGUF whose tokenizer.ggml.pre is one of {}", pre::known()),
            )
        })?;

        let id = |key: &str| -> Result<Option<TokenId>, String> {
            let id = metadata.count(key)?.map(TokenId::try_from);
            Ok(id.and_then(Result::ok).filter(|id| (*id as usize) < names.len()))
        };
        let (bos, eos) = (id("tokenizer.ggml.bos_token_id")?, id("tokenizer.ggml.eos_token_id")?);
        let add_bos = metadata.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(rule.adds_bos);
        let declared = [eos, id("tokenizer.ggml.eot_token_id")?, id("tokenizer.ggml.eom_token_id")?];
        let named = names.iter().copied().zip(0..);
        let end = end::choose(end, named, declared.into_iter().flatten())?;

        let tokens = tokens(&names, &types, &end)?;
        let control = names.iter().zip(&tokens).filter(|(_, token)| token.kind == TokenKind::Control);
        let control: HashSet<&str> = control.map(|(name, _)| *name).collect();
        let bpe = bpe(metadata, &names, rule)?;
        let matched = |wanted: Type, special: bool| {
            let tokens = names.iter().zip(&types).filter(move |(_, kind)| **kind == wanted);
            tokens.map(move |(name, _)| AddedToken::from(*name, special).normalized(false))
        };
        let literal: Vec<_> = matched(Type::UserDefined, false).collect();
        let everything = matched(Type::Control, true).chain(literal.clone()).collect();
        let prompt = pipeline(bpe.clone(), rule, everything)?;
        let text = pipeline(bpe.without(&control), rule, literal)?;

        let name = |id: Option<TokenId>| id.map(|id| names[id as usize].to_owned()).unwrap_or_default();
        Ok(Self {
            vocabulary: Vocabulary::new(tokens, end, text::encoder(text)),
            prompt,
            bos: bos.filter(|_| add_bos),
            names: (name(bos), name(eos)),
            pre: pre.to_owned(),
        })
    }

    /// The model's tokens.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The rule for cutting text before merging, by llama.cpp's name.
    #[must_use]
    pub fn pre(&self) -> &str {
        &self.pre
    }

    /// Names of the tokens that begin and end a text, empty for none.
    #[must_use]
    pub fn names(&self) -> (&str, &str) {
        (&self.names.0, &self.names.1)
    }

    /// Cuts a prompt: control tokens spelled out in it are recognised, and the token that
    /// begins a text comes first where the model wants one and the prompt does not bring it.
    ///
    /// # Errors
    /// What the tokenizer says when it fails.
    pub fn prompt(&self, text: &str) -> Result<Vec<TokenId>, String> {
        let mut tokens = text::encode(&self.prompt, text)?;
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

fn bpe(metadata: &Metadata, names: &[&str], rule: &pre::Rule) -> Result<Bpe, String> {
    let tokens: tokenizers::models::bpe::Vocab =
        names.iter().map(|name| (*name).to_owned()).zip(0..).collect();
    if tokens.len() != names.len() {
        return Err(format!("`{TOKENS}` has {} duplicates", names.len() - tokens.len()));
    }
    let pair = |merge: &str| merge.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
    let merges: Option<_> = metadata.need_texts(MERGES)?.into_iter().map(pair).collect();
    Ok(Bpe {
        tokens,
        merges: merges.ok_or_else(|| format!("`{MERGES}` has an entry without a space"))?,
        takes_whole_words: rule.takes_whole_words,
        falls_back_to_bytes: false,
    })
}

fn pipeline(bpe: Bpe, rule: &pre::Rule, literal: Vec<AddedToken>) -> Result<Pipeline, String> {
    text::pipeline(bpe.build()?, None, Some(rule.pre_tokenizer()?), literal)
}

//! Hugging Face's `tokenizer.json`, with what the files beside it say of end tokens.

mod beside;
mod spelling;
mod steps;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use gonogo_engine::{Token, TokenId};
use serde::Deserialize;
use serde_json::Value;
use tokenizers::AddedToken;

use self::spelling::Spelling;
use crate::{
    TokenizerOptions, end,
    error::{Refusal, unsupported},
    text::{self, Bpe},
    tokenizer::Parts,
    vocabulary,
};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<Added>,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    decoder: Option<Value>,
    model: Model,
}

/// A token that is found in the text before anything else.
#[derive(Deserialize)]
struct Added {
    id: TokenId,
    content: String,
    #[serde(default)]
    special: bool,
    #[serde(default)]
    normalized: bool,
    #[serde(default)]
    single_word: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: Value,
    merges: Option<Merges>,
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    byte_fallback: Option<bool>,
    ignore_merges: Option<bool>,
}

/// Pairs, or, in older files, lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merges {
    Pairs(Vec<(String, String)>),
    Lines(Vec<String>),
}

/// Reads the file; `folder` is where it lies.
pub(crate) fn read(json: Value, folder: &Path, options: &TokenizerOptions) -> Result<Parts, Refusal> {
    let file: File = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let spelling = Spelling::of(file.decoder.as_ref())?;
    let unknown = file.model.unk_token.clone();
    let bpe = bpe(file.model)?;

    let end = end(&bpe, &file.added_tokens, folder, options)?;
    let tokens = tokens(&bpe, &file.added_tokens, &spelling, unknown.as_deref(), &end)?;
    let model = model(bpe, &file.added_tokens, unknown.as_deref(), &end)?;
    let literal = file.added_tokens.iter().filter(|added| !added.is_control(&end));
    let literal = literal
        .map(|added| {
            AddedToken::from(added.content.as_str(), false)
                .normalized(added.normalized)
                .single_word(added.single_word)
        })
        .collect();
    let normalizer = steps::normalizer(file.normalizer)?;
    let pipeline = text::pipeline(model.build()?, normalizer, steps::cutter(file.pre_tokenizer)?, literal)?;
    Ok(Parts { tokens, end, pipeline, name: None })
}

impl Added {
    fn is_control(&self, end: &[TokenId]) -> bool {
        self.special || end.contains(&self.id)
    }
}

fn bpe(model: Model) -> Result<Bpe, Refusal> {
    const CHOOSE: &str = "choose a tokenizer.json whose model is a BPE";
    let kind = model.kind.as_deref();
    if kind.is_some_and(|kind| kind != "BPE") || model.merges.is_none() {
        return Err(unsupported(format!("a model of type {}", kind.unwrap_or("unknown")), CHOOSE));
    }
    for (name, affix) in [
        ("continuing_subword_prefix", &model.continuing_subword_prefix),
        ("end_of_word_suffix", &model.end_of_word_suffix),
    ] {
        if affix.as_ref().is_some_and(|affix| !affix.is_empty()) {
            return Err(unsupported(
                format!("`{name}`"),
                "choose a tokenizer whose tokens are spelled alike wherever they stand",
            ));
        }
    }
    let tokens: HashMap<String, TokenId> =
        serde_json::from_value(model.vocab).map_err(|error| format!("model.vocab: {error}"))?;
    let merges = match model.merges {
        Some(Merges::Pairs(pairs)) => pairs,
        Some(Merges::Lines(lines)) => lines.iter().map(|line| pair(line)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Bpe {
        tokens: tokens.into_iter().collect(),
        merges,
        takes_whole_words: model.ignore_merges.unwrap_or_default(),
        falls_back_to_bytes: model.byte_fallback.unwrap_or_default(),
    })
}

fn pair(line: &str) -> Result<(String, String), String> {
    let pair = line.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
    pair.ok_or_else(|| format!("model.merges has an entry without a space, {line:?}"))
}

fn end(
    bpe: &Bpe,
    added: &[Added],
    folder: &Path,
    options: &TokenizerOptions,
) -> Result<Vec<TokenId>, Refusal> {
    let id = |name: &str| {
        let added = added.iter().find(|token| token.content == name).map(|token| token.id);
        added.or_else(|| bpe.tokens.get(name).copied())
    };
    if options.end.is_empty() {
        let declared = beside::declared(folder, id)?;
        let special = added.iter().filter(|token| token.special);
        let named = special.map(|token| (token.content.as_str(), token.id));
        return end::choose(&[], named, declared.into_iter());
    }
    let named = options.end.iter().filter_map(|name| Some((name.as_str(), id(name)?)));
    end::choose(&options.end, named, [].into_iter())
}

/// Every token with its bytes.
fn tokens(
    bpe: &Bpe,
    added: &[Added],
    spelling: &Spelling,
    unknown: Option<&str>,
    end: &[TokenId],
) -> Result<Vec<Token>, Refusal> {
    let names: HashSet<&str> = added.iter().map(|token| token.content.as_str()).collect();
    let mut own: Vec<(&String, &TokenId)> =
        bpe.tokens.iter().filter(|(name, _)| !names.contains(name.as_str())).collect();
    // Of two tokens in one place always the same one comes first.
    own.sort_unstable_by_key(|(name, id)| (**id, *name));
    let own = own.into_iter().map(|(name, id)| {
        let control = end.contains(id) || unknown == Some(name);
        (*id, if control { vocabulary::control(name) } else { vocabulary::text(spelling.bytes(name)) })
    });
    let added = added.iter().map(|token| {
        let control = token.is_control(end) || unknown == Some(&token.content);
        let content = &token.content;
        (
            token.id,
            if control { vocabulary::control(content) } else { vocabulary::text(content.clone().into()) },
        )
    });
    let tokens = vocabulary::fill(own.chain(added))?;
    match end.iter().find(|id| **id as usize >= tokens.len()) {
        Some(id) => {
            Err(Refusal::Damaged(format!("token {id} is to end answers, and there are {}", tokens.len())))
        }
        None => Ok(tokens),
    }
}

/// The model that cuts text: without control tokens, and with the literal ones, which take
/// their ids from it.
fn model(bpe: Bpe, added: &[Added], unknown: Option<&str>, end: &[TokenId]) -> Result<Bpe, String> {
    let ends = bpe.tokens.iter().filter(|(_, id)| end.contains(id)).map(|(name, _)| name.clone());
    let ends: Vec<String> = ends.collect();
    let control = added.iter().filter(|token| token.is_control(end)).map(|token| token.content.as_str());
    let control: HashSet<&str> = control.chain(ends.iter().map(String::as_str)).chain(unknown).collect();
    let mut model = bpe.without(&control);
    for token in added.iter().filter(|token| !token.is_control(end)) {
        let id = *model.tokens.entry(token.content.clone()).or_insert(token.id);
        if id != token.id {
            return Err(format!("{:?} is both token {id} and {}", token.content, token.id));
        }
    }
    Ok(model)
}

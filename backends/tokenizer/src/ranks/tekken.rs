//! Mistral's `tekken.json`: ranks with their pattern, behind the control tokens.

use gonogo_engine::TokenId;
use serde::Deserialize;
use serde_json::Value;

use super::{Ranks, base64};
use crate::{TokenizerOptions, error::Refusal, tokenizer::Parts};

/// The control tokens of files that do not list them (`mistral_common`,
/// `Tekkenizer.DEPRECATED_SPECIAL_TOKENS`).
const CONTROL: [&str; 20] = [
    "<unk>",
    "<s>",
    "</s>",
    "[INST]",
    "[/INST]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[TOOL_CALLS]",
    "[IMG]",
    "<pad>",
    "[IMG_BREAK]",
    "[IMG_END]",
    "[PREFIX]",
    "[MIDDLE]",
    "[SUFFIX]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[TOOL_CONTENT]",
];

#[derive(Deserialize)]
struct File {
    config: Config,
    vocab: Vec<Entry>,
    special_tokens: Option<Vec<Special>>,
}

#[derive(Deserialize)]
struct Config {
    pattern: String,
    /// Tokens of the model, control tokens among them; the file may hold more ranks.
    default_vocab_size: usize,
    /// Ids that are kept for control tokens; ranks begin behind them.
    default_num_special_tokens: TokenId,
}

#[derive(Deserialize)]
struct Entry {
    rank: TokenId,
    token_bytes: String,
}

#[derive(Deserialize)]
struct Special {
    rank: TokenId,
    token_str: String,
}

/// Reads the file.
pub(crate) fn read(json: Value, options: &TokenizerOptions) -> Result<Parts, Refusal> {
    let file: File = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let first = file.config.default_num_special_tokens;
    let size = file.config.default_vocab_size;
    let ranks = size.checked_sub(first as usize).filter(|ranks| *ranks <= file.vocab.len());
    let ranks = ranks.ok_or_else(|| {
        format!("it has {} ranks for {size} tokens, of which {first} are control", file.vocab.len())
    })?;
    let mut text = Vec::with_capacity(ranks);
    for (entry, rank) in file.vocab.into_iter().take(ranks).zip(0..) {
        if entry.rank != rank {
            return Err(format!("rank {} is where {rank} should be", entry.rank).into());
        }
        let bytes = base64(&entry.token_bytes);
        text.push((bytes.ok_or_else(|| format!("the token of rank {rank} is not base64"))?, first + rank));
    }
    let control = control(file.special_tokens, first)?;
    Ranks { text, control, pattern: file.config.pattern }.parts(&options.end, None)
}

/// Every id below `first` is a control token's, whether it has a name or not.
fn control(listed: Option<Vec<Special>>, first: TokenId) -> Result<Vec<(String, TokenId)>, String> {
    let mut names: Vec<String> = (0..first).map(|id| format!("<SPECIAL_{id}>")).collect();
    let given = CONTROL.iter().map(|name| (*name).to_owned()).zip(0..);
    let listed = listed.map(|listed| listed.into_iter().map(|token| (token.token_str, token.rank)).collect());
    for (name, id) in listed.unwrap_or_else(|| given.collect::<Vec<_>>()) {
        match names.get_mut(id as usize) {
            Some(place) => *place = name,
            None => return Err(format!("the control token `{name}` is {id}, of {first}")),
        }
    }
    Ok(names.into_iter().zip(0..).collect())
}

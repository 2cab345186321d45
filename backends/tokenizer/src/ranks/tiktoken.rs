//! tiktoken's files: a token in base64 and its rank, a line each. What cuts the text and which
//! control tokens there are is not in the file.

use gonogo_engine::TokenId;

use super::{Preset, Ranks, base64};
use crate::{
    TokenizerOptions,
    error::{Refusal, silent},
    tokenizer::Parts,
};

/// Whether a text begins with such a line.
pub(crate) fn is(text: &str) -> bool {
    text.lines().next().is_some_and(|line| parse(line).is_some())
}

/// Reads the lines.
pub(crate) fn read(lines: &str, options: &TokenizerOptions) -> Result<Parts, Refusal> {
    let mut text = Vec::new();
    for (line, number) in lines.lines().zip(1..).filter(|(line, _)| !line.is_empty()) {
        let token = parse(line);
        text.push(token.ok_or_else(|| format!("line {number} is not a token in base64 and its rank"))?);
    }
    text.sort_unstable_by_key(|(_, rank)| *rank);

    let preset = options.preset.or_else(|| Preset::of(text.len()));
    let pattern = options.pattern.clone().or_else(|| preset.map(|preset| preset.pattern().to_owned()));
    let pattern = pattern.ok_or_else(|| {
        let what = format!("how text is cut into words, and {} ranks are of no known encoding", text.len());
        silent(what, format!("name the encoding ({}) or a pattern", Preset::known()))
    })?;
    let mut control = preset.map(Preset::control).unwrap_or_default();
    control.extend(options.control.iter().cloned());
    let name = preset.map(|preset| preset.name().to_owned());
    Ranks { text, control, pattern }.parts(&options.end, name)
}

fn parse(line: &str) -> Option<(Vec<u8>, TokenId)> {
    let (token, rank) = line.split_once(' ')?;
    Some((base64(token)?, rank.parse().ok()?))
}

//! Ranks: a BPE whose merges are not written down. Two neighbours merge when together they are a
//! token, the one of lowest rank first.

mod preset;
pub(crate) mod tekken;
pub(crate) mod tiktoken;

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use gonogo_engine::{Token, TokenId};
use tokenizers::{
    SplitDelimiterBehavior,
    pre_tokenizers::{
        PreTokenizerWrapper,
        byte_level::ByteLevel,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

pub use self::preset::Preset;
use crate::{
    byte_level, end,
    error::Refusal,
    text::{self, Bpe},
    tokenizer::Parts,
    vocabulary,
};

/// A vocabulary of ranks.
struct Ranks {
    /// Bytes and id of every token of text, by rank.
    text: Vec<(Vec<u8>, TokenId)>,
    /// Name and id of every control token.
    control: Vec<(String, TokenId)>,
    /// The regular expression that cuts text into words.
    pattern: String,
}

impl Ranks {
    /// The parts, with the tokens named in `wanted` for the end, if any are.
    fn parts(self, wanted: &[String], name: Option<String>) -> Result<Parts, Refusal> {
        let named = || self.control.iter().map(|(name, id)| (name.as_str(), *id));
        let end = end::choose(wanted, named(), [].into_iter())?;
        let model = self.bpe()?.build()?;
        let pipeline = text::pipeline(model, None, Some(words(&self.pattern)?), Vec::new())?;
        Ok(Parts { tokens: self.tokens()?, end, pipeline, name })
    }

    fn tokens(&self) -> Result<Vec<Token>, String> {
        let text = self.text.iter().map(|(bytes, id)| (*id, vocabulary::text(bytes.clone())));
        let control = self.control.iter().map(|(name, id)| (*id, vocabulary::control(name)));
        vocabulary::fill(text.chain(control))
    }

    /// All splits of a token into two tokens are merges, in the order of their token: that is
    /// what it means that ranks decide.
    fn bpe(&self) -> Result<Bpe, String> {
        let ranks: HashMap<&[u8], usize> =
            self.text.iter().zip(0..).map(|((bytes, _), rank)| (bytes.as_slice(), rank)).collect();
        if let Some(byte) = (0..=u8::MAX).find(|byte| !ranks.contains_key([*byte].as_slice())) {
            return Err(format!("it has no token for the byte 0x{byte:02X}"));
        }
        let mut merges = Vec::new();
        for (bytes, _) in &self.text {
            let split = |at| Some((ranks.get(&bytes[..at])?, ranks.get(&bytes[at..])?, at));
            let mut splits: Vec<_> = (1..bytes.len()).filter_map(split).collect();
            splits.sort_unstable();
            let spell = |(_, _, at)| (byte_level::encode(&bytes[..at]), byte_level::encode(&bytes[at..]));
            merges.extend(splits.into_iter().map(spell));
        }
        Ok(Bpe {
            tokens: self.text.iter().map(|(bytes, id)| (byte_level::encode(bytes), *id)).collect(),
            merges,
            takes_whole_words: true,
            falls_back_to_bytes: false,
        })
    }
}

/// Cuts text into the words that the pattern finds, in byte-level spelling.
fn words(pattern: &str) -> Result<PreTokenizerWrapper, String> {
    let split = Split::new(SplitPattern::Regex(pattern.to_owned()), SplitDelimiterBehavior::Isolated, false);
    let split = split.map_err(|error| format!("its pattern is no regular expression ({error})"))?;
    Ok(Sequence::new(vec![split.into(), ByteLevel::new(false, false, false).into()]).into())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

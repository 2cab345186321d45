//! Byte-level BPE without the library's bookkeeping.
//!
//! The library keeps, for every character, where it came from, which costs more than cutting.
//! Here its regular expressions cut and its BPE merges, and nothing else is done.

use std::{collections::HashMap, sync::Mutex};

use gonogo_engine::TokenId;
use tokenizers::{
    Model, ModelWrapper, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer as Pipeline,
    models::bpe::BPE,
    pre_tokenizers::{
        byte_level::ByteLevel,
        split::{Split, SplitPattern},
    },
};

use crate::byte_level;

/// What [`ByteLevel`] cuts by when it cuts (GPT-2).
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// Words kept, and the longest of them, in bytes: what is longer does not come again.
const KEPT: usize = 1 << 16;
const LONGEST: usize = 64;

/// The words that were merged before.
type Known = HashMap<Box<str>, Box<[TokenId]>>;

/// The steps of a pipeline that cuts by regular expressions, spells bytes and merges.
pub(crate) struct Words {
    splits: Vec<Split>,
    /// A text with one of these is the library's to cut.
    literal: Vec<String>,
    known: Mutex<Known>,
}

impl Words {
    /// The steps of this pipeline, if it has no others.
    pub(crate) fn of(pipeline: &Pipeline) -> Option<Self> {
        if pipeline.get_normalizer().is_some() {
            return None;
        }
        let mut splits = Vec::new();
        let spells_bytes = collect(pipeline.get_pre_tokenizer()?, &mut splits)?;
        let literal = pipeline.get_added_tokens_decoder().into_values().map(|token| token.content);
        spells_bytes.then(|| Self { splits, literal: literal.collect(), known: Mutex::default() })
    }

    /// Cuts text as `pipeline` would, of which these are the steps; `None` where it would do more.
    pub(crate) fn cut(&self, pipeline: &Pipeline, text: &str) -> Option<Vec<TokenId>> {
        let ModelWrapper::BPE(bpe) = pipeline.get_model() else { return None };
        if self.literal.iter().any(|literal| text.contains(literal)) {
            return None;
        }
        // Threads that come at once do without what is known, rather than wait.
        let mut shared = self.known.try_lock().ok();
        let mut own = Known::new();
        let known = shared.as_deref_mut().unwrap_or(&mut own);
        let mut tokens = Vec::with_capacity(text.len() / 3);
        each_word(&self.splits, text, &mut |word| {
            if let Some(merged) = known.get(word) {
                tokens.extend_from_slice(merged);
                return Some(());
            }
            let merged = merge(bpe, word)?;
            tokens.extend_from_slice(&merged);
            if word.len() <= LONGEST && known.len() < KEPT {
                known.insert(word.into(), merged.into());
            }
            Some(())
        })?;
        Some(tokens)
    }
}

/// Puts what a step cuts by behind `splits`; says whether it ends with spelling bytes, and
/// nothing if it does anything else.
fn collect(step: &PreTokenizerWrapper, splits: &mut Vec<Split>) -> Option<bool> {
    if let PreTokenizerWrapper::Sequence(steps) = step {
        let (last, first) = steps.as_ref().split_last()?;
        let only_cuts = first.iter().all(|step| collect(step, splits) == Some(false));
        return if only_cuts { collect(last, splits) } else { None };
    }
    if let PreTokenizerWrapper::Split(split) = step {
        let keeps_all = split.behavior == SplitDelimiterBehavior::Isolated && !split.invert;
        splits.push(split.clone());
        return keeps_all.then_some(false);
    }
    if let PreTokenizerWrapper::ByteLevel(ByteLevel { add_prefix_space: false, use_regex, .. }) = step {
        if *use_regex {
            let pattern = SplitPattern::Regex(GPT2.to_owned());
            splits.push(Split::new(pattern, SplitDelimiterBehavior::Isolated, false).ok()?);
        }
        return Some(true);
    }
    None
}

/// Calls `word` with what each split leaves of what the one before left, matches and gaps alike.
fn each_word<'a>(
    splits: &[Split],
    text: &'a str,
    word: &mut impl FnMut(&'a str) -> Option<()>,
) -> Option<()> {
    let Some((split, rest)) = splits.split_first() else {
        return if text.is_empty() { Some(()) } else { word(text) };
    };
    let mut before = 0;
    for (start, end) in split.regex.find_iter(text) {
        each_word(rest, &text[before..start], word)?;
        each_word(rest, &text[start..end], word)?;
        before = end;
    }
    each_word(rest, &text[before..], word)
}

fn merge(bpe: &BPE, word: &str) -> Option<Vec<TokenId>> {
    let tokens = bpe.tokenize(&byte_level::encode(word.as_bytes())).ok()?;
    Some(tokens.into_iter().map(|token| token.id).collect())
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::any, prop_assert_eq, proptest, test_runner::Config};
    use tokenizers::{
        AddedToken, PreTokenizerWrapper,
        pre_tokenizers::{byte_level::ByteLevel, digits::Digits, metaspace::Metaspace, sequence::Sequence},
    };

    use super::Words;
    use crate::{
        byte_level,
        text::{Bpe, encode, pipeline},
    };

    fn cutting(step: PreTokenizerWrapper) -> tokenizers::Tokenizer {
        let bytes = (0..=u8::MAX).map(|byte| byte_level::encode(&[byte]));
        let pairs = [("a", "a"), ("Ġ", "a"), ("1", "2"), ("aa", "'"), ("Ã", "©")];
        let merged = pairs.map(|(left, right)| format!("{left}{right}"));
        let bpe = Bpe {
            tokens: bytes.chain(merged).chain(["<go>".to_owned()]).zip(0..).collect(),
            merges: pairs.map(|(left, right)| (left.to_owned(), right.to_owned())).into(),
            takes_whole_words: false,
            falls_back_to_bytes: false,
        };
        let literal = vec![AddedToken::from("<go>", false).normalized(false)];
        pipeline(bpe.build().unwrap(), None, Some(step), literal).unwrap()
    }

    #[test]
    fn words_are_cut_as_the_library_cuts_them() {
        let byte_level = |use_regex| ByteLevel::new(false, true, use_regex).into();
        let twice = Sequence::new(vec![
            super::Split::new(
                super::SplitPattern::Regex(r"\p{N}|é+".into()),
                super::SplitDelimiterBehavior::Isolated,
                false,
            )
            .unwrap()
            .into(),
            byte_level(true),
        ]);
        for step in [byte_level(true), byte_level(false), twice.into()] {
            let library = cutting(step);
            let words = Words::of(&library).unwrap();
            let same = |text: &str| {
                words.cut(&library, text).is_none_or(|cut| cut == encode(&library, text).unwrap())
            };
            proptest!(Config::with_cases(1_000), |(text in any::<String>(), other in "[a1 2é'\n<go>]{0,30}")| {
                prop_assert_eq!((same(&text), same(&other)), (true, true));
                prop_assert_eq!(words.cut(&library, &other).is_none(), other.contains("<go>"));
            });
        }
    }

    #[test]
    fn what_else_a_pipeline_may_do_is_left_to_the_library() {
        let space: PreTokenizerWrapper = ByteLevel::new(true, true, true).into();
        let digits = Sequence::new(vec![Digits::new(true).into(), ByteLevel::new(false, true, true).into()]);
        for step in [space, digits.into(), Metaspace::default().into(), Sequence::new(Vec::new()).into()] {
            assert!(Words::of(&cutting(step)).is_none());
        }
    }
}

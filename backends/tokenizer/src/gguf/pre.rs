//! How text is cut into words before merging: llama.cpp's rules, by llama.cpp's names.

use tokenizers::{
    SplitDelimiterBehavior,
    pre_tokenizers::{
        PreTokenizerWrapper,
        byte_level::ByteLevel,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

/// A rule for cutting text.
pub(crate) struct Rule {
    names: &'static [&'static str],
    /// Regular expressions, each applied to the pieces the one before left.
    patterns: &'static [&'static str],
    /// A word that is a token is taken whole, whatever the merges say.
    pub(crate) takes_whole_words: bool,
    /// Whether a prompt begins with the model's first token when the metadata is silent.
    pub(crate) adds_bos: bool,
}

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";

/// The rules, as `llm_tokenizer_bpe` of llama.cpp has them.
const RULES: &[Rule] = &[
    Rule { names: &["smollm"], patterns: &[r"\p{N}", GPT2], takes_whole_words: false, adds_bos: false },
    Rule { names: &["gpt-2"], patterns: &[GPT2], takes_whole_words: false, adds_bos: false },
    Rule {
        names: &["default"],
        patterns: &[r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
        takes_whole_words: false,
        adds_bos: false,
    },
    Rule {
        names: &["llama-bpe", "llama3", "llama-v3"],
        patterns: &[
            r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
        takes_whole_words: true,
        adds_bos: true,
    },
    Rule {
        names: &["qwen2", "deepseek-r1-qwen"],
        patterns: &[
            r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
        takes_whole_words: false,
        adds_bos: false,
    },
];

/// The rule of this name.
pub(crate) fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.names.contains(&name))
}

/// All names, for a message.
pub(crate) fn known() -> String {
    RULES.iter().flat_map(|rule| rule.names).copied().collect::<Vec<_>>().join(", ")
}

impl Rule {
    /// The rule as the tokenizer runs it: pieces in byte-level spelling.
    pub(crate) fn pre_tokenizer(&self) -> Result<PreTokenizerWrapper, String> {
        let split = |pattern: &&str| {
            let pattern = SplitPattern::Regex((*pattern).to_owned());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
            split.map(PreTokenizerWrapper::from).map_err(|error| error.to_string())
        };
        let mut steps = self.patterns.iter().map(split).collect::<Result<Vec<_>, _>>()?;
        steps.push(ByteLevel::new(false, false, false).into());
        Ok(Sequence::new(steps).into())
    }
}

#[cfg(test)]
mod tests {
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

    use super::{known, rule};

    fn cut(name: &str, text: &str) -> Vec<String> {
        let mut pieces = PreTokenizedString::from(text);
        rule(name).unwrap().pre_tokenizer().unwrap().pre_tokenize(&mut pieces).unwrap();
        let splits = pieces.get_splits(OffsetReferential::Original, OffsetType::Byte);
        splits.into_iter().map(|(piece, ..)| piece.replace('Ġ', " ")).collect()
    }

    #[test]
    fn rules_differ_where_llama_cpp_says() {
        assert_eq!(cut("smollm", "in 2024's"), ["in", " ", "2", "0", "2", "4", "'s"]);
        assert_eq!(cut("gpt-2", "in 2024's"), ["in", " 2024", "'s"]);
        assert_eq!(cut("llama-bpe", "in 2024's"), ["in", " ", "202", "4", "'s"]);
        assert_eq!(cut("qwen2", "in 2024's"), ["in", " ", "2", "0", "2", "4", "'s"]);
        assert_eq!(cut("default", "a=2024"), ["a", "=", "202", "4"]);
        assert_eq!(cut("gpt-2", "a   b"), ["a", "  ", " b"]);
    }

    #[test]
    fn an_unknown_rule_is_none_and_the_known_ones_are_named() {
        assert!(rule("tekken").is_none());
        assert!(known().contains("smollm, gpt-2, default, llama-bpe"));
    }
}

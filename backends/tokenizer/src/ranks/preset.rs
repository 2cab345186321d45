//! Encodings that a file of ranks may be of.

use std::str::FromStr;

use gonogo_engine::TokenId;

/// Up to three digits to a word. Of `tiktoken_ext/openai_public.py` (tiktoken) and
/// `llama3/tokenizer.py`, which have the same.
const CL100K: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// One digit to a word. Of `tokenization_qwen.py`.
const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Words part where small letters turn into capitals. Of `tiktoken_ext/openai_public.py`.
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// An encoding: what cuts the text, and the control tokens above the ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// OpenAI's `cl100k_base`.
    Cl100k,
    /// OpenAI's `o200k_base`.
    O200k,
    /// The first Qwen's.
    Qwen,
    /// Llama 3's, with the control tokens of 3.1.
    Llama3,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cl100k, Self::O200k, Self::Qwen, Self::Llama3];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cl100k => "cl100k",
            Self::O200k => "o200k",
            Self::Qwen => "qwen",
            Self::Llama3 => "llama3",
        }
    }

    /// All names, for a message.
    pub(super) fn known() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The encoding that has this many ranks.
    pub(super) fn of(ranks: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.ranks() == ranks)
    }

    fn ranks(self) -> usize {
        match self {
            Self::Cl100k => 100_256,
            Self::O200k => 199_998,
            Self::Qwen => 151_643,
            Self::Llama3 => 128_000,
        }
    }

    pub(super) fn pattern(self) -> &'static str {
        match self {
            Self::Cl100k | Self::Llama3 => CL100K,
            Self::O200k => O200K,
            Self::Qwen => QWEN,
        }
    }

    /// Name and id of every control token.
    pub(super) fn control(self) -> Vec<(String, TokenId)> {
        let named =
            |names: &[(&str, TokenId)]| names.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect();
        match self {
            Self::Cl100k => named(&[
                ("<|endoftext|>", 100_257),
                ("<|fim_prefix|>", 100_258),
                ("<|fim_middle|>", 100_259),
                ("<|fim_suffix|>", 100_260),
                ("<|endofprompt|>", 100_276),
            ]),
            Self::O200k => named(&[("<|endoftext|>", 199_999), ("<|endofprompt|>", 200_018)]),
            Self::Qwen => {
                let mut tokens =
                    named(&[("<|endoftext|>", 151_643), ("<|im_start|>", 151_644), ("<|im_end|>", 151_645)]);
                tokens.extend((0..205).map(|extra| (format!("<|extra_{extra}|>"), 151_646 + extra)));
                tokens
            }
            Self::Llama3 => llama3(),
        }
    }
}

/// The 256 control tokens of Llama 3.1: those with a name, and reserved ones numbered through in
/// between.
fn llama3() -> Vec<(String, TokenId)> {
    const FIRST: TokenId = 128_000;
    const NAMED: [(&str, TokenId); 8] = [
        ("<|begin_of_text|>", 0),
        ("<|end_of_text|>", 1),
        ("<|finetune_right_pad_id|>", 4),
        ("<|start_header_id|>", 6),
        ("<|end_header_id|>", 7),
        ("<|eom_id|>", 8),
        ("<|eot_id|>", 9),
        ("<|python_tag|>", 10),
    ];
    let mut reserved = 0;
    (0..256)
        .map(|index| {
            let named = NAMED.iter().find(|(_, at)| *at == index).map(|(name, _)| (*name).to_owned());
            let name = named.unwrap_or_else(|| {
                reserved += 1;
                format!("<|reserved_special_token_{}|>", reserved - 1)
            });
            (name, FIRST + index)
        })
        .collect()
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let preset = Self::ALL.into_iter().find(|preset| preset.name() == name);
        preset.ok_or_else(|| format!("there is no encoding `{name}`; there are {}", Self::known()))
    }
}

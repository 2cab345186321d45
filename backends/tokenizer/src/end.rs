//! Which tokens end an answer.

use std::collections::HashMap;

use gonogo_engine::TokenId;

use crate::error::{Refusal, silent};

/// Names that end an answer in whatever model has them. llama.cpp keeps the same list
/// (`llama-vocab.cpp`, "tokens that cause end-of-generation"), because models forget to say.
const NAMES: &[&str] = &[
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<｜end▁of▁sentence｜>",
];

/// Names that separate files where a model was trained to fill in code: of each kind, the first
/// one a vocabulary has ends an answer too. `<reponame>` of SmolLM2 is one.
const SEPARATORS: &[&[&str]] = &[
    &["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"],
    &["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"],
    &["<|file_sep|>"],
];

/// The tokens that end an answer: those of the names in `wanted`, or, where none are wanted, what
/// [`tokens`] finds, of which there must be one.
pub(crate) fn choose<'a>(
    wanted: &[String],
    named: impl Iterator<Item = (&'a str, TokenId)> + Clone,
    declared: impl Iterator<Item = TokenId>,
) -> Result<Vec<TokenId>, Refusal> {
    if wanted.is_empty() {
        let end = tokens(named, declared);
        return if end.is_empty() {
            Err(silent(
                "which token ends an answer",
                "name the token, or put the model's generation_config.json beside a tokenizer.json",
            ))
        } else {
            Ok(end)
        };
    }
    let id = |name: &String| {
        let id = named.clone().find(|(other, _)| other == name).map(|(_, id)| id);
        id.ok_or_else(|| {
            silent(format!("of a token `{name}`, which is to end answers"), "name one that it has")
        })
    };
    wanted.iter().map(id).collect()
}

/// The tokens that end an answer: those that were `declared`, in that order, then those of the
/// `named` ones that are known by name.
fn tokens<'a>(
    named: impl Iterator<Item = (&'a str, TokenId)>,
    declared: impl Iterator<Item = TokenId>,
) -> Vec<TokenId> {
    let mut ids: HashMap<&str, TokenId> = HashMap::new();
    for (name, id) in named {
        ids.entry(name).or_insert(id);
    }
    let id = |name: &&str| ids.get(name).copied();
    let separators = SEPARATORS.iter().filter_map(|kind| kind.iter().find_map(id));
    let mut end = Vec::new();
    for token in declared.chain(NAMES.iter().filter_map(id)).chain(separators) {
        if !end.contains(&token) {
            end.push(token);
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn what_the_model_declares_comes_first_and_nothing_twice() {
        let names = ["<|endoftext|>", "a", "<|im_end|>", "<reponame>", "<|fim_repo|>", "b"];
        let end = |declared: &[u32]| tokens(names.into_iter().zip(0..), declared.iter().copied());
        assert_eq!(end(&[2]), [2, 0, 4]);
        assert_eq!(end(&[1, 5]), [1, 5, 2, 0, 4]);
        assert!(tokens([("a", 0)].into_iter(), [].into_iter()).is_empty());
    }
}

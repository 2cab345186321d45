//! Which tokens end an answer.

use gonogo_engine::TokenId;

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

/// The tokens that end an answer: those the metadata `declared`, in that order, then those
/// known by name.
pub(crate) fn tokens(names: &[&str], declared: [Option<TokenId>; 3]) -> Vec<TokenId> {
    let id = |name: &&str| names.iter().zip(0..).find(|(other, _)| *other == name).map(|(_, id)| id);
    let separators = SEPARATORS.iter().filter_map(|kind| kind.iter().find_map(id));
    let mut end = Vec::new();
    for token in declared.into_iter().flatten().chain(NAMES.iter().filter_map(id)).chain(separators) {
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
        assert_eq!(tokens(&names, [Some(2), None, None]), [2, 0, 4]);
        assert_eq!(tokens(&names, [Some(1), Some(5), None]), [1, 5, 2, 0, 4]);
        assert!(tokens(&["a"], [None; 3]).is_empty());
    }
}

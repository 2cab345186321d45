//! The vocabulary a hello names.

use std::{fs, path::Path};

use gonogo_engine::{EngineOptions, Vocabulary, WireVocabulary};
use gonogo_protocol::masks::Hello;
use gonogo_tokenizer::Tokenizer;

/// Reads the tokens from the vocabulary's JSON, which the harness cut the walks with. How text is cut
/// comes from the tokenizer's own file, where one is named and `canonical-tokens` is not off: nothing
/// else asks for it, and reading it takes longer than all the rest.
///
/// # Errors
/// Naming the file and what is wrong with it.
pub fn load(hello: &Hello) -> Result<Vocabulary, String> {
    let vocabulary = tokens(Path::new(&hello.vocabulary))
        .map_err(|error| format!("the vocabulary {}: {error}", hello.vocabulary))?;
    let is_cutting = EngineOptions::read(&hello.options)?.canonical_tokens != Some(false);
    if hello.tokenizer.is_empty() || !is_cutting {
        return Ok(vocabulary);
    }
    let tokenizer = Tokenizer::open(Path::new(&hello.tokenizer)).map_err(|error| error.to_string())?;
    let cutting = tokenizer.vocabulary();
    match cutting.encoder() {
        Some(encode) if cutting.tokens() == vocabulary.tokens() => {
            Ok(Vocabulary::new(vocabulary.tokens().to_vec(), vocabulary.end().to_vec(), encode))
        }
        Some(_) | None => Err(format!(
            "the tokenizer {} and the vocabulary {} are not of the same tokens",
            hello.tokenizer, hello.vocabulary
        )),
    }
}

fn tokens(path: &Path) -> Result<Vocabulary, String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    let wire: WireVocabulary = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    Vocabulary::try_from(&wire)
}

//! What happens to a text before it is merged, changed to what happens in the middle of an
//! answer: nothing is put before it, and every byte of it stays.

use serde_json::Value;
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper};

use crate::error::{Refusal, unsupported};

/// The normalizer, without Unicode normal forms and without a space put first.
///
/// Hosted models normalise their prompts, and never their answers: an answer is whatever bytes
/// its tokens have.
pub(super) fn normalizer(file: Option<Value>) -> Result<Option<NormalizerWrapper>, Refusal> {
    file.map(kept).transpose()?.flatten().map(|kept| load(kept, "normalizer")).transpose()
}

fn kept(mut step: Value) -> Result<Option<Value>, Refusal> {
    let kind = step["type"].as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "" if step.is_null() => Ok(None),
        "NFC" | "NFD" | "NFKC" | "NFKD" | "Prepend" => Ok(None),
        "Replace" | "ByteLevel" => Ok(Some(step)),
        "Sequence" => {
            let steps = step["normalizers"].as_array_mut().map(std::mem::take).unwrap_or_default();
            let steps = steps.into_iter().map(kept).filter_map(Result::transpose);
            let steps = steps.collect::<Result<Vec<_>, _>>()?;
            let any = !steps.is_empty();
            step["normalizers"] = steps.into();
            Ok(any.then_some(step))
        }
        _ => Err(unsupported(
            format!("the normalizer `{kind}`"),
            "choose a tokenizer whose tokens spell the text as it is",
        )),
    }
}

/// What cuts the text into words, without a space put first.
pub(super) fn cutter(file: Option<Value>) -> Result<Option<PreTokenizerWrapper>, Refusal> {
    let Some(mut cutter) = file.filter(|cutter| !cutter.is_null()) else { return Ok(None) };
    without_space(&mut cutter);
    load(cutter, "pre_tokenizer").map(Some)
}

fn without_space(step: &mut Value) {
    if let Some(space) = step.get_mut("add_prefix_space") {
        *space = false.into();
    }
    if step["type"] == "Metaspace" {
        step["prepend_scheme"] = "never".into();
    }
    if let Some(steps) = step["pretokenizers"].as_array_mut() {
        steps.iter_mut().for_each(without_space);
    }
}

fn load<T: serde::de::DeserializeOwned>(step: Value, name: &str) -> Result<T, Refusal> {
    serde_json::from_value(step).map_err(|error| Refusal::Damaged(format!("{name}: {error}")))
}

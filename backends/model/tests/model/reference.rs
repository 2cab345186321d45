//! The default model, and what llama.cpp made of it.

use std::{collections::BTreeMap, path::PathBuf};

use gonogo_core::Message;
use gonogo_model::{Model, ModelOptions};
use serde::Deserialize;

/// The folder that holds models and caches.
pub(crate) fn home() -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("GONOGO_HOME").map_or_else(|| workspace.join(".gonogo"), PathBuf::from)
}

/// Options for the default model.
pub(crate) fn options(threads: usize, context: usize) -> ModelOptions {
    let home = home();
    let path = home.join("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    assert!(path.exists(), "the default model is missing; run `gonogo setup`");
    ModelOptions { path, cache: home.join("cache"), threads, context }
}

/// The default model.
pub(crate) fn model(threads: usize, context: usize) -> Model {
    Model::open(&options(threads, context)).unwrap()
}

/// What `fixtures/tokenizer/record.py` recorded.
#[derive(Deserialize)]
pub(crate) struct Record {
    pub(crate) model_sha256: String,
    pub(crate) texts: BTreeMap<String, Text>,
    pub(crate) conversations: BTreeMap<String, Conversation>,
    pub(crate) end: Vec<u32>,
    pub(crate) greedy: BTreeMap<String, Greedy>,
}

/// One text, cut without and with control tokens recognised.
#[derive(Deserialize)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) plain: Vec<u32>,
    pub(crate) special: Vec<u32>,
}

/// One conversation through the chat template.
#[derive(Deserialize)]
pub(crate) struct Conversation {
    pub(crate) messages: Vec<Message>,
    pub(crate) prompt: String,
    pub(crate) tokens: Vec<u32>,
}

/// One greedy answer, with the likeliest tokens and their log probabilities at every step.
#[derive(Deserialize)]
pub(crate) struct Greedy {
    pub(crate) prompt: Vec<u32>,
    pub(crate) tokens: Vec<u32>,
    pub(crate) top: Vec<Vec<(u32, f64)>>,
}

/// What llama.cpp made of the default model.
pub(crate) fn record() -> Record {
    let text = include_str!("../../../../fixtures/tokenizer/smollm2-llama-cpp.json");
    serde_json::from_str(text).unwrap()
}

/// What `fixtures/tokenizer/exact.py` computed in double precision along llama.cpp's greedy
/// answers: at every step the likeliest tokens and their log probabilities.
pub(crate) fn exact() -> BTreeMap<String, Vec<Vec<(u32, f64)>>> {
    let text = include_str!("../../../../fixtures/tokenizer/smollm2-exact.json");
    let mut file: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    serde_json::from_value(file.remove("steps").unwrap()).unwrap()
}

//! The files beside a `tokenizer.json`, for what they say of end tokens.

use std::{fs, io::ErrorKind, path::Path};

use gonogo_engine::TokenId;
use serde_json::Value;

/// Ids, one or several, of the tokens that end an answer.
const IDS: [&str; 2] = ["generation_config.json", "config.json"];

/// The name of the token that ends a text; chat models make it the one that ends an answer.
const NAMES: [&str; 2] = ["tokenizer_config.json", "special_tokens_map.json"];

/// The end tokens that files in `folder` declare: first what generation goes by, then the rest.
/// `id` finds a token by name. Several files may name the same token.
pub(super) fn declared(folder: &Path, id: impl Fn(&str) -> Option<TokenId>) -> Result<Vec<TokenId>, String> {
    let mut end = Vec::new();
    let [generation, model] = IDS;
    end.extend(ids(generation, folder)?);
    for file in NAMES {
        let Some(json) = read(file, folder)? else { continue };
        let token = &json["eos_token"];
        if let Some(name) = token.as_str().or(token["content"].as_str()) {
            end.push(
                id(name).ok_or_else(|| {
                    format!("{file} beside it ends a text with {name:?}, which is no token")
                })?,
            );
        }
    }
    end.extend(ids(model, folder)?);
    Ok(end)
}

fn ids(file: &str, folder: &Path) -> Result<Vec<TokenId>, String> {
    let Some(json) = read(file, folder)? else { return Ok(Vec::new()) };
    let tokens = match &json["eos_token_id"] {
        Value::Null => &[],
        Value::Array(tokens) => tokens.as_slice(),
        token @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            std::slice::from_ref(token)
        }
    };
    let id = |token: &Value| token.as_u64().and_then(|id| TokenId::try_from(id).ok());
    let ids = tokens
        .iter()
        .map(|token| id(token).ok_or_else(|| format!("{file} beside it has an eos_token_id {token}")));
    ids.collect()
}

fn read(file: &str, folder: &Path) -> Result<Option<Value>, String> {
    let bytes = match fs::read(folder.join(file)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{file} beside it: {error}")),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("{file} beside it: {error}"))
}

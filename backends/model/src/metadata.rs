//! The key-value part of a GGUF file, read with types and with errors that name the key.

use std::collections::HashMap;

use candle_core::quantized::gguf_file::Value;

/// Typed access to GGUF metadata. A key of the wrong type is an error, not an absent key.
pub(crate) struct Metadata {
    values: HashMap<String, Value>,
}

impl Metadata {
    pub(crate) fn new(values: HashMap<String, Value>) -> Self {
        Self { values }
    }

    fn read<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        let found = convert(value);
        found.map(Some).ok_or_else(|| format!("`{key}` is a {:?}, not {expected}", value.value_type()))
    }

    /// A string, if the key is there.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, String> {
        self.read(key, "a string", |value| value.to_string().ok().map(String::as_str))
    }

    /// A non-negative integer of any width, if the key is there.
    pub(crate) fn count(&self, key: &str) -> Result<Option<usize>, String> {
        self.read(key, "a non-negative integer", integer)
    }

    /// A float, if the key is there.
    pub(crate) fn float(&self, key: &str) -> Result<Option<f32>, String> {
        self.read(key, "a 32-bit float", |value| value.to_f32().ok())
    }

    /// A truth value, if the key is there.
    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        self.read(key, "a truth value", |value| value.to_bool().ok())
    }

    /// An array of strings, if the key is there.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<Vec<&str>>, String> {
        self.read(key, "an array of strings", |value| {
            value.to_vec().ok()?.iter().map(|item| item.to_string().ok().map(String::as_str)).collect()
        })
    }

    /// An array of non-negative integers, if the key is there.
    pub(crate) fn counts(&self, key: &str) -> Result<Option<Vec<usize>>, String> {
        self.read(key, "an array of non-negative integers", |value| {
            value.to_vec().ok()?.iter().map(integer).collect()
        })
    }

    /// A non-negative integer that must be there.
    pub(crate) fn need_count(&self, key: &str) -> Result<usize, String> {
        self.count(key)?.ok_or_else(|| missing(key))
    }

    /// A string that must be there.
    pub(crate) fn need_text(&self, key: &str) -> Result<&str, String> {
        self.text(key)?.ok_or_else(|| missing(key))
    }
}

/// What is said of a key that must be there and is not.
pub(crate) fn missing(key: &str) -> String {
    format!("it has no `{key}`")
}

fn integer(value: &Value) -> Option<usize> {
    match value {
        Value::U8(number) => Some(usize::from(*number)),
        Value::U16(number) => Some(usize::from(*number)),
        Value::U32(number) => usize::try_from(*number).ok(),
        Value::U64(number) => usize::try_from(*number).ok(),
        Value::I8(number) => usize::try_from(*number).ok(),
        Value::I16(number) => usize::try_from(*number).ok(),
        Value::I32(number) => usize::try_from(*number).ok(),
        Value::I64(number) => usize::try_from(*number).ok(),
        Value::F32(_) | Value::F64(_) | Value::Bool(_) | Value::String(_) | Value::Array(_) => None,
    }
}

//! The key-value part of a GGUF file, read with types and with errors that name the key.

use std::{collections::HashMap, io::Read};

use super::header;

/// A value of GGUF metadata. Integers of all widths are one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An integer.
    Integer(i128),
    /// A 32-bit float.
    Float(f32),
    /// A 64-bit float.
    Double(f64),
    /// A truth value.
    Flag(bool),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a 32-bit float",
            Self::Double(_) => "a 64-bit float",
            Self::Flag(_) => "a truth value",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
        }
    }

    fn count(&self) -> Option<usize> {
        if let Self::Integer(number) = self { usize::try_from(*number).ok() } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

/// Typed access to GGUF metadata. A key of the wrong type is an error, not an absent key; every
/// error is a clause that says what is wrong with the file, without its name.
#[derive(Debug)]
pub struct Metadata {
    values: HashMap<String, Value>,
}

impl FromIterator<(String, Value)> for Metadata {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(values: T) -> Self {
        Self { values: values.into_iter().collect() }
    }
}

impl Metadata {
    /// Reads the metadata at the head of a GGUF file, and nothing behind it. `source` should be
    /// buffered.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(source: impl Read) -> Result<Self, String> {
        header::read(source).map(Self::from_iter)
    }

    fn get<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.values.get(key) else { return Ok(None) };
        let found = convert(value);
        found.map(Some).ok_or_else(|| format!("`{key}` is {}, not {expected}", value.kind()))
    }

    /// A string, if the key is there.
    ///
    /// # Errors
    /// Something else is there.
    pub fn text(&self, key: &str) -> Result<Option<&str>, String> {
        self.get(key, "a string", Value::text)
    }

    /// A non-negative integer of any width, if the key is there.
    ///
    /// # Errors
    /// Something else is there.
    pub fn count(&self, key: &str) -> Result<Option<usize>, String> {
        self.get(key, "a non-negative integer", Value::count)
    }

    /// A 32-bit float, if the key is there.
    ///
    /// # Errors
    /// Something else is there.
    pub fn float(&self, key: &str) -> Result<Option<f32>, String> {
        let float = |value: &Value| if let Value::Float(number) = value { Some(*number) } else { None };
        self.get(key, "a 32-bit float", float)
    }

    /// A truth value, if the key is there.
    ///
    /// # Errors
    /// Something else is there.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        let flag = |value: &Value| if let Value::Flag(flag) = value { Some(*flag) } else { None };
        self.get(key, "a truth value", flag)
    }

    /// An array of strings, if the key is there.
    ///
    /// # Errors
    /// Something else is there.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<&str>>, String> {
        self.get(key, "an array of strings", |value| value.list()?.iter().map(Value::text).collect())
    }

    /// An array of non-negative integers, if the key is there.
    ///
    /// # Errors
    /// Something else is there.
    pub fn counts(&self, key: &str) -> Result<Option<Vec<usize>>, String> {
        self.get(key, "an array of non-negative integers", |value| {
            value.list()?.iter().map(Value::count).collect()
        })
    }

    /// A non-negative integer that must be there.
    ///
    /// # Errors
    /// Nothing or something else is there.
    pub fn need_count(&self, key: &str) -> Result<usize, String> {
        self.count(key)?.ok_or_else(|| missing(key))
    }

    /// A 32-bit float that must be there.
    ///
    /// # Errors
    /// Nothing or something else is there.
    pub fn need_float(&self, key: &str) -> Result<f32, String> {
        self.float(key)?.ok_or_else(|| missing(key))
    }

    /// A string that must be there.
    ///
    /// # Errors
    /// Nothing or something else is there.
    pub fn need_text(&self, key: &str) -> Result<&str, String> {
        self.text(key)?.ok_or_else(|| missing(key))
    }

    /// An array of strings that must be there.
    ///
    /// # Errors
    /// Nothing or something else is there.
    pub fn need_texts(&self, key: &str) -> Result<Vec<&str>, String> {
        self.texts(key)?.ok_or_else(|| missing(key))
    }
}

/// What is said of a key that must be there and is not.
fn missing(key: &str) -> String {
    format!("it has no `{key}`")
}

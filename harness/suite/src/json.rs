//! JSON without ambiguity: an object that names a key twice is refused, because one engine
//! takes the first and another the last.

use std::{collections::BTreeSet, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The document in `text`.
///
/// # Errors
/// Where it is not JSON, or an object names a key twice; the error knows line and column.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Unambiguous.deserialize(&mut deserializer)?;
    deserializer.end()?;
    serde_json::from_str(text)
}

/// The byte offset of the place that `error` names by line and column.
pub(crate) fn offset(text: &str, error: &serde_json::Error) -> usize {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    (before + error.column().saturating_sub(1)).min(text.len())
}

/// What is wrong, without the place, which the caller shows.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Walks a document and keeps nothing but the keys of the objects it is in.
struct Unambiguous;

impl<'de> DeserializeSeed<'de> for Unambiguous {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            if let Some(key) = keys.replace(key) {
                return Err(A::Error::custom(format_args!("key `{}` is named twice", key.escape_debug())));
            }
            entries.next_value_seed(Self)?;
        }
        Ok(())
    }
}

/// An object's key.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::{message, offset, parse};

    #[test]
    fn a_repeated_key_is_refused_at_its_place_however_deep() {
        let text = "{\n  \"a\": [{\"b\": 1, \"b\": 2}]\n}";
        let error = parse(text).unwrap_err();
        assert_eq!(message(&error), "key `b` is named twice");
        assert_eq!(error.line(), 2);
        assert!(text.get(offset(text, &error)..).unwrap().starts_with(['"', ':']));
    }

    #[test]
    fn the_same_key_in_two_objects_is_fine() {
        parse(r#"[{"a": null}, {"a": {"a": -1.5}}, true, "x"]"#).unwrap();
    }

    #[test]
    fn what_follows_the_document_is_refused() {
        assert!(parse("{} {}").is_err());
        assert!(parse("").is_err());
    }
}

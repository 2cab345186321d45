//! JSON without loss: a document's parts as they are written, numbers, escapes and repeated names
//! included. serde_json's values would round `9007199254740993.0`, and read `1.0` and `1e0` alike.

use serde::de::{Deserialize, IgnoredAny};

/// One JSON value, opened by one level. Everything is text as it stands in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape<'t> {
    /// Members in their order: name (a JSON string with its quotes) and value.
    Object(Vec<(&'t str, &'t str)>),
    /// Elements.
    Array(Vec<&'t str>),
    /// A string, number or literal.
    Scalar(&'t str),
}

/// Whether `text` is one JSON document, at any depth of nesting.
///
/// # Errors
/// What serde_json finds wrong, with line and column.
pub(crate) fn check(text: &str) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Ignoring a value takes no stack, so that the depth does not matter.
    IgnoredAny::deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Opens a value. Only for text that [`check`] has passed: of anything else the parts make no
/// sense.
pub(crate) fn open(text: &str) -> Shape<'_> {
    let text = text.trim_matches(is_space);
    match text.as_bytes().first() {
        Some(b'{') => Shape::Object(
            parts(inside(text)).into_iter().filter_map(|member| member.split_once_at_colon()).collect(),
        ),
        Some(b'[') => Shape::Array(parts(inside(text)).into_iter().map(|part| part.0).collect()),
        Some(_) | None => Shape::Scalar(text),
    }
}

/// What stands between the commas of an array or object: elements, or members with name and value.
pub(crate) fn wholes(text: &str) -> Vec<&str> {
    parts(inside(text.trim_matches(is_space))).into_iter().map(|part| part.0).collect()
}

/// `text` with `new` in the places of `old`, which are parts of it in their order.
pub(crate) fn replaced(text: &str, old: &[&str], new: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    for (old, new) in old.iter().zip(new) {
        // Before a part are only whitespace, a comma or the container's bracket, and no part of a
        // container is found where the container itself begins.
        let Some((before, after)) = rest.split_once(old) else { break };
        out.push_str(before);
        out.push_str(new);
        rest = after;
    }
    out + rest
}

/// The string that `quoted`, a JSON string, stands for; lone surrogates become U+FFFD.
pub(crate) fn unquote(quoted: &str) -> String {
    if !quoted.contains('\\') {
        let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        return inner.unwrap_or(quoted).to_owned();
    }
    serde_json::from_str(quoted).unwrap_or_else(|_| {
        let bytes: Result<Vec<u8>, _> = serde_json::from_str::<Bytes>(quoted).map(|bytes| bytes.0);
        bytes.map_or_else(|_| quoted.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    })
}

/// Levels of arrays and objects, 0 for a scalar.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (_, byte) in outside_strings(text) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The JSON document without whitespace between its tokens, and otherwise as it stands. Of text that is no JSON
/// nothing is promised.
#[must_use]
pub fn minified(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, byte) in outside_strings(text) {
        if byte.is_ascii_whitespace() {
            out.push_str(text.get(from..at).unwrap_or_default());
            from = at + 1;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// A string's bytes, so that a lone surrogate can be read.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

/// What JSON calls whitespace.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// A container's text without its brackets.
fn inside(text: &str) -> &str {
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default()
}

/// An element of an array, or a member of an object.
struct Part<'t>(&'t str);

impl<'t> Part<'t> {
    fn split_once_at_colon(&self) -> Option<(&'t str, &'t str)> {
        let (at, _) = outside_strings(self.0).find(|(_, byte)| *byte == b':')?;
        let (name, value) = self.0.split_at_checked(at)?;
        Some((name.trim_matches(is_space), value.get(1..)?.trim_matches(is_space)))
    }
}

/// What stands between the commas of a container's inside.
fn parts(inside: &str) -> Vec<Part<'_>> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let mut push = |from: usize, to: usize| {
        parts.push(Part(inside.get(from..to).unwrap_or_default().trim_matches(is_space)));
    };
    for (at, byte) in outside_strings(inside) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                push(from, at);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !inside.trim_matches(is_space).is_empty() {
        push(from, inside.len());
    }
    parts
}

/// The bytes that are not part of a string, with their places; no quote is among them.
fn outside_strings(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quoted = false;
    let mut escaped = false;
    text.bytes().enumerate().filter(move |(_, byte)| {
        if escaped {
            escaped = false;
        } else if quoted && *byte == b'\\' {
            escaped = true;
        } else if *byte == b'"' {
            quoted = !quoted;
            return false;
        }
        !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::{Shape, check, depth, minified, open, unquote};

    #[test]
    fn parts_are_as_they_are_written() {
        let text = r#" { "a,\"}" : [1.0, 1e0 ,-0 ] , "b":{"c":"x:y"},"b": "\u0041" } "#;
        check(text).unwrap();
        let Shape::Object(members) = open(text) else { panic!("an object") };
        assert_eq!(
            members,
            [(r#""a,\"}""#, "[1.0, 1e0 ,-0 ]"), ("\"b\"", r#"{"c":"x:y"}"#), ("\"b\"", r#""\u0041""#)]
        );
        assert_eq!(open(members[0].1), Shape::Array(vec!["1.0", "1e0", "-0"]));
        assert_eq!(open("[ ]"), Shape::Array(vec![]));
        assert_eq!(open("{\n}"), Shape::Object(vec![]));
        assert_eq!(open(" 7\n"), Shape::Scalar("7"));
        assert_eq!(depth(text), 2);
        assert_eq!(minified(text), r#"{"a,\"}":[1.0,1e0,-0],"b":{"c":"x:y"},"b":"\u0041"}"#);
    }

    #[test]
    fn depth_takes_no_stack() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        check(&deep).unwrap();
        assert_eq!(depth(&deep), 200_000);
    }

    #[test]
    fn a_string_means_what_it_says() {
        assert_eq!(unquote(r#""\u0041\n\ud83d\ude00""#), "A\n\u{1f600}");
        assert!(unquote(r#""a\ud800b""#).starts_with('a'));
    }
}

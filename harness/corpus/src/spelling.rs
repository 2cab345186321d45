//! How an instance is written before an engine sees it.
//!
//! Engines differ in the whitespace they allow, so the spelling is part of the experiment:
//!
//! * [`Spelling::Spaced`] is what MaskBench's runner feeds: `json.dumps(data, indent=None,
//!   ensure_ascii=False)` in `maskbench/runner.py` (guidance-ai/jsonschemabench, ba103c73), so `", "`
//!   and `": "`, no escapes but those JSON demands, and Python's numbers (`1e5` is `100000.0`).
//! * [`Spelling::Compact`] is what llguidance's own runner feeds: `serde_json::to_string` with
//!   `preserve_order` in `json_stats/src/json_stats.rs` (guidance-ai/llguidance, c75b0d90).
//! * [`Spelling::AsFound`] is the corpus' own text.
//!
//! All three keep the order of members. Where a name repeats, the first two do as Python and serde_json
//! do: the last value at the first place.

use serde::{Deserialize, Serialize};

use crate::text::{Shape, depth, open};

/// Levels of nesting up to which an instance is respelled; deeper ones are fed as they are found.
const DEEPEST: usize = 512;

/// How instances are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// As MaskBench's runner feeds them: `{"a": [1, 2]}`.
    #[default]
    Spaced,
    /// As llguidance's runner feeds them: `{"a":[1,2]}`.
    Compact,
    /// As the corpus has them.
    AsFound,
}

impl Spelling {
    /// `text`, which must be JSON, in this spelling.
    #[must_use]
    pub fn spell(self, text: &str) -> String {
        if self == Self::AsFound || depth(text) > DEEPEST {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        self.append(text, &mut out);
        out
    }

    fn append(self, text: &str, out: &mut String) {
        let (comma, colon) = match self {
            Self::Spaced => (", ", ": "),
            Self::Compact | Self::AsFound => (",", ":"),
        };
        match open(text) {
            Shape::Scalar(scalar) => out.push_str(&self.scalar(scalar)),
            Shape::Array(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    out.push_str(if n == 0 { "" } else { comma });
                    self.append(item, out);
                }
                out.push(']');
            }
            Shape::Object(members) => {
                out.push('{');
                for (n, (name, value)) in once_each(self, &members).iter().enumerate() {
                    out.push_str(if n == 0 { "" } else { comma });
                    out.push_str(name);
                    out.push_str(colon);
                    self.append(value, out);
                }
                out.push('}');
            }
        }
    }

    fn scalar(self, text: &str) -> String {
        match text.as_bytes().first() {
            Some(b'"') => string(text),
            Some(b'-' | b'0'..=b'9') => self.number(text),
            Some(_) | None => text.to_owned(),
        }
    }

    fn number(self, text: &str) -> String {
        match (self, text.contains(['.', 'e', 'E'])) {
            (Self::AsFound, _) => text.to_owned(),
            (Self::Spaced, true) => {
                // Python would write `Infinity`, which is not JSON, for what a double cannot hold.
                let float = text.parse().ok().filter(|float: &f64| float.is_finite());
                float.map_or_else(|| text.to_owned(), python_float)
            }
            (Self::Spaced, false) => if text == "-0" { "0" } else { text }.to_owned(),
            // serde_json's values hold 64 bits and turn longer integers into doubles.
            (Self::Compact, _) => serde_json::from_str::<serde_json::Number>(text)
                .map_or_else(|_| text.to_owned(), |number| number.to_string()),
        }
    }
}

/// Every name once, respelled: the last value at the first place.
fn once_each<'t>(spelling: Spelling, members: &[(&'t str, &'t str)]) -> Vec<(String, &'t str)> {
    let mut places = std::collections::HashMap::new();
    let mut kept: Vec<(String, &str)> = Vec::with_capacity(members.len());
    for (name, value) in members {
        let name = spelling.scalar(name);
        if let Some(earlier) = places.get(&name).and_then(|place: &usize| kept.get_mut(*place)) {
            earlier.1 = value;
        } else {
            places.insert(name.clone(), kept.len());
            kept.push((name, value));
        }
    }
    kept
}

/// A string with no escapes but those JSON demands. One with a lone surrogate stays as it is: no
/// UTF-8 text can hold it otherwise.
fn string(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let read: Result<String, _> = serde_json::from_str(text);
    read.and_then(|string| serde_json::to_string(&string)).unwrap_or_else(|_| text.to_owned())
}

/// `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16
/// on (CPython's `float_repr_style` short, format code `r`).
fn python_float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number == 0.0 || (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Spelling::{AsFound, Compact, Spaced};

    /// `python3 -c 'import json,sys; print(json.dumps(json.loads(sys.argv[1]), ensure_ascii=False))' TEXT`
    #[test]
    fn spaced_is_what_python_writes() {
        let told = [
            (r#"{"a":[1,2.50,{}],"b":[]}"#, r#"{"a": [1, 2.5, {}], "b": []}"#),
            ("[1e5, 1e16, 1e15, 1.5e300, 1e-4, 1e-5, 1.25e-7]", {
                "[100000.0, 1e+16, 1000000000000000.0, 1.5e+300, 0.0001, 1e-05, 1.25e-07]"
            }),
            ("[-0, -0.0, 0e9, 123456789012345678901234567890]", {
                "[0, -0.0, 0.0, 123456789012345678901234567890]"
            }),
            (r#""\u0041\u00e4\/\u0001\u007f\ud83d\ude00""#, "\"Aä/\\u0001\u{7f}😀\""),
            (r#"{"a":1,"b":2,"\u0061":3}"#, r#"{"a": 3, "b": 2}"#),
            ("[ null,true ,false ]", "[null, true, false]"),
        ];
        for (text, python) in told {
            assert_eq!(Spaced.spell(text), python);
        }
    }

    #[test]
    fn as_found_and_what_nests_deeply_stay_as_they_are() {
        let odd = "{ \"a\" :1e2}";
        assert_eq!(AsFound.spell(odd), odd);
        let deep = "[ ".repeat(600) + &"]".repeat(600);
        assert_eq!(Spaced.spell(&deep), deep);
    }

    proptest! {
        #[test]
        fn compact_is_what_serde_json_writes(text in crate::any_json()) {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Compact.spell(&text), serde_json::to_string(&value).unwrap());
        }

        #[test]
        fn no_spelling_changes_the_value(text in crate::any_json()) {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let spaced: serde_json::Value = serde_json::from_str(&Spaced.spell(&text)).unwrap();
            prop_assert_eq!(value, spaced);
        }
    }
}

//! Where a text, cut into tokens, is one whole JSON value: only there may an answer end.

use serde::de::{Deserialize, IgnoredAny};

/// How many tokens have been taken where the text so far is one whole JSON value, ascending; `lengths` are the
/// tokens' bytes. `1` is whole in the middle of `12`, and so is `{}` before the space of `{} `.
pub(crate) fn whole_at(text: &str, lengths: impl IntoIterator<Item = usize>) -> Vec<u32> {
    let value = Value::first_of(text);
    let mut end = 0;
    let ends = lengths.into_iter().map(|length| {
        end += length;
        end
    });
    (1_u32..).zip(ends).filter(|(_, end)| value.is_whole(text.as_bytes(), *end)).map(|(at, _)| at).collect()
}

/// The first value of a text.
enum Value {
    /// It closes itself: object, array, string or literal. Where it ends; `None` where it never does.
    Closed(Option<usize>),
    /// It goes on as long as there are digits: what is whole has to be looked at.
    Number {
        /// Where what could be part of it ends.
        end: usize,
    },
}

impl Value {
    fn first_of(text: &str) -> Self {
        let start = text.len() - text.trim_start_matches(is_space).len();
        let rest = text.get(start..).unwrap_or_default();
        if rest.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            let part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            return Self::Number { end: text.len() - rest.trim_start_matches(part).len() };
        }
        // A stream of values takes a word only where something else follows it; a parser of the prefix does not see
        // what follows.
        if let Some(word) = ["null", "true", "false"].iter().find(|word| rest.starts_with(**word)) {
            return Self::Closed(Some(start + word.len()));
        }
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let whole = matches!(values.next(), Some(Ok(_)));
        Self::Closed(whole.then(|| values.byte_offset()))
    }

    fn is_whole(&self, text: &[u8], end: usize) -> bool {
        let blank = |from: usize| {
            text.get(from..end).is_some_and(|rest| rest.iter().all(|byte| is_space(char::from(*byte))))
        };
        match self {
            Self::Closed(close) => close.is_some_and(|close| end >= close && blank(close)),
            Self::Number { end: number } => {
                let so_far = text.get(..end.min(*number)).unwrap_or_default();
                is_json(so_far) && (end <= *number || blank(*number))
            }
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether `bytes` are one JSON value with whitespace around it. Ignoring a value takes no stack, so that the
/// depth does not matter.
fn is_json(bytes: &[u8]) -> bool {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    IgnoredAny::deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_json, whole_at};

    /// By asking a parser about each prefix.
    fn expected(text: &str, lengths: &[usize]) -> Vec<u32> {
        let ends = lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        (1..).zip(ends).filter(|(_, end)| is_json(&text.as_bytes()[..*end])).map(|(at, _)| at).collect()
    }

    #[test]
    fn numbers_are_whole_early_and_others_when_they_close() {
        let bytes = |text: &str| whole_at(text, vec![1; text.len()]);
        assert_eq!(bytes("-12.5e1"), [2, 3, 5, 7]);
        assert_eq!(bytes(" [1] \n"), [4, 5, 6]);
        assert_eq!(bytes("\"a\\\"b\""), [6]);
        assert_eq!(bytes("true"), [4]);
        assert_eq!(bytes(" nullA"), [5]);
        assert_eq!(bytes("0 0"), [1, 2]);
        assert_eq!(bytes("01"), [1]);
        assert_eq!(bytes("{} {}"), [2, 3]);
        assert_eq!(bytes("{\"a\":"), [0_u32; 0]);
        assert_eq!(bytes(""), [0_u32; 0]);
        assert_eq!(bytes("nul"), [0_u32; 0]);
    }

    fn text() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            Just("null".to_owned()),
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
            any::<i32>().prop_map(|n| n.to_string()),
            "[ -~é\n]{0,6}".prop_map(|s| serde_json::to_string(&s).unwrap()),
        ];
        let value = scalar.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(" ,"))),
                prop::collection::vec(("[a-z]{0,2}", inner), 0..4).prop_map(|members| {
                    let members: Vec<String> =
                        members.iter().map(|(name, value)| format!("\"{name}\" :{value}")).collect();
                    format!("{{{}}}", members.join(", "))
                }),
            ]
        });
        // With something around it, and now and then something that is not JSON.
        ("[ \n]{0,2}", value, prop_oneof![3 => "[ \n]{0,2}", 1 => "[ -~]{0,3}"])
            .prop_map(|(before, value, after)| format!("{before}{value}{after}"))
    }

    proptest! {
        #[test]
        fn every_prefix_is_judged_as_a_parser_would(
            text in prop_oneof![4 => text(), 1 => "[-+.eE0-9 \\[\\]{}\",:tru]{0,12}"],
            cuts in prop::collection::vec(1..4_usize, 0..80),
        ) {
            let mut lengths = Vec::new();
            let mut left = text.len();
            for cut in cuts {
                lengths.push(cut.min(left));
                left -= cut.min(left);
            }
            lengths.push(left);
            lengths.retain(|length| *length > 0);
            prop_assert_eq!(whole_at(&text, lengths.iter().copied()), expected(&text, &lengths));
        }
    }
}

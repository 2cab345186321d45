//! The scanner against serde_json, and against its own definition of prefix and broken.

use proptest::prelude::*;
use serde_json::Value;

use super::{Flaw, Open, Scan, Verdict, scan};

fn verdict(text: &str) -> Verdict {
    scan(text.as_bytes()).verdict
}

fn broken(text: &[u8]) -> (usize, Flaw) {
    match scan(text) {
        Scan { verdict: Verdict::Broken { at, flaw }, .. } => (at, flaw),
        other => panic!("{other:?}"),
    }
}

#[test]
fn complete_values_may_have_whitespace_around_them() {
    for text in ["{}", " [1, -0.5e+3 ,null]\n", "\"\\ud83d\\ude00\"", "0", "-0", "true", "\t{\"a\" : {}}\r\n"]
    {
        assert_eq!(verdict(text), Verdict::Complete, "{text}");
    }
}

#[test]
fn an_unfinished_value_is_a_prefix() {
    for text in
        ["", " ", "{", "[1,", "[1", "\"a", "tr", "-", "1.", "2e", "2e+", "{\"a\"", "{\"a\":", "\"\\ud83d"]
    {
        assert_eq!(verdict(text), Verdict::Prefix, "{text}");
    }
    assert_eq!(scan(b"{\"a").open, Open::String);
    assert_eq!(scan(b"\"\\").open, Open::Escape);
    assert_eq!(scan(b"[1 ").open, Open::Outside);
}

#[test]
fn what_no_continuation_can_mend_is_broken_where_it_breaks() {
    let table: &[(&str, usize, Flaw)] = &[
        ("Sure! {}", 0, Flaw::NotAValue),
        ("```json\n{}", 0, Flaw::NotAValue),
        ("{} {}", 3, Flaw::TrailingText),
        ("[1 2]", 3, Flaw::NotAComma),
        ("[1}", 2, Flaw::NotAComma),
        ("[1,]", 3, Flaw::NotAValue),
        ("{'a':1}", 1, Flaw::NotAName),
        ("{\"a\" 1}", 5, Flaw::NotAColon),
        ("{\"a\":1,}", 7, Flaw::NotAName),
        ("01", 1, Flaw::LeadingZero),
        ("-a", 1, Flaw::NotADigit),
        ("[.5]", 1, Flaw::NotAValue),
        ("tru ", 3, Flaw::NotAValue),
        ("NaN", 0, Flaw::NotAValue),
        ("\"a\nb\"", 2, Flaw::ControlCharacter),
        ("\"\\x\"", 2, Flaw::Escape),
        ("\"\\u00g", 5, Flaw::Escape),
        ("\"\\ud800\"", 7, Flaw::LoneSurrogate),
        ("\"\\udc00", 4, Flaw::LoneSurrogate),
        ("\"\\ud800\\u0041", 9, Flaw::LoneSurrogate),
        ("\u{feff}{}", 0, Flaw::ByteOrderMark),
    ];
    for (text, at, flaw) in table {
        assert_eq!(broken(text.as_bytes()), (*at, *flaw), "{text}");
    }
}

#[test]
fn bytes_that_are_not_text_are_broken_unless_a_string_was_cut_in_a_character() {
    assert_eq!(broken(b"\"\xFF\""), (1, Flaw::Utf8));
    assert_eq!(broken(b"{\xC3"), (1, Flaw::Utf8));
    assert_eq!(broken(b"{}\xC3"), (2, Flaw::Utf8));
    assert_eq!(scan(b"\"\xC3").verdict, Verdict::Prefix);
    assert_eq!(broken(b"\"\\\xC3"), (2, Flaw::Utf8));
}

#[test]
fn repeated_names_and_huge_numbers_are_reported_not_refused() {
    let found = scan(br#"{"a":1,"b":{"a":2},"\u0061":3}"#);
    assert_eq!(found.verdict, Verdict::Complete);
    assert_eq!(found.repeated.map(|again| (again.at, again.name)), Some((19, "a".into())));
    let found = scan(b"[1e999, 0e999, 1e-999, -2e308]");
    assert_eq!((found.verdict, found.huge), (Verdict::Complete, vec![1..6, 23..29]));
    assert_eq!(scan("9".repeat(400).as_bytes()).huge, vec![0..400]);
}

#[test]
fn depth_costs_no_stack() {
    let text = "[".repeat(1_000_000);
    let found = scan(text.as_bytes());
    assert_eq!((found.verdict, found.depth), (Verdict::Prefix, 1_000_000));
}

/// Any JSON document with all sorts of strings and numbers.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text that is often nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83d", "\\ude00", "0041", "n", "true", "null", "-",
        "0", "1", "12", ".", "e", "E+", "5", " ", "\n", "\t", "é", "\u{1}", "\"a\"", "{\"a\":1", "1e999",
        "x", "\u{feff}",
    ]);
    proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

/// Checks the definitions, and agreement with serde_json up to the limits that the scanner does not have.
fn check(text: &str) -> Result<(), TestCaseError> {
    let found = scan(text.as_bytes());
    let accepted = serde_json::from_str::<Value>(text).is_ok();
    let expected = found.verdict == Verdict::Complete && found.huge.is_empty() && found.depth < 128;
    prop_assert_eq!(accepted, expected, "{:?}: {:?}", text, found);
    if let Verdict::Broken { at, .. } = found.verdict {
        let before_is_broken = matches!(verdict(&text[..at]), Verdict::Broken { .. });
        prop_assert!(!before_is_broken, "{:?} breaks before {}", text, at);
        let end = (at + 1..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap();
        prop_assert_eq!(verdict(&text[..end]), found.verdict);
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_prefix_of_a_document_is_complete_or_a_prefix(document in documents(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let text = text.unwrap();
        prop_assert_eq!(verdict(&text), Verdict::Complete);
        for end in 0..text.len() {
            let found = scan(&text.as_bytes()[..end]);
            prop_assert!(!matches!(found.verdict, Verdict::Broken { .. }), "{} {:?}", end, found);
        }
    }

    #[test]
    fn agrees_with_serde_json_on_nearly_json(text in nearly_json()) {
        check(&text)?;
    }

    #[test]
    fn agrees_with_serde_json_on_any_text(text: String) {
        check(&text)?;
    }

    #[test]
    fn agrees_with_serde_json_on_a_damaged_document(document in documents(), place: prop::sample::Index, byte in 0_u8..128) {
        let mut bytes = serde_json::to_vec(&document).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            check(&text)?;
        }
    }

    #[test]
    fn any_bytes_are_scanned_without_panic(bytes: Vec<u8>) {
        let found = scan(&bytes);
        prop_assert_eq!(found, scan(&bytes));
    }
}

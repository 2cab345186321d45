//! The validator's word on labels: in the schema's own dialect, and never without end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{path::Path, time::Duration};

use gonogo_corpus::{
    Corpus, Draft, Entry, Formats, Instance, Validity, disagreements, read, recheck, recheck_within,
};

fn entry(draft: Draft, schema: &str, texts: &[(&str, bool)]) -> Entry {
    let instances = texts.iter().enumerate().map(|(number, (text, labelled))| Instance {
        id: number.to_string(),
        text: (*text).to_owned(),
        labelled: *labelled,
        why: None,
    });
    Entry {
        id: "e".to_owned(),
        split: "s".to_owned(),
        schema: schema.to_owned(),
        draft,
        keywords: Vec::new(),
        formats: true,
        why: None,
        instances: instances.collect(),
    }
}

fn invalid(found: &Validity) -> (&str, &str) {
    let Validity::Invalid { keyword, instance_path, .. } = found else { panic!("{found:?}") };
    (keyword, instance_path)
}

#[test]
fn the_draft_decides_what_a_keyword_means() {
    let schema = r#"{"maximum": 3, "exclusiveMaximum": true}"#;
    assert_eq!(
        invalid(&recheck(&entry(Draft::Draft4, schema, &[("3", false)]), Formats::default())[0]).1,
        ""
    );
    let found = recheck(&entry(Draft::Draft202012, schema, &[("3", false)]), Formats::default());
    assert!(matches!(&found[0], Validity::Undecided { cause } if cause.contains("not valid in its dialect")));
    let tuple = r#"{"items": [{"type": "null"}]}"#;
    let found =
        recheck(&entry(Draft::Draft7, tuple, &[("[null, 1]", true), ("[1]", false)]), Formats::default());
    assert_eq!(found[0], Validity::Valid);
    assert_eq!(invalid(&found[1]), ("type", "/0"));
}

#[test]
fn formats_count_as_asked() {
    let mut entry = entry(Draft::Draft202012, r#"{"format": "date"}"#, &[("\"soon\"", false)]);
    assert_eq!(invalid(&recheck(&entry, Formats::AsLabelled)[0]).0, "format");
    assert_eq!(recheck(&entry, Formats::Ignored), [Validity::Valid]);
    entry.formats = false;
    assert_eq!(recheck(&entry, Formats::AsLabelled), [Validity::Valid]);
    assert_eq!(invalid(&recheck(&entry, Formats::Asserted)[0]).0, "format");
}

#[test]
fn what_is_no_json_is_invalid_and_what_cannot_be_read_is_undecided() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    let texts =
        [("{\"a\":1,}", false), ("", false), (deep.as_str(), true), ("\"\\ud800\"", true), ("1e999", true)];
    let found = recheck(&entry(Draft::Draft202012, "true", &texts), Formats::default());
    assert_eq!(invalid(&found[0]), ("json", ""));
    assert_eq!(invalid(&found[1]), ("json", ""));
    assert!(matches!(&found[2], Validity::Undecided { cause } if cause.contains("200 levels")), "{found:?}");
    assert!(matches!(&found[3], Validity::Undecided { .. }), "{found:?}");
    assert_eq!(found[4], Validity::Valid);
}

#[test]
fn labels_that_differ_are_listed_and_the_undecided_are_not() {
    let entry = entry(Draft::Draft202012, r#"{"minimum": 1}"#, &[("0", true), ("1", false), ("1", true)]);
    let mut found = recheck_within(&entry, Formats::default(), Duration::from_secs(60));
    let entries = vec![entry];
    let corpus = Corpus { name: "c".to_owned(), sha256: String::new(), entries, skipped: Vec::new() };
    let differing = disagreements(&corpus, &[found.clone()]);
    let told: Vec<_> = differing.iter().map(|d| (d.instance.as_str(), d.labelled)).collect();
    assert_eq!(told, [("0", true), ("1", false)]);
    assert_eq!(invalid(&differing[0].found).0, "minimum");
    found[0] = Validity::Undecided { cause: "no time".to_owned() };
    assert_eq!(disagreements(&corpus, &[found]).len(), 1);
}

#[test]
fn a_schema_that_refers_to_itself_is_decided() {
    for schema in [
        r##"{"$ref": "#"}"##,
        r##"{"allOf": [{"$ref": "#"}]}"##,
        r##"{"anyOf": [{"$ref": "#"}, {"type": "null"}]}"##,
    ] {
        let entry = entry(Draft::Draft202012, schema, &[("null", true)]);
        assert_eq!(recheck_within(&entry, Formats::default(), Duration::from_secs(60)).len(), 1, "{schema}");
    }
}

#[test]
fn what_takes_too_long_is_undecided() {
    let items: Vec<String> = (0..200_000).map(|n| format!("[{n}]")).collect();
    let text = format!("[{}]", items.join(","));
    let entry = entry(Draft::Draft202012, r#"{"uniqueItems": true}"#, &[(&text, true)]);
    let found = recheck_within(&entry, Formats::default(), Duration::ZERO);
    assert!(matches!(&found[0], Validity::Undecided { cause } if cause.contains("0ns")), "{found:?}");
}

/// Not part of the repository; `cargo test -p gonogo-corpus -- --ignored` where it lies beside it.
#[test]
#[ignore = "needs the sample of MaskBench beside the repository"]
fn the_labels_of_the_sample_that_are_not_the_validators() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/maskbench-sample.jsonl.gz");
    let corpus = read(&path).unwrap();
    let found: Vec<Vec<Validity>> = corpus
        .entries
        .iter()
        .map(|entry| recheck_within(entry, Formats::default(), Duration::from_secs(60)))
        .collect();
    // Formats of later drafts, which the corpus' validators assert in drafts 4 and 6 as well.
    let told: Vec<_> =
        disagreements(&corpus, &found).into_iter().map(|d| (d.entry, d.instance, d.found)).collect();
    let named = [("Github_easy---o76630", "1"), ("Github_hard---o8458", "2"), ("Github_hard---o8471", "2")];
    assert_eq!(told, named.map(|(entry, instance)| (entry.to_owned(), instance.to_owned(), Validity::Valid)));
    // Its pattern is an expression for Python and none for ECMA-262 with the flag u.
    let undecided = corpus
        .entries
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.iter().any(|validity| matches!(validity, Validity::Undecided { .. })));
    assert_eq!(undecided.map(|(entry, _)| entry.id.as_str()).collect::<Vec<_>>(), ["Github_medium---o58776"]);
}

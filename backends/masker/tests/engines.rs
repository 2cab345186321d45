//! Every engine that runs in this process, through the worker: what it is told, what it allows, and
//! that going back changes nothing.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use gonogo_engine::EngineOptions;
use gonogo_masks::matched_options;
use gonogo_protocol::masks::{DrawFinish, FromMasker, WalkEnd};
use serde_json::{Value, json};
use support::{ENGINES, any_cut, ask, cut, draw, look, open, schema, text, walks};

/// Whether the engine allows every token of `text` and an end behind it.
fn accepts(engine: &str, options: &Value, shape: &Value, text: &str) -> bool {
    let walked = &walks(engine, options, &schema(shape), &[text])[0];
    walked.end == WalkEnd::Through && walked.may_end.last() == Some(&u32::try_from(cut(text).len()).unwrap())
}

/// Shapes on which engines ought to agree, each with answers that are and are not of that shape.
fn shapes() -> Vec<(Value, Vec<&'static str>)> {
    vec![
        (json!({"type": "boolean"}), vec!["true", "false", "12"]),
        (json!({"enum": ["an", "answer", 12, null]}), vec!["\"answer\"", "12", "null", "\"a\""]),
        (
            json!({"type": "object", "properties": {"answer": {"type": "boolean"}, "an": {"type": "null"}},
                "required": ["answer", "an"], "additionalProperties": false}),
            vec![r#"{"answer": true, "an": null}"#, r#"{"answer":false}"#, r#"{"an": null}"#],
        ),
        (
            json!({"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2}),
            vec!["[true, false]", "[true, true, true]", "[]"],
        ),
    ]
}

#[test]
fn matched_options_are_honoured_by_every_engine() {
    let matched = matched_options();
    let object = json!({"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]});
    let empty = json!({"type": "object"});
    let unknown = json!({"type": "boolean", "not": {"const": true}, "gonogo": 1});
    for engine in ENGINES {
        let accepts = |shape: &Value, text: &str| accepts(engine, &matched, shape, text);
        assert!(accepts(&object, r#"{"a": true}"#), "{engine}");
        assert!(!accepts(&object, r#"{"a": true, "b": 1}"#), "{engine}: closed");
        assert!(accepts(&empty, "{}") && !accepts(&empty, r#"{"b": 1}"#), "{engine}: closed");
        assert!(accepts(&object, "{\n\t\"a\" \r\n: true\n}"), "{engine}: flexible");
        assert!(accepts(&object, r#"{"a":true}"#), "{engine}: flexible");
        assert!(accepts(&unknown, "false"), "{engine}: ignore");
        let shape = schema(&json!({"enum": ["answer"]}));
        let FromMasker::Seen(seen) = &ask(engine, &matched, &[look(&shape, cut("\""))])[0] else { panic!() };
        let mask = gonogo_engine::Mask::from_hex(seen.tokens as usize, &seen.hex).unwrap();
        let cuts: Vec<String> = mask.iter().map(|token| text(&[token])).collect();
        assert_eq!(cuts, ["a", "answer", "an"], "{engine}: any cut");
    }
}

#[test]
fn what_an_engine_cannot_honour_is_an_error_that_says_what_to_do() {
    let refused: [(&str, &[Value]); 3] = [
        ("llguidance", &[json!({"compile-threads": 2}), json!({"compile-cache": true})]),
        ("xgrammar-rs", &[json!({"unsupported": "reject"}), json!({"canonical-tokens": true})]),
        (
            "outlines",
            &[
                json!({"whitespace": "fixed"}),
                json!({"additional-properties": "open"}),
                json!({"unsupported": "reject"}),
                json!({"canonical-tokens": true}),
                json!({"compile-threads": 2}),
                json!({"compile-cache": true}),
            ],
        ),
    ];
    for (engine, options) in refused {
        for options in options {
            let error = open(engine, &EngineOptions::read(options).unwrap()).err().unwrap();
            let name = options.as_object().unwrap().keys().next().unwrap();
            assert!(error.contains(name.as_str()) && error.contains("leave"), "{engine}, {options}: {error}");
        }
    }
}

#[test]
fn going_back_gives_the_masks_of_a_fresh_compile() {
    for engine in ENGINES {
        for options in [any_cut(), matched_options()] {
            for (shape, texts) in shapes() {
                let constraint = schema(&shape);
                for (index, walked) in walks(engine, &options, &constraint, &texts).iter().enumerate() {
                    let alone = &walks(engine, &options, &constraint, &texts[index..=index])[0];
                    assert_eq!(
                        (&walked.sums, &walked.may_end, &walked.end),
                        (&alone.sums, &alone.may_end, &alone.end),
                        "{engine}, {options}, {shape}, {}",
                        texts[index]
                    );
                    assert_eq!(walked.reset.is_some(), index > 0, "{engine} can go back");
                }
            }
        }
    }
}

#[test]
fn engines_agree_on_simple_shapes_under_matched_options() {
    let matched = matched_options();
    for (shape, texts) in shapes() {
        let constraint = schema(&shape);
        let ends = |engine| -> Vec<(WalkEnd, Vec<u32>)> {
            let walked = walks(engine, &matched, &constraint, &texts);
            walked.into_iter().map(|walk| (end_without_count(walk.end), walk.may_end)).collect()
        };
        let first = ends("llguidance");
        assert!(first.iter().any(|(end, _)| *end == WalkEnd::Through), "{shape}");
        for engine in ["outlines", "xgrammar-rs"] {
            assert_eq!(ends(engine), first, "{engine}, {shape}");
        }
    }
    // Where there is no room for white space, the masks are the same to the bit.
    for (shape, texts) in &shapes()[..2] {
        let sums = |engine| -> Vec<Vec<u32>> {
            walks(engine, &matched, &schema(shape), texts).into_iter().map(|walk| walk.sums).collect()
        };
        for engine in ["outlines", "xgrammar-rs"] {
            assert_eq!(sums(engine), sums("llguidance"), "{engine}, {shape}");
        }
    }
}

/// Engines leave room for white space at different places, which shows only in the count.
fn end_without_count(end: WalkEnd) -> WalkEnd {
    match end {
        WalkEnd::Refused { at, .. } => WalkEnd::Refused { at, allowed: 1 },
        WalkEnd::Through | WalkEnd::Failed { .. } => end,
    }
}

#[test]
fn drawn_answers_repeat_with_the_seed_are_whole_and_of_the_shape() {
    let (shape, prefix) = (shapes()[2].0.clone(), r#"{"answer": "#);
    let constraint = schema(&shape);
    for engine in ENGINES {
        let lines: Vec<_> = (0..12).map(|seed| draw(&constraint, cut(prefix), seed)).collect();
        let twice = [lines.clone(), lines].concat();
        let said = ask(engine, &matched_options(), &twice);
        assert_eq!(said[..12], said[12..], "{engine}: equal seeds");
        let mut texts = Vec::new();
        for line in &said[..12] {
            let FromMasker::Drawn(drawn) = line else { panic!("{engine}: {line:?}") };
            assert_eq!(drawn.finish, DrawFinish::Stop, "{engine}");
            let whole: Value = serde_json::from_str(&format!("{prefix}{}", text(&drawn.tokens))).unwrap();
            assert!(whole["answer"].is_boolean() && whole["an"].is_null(), "{engine}: {whole}");
            texts.push(text(&drawn.tokens));
        }
        texts.sort();
        texts.dedup();
        assert!(texts.len() > 1, "{engine}: other seeds draw other answers");
    }
}

#[test]
fn a_budget_ends_a_drawn_answer_and_so_does_a_dead_end() {
    let long = schema(&json!({"type": "string", "minLength": 200}));
    let nothing = schema(&json!({"$ref": "#"}));
    let said = ask("llguidance", &any_cut(), &[draw(&long, vec![], 3), draw(&nothing, vec![], 3)]);
    let [FromMasker::Drawn(spent), FromMasker::Drawn(stuck)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((spent.finish, spent.tokens.len()), (DrawFinish::Length, 60));
    assert_eq!((stuck.finish, stuck.tokens.len()), (DrawFinish::DeadEnd, 0));
}

#[test]
fn control_tokens_are_allowed_by_nobody_but_an_engine_without_constraints() {
    let string = schema(&json!({"type": "string"}));
    for engine in ENGINES {
        let walked = &walks(engine, &any_cut(), &string, &["\"<|im_start|>\""])[0];
        assert_eq!((walked.control, &walked.end), (None, &WalkEnd::Through), "{engine}");
    }
}

#[test]
fn the_version_of_outlines_is_the_one_that_is_locked() {
    let lock = include_str!("../../../Cargo.lock");
    let locked = lock.split("name = \"outlines-core\"\nversion = \"").nth(1).unwrap().split('"').next();
    let version = open("outlines", &EngineOptions::default()).unwrap().identity().version;
    assert_eq!(locked, Some(version.as_str()));
}

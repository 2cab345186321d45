//! What XGrammar promises through the engine trait, in the process it always runs in.

use gonogo_core::Constraint;
use gonogo_engine::{AdditionalProperties, EngineOptions, Unsupported, Whitespace};
use gonogo_protocol::masks::{Failed, MaskFailure, MaskPhase, WalkEnd, Walked};
use serde_json::json;

use crate::{
    process::XGrammar,
    support::schema,
    vocabulary::{may_end, vocabulary},
};

fn walk(options: &EngineOptions, constraint: &Constraint, text: &str) -> Result<Walked, Failed> {
    XGrammar::start(options).walk(constraint, &vocabulary().encode(text))
}

fn accepts(options: &EngineOptions, constraint: &Constraint, text: &str) -> bool {
    let end = u32::try_from(vocabulary().encode(text).len()).unwrap();
    walk(options, constraint, text).is_ok_and(|walked| walked.may_end.contains(&end))
}

fn rejection(constraint: &Constraint) -> String {
    match walk(&EngineOptions::default(), constraint, "") {
        Err(Failed { phase: MaskPhase::Compile, class: MaskFailure::Rejected, message }) => message,
        other => panic!("{constraint:?} was not rejected: {other:?}"),
    }
}

#[test]
fn defaults_are_the_python_interface_s() {
    let defaults = EngineOptions::default();
    let object = schema(&json!({"type": "object", "properties": {"a": {"type": "integer"}}}));
    assert!(accepts(&defaults, &object, "{\n \"a\" :1}"), "any whitespace");
    assert!(!accepts(&defaults, &object, r#"{"a": 1, "b": 2}"#), "strict");
}

#[test]
fn options_mean_what_they_say() {
    let object = schema(&json!({"type": "object", "properties": {"a": {"type": "integer"}}}));
    let open =
        EngineOptions { additional_properties: Some(AdditionalProperties::Open), ..EngineOptions::default() };
    assert!(accepts(&open, &object, r#"{"a": 1, "b": 2}"#));
    let closed = EngineOptions {
        additional_properties: Some(AdditionalProperties::Closed),
        ..EngineOptions::default()
    };
    let (bare, list) = (schema(&json!({"type": "object"})), schema(&json!({"type": "array", "maxItems": 3})));
    assert!(!accepts(&closed, &bare, r#"{"b": 2}"#) && accepts(&closed, &bare, "{}"));
    assert!(accepts(&closed, &list, "[1]") && !accepts(&EngineOptions::default(), &list, "[1]"));
    let fixed = EngineOptions { whitespace: Some(Whitespace::Fixed), ..EngineOptions::default() };
    assert!(accepts(&fixed, &object, r#"{"a": 1}"#) && !accepts(&fixed, &object, r#"{"a":1}"#));
    for refused in [
        EngineOptions { unsupported: Some(Unsupported::Reject), ..EngineOptions::default() },
        EngineOptions { canonical_tokens: Some(true), ..EngineOptions::default() },
    ] {
        let failed = XGrammar::open(&refused).err().unwrap();
        assert_eq!((failed.phase, failed.class), (MaskPhase::Load, MaskFailure::Worker), "{refused:?}");
    }
}

#[test]
fn regex_choice_and_grammar() {
    let options = EngineOptions::default();
    let regex = Constraint::Regex("[a-c]+/x".into());
    assert!(accepts(&options, &regex, "abc/x") && !accepts(&options, &regex, "abd/x"));
    let odd = "no \"quoted\" \\ \n \u{7f} é 😀 /";
    let choice = Constraint::Choice(vec!["yes".into(), odd.into()]);
    assert!(accepts(&options, &choice, "yes") && accepts(&options, &choice, odd));
    assert!(!accepts(&options, &choice, "ye") && !accepts(&options, &choice, "yesno"));
    let grammar = Constraint::Grammar("root ::= \"<\" [0-9]+ \">\"".into());
    assert!(accepts(&options, &grammar, "<12>") && !accepts(&options, &grammar, "<>"));
}

#[test]
fn an_end_token_ends_and_nothing_follows_it() {
    let end = vocabulary().end()[0];
    let mut process = XGrammar::start(&EngineOptions::default());
    let mut tokens = vocabulary().encode("ab");
    tokens.push(end);
    let constraint = Constraint::Regex("(ab)+".into());
    let last = process.look(&constraint, &tokens).unwrap();
    assert!(last.allows(end) && last.count() as usize == vocabulary().end().len());
    tokens.push(vocabulary().encode("ab")[0]);
    let walked = process.walk(&constraint, &tokens).unwrap();
    let refused = WalkEnd::Refused { at: u32::try_from(tokens.len()).unwrap() - 1, allowed: last.count() };
    assert_eq!(walked.end, refused);
}

#[test]
fn after_going_back_the_masks_are_those_of_a_fresh_compile() {
    let object =
        schema(&json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}));
    let encode = |text| vocabulary().encode(text);
    let end = vocabulary().end()[0];
    let whole = encode(r#"{"a": "é 1"}"#);
    let walks = vec![encode(r#"{"a": 1}"#), [whole.clone(), vec![end]].concat(), encode("{"), whole];
    let mut process = XGrammar::start(&EngineOptions::default());
    let together = process.trial(&object, walks.clone()).unwrap();
    for (index, (walk, walked)) in walks.iter().zip(&together).enumerate() {
        let alone = process.walk(&object, walk).unwrap();
        assert_eq!((&alone.sums, &alone.end), (&walked.sums, &walked.end), "walk {index}");
        assert_eq!(walked.reset.is_some(), index > 0, "walk {index}");
    }
}

#[test]
fn what_it_declines_is_rejected_in_one_clean_line() {
    for (constraint, words) in [
        (schema(&json!({"type": "strng"})), "Unsupported type"),
        (schema(&json!(false)), "Schema 'false' cannot accept any value"),
        (schema(&json!({"$ref": "#/$defs/nope"})), "Cannot find field $defs"),
        (Constraint::JsonSchema("{\"type\":".into()), "Failed to parse JSON"),
        (Constraint::Regex("a(".into()), "parenthesis is not closed"),
        (Constraint::Grammar("root ::= nothing".into()), "\"nothing\" is not defined"),
        (Constraint::Choice(vec![]), "choice among no strings"),
    ] {
        let message = rejection(&constraint);
        assert!(message.contains(words), "{message}");
        assert!(
            !message.contains('\n') && !message.contains(".cc:") && !message.starts_with('['),
            "{message}"
        );
    }
}

#[test]
fn keywords_it_does_not_implement_are_dropped_in_silence() {
    let violated = schema(&json!({"type": "integer", "not": {"const": 1}}));
    assert!(
        accepts(&EngineOptions::default(), &violated, "1"),
        "xgrammar enforces `not` now: say so in the README"
    );
}

#[test]
fn a_length_limit_lets_raw_control_characters_in_and_shuts_escapes_out() {
    let options = EngineOptions::default();
    let news = "xgrammar has changed here: say so in the README";
    for limit in [json!({"minLength": 1}), json!({"maxLength": 9})] {
        let mut string = limit.clone();
        string["type"] = json!("string");
        assert!(accepts(&options, &schema(&string), "\"a\tb\""), "{news}, {limit}");
        assert!(!accepts(&options, &schema(&string), r#""a\nb""#), "{news}, {limit}");
    }
    let free = schema(&json!({"type": "string"}));
    assert!(!accepts(&options, &free, "\"a\tb\"") && accepts(&options, &free, r#""a\nb""#), "{news}");
}

#[test]
fn a_schema_without_any_answer_is_a_dead_end_and_no_error() {
    let mut process = XGrammar::start(&EngineOptions::default());
    let mask = process.look(&schema(&json!({"$ref": "#"})), &[]).unwrap();
    assert!(mask.is_empty() && !may_end(&mask));
}

#[test]
fn the_process_survives_a_schema_of_any_depth() {
    let nested = |depth| {
        (0..depth).fold(json!({"type": "integer"}).to_string(), |inner, _| {
            format!("{{\"type\":\"array\",\"items\":{inner}}}")
        })
    };
    // XGrammar's own limit is 10,000 levels of JSON; below it, it needs a stack to match.
    let message = rejection(&Constraint::JsonSchema(nested(12_000)));
    assert!(message.contains("recursion depth") && !message.contains(".h:"), "{message}");
    let mut process = XGrammar::start(&EngineOptions::default());
    for depth in [12_000, 100] {
        let seen = process.look(&Constraint::JsonSchema(nested(depth)), &[]);
        assert_eq!(seen.is_ok(), depth == 100, "{depth} levels");
    }
}

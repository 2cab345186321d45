//! What llguidance promises through the engine trait.

mod support;

use gonogo_core::Constraint;
use gonogo_engine::{
    AdditionalProperties, CompileError, Engine, EngineOptions, Mask, StepError, Unsupported, WalkError,
    WalkStep, Whitespace, walk,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{CONTROL, engine, vocabulary};

fn schema(schema: &Value) -> Constraint {
    Constraint::JsonSchema(schema.to_string())
}

fn steps(options: &EngineOptions, constraint: &Constraint, text: &str) -> Result<Vec<WalkStep>, WalkError> {
    let vocabulary = vocabulary();
    walk(&mut engine(options), vocabulary.tokens().len(), constraint, &vocabulary.encode(text))
}

fn accepts(options: &EngineOptions, constraint: &Constraint, text: &str) -> bool {
    steps(options, constraint, text).is_ok_and(|steps| steps.last().is_some_and(|last| last.complete))
}

/// Everything but the cut of forced text at llguidance's defaults: tests cut greedily.
fn any_cut() -> EngineOptions {
    EngineOptions { canonical_tokens: Some(false), ..EngineOptions::default() }
}

#[test]
fn the_version_is_the_library_s_own() {
    let identity = engine(&EngineOptions::default()).identity();
    assert_eq!(identity.name, "llguidance");
    assert!(identity.version.starts_with("1.") && identity.version.split('.').count() == 3, "{identity:?}");
}

#[test]
fn no_control_token_is_allowed_before_the_end() {
    let constraint = schema(&json!({"type": "object", "properties": {"s": {"type": "string"}},
        "required": ["s"], "additionalProperties": false}));
    let steps = steps(&any_cut(), &constraint, r#"{"s": "<|im_start|> <|end|>"}"#).unwrap();
    let (last, before) = steps.split_last().unwrap();
    for (at, step) in before.iter().enumerate() {
        assert!((0..CONTROL.len() as u32).all(|control| !step.mask.allows(control)), "step {at}");
        assert!(!step.complete);
    }
    assert!(last.complete);
    assert!(last.mask.iter().eq([0, 1]), "only the end tokens: {:?}", last.mask.iter().collect::<Vec<_>>());
}

#[test]
fn an_end_token_ends_and_nothing_follows_it() {
    let mut engine = engine(&any_cut());
    let mut mask = Mask::none(vocabulary().tokens().len());
    for (constraint, text) in [(Constraint::Regex("a".into()), "a"), (Constraint::Regex("a*".into()), "a")] {
        let mut matcher = engine.compile(&constraint).unwrap();
        for token in vocabulary().encode(text) {
            matcher.fill(&mut mask).unwrap();
            matcher.accept(token).unwrap();
        }
        assert!(matcher.is_complete());
        matcher.fill(&mut mask).unwrap();
        assert!(mask.allows(1));
        matcher.accept(1).unwrap();
        assert!(matcher.is_complete());
        let a = vocabulary().encode("a")[0];
        assert_eq!(matcher.accept(a), Err(StepError::Refused(a)));
    }
}

#[test]
fn a_refused_token_leaves_the_matcher_usable() {
    let mut engine = engine(&any_cut());
    let vocabulary = vocabulary();
    let (a, b) = (vocabulary.encode("a")[0], vocabulary.encode("b")[0]);
    let mut mask = Mask::none(vocabulary.tokens().len());
    for filled in [false, true] {
        let mut matcher = engine.compile(&Constraint::Regex("ab".into())).unwrap();
        if filled {
            matcher.fill(&mut mask).unwrap();
        }
        for wrong in [b, 0, 2, 100_000] {
            assert!(matches!(matcher.accept(wrong), Err(StepError::Refused(_))), "{wrong}, filled {filled}");
        }
        matcher.accept(a).unwrap();
        matcher.accept(b).unwrap();
        assert!(matcher.is_complete());
    }
}

#[test]
fn regex_choice_and_grammar() {
    let options = any_cut();
    let regex = Constraint::Regex("[a-c]+/x".into());
    assert!(accepts(&options, &regex, "abc/x") && !accepts(&options, &regex, "abd/x"));
    let choice = Constraint::Choice(vec!["yes".into(), "no \"quoted\" \\ \n é /".into()]);
    assert!(accepts(&options, &choice, "yes") && accepts(&options, &choice, "no \"quoted\" \\ \n é /"));
    assert!(!accepts(&options, &choice, "ye") && !accepts(&options, &choice, "yesno"));
    let grammar = Constraint::Grammar("start: \"<\" /[0-9]+/ \">\"".into());
    assert!(accepts(&options, &grammar, "<12>") && !accepts(&options, &grammar, "<>"));
}

#[test]
fn what_it_declines_is_rejected_in_one_clean_line() {
    let mut engine = engine(&EngineOptions::default());
    let deep = (0..5_000).fold("{}".to_owned(), |inner, _| format!("{{\"properties\":{{\"a\":{inner}}}}}"));
    for (constraint, words) in [
        (schema(&json!({"not": {"type": "string"}})), "Unimplemented keys: [\"not\"]"),
        (schema(&json!({"type": "strng"})), "Invalid type: strng"),
        (schema(&json!(false)), "Unsatisfiable"),
        (Constraint::JsonSchema("{".into()), "schema is not JSON"),
        (Constraint::JsonSchema("[1]".into()), "schema must be an object or boolean"),
        (Constraint::JsonSchema(deep), "recursion limit"),
        (Constraint::Regex("a(".into()), "regex parse error"),
        (Constraint::Grammar("start: nothing".into()), "nothing"),
        (Constraint::Choice(vec![]), "choice among no strings"),
    ] {
        let Err(CompileError::Rejected(message)) = engine.compile(&constraint).map(drop) else {
            panic!("{constraint:?} was not rejected");
        };
        assert!(message.contains(words), "{message}");
        assert!(!message.contains('\n') && !message.contains('<') && !message.contains(".rs"), "{message}");
    }
}

#[test]
fn a_schema_without_any_answer_is_a_dead_end_and_no_error() {
    let steps = steps(&any_cut(), &schema(&json!({"$ref": "#"})), "").unwrap();
    assert!(steps[0].mask.is_empty() && !steps[0].complete);
}

#[test]
fn options_mean_what_they_say() {
    let open = schema(&json!({"type": "object", "properties": {"a": {"type": "integer"}}}));
    let closed = EngineOptions { additional_properties: Some(AdditionalProperties::Closed), ..any_cut() };
    assert!(accepts(&any_cut(), &open, r#"{"a": 1, "b": 2}"#));
    assert!(!accepts(&closed, &open, r#"{"a": 1, "b": 2}"#) && accepts(&closed, &open, r#"{"a":1}"#));

    let fixed = EngineOptions { whitespace: Some(Whitespace::Fixed), ..any_cut() };
    assert!(accepts(&fixed, &open, r#"{"a": 1, "b": 2}"#) && !accepts(&fixed, &open, r#"{"a":1}"#));
    assert!(accepts(&any_cut(), &open, "{\n\t\"a\" :1 }"));

    let ignore = EngineOptions { unsupported: Some(Unsupported::Ignore), ..any_cut() };
    let unknown = schema(&json!({"type": "integer", "not": {"const": 1}}));
    assert!(accepts(&ignore, &unknown, "1") && !accepts(&any_cut(), &unknown, "1"));
    assert!(accepts(&ignore, &schema(&json!(true)), "[]"));

    let canonical = EngineOptions { canonical_tokens: Some(true), ..EngineOptions::default() };
    let forced = Constraint::Choice(vec!["answer".into()]);
    let first = |options| steps(options, &forced, "").unwrap()[0].mask.count();
    assert_eq!(first(&canonical), 1, "only the whole word");
    assert_eq!(first(&any_cut()), 3, "a, an and answer");

    for refused in [
        EngineOptions { compile_threads: Some(4), ..EngineOptions::default() },
        EngineOptions { compile_cache: Some(true), ..EngineOptions::default() },
    ] {
        assert!(gonogo_llguidance::LlGuidance::open(&vocabulary(), &refused).is_err(), "{refused:?}");
    }
}

/// Instances of the schema in `any_valid_instance_can_be_walked`.
fn instance() -> impl Strategy<Value = Value> {
    let text = "\\PC{0,6}";
    (any::<i64>(), text, prop::collection::vec((any::<bool>(), text), 0..4), prop::option::of(-1e6..1e6_f64))
        .prop_map(|(id, name, flags, weight)| {
            let flags: Vec<Value> =
                flags.into_iter().map(|(on, label)| json!({"on": on, "label": label})).collect();
            let mut object = json!({"id": id, "name": name, "flags": flags});
            if let Some(weight) = weight {
                object["weight"] = json!((weight * 8.0).round() / 8.0);
            }
            object
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_valid_instance_can_be_walked(instance in instance(), pretty in any::<bool>()) {
        let constraint = schema(&json!({"type": "object", "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "flags": {"type": "array", "items": {"type": "object", "properties": {
                "on": {"type": "boolean"}, "label": {"type": "string"}}, "required": ["on", "label"]}},
            "weight": {"type": "number"}
        }, "required": ["id", "name", "flags"]}));
        let text = if pretty { serde_json::to_string_pretty(&instance) } else { serde_json::to_string(&instance) };
        let text = text.unwrap();
        let steps = steps(&any_cut(), &constraint, &text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert!(steps.last().unwrap().complete, "{}", text);
    }
}

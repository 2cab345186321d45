//! What llguidance promises through the engine trait.

mod support;

use gonogo_core::Constraint;
use gonogo_engine::{
    AdditionalProperties, CompileError, Engine, EngineOptions, Mask, Matcher, StepError, Unsupported,
    Whitespace,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{CONTROL, engine, vocabulary};

fn schema(schema: &Value) -> Constraint {
    Constraint::JsonSchema(schema.to_string())
}

/// The masks before every token of `text` and after the last.
fn masks(options: &EngineOptions, constraint: &Constraint, text: &str) -> Result<Vec<Mask>, String> {
    let mut matcher = engine(options).compile(constraint).map_err(|error| error.to_string())?;
    follow(matcher.as_mut(), text).map_err(|error| error.to_string())
}

fn follow(matcher: &mut dyn Matcher, text: &str) -> Result<Vec<Mask>, StepError> {
    let mut mask = Mask::none(vocabulary().tokens().len());
    let mut masks = Vec::new();
    for token in vocabulary().encode(text) {
        matcher.fill(&mut mask)?;
        masks.push(mask.clone());
        matcher.accept(token)?;
    }
    matcher.fill(&mut mask)?;
    masks.push(mask);
    Ok(masks)
}

fn may_end(mask: &Mask) -> bool {
    vocabulary().end().iter().any(|end| mask.allows(*end))
}

fn accepts(options: &EngineOptions, constraint: &Constraint, text: &str) -> bool {
    masks(options, constraint, text).is_ok_and(|masks| masks.last().is_some_and(may_end))
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
    let masks = masks(&any_cut(), &constraint, r#"{"s": "<|im_start|> <|end|>"}"#).unwrap();
    let (last, before) = masks.split_last().unwrap();
    for (at, mask) in before.iter().enumerate() {
        assert!((0..CONTROL.len() as u32).all(|control| !mask.allows(control)), "step {at}");
    }
    assert!(last.iter().eq([0, 1]), "only the end tokens: {:?}", last.iter().collect::<Vec<_>>());
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
        matcher.fill(&mut mask).unwrap();
        assert!(mask.allows(1));
        matcher.accept(1).unwrap();
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
        matcher.fill(&mut mask).unwrap();
        assert!(may_end(&mask));
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
    let masks = masks(&any_cut(), &schema(&json!({"$ref": "#"})), "").unwrap();
    assert!(masks[0].is_empty());
}

#[test]
fn after_going_back_the_masks_are_those_of_a_fresh_compile() {
    let constraint =
        schema(&json!({"type": "object", "properties": {"answer": {"type": "string", "maxLength": 9}},
        "required": ["answer"]}));
    for options in [any_cut(), EngineOptions::default()] {
        let mut used = engine(&options).compile(&constraint).unwrap();
        // Left in the middle of a forced name, behind a refusal, at the end and past it.
        for text in [r#"{"an"#, r#"{"answer": 12"#, r#"{"answer": "é"}"#, r#"{"answer": "an"}"#] {
            let fresh = masks(&options, &constraint, text);
            assert_eq!(follow(used.as_mut(), text).map_err(|error| error.to_string()), fresh, "{text}");
            let _ = used.accept(0);
            assert!(used.reset(), "behind {text}");
        }
    }
}

#[test]
fn a_matcher_that_failed_says_that_it_cannot_go_back() {
    let mut matcher = engine(&any_cut()).compile(&schema(&json!({"$ref": "#"}))).unwrap();
    assert!(matcher.reset(), "nothing has happened yet");
    matcher.fill(&mut Mask::none(vocabulary().tokens().len())).unwrap();
    assert!(!matcher.reset());
}

#[test]
fn forced_text_in_the_tokenizer_s_cut_needs_a_tokenizer() {
    let all = vocabulary();
    let mute = gonogo_engine::Vocabulary::without_tokenizer(all.tokens().to_vec(), all.end().to_vec());
    let error = gonogo_llguidance::LlGuidance::open(&mute, &EngineOptions::default()).err().unwrap();
    assert!(error.contains("brings no tokenizer"), "{error}");
    assert!(gonogo_llguidance::LlGuidance::open(&mute, &any_cut()).is_ok());
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
    let first = |options| masks(options, &forced, "").unwrap()[0].count();
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
        let masks = masks(&any_cut(), &constraint, &text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert!(may_end(masks.last().unwrap()), "{}", text);
    }
}

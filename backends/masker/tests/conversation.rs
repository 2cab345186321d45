//! What is said line by line: greetings, failures, panics, and who is asked afterwards.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use gonogo_core::Constraint;
use gonogo_engine::{
    CompileError, Engine, Identity, Mask, Matcher, StepError, TokenId, Unconstrained, Vocabulary,
};
use gonogo_protocol::masks::{Failed, FromMasker, Hello, MaskFailure, MaskPhase, ToMasker, Trial, WalkEnd};
use serde_json::{Value, json};
use support::{ask, conversation, cut, draw, hello, look, schema, spoken, trial, vocabulary, walked};

fn unconstrained(_: &Vocabulary, _: &Hello) -> Result<Box<dyn Engine>, String> {
    Ok(Box::new(Unconstrained))
}

fn regex(text: &str) -> Constraint {
    Constraint::Regex(text.into())
}

fn failure(line: &FromMasker) -> &Failed {
    let FromMasker::Failed(failed) = line else { panic!("{line:?}") };
    failed
}

/// A line's name.
fn name(line: &FromMasker) -> String {
    let line: Value = serde_json::to_value(line).unwrap();
    line.as_object().unwrap().keys().next().unwrap().clone()
}

#[test]
fn a_ready_worker_says_what_it_is_and_what_its_clock_costs() {
    let lines = spoken(&unconstrained, &[hello("none", &json!({"whitespace": "fixed"}), None)]);
    let [FromMasker::Ready(ready)] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(ready.engine, "none");
    let facts =
        [("option.whitespace", "fixed"), ("option.unsupported", "default"), ("vocabulary.end", "0 1")];
    for (name, value) in facts {
        assert_eq!(ready.facts[name], value);
    }
    assert_eq!(ready.facts["vocabulary.tokens"], vocabulary().tokens().len().to_string());
    assert!(ready.load.0 > 0 && ready.timer < ready.load, "{ready:?}");
}

#[test]
fn a_hello_for_another_engine_or_protocol_is_refused() {
    let refused = |line: &str| {
        let said = conversation(vocabulary(), &unconstrained, &[line.to_owned()]);
        failure(&serde_json::from_str(&said[0]).unwrap()).clone()
    };
    let greeting = serde_json::to_string(&hello("none", &Value::Null, None)).unwrap();
    let other = refused(&greeting.replace("\"none\"", "\"xgrammar\""));
    assert_eq!((other.phase, other.class), (MaskPhase::Load, MaskFailure::Worker));
    assert!(other.message.contains("`none` and was asked for `xgrammar`"), "{}", other.message);
    let newer = refused(&greeting.replace("\"protocol\":1", "\"protocol\":2"));
    assert!(newer.message.contains("version 1 of the mask protocol and not 2"), "{}", newer.message);
    let early = serde_json::to_string(&trial(&regex("a"), vec![])).unwrap();
    assert_eq!(refused(&early).message, "the first line is not a hello");
}

#[test]
fn lines_that_are_not_of_the_protocol_are_answered_and_survived() {
    let greeting = serde_json::to_string(&hello("none", &Value::Null, None)).unwrap();
    let last = serde_json::to_string(&trial(&regex("a"), vec![])).unwrap();
    let lines = [greeting.clone(), "{}".into(), greeting, last];
    let said = conversation(vocabulary(), &unconstrained, &lines);
    let said: Vec<FromMasker> = said.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(said.iter().map(name).collect::<Vec<_>>(), ["ready", "failed", "failed", "compiled"]);
    assert_eq!(failure(&said[1]).class, MaskFailure::Worker);
    assert!(failure(&said[2]).message.contains("second hello"));
}

#[test]
fn a_trial_says_compiled_then_each_walk_then_what_was_compiled_again() {
    let constraint = regex("a*");
    let walks = vec![cut("aa"), cut("b"), vec![]];
    let whole = Trial { id: 9, constraint: constraint.clone(), walks, recompiles: 3, sums: false };
    let said = ask("llguidance", &support::any_cut(), &[ToMasker::Trial(whole), trial(&constraint, vec![])]);
    let names: Vec<String> = said.iter().map(name).collect();
    assert_eq!(names, ["compiled", "walked", "walked", "walked", "recompiled", "compiled"]);
    let walks: Vec<_> = said.iter().filter_map(walked).collect();
    assert!(walks.iter().all(|walk| walk.id == 9 && walk.sums.is_empty()));
    assert_eq!(walks.iter().map(|walk| walk.walk).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(walks.iter().map(|walk| walk.reset.is_some()).collect::<Vec<_>>(), [false, true, true]);
    let FromMasker::Recompiled(recompiled) = &said[4] else { panic!("{said:?}") };
    assert_eq!((recompiled.id, recompiled.compiles.len()), (9, 3));
}

#[test]
fn a_declined_constraint_is_told_apart_from_what_goes_wrong_later() {
    let declined = schema(&json!({"type": "strng"}));
    let lines = [trial(&declined, vec![cut("1")]), look(&declined, vec![]), draw(&declined, vec![], 1)];
    for line in ask("llguidance", &support::any_cut(), &lines) {
        let failed = failure(&line);
        assert_eq!((failed.phase, failed.class), (MaskPhase::Compile, MaskFailure::Rejected));
        assert_eq!(failed.message, "Invalid type: strng");
    }
    // A prefix that is refused is nobody's verdict on the constraint.
    for line in
        ask("llguidance", &support::any_cut(), &[look(&regex("a"), cut("b")), draw(&regex("a"), cut("b"), 1)])
    {
        assert_eq!((failure(&line).phase, failure(&line).class), (MaskPhase::Mask, MaskFailure::Engine));
        assert!(failure(&line).message.contains("was refused"), "{line:?}");
    }
}

/// Panics where the constraint says so, and in everything after that until it is opened anew.
struct Bomb {
    went_off: bool,
}

impl Engine for Bomb {
    fn identity(&self) -> Identity {
        Identity { name: "bomb".into(), version: "1".into() }
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        assert!(!self.went_off, "used after its panic");
        self.went_off = true;
        assert_ne!(constraint, &regex("compile"), "boom");
        Ok(Box::new(BombMatcher { constraint: constraint.clone() }))
    }
}

struct BombMatcher {
    constraint: Constraint,
}

impl Matcher for BombMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        assert_ne!(self.constraint, regex("fill"), "boom");
        mask.allow_all();
        Ok(())
    }

    fn accept(&mut self, _: TokenId) -> Result<(), StepError> {
        panic!("boom");
    }
}

#[test]
fn a_panicking_engine_is_reported_and_replaced_by_a_fresh_one() {
    let open = |_: &Vocabulary, _: &Hello| -> Result<Box<dyn Engine>, String> {
        Ok(Box::new(Bomb { went_off: false }))
    };
    let asked = |constraint: &str| trial(&regex(constraint), vec![cut("a")]);
    let lines = [hello("bomb", &Value::Null, None), asked("compile"), asked("fill"), asked("accept")];
    let said = spoken(&open, &lines);
    // The last one gets as far as its first mask.
    assert_eq!(
        said.iter().map(name).collect::<Vec<_>>(),
        ["ready", "failed", "failed", "compiled", "failed"]
    );
    let phases = [(1, MaskPhase::Compile), (2, MaskPhase::Mask), (4, MaskPhase::Mask)];
    for (index, phase) in phases {
        let failed = failure(&said[index]);
        assert_eq!((failed.phase, failed.class), (phase, MaskFailure::Engine), "{failed:?}");
        assert!(failed.message.starts_with("panicked: ") && failed.message.contains("boom"), "{failed:?}");
    }
}

/// Cannot go back, refuses what it allows, and fails as it is told.
struct Stubborn;

impl Engine for Stubborn {
    fn identity(&self) -> Identity {
        Identity { name: "stubborn".into(), version: "1".into() }
    }

    fn compile(&mut self, _: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        Ok(Box::new(Self))
    }
}

impl Matcher for Stubborn {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        mask.allow_all();
        Ok(())
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        match vocabulary().text(token) {
            b"r" => Err(StepError::Refused(token)),
            b"m" => Err(StepError::OutOfMemory("no more".into())),
            b"f" => Err(StepError::Failed("no idea".into())),
            _ => Ok(()),
        }
    }
}

#[test]
fn errors_end_a_walk_and_not_the_trial_and_who_cannot_go_back_is_compiled_again() {
    let open = |_: &Vocabulary, _: &Hello| -> Result<Box<dyn Engine>, String> { Ok(Box::new(Stubborn)) };
    let asked = trial(&regex("."), ["ar", "m", "aaf", "a"].map(cut).to_vec());
    let said = spoken(&open, &[hello("stubborn", &Value::Null, None), asked]);
    let walks: Vec<_> = said.iter().filter_map(walked).collect();
    let token = cut("r")[0];
    let failed = |at, class, message: &str| WalkEnd::Failed { at, class, message: message.into() };
    let ends = [
        failed(1, MaskFailure::Engine, &format!("its mask allows token {token}, and it refuses it")),
        failed(0, MaskFailure::OutOfMemory, "no more"),
        failed(2, MaskFailure::Engine, "no idea"),
        WalkEnd::Through,
    ];
    assert_eq!(walks.iter().map(|walk| walk.end.clone()).collect::<Vec<_>>(), ends);
    assert!(walks.iter().all(|walk| walk.reset.is_none()));
    assert_eq!(walks.iter().map(|walk| walk.masks.len()).collect::<Vec<_>>(), [2, 1, 3, 2]);
    assert_eq!(walks.iter().map(|walk| walk.accepts.len()).collect::<Vec<_>>(), [1, 0, 2, 1]);
}

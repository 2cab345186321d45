//! The class of a trial from what was said in it.

use gonogo_core::Nanos;
use gonogo_masks::{
    Breach, Class, Ending, Record, Respelled, Subject, SubjectInstance, Treatment, Truth, judge,
};
use gonogo_protocol::masks::{Allowed, Failed, MaskFailure, MaskPhase, WalkEnd, Walked};

/// An instance of three tokens that is one JSON value at its end.
fn instance(id: &str, valid: bool) -> SubjectInstance {
    let breach = Breach { keyword: "type".into(), at: String::new() };
    SubjectInstance {
        id: id.into(),
        text: "[1]".into(),
        tokens: vec![1, 2, 3],
        labelled: valid,
        truth: if valid { Truth::Valid } else { Truth::Invalid(breach) },
        reorders: None,
        whole_at: vec![3],
    }
}

fn subject(instances: Vec<SubjectInstance>) -> Subject {
    Subject {
        id: "s".into(),
        split: "split".into(),
        draft: "2020-12".into(),
        keywords: vec![],
        why: None,
        sha256: String::new(),
        schema: "{}".into(),
        instances,
    }
}

fn walked(walk: u32, end: WalkEnd) -> Walked {
    let taken = match &end {
        WalkEnd::Through => 3,
        WalkEnd::Refused { at, .. } | WalkEnd::Failed { at, .. } => *at,
    };
    let may_end = if end == WalkEnd::Through { vec![3] } else { vec![] };
    Walked {
        id: 1,
        walk,
        reset: None,
        end,
        masks: vec![1; taken as usize + 1],
        accepts: vec![1; taken as usize],
        may_end,
        control: None,
        sums: vec![],
    }
}

fn record(walks: Vec<Walked>, ending: Ending) -> Record {
    Record {
        subject: "s".into(),
        arm: "a".into(),
        compiled: None,
        recompiles: vec![],
        walks,
        respelled: vec![],
        ending,
        peak_bytes: None,
        rest_bytes: None,
        earlier: vec![],
    }
}

fn through(walk: u32) -> Walked {
    walked(walk, WalkEnd::Through)
}

fn refused(walk: u32) -> Walked {
    walked(walk, WalkEnd::Refused { at: 1, allowed: 7 })
}

/// The class of a subject with a valid and an invalid instance.
fn class_of(valid: Walked, invalid: Walked) -> Class {
    let subject = subject(vec![instance("valid", true), instance("invalid", false)]);
    judge(&subject, &record(vec![valid, invalid], Ending::Complete)).class
}

#[test]
fn the_four_ways_to_treat_two_instances() {
    assert_eq!(class_of(through(0), refused(1)), Class::Ok);
    assert_eq!(class_of(refused(0), refused(1)), Class::OverConstrained);
    assert_eq!(class_of(through(0), through(1)), Class::UnderConstrained);
    assert_eq!(class_of(refused(0), through(1)), Class::OverAndUnder);
}

#[test]
fn every_instance_counts_and_not_only_the_last() {
    let subject = subject(vec![instance("first", true), instance("second", true), instance("third", false)]);
    let judged = judge(&subject, &record(vec![refused(0), through(1), refused(2)], Ending::Complete));
    assert_eq!(judged.class, Class::OverConstrained);
    assert_eq!(judged.detail.as_deref(), Some("valid instance first: refused at token 1 of 3"));
    let classes: Vec<_> = judged.instances.iter().map(|verdict| verdict.class).collect();
    assert_eq!(classes, [Some(Class::OverConstrained), None, None]);
}

#[test]
fn an_instance_that_may_not_end_is_not_accepted() {
    let mut open = through(0);
    open.may_end.clear();
    assert_eq!(class_of(open.clone(), refused(1)), Class::OverConstrained);
    open.walk = 1;
    assert_eq!(class_of(through(0), open), Class::Ok);
}

#[test]
fn an_end_in_the_middle_of_a_value_or_a_control_token_is_unsound() {
    let mut early = through(0);
    early.may_end = vec![1, 3];
    assert_eq!(class_of(early, refused(1)), Class::Unsound);
    let mut control = refused(1);
    control.control = Some(Allowed { at: 0, token: 9 });
    assert_eq!(class_of(through(0), control), Class::Unsound);
}

#[test]
fn an_order_that_alone_is_refused_is_no_over_constraint() {
    let mut copy = instance("valid, in the schema's order", true);
    copy.reorders = Some(0);
    let subject = subject(vec![instance("valid", true), copy]);
    let of = |walks| judge(&subject, &record(walks, Ending::Complete)).class;
    assert_eq!(of(vec![refused(0), through(1)]), Class::OrderBound);
    assert_eq!(of(vec![refused(0), refused(1)]), Class::OverConstrained);
    assert_eq!(of(vec![through(0), refused(1)]), Class::Ok);
}

#[test]
fn whitespace_that_alone_is_refused_is_no_over_constraint() {
    let subject = subject(vec![instance("valid", true), instance("also", true), instance("invalid", false)]);
    let of = |walks: [Walked; 3], copies: &[(usize, Walked)]| {
        let copies = copies.iter().cloned();
        let respelled =
            copies.map(|(instance, walked)| Respelled { instance, text: "[1]".into(), walked }).collect();
        judge(&subject, &Record { respelled, ..record(walks.into(), Ending::Complete) })
    };
    let first = || [refused(0), through(1), refused(2)];
    let judged = of(first(), &[(0, through(0))]);
    assert_eq!(judged.class, Class::WhitespaceBound);
    assert_eq!(judged.detail.as_deref(), Some("valid instance valid: refused at token 1 of 3"));
    assert_eq!(of(first(), &[(0, refused(0))]).class, Class::OverConstrained);
    let mut open = through(0);
    open.may_end.clear();
    assert_eq!(of(first(), &[(0, open)]).class, Class::OverConstrained, "it must be able to end");
    assert_eq!(of(first(), &[]).class, Class::OverConstrained, "as in surveys that have no such copies");
    let both = [refused(0), refused(1), refused(2)];
    assert_eq!(of(both, &[(0, through(0)), (1, refused(1))]).class, Class::OverConstrained);
    let under = [refused(0), through(1), through(2)];
    assert_eq!(of(under, &[(0, through(0))]).class, Class::UnderConstrained);
}

#[test]
fn a_disputed_instance_decides_nothing() {
    let mut disputed = instance("disputed", true);
    disputed.labelled = false;
    let subject = subject(vec![disputed]);
    for walk in [through(0), refused(0)] {
        assert_eq!(judge(&subject, &record(vec![walk], Ending::Complete)).class, Class::Ok);
    }
}

#[test]
fn where_the_validator_cannot_say_the_label_decides() {
    let mut undecided = instance("undecided", false);
    undecided.truth = Truth::Undecided("too deep".into());
    let subject = subject(vec![undecided]);
    assert_eq!(judge(&subject, &record(vec![through(0)], Ending::Complete)).class, Class::UnderConstrained);
}

#[test]
fn an_error_in_mid_instance_is_giving_up_and_a_wrong_answer_is_graver() {
    let gave_up = |walk| {
        walked(walk, WalkEnd::Failed { at: 1, class: MaskFailure::Engine, message: "too many".into() })
    };
    assert_eq!(class_of(gave_up(0), refused(1)), Class::GaveUp);
    assert_eq!(class_of(gave_up(0), through(1)), Class::UnderConstrained);
}

#[test]
fn an_allocation_that_fails_in_mid_instance_is_no_giving_up() {
    let failed = |class| walked(0, WalkEnd::Failed { at: 1, class, message: "no".into() });
    assert_eq!(class_of(failed(MaskFailure::OutOfMemory), through(1)), Class::OutOfMemory);
    assert_eq!(class_of(failed(MaskFailure::Worker), through(1)), Class::Broken);
}

#[test]
fn every_ending_has_its_class_and_keeps_the_verdicts_there_are() {
    let subject = subject(vec![instance("valid", true), instance("invalid", false)]);
    let failed = |phase, class| Ending::Failed(Failed { phase, class, message: "no".into() });
    let limit = Nanos(1);
    for (ending, class) in [
        (failed(MaskPhase::Compile, MaskFailure::Rejected), Class::Rejected),
        (failed(MaskPhase::Compile, MaskFailure::Engine), Class::Rejected),
        (failed(MaskPhase::Compile, MaskFailure::OutOfMemory), Class::OutOfMemory),
        (failed(MaskPhase::Mask, MaskFailure::Engine), Class::GaveUp),
        (failed(MaskPhase::Mask, MaskFailure::Worker), Class::Broken),
        (failed(MaskPhase::Load, MaskFailure::Engine), Class::Broken),
        (Ending::TimedOut { phase: MaskPhase::Compile, limit }, Class::CompileTimeout),
        (Ending::TimedOut { phase: MaskPhase::Mask, limit }, Class::MaskTimeout),
        (Ending::TimedOut { phase: MaskPhase::Load, limit }, Class::Broken),
        (Ending::Silent { lasting: limit }, Class::Hung),
        (Ending::Died { how: "signal 11".into(), stderr: String::new() }, Class::Crashed),
        (Ending::Outgrew { bytes: 2 << 20, limit: 1 << 20 }, Class::OutOfMemory),
        (Ending::Broken("said nonsense".into()), Class::Broken),
    ] {
        let judged = judge(&subject, &record(vec![refused(0)], ending.clone()));
        assert_eq!(judged.class, class, "{ending:?}");
        assert!(judged.detail.is_some());
        assert_eq!(judged.instances[0].class, Some(Class::OverConstrained));
        assert_eq!(judged.instances[1].treatment, Treatment::Unwalked);
    }
}

#[test]
fn a_record_survives_its_line() {
    let record = record(vec![through(0), refused(1)], Ending::Silent { lasting: Nanos(5) });
    let line = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
}

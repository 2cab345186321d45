//! Whatever bytes come in, exactly one outcome comes out, and always the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

mod support;

use gonogo_core::{Capture, Constraint, Death, End, Enforcement, Frame, Kind, Nanos, Phase};
use gonogo_judge::Judge;
use gonogo_protocol::Finish;
use proptest::prelude::*;
use std::sync::LazyLock;
use support::{GOOD, capture, done, ended, json_oracle, oracle, worker};

static JUDGES: LazyLock<Vec<Judge>> = LazyLock::new(|| {
    let choice = Constraint::Choice(vec!["yes".into(), GOOD.into()]);
    let oracles = [
        json_oracle(),
        oracle(Some(choice)),
        oracle(Some(Constraint::Regex(r"\w+(é|\b)?".into()))),
        oracle(Some(Constraint::Grammar(String::new()))),
        oracle(None),
    ];
    oracles.iter().map(support::judge).collect()
});

fn enforcements() -> impl Strategy<Value = Enforcement> {
    prop::sample::select(vec![Enforcement::Unconstrained, Enforcement::Proven, Enforcement::Unproven])
}

fn ends() -> impl Strategy<Value = End> {
    let phase = prop::sample::select(vec![
        Phase::Queue,
        Phase::Connect,
        Phase::Load,
        Phase::Compile,
        Phase::FirstByte,
        Phase::Mask,
        Phase::Decode,
        Phase::Total,
    ]);
    prop_oneof![
        3 => Just(End::Complete),
        1 => (phase.clone(), any::<u64>()).prop_map(|(phase, limit)| End::TimedOut { phase, limit: Nanos(limit) }),
        1 => (phase.clone(), any::<i32>()).prop_map(|(phase, n)| End::Died { phase, death: Death::Signal(n) }),
        1 => (phase, any::<String>()).prop_map(|(phase, message)| End::Broken { phase, message }),
    ]
}

/// Frames of arbitrary bytes under either dialect.
fn captures() -> impl Strategy<Value = Capture> {
    let dialect = prop::sample::select(vec!["gonogo-worker/1", "custom-json/1", "?"]);
    let line = prop_oneof![
        any::<Vec<u8>>(),
        Just(br#"{"token":{"id":1,"text":"{","at":1,"forward":0,"mask":0,"sample":0}}"#.to_vec()),
        Just(br#"{"failed":{"phase":"mask","class":"engine","message":"x"}}"#.to_vec()),
        Just(br#"{"text":"{}","finish_reason":"#.to_vec()),
        Just(br#""stop"}"#.to_vec()),
    ];
    let frames = proptest::collection::vec(line, 0..5);
    (dialect, frames, ends(), proptest::option::of(100_u16..600), any::<String>()).prop_map(
        |(dialect, lines, end, status, stderr)| {
            let frames = (0..).zip(lines).map(|(at, line)| Frame::new(Nanos(at), line)).collect();
            Capture { status, stderr, end, ..capture(dialect, frames) }
        },
    )
}

proptest! {
    #[test]
    fn any_capture_has_one_outcome_and_keeps_it(capture in captures(), enforcement in enforcements()) {
        for judge in JUDGES.iter() {
            let first = judge.judge(&capture, enforcement);
            prop_assert_eq!(&first, &judge.judge(&capture, enforcement));
            prop_assert_eq!(first.outcome.domain, first.outcome.kind.domain(enforcement));
        }
    }

    #[test]
    fn any_answer_has_one_outcome(text: Vec<u8>, enforcement in enforcements()) {
        let capture = ended(worker(&text, None), End::Complete);
        for judge in JUDGES.iter() {
            let judged = judge.judge(&capture, enforcement);
            prop_assert_eq!(&judged.answer.text, &text);
            prop_assert!(!judged.outcome.passed(), "frames that never end cannot pass");
        }
    }

    #[test]
    fn a_good_answer_that_is_cut_is_the_budgets_and_never_malformed(cut in 1_usize..GOOD.len(), enforcement in enforcements()) {
        let judged = JUDGES[0].judge(&done(&GOOD[..cut], Finish::Length), enforcement);
        prop_assert_eq!(judged.outcome.kind, Kind::TruncatedBudget);
    }

    #[test]
    fn the_text_decides_and_the_finish_only_explains(text in "[\\[\\]{}:,\"a-c0-9 \n]{0,24}", enforcement in enforcements()) {
        for judge in JUDGES.iter().take(1) {
            let judge_as = |finish| judge.judge(&done(&text, finish), enforcement).outcome.passed();
            let passed = judge_as(Finish::Stop);
            prop_assert_eq!(passed, judge_as(Finish::Length));
            prop_assert_eq!(passed, judge_as(Finish::DeadEnd));
            prop_assert_eq!(passed, judge.judge_text(&text, enforcement).passed());
        }
    }
}

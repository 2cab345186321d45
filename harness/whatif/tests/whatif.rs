//! Strategies followed through runs made up for the purpose.

#![allow(clippy::unwrap_used, reason = "a run that cannot be made up fails the test")]

use gonogo_core::{ArmReceipt, Attempt, Kind, Price, Receipt, Then};
use gonogo_made_up::{arm, attempt, receipt};
use gonogo_whatif::{Fault, Open, Strategies, WhatIf, what_if};
use proptest::{prelude::prop, prop_assert, prop_assert_eq, proptest};

fn strategies(text: &str) -> Strategies {
    toml::from_str(text).unwrap()
}

fn run() -> Receipt {
    let priced = |name: &str, per_request| {
        let price = Price { per_request: Some(per_request), ..Price::default() };
        ArmReceipt { price: Some(price), ..arm(name) }
    };
    receipt("run", &[priced("a", 1.0), priced("b", 3.0)])
}

/// Rows of arm `a` and of arm `b`: what each of these cases came to at each of its repeats.
fn rows(a: &[&[Kind]], b: &[&[Kind]]) -> Vec<Attempt> {
    let of = |name: &'static str, cases: &[&[Kind]], millis: u64| -> Vec<Attempt> {
        let repeats = |case: usize, kinds: &[Kind]| -> Vec<Attempt> {
            let one = |(repeat, kind): (usize, &Kind)| {
                let [case, repeat] = [case, repeat].map(|of| u32::try_from(of).unwrap());
                attempt(name, case * 10 + repeat, case, repeat, *kind, millis)
            };
            kinds.iter().enumerate().map(one).collect()
        };
        cases.iter().enumerate().flat_map(|(case, kinds)| repeats(case, kinds)).collect()
    };
    [of("a", a, 1_000), of("b", b, 2_000)].concat()
}

fn follow(text: &str, attempts: &[Attempt]) -> WhatIf {
    what_if(&strategies(text), &run(), attempts).unwrap()
}

const P: Kind = Kind::Passed;
const M: Kind = Kind::MissingKey;
const T: Kind = Kind::TimeoutGateway;
const B: Kind = Kind::SourceBehaviour;

#[test]
fn a_strategy_of_one_try_is_what_was_measured() {
    let attempts = rows(&[&[P], &[M], &[P]], &[&[P], &[P], &[M]]);
    let found = follow("strategy = [{ name = 'now', ask = [{ arm = 'a' }] }]", &attempts);
    let line = &found.lines[0];
    assert_eq!((line.success.rate.passed, line.success.rate.n, line.measured, line.calls), (2, 3, 3, 3));
    assert!(line.open.is_empty() && line.difference.is_none());
    let [attempt, success] = line.cost.unwrap();
    assert_eq!((attempt.value, success.value), (1.0, 1.5));
}

#[test]
fn a_fallback_takes_the_other_arms_answer_to_the_same_case_and_waits_for_both() {
    let attempts = rows(&[&[P], &[M], &[T], &[M]], &[&[M], &[P], &[P], &[M]]);
    let text = "strategy = [
        { name = 'now', ask = [{ arm = 'a' }] },
        { name = 'fallback', ask = [{ arm = 'a' }, { arm = 'b' }] },
        { name = 'only when away', ask = [{ arm = 'a', on = ['timeout'] }, { arm = 'b' }] },
    ]";
    let found = follow(text, &attempts);
    let [now, fallback, away] = &found.lines[..] else { panic!("{found:?}") };
    assert_eq!(now.success.rate.passed, 1);
    assert_eq!((fallback.success.rate.passed, fallback.measured, fallback.calls), (3, 1, 7));
    assert_eq!((away.success.rate.passed, away.measured, away.calls), (2, 3, 5));
    assert_eq!(fallback.time[0].unwrap().value, 3e9, "a second of the one, two of the other");
    assert_eq!(fallback.cost.unwrap()[0].value, (4.0 + 3.0 * 3.0) / 4.0);
    let difference = fallback.difference.unwrap();
    assert_eq!((difference.passed, difference.only), ([1, 3], [0, 2]));
}

#[test]
fn what_a_client_cannot_see_it_does_not_act_on() {
    let attempts = rows(&[&[B]], &[&[P]]);
    let seen = follow("strategy = [{ name = 'x', ask = [{ arm = 'a' }, { arm = 'b' }] }]", &attempts);
    assert_eq!((seen.lines[0].success.rate.passed, seen.lines[0].calls), (0, 1));
    let tests =
        "strategy = [{ name = 'x', ask = [{ arm = 'a', on = ['source-behaviour'] }, { arm = 'b' }] }]";
    assert_eq!(follow(tests, &attempts).lines[0].success.rate.passed, 1);
}

#[test]
fn a_further_try_is_the_next_repeats_and_what_nobody_recorded_stays_open() {
    let attempts = rows(&[&[M, M, P], &[M], &[P, M]], &[]);
    let text = "strategy = [{ name = 'twice', ask = [{ arm = 'a', times = 2, backoff_s = 2.0 }] }]";
    let found = follow(text, &attempts);
    let line = &found.lines[0];
    // Case 0: repeat 0 takes 0 and 1, 1 takes 1 and 2, 2 takes 2. Case 1 has one answer. Case 2: both pass.
    assert_eq!((line.success.rate.passed, line.success.rate.n), (4, 5));
    assert_eq!(line.open.iter().collect::<Vec<_>>(), [(&Open::NoAnswer, &1)]);
    let [least, most] = line.bounds();
    assert_eq!((least.passed, least.n, most.passed, most.n), (4, 6, 5, 6));
    assert_eq!(line.measured, 2, "those that passed at their first try");
    assert_eq!(line.time[1].unwrap().value, 3e9, "two tries of a second, and half of two seconds between");
}

#[test]
fn a_strategy_whose_failures_stay_open_is_not_called_better() {
    // `b` passes one case of ten, and fails the others twice; a third try is not on record.
    let case = |case: usize| -> &[Kind] { if case == 0 { &[P, P] } else { &[M, M] } };
    let attempts = rows(&[[P, P].as_slice(); 10], &(0..10).map(case).collect::<Vec<_>>());
    let text = "strategy = [
        { name = 'a', ask = [{ arm = 'a' }] },
        { name = 'thrice', ask = [{ arm = 'b', times = 3 }] },
    ]";
    let found = follow(text, &attempts);
    let thrice = &found.lines[1];
    assert_eq!((thrice.success.rate.passed, thrice.success.rate.n), (2, 2), "all that came to an end");
    let difference = thrice.difference.unwrap();
    assert_eq!((difference.passed, difference.only), ([20, 2], [18, 0]));
    assert!(found.headline().starts_with("**No strategy is shown"), "{}", found.headline());
    let said = found.markdown("");
    assert!(said.contains("| thrice | – | 10.0 % to 100.0 % | 2 | 0 | 18 |"), "{said}");
    assert!(said.contains("| thrice | – | – | – | – | – |"), "{said}");
}

#[test]
fn a_retry_that_was_really_made_is_measured() {
    let mut attempts = rows(&[&[T]], &[]);
    attempts[0].then = Some(Then::Retry);
    let again = Attempt { r#try: 1, then: None, ..attempt("a", 0, 0, 0, P, 500) };
    let attempts = [attempts, vec![again]].concat();
    let found = follow("strategy = [{ name = 'twice', ask = [{ arm = 'a', times = 2 }] }]", &attempts);
    let line = &found.lines[0];
    assert_eq!((line.success.rate.passed, line.measured, line.calls), (1, 1, 2));
    assert_eq!(line.time[0].unwrap().value, 1.5e9);
}

#[test]
fn steps_can_go_to_different_arms_and_the_case_passes_with_its_last_one() {
    let step = |arm: &str, name: &str, kind: Kind, then| {
        let mut row = attempt(arm, 0, 0, 0, kind, 1_000);
        row.key.step = name.into();
        Attempt { then, ..row }
    };
    let attempts = [
        step("a", "ir", P, Some(Then::Step)),
        step("a", "answer", M, None),
        step("b", "ir", P, Some(Then::Step)),
        step("b", "answer", P, None),
    ];
    let text = "strategy = [
        { name = 'a', ask = [{ arm = 'a' }] },
        { name = 'b writes', ask = [{ arm = 'a' }], route = [{ when = { step = 'answer' }, ask = [{ arm = 'b' }] }] },
    ]";
    let found = follow(text, &attempts);
    let passed: Vec<u64> = found.lines.iter().map(|line| line.success.rate.passed).collect();
    assert_eq!(passed, [0, 1]);
    assert_eq!(found.lines.iter().map(|line| line.measured).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(found.lines[1].time[0].unwrap().value, 2e9);
}

#[test]
fn a_language_can_go_to_another_arm() {
    let attempts = rows(&[&[M], &[P]], &[&[P], &[M]]);
    let text = "strategy = [{ name = 'x', ask = [{ arm = 'a' }],
                 route = [{ when = { language = 'rust' }, ask = [{ arm = 'b' }] }] }]";
    let line = &follow(text, &attempts).lines[0];
    assert_eq!((line.success.rate.passed, line.measured), (2, 2), "even cases are Rust's");
}

#[test]
fn a_strategy_that_means_nothing_is_refused() {
    let fault = |text: &str| what_if(&strategies(text), &run(), &[]).unwrap_err();
    assert_eq!(fault("strategy = []"), Fault::NoStrategy);
    assert_eq!(fault("strategy = [{ name = 'x' }]"), Fault::AsksNobody("x".into()));
    let unknown = "strategy = [{ name = 'x', ask = [{ arm = 'c' }] }]";
    assert_eq!(fault(unknown), Fault::UnknownArm("c".into()));
    let outcome = "strategy = [{ name = 'x', ask = [{ arm = 'a', on = ['tired'] }] }]";
    assert_eq!(fault(outcome), Fault::UnknownOutcome("tired".into()));
    for wrong in ["times = 0", "backoff_s = -1.0", "cap_s = nan"] {
        let text = format!("strategy = [{{ name = 'x', ask = [{{ arm = 'a', {wrong} }}] }}]");
        assert_eq!(fault(&text), Fault::NoNumber("x".into()), "{wrong}");
    }
    let twice = "strategy = [{ name = 'x', ask = [{ arm = 'a' }] }, { name = 'x', ask = [{ arm = 'b' }] }]";
    assert_eq!(fault(twice), Fault::Twice("x".into()));
}

#[test]
fn as_people_read_it() {
    let attempts = rows(
        &[&[P, P], &[M, M], &[T, P], &[M, M], &[B, P], &[M, M], &[M, M], &[M, M], &[P, P]],
        &[&[P, P], &[P, M], &[P, P], &[P, P], &[P, P], &[P, P], &[P, P], &[P, P], &[]],
    );
    let text = "strategy = [
        { name = 'a', why = 'as it is', ask = [{ arm = 'a' }] },
        { name = 'a, then b', why = 'the argument', ask = [{ arm = 'a' }, { arm = 'b' }] },
        { name = 'b', ask = [{ arm = 'b' }] },
    ]";
    let found = follow(text, &attempts);
    insta::assert_snapshot!(found.markdown("gonogo whatif run --strategies strategies.toml"));
    let json = found.json();
    assert_eq!(json["tables"][0]["rows"][0]["cells"][0]["n"], 18);
}

fn kinds() -> impl proptest::strategy::Strategy<Value = Vec<Vec<Kind>>> {
    let kind = prop::sample::select(vec![P, M, T, B]);
    prop::collection::vec(prop::collection::vec(kind, 1..4), 1..8)
}

proptest! {
    /// Asking once more never passes less often, and every attempt is accounted for.
    #[test]
    fn a_fallback_only_adds(a in kinds(), b in kinds()) {
        let attempts = rows(
            &a.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            &b.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        );
        let text = "strategy = [
            { name = 'a', ask = [{ arm = 'a' }] },
            { name = 'more', ask = [{ arm = 'a', times = 2 }, { arm = 'b' }] },
        ]";
        let found = follow(text, &attempts);
        for line in &found.lines {
            let open: u64 = line.open.values().sum();
            prop_assert_eq!(line.success.rate.n + open, found.attempts);
            prop_assert!(line.measured <= line.success.rate.n);
        }
        // Where it is not known what the first one does, it counts as passed.
        if found.lines[0].open.is_empty() && let Some(difference) = found.lines[1].difference {
            prop_assert_eq!(difference.only[0], 0);
        }
    }
}

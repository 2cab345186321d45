//! Every planned attempt ends as exactly one row, whatever backends, observers and users do.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod double;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use double::{Behaviour, Scripted, StoppedClock, Witness, asked, facts, plan, receipt, started};
use gonogo_backend::{Ask, Capabilities};
use gonogo_core::{
    ArmReceipt, Attempt, ContentHash, Enforcement, Event, Kind, Observer, ObserverError, Plan, Provenance,
    Role,
};
use gonogo_runner::{Defaults, Earlier, OpenArm, Run, RunError, RunOptions, Summary, rejudge, run};
use proptest::prelude::*;
use tokio::sync::watch;

const LIMIT: Duration = Duration::from_secs(60);

fn capabilities(concurrency: u32) -> Capabilities {
    Capabilities { constrains: true, canary: true, concurrency }
}

fn options(concurrency: u32) -> RunOptions {
    RunOptions {
        concurrency,
        pace: None,
        defaults: Defaults { max_tokens: 64, temperature: 0.5 },
        judge_limit: LIMIT,
    }
}

/// What the script says about a label: the same in every run.
fn script(seed: u64) -> impl Fn(&str, &str) -> (Behaviour, u8) + Clone + Send + Sync + 'static {
    move |arm, label| {
        let hash = ContentHash::of(format!("{seed} {arm} {label}").as_bytes());
        let byte = |at: usize| u8::from_str_radix(&hash.as_str()[at..at + 2], 16).unwrap();
        (Behaviour::ALL[usize::from(byte(0)) % Behaviour::ALL.len()], byte(2) % 9)
    }
}

fn arms(names: &[&str], seed: u64, concurrency: u32) -> (BTreeMap<String, OpenArm>, Vec<Arc<Scripted>>) {
    let mut doubles = Vec::new();
    let mut arms = BTreeMap::new();
    for name in names {
        let (script, arm) = (script(seed), (*name).to_owned());
        let double =
            Arc::new(Scripted::new(capabilities(concurrency), move |ask: &Ask| script(&arm, &ask.label)));
        doubles.push(Arc::clone(&double));
        arms.insert((*name).to_owned(), OpenArm::new(double));
    }
    (arms, doubles)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn go(
    plan: &Plan,
    arms: &BTreeMap<String, OpenArm>,
    earlier: &Earlier,
    concurrency: u32,
    observers: &mut [&mut dyn Observer],
    stop: watch::Receiver<bool>,
) -> Result<Summary, RunError> {
    let receipt = receipt(plan);
    let what = Run { plan, receipt: &receipt, arms, earlier };
    block_on(run(&what, &options(concurrency), &StoppedClock, observers, stop))
}

/// Runs undisturbed.
fn rows_of(plan: &Plan, arms: &BTreeMap<String, OpenArm>, concurrency: u32) -> Witness {
    let mut witness = Witness::default();
    let (_stop, listen) = watch::channel(false);
    let summary = go(plan, arms, &Earlier::default(), concurrency, &mut [&mut witness], listen).unwrap();
    let all = u32::try_from(plan.attempts.len()).unwrap();
    assert_eq!(summary, Summary { rows: all, planned: all, interrupted: false, given_up: BTreeMap::new() });
    witness
}

/// In the order of the plan, and as if nothing had been asked before.
fn table(mut rows: Vec<Attempt>) -> Vec<Attempt> {
    rows.sort_by_key(|row| row.index);
    rows.iter_mut().for_each(|row| row.asked_before = None);
    rows
}

/// Which attempts each event is about, in a short form.
fn short(event: &Event) -> (char, u32) {
    match event {
        Event::RunStarted { .. } => ('R', 0),
        Event::AttemptStarted { planned, .. } => ('s', planned.index),
        Event::Captured { planned, .. } => ('c', planned.index),
        Event::AttemptFinished { attempt } => ('f', attempt.index),
        Event::ArmPaused { .. } | Event::ArmGivenUp { .. } => ('p', 0),
        Event::RunFinished { .. } => ('E', 0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_planned_attempt_ends_as_one_row_of_the_right_kind(
        seed in any::<u64>(), cases in 1_usize..5, repeat in 1_u32..3, concurrency in 0_u32..6, held in 1_u32..4,
    ) {
        let names = ["a", "b", "c"];
        let plan = plan(cases, &names, repeat);
        let (arms, doubles) = arms(&names, seed, held);
        let witness = rows_of(&plan, &arms, concurrency);
        let rows = table(witness.rows());
        prop_assert_eq!(rows.len(), plan.attempts.len());
        let script = script(seed);
        for (row, planned) in rows.iter().zip(&plan.attempts) {
            prop_assert_eq!((row.index, &row.key, row.seed), (planned.index, &planned.key, planned.seed));
            let (behaviour, _) = script(&row.key.arm, &Ask::label_for(&row.key));
            prop_assert_eq!(row.outcome.kind, behaviour.kind(), "{}: {:?}", row.key, row.outcome.detail);
            prop_assert_eq!(row.provenance, Provenance::Simulated);
        }
        prop_assert!(doubles.iter().all(|double| double.most.load(Ordering::SeqCst) <= held.min(concurrency.max(1))));

        // Started in plan order; captured before finished; both once.
        let trace: Vec<_> = witness.events.iter().map(short).collect();
        let of = |letter: char| trace.iter().filter(|(l, _)| *l == letter).map(|(_, n)| *n).collect::<Vec<_>>();
        prop_assert_eq!(of('s'), (0..witness.rows().len()).map(|n| u32::try_from(n).unwrap()).collect::<Vec<_>>());
        for n in of('s') {
            let at = |letter| trace.iter().position(|event| *event == (letter, n)).unwrap();
            prop_assert!(at('s') < at('c') && at('c') < at('f'));
        }
        let most = trace.iter().scan(0_i32, |up, (letter, _)| {
            *up += match letter { 's' => 1, 'f' => -1, _ => 0 };
            Some(*up)
        }).max().unwrap();
        prop_assert!(most <= i32::try_from(concurrency.max(1)).unwrap());
        prop_assert_eq!(trace.first().copied(), Some(('R', 0)));
        prop_assert_eq!(trace.last().copied(), Some(('E', 0)));
    }
}

#[test]
fn a_run_stopped_anywhere_and_resumed_has_the_same_table() {
    let names = ["a", "b"];
    let plan = plan(4, &names, 1);
    let (arms, _) = arms(&names, 3, 2);
    let whole = rows_of(&plan, &arms, 3);
    let expected = table(whole.rows());
    let mut most_lost = 0;
    for at in 0..whole.events.len() {
        let (stop, listen) = watch::channel(false);
        let mut first = Witness { stop_at: Some((at, stop)), ..Witness::default() };
        let summary = go(&plan, &arms, &Earlier::default(), 3, &mut [&mut first], listen).unwrap();
        let rows = first.rows();
        assert_eq!(summary.rows as usize, rows.len());
        assert_eq!(summary.interrupted, rows.len() < plan.attempts.len(), "stopped at event {at}");
        let Some(Event::RunFinished { interrupted, .. }) = first.events.last() else { panic!("no end") };
        assert_eq!(*interrupted, summary.interrupted);

        let done = first.left(&plan);
        let mut second = Witness::default();
        let (_stop, listen) = watch::channel(false);
        let summary = go(&plan, &arms, &done, 3, &mut [&mut second], listen).unwrap();
        assert_eq!((summary.rows, summary.interrupted), (summary.planned, false));
        let all = [rows, second.rows()].concat();
        assert_eq!(asked(&all), started(&[&first, &second]), "stopped at event {at}: asked silently");
        let lost = all.iter().filter(|row| row.asked_before.is_some()).count();
        assert_eq!(lost, done.asked_before(), "stopped at event {at}");
        most_lost = most_lost.max(lost);
        assert_eq!(table(all), expected, "stopped at event {at}");
    }
    assert_eq!(most_lost, 3, "as many as are asked at a time");
}

#[test]
fn what_was_asked_in_vain_in_every_session_is_counted_through_and_a_stray_start_is_refused() {
    let plan = plan(2, &["a"], 1);
    let (arms, _) = arms(&["a"], 3, 1);
    let mut starts = Vec::new();
    for session in 0..3 {
        let captured = |_: &ContentHash| -> Result<_, RunError> { unreachable!("no row needs its answer") };
        let earlier = Earlier::read(&plan, &[], &starts, captured).unwrap();
        assert_eq!(earlier.asked_before(), usize::from(session > 0));
        // Told to stop as soon as the first one is asked.
        let (stop, listen) = watch::channel(false);
        let stop_at = (session < 2).then_some((1, stop));
        let mut witness = Witness { stop_at, ..Witness::default() };
        go(&plan, &arms, &earlier, 1, &mut [&mut witness], listen).unwrap();
        starts.extend(witness.starts());
        let before: Vec<_> = table_of(&witness).iter().map(|row| row.asked_before).collect();
        assert_eq!(before, if session < 2 { vec![] } else { vec![Some(2), None] });
    }
    starts[0].index = 2;
    let read = Earlier::read::<RunError>(&plan, &[], &starts, |_| unreachable!("there is no row"));
    let error = read.unwrap_err().to_string();
    assert!(error.contains("attempt 2 was asked") && error.contains("another run"), "{error}");
}

/// The rows in the order of the plan.
fn table_of(witness: &Witness) -> Vec<Attempt> {
    let mut rows = witness.rows();
    rows.sort_by_key(|row| row.index);
    rows
}

#[test]
fn capture_is_kept_before_judging() {
    // Whoever keeps captures fails at the first one: then nothing has been judged, so no row.
    let plan = plan(2, &["a"], 1);
    let (arms, _) = arms(&["a"], 3, 1);
    let whole = rows_of(&plan, &arms, 1);
    let at = whole.events.iter().position(|event| short(event).0 == 'c').unwrap();
    let mut kept = Witness { fail_at: Some(at), ..Witness::default() };
    let (_stop, listen) = watch::channel(false);
    go(&plan, &arms, &Earlier::default(), 1, &mut [&mut kept], listen).unwrap_err();
    assert_eq!(kept.events.iter().map(|event| short(event).0).collect::<String>(), "Rs");

    // And a row names exactly the capture that was kept.
    for event in &whole.events {
        if let Event::Captured { planned, hash, capture, .. } = event {
            assert_eq!(*hash, capture.encode().unwrap().0);
            let row = whole.rows().into_iter().find(|row| row.key == planned.key).unwrap();
            assert_eq!(row.capture, *hash);
        }
    }
}

/// Keeps like a disk: what it was told counts after the next sync.
#[derive(Default)]
struct Disk {
    waiting: Vec<ContentHash>,
    kept: Vec<ContentHash>,
    rows: usize,
    broken: bool,
}

impl Observer for Disk {
    fn on(&mut self, event: &Event) -> Result<(), ObserverError> {
        if let Event::Captured { hash, .. } = event {
            self.waiting.push(hash.clone());
        }
        if let Event::AttemptFinished { attempt } = event {
            assert!(self.kept.contains(&attempt.capture), "judged before its capture was kept");
            self.rows += 1;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ObserverError> {
        if self.broken {
            return Err(ObserverError { observer: "the disk".into(), cause: "full".into() });
        }
        self.kept.append(&mut self.waiting);
        Ok(())
    }
}

#[test]
fn nothing_is_judged_before_its_capture_is_on_the_disk() {
    let plan = plan(3, &["a", "b"], 2);
    let (arms, _) = arms(&["a", "b"], 3, 4);
    let (_stop, listen) = watch::channel(false);
    let mut disk = Disk::default();
    go(&plan, &arms, &Earlier::default(), 4, &mut [&mut disk], listen.clone()).unwrap();
    assert_eq!((disk.rows, disk.waiting.len()), (plan.attempts.len(), 0));

    let mut broken = Disk { broken: true, ..Disk::default() };
    go(&plan, &arms, &Earlier::default(), 4, &mut [&mut broken], listen).unwrap_err();
    assert!(broken.rows == 0 && !broken.waiting.is_empty());
}

#[test]
fn nothing_new_is_asked_once_the_run_is_told_to_stop() {
    let plan = plan(3, &["a"], 1);
    let (arms, doubles) = arms(&["a"], 3, 1);
    let (_stop, listen) = watch::channel(true);
    let mut witness = Witness::default();
    let summary = go(&plan, &arms, &Earlier::default(), 1, &mut [&mut witness], listen).unwrap();
    assert_eq!((summary.rows, summary.interrupted), (0, true));
    assert!(doubles[0].asked().is_empty());
}

#[test]
fn an_observer_that_fails_ends_the_run_and_the_rest_can_be_resumed() {
    let plan = plan(3, &["a", "b"], 1);
    let (arms, doubles) = arms(&["a", "b"], 3, 2);
    let whole = rows_of(&plan, &arms, 2);
    let expected = table(whole.rows());
    for at in 0..whole.events.len() {
        let before: usize = doubles.iter().map(|double| double.asked().len()).sum();
        let (mut shown, mut kept) = (Witness::default(), Witness { fail_at: Some(at), ..Witness::default() });
        let (_stop, listen) = watch::channel(false);
        let error =
            go(&plan, &arms, &Earlier::default(), 2, &mut [&mut kept, &mut shown], listen).unwrap_err();
        assert_eq!(error.to_string(), "the witness cannot go on: disk full");
        assert_eq!(shown.rows(), kept.rows(), "nothing is shown that is not kept");
        let started = kept.events.iter().filter(|event| short(event).0 == 's').count();
        let asked: usize = doubles.iter().map(|double| double.asked().len()).sum();
        assert!(asked - before <= started, "event {at}: asked without saying so");

        let done = kept.left(&plan);
        let mut second = Witness::default();
        let (_stop, listen) = watch::channel(false);
        go(&plan, &arms, &done, 2, &mut [&mut second], listen).unwrap();
        assert_eq!(table([kept.rows(), second.rows()].concat()), expected);
    }
}

#[test]
fn arms_of_a_block_get_the_same_request_but_a_control_is_asked_without_the_constraint() {
    let plan = plan(2, &["bound", "control"], 1);
    let right = |_: &Ask| (Behaviour::LacksKey, 0);
    let bound = Arc::new(Scripted::new(capabilities(1), right));
    let control = Arc::new(Scripted::new(Capabilities { constrains: false, ..capabilities(1) }, right));
    let arms = BTreeMap::from([
        ("bound".to_owned(), OpenArm { enforcement: Enforcement::Proven, ..OpenArm::new(bound.clone()) }),
        ("control".to_owned(), OpenArm::new(control.clone())),
    ]);
    let rows = rows_of(&plan, &arms, 1).rows();
    for (with, without) in bound.asked().into_iter().zip(control.asked()) {
        let mut with = with;
        let constraint = with.request.constraint.take();
        assert_eq!(constraint, Some(gonogo_core::Constraint::JsonSchema(double::SCHEMA.into())));
        assert_eq!(with, without, "nothing but the constraint differs");
        let said: Vec<_> = with.request.messages.iter().map(|m| (m.role, m.content.as_str())).collect();
        assert_eq!(said[0], (Role::System, "Be brief."));
        assert!(said[1].1.starts_with("do case-") && said[1].1.ends_with("\n\nAnswer with an object."));
        assert_eq!((with.request.sampling.max_tokens, with.request.sampling.temperature), (64, 0.5));
    }
    // The same oracle judges both; whose fault it is differs.
    assert!(rows.iter().all(|row| row.outcome.kind == Kind::MissingKey));
    let blamed = |arm: &str| rows.iter().find(|row| row.key.arm == arm).unwrap().outcome.domain.name();
    assert_eq!((blamed("bound"), blamed("control")), ("engine", "model"));
}

#[test]
fn old_answers_judged_again_give_the_same_rows() {
    let names = ["a", "b"];
    let plan = plan(4, &names, 2);
    let (arms, _) = arms(&names, 11, 2);
    let witness = rows_of(&plan, &arms, 2);
    let kinds: BTreeSet<_> = witness.rows().iter().map(|row| row.outcome.kind).collect();
    assert!(kinds.contains(&Kind::HarnessError) && kinds.len() > 3, "the script is dull: {kinds:?}");

    let captures = witness.captures();
    let mut receipt = receipt(&plan);
    receipt.arms = names.map(arm_receipt).to_vec();
    let facts: Vec<_> = witness.rows().iter().map(facts).collect();
    let again = rejudge::<RunError>(&plan, &receipt, facts.clone(), LIMIT, |hash| Ok(captures[hash].clone()))
        .unwrap();
    assert_eq!(again, witness.rows());

    receipt.arms.truncate(1);
    let error = rejudge::<RunError>(&plan, &receipt, facts, LIMIT, |hash| Ok(captures[hash].clone()));
    assert!(matches!(error, Err(RunError::NoArm { .. })));
}

fn arm_receipt(name: &str) -> ArmReceipt {
    ArmReceipt {
        name: name.into(),
        kind: "sim".into(),
        engine: "none".into(),
        engine_evidence: None,
        provenance: Provenance::Simulated,
        enforcement: Enforcement::Unproven,
        canary: None,
        load: None,
        warm_up: Vec::new(),
        facts: BTreeMap::new(),
        retry: None,
        breaker: None,
        price: None,
    }
}

#[test]
fn a_plan_that_cannot_be_run_is_refused_before_anything_is_asked() {
    let mut plan = plan(2, &["a", "b"], 1);
    let (some, doubles) = arms(&["a"], 3, 1);
    let (_stop, listen) = watch::channel(false);
    let mut witness = Witness::default();
    let error = go(&plan, &some, &Earlier::default(), 1, &mut [&mut witness], listen.clone()).unwrap_err();
    assert!(error.to_string().contains("arm `b`"), "{error}");

    let (both, _) = arms(&["a", "b"], 3, 1);
    plan.suites[0].rungs[0].constraint = gonogo_core::Constraint::JsonSchema("{".into());
    let error = go(&plan, &both, &Earlier::default(), 1, &mut [&mut witness], listen.clone()).unwrap_err();
    assert!(error.to_string().contains("case `s/case-"), "{error}");

    plan.suites[0].cases.clear();
    let error = go(&plan, &both, &Earlier::default(), 1, &mut [&mut witness], listen).unwrap_err();
    assert!(matches!(error, RunError::NoCase { .. }), "{error}");
    assert!(witness.events.is_empty() && doubles[0].asked().is_empty());
}

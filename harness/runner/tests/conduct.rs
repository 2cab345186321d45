//! Retries, breakers, schedules and steps: each try a row, each attempt concluded once, nothing asked in vain.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod double;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use double::{Behaviour, Scripted, StoppedClock, Witness, asked, plan, receipt, started, suite};
use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity};
use gonogo_core::{
    Arrivals, Attempt, Breaker, Capture, Constraint, Event, Kind, Nanos, Pace, Plan, PlanOptions, Retry,
    Step, Then,
};
use gonogo_runner::{Conduct, Defaults, Earlier, OpenArm, Run, RunOptions, Summary, run};
use tokio::{sync::watch, time::Instant};

/// Long enough to be told from none, short enough to be waited for.
const MOMENT: Nanos = Nanos(20_000_000);

fn capabilities() -> Capabilities {
    Capabilities { constrains: true, canary: true, concurrency: 64 }
}

fn options(concurrency: u32, pace: Option<Pace>) -> RunOptions {
    let defaults = Defaults { max_tokens: 64, temperature: 0.5 };
    RunOptions { concurrency, pace, defaults, judge_limit: Duration::from_secs(60) }
}

/// One arm that does as the script says, with this conduct.
fn arms(
    conduct: Conduct,
    script: impl Fn(&Ask) -> Behaviour + Send + Sync + 'static,
) -> (BTreeMap<String, OpenArm>, Arc<Scripted>) {
    let double = Arc::new(Scripted::new(capabilities(), move |ask: &Ask| (script(ask), 0)));
    let arm = OpenArm { conduct, ..OpenArm::new(double.clone()) };
    (BTreeMap::from([("a".to_owned(), arm)]), double)
}

/// Runs until it ends by itself or is stopped.
fn go(
    plan: &Plan,
    arms: &BTreeMap<String, OpenArm>,
    earlier: &Earlier,
    options: &RunOptions,
    witness: &mut Witness,
    stop: watch::Receiver<bool>,
) -> (Summary, Duration) {
    let receipt = receipt(plan);
    let what = Run { plan, receipt: &receipt, arms, earlier };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let begun = Instant::now();
        let summary = run(&what, options, &StoppedClock, &mut [witness], stop).await.unwrap();
        (summary, begun.elapsed())
    })
}

fn undisturbed(plan: &Plan, arms: &BTreeMap<String, OpenArm>, options: &RunOptions) -> (Witness, Summary) {
    let mut witness = Witness::default();
    let (_stop, listen) = watch::channel(false);
    let (summary, _) = go(plan, arms, &Earlier::default(), options, &mut witness, listen);
    (witness, summary)
}

fn short(row: &Attempt) -> (u32, &str, u32, Kind, Option<Then>) {
    (row.index, &row.key.step, row.r#try, row.outcome.kind, row.then)
}

fn retrying(tries: u32) -> Conduct {
    Conduct { retry: Retry { tries, base: Nanos(1_000_000), ..Retry::default() }, breaker: None }
}

#[test]
fn a_failure_of_the_line_is_tried_again_and_every_try_is_a_row() {
    let plan = plan(2, &["a"], 1);
    // The first attempt succeeds at the third try, the second never.
    let first = Ask::label_for(&plan.attempts[0].key);
    let (arms, double) = arms(retrying(3), move |ask| match ask.r#try {
        2 if ask.label == first => Behaviour::Right,
        _ => Behaviour::Gateway,
    });
    let (witness, summary) = undisturbed(&plan, &arms, &options(1, None));
    let rows = witness.rows();
    let (gone, again) = (Kind::TimeoutGateway, Some(Then::Retry));
    assert_eq!(
        rows.iter().map(short).collect::<Vec<_>>(),
        [
            (0, "answer", 0, gone, again),
            (0, "answer", 1, gone, again),
            (0, "answer", 2, Kind::Passed, None),
            (1, "answer", 0, gone, again),
            (1, "answer", 1, gone, again),
            (1, "answer", 2, gone, None),
        ]
    );
    assert_eq!((summary.rows, summary.planned), (2, 2));
    let requests: BTreeSet<_> = double.asked().iter().map(|ask| format!("{:?}", ask.request)).collect();
    assert_eq!(requests.len(), 2, "a retry asks the same again");
}

#[test]
fn what_the_model_did_is_never_tried_again_and_the_budget_ends_retries() {
    let plan = plan(4, &["a"], 1);
    let (prose, _) = arms(retrying(3), |_| Behaviour::Prose);
    let (witness, _) = undisturbed(&plan, &prose, &options(1, None));
    assert!(witness.rows().iter().all(|row| row.then.is_none()), "{:?}", witness.rows());

    let retry = Retry { budget: 3, ..retrying(3).retry };
    let (gone, double) = arms(Conduct { retry, breaker: None }, |_| Behaviour::Gateway);
    let (_, summary) = undisturbed(&plan, &gone, &options(1, None));
    assert_eq!((double.asked().len(), summary.rows), (4 + 3, 4));
}

#[test]
fn an_arm_that_fails_in_a_row_is_left_alone_then_tried_then_given_up() {
    let plan = plan(20, &["a"], 1);
    let breaker = Some(Breaker { failures: 3, cool_down: MOMENT, trials: 2 });
    let (arms, double) = arms(Conduct { breaker, ..retrying(9) }, |_| Behaviour::Refused);
    let mut witness = Witness::default();
    let (_stop, listen) = watch::channel(false);
    let (summary, took) = go(&plan, &arms, &Earlier::default(), &options(1, None), &mut witness, listen);
    // Three tries open it (the first attempt's own), then two trials.
    assert_eq!(double.asked().len(), 3 + 2);
    assert!(took >= 2 * Duration::from(MOMENT), "{took:?}");
    assert_eq!(summary.given_up, BTreeMap::from([("a".to_owned(), 17)]));
    assert_eq!((summary.rows, summary.interrupted), (3, false));
    let pauses = witness.events.iter().filter(|event| matches!(event, Event::ArmPaused { .. })).count();
    assert_eq!(pauses, 2);

    // Back again, the rest is made up for.
    let healthy = BTreeMap::from([(
        "a".to_owned(),
        OpenArm::new(Arc::new(Scripted::new(capabilities(), |_: &Ask| (Behaviour::Right, 0)))),
    )]);
    let mut second = Witness::default();
    let (_stop, listen) = watch::channel(false);
    let (summary, _) = go(&plan, &healthy, &witness.left(&plan), &options(1, None), &mut second, listen);
    assert_eq!((summary.rows, second.rows().len()), (20, 17));
}

#[test]
fn other_arms_go_on_while_one_is_left_alone_and_a_success_closes_its_breaker() {
    let plan = plan(10, &["a", "b"], 1);
    let breaker = Some(Breaker { failures: 2, cool_down: MOMENT, trials: 5 });
    // Out for the first three requests.
    let asked = Mutex::new(0);
    let (mut arms, _) = arms(Conduct { breaker, ..Conduct::default() }, move |_| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        if *asked <= 3 { Behaviour::Refused } else { Behaviour::Right }
    });
    arms.insert(
        "b".into(),
        OpenArm::new(Arc::new(Scripted::new(capabilities(), |_: &Ask| (Behaviour::Right, 0)))),
    );
    let (witness, summary) = undisturbed(&plan, &arms, &options(1, None));
    assert_eq!((summary.rows, summary.given_up.len()), (20, 0));
    let failed = witness.rows().iter().filter(|row| !row.outcome.passed()).count();
    assert_eq!(failed, 3);
    let order: Vec<_> = witness.rows().iter().map(|row| row.key.arm.clone()).collect();
    assert_eq!(
        order[order.len() - 6..].iter().filter(|arm| *arm == "a").count(),
        6,
        "made up for at the end"
    );
}

#[test]
fn an_open_loop_starts_by_the_clock_and_says_how_late_it_was() {
    let plan = plan(5, &["a"], 1);
    let pace = Some(Pace { per_second: 50.0, arrivals: Arrivals::Constant });
    let starts = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&starts);
    let (arms, _) = arms(Conduct::default(), move |_| {
        noted.lock().unwrap().push(Instant::now());
        Behaviour::Right
    });
    let (witness, _) = undisturbed(&plan, &arms, &options(8, pace));
    let starts = starts.lock().unwrap().clone();
    for (start, meant) in starts.iter().zip((0..).map(|n| n * Duration::from(MOMENT))) {
        assert!(*start - starts[0] + Duration::from(MOMENT) / 2 >= meant, "started before its time");
    }
    assert_eq!(starts.len(), 5);
    for row in witness.rows() {
        // A busy machine is late by itself, but not by seconds.
        assert!(row.late.is_some_and(|late| late < Nanos(2_000_000_000)), "there was room: {:?}", row.late);
    }

    let (closed, _) = undisturbed(&plan, &arms, &options(8, None));
    assert!(closed.rows().iter().all(|row| row.late.is_none()));
}

/// One arm that answers after this long.
fn slow(millis: u64, held: u32) -> OpenArm {
    let backend =
        Slow { inner: Scripted::new(capabilities(), |_: &Ask| (Behaviour::Right, 0)), millis, held };
    OpenArm::new(Arc::new(backend))
}

struct Slow {
    inner: Scripted,
    millis: u64,
    held: u32,
}

impl Backend for Slow {
    fn identity(&self) -> &Identity {
        self.inner.identity()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { concurrency: self.held, ..self.inner.capabilities() }
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(self.millis)).await;
            self.inner.answer(ask).await
        })
    }
}

#[test]
fn who_waits_for_a_slot_is_late_by_as_much_and_makes_no_other_arm_late() {
    let plan = plan(4, &["slow", "quick"], 1);
    let pace = Some(Pace { per_second: 1000.0, arrivals: Arrivals::Constant });
    // One at a time, and each takes 300 ms: the fourth waits for three.
    let arms = BTreeMap::from([("slow".to_owned(), slow(300, 1)), ("quick".to_owned(), slow(0, 8))]);
    let (witness, _) = undisturbed(&plan, &arms, &options(16, pace));
    let late = |arm: &str| {
        let rows = witness.rows().into_iter().filter(|row| row.key.arm == arm);
        let mut late: Vec<u64> = rows.map(|row| row.late.unwrap().0 / 1_000_000).collect();
        late.sort_unstable();
        late
    };
    let waited = late("slow");
    assert!(waited[3] >= 850, "{waited:?}");
    assert!(late("quick")[3] < 400, "{:?}", late("quick"));
}

#[test]
fn stragglers_do_not_give_up_an_arm_that_is_back() {
    let plan = plan(24, &["a"], 1);
    let breaker = Some(Breaker { failures: 5, cool_down: MOMENT, trials: 1 });
    // Of the first eight, in flight together, five fail at once and three later; then the arm is back.
    let asked = Mutex::new(0_u32);
    let double = Arc::new(Scripted::new(capabilities(), move |_: &Ask| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        (if *asked <= 8 { Behaviour::Refused } else { Behaviour::Right }, if *asked <= 5 { 0 } else { 200 })
    }));
    let arm = OpenArm { conduct: Conduct { breaker, ..Conduct::default() }, ..OpenArm::new(double) };
    let arms = BTreeMap::from([("a".to_owned(), arm)]);
    let (witness, summary) = undisturbed(&plan, &arms, &options(8, None));
    assert_eq!((summary.rows, summary.given_up.len()), (24, 0));
    assert_eq!(witness.rows().iter().filter(|row| row.outcome.passed()).count(), 16);
}

#[test]
fn a_retry_waits_until_its_arm_may_be_asked_and_is_left_out_with_it() {
    let plan = plan(8, &["a"], 1);
    let breaker = Some(Breaker { failures: 4, cool_down: MOMENT, trials: 1 });
    let (arms, double) = arms(Conduct { breaker, ..retrying(3) }, |_| Behaviour::Refused);
    let mut witness = Witness::default();
    let (_stop, listen) = watch::channel(false);
    let (summary, _) = go(&plan, &arms, &Earlier::default(), &options(4, None), &mut witness, listen);
    // Whatever was retried before the breaker opened, afterwards there is one trial.
    let opened = witness.events.iter().position(|event| matches!(event, Event::ArmPaused { .. })).unwrap();
    let started = |event: &&Event| matches!(event, Event::AttemptStarted { .. });
    assert_eq!(witness.events[opened..].iter().filter(started).count(), 1, "{:?}", witness.events);
    assert!(double.asked().len() > 4);
    let concluded = witness.rows().iter().filter(|row| row.then.is_none()).count();
    assert_eq!(concluded as u32, summary.rows);
    assert_eq!(summary.given_up["a"], 8 - summary.rows, "every attempt is concluded or left out");
    let healthy = BTreeMap::from([("a".to_owned(), slow(0, 8))]);
    let mut second = Witness::default();
    let (_stop, listen) = watch::channel(false);
    let (summary, _) = go(&plan, &healthy, &witness.left(&plan), &options(4, None), &mut second, listen);
    assert_eq!(summary.rows, 8);
}

/// Cases whose answer is asked for in two steps.
fn two_steps(cases: usize) -> Plan {
    let mut suite = suite(cases);
    for case in &mut suite.cases {
        case.steps = vec![Step {
            name: "ir".into(),
            prompt: format!("describe {}", case.name),
            constraint: Constraint::JsonSchema(double::SCHEMA.into()),
            max_tokens: None,
            temperature: None,
            assertions: vec![],
            good: vec![],
            bad: vec![],
        }];
        case.last_step = "implementation".into();
        case.prompt = "Implement {{step:ir}}".into();
    }
    let arms = vec!["a".to_owned()];
    let options = PlanOptions { arms, repeat: 1, seed: 7, rungs: vec![], cases: vec![], shard: None };
    Plan::new(vec![suite], &options)
}

#[test]
fn a_step_is_asked_with_the_answer_before_it_and_a_failure_names_its_step() {
    let plan = two_steps(2);
    let first = plan.attempts[0].key.case.clone();
    let (arms, double) = arms(Conduct::default(), move |ask| {
        if ask.label.contains(&format!("{first}/ir")) { Behaviour::LacksKey } else { Behaviour::Right }
    });
    let (witness, summary) = undisturbed(&plan, &arms, &options(1, None));
    assert_eq!(
        witness.rows().iter().map(short).collect::<Vec<_>>(),
        [
            (0, "ir", 0, Kind::MissingKey, None),
            (1, "ir", 0, Kind::Passed, Some(Then::Step)),
            (1, "implementation", 0, Kind::Passed, None),
        ]
    );
    assert_eq!((summary.rows, summary.planned), (2, 2));
    let rows = witness.rows();
    assert_eq!((rows[1].before, rows[2].before), (None, Some(Nanos(7))), "each capture took 7 ns");
    assert_eq!(rows[2].response(), Nanos(14));
    let last = double.asked().pop().unwrap();
    assert_eq!(last.request.messages[1].content, "Implement {\"a\":1}\n\nAnswer with an object.");
    assert!(last.label.contains("/implementation@flat#0"), "{}", last.label);
}

#[test]
fn a_run_with_retries_and_steps_stopped_anywhere_and_resumed_has_the_same_table() {
    let plan = two_steps(3);
    // Each step is answered at its second try.
    let (arms, _) = arms(retrying(9), |ask| {
        let step = u32::from(ask.label.contains("/implementation"));
        if ask.r#try > step { Behaviour::Right } else { Behaviour::Gateway }
    });
    let options = options(2, None);
    let (whole, _) = undisturbed(&plan, &arms, &options);
    let table = |rows: Vec<Attempt>| {
        let mut rows: Vec<_> = rows
            .iter()
            .map(short)
            .map(|(index, step, r#try, kind, then)| (index, r#try, step.to_owned(), kind, then))
            .collect();
        rows.sort_by_key(|row| (row.0, row.1, row.2 == "implementation"));
        rows
    };
    let expected = table(whole.rows());
    assert_eq!(expected.iter().filter(|row| row.4.is_none()).count(), 3);
    assert_eq!(expected.len(), 3 * 4, "two tries of each step, and their number counts on");
    for at in 0..whole.events.len() {
        let (stop, listen) = watch::channel(false);
        let mut first = Witness { stop_at: Some((at, stop)), ..Witness::default() };
        go(&plan, &arms, &Earlier::default(), &options, &mut first, listen);
        let mut second = Witness::default();
        let (_stop, listen) = watch::channel(false);
        let (summary, _) = go(&plan, &arms, &first.left(&plan), &options, &mut second, listen);
        assert_eq!((summary.rows, summary.interrupted), (3, false), "stopped at event {at}");
        let all = [first.rows(), second.rows()].concat();
        assert_eq!(asked(&all), started(&[&first, &second]), "stopped at event {at}: asked silently");
        assert_eq!(table(all), expected, "stopped at event {at}");
    }
}

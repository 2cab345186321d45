//! A series of nights made up from known rates.
#![allow(clippy::unwrap_used, reason = "a night that cannot be made up fails the test")]

use std::collections::BTreeMap;

use gonogo_core::{
    ArmReceipt, Attempt, AttemptKey, ContentHash, Detail, Enforcement, FORMAT, Kind, Machine, Nanos, Outcome,
    Provenance, Receipt, Revision, RunStatus, SuiteReceipt, Timings, Tokens,
};
use gonogo_trend::{Left, Night, trend};

fn receipt(night: u32, version: &str) -> Receipt {
    let arm = ArmReceipt {
        name: "a".into(),
        kind: "http".into(),
        engine: "xgrammar".into(),
        engine_evidence: None,
        provenance: Provenance::Live,
        enforcement: Enforcement::Proven,
        canary: None,
        load: None,
        warm_up: vec![],
        facts: BTreeMap::from([("server.version".into(), version.into())]),
        retry: None,
        breaker: None,
        price: None,
    };
    Receipt {
        format: FORMAT,
        run: format!("night-{night:03}"),
        status: RunStatus::Complete,
        started: format!("2026-{:02}-{:02}T02:00:00.000Z", 1 + night / 28, 1 + night % 28),
        finished: None,
        command: vec![],
        gonogo: Revision {
            version: "0.1.0".into(),
            built_from: None,
            sha256: None,
            commit: None,
            dirty: None,
            profile: "release".into(),
        },
        machine: Machine { os: "Linux".into(), cpu: "CPU".into(), cores: 2, memory_bytes: 1, clock_ns: 25 },
        seed: 7,
        concurrency: 1,
        pace: None,
        max_tokens: 400,
        max_tokens_least: None,
        temperature: 0.0,
        temperature_least: None,
        planned: 21,
        plan: None,
        shard: None,
        parts: vec![],
        resumed: vec![],
        load: None,
        suites: vec![SuiteReceipt {
            name: "s".into(),
            hash: ContentHash::of(b"s"),
            cases: 21,
            of_cases: None,
        }],
        arms: vec![arm],
        caveats: vec![],
    }
}

fn attempt(case: u32, kind: Kind, millis: u64) -> Attempt {
    Attempt {
        index: case,
        key: AttemptKey {
            suite: "s".into(),
            case: format!("case-{case}"),
            step: "answer".into(),
            rung: None,
            arm: "a".into(),
            repeat: 0,
        },
        r#try: 0,
        then: None,
        late: None,
        before: None,
        asked_before: None,
        language: None,
        provenance: Provenance::Live,
        started: String::new(),
        seed: 1,
        outcome: Outcome::new(kind, Enforcement::Proven, Detail::default()),
        finish_reason: None,
        timings: Timings { total: Nanos(millis * 1_000_000), ..Timings::default() },
        tokens: Tokens::default(),
        answer_bytes: 1,
        capture: ContentHash::of(b"capture"),
    }
}

/// Nights of 21 cases: success at `rate(night)`, total times around `millis(night)`.
fn nights(
    count: u32,
    rate: impl Fn(u32) -> f64,
    millis: impl Fn(u32) -> u64,
    version: impl Fn(u32) -> &'static str,
) -> Vec<(Receipt, Vec<Attempt>)> {
    let mut random = fastrand::Rng::with_seed(5);
    (0..count)
        .map(|night| {
            let rows = (0..21).map(|case| {
                let kind = if random.f64() < rate(night) { Kind::Passed } else { Kind::MissingKey };
                attempt(case, kind, millis(night) * random.u64(90..110) / 100)
            });
            let rows = rows.collect();
            (receipt(night, version(night)), rows)
        })
        .collect()
}

fn views(nights: &[(Receipt, Vec<Attempt>)]) -> Vec<Night<'_>> {
    nights.iter().map(|(receipt, attempts)| Night { receipt, attempts }).collect()
}

#[test]
fn a_fall_is_noticed_dated_and_put_beside_what_changed() {
    let nights = nights(
        45,
        |n| if n < 30 { 0.95 } else { 0.4 },
        |_| 1_000,
        |n| if n < 30 { "0.11.0" } else { "0.11.1" },
    );
    let trend = trend(&views(&nights), "a", 0.05);
    let alarm = trend.success.alarm.clone().unwrap();
    assert_eq!(alarm.first_bad, "night-030");
    assert_eq!(alarm.last_good.as_deref(), Some("night-029"));
    let [before, since] = alarm.means.map(Option::unwrap);
    assert!(before > 0.9 && since < 0.5);
    assert_eq!(alarm.changes.len(), 1);
    assert_eq!(
        (alarm.changes[0].what.as_str(), alarm.changes[0].after.as_str()),
        ("server.version", "0.11.1")
    );
    assert!(trend.time.alarm.is_none() && trend.alarmed());
    insta::assert_snapshot!(trend.markdown("gonogo trend results --arm a"));
}

#[test]
fn a_fifth_slower_is_noticed_too() {
    let nights = nights(40, |_| 1.0, |n| if n < 25 { 1_000 } else { 1_200 }, |_| "1");
    let trend = trend(&views(&nights), "a", 0.05);
    assert!(trend.success.alarm.is_none());
    let alarm = trend.time.alarm.unwrap();
    assert_eq!(alarm.first_bad, "night-025");
    let [before, since] = alarm.means.map(Option::unwrap);
    assert!((since / before - 1.2).abs() < 0.03, "{before} {since}");
    assert!(alarm.changes.is_empty());
}

#[test]
fn nothing_that_changes_raises_no_alarm_and_order_does_not_matter() {
    let nights = nights(40, |_| 0.9, |_| 1_000, |_| "1");
    let forward = trend(&views(&nights), "a", 0.05);
    assert!(!forward.alarmed());
    let mut reversed = views(&nights);
    reversed.reverse();
    assert_eq!(trend(&reversed, "a", 0.05), forward);
}

#[test]
fn nights_that_show_nothing_are_shown_and_do_not_count() {
    let mut nights = nights(6, |_| 1.0, |_| 1_000, |_| "1");
    nights[1].0.status = RunStatus::Unfinished;
    nights[2].1.iter_mut().for_each(|row| row.provenance = Provenance::Replay);
    for row in nights[3].1.iter_mut().take(5) {
        row.outcome = Outcome::new(Kind::ConnectionFailed, Enforcement::Proven, Detail::default());
    }
    nights[4].1.clear();
    let trend = trend(&views(&nights), "a", 0.05);
    let left: Vec<_> = trend.nights.iter().map(|night| night.left).collect();
    let expected =
        [None, Some(Left::Unfinished), Some(Left::NoEvidence), Some(Left::Spoiled), Some(Left::Empty), None];
    assert_eq!(left, expected);
    assert_eq!(trend.success.nights, 2);
}

#[test]
fn other_questions_begin_a_new_series() {
    let mut nights = nights(30, |n| if n < 20 { 1.0 } else { 0.2 }, |_| 1_000, |_| "1");
    for (receipt, _) in &mut nights[20..] {
        receipt.suites[0].hash = ContentHash::of(b"harder");
    }
    let trend = trend(&views(&nights), "a", 0.05);
    assert!(trend.nights[20].restarts && !trend.alarmed());
    assert_eq!(trend.success.nights, 10);
    assert!(crate::trend(&[], "a", 0.05).nights.is_empty());
}

#[test]
fn the_picture_has_every_night_and_where_it_went_bad() {
    let mut runs = nights(
        40,
        |night| if night < 25 { 0.9 } else { 0.4 },
        |night| if night < 25 { 1_000 } else { 1_500 },
        |night| if night < 25 { "1.0" } else { "1.1" },
    );
    runs[3].1.truncate(10);
    runs[3].0.status = RunStatus::Unfinished;
    runs[9].1[..6].iter_mut().for_each(|row| {
        row.outcome = Outcome::new(Kind::TimeoutGateway, Enforcement::Proven, Detail::default());
    });
    let seen = |runs: &[(Receipt, Vec<Attempt>)]| {
        let nights: Vec<Night<'_>> =
            runs.iter().map(|(receipt, attempts)| Night { receipt, attempts }).collect();
        trend(&nights, "a", 0.05)
    };
    let fallen = seen(&runs);
    let (svg, shows) = gonogo_trend::plot(&fallen).unwrap();
    assert!(svg.contains("role=\"img\"") && svg.contains("fill=\"#FFFFFF\"") && shows.contains("40 nights"));
    assert!(svg.contains("first bad night"), "{svg}");
    // A circle a night and panel; one that does not count has two, and so has the legend one of each.
    assert_eq!(svg.matches("<circle").count(), 2 * (40 + 2) + 2);
    runs[30].0.suites[0].hash = ContentHash::of(b"other");
    runs.iter_mut().skip(31).for_each(|(receipt, _)| receipt.suites[0].hash = ContentHash::of(b"other"));
    let renewed = gonogo_trend::plot(&seen(&runs)).unwrap().0;
    assert!(renewed.contains("other questions"));
    let short = gonogo_trend::plot(&seen(&runs[..2])).unwrap().0;
    if let Ok(folder) = std::env::var("GONOGO_PLOTS") {
        for (name, svg) in [("trend.svg", &svg), ("trend-renewed.svg", &renewed), ("trend-short.svg", &short)]
        {
            std::fs::write(std::path::Path::new(&folder).join(name), svg).unwrap();
        }
    }
    let text = fallen.illustrated("gonogo trend", "trend-a.svg");
    assert!(text.contains("](trend-a.svg)"), "{text}");
    assert!(!fallen.markdown("gonogo trend").contains(".svg"));
    assert_eq!(gonogo_trend::plot(&seen(&[])), None);
}

//! The policies that are shipped: each loads, can be met, can be missed, and is never GO on what is no evidence.
#![allow(clippy::unwrap_used, reason = "a policy that cannot be read fails the test")]

mod support;

use std::{collections::BTreeMap, fs, path::Path};

use gonogo_core::{Attempt, Canary, Enforcement, Kind, Nanos, Price, Provenance, Receipt, RunStatus};
use gonogo_report::{
    Blocker, GateResult, Policy, ProbeReport, Recheck, Threshold, Verdict, gate, gate_with_probes,
};
use support::{CLEAN, arm, attempt, receipt};

type Run = (Receipt, Vec<Attempt>);
type Spoil = fn(&mut Run);
type SpoilProbe = fn(&mut ProbeReport);

const CANDIDATE: &str = "local-llguidance";

fn policies() -> Vec<(String, Policy)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/policies");
    let mut found: Vec<(String, Policy)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let policy = toml::from_str(&fs::read_to_string(&path).unwrap());
            (name, policy.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// So many cases on a candidate that passes all but the last `failed`, and on a control that passes all.
fn run(cases: usize, failed: usize) -> Run {
    let mut candidate = arm(CANDIDATE, "llguidance", Enforcement::Proven);
    candidate.facts = facts();
    candidate.price = Some(Price { per_request: Some(0.001), ..Price::default() });
    let control = arm("local-none", "none", Enforcement::Unconstrained);
    let mut rows = Vec::new();
    for case in 0..cases {
        let kind = if case + failed < cases { Kind::Passed } else { Kind::MissingKey };
        let (suite, name) = (support::LANGUAGES[case % 4], format!("case-{case}"));
        rows.push(attempt(suite, &name, &candidate, kind, 900));
        rows.push(attempt(suite, &name, &control, Kind::Passed, 800));
    }
    (receipt(vec![candidate, control], rows.len()), rows)
}

/// What a run and a probe know of the candidate: a server's facts, so that every sort is there.
fn facts() -> BTreeMap<String, String> {
    let facts = [
        ("endpoint", "http://127.0.0.1:8000/"),
        ("dialect", "vllm"),
        ("channel", "response_format"),
        ("model.name", "SmolLM2-135M-Instruct"),
        ("engine.version", "1.2.3"),
        ("extra", "{\"top_k\":1}"),
        ("setting.guided-backend", "llguidance"),
        ("option.whitespace", "fixed"),
        ("server.version", "0.32.0"),
        ("server.flags.dtype", "bfloat16"),
        // How long a run waits is not what a server enforces.
        ("limit.total", "60s"),
    ];
    facts.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Everything that a policy may ask to be probed, enforced.
fn probed() -> BTreeMap<String, ProbeReport> {
    let names = ["channel", "uncompilable", "type", "enum", "required", "additionalProperties"];
    let found = names.map(|name| {
        (name.to_owned(), if name == "uncompilable" { "rejected" } else { "enforced" }.to_owned())
    });
    let report = ProbeReport {
        folder: "20251121T050000Z-probe-local-llguidance".into(),
        engine: Some("llguidance".into()),
        provenance: Some(Provenance::Local),
        facts: facts(),
        found: BTreeMap::from(found),
    };
    BTreeMap::from([(CANDIDATE.to_owned(), report)])
}

fn judge(policy: &Policy, (receipt, rows): &Run) -> GateResult {
    gate_with_probes(policy, receipt, rows, Some(&[CANDIDATE.into()]), CLEAN, &probed())
}

#[test]
fn the_shipped_policies_are_these_and_say_what_they_are_for() {
    let names: Vec<String> = policies().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["migration", "nightly-regression", "release"]);
    for (file, policy) in policies() {
        assert_eq!(policy.name(), file);
        assert!(policy.why().len() > 80, "{file} does not say what it is for");
    }
}

#[test]
fn every_shipped_policy_can_be_met_and_can_be_missed() {
    for (name, policy) in policies() {
        let good = judge(&policy, &run(100, 0));
        assert_eq!(good.verdict, Verdict::Go, "{name}: {}", good.text());
        assert_eq!(judge(&policy, &run(100, 80)).verdict, Verdict::NoGo, "{name}");
    }
}

#[test]
fn the_numbers_in_the_comments_are_right() {
    let of = |name: &str| policies().into_iter().find(|(file, _)| file == name).unwrap().1;
    let nightly = of("nightly-regression");
    for (failed, verdict) in
        [(0, Verdict::Go), (1, Verdict::Go), (14, Verdict::NoGo), (13, Verdict::Inconclusive)]
    {
        let level = &judge(&nightly, &run(21, failed)).arms[0].levels[0];
        assert_eq!(level.checks[0].verdict, verdict, "{failed} of 21: {:?}", level.checks[0]);
    }
    let clean = &judge(&nightly, &run(21, 0)).arms[0];
    assert_eq!(clean.levels[0].verdict, Verdict::Go, "21 clean cases are a good night");
    assert!((clean.levels[0].checks[0].low.unwrap() - 0.777).abs() < 5e-4);
    assert!((clean.levels[0].checks[1].high.unwrap() - 0.223).abs() < 5e-4);
    assert_eq!(clean.levels[1].checks[0].clean_cases, Some(51));
    let release = of("release");
    let clean: Vec<_> =
        judge(&release, &run(73, 0)).arms[0].levels[0].checks.iter().map(|check| check.clean_cases).collect();
    assert_eq!(clean[..3], [Some(72), Some(73), Some(72)]);
    assert_eq!(judge(&release, &run(73, 0)).verdict, Verdict::Go);
    assert_eq!(judge(&release, &run(72, 0)).verdict, Verdict::Inconclusive);
}

/// Each way to be no evidence, by the rule that it breaks.
const NEVER_GO: [(&str, Spoil); 9] = [
    ("no rows", |run| run.1.clear()),
    ("unfinished run", |run| run.0.status = RunStatus::Unfinished),
    ("replay", |run| run.1.iter_mut().for_each(|row| row.provenance = Provenance::Replay)),
    ("simulation", |run| run.1.iter_mut().for_each(|row| row.provenance = Provenance::Simulated)),
    ("unproven enforcement", |run| run.0.arms[0].enforcement = Enforcement::Unproven),
    ("a canary that was not answered", |run| {
        run.0.arms[0].canary =
            Some(Canary { nonce: "q7x2".into(), constrained: "hello".into(), unconstrained: "hello".into() });
    }),
    ("harness errors", |run| fail(run, 1, Kind::HarnessError)),
    ("judging that took too long", |run| fail(run, 1, Kind::JudgeTimeout)),
    ("a row twice", |run| run.1[0] = run.1[2].clone()),
];

/// Makes the candidate's first attempts end like this.
fn fail(run: &mut Run, count: usize, kind: Kind) {
    let rows = run.1.iter_mut().filter(|row| row.key.arm == CANDIDATE).take(count);
    rows.for_each(|row| {
        row.outcome = gonogo_core::Outcome::new(kind, Enforcement::Proven, Default::default())
    });
}

#[test]
fn no_shipped_policy_is_go_on_what_is_no_evidence() {
    for (name, policy) in policies() {
        for (rule, spoil) in NEVER_GO {
            let mut run = run(100, 0);
            spoil(&mut run);
            let result = judge(&policy, &run);
            assert_eq!(result.verdict, Verdict::Inconclusive, "{name}: {rule}");
            assert!(!result.arms[0].blockers.is_empty(), "{name}: {rule}");
        }
        let (receipt, rows) = run(100, 0);
        let unchecked = gate_with_probes(
            &policy,
            &receipt,
            &rows,
            Some(&[CANDIDATE.into()]),
            Recheck::NotDone,
            &probed(),
        );
        assert_eq!(unchecked.verdict, Verdict::Inconclusive, "{name}: nobody looked at the captures");
    }
}

fn policy(more: &str, threshold: &str) -> Policy {
    let head = include_str!("../../../reports/policies/migration.toml").split("[[level]]").next().unwrap();
    toml::from_str(&format!("{head}{more}\n[[level]]\nname = \"production\"\nthresholds = [{threshold}]\n"))
        .unwrap()
}

const SUCCESS: &str = "{ metric = \"success\", at_least = 0.5 }";

#[test]
fn attrition_above_the_policy_is_never_go() {
    let lost = |count, kind| {
        let mut run = run(100, 0);
        fail(&mut run, count, kind);
        run
    };
    let counted = policy("attrition = 0.10", SUCCESS);
    let excluded: Policy = toml::from_str(
        &include_str!("../../../reports/policies/migration.toml")
            .replace("infrastructure = \"count\"", "infrastructure = \"exclude\""),
    )
    .unwrap();
    for (policy, most) in [(&counted, 10), (&excluded, 5)] {
        for kind in [Kind::ConnectionFailed, Kind::TimeoutGateway, Kind::RateLimited] {
            assert_eq!(judge(policy, &lost(most, kind)).verdict, Verdict::Go, "{kind:?}");
            let above = judge(policy, &lost(most + 1, kind));
            assert_eq!(above.verdict, Verdict::Inconclusive, "{kind:?}");
            assert!(matches!(above.arms[0].blockers[..], [Blocker::Attrition { n: 100, .. }]));
        }
    }
    // What was lost counts as failed, so it may well be a NO-GO; what was left out says nothing either way.
    let bad = |policy: &Policy| {
        let mut run = run(100, 90);
        fail(&mut run, 10, Kind::ConnectionFailed);
        judge(policy, &run)
    };
    assert_eq!(bad(&policy("attrition = 0.01", SUCCESS)).verdict, Verdict::NoGo);
    let left_out = bad(&excluded);
    assert_eq!(left_out.verdict, Verdict::Inconclusive);
    assert!(
        left_out
            .why(&left_out.arms[0])
            .contains("infrastructure took 10/100 = 10.0 % of the first tries, more than the 5.0 %"),
        "{}",
        left_out.text()
    );
}

const PROBES: &str = "probes = [\"channel\", \"uncompilable\", \"enum\"]";

#[test]
fn a_probe_that_is_missing_or_failed_is_never_go() {
    let policy = policy(PROBES, SUCCESS);
    let (receipt, rows) = run(100, 0);
    let judge = |probes: &BTreeMap<String, ProbeReport>| {
        gate_with_probes(&policy, &receipt, &rows, Some(&[CANDIDATE.into()]), CLEAN, probes)
    };
    assert_eq!(judge(&probed()).verdict, Verdict::Go);
    assert_eq!(gate(&policy, &receipt, &rows, None, CLEAN).verdict, Verdict::Inconclusive, "no probe at all");
    let spoils: [(SpoilProbe, &str); 5] = [
        (|probe| drop(probe.found.remove("enum")), "did not look at it"),
        (
            |probe| drop(probe.found.insert("enum".into(), "accepted-but-ignored".into())),
            "found it accepted-but-ignored",
        ),
        (|probe| drop(probe.found.insert("enum".into(), "rejected".into())), "found it rejected"),
        (|probe| drop(probe.found.insert("uncompilable".into(), "fails-open".into())), "found it fails-open"),
        (|probe| drop(probe.found.insert("channel".into(), "unclear".into())), "found it unclear"),
    ];
    for (spoil, says) in spoils {
        let mut probes = probed();
        spoil(probes.get_mut(CANDIDATE).unwrap());
        let result = gate_with_probes(&policy, &receipt, &rows, Some(&[CANDIDATE.into()]), CLEAN, &probes);
        assert_eq!(result.verdict, Verdict::Inconclusive, "{says}");
        assert!(result.why(&result.arms[0]).contains(says), "{}", result.why(&result.arms[0]));
    }
    let mut elsewhere = probed();
    let report = elsewhere.remove(CANDIDATE).unwrap();
    elsewhere.insert("local-none".into(), report);
    assert_eq!(judge(&elsewhere).verdict, Verdict::Inconclusive, "another arm's probe");
}

#[test]
fn a_probe_of_something_else_is_never_go() {
    let policy = policy(PROBES, SUCCESS);
    let check = |(receipt, rows): &Run, probe: ProbeReport, says: &str| {
        let probes = BTreeMap::from([(CANDIDATE.to_owned(), probe)]);
        let result = gate_with_probes(&policy, receipt, rows, Some(&[CANDIDATE.into()]), CLEAN, &probes);
        assert_eq!(result.verdict, Verdict::Inconclusive, "{says}");
        assert!(result.why(&result.arms[0]).contains(says), "{}", result.why(&result.arms[0]));
    };
    let probe = || probed().remove(CANDIDATE).unwrap();
    let same = run(100, 0);
    for name in facts().into_keys().filter(|name| name != "limit.total") {
        let mut other = probe();
        other.facts.insert(name.clone(), "another".into());
        check(&same, other, &format!("was of another {name}: another"));
        let mut silent = probe();
        silent.facts.remove(&name);
        check(&same, silent, &format!("does not say its {name}"));
        let mut unsaid = run(100, 0);
        unsaid.0.arms[0].facts.remove(&name);
        check(&unsaid, probe(), "and the run does not say its own");
    }
    let spoils: [(SpoilProbe, &str); 5] = [
        (|probe| probe.engine = Some("xgrammar".into()), "was of another engine: xgrammar"),
        (|probe| probe.engine = None, "does not say its engine"),
        (|probe| probe.provenance = Some(Provenance::Simulated), "was of another provenance: simulated"),
        (|probe| probe.provenance = None, "does not say its provenance"),
        (|probe| probe.facts.clear(), "does not say which endpoint, worker, engine or model it was of"),
    ];
    for (spoil, says) in spoils {
        let mut other = probe();
        spoil(&mut other);
        check(&same, other, says);
    }
    // Two documents that say nothing agree on everything, and are proof of nothing.
    let mut silent = run(100, 0);
    silent.0.arms[0].facts.clear();
    let mut nothing = probe();
    nothing.facts.clear();
    check(&silent, nothing, "does not say which endpoint, worker, engine or model it was of");
    let mut patient = probe();
    patient.facts.insert("limit.total".into(), "5s".into());
    let probes = BTreeMap::from([(CANDIDATE.to_owned(), patient)]);
    let go = gate_with_probes(&policy, &same.0, &same.1, Some(&[CANDIDATE.into()]), CLEAN, &probes);
    assert_eq!(go.verdict, Verdict::Go);
}

const NO_WORSE: &str = "{ metric = \"no-worse\", margin = 0.05 }";

#[test]
fn an_arm_is_held_against_the_baseline_on_the_attempts_that_both_made() {
    let policy = policy("baseline = \"local-none\"", NO_WORSE);
    let check = |run: &Run| judge(&policy, run).arms[0].levels[0].checks[0].clone();
    let even = check(&run(100, 0));
    assert_eq!((even.verdict, even.value, even.n, even.cases), (Verdict::Go, Some(0.0), 100, 100));
    // Tango's interval of 20 of 100 behind and none ahead.
    let worse = check(&run(100, 20));
    let tango = gonogo_stats::Pairs { b: 0, c: 20, n: 100 }.tango(gonogo_stats::Confidence::P95);
    assert_eq!((worse.verdict, worse.low, worse.high), (Verdict::NoGo, Some(tango.low), Some(tango.high)));
    let open = check(&run(40, 0));
    assert_eq!((open.verdict, open.need.unwrap().cases), (Verdict::Inconclusive, 73));
    let result = judge(&policy, &run(40, 0));
    insta::assert_snapshot!(result.why(&result.arms[0]), @"success less the baseline's +0.0 points over 40 cases [−8.8 to +8.8] straddles ≥ −5.0 points; 73 distinct cases (33 more) would make it GO if further ones went as these did");
    // Repeats of one case are one case.
    let mut repeated = run(100, 0);
    repeated.1.iter_mut().for_each(|row| row.key.case = "one".into());
    repeated
        .1
        .iter_mut()
        .enumerate()
        .for_each(|(index, row)| row.key.repeat = u32::try_from(index / 2).unwrap());
    assert_ne!(check(&repeated).verdict, Verdict::Go);
}

/// So many cases of so many repeats, of which `ahead` and `behind` cases hold so many that only the candidate, and
/// only the control, passes.
fn repeated(cases: usize, repeats: u32, ahead: (usize, u32), behind: (usize, u32)) -> Run {
    let (receipt, rows) = run(cases, 0);
    let lost = |index: usize, repeat: u32, of_control: bool| {
        let case = index / 2;
        if of_control {
            case < ahead.0 && repeat < ahead.1
        } else {
            (ahead.0..ahead.0 + behind.0).contains(&case) && repeat < behind.1
        }
    };
    let mut all = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        for repeat in 0..repeats {
            let mut row = row.clone();
            row.key.repeat = repeat;
            if lost(index, repeat, row.key.arm != CANDIDATE) {
                row.outcome =
                    gonogo_core::Outcome::new(Kind::MissingKey, Enforcement::Proven, Default::default());
            }
            all.push(row);
        }
    }
    let planned = all.len();
    (Receipt { planned: u32::try_from(planned).unwrap(), ..receipt }, all)
}

#[test]
fn a_case_counts_by_how_far_apart_the_arms_are_on_it() {
    let policy = policy("baseline = \"local-none\"", NO_WORSE);
    let check = |run: &Run| judge(&policy, run).arms[0].levels[0].checks[0].clone();
    let (b, c, cases, repeats) = (40, 30, 300, 10);
    // More cases are ahead than behind, and by their signs alone it would be no worse.
    let signs = gonogo_stats::Pairs { b: 40, c: 30, n: 300 }.tango(gonogo_stats::Confidence::P95);
    assert!(signs.low > -0.05);
    let worse = check(&repeated(cases, repeats, (b, 1), (c, repeats)));
    assert_ne!(worse.verdict, Verdict::Go, "{worse:?}");
    let mean = (40.0 * 0.1 - 30.0) / 300.0;
    assert!((worse.value.unwrap() - mean).abs() < 1e-12, "{worse:?}");
    assert!(worse.low.unwrap() < mean && mean < worse.high.unwrap(), "{worse:?}");
    assert_eq!((worse.n, worse.cases), (3000, 300));
    // The other way round it is better, though more cases are behind.
    let better = check(&repeated(cases, repeats, (c, repeats), (b, 1)));
    assert_eq!(better.verdict, Verdict::Go, "{better:?}");
    assert!((better.value.unwrap() + mean).abs() < 1e-12);
    assert_eq!(check(&repeated(cases, repeats, (0, 0), (150, repeats))).verdict, Verdict::NoGo);
    let open = check(&repeated(60, repeats, (8, 1), (1, repeats)));
    assert_eq!(open.verdict, Verdict::Inconclusive, "{open:?}");
    let need = open.need.unwrap();
    assert!(need.in_favour && need.cases > 60 && need.more == need.cases - 60, "{need:?}");
}

#[test]
fn a_baseline_that_was_away_or_is_another_does_not_make_an_arm_look_good() {
    let policy = policy("baseline = \"local-none\"", NO_WORSE);
    let spoils: [fn(&mut Attempt); 4] = [
        |row| {
            row.outcome = gonogo_core::Outcome::new(
                Kind::TimeoutGateway,
                Enforcement::Unconstrained,
                Default::default(),
            )
        },
        |row| {
            row.outcome =
                gonogo_core::Outcome::new(Kind::HarnessError, Enforcement::Unconstrained, Default::default())
        },
        |row| row.provenance = Provenance::Replay,
        |row| row.seed += 1,
    ];
    for spoil in spoils {
        let mut run = run(100, 50);
        run.1.iter_mut().filter(|row| row.key.arm == "local-none").for_each(spoil);
        let result = judge(&policy, &run);
        assert_eq!(result.arms[0].levels[0].checks[0].n, 0);
        assert_eq!(result.verdict, Verdict::Inconclusive);
    }
    let other = self::policy("baseline = \"nobody\"", NO_WORSE);
    assert_eq!(judge(&other, &run(100, 0)).verdict, Verdict::Inconclusive);
    // The baseline itself is no candidate unless it is named.
    let constrained = self::policy(&format!("baseline = \"{CANDIDATE}\""), NO_WORSE);
    let (receipt, rows) = run(100, 0);
    assert!(gate(&constrained, &receipt, &rows, None, CLEAN).arms.is_empty());
}

#[test]
fn a_success_may_cost_so_much_and_an_unknown_cost_is_never_go() {
    let policy = policy("currency = \"USD\"", "{ metric = \"cost-per-success\", at_most = 0.01 }");
    let priced = |price: Price, failed| {
        let mut run = run(100, failed);
        run.0.arms[0].price = Some(price);
        run
    };
    let per_request = |amount| Price { per_request: Some(amount), ..Price::default() };
    let check = |run: &Run| judge(&policy, run).arms[0].levels[0].checks[0].clone();
    let cheap = check(&priced(per_request(0.001), 0));
    assert!(cheap.verdict == Verdict::Go && (cheap.value.unwrap() - 0.001).abs() < 1e-12, "{cheap:?}");
    // 100 tries for 20 successes: five times the price of one.
    let wasteful = check(&priced(per_request(0.001), 80));
    assert!((wasteful.value.unwrap() - 0.005).abs() < 1e-12 && wasteful.low < wasteful.high, "{wasteful:?}");
    assert_eq!(check(&priced(per_request(0.02), 0)).verdict, Verdict::NoGo);
    assert_eq!(check(&priced(per_request(0.001), 100)).verdict, Verdict::Inconclusive, "nothing passed");
    let euro = Price { currency: "EUR".into(), ..per_request(0.001) };
    assert_eq!(check(&priced(euro, 0)).value, None, "another currency");
    let mut free = run(100, 0);
    free.0.arms[0].price = None;
    assert_eq!(check(&free).verdict, Verdict::Inconclusive, "no price");
    // One try of which the server did not say how many tokens it took.
    let mut unknown = priced(Price { per_million_completion: Some(1.0), ..Price::default() }, 0);
    assert_eq!(check(&unknown).verdict, Verdict::Go);
    unknown.1[0].tokens.completion = None;
    let open = check(&unknown);
    assert_eq!((open.verdict, open.high), (Verdict::Inconclusive, None));
    // A request whose answer was lost was paid for: by the request that is known, by the token it is not.
    let mut lost = priced(per_request(0.001), 0);
    lost.1[0].asked_before = Some(1);
    assert!((check(&lost).value.unwrap() - 0.001 * 101.0 / 100.0).abs() < 1e-12);
    lost.0.arms[0].price = Some(Price { per_million_completion: Some(1.0), ..Price::default() });
    assert_eq!((check(&lost).verdict, check(&lost).high), (Verdict::Inconclusive, None));
}

#[test]
fn a_first_try_that_was_paid_for_twice_counts_twice() {
    let policy = policy("currency = \"USD\"", "{ metric = \"cost-per-success\", at_most = 0.01 }");
    let mut run = run(100, 1);
    let failed = run.1.iter().position(|row| !row.outcome.passed()).unwrap();
    let mut retry = run.1[failed].clone();
    retry.r#try = 1;
    retry.timings.total = Nanos(1);
    retry.outcome = gonogo_core::Outcome::new(Kind::Passed, Enforcement::Proven, Default::default());
    run.1.push(retry);
    let value = judge(&policy, &run).arms[0].levels[0].checks[0].value.unwrap();
    assert!((value - 0.001 * 101.0 / 100.0).abs() < 1e-12, "{value}");
}

#[test]
fn a_threshold_without_what_it_needs_does_not_load() {
    let head = include_str!("../../../reports/policies/migration.toml").split("[[level]]").next().unwrap();
    for (more, threshold, says) in [
        ("", NO_WORSE, "names no `baseline`"),
        ("", "{ metric = \"cost-per-success\", at_most = 1.0 }", "names no `currency`"),
        ("baseline = \"a\"", "{ metric = \"no-worse\", margin = 5 }", "outside 0 to 1"),
        ("currency = \"USD\"", "{ metric = \"cost-per-success\", at_most = 0.0 }", "positive"),
        ("attrition = 10.0", SUCCESS, "attrition is 10"),
    ] {
        let text = format!("{head}{more}\n[[level]]\nname = \"production\"\nthresholds = [{threshold}]\n");
        let error = toml::from_str::<Policy>(&text).unwrap_err().to_string();
        assert!(error.contains(says), "{threshold}: {error}");
    }
    let all = policies().into_iter().flat_map(|(_, policy)| policy.levels().to_vec());
    let metrics: Vec<Threshold> = all.flat_map(|level| level.thresholds().to_vec()).collect();
    assert!(metrics.iter().any(|threshold| matches!(threshold, Threshold::NoWorse { .. })));
}

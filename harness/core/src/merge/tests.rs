//! What merges, and what does not.

use serde_json::json;

use super::{MergeError, Part, merge};
use crate::{
    Attempt, Caveat, ContentHash, Detail, Enforcement, EngineEvidence, Kind, Plan, PlanOptions, Planned,
    Receipt, RunStatus, Shard, Start, Suite, Witness,
};

/// A suite from its JSON, so that fields which this does not need stay out.
fn suite(cases: usize, text: &str) -> Suite {
    let case = |n| {
        json!({"name": format!("case-{n}"), "why": "", "features": [], "prompt": text,
        "constraint": null, "max_tokens": null, "temperature": null, "assertions": [], "expect": "pass",
        "good": [], "bad": []})
    };
    let cases: Vec<_> = (0..cases).map(case).collect();
    serde_json::from_value(json!({"name": "s", "language": null, "why": "", "system": "", "rungs": [],
        "default_rung": null, "sampling": {}, "cases": cases, "hash": ContentHash::of(text.as_bytes())}))
    .unwrap()
}

fn options(arms: &[&str], shard: Option<Shard>) -> PlanOptions {
    let arms = arms.iter().map(|arm| (*arm).to_owned()).collect();
    PlanOptions { arms, repeat: 2, seed: 7, rungs: vec![], cases: vec![], shard }
}

fn arm(name: &str) -> serde_json::Value {
    json!({"name": name, "kind": "http", "engine": "xgrammar", "provenance": "live", "enforcement": "proven",
        "canary": {"nonce": "q", "constrained": "q", "unconstrained": "a"}, "facts": {"model": "m"}})
}

fn receipt(run: &str, plan: &Plan, shard: Option<Shard>, arms: &[&str]) -> Receipt {
    let arms: Vec<_> = arms.iter().map(|name| arm(name)).collect();
    let started = format!("2026-01-02T03:04:0{}.000Z", shard.map_or(1, |shard| shard.number));
    serde_json::from_value(json!({
        "format": 1, "run": run, "status": "complete", "started": started, "finished": started, "command": [],
        "gonogo": {"version": "0.1.0", "profile": "release"},
        "machine": {"os": "", "cpu": run, "cores": 2, "memory_bytes": 1, "clock_ns": 1},
        "seed": plan.seed, "concurrency": 1, "max_tokens": 1, "temperature": 0.0, "planned": plan.planned(),
        "plan": plan.hash().unwrap(), "shard": shard, "suites": [], "arms": arms,
    }))
    .unwrap()
}

fn row(planned: &Planned) -> Attempt {
    let mut row = json!({"index": planned.index, "try": 0, "provenance": "live", "started": "", "seed": planned.seed,
        "outcome": {"family": "passed", "kind": "passed", "domain": "nobody", "detail": {"message": ""}},
        "timings": {"total": 1}, "tokens": {}, "answer_bytes": 0, "capture": ContentHash::of(b"")});
    let key = serde_json::to_value(&planned.key).unwrap();
    row.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

fn part(suite: Suite, arms: &[&str], shard: Option<Shard>) -> Part {
    let plan = Plan::new(vec![suite], &options(arms, shard));
    let run = shard.map_or_else(|| arms.join("+"), |shard| format!("shard-{}", shard.number));
    let rows = plan.attempts.iter().map(row).collect();
    Part { receipt: receipt(&run, &plan, shard, arms), plan, rows, starts: vec![] }
}

fn shards(of: u32) -> Vec<Part> {
    (1..=of).map(|number| part(suite(5, "a"), &["a", "b"], Some(Shard { number, of }))).collect()
}

#[test]
fn all_shards_in_any_order_are_the_run_that_was_never_split() {
    let whole = part(suite(5, "a"), &["a", "b"], None);
    let mut given = shards(4);
    given.rotate_left(2);
    let merged = merge(given, false).unwrap();
    assert_eq!((&merged.plan, &merged.rows), (&whole.plan, &whole.rows));
    assert_eq!(merged.receipt.plan, whole.receipt.plan);
    assert_eq!((merged.receipt.status, merged.receipt.shard), (RunStatus::Complete, None));
    assert_eq!(merged.receipt.arms, whole.receipt.arms);
    let parts: Vec<_> = merged.receipt.parts.iter().map(|part| part.machine.cpu.as_str()).collect();
    assert_eq!(parts, ["shard-1", "shard-2", "shard-3", "shard-4"], "each with its own machine");
    assert_eq!(merged.receipt.started, "2026-01-02T03:04:01.000Z");
    assert_eq!(merged.receipt.finished.as_deref(), Some("2026-01-02T03:04:04.000Z"));
    assert_eq!(merged.receipt.caveats, [Caveat::Merged { runs: 4 }]);
    assert!(merged.demoted.is_empty());
}

#[test]
fn a_missing_shard_is_named_and_its_attempts_stay_planned() {
    let mut given = shards(4);
    given.remove(2);
    let merged = merge(given, false).unwrap();
    assert_eq!(merged.receipt.status, RunStatus::Unfinished);
    assert_eq!(merged.receipt.missing_shards(), ["3/4"]);
    assert_eq!((merged.plan.attempts.len(), merged.receipt.planned), (20, 20));
    assert!(merged.rows.len() < 20);
    assert_eq!(shards(4)[1].receipt.missing_shards(), ["1/4", "3/4", "4/4"], "of a shard, the others");
    assert!(part(suite(5, "a"), &["a"], None).receipt.missing_shards().is_empty());
}

/// What makes shards no longer belong together.
type Spoil<'a> = &'a dyn Fn(&mut Vec<Part>);

#[test]
fn what_does_not_belong_together_is_refused_with_the_reason() {
    let refused = |spoil: Spoil<'_>| {
        let mut given = shards(2);
        spoil(&mut given);
        merge(given, false).unwrap_err().to_string()
    };
    let two = Some(Shard { number: 2, of: 2 });
    let cases: [(&str, Spoil<'_>); 13] = [
        ("nothing to merge", &|given| given.clear()),
        ("another seed", &|given| {
            given[1].receipt.seed = 8;
        }),
        ("another build of gonogo", &|given| {
            given[1].receipt.gonogo.sha256 = Some(ContentHash::of(b"other"))
        }),
        ("another concurrency", &|given| given[1].receipt.concurrency = 2),
        ("suite `s` was another one", &|given| given[1] = part(suite(5, "b"), &["a", "b"], two)),
        ("of another plan", &|given| {
            given[1].plan.suites[0].cases.pop();
            given[1].receipt.plan = Some(given[1].plan.hash().unwrap());
        }),
        ("not the plan that its receipt names", &|given| given[1].plan.seed = 8),
        ("model is n, not m", &|given| {
            given[1].receipt.arms[0].facts.insert("model".into(), "n".into());
        }),
        ("made an attempt that another run made", &|given| given[1] = given[0].clone()),
        ("another number of shards", &|given| given[1] = shards(4).remove(3)),
        ("a row that its plan does not have", &|given| given[1].rows[0].index = given[0].rows[0].index),
        ("merged already", &|given| {
            given[1].receipt = merge(shards(2), false).unwrap().receipt;
        }),
        ("were not interleaved", &|given| given[1] = part(suite(5, "a"), &["c"], two)),
    ];
    for (says, spoil) in cases {
        let said = refused(spoil);
        assert!(said.contains(says), "{says}: {said}");
    }
}

#[test]
fn an_arm_is_proven_when_every_shard_proved_it() {
    let mut given = shards(2);
    let canary = given[1].receipt.arms[0].canary.as_mut().unwrap();
    canary.constrained = "Sure!".into();
    given[1].receipt.arms[0].enforcement = Enforcement::Unproven;
    for order in [given.clone(), given.into_iter().rev().collect()] {
        let merged = merge(order, false).unwrap();
        assert_eq!(merged.receipt.arms[0].enforcement, Enforcement::Unproven);
        assert_eq!(merged.receipt.arms[0].canary.as_ref().unwrap().constrained, "Sure!");
        assert_eq!(merged.receipt.arms[1].enforcement, Enforcement::Proven);
        assert_eq!(merged.demoted, ["a"]);
    }
}

/// As a shard on which arm `a` was away from its start: no facts of its server, no canary, no answer.
fn away(part: &mut Part) {
    let arm = &mut part.receipt.arms[0];
    arm.facts.retain(|fact, _| !fact.starts_with("server."));
    (arm.enforcement, arm.canary) = (Enforcement::Unproven, None);
    arm.engine_evidence = Some(EngineEvidence::new(Witness::Claimed, "the server does not say"));
    for row in part.rows.iter_mut().filter(|row| row.key.arm == "a") {
        row.outcome = crate::Outcome::new(Kind::ConnectionFailed, Enforcement::Unproven, Detail::default());
    }
}

/// Three shards whose servers say what they are.
fn saying() -> Vec<Part> {
    let mut given = shards(3);
    for arm in given.iter_mut().flat_map(|part| &mut part.receipt.arms) {
        arm.facts.insert("server.version".into(), "0.32".into());
        arm.engine_evidence = Some(EngineEvidence::new(Witness::Server, "it is pinned"));
    }
    given
}

#[test]
fn a_shard_on_which_an_arm_was_away_takes_the_word_of_the_others_and_says_so() {
    let mut given = saying();
    away(&mut given[1]);
    let caveat = Caveat::FactsUnknown { arm: "a".into(), runs: vec!["shard-2".into()] };
    for turn in 0..3 {
        given.rotate_left(turn);
        let merged = merge(given.clone(), false).unwrap();
        let arm = &merged.receipt.arms[0];
        assert_eq!(arm.facts["server.version"], "0.32");
        assert_eq!((arm.enforcement, merged.demoted.len()), (Enforcement::Proven, 0), "no row depends on it");
        assert_eq!(arm.engine_evidence.as_ref().unwrap().by, Witness::Server);
        assert!(
            arm.canary.is_some() && merged.receipt.caveats.contains(&caveat),
            "{:?}",
            merged.receipt.caveats
        );
    }
    // Once it answered there, its rows are of an arm that nobody had asked.
    given.iter_mut().for_each(|part| part.rows = part.plan.attempts.iter().map(row).collect());
    let merged = merge(given, false).unwrap();
    assert_eq!(merged.receipt.arms[0].engine_evidence.as_ref().unwrap().by, Witness::Claimed);
    assert_eq!(
        (merged.receipt.arms[0].enforcement, merged.demoted),
        (Enforcement::Unproven, vec!["a".to_owned()])
    );
}

#[test]
fn facts_that_contradict_each_other_are_refused_and_so_is_a_setting_that_is_not_there() {
    let mut given = saying();
    away(&mut given[0]);
    given[2].receipt.arms[0].facts.insert("server.version".into(), "0.33".into());
    assert!(merge(given, false).unwrap_err().to_string().contains("server.version is 0.33, not 0.32"));
    for fact in ["extra", "server.given.flags"] {
        let mut given = saying();
        given[1].receipt.arms[0].facts.insert(fact.into(), "x".into());
        assert!(merge(given, false).unwrap_err().to_string().contains(&format!("{fact} is x, not absent")));
    }
}

#[test]
fn arms_that_were_not_interleaved_merge_when_asked_to_and_say_so() {
    let one = |arm| {
        let mut one = part(suite(5, "a"), &[arm], None);
        one.starts = one.plan.attempts.iter().map(|planned| Start::of(planned, 0, arm)).collect();
        one
    };
    assert!(matches!(merge(vec![one("a"), one("b")], false), Err(MergeError::NotInterleaved { .. })));
    let merged = merge(vec![one("a"), one("b")], true).unwrap();
    let together = part(suite(5, "a"), &["a", "b"], None);
    let pairs = |plan: &Plan| {
        let mut pairs: Vec<_> =
            plan.attempts.iter().map(|one| (one.key.clone(), one.block, one.seed)).collect();
        pairs.sort();
        pairs
    };
    assert_eq!(pairs(&merged.plan), pairs(&together.plan), "the blocks and draws are those of one run");
    let indexes: Vec<u32> = merged.rows.iter().map(|row| row.index).collect();
    assert_eq!(indexes, (0..20).collect::<Vec<_>>());
    // Whoever makes up for missing rows must know of each attempt whether it was asked.
    for start in &merged.starts {
        assert_eq!(merged.plan.attempt(start.index).unwrap().key.arm, start.started);
    }
    assert_eq!(merged.starts.len(), 20);
    assert!(
        merged.receipt.caveats.contains(&Caveat::NotInterleaved { groups: vec!["a".into(), "b".into()] })
    );
    assert_eq!(merged.receipt.status, RunStatus::Complete);
    assert!(matches!(
        merge(vec![one("a"), part(suite(4, "a"), &["b"], None)], true),
        Err(MergeError::OtherPlan { .. })
    ));
    let twice = vec![one("a"), part(suite(5, "a"), &["a", "b"], None)];
    assert!(matches!(merge(twice, true), Err(MergeError::ArmTwice { .. })));
}

#[test]
fn what_shards_left_out_is_added_up() {
    let mut given = shards(2);
    for part in &mut given {
        part.receipt.status = RunStatus::Unfinished;
        part.receipt.caveats = vec![Caveat::GivenUp { arm: "a".into(), left: 3 }, Caveat::DirtyTree];
    }
    let merged = merge(given, false).unwrap().receipt;
    assert_eq!(merged.status, RunStatus::Unfinished);
    let expected =
        [Caveat::DirtyTree, Caveat::GivenUp { arm: "a".into(), left: 6 }, Caveat::Merged { runs: 2 }];
    assert_eq!(merged.caveats, expected);
}

#[test]
fn shards_of_several_arms_are_missed_by_name() {
    let shard = |arm, number| part(suite(5, "a"), &[arm], Some(Shard { number, of: 2 }));
    let merged = merge(vec![shard("a", 1), shard("a", 2), shard("b", 1)], true).unwrap();
    assert_eq!(merged.receipt.missing_shards(), ["2/2 of b"]);
    assert_eq!((merged.receipt.status, merged.receipt.planned), (RunStatus::Unfinished, 20));
}

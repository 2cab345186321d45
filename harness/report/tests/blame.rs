//! Who is talked to about what failed: every rule, and an attempt to break it.

mod support;

use std::collections::BTreeMap;

use gonogo_core::{
    ArmReceipt, Attempt, Detail, Enforcement, EngineEvidence, Family, Kind, Provenance, Witness,
};
use gonogo_report::{Blame, Party, Report};
use support::{arm, attempt, founding_case, receipt, three_arms};

/// What these arms' outcomes on cases 0, 1, … come to.
fn blame(arms: &[(&ArmReceipt, &[Kind])]) -> Blame {
    let mut rows: Vec<Attempt> = Vec::new();
    for (arm, kinds) in arms {
        for (case, kind) in kinds.iter().enumerate() {
            rows.push(attempt("rust", &format!("case-{case}"), arm, *kind, 900));
        }
    }
    let planned = rows.len();
    Report::new(&receipt(arms.iter().map(|(arm, _)| (*arm).clone()).collect(), planned), &rows).blame
}

/// Failures by party, those that have none left out.
fn parties(blame: &Blame) -> BTreeMap<&'static str, u64> {
    let counts = Party::ALL.into_iter().map(|party| (party.name(), blame.count(party)));
    counts.filter(|(_, count)| *count > 0).collect()
}

fn one(party: &'static str, count: u64) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([(party, count)])
}

fn proven(name: &str, engine: &str) -> ArmReceipt {
    arm(name, engine, Enforcement::Proven)
}

fn control() -> ArmReceipt {
    arm("none", "none", Enforcement::Unconstrained)
}

#[test]
fn every_failure_is_exactly_one_partys() {
    let kinds = Kind::ALL;
    let failures = kinds.len() as u64 - 1;
    for enforcement in [Enforcement::Proven, Enforcement::Unproven, Enforcement::Unconstrained] {
        let arm = arm("a", "llguidance", enforcement);
        for others in [vec![], vec![(control(), kinds)], vec![(control(), &kinds[..1])]] {
            let others: Vec<(&ArmReceipt, &[Kind])> =
                others.iter().map(|(arm, kinds)| (arm, *kinds)).collect();
            let blame = blame(&[&[(&arm, kinds)][..], &others].concat());
            let control_counts =
                enforcement == Enforcement::Unconstrained && others.iter().any(|(_, k)| k.len() > 1);
            let expected = if control_counts { 2 * failures } else { failures };
            assert_eq!(blame.failures, expected, "{enforcement:?}");
            assert_eq!(parties(&blame).values().sum::<u64>(), expected);
        }
    }
}

#[test]
fn an_engine_whose_enforcement_is_unproven_is_never_blamed() {
    let unproven = arm("a", "xgrammar", Enforcement::Unproven);
    let lost = ArmReceipt { canary: None, ..proven("a", "xgrammar") };
    for arm in [unproven, lost] {
        assert_eq!(blame(&[(&arm, Kind::ALL)]).count(Party::Engine), 0);
        assert_eq!(parties(&blame(&[(&arm, &[Kind::MissingKey; 3])])), one("not-enforced", 3));
        assert_eq!(parties(&blame(&[(&arm, &[Kind::EngineCrashed; 3])])), one("not-enforced", 3));
    }
    assert_eq!(parties(&blame(&[(&proven("a", "xgrammar"), &[Kind::MissingKey; 3])])), one("engine", 3));
}

#[test]
fn a_row_that_names_the_engine_does_not_make_it_the_engines() {
    let arm = arm("a", "xgrammar", Enforcement::Unproven);
    let mut row = attempt("rust", "case", &arm, Kind::MissingKey, 900);
    row.outcome.domain = gonogo_core::Domain::Engine;
    let blame = Report::new(&receipt(vec![arm], 1), &[row]).blame;
    assert_eq!(parties(&blame), one("not-enforced", 1));
}

/// Kinds that say that an answer lies outside its constraint, by what they are.
fn breaches() -> impl Iterator<Item = Kind> {
    let outside = |kind: &Kind| matches!(kind.family(), Family::Malformed | Family::SchemaViolation);
    Kind::ALL.iter().copied().filter(move |kind| outside(kind) || *kind == Kind::StoppedEarly)
}

#[test]
fn what_the_control_fails_in_the_same_way_is_not_the_engines() {
    let engine = proven("a", "xgrammar");
    for kind in Kind::ALL.iter().filter(|kind| breaches().all(|breach| breach != **kind)) {
        let both = blame(&[(&engine, &[*kind]), (&control(), &[*kind])]);
        let never_reached = *kind == Kind::ConstraintRejected || *kind == Kind::CompileTimeout;
        assert_eq!(
            both.count(Party::Engine),
            0,
            "{kind:?}{}",
            if never_reached { " without a schema" } else { "" }
        );
    }
    let crash = [(&engine, &[Kind::EngineCrashed][..]), (&control(), &[Kind::EngineCrashed][..])];
    assert_eq!(parties(&blame(&crash)), one("infrastructure", 1));
    // Another failure of the control is no excuse.
    let otherwise = [(&engine, &[Kind::EngineCrashed][..]), (&control(), &[Kind::Refused][..])];
    assert_eq!(parties(&blame(&otherwise)), one("engine", 1));
}

#[test]
fn a_breach_of_a_proven_constraint_is_the_engines_whatever_the_control_does() {
    let engine = proven("a", "xgrammar");
    for kind in breaches() {
        let ours = [vec![kind; 5], vec![Kind::Passed; 25]].concat();
        let shifted = [vec![Kind::Passed; 5], vec![kind; 25]].concat();
        for theirs in [vec![kind; 30], shifted] {
            let both = blame(&[(&engine, &ours), (&control(), &theirs)]);
            assert_eq!(parties(&both), one("engine", 5), "{kind:?}");
            assert_eq!(
                both.complaints[0].controls[0].count,
                theirs.iter().filter(|its| **its == kind).count() as u64
            );
        }
        let mut other = proven("b", "xgrammar");
        other.facts.insert("model".into(), "another".into());
        let models = blame(&[(&engine, &[kind]), (&other, &[kind]), (&control(), &[kind])]);
        assert_eq!(parties(&models), one("engine", 2), "{kind:?} of two models");
    }
}

#[test]
fn what_the_control_fails_as_often_elsewhere_is_not_the_engines_either() {
    use Kind::{Passed, RunawayWhitespace as Runaway};
    let engine = proven("a", "xgrammar");
    let ours = [Runaway, Runaway, Passed, Passed];
    assert_eq!(
        parties(&blame(&[(&engine, &ours), (&control(), &[Passed, Passed, Runaway, Runaway])])),
        one("model", 2)
    );
    assert_eq!(
        parties(&blame(&[(&engine, &ours), (&control(), &[Passed, Passed, Passed, Runaway])])),
        one("engine", 2)
    );
    // One of the two on the same attempt: that one is the model's.
    let split = blame(&[(&engine, &ours), (&control(), &[Runaway, Passed, Passed, Passed])]);
    assert_eq!(parties(&split), BTreeMap::from([("engine", 1), ("model", 1)]));
    let controls: Vec<_> =
        split.complaints.iter().map(|one| (one.controls[0].count, one.controls[0].n)).collect();
    assert_eq!(controls, [(1, 4), (1, 4)], "the control's rate of the class stands beside both");
}

#[test]
fn only_a_control_on_the_same_model_and_kind_of_backend_is_one() {
    let engine = proven("a", "xgrammar");
    let mut elsewhere = control();
    elsewhere.facts.insert("model".into(), "another".into());
    let remote = ArmReceipt { kind: "http".into(), provenance: Provenance::Live, ..control() };
    let second = proven("b", "xgrammar");
    for other in [elsewhere, remote, second] {
        let blame = blame(&[(&engine, &[Kind::InvalidJson]), (&other, &[Kind::InvalidJson])]);
        assert!(blame.count(Party::Engine) > 0, "{}", other.name);
        assert!(blame.complaints.iter().all(|one| one.controls.is_empty()));
        assert!(
            blame.unknown.iter().any(|gap| gap.contains("no control on the same model")),
            "{:?}",
            blame.unknown
        );
    }
}

#[test]
fn a_control_at_another_endpoint_is_none() {
    let at = |arm: ArmReceipt, endpoint: &str| {
        let facts = BTreeMap::from([
            ("endpoint".to_owned(), endpoint.to_owned()),
            ("model.name".to_owned(), "m".to_owned()),
        ]);
        ArmReceipt { kind: "http".into(), provenance: Provenance::Live, facts, ..arm }
    };
    let engine = at(proven("a", "xgrammar"), "http://one/");
    let beside =
        |endpoint| blame(&[(&engine, &[Kind::DeadEnd]), (&at(control(), endpoint), &[Kind::DeadEnd])]);
    let here = beside("http://one/");
    let gaps = |blame: &Blame| -> Vec<String> {
        blame.unknown.iter().filter(|gap| gap.contains("without a constraint")).cloned().collect()
    };
    assert_eq!(parties(&here), one("infrastructure", 1));
    assert!(gaps(&here).is_empty(), "{:?}", here.unknown);
    let there = beside("http://two/");
    assert_eq!(parties(&there), one("engine", 1));
    assert!(there.complaints[0].controls.is_empty());
    assert!(matches!(&gaps(&there)[..], [gap] if gap.contains("another endpoint")), "{:?}", there.unknown);
}

#[test]
fn what_the_control_gets_right_without_the_constraint_is_not_for_a_stronger_model() {
    use Kind::{AssertionFailed as Wrong, Passed};
    let engine = proven("a", "xgrammar");
    let todo = |theirs: &[Kind]| {
        blame(&[(&engine, &[Wrong, Wrong, Wrong]), (&control(), theirs)]).complaints[0].todo.clone()
    };
    let (none, some, all) = (todo(&[Wrong; 3]), todo(&[Passed, Wrong, Passed]), todo(&[Passed; 3]));
    assert!(!none.contains("the control passes") && none.contains("stronger model"), "{none}");
    assert!(some.contains("the control passes 2 of these") && some.contains("stronger model"), "{some}");
    assert!(all.contains("the control passes 3 of these") && !all.contains("stronger model"), "{all}");
}

#[test]
fn what_no_engine_was_asked_is_ours() {
    let engine = proven("a", "xgrammar");
    for kind in [Kind::PromptTooLong, Kind::ConstraintUnsupported] {
        assert_eq!(parties(&blame(&[(&engine, &[kind])])), one("prompt-or-schema", 1));
    }
}

#[test]
fn a_schema_that_every_engine_declines_is_ours_and_one_that_some_engine_takes_is_not() {
    use Kind::{CompileTimeout, ConstraintRejected as Rejected, Passed, TimeoutConnect};
    let (a, b, twin) = (proven("a", "xgrammar"), proven("b", "llguidance"), proven("a2", "xgrammar"));
    let two = |second: &ArmReceipt, kind| parties(&blame(&[(&a, &[Rejected]), (second, &[kind])]));
    assert_eq!(two(&b, Rejected), one("prompt-or-schema", 2));
    assert_eq!(two(&b, CompileTimeout), one("prompt-or-schema", 2));
    assert_eq!(two(&b, Passed), one("engine", 1));
    assert_eq!(two(&twin, Rejected), one("engine", 2), "one engine twice is one opinion");
    assert_eq!(
        two(&b, TimeoutConnect),
        BTreeMap::from([("engine", 1), ("infrastructure", 1)]),
        "an engine that was not reached has no opinion"
    );
}

#[test]
fn what_several_models_fail_alike_is_ours() {
    let a = proven("a", "xgrammar");
    let mut b = proven("b", "xgrammar");
    let two = |b: &ArmReceipt, kind| parties(&blame(&[(&a, &[Kind::AssertionFailed]), (b, &[kind])]));
    assert_eq!(two(&b, Kind::AssertionFailed), one("model", 2), "one model twice");
    b.facts.insert("model".into(), "another".into());
    assert_eq!(two(&b, Kind::AssertionFailed), one("prompt-or-schema", 2));
    assert_eq!(two(&b, Kind::Passed), one("model", 1));
    b.facts.clear();
    assert_eq!(two(&b, Kind::AssertionFailed), one("model", 2), "a model without a name is no second one");
    b.facts.insert("model.sha256".into(), "abc".into());
    assert_eq!(two(&b, Kind::AssertionFailed), one("model", 2), "a hash and a name may be one model's");
}

#[test]
fn what_several_models_fail_in_different_steps_is_not_alike() {
    let a = proven("a", "xgrammar");
    let mut b = proven("b", "xgrammar");
    b.facts.insert("model".into(), "another".into());
    let mut rows = [&a, &b].map(|arm| attempt("rust", "case", arm, Kind::AssertionFailed, 900));
    rows[1].key.step = "repair".into();
    let blame = Report::new(&receipt(vec![a, b], 2), &rows).blame;
    assert_eq!(parties(&blame), one("model", 2));
}

#[test]
fn max_tokens_is_the_budgets_and_nobody_elses() {
    let engine = proven("a", "xgrammar");
    let blame = blame(&[(&engine, &[Kind::TruncatedBudget; 2]), (&control(), &[Kind::TruncatedBudget; 2])]);
    assert_eq!(parties(&blame), one("budget", 2));
    assert!(blame.complaints[0].todo.starts_with("raise max_tokens"), "{}", blame.complaints[0].todo);
    assert_eq!(blame.headline(), "2 of 2 first tries failed. All of them: **our own token budget**.");
}

#[test]
fn a_control_has_no_engine_to_blame() {
    let blame = blame(&[(&control(), Kind::ALL)]);
    assert_eq!(blame.count(Party::Engine), 0);
    assert!(
        blame.count(Party::Infrastructure) > 0 && blame.failures > 0,
        "with no other arm it is looked at"
    );
}

#[test]
fn an_engine_that_is_only_claimed_is_asked_about_before_anything_is_filed() {
    let mut claimed = proven("a", "xgrammar");
    let todo = |arm: &ArmReceipt| blame(&[(arm, &[Kind::MissingKey])]).complaints[0].todo.clone();
    assert_eq!(todo(&claimed), "file it upstream with schema and capture: xgrammar");
    claimed.engine_evidence =
        Some(EngineEvidence { by: Witness::Claimed, why: "the server does not say".into() });
    assert!(todo(&claimed).starts_with("ask whoever runs the server whether the engine is xgrammar"));
}

#[test]
fn captures_are_of_the_three_most_frequent_causes_and_the_shortest_prompts() {
    use Kind::{EngineCrashed, MissingKey, Refused, TimeoutGateway, TruncatedBudget};
    let arm = proven("a", "xgrammar");
    let kinds = [
        TimeoutGateway,
        Refused,
        TruncatedBudget,
        TruncatedBudget,
        TruncatedBudget,
        MissingKey,
        MissingKey,
        EngineCrashed,
        EngineCrashed,
    ];
    let mut rows: Vec<Attempt> = (0_u32..)
        .zip(kinds)
        .map(|(case, kind)| Attempt {
            index: case,
            ..attempt("rust", &format!("case-{case}"), &arm, kind, 900)
        })
        .collect();
    rows[2].tokens.prompt = None;
    rows[3].tokens.prompt = Some(90);
    rows[4].tokens.prompt = Some(80);
    rows[5].answer_bytes = 10;
    rows[6].answer_bytes = 9;
    let report = Report::new(&receipt(vec![arm], rows.len()), &rows);
    let chosen: Vec<_> =
        report.blame.captures.iter().map(|one| (one.kind, one.count, one.attempt.as_str())).collect();
    assert_eq!(
        chosen,
        [
            (TruncatedBudget, 3, "rust/case-4@bounded a #0"),
            (EngineCrashed, 2, "rust/case-7@bounded a #0"),
            (MissingKey, 2, "rust/case-6@bounded a #0"),
        ]
    );
    rows.reverse();
    assert_eq!(Report::new(&report.receipt, &rows).blame, report.blame, "whatever order the rows come in");
}

#[test]
fn an_opened_capture_shows_where_the_answer_breaks() {
    let (receipt, mut rows) = three_arms();
    for row in &mut rows {
        row.outcome.detail = Detail {
            offset: (row.outcome.kind == Kind::AssertionFailed).then_some(5),
            ..row.outcome.detail.clone()
        };
    }
    let mut report = Report::new(&receipt, &rows);
    report.open_captures(|_| Some("{\"a\":`1`, \"b\"".into()));
    let text = report.markdown(&gonogo_report::MarkdownOptions::default(), None);
    assert!(text.contains("The answer ends with `` {\"a\":`1`, \"b\" ``."), "{text}");
    insta::assert_json_snapshot!(report.json(None)["blame"]);
}

#[test]
fn the_founding_case_says_infrastructure_first_and_what_cannot_be_known() {
    let (mut receipt, rows) = founding_case();
    // As the cassette says of itself.
    receipt.arms[0].facts.insert("reconstructed".into(), "true".into());
    let report = Report::new(&receipt, &rows);
    assert_eq!(parties(&report.blame), BTreeMap::from([("infrastructure", 7), ("not-enforced", 13)]));
    assert!(
        report.blame.headline().starts_with("20 of 21 first tries failed. **Infrastructure first** (7 of 20")
    );
    let mut opened = report.clone();
    opened.open_captures(|_| Some("made up".into()));
    assert_eq!(opened.blame, report.blame, "an answer that nobody captured is not quoted");
    let unknown = report.blame.unknown.join("\n");
    assert!(unknown.contains("nothing was captured") && unknown.contains("no canary"), "{unknown}");
    let text = report.markdown(&gonogo_report::MarkdownOptions::default(), None);
    let section = text.split("## Who to talk to\n").nth(1).and_then(|rest| rest.split("\n## Latency").next());
    insta::assert_snapshot!(section.unwrap());
}

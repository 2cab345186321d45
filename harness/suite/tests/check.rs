//! `check` against judges made for the purpose: each disagreement is found, none is invented.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{cell::RefCell, collections::BTreeMap, io};

use gonogo_core::{Constraint, Detail, Enforcement, Expectation, Kind, Oracle, Outcome, Suite};
use gonogo_suite::{Files, Finding, Severity, Source, check, parse};

struct Schemas(BTreeMap<&'static str, String>);

impl Files for Schemas {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

const CLOSED: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}"#;
const OPEN: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}"#;

fn answers(owner: &str) -> String {
    format!(
        "[[{owner}.good]]\nwhy = \"fine\"\ntext = \"{owner} good\"\n\
         [[{owner}.bad]]\nwhy = \"flawed\"\ntext = \"{owner} bad\"\nkind = \"missing-key\"\nat = \"/a\"\n"
    )
}

/// A ladder of the given rungs with one case that takes them and one with its own constraint.
fn suite(rungs: &[&str], schema: &str) -> Suite {
    let first = rungs[0];
    let mut text = format!("name = \"s\"\nwhy = \"w\"\ndefault_rung = \"{first}\"\n");
    for rung in rungs {
        text +=
            &format!("[[rung]]\nname = \"{rung}\"\nwhy = \"w\"\nschema = \"a.json\"\n{}", answers("rung"));
    }
    text += &format!("[[case]]\nname = \"ladder\"\nwhy = \"w\"\nprompt = \"p\"\n{}", answers("case"));
    text += &format!(
        "[[case]]\nname = \"own\"\nwhy = \"w\"\nprompt = \"p\"\nregex = \"x\"\nexpect = \"truncated-budget\"\n{}",
        answers("case")
    );
    let files = Schemas(BTreeMap::from([("a.json", schema.to_owned())]));
    parse(Source { file: "suite.toml", folder: "s", bytes: text.as_bytes() }, &files).unwrap()
}

fn outcome(kind: Kind, pointer: Option<&str>) -> Outcome {
    let detail = Detail { pointer: pointer.map(str::to_owned), ..Detail::message("because") };
    Outcome::new(kind, Enforcement::Unconstrained, detail)
}

/// Judges as the suite declares.
fn agreeable(_: &Oracle, text: &str) -> Outcome {
    if text.ends_with("good") { outcome(Kind::Passed, None) } else { outcome(Kind::MissingKey, Some("/a")) }
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_suite_that_means_what_it_says_has_no_findings() {
    let findings = check(&suite(&["minimal", "bounded"], CLOSED), agreeable);
    assert_eq!(lines(&findings), [""; 0]);
}

#[test]
fn answers_are_judged_at_the_default_rung_and_the_strictest_and_always_as_a_pass() {
    let seen = RefCell::new(BTreeMap::<String, u32>::new());
    let suite = suite(&["minimal", "nested", "bounded"], CLOSED);
    let findings = check(&suite, |oracle: &Oracle, text: &str| {
        assert_eq!(oracle.expect, Expectation::Pass);
        assert!(oracle.constraint.is_some());
        *seen.borrow_mut().entry(text.to_owned()).or_default() += 1;
        agreeable(oracle, text)
    });
    assert_eq!(lines(&findings), [""; 0]);
    // Three rungs, each its own answers; one case at two rungs, the other under its own constraint.
    let expected = [("case bad", 3), ("case good", 3), ("rung bad", 3), ("rung good", 3)];
    assert_eq!(seen.into_inner(), expected.map(|(text, times)| (text.to_owned(), times)).into());
}

#[test]
fn each_kind_of_disagreement_is_named_with_its_place() {
    let suite = suite(&["minimal"], CLOSED);
    let strict = check(&suite, |_: &Oracle, _: &str| outcome(Kind::MissingKey, Some("/a")));
    let lax = check(&suite, |_: &Oracle, _: &str| outcome(Kind::Passed, None));
    let elsewhere = check(&suite, |oracle: &Oracle, text: &str| {
        let mut found = agreeable(oracle, text);
        found.detail.pointer = None;
        found
    });
    insta::assert_snapshot!(
        [strict, lax, elsewhere].map(|findings| lines(&findings).join("\n")).join("\n\n")
    );
}

#[test]
fn every_step_is_judged_by_its_own_oracle_and_named_where_it_disagrees() {
    let step = |name: &str, rest: &str| {
        format!("[[case.step]]\nname = \"{name}\"\nprompt = \"{rest}\"\n{}", answers("case.step"))
    };
    let ladder = format!("[[rung]]\nname = \"minimal\"\nwhy = \"w\"\nregex = \"r\"\n{}", answers("rung"));
    let text = format!(
        "name = \"s\"\nwhy = \"w\"\ndefault_rung = \"minimal\"\n{ladder}[[case]]\nname = \"two\"\nwhy = \"w\"\n{}{}",
        step("ir", "p\"\nschema = \"a.json"),
        step("code", "{{step:ir}}"),
    );
    let files = Schemas(BTreeMap::from([("a.json", OPEN.to_owned())]));
    let suite = parse(Source { file: "suite.toml", folder: "s", bytes: text.as_bytes() }, &files).unwrap();
    let seen = RefCell::new(Vec::new());
    let findings = check(&suite, |oracle: &Oracle, text: &str| {
        seen.borrow_mut().push((oracle.constraint.clone().unwrap(), text.to_owned()));
        if text.starts_with("case") { outcome(Kind::Passed, None) } else { agreeable(oracle, text) }
    });
    let (ir, rung) = (Constraint::JsonSchema(OPEN.to_owned()), Constraint::Regex("r".to_owned()));
    let pair = |constraint: &Constraint, of: &str| {
        ["good", "bad"].map(|which| (constraint.clone(), format!("{of} {which}")))
    };
    let expected = [pair(&rung, "rung"), pair(&ir, "case.step"), pair(&rung, "case.step")];
    assert_eq!(seen.into_inner(), expected.concat());
    insta::assert_snapshot!(lines(&findings).join("\n"));
}

#[test]
fn a_ladder_out_of_order_is_an_error_and_an_open_object_a_note() {
    let findings = check(&suite(&["bounded", "minimal"], OPEN), agreeable);
    let severities: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Note, Severity::Note]);
    insta::assert_snapshot!(lines(&findings).join("\n"));
}

#[test]
fn a_finding_survives_json() {
    let findings = check(&suite(&["bounded", "minimal"], OPEN), agreeable);
    let back: Vec<Finding> = serde_json::from_str(&serde_json::to_string(&findings).unwrap()).unwrap();
    assert_eq!(back, findings);
}

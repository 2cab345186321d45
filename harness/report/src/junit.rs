//! The attempts as JUnit XML, for machines that know tests and nothing else: a suite per arm, a test per first
//! try, and the verdict as a suite of its own.

use std::io;

use gonogo_core::{Attempt, Domain, Receipt};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use crate::{
    GateResult, Verdict,
    rows::{Arm, Rows},
};

/// The document.
///
/// What the arm did wrong is a `failure`; what infrastructure or this harness did is an `error`, as JUnit
/// has it for tests that could not be made. Under a policy there is a suite `verdict`: NO-GO is a failure there and
/// INCONCLUSIVE an error, so that only a GO is green.
///
/// # Errors
/// None that rows can cause; the writer's own.
pub fn junit(receipt: &Receipt, attempts: &[Attempt], gate: Option<&GateResult>) -> io::Result<String> {
    let rows = Rows::new(receipt, attempts);
    let mut suites: Vec<Suite> = rows.arms.iter().map(|arm| of_arm(receipt, arm)).collect();
    suites.extend(gate.map(of_gate));
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", receipt.run.as_str()));
    counts(&mut root, &suites.iter().flat_map(|suite| &suite.tests).collect::<Vec<_>>());
    writer.write_event(Event::Start(root))?;
    for suite in &suites {
        suite.write(&mut writer)?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))?;
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    Ok(text)
}

struct Suite {
    name: String,
    started: String,
    properties: Vec<(String, String)>,
    tests: Vec<Test>,
}

struct Test {
    class: String,
    name: String,
    seconds: f64,
    problem: Option<Problem>,
}

struct Problem {
    /// `failure` or `error`.
    element: &'static str,
    kind: String,
    message: String,
    text: String,
}

fn of_arm(receipt: &Receipt, arm: &Arm<'_>) -> Suite {
    let mut properties = vec![("arm".to_owned(), arm.label())];
    properties.extend(
        arm.receipt
            .iter()
            .flat_map(|arm| arm.facts.iter())
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Suite {
        name: arm.name.into(),
        started: stamp(&receipt.started),
        properties,
        tests: arm.first.iter().map(|attempt| of_attempt(attempt)).collect(),
    }
}

fn of_attempt(attempt: &Attempt) -> Test {
    let key = &attempt.key;
    let rung = key.rung.as_ref().map(|rung| format!("@{rung}")).unwrap_or_default();
    let outcome = &attempt.outcome;
    let problem = || Problem {
        element: match outcome.domain {
            Domain::Infrastructure | Domain::Harness => "error",
            Domain::Nobody | Domain::Engine | Domain::Model | Domain::Budget | Domain::NotEnforced => {
                "failure"
            }
        },
        kind: outcome.kind.name().into(),
        message: outcome.detail.message.clone(),
        text: format!("captures/{}", attempt.capture),
    };
    Test {
        class: format!("{}.{}", attempt.key.arm, key.suite),
        name: format!("{}{rung} #{}", key.case, key.repeat),
        seconds: attempt.response().as_secs(),
        problem: (!outcome.passed()).then(problem),
    }
}

fn of_gate(gate: &GateResult) -> Suite {
    let tests = gate.arms.iter().map(|arm| {
        let element = match arm.verdict {
            Verdict::Go => None,
            Verdict::NoGo => Some("failure"),
            Verdict::Inconclusive => Some("error"),
        };
        let problem = element.map(|element| Problem {
            element,
            kind: arm.verdict.name().into(),
            message: gate.why(arm),
            text: String::new(),
        });
        Test { class: "verdict".into(), name: arm.arm.clone(), seconds: 0.0, problem }
    });
    Suite { name: "verdict".into(), started: String::new(), properties: Vec::new(), tests: tests.collect() }
}

/// XML's dates have no zone in JUnit's schema.
fn stamp(started: &str) -> String {
    started.split(['.', 'Z']).next().unwrap_or_default().to_owned()
}

fn counts(element: &mut BytesStart<'_>, tests: &[&Test]) {
    let of = |name| {
        let is = |test: &&&Test| test.problem.as_ref().is_some_and(|problem| problem.element == name);
        tests.iter().filter(is).count().to_string()
    };
    element.push_attribute(("tests", tests.len().to_string().as_str()));
    element.push_attribute(("failures", of("failure").as_str()));
    element.push_attribute(("errors", of("error").as_str()));
    // The sum of nothing is −0, which the schema has no place for.
    let seconds = tests.iter().fold(0.0, |sum, test| sum + test.seconds);
    element.push_attribute(("time", format!("{seconds:.3}").as_str()));
}

impl Suite {
    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let mut suite = BytesStart::new("testsuite");
        suite.push_attribute(("name", self.name.as_str()));
        counts(&mut suite, &self.tests.iter().collect::<Vec<_>>());
        if !self.started.is_empty() {
            suite.push_attribute(("timestamp", self.started.as_str()));
        }
        writer.write_event(Event::Start(suite))?;
        if !self.properties.is_empty() {
            writer.write_event(Event::Start(BytesStart::new("properties")))?;
            for (name, value) in &self.properties {
                let mut property = BytesStart::new("property");
                property.push_attribute(("name", printable(name).as_str()));
                property.push_attribute(("value", printable(value).as_str()));
                writer.write_event(Event::Empty(property))?;
            }
            writer.write_event(Event::End(BytesEnd::new("properties")))?;
        }
        self.tests.iter().try_for_each(|test| test.write(writer))?;
        writer.write_event(Event::End(BytesEnd::new("testsuite")))
    }
}

impl Test {
    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let mut test = BytesStart::new("testcase");
        test.push_attribute(("classname", printable(&self.class).as_str()));
        test.push_attribute(("name", printable(&self.name).as_str()));
        test.push_attribute(("time", format!("{:.3}", self.seconds).as_str()));
        let Some(problem) = &self.problem else { return writer.write_event(Event::Empty(test)) };
        writer.write_event(Event::Start(test))?;
        let mut element = BytesStart::new(problem.element);
        element.push_attribute(("type", problem.kind.as_str()));
        // A parser would make spaces of them anyway.
        let message = printable(&problem.message).replace(['\n', '\r', '\t'], " ");
        element.push_attribute(("message", message.as_str()));
        writer.write_event(Event::Start(element))?;
        writer.write_event(Event::Text(BytesText::new(&printable(&problem.text))))?;
        writer.write_event(Event::End(BytesEnd::new(problem.element)))?;
        writer.write_event(Event::End(BytesEnd::new("testcase")))
    }
}

/// Text without the characters that XML 1.0 has no way to write (§2.2).
fn printable(text: &str) -> String {
    let is = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is(c) { c } else { '\u{fffd}' }).collect()
}

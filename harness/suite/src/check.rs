//! Asks a judge whether a suite's reference answers are judged as the suite declares.

use gonogo_core::{Answer, Constraint, Expectation, Kind, KnownBad, LADDER, Oracle, Outcome, Suite};

use crate::{Finding, Place, Severity, dialect};

/// The rung at which cases are also checked when a suite has it: the strictest.
const STRICTEST: &str = "bounded";

/// Every disagreement between what `suite` declares and what `judge` says, in suite order.
///
/// `judge` gets an oracle and the text of an answer that a backend finished of its own accord.
/// Reference answers show what the constraint and the assertions accept, so the oracle expects
/// a pass even where the case expects a limit to show.
#[must_use]
pub fn check(suite: &Suite, judge: impl Fn(&Oracle, &str) -> Outcome) -> Vec<Finding> {
    let mut checker = Checker { suite, judge, findings: Vec::new() };
    checker.ladder();
    for rung in &suite.rungs {
        let place = Place::Rung(rung.name.clone());
        let constraint = Some(rung.constraint.clone());
        let oracle = Oracle { constraint, assertions: Vec::new(), expect: Expectation::Pass };
        checker.constraint(&place, &rung.constraint);
        checker.answers(&place, &oracle, &rung.good, &rung.bad);
    }
    for case in &suite.cases {
        for step in case.all_steps() {
            if let Some(constraint) = step.constraint {
                checker.constraint(&Place::of_step(case, &step, None), constraint);
            }
            for rung in rungs_of(suite, step.constraint.is_some()) {
                let oracle = Oracle { expect: Expectation::Pass, ..suite.step_oracle(&step, rung) };
                checker.answers(&Place::of_step(case, &step, rung), &oracle, step.good, step.bad);
            }
        }
    }
    checker.findings
}

/// The rungs at which a step's answers are judged: the default and the strictest; none by name
/// for a step with a constraint of its own.
fn rungs_of(suite: &Suite, own: bool) -> Vec<Option<&str>> {
    if own {
        return vec![None];
    }
    let default = suite.default_rung.as_deref();
    let strictest =
        suite.rung(STRICTEST).map(|rung| rung.name.as_str()).filter(|name| default != Some(*name));
    std::iter::once(default).chain(strictest.map(Some)).collect()
}

struct Checker<'a, J> {
    suite: &'a Suite,
    judge: J,
    findings: Vec<Finding>,
}

impl<J: Fn(&Oracle, &str) -> Outcome> Checker<'_, J> {
    fn add(&mut self, severity: Severity, place: &Place, message: String, remedy: &str) {
        self.findings.push(Finding {
            severity,
            suite: self.suite.name.clone(),
            place: place.clone(),
            message,
            remedy: remedy.to_owned(),
        });
    }

    /// Rungs come easiest first, in the one order that reports know.
    fn ladder(&mut self) {
        let names: Vec<&str> = self.suite.rungs.iter().map(|rung| rung.name.as_str()).collect();
        let known: Vec<&str> = LADDER.iter().copied().filter(|name| names.contains(name)).collect();
        if names != known {
            let message = format!("the rungs are {}", names.join(", "));
            let remedy = format!("order and name them as in {}", LADDER.join(", "));
            self.add(Severity::Error, &Place::Ladder, message, &remedy);
        }
    }

    fn constraint(&mut self, place: &Place, constraint: &Constraint) {
        match constraint {
            Constraint::JsonSchema(text) => {
                for remark in dialect::remarks(text) {
                    self.add(remark.severity, place, remark.message, remark.remedy);
                }
            }
            Constraint::Regex(_) | Constraint::Grammar(_) | Constraint::Choice(_) => {}
        }
    }

    fn answers(&mut self, place: &Place, oracle: &Oracle, good: &[Answer], bad: &[KnownBad]) {
        for (what, empty) in [("good", good.is_empty()), ("bad", bad.is_empty())] {
            if empty {
                self.add(Severity::Error, place, format!("no known-{what} answer"), "add at least one");
            }
        }
        for answer in good {
            self.good(place, oracle, answer);
        }
        for known in bad {
            self.bad(place, oracle, known);
        }
    }

    fn good(&mut self, place: &Place, oracle: &Oracle, answer: &Answer) {
        let outcome = (self.judge)(oracle, &answer.text);
        if !outcome.passed() {
            let message = format!("the known-good answer `{}` is judged {}", answer.why, words(&outcome));
            self.add(Severity::Error, place, message, "repair the answer or the constraint");
        }
    }

    fn bad(&mut self, place: &Place, oracle: &Oracle, known: &KnownBad) {
        let outcome = (self.judge)(oracle, &known.answer.text);
        let why = &known.answer.why;
        if outcome.kind != known.kind {
            let message = format!(
                "the known-bad answer `{why}` should be judged {} and is judged {}",
                known.kind.name(),
                words(&outcome)
            );
            let remedy = if outcome.kind == Kind::Passed {
                "the constraint lets this fault through: tighten it or drop the answer"
            } else {
                "repair `kind`, or leave only one fault in the answer"
            };
            self.add(Severity::Error, place, message, remedy);
            return;
        }
        let Some(at) = known.at.as_deref().filter(|at| outcome.detail.pointer.as_deref() != Some(at)) else {
            return;
        };
        let found = outcome
            .detail
            .pointer
            .as_deref()
            .map_or("nowhere".into(), |found| format!("at {}", dialect::place(found)));
        let message = format!(
            "the fault of the known-bad answer `{why}` should be at {} and is found {found}",
            dialect::place(at)
        );
        self.add(Severity::Error, place, message, "repair `at`, or leave it out");
    }
}

/// An outcome in the words of a message.
fn words(outcome: &Outcome) -> String {
    let pointer =
        outcome.detail.pointer.as_deref().map(|at| format!(" at {}", dialect::place(at))).unwrap_or_default();
    match outcome.detail.message.as_str() {
        "" => format!("{}{pointer}", outcome.kind.name()),
        message => format!("{}{pointer} ({message})", outcome.kind.name()),
    }
}

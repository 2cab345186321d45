//! Answers under a regular expression, a choice, a grammar, or nothing.

use gonogo_core::{Assertion, Detail, Kind};
use gonogo_dialects::{Finish, shorten};
use serde_json::Value;

use super::{Given, Rule, unended, unfinished};
use crate::{assertions, pattern::Fit};

/// What to call the value in messages, and its class where nothing enforces it.
struct Names {
    what: &'static str,
    otherwise: Kind,
    keyword: &'static str,
}

/// The class of an answer that need not be JSON.
pub(super) fn judge(given: Given<'_>, rule: &Rule, assertions: &[Assertion]) -> (Kind, Detail) {
    let names = names(rule);
    match (fit(given, rule), given.finish) {
        (Fit::Whole, Finish::Cut) => unended(given.text.len()),
        (Fit::Whole, _) => whole(given, rule, assertions),
        (Fit::Part, _) | (Fit::Neither, Finish::DeadEnd | Finish::Cut) => {
            unfinished::judge(given, true, names.what, names.otherwise)
        }
        (Fit::Neither, _) => {
            let message = format!(
                "expected {}, found {}",
                expected(rule),
                shorten::quoted(&String::from_utf8_lossy(given.text))
            );
            let pointer = Some(String::new());
            let keyword = Some(names.keyword.to_owned());
            (names.otherwise, Detail { message, pointer, keyword, ..Detail::default() })
        }
    }
}

fn fit(given: Given<'_>, rule: &Rule) -> Fit {
    let text = given.text;
    match rule {
        Rule::Regex(pattern) => pattern.fit(text),
        Rule::Choice(choices) if choices.iter().any(|choice| choice.as_bytes() == text) => Fit::Whole,
        Rule::Choice(choices) if choices.iter().any(|choice| choice.as_bytes().starts_with(text)) => {
            Fit::Part
        }
        Rule::Choice(_) => Fit::Neither,
        Rule::Grammar | Rule::Anything | Rule::Json(_) if text.trim_ascii().is_empty() => Fit::Part,
        Rule::Grammar => match given.finish {
            // The grammar is not read here, so nothing shows that a cut answer is a whole one.
            Finish::Length | Finish::Context | Finish::DeadEnd | Finish::Cut => Fit::Part,
            Finish::Stop | Finish::Unsaid => Fit::Whole,
        },
        Rule::Anything | Rule::Json(_) => Fit::Whole,
    }
}

fn names(rule: &Rule) -> Names {
    match rule {
        Rule::Regex(_) => Names { what: "the match", otherwise: Kind::PatternMismatch, keyword: "regex" },
        Rule::Choice(_) => Names { what: "the choice", otherwise: Kind::EnumMismatch, keyword: "choice" },
        Rule::Grammar => Names { what: "the sentence", otherwise: Kind::Empty, keyword: "grammar" },
        Rule::Anything | Rule::Json(_) => Names { what: "the text", otherwise: Kind::Empty, keyword: "text" },
    }
}

fn expected(rule: &Rule) -> String {
    match rule {
        Rule::Regex(pattern) => format!("a text that matches {}", shorten::quoted(pattern.source())),
        Rule::Choice(choices) => {
            format!("one of {}", shorten::list(choices.iter().map(|choice| shorten::quoted(choice)), ", "))
        }
        Rule::Grammar | Rule::Anything | Rule::Json(_) => "some text".into(),
    }
}

/// A whole answer: the assertions decide. They see a choice as the string it is, and any other
/// text as the JSON value it spells, else as a string.
fn whole(given: Given<'_>, rule: &Rule, assertions: &[Assertion]) -> (Kind, Detail) {
    let string = || Value::String(String::from_utf8_lossy(given.text).into_owned());
    let value = match rule {
        Rule::Choice(_) => string(),
        Rule::Regex(_) | Rule::Grammar | Rule::Anything | Rule::Json(_) => {
            serde_json::from_slice(given.text).unwrap_or_else(|_| string())
        }
    };
    assertions::judge(assertions, &value).unwrap_or_else(|| {
        let remark = match rule {
            Rule::Grammar => "the answer was not checked against the grammar, only for having text",
            Rule::Regex(_) | Rule::Choice(_) | Rule::Anything | Rule::Json(_) => "",
        };
        (Kind::Passed, Detail::message(remark))
    })
}

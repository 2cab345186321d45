//! Attempts with everything that a reader may want to open.

use std::collections::HashMap;

use gonogo_core::{Attempt, Capture, Constraint, End, Request, Role};
use serde::Serialize;
use serde_json::{Value, json};

use gonogo_report::span;

/// An attempt with its raw answer.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The row.
    pub attempt: &'a Attempt,
    /// What came back; `None` where it is lost.
    pub capture: Option<&'a Capture>,
    /// The answer's text, as the judge read it.
    pub answer: Option<&'a str>,
}

/// Longer answers are cut: a page is to be opened, and the capture has them whole.
const LONGEST: usize = 20_000;

/// Prompts and schemas, each once, and the attempts that refer to them by number.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Data {
    texts: Vec<String>,
    attempts: Vec<Value>,
    #[serde(skip)]
    numbers: HashMap<String, usize>,
}

impl Data {
    pub(crate) fn of(shown: &[Shown<'_>]) -> Self {
        let mut data = Self::default();
        for one in shown {
            let attempt = data.attempt(*one);
            data.attempts.push(attempt);
        }
        data
    }

    fn text(&mut self, text: String) -> usize {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        self.texts.push(text.clone());
        self.numbers.insert(text, self.texts.len() - 1);
        self.texts.len() - 1
    }

    fn attempt(&mut self, shown: Shown<'_>) -> Value {
        let row = shown.attempt;
        let key = &row.key;
        let question = shown.capture.map(|capture| self.question(&capture.request));
        let answer = shown.answer.map(|text| answer(text, row));
        json!({
            "index": row.index,
            "suite": key.suite,
            "case": key.case,
            "step": key.step,
            "rung": key.rung,
            "arm": key.arm,
            "repeat": key.repeat,
            "try": row.r#try,
            "then": row.then,
            "language": row.language,
            "provenance": row.provenance,
            "family": row.outcome.family,
            "kind": row.outcome.kind,
            "domain": row.outcome.domain,
            "message": row.outcome.detail.message,
            "pointer": row.outcome.detail.pointer,
            "keyword": row.outcome.detail.keyword,
            "total": row.response(),
            "tokens": row.tokens.completion,
            "finish": row.finish_reason,
            "capture": row.capture,
            "question": question,
            "answer": answer,
            "times": shown.capture.map(|capture| times(row, capture)),
            "said": shown.capture.and_then(said),
        })
    }

    fn question(&mut self, request: &Request) -> Value {
        let messages: Vec<Value> = request
            .messages
            .iter()
            .map(|message| {
                let role = match message.role {
                    Role::System => "system",
                    Role::User => "user",
                    Role::Assistant => "assistant",
                };
                json!([role, self.text(message.content.clone())])
            })
            .collect();
        let constraint = request.constraint.as_ref().map(|constraint| {
            let text = match constraint {
                Constraint::JsonSchema(text) => pretty(text),
                Constraint::Regex(text) | Constraint::Grammar(text) => text.clone(),
                Constraint::Choice(choices) => choices.join("\n"),
            };
            json!([constraint.name(), self.text(text)])
        });
        json!({
            "messages": messages,
            "constraint": constraint,
            "max_tokens": request.sampling.max_tokens,
            "temperature": request.sampling.temperature,
            "seed": request.sampling.seed,
        })
    }
}

/// A schema as people read it; as it is where it is no JSON.
fn pretty(text: &str) -> String {
    serde_json::from_str::<Value>(text)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| text.to_owned())
}

/// The answer, and which part of it is at fault, in characters.
fn answer(text: &str, row: &Attempt) -> Value {
    let detail = &row.outcome.detail;
    let by_offset = || {
        let offset = usize::try_from(detail.offset?).ok()?;
        Some((offset.min(text.len()), text.len()))
    };
    let at = detail.pointer.as_deref().and_then(|pointer| span(text, pointer)).or_else(by_offset);
    let cut: String = text.chars().take(LONGEST).collect();
    // The script counts UTF-16 units.
    let units = |to: usize| text.get(..to).map(|part| part.encode_utf16().count());
    let mark = at.and_then(|(from, to)| Some([units(from)?, units(to)?]));
    json!({ "text": cut, "of": text.chars().count(), "mark": mark })
}

/// When the exchange got where, nanoseconds since the attempt began, in order.
fn times(row: &Attempt, capture: &Capture) -> Vec<Value> {
    let mut times: Vec<(&str, u64)> = Vec::new();
    if let Some(phases) = &capture.phases {
        times.extend(phases.connected.map(|at| ("connected", at.0)));
        times.extend(phases.headers.map(|at| ("headers", at.0)));
    }
    times.extend(capture.frames.first().map(|frame| ("first byte", frame.at.0)));
    times.extend(row.timings.ttft.map(|at| ("first token", at.0)));
    times.extend(capture.frames.last().map(|frame| ("last byte", frame.at.0)));
    times.push(("end", capture.elapsed.0));
    times.sort_by_key(|(_, at)| *at);
    times.into_iter().map(|(name, at)| json!([name, at])).collect()
}

/// What transport and peer said besides the answer.
fn said(capture: &Capture) -> Option<Value> {
    let whole = capture.end == End::Complete;
    let end = (!whole).then(|| serde_json::to_value(&capture.end).ok()).flatten();
    let stderr = (!capture.stderr.is_empty()).then_some(&capture.stderr);
    let anything = capture.status.is_some() || end.is_some() || stderr.is_some();
    anything.then(|| json!({ "status": capture.status, "end": end, "stderr": stderr }))
}

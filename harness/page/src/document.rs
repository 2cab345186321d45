//! The whole page.

use gonogo_report::{GateResult, MarkdownOptions, Report, Verdict, plots};

use crate::{
    Shown,
    attempts::Data,
    text::{embedded, escaped, html},
};

const FRAME: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");

/// What a page is made from.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The report.
    pub report: &'a Report,
    /// The verdict, where a policy was applied.
    pub gate: Option<&'a GateResult>,
    /// Every attempt that can be opened, in the order of the journal.
    pub attempts: &'a [Shown<'a>],
    /// How many attempts of the run are not among them.
    pub left_out: u64,
    /// The command that makes the page again.
    pub command: &'a str,
}

/// The page as one HTML document.
///
/// # Errors
/// None that a report can cause; serde's own.
pub fn page(page: &Page<'_>) -> Result<String, serde_json::Error> {
    let options = MarkdownOptions { command: page.command.into(), plots: true };
    let text = page.report.markdown(&options, page.gate);
    let body = html(&text, &plots(page.report));
    let data = serde_json::to_string(&Data::of(page.attempts))?;
    let left_out = match page.left_out {
        0 => String::new(),
        more => format!("{more} more attempts of the run are not in this page; its journal has them."),
    };
    // One pass: what is put in must not be looked at for places to put things.
    let parts = [
        ("{{title}}", escaped(&page.report.run)),
        ("{{verdict}}", verdict(page.gate).to_owned()),
        ("{{style}}", STYLE.to_owned()),
        ("{{body}}", body),
        ("{{left_out}}", escaped(&left_out)),
        ("{{data}}", embedded(&data)),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    Ok(fill(FRAME, &parts))
}

fn verdict(gate: Option<&GateResult>) -> &'static str {
    match gate.map(|gate| gate.verdict) {
        Some(Verdict::Go) => "go",
        Some(Verdict::NoGo) => "no-go",
        Some(Verdict::Inconclusive) => "inconclusive",
        None => "none",
    }
}

/// The frame with each `{{name}}` replaced, once, from left to right.
fn fill(frame: &str, parts: &[(&str, String)]) -> String {
    let mut out =
        String::with_capacity(frame.len() + parts.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = frame;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match parts.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, text)) => {
                out.push_str(text);
                rest = &rest[name.len()..];
            }
            None => {
                out.push_str("{{");
                rest = &rest[2..];
            }
        }
    }
    out + rest
}

//! `{{step:NAME}}` in prompts: the answer of an earlier step, and nothing else.

use std::ops::Range;

use gonogo_core::{did_you_mean, mentioned_steps};
use toml::Spanned;

use crate::{Problem, fields::Fields, reader::Reader};

/// Checks that the steps' prompts name earlier steps only, and each later one at least one.
pub(crate) fn check(reader: &mut Reader<'_>, steps: &[Fields<'_>]) {
    let names: Vec<_> = steps.iter().map(name_of).collect();
    for (number, fields) in steps.iter().enumerate() {
        let Some(prompt) = Prompt::of(fields) else { continue };
        let (earlier, from_here) = names.split_at(number);
        let earlier: Vec<&str> = earlier.iter().map(|(name, _)| *name).collect();
        let malformed = prompt.malformed();
        let mut mentioned = mentioned_steps(prompt.text);
        // What has blanks in it is reported as malformed.
        mentioned.retain(|name| !name.contains(char::is_whitespace));
        mentioned.dedup();
        if malformed.is_empty() && mentioned.is_empty() && number > 0 {
            let fault = unused(reader, &prompt, &earlier);
            reader.report(fault);
        }
        for text in malformed {
            let fault = reader
                .fault(prompt.place(reader, text), format!("`{}` is no placeholder", text.escape_debug()))
                .label("write it as {{step:NAME}}, without blanks")
                .helped(choice(&earlier));
            reader.report(fault);
        }
        for name in mentioned.into_iter().filter(|name| !earlier.contains(name)) {
            let fault = unanswered(reader, &prompt, name, &earlier, from_here);
            reader.report(fault);
        }
    }
}

/// Reports a placeholder in a case of one step.
pub(crate) fn refuse(reader: &mut Reader<'_>, case: &Fields<'_>) {
    let Some(prompt) = Prompt::of(case) else { return };
    if let Some(name) = mentioned_steps(prompt.text).first() {
        let placeholder = format!("{{{{step:{name}}}}}");
        let fault = reader
            .fault(prompt.place(reader, &placeholder), "the case has no steps whose answer this could be")
            .label("nothing comes before")
            .helped("a case of several steps writes each of them as [[case.step]]");
        reader.report(fault);
    }
}

/// The fault of a prompt that names a step not yet answered, or none at all.
fn unanswered(
    reader: &Reader<'_>,
    prompt: &Prompt<'_>,
    name: &str,
    earlier: &[&str],
    from_here: &[(&str, Range<usize>)],
) -> Problem {
    let place = prompt.place(reader, &format!("{{{{step:{name}}}}}"));
    let shown = name.escape_debug();
    match from_here.iter().position(|(later, _)| *later == name) {
        Some(0) => {
            reader.fault(place, format!("step `{shown}` asks for its own answer")).label("not there yet")
        }
        Some(behind) => {
            let fault =
                reader.fault(place, format!("step `{shown}` is asked only later")).label("not there yet");
            let span = from_here.get(behind).map_or(0..0, |(_, span)| span.clone());
            fault.also(span, "asked here")
        }
        None => {
            let near = did_you_mean(name, earlier.iter().copied());
            reader
                .fault(place, format!("unknown step `{shown}`"))
                .label(near.unwrap_or_else(|| "no step of the case has this name".into()))
        }
    }
    .helped(choice(earlier))
}

/// The fault of a later step that could as well be a case of its own.
fn unused(reader: &Reader<'_>, prompt: &Prompt<'_>, earlier: &[&str]) -> Problem {
    reader
        .fault(prompt.span.clone(), "the step uses no earlier answer")
        .label("no {{step:NAME}} in it")
        .helped(format!("{}; or make it a case of its own", choice(earlier)))
}

fn choice(earlier: &[&str]) -> String {
    match earlier {
        [] => "the first step has no earlier answers to use".to_owned(),
        names => {
            let placeholders: Vec<_> = names.iter().map(|name| format!("{{{{step:{name}}}}}")).collect();
            format!("an earlier answer is written {}", placeholders.join(" or "))
        }
    }
}

fn name_of<'t>(fields: &Fields<'t>) -> (&'t str, Range<usize>) {
    let node = fields.get("name");
    let name = node.and_then(|node| node.get_ref().as_str()).unwrap_or_default();
    (name, node.map_or(fields.span(), Spanned::span))
}

/// A prompt and where it is written.
struct Prompt<'t> {
    text: &'t str,
    span: Range<usize>,
}

impl<'t> Prompt<'t> {
    fn of(fields: &Fields<'t>) -> Option<Self> {
        let node = fields.get("prompt")?;
        Some(Self { text: node.get_ref().as_str()?, span: node.span() })
    }

    /// Where `text` is written; the whole prompt where escapes hide it.
    fn place(&self, reader: &Reader<'_>, text: &str) -> Range<usize> {
        reader.find(self.span.clone(), text).unwrap_or_else(|| self.span.clone())
    }

    /// What was meant as a placeholder and is none, because of blanks or a missing end.
    fn malformed(&self) -> Vec<&'t str> {
        let starts = self.text.match_indices("{{").filter_map(|(at, _)| self.text.get(at..));
        starts.filter_map(meant).collect()
    }
}

/// The placeholder that `text` begins with, if it is not well formed.
fn meant(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("{{")?;
    let name = inside.trim_start().strip_prefix("step")?.trim_start().strip_prefix(':')?;
    let line = text.lines().next().unwrap_or(text);
    let whole = line.find("}}").and_then(|end| line.get(..end + "}}".len()));
    let tidy = inside.starts_with("step:") && !name.starts_with(char::is_whitespace);
    match whole {
        Some(whole) if !tidy || whole.contains(char::is_whitespace) => Some(whole),
        Some(_) => None,
        None => Some(line),
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn only_what_is_nearly_a_placeholder_is_taken_for_one() {
        for (text, expected) in [
            ("{{step:ir}} and so on", None),
            ("{{ step:ir }} and", Some("{{ step:ir }}")),
            ("{{step: ir}}", Some("{{step: ir}}")),
            ("{{step :ir}}", Some("{{step :ir}}")),
            ("{{step:ir and so on", Some("{{step:ir and so on")),
            ("{{step:ir} }\n}}", Some("{{step:ir} }")),
            ("{{\"step\": 1}}", None),
            ("{{stepwise}}", None),
            ("{{other}}", None),
        ] {
            assert_eq!(meant(text), expected, "{text}");
        }
    }
}

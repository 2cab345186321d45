//! Reference answers: what the oracle must accept, and what it must refuse as which kind.

use gonogo_core::{Answer, Kind, KnownBad};

use crate::{
    fields::Fields,
    reader::Reader,
    spec::{BAD, GOOD},
    value,
};

/// The known-good answers of a rung or case: at least one.
pub(crate) fn good(reader: &mut Reader<'_>, owner: &Fields<'_>) -> Vec<Answer> {
    let why = "without one, nobody knows that the constraint can be satisfied";
    let tables = owner.some_tables(reader, "good", GOOD, why);
    tables.iter().map(|fields| answer(reader, fields)).collect()
}

/// The known-bad answers of a rung or case: at least one.
pub(crate) fn bad(reader: &mut Reader<'_>, owner: &Fields<'_>) -> Vec<KnownBad> {
    let why = "without one, nobody knows that the oracle refuses anything";
    let tables = owner.some_tables(reader, "bad", BAD, why);
    tables.iter().filter_map(|fields| known_bad(reader, fields)).collect()
}

fn known_bad(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<KnownBad> {
    let answer = answer(reader, fields);
    let at = fields.get("at").and_then(|node| value::pointer(reader, node));
    let node = fields.required(reader, "kind")?;
    let kind = value::kind(reader, "kind", node)?;
    if kind == Kind::Passed {
        let fault = reader
            .fault(node.span(), "a known-bad answer cannot be `passed`")
            .label("name the fault")
            .helped("an answer that must pass belongs under `good`");
        reader.report(fault);
    }
    Some(KnownBad { answer, kind, at })
}

fn answer(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Answer {
    let why = fields.prose(reader, "why");
    let text = match (fields.get("text"), fields.get("file")) {
        (Some(node), None) => value::string(reader, "text", node).map(str::to_owned),
        (None, Some(node)) => value::string(reader, "file", node)
            .and_then(|path| reader.file(path, node.span()))
            .map(without_final_newline),
        (Some(text), Some(file)) => {
            let fault = reader
                .fault(text.span(), "both `text` and `file` are given")
                .label("the answer here")
                .also(file.span(), "and there")
                .helped("give exactly one of text, file");
            reader.report(fault);
            None
        }
        (None, None) => {
            let fault = reader
                .fault(fields.span(), "the answer itself is missing")
                .label("neither `text` nor `file`")
                .helped("give exactly one of text, file");
            reader.report(fault);
            None
        }
    };
    Answer { why, text: text.unwrap_or_default() }
}

/// Editors end files with a newline that the answer does not have.
fn without_final_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

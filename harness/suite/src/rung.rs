//! `[[rung]]`: one schema of the ladder.

use gonogo_core::{Constraint, LADDER, Rung, did_you_mean};

use crate::{answer, constraint, fields::Fields, reader::Reader};

/// One rung.
pub(crate) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Rung {
    let name = fields.name(reader);
    known(reader, fields, &name);
    if !constraint::given(fields) {
        constraint::missing(reader, fields, "a rung");
    }
    Rung {
        why: fields.prose(reader, "why"),
        hint: fields.text(reader, "hint"),
        constraint: constraint::read(reader, fields).unwrap_or(Constraint::Choice(Vec::new())),
        good: answer::good(reader, fields),
        bad: answer::bad(reader, fields),
        name,
    }
}

/// Rungs of one name mean the same in every suite, or reports could not group by them.
fn known(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) {
    if name.is_empty() || LADDER.contains(&name) {
        return;
    }
    if let Some(node) = fields.get("name") {
        let fault = reader
            .fault(node.span(), format!("unknown rung `{}`", name.escape_debug()))
            .label(did_you_mean(name, LADDER).unwrap_or_else(|| "no rung has this name".into()))
            .helped(format!("the ladder is {}, easiest first", LADDER.join(", ")));
        reader.report(fault);
    }
}

//! `suite.toml` as a whole, from bytes to a [`Suite`] or to every fault in it.

use std::sync::Arc;

use gonogo_core::{Case, Rung, Suite, did_you_mean};
use toml::{Spanned, de::DeTable};

use crate::{
    Files, Problem, SuiteError, case,
    fields::Fields,
    hash,
    reader::{Reader, not_utf8},
    rung,
    spec::{CASE, RUNG, SUITE},
    value,
};

/// A suite file's bytes and what it is called.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file as messages shall name it.
    pub file: &'a str,
    /// The name of the folder it lies in, which must be the suite's.
    pub folder: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Reads a suite from memory: `files` answers for the files it names.
///
/// # Errors
/// Every fault of the file, each with its place.
pub fn parse(source: Source<'_>, files: &dyn Files) -> Result<Suite, SuiteError> {
    let alone = |problem| SuiteError::new(problem, Vec::new());
    let text = std::str::from_utf8(source.bytes).map_err(|_| alone(not_utf8(source.file, source.bytes)))?;
    let shared: Arc<str> = Arc::from(text);
    let table = DeTable::parse(text).map_err(|error| {
        let fault = Problem::of_file(source.file, format!("not TOML: {}", error.message()));
        alone(match error.span() {
            Some(span) => fault.within(&shared, span).label("here"),
            None => fault,
        })
    })?;
    let mut reader = Reader::new(source.file, shared, files);
    // A fault of the file as a whole is shown at its first line.
    let first_line = 0..text.lines().next().map_or(0, str::len);
    let fields = Fields::new(&mut reader, table.get_ref(), first_line, SUITE);
    let suite = suite(&mut reader, &fields, source.folder);
    reader.finish(|named| Suite { hash: hash::of(source.bytes, named), ..suite })
}

fn suite(reader: &mut Reader<'_>, fields: &Fields<'_>, folder: &str) -> Suite {
    let name = fields.name(reader);
    if let Some(node) = fields.get("name").filter(|_| name != folder) {
        let fault = reader
            .fault(
                node.span(),
                format!("the suite is called `{}`, its folder `{folder}`", name.escape_debug()),
            )
            .label("must be the name of the folder");
        reader.report(fault);
    }
    let rungs = rungs(reader, fields);
    let sampling = case::sampling(reader, fields);
    let cases = cases(reader, fields, !rungs.is_empty());
    let default_rung = default_rung(reader, fields, &rungs);
    Suite {
        language: fields.get("language").map(|_| fields.prose(reader, "language")),
        why: fields.prose(reader, "why"),
        system: fields.text(reader, "system"),
        hash: gonogo_core::ContentHash::of(b""),
        name,
        rungs,
        default_rung,
        sampling,
        cases,
    }
}

fn rungs(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Rung> {
    let tables = fields.tables(reader, "rung", RUNG);
    Fields::unique(reader, &tables, "rung");
    tables.iter().map(|fields| rung::read(reader, fields)).collect()
}

fn cases(reader: &mut Reader<'_>, fields: &Fields<'_>, ladder: bool) -> Vec<Case> {
    let tables = fields.some_tables(reader, "case", CASE, "a suite without cases measures nothing");
    Fields::unique(reader, &tables, "case");
    tables.iter().map(|fields| case::read(reader, fields, ladder)).collect()
}

/// The rung used when nobody asks for another: named exactly where there is a ladder.
fn default_rung(reader: &mut Reader<'_>, fields: &Fields<'_>, rungs: &[Rung]) -> Option<String> {
    let names = || rungs.iter().map(|rung| rung.name.as_str());
    let Some(node) = fields.get("default_rung") else {
        if !rungs.is_empty() {
            let span = fields.get("name").map_or(fields.span(), Spanned::span);
            let fault = reader
                .fault(span, "the suite has rungs and no `default_rung`")
                .label("of this suite")
                .helped(format!("add default_rung = one of {}", names().collect::<Vec<_>>().join(", ")));
            reader.report(fault);
        }
        return None;
    };
    let name = value::string(reader, "default_rung", node)?;
    if !names().any(|known| known == name) {
        let otherwise = if rungs.is_empty() { "this suite has no rungs" } else { "no such rung" };
        let fault = reader
            .fault(node.span(), format!("unknown default_rung `{}`", name.escape_debug()))
            .label(did_you_mean(name, names()).unwrap_or_else(|| otherwise.into()))
            .helped("default_rung names one of the suite's own [[rung]] tables");
        reader.report(fault);
    }
    Some(name.to_owned())
}

//! JSON lines: a row a line, with the schema as JSON (`schema`) or as text (`json_schema`).

use super::{About, Naming, Object, documents::split, instances};
use crate::{Corpus, CorpusError, Draft, Options, Skipped, text::check};

/// Where rows come from.
pub(crate) struct Rows<'a> {
    /// What to call the file when a line is wrong.
    pub(crate) file: &'a str,
    /// All its lines.
    pub(crate) text: &'a str,
}

impl Rows<'_> {
    /// Adds every row.
    pub(crate) fn read(&self, corpus: &mut Corpus, options: &Options) -> Result<(), CorpusError> {
        for (number, line) in self.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("{} line {}", self.file, number + 1);
            if let Err(error) = check(line) {
                // The parser sees one line and calls it the first.
                let said = error.to_string();
                let said = said.split(" at line 1 column").next().unwrap_or(&said);
                return Err(CorpusError::Content {
                    place: format!("{place} column {}", error.column()),
                    cause: format!("not JSON: {said}"),
                    remedy: "the file is damaged or cut off, or is no JSONL: fetch it again",
                });
            }
            row(line, place, corpus, options)?;
        }
        Ok(())
    }
}

/// Adds one row, which must be JSON.
fn row(line: &str, place: String, corpus: &mut Corpus, options: &Options) -> Result<(), CorpusError> {
    let object = Object::open(line, place)?;
    let Some(id) = object.string("id")?.map_or_else(|| object.string("unique_id"), |id| Ok(Some(id)))? else {
        return Err(object.wrong("it has no `id` or `unique_id`".to_owned()));
    };
    let text = object.string("json_schema")?;
    let Some(schema) = text.as_deref().map(str::trim).or_else(|| object.get("schema")) else {
        return Err(object.wrong("it has no `schema` or `json_schema`".to_owned()));
    };
    if let Err(error) = check(schema) {
        corpus.skipped.push(Skipped { what: id, cause: format!("its schema is not JSON: {error}") });
        return Ok(());
    }
    let instances = instances(&object, Naming::Place, options)?;
    let about = About {
        split: object.string("split")?.unwrap_or_else(|| split(&id).to_owned()),
        draft: options.draft,
        formats: object.typed("formats", "true or false")?.unwrap_or(true),
        why: object.string("why")?,
        keywords: object.typed("keywords", "a list of strings")?,
        id,
    };
    let mut entry = about.entry(schema, instances);
    if let Some(draft) = object.typed::<Draft>("draft", "the name of a draft")? {
        entry.draft = draft;
    }
    corpus.entries.push(entry);
    Ok(())
}

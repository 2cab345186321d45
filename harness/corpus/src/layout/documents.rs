//! A folder's files: a schema with tests (MaskBench), a list of such (JSON-Schema-Test-Suite), or a
//! schema alone (JSONSchemaBench).

use super::{About, Naming, Object, instances, suite};
use crate::{
    Corpus, CorpusError, Options,
    text::{Shape, open},
};

/// Adds what one document holds. `path` is relative to the corpus, with `/` between its parts.
pub(crate) fn document(
    text: &str,
    path: &str,
    corpus: &mut Corpus,
    options: &Options,
) -> Result<(), CorpusError> {
    if matches!(open(text), Shape::Array(_)) {
        return suite::groups(text, path, corpus, options);
    }
    let stem = path.strip_suffix(".json").unwrap_or(path);
    let object = Object::open(text, path.to_owned())?;
    let about = |id: String, split: &str| About {
        split: split.to_owned(),
        id,
        draft: options.draft,
        formats: true,
        why: None,
        keywords: None,
    };
    let entry = match (object.get("schema"), object.get("tests")) {
        (Some(schema), Some(_)) => {
            let id = stem.rsplit('/').next().unwrap_or(stem);
            let about = About { why: object.string("description")?, ..about(id.to_owned(), split(id)) };
            about.entry(schema, instances(&object, Naming::Place, options)?)
        }
        // As MaskBench's ids are made of the same files.
        (_, _) => {
            let folder = stem.rsplit_once('/').map_or(corpus.name.as_str(), |(folder, _)| folder);
            about(stem.replace('/', "---"), folder).entry(text.trim(), Vec::new())
        }
    };
    corpus.entries.push(entry);
    Ok(())
}

/// MaskBench's split of an id: `Github_easy` of `Github_easy---o1`, `BFCL` of `BFCL_java_1`.
pub(super) fn split(id: &str) -> &str {
    id.split_once("---").or_else(|| id.split_once('_')).map_or(id, |(split, _)| split)
}

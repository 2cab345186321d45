//! Groups of tests in a file, as JSON-Schema-Test-Suite has them.
//!
//! The folder says the draft, unless the schema does. `format` is not asserted, as there, but under
//! `optional/format` and where a group has `"formats": true`.

use std::collections::HashSet;

use super::{About, Naming, Object, instances, slug};
use crate::{
    Corpus, CorpusError, Draft, Options, Skipped,
    text::{Shape, open},
};

/// The host that JSON-Schema-Test-Suite serves documents of its `remotes` at.
const REMOTES: &str = "localhost:1234";

/// Adds the groups of one file.
pub(super) fn groups(
    text: &str,
    path: &str,
    corpus: &mut Corpus,
    options: &Options,
) -> Result<(), CorpusError> {
    let folders: Vec<&str> = path.split('/').rev().skip(1).chain([corpus.name.as_str()]).collect();
    if let Some(other) = folders.iter().find(|folder| is_other_draft(folder)) {
        let cause = format!("{other} is not among the drafts that are judged");
        corpus.skipped.push(Skipped { what: path.to_owned(), cause });
        return Ok(());
    }
    let file = File {
        path,
        stem: path.strip_suffix(".json").unwrap_or(path),
        draft: folders.into_iter().find_map(Draft::of_name).unwrap_or(options.draft),
    };
    let Shape::Array(groups) = open(text) else { return Ok(()) };
    let mut slugs = HashSet::new();
    for group in groups {
        file.group(group, &mut slugs, corpus, options)?;
    }
    Ok(())
}

fn is_other_draft(folder: &str) -> bool {
    let draft = folder.strip_prefix("draft").is_some_and(|rest| rest.starts_with(['-', '2', '3']));
    (draft || folder == "v1") && Draft::of_name(folder).is_none()
}

struct File<'a> {
    path: &'a str,
    stem: &'a str,
    draft: Draft,
}

impl File<'_> {
    fn group(
        &self,
        text: &str,
        slugs: &mut HashSet<String>,
        corpus: &mut Corpus,
        options: &Options,
    ) -> Result<(), CorpusError> {
        let group = Object::open(text, format!("{}: group {}", self.path, slugs.len()))?;
        let Some(description) = group.string("description")? else {
            return Err(group.wrong("it has no `description`".to_owned()));
        };
        let group = Object { place: format!("{}: {description}", self.path), ..group };
        let Some(schema) = group.get("schema") else {
            return Err(group.wrong("it has no `schema`".to_owned()));
        };
        if !slugs.insert(slug(&description)) {
            return Err(group.wrong("an earlier group of the file has the same description".to_owned()));
        }
        if schema.contains(REMOTES) {
            let cause = "it refers to documents of a server, and nothing is fetched".to_owned();
            corpus.skipped.push(Skipped { what: group.place, cause });
            return Ok(());
        }
        let folder = self.stem.rsplit_once('/').map_or(corpus.name.as_str(), |(folder, _)| folder);
        let keyword = self.stem.rsplit('/').next().unwrap_or(self.stem);
        let keywords = group.typed("keywords", "a list of strings")?;
        let about = About {
            id: format!("{}/{}/{}", corpus.name, self.stem, slug(&description)),
            split: folder.to_owned(),
            draft: self.draft,
            formats: group
                .typed("formats", "true or false")?
                .unwrap_or_else(|| self.path.contains("optional/format/")),
            why: group.string("why")?.or(Some(description)),
            keywords: Some(keywords.unwrap_or_else(|| vec![keyword.to_owned()])),
        };
        let instances = instances(&group, Naming::Description, options)?;
        corpus.entries.push(about.entry(schema, instances));
        Ok(())
    }
}

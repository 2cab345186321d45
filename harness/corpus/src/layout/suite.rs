//! Groups of tests in a file, as JSON-Schema-Test-Suite has them.
//!
//! The folder says the draft, unless the schema does. `format` is not asserted, as there, but under
//! `optional/format` and where a group has `"formats": true`.

use std::collections::HashSet;

use super::{About, Naming, Object, instances, slug};
use crate::{
    Corpus, CorpusError, Draft, KEYWORDS, Options, Skipped,
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
    let mut seen = Seen::default();
    for group in groups {
        file.group(group, &mut seen, corpus, options)?;
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

/// The groups of a file so far.
#[derive(Default)]
struct Seen {
    descriptions: HashSet<String>,
    slugs: HashSet<String>,
}

impl Seen {
    /// A slug of its own: `[0]` and `0` are told apart by what follows.
    fn slug(&mut self, description: &str) -> String {
        let first = slug(description);
        let mut slug = first.clone();
        let mut number = 2;
        while !self.slugs.insert(slug.clone()) {
            slug = format!("{first}-{number}");
            number += 1;
        }
        slug
    }
}

impl File<'_> {
    /// What the file is about: `ref.json` is about `$ref`.
    fn keyword(&self) -> String {
        let stem = self.stem.rsplit('/').next().unwrap_or(self.stem);
        let known = |name: &str| KEYWORDS.iter().any(|known| known.name == name && known.is_of(self.draft));
        let core = format!("${stem}");
        if !known(stem) && known(&core) { core } else { stem.to_owned() }
    }

    fn group(
        &self,
        text: &str,
        seen: &mut Seen,
        corpus: &mut Corpus,
        options: &Options,
    ) -> Result<(), CorpusError> {
        let group = Object::open(text, format!("{}: group {}", self.path, seen.descriptions.len()))?;
        let Some(description) = group.string("description")? else {
            return Err(group.wrong("it has no `description`".to_owned()));
        };
        let group = Object { place: format!("{}: {description}", self.path), ..group };
        let Some(schema) = group.get("schema") else {
            return Err(group.wrong("it has no `schema`".to_owned()));
        };
        if !seen.descriptions.insert(description.clone()) {
            return Err(group.wrong("an earlier group of the file has the same description".to_owned()));
        }
        let slug = seen.slug(&description);
        if schema.contains(REMOTES) {
            let cause = "it refers to documents of a server, and nothing is fetched".to_owned();
            corpus.skipped.push(Skipped { what: group.place, cause });
            return Ok(());
        }
        let folder = self.stem.rsplit_once('/').map_or(corpus.name.as_str(), |(folder, _)| folder);
        let keywords = group.typed("keywords", "a list of strings")?;
        let about = About {
            id: format!("{}/{}/{}", corpus.name, self.stem, slug),
            split: folder.to_owned(),
            draft: self.draft,
            formats: group
                .typed("formats", "true or false")?
                .unwrap_or_else(|| self.path.contains("optional/format/")),
            why: group.string("why")?.or(Some(description)),
            keywords: Some(keywords.unwrap_or_else(|| vec![self.keyword()])),
        };
        let instances = instances(&group, Naming::Description, options)?;
        corpus.entries.push(about.entry(schema, instances));
        Ok(())
    }
}

//! What the layouts have in common: a schema with a list of tests.

mod documents;
mod rows;
mod suite;

use std::collections::HashSet;

pub(crate) use documents::document;
pub(crate) use rows::Rows;

use crate::{
    CorpusError, Draft, Entry, Instance, Options,
    keyword::used,
    text::{Shape, check, open, unquote},
};

/// An object's members, with the place to name when one of them is wrong.
pub(crate) struct Object<'t> {
    members: Vec<(&'t str, &'t str)>,
    place: String,
}

impl<'t> Object<'t> {
    /// Opens an object that [`check`] has passed.
    pub(crate) fn open(text: &'t str, place: String) -> Result<Self, CorpusError> {
        match open(text) {
            Shape::Object(members) => Ok(Self { members, place }),
            Shape::Array(_) | Shape::Scalar(_) => Err(CorpusError::Content {
                place,
                cause: "not an object".to_owned(),
                remedy: "write an object with a schema and its tests",
            }),
        }
    }

    /// The text of a member's value. Of members of one name the last counts.
    fn get(&self, name: &str) -> Option<&'t str> {
        self.members.iter().rev().find(|(quoted, _)| unquote(quoted) == name).map(|(_, value)| *value)
    }

    /// A member that must be a string where it is there.
    fn string(&self, name: &str) -> Result<Option<String>, CorpusError> {
        self.typed(name, "a string")
    }

    fn typed<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        kind: &str,
    ) -> Result<Option<T>, CorpusError> {
        let read = |text: &str| {
            serde_json::from_str(text).map_err(|_| self.wrong(format!("`{name}` is not {kind}")))
        };
        self.get(name).filter(|text| *text != "null").map(read).transpose()
    }

    fn wrong(&self, cause: String) -> CorpusError {
        CorpusError::Content {
            place: self.place.clone(),
            cause,
            remedy: "repair it; suites/keywords/README.md has the format",
        }
    }
}

/// What is known of an entry before its schema is looked at.
struct About {
    id: String,
    split: String,
    /// The draft where `$schema` names none.
    draft: Draft,
    formats: bool,
    why: Option<String>,
    /// `None`: the keywords that the schema uses.
    keywords: Option<Vec<String>>,
}

impl About {
    fn entry(self, schema: &str, instances: Vec<Instance>) -> Entry {
        let keywords = self.keywords.map_or_else(
            || used(schema),
            |mut keywords| {
                keywords.sort();
                keywords.dedup();
                keywords
            },
        );
        Entry {
            id: self.id,
            split: self.split,
            schema: schema.to_owned(),
            draft: dialect(schema).unwrap_or(self.draft),
            keywords,
            formats: self.formats,
            why: self.why,
            instances,
        }
    }
}

/// The draft that a schema's `$schema` names.
fn dialect(schema: &str) -> Option<Draft> {
    let Shape::Object(members) = open(schema) else { return None };
    let (_, uri) = members.into_iter().find(|(name, _)| unquote(name) == "$schema")?;
    Draft::of_uri(&unquote(uri))
}

/// How the instances of a layout are told apart.
#[derive(Clone, Copy)]
enum Naming {
    /// By place in the list: MaskBench gives many the same description.
    Place,
    /// By description, and by description and place where that repeats.
    Description,
}

/// Reads the list of tests of an entry.
fn instances(of: &Object<'_>, naming: Naming, options: &Options) -> Result<Vec<Instance>, CorpusError> {
    let tests = match of.get("tests").map(open) {
        Some(Shape::Array(tests)) => tests,
        None => Vec::new(),
        Some(Shape::Object(_) | Shape::Scalar(_)) => {
            return Err(of.wrong("`tests` is not a list".to_owned()));
        }
    };
    let mut seen = HashSet::new();
    let mut instances = Vec::with_capacity(tests.len());
    for (number, test) in tests.into_iter().enumerate() {
        let test = Object::open(test, format!("{}: test {number}", of.place))?;
        let mut instance = instance(&test, naming, number, options)?;
        while !seen.insert(instance.id.clone()) {
            instance.id = format!("{} #{number}", instance.id);
        }
        instances.push(instance);
    }
    Ok(instances)
}

fn instance(
    test: &Object<'_>,
    naming: Naming,
    number: usize,
    options: &Options,
) -> Result<Instance, CorpusError> {
    let description = test.string("description")?;
    let Some(labelled) = test.typed("valid", "true or false")? else {
        return Err(test.wrong("it does not say whether it is `valid`".to_owned()));
    };
    let text = match (test.string("text")?, test.get("data")) {
        (Some(text), _) => text,
        (None, Some(data)) => options.spelling.spell(data),
        (None, None) => return Err(test.wrong("it has neither `data` nor `text`".to_owned())),
    };
    if labelled && let Err(error) = check(&text) {
        return Err(test.wrong(format!("it is labelled valid and its text is not JSON: {error}")));
    }
    let named = match (test.string("id")?, naming) {
        (Some(id), _) => Some(id),
        (None, Naming::Description) => description.clone(),
        (None, Naming::Place) => None,
    };
    Ok(Instance {
        id: named.unwrap_or_else(|| number.to_string()),
        text,
        labelled,
        why: test.string("why")?.or(description),
    })
}

/// A name in an id: small letters, digits and single hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, '.' | '_' | '$') {
            slug.extend(c.to_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

//! The keywords of JSON Schema, which drafts have them, and which a schema uses.

use std::collections::BTreeSet;

use crate::{
    Draft,
    text::{Shape, depth, open, unquote},
};

/// A keyword, as the specifications of its drafts have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyword {
    /// Its name.
    pub name: &'static str,
    /// The draft that brought it; draft 4 is the oldest looked at.
    pub since: Draft,
    /// The last draft that has it.
    pub until: Draft,
    holds: Holds,
}

/// Where a keyword's value has subschemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// None.
    Data,
    /// It is one, or a list of them.
    Schema,
    /// The values of its members are.
    Named,
}

/// Levels of nesting up to which a schema is looked through for its keywords.
const DEEPEST: usize = 512;

impl Keyword {
    /// Whether `draft` has it.
    #[must_use]
    pub fn is_of(&self, draft: Draft) -> bool {
        (self.since..=self.until).contains(&draft)
    }
}

const fn keyword(name: &'static str, since: Draft, until: Draft, holds: Holds) -> Keyword {
    Keyword { name, since, until, holds }
}

use Draft::{Draft4, Draft6, Draft7, Draft201909, Draft202012};
use Holds::{Data, Named, Schema};

/// Every keyword of every draft. Sources: draft-zyp-json-schema-04 and
/// draft-fge-json-schema-validation-00; draft-wright-json-schema-01 and -validation-01;
/// draft-handrews-json-schema-01 and -validation-01; draft-handrews-json-schema-02 and
/// -validation-02; draft-bhutton-json-schema-01 and -validation-01.
pub const KEYWORDS: [Keyword; 63] = [
    keyword("$anchor", Draft201909, Draft202012, Data),
    keyword("$comment", Draft7, Draft202012, Data),
    keyword("$defs", Draft201909, Draft202012, Named),
    keyword("$dynamicAnchor", Draft202012, Draft202012, Data),
    keyword("$dynamicRef", Draft202012, Draft202012, Data),
    keyword("$id", Draft6, Draft202012, Data),
    keyword("$recursiveAnchor", Draft201909, Draft201909, Data),
    keyword("$recursiveRef", Draft201909, Draft201909, Data),
    keyword("$ref", Draft4, Draft202012, Data),
    keyword("$schema", Draft4, Draft202012, Data),
    keyword("$vocabulary", Draft201909, Draft202012, Data),
    keyword("additionalItems", Draft4, Draft201909, Schema),
    keyword("additionalProperties", Draft4, Draft202012, Schema),
    keyword("allOf", Draft4, Draft202012, Schema),
    keyword("anyOf", Draft4, Draft202012, Schema),
    keyword("const", Draft6, Draft202012, Data),
    keyword("contains", Draft6, Draft202012, Schema),
    keyword("contentEncoding", Draft7, Draft202012, Data),
    keyword("contentMediaType", Draft7, Draft202012, Data),
    keyword("contentSchema", Draft201909, Draft202012, Schema),
    keyword("default", Draft4, Draft202012, Data),
    keyword("definitions", Draft4, Draft7, Named),
    keyword("dependencies", Draft4, Draft7, Named),
    keyword("dependentRequired", Draft201909, Draft202012, Data),
    keyword("dependentSchemas", Draft201909, Draft202012, Named),
    keyword("deprecated", Draft201909, Draft202012, Data),
    keyword("description", Draft4, Draft202012, Data),
    keyword("else", Draft7, Draft202012, Schema),
    keyword("enum", Draft4, Draft202012, Data),
    keyword("examples", Draft6, Draft202012, Data),
    keyword("exclusiveMaximum", Draft4, Draft202012, Data),
    keyword("exclusiveMinimum", Draft4, Draft202012, Data),
    keyword("format", Draft4, Draft202012, Data),
    keyword("id", Draft4, Draft4, Data),
    keyword("if", Draft7, Draft202012, Schema),
    keyword("items", Draft4, Draft202012, Schema),
    keyword("maxContains", Draft201909, Draft202012, Data),
    keyword("maxItems", Draft4, Draft202012, Data),
    keyword("maxLength", Draft4, Draft202012, Data),
    keyword("maxProperties", Draft4, Draft202012, Data),
    keyword("maximum", Draft4, Draft202012, Data),
    keyword("minContains", Draft201909, Draft202012, Data),
    keyword("minItems", Draft4, Draft202012, Data),
    keyword("minLength", Draft4, Draft202012, Data),
    keyword("minProperties", Draft4, Draft202012, Data),
    keyword("minimum", Draft4, Draft202012, Data),
    keyword("multipleOf", Draft4, Draft202012, Data),
    keyword("not", Draft4, Draft202012, Schema),
    keyword("oneOf", Draft4, Draft202012, Schema),
    keyword("pattern", Draft4, Draft202012, Data),
    keyword("patternProperties", Draft4, Draft202012, Named),
    keyword("prefixItems", Draft202012, Draft202012, Schema),
    keyword("properties", Draft4, Draft202012, Named),
    keyword("propertyNames", Draft6, Draft202012, Schema),
    keyword("readOnly", Draft7, Draft202012, Data),
    keyword("required", Draft4, Draft202012, Data),
    keyword("then", Draft7, Draft202012, Schema),
    keyword("title", Draft4, Draft202012, Data),
    keyword("type", Draft4, Draft202012, Data),
    keyword("unevaluatedItems", Draft201909, Draft202012, Schema),
    keyword("unevaluatedProperties", Draft201909, Draft202012, Schema),
    keyword("uniqueItems", Draft4, Draft202012, Data),
    keyword("writeOnly", Draft7, Draft202012, Data),
];

/// The keywords of some draft that `schema` uses, sorted; a keyword that the schema's own draft
/// does not have is among them. `$schema` is left out, and so is everything in schemas nested
/// deeper than 512 levels.
#[must_use]
pub fn used(schema: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    if depth(schema) <= DEEPEST {
        visit(schema, &mut found);
    }
    found.into_iter().map(str::to_owned).collect()
}

fn visit(schema: &str, found: &mut BTreeSet<&'static str>) {
    let members = match open(schema) {
        Shape::Object(members) => members,
        Shape::Array(schemas) => {
            schemas.into_iter().for_each(|schema| visit(schema, found));
            return;
        }
        Shape::Scalar(_) => return,
    };
    for (name, value) in members {
        let name = unquote(name);
        let Some(keyword) = KEYWORDS.iter().find(|keyword| keyword.name == name) else { continue };
        if keyword.name != "$schema" {
            found.insert(keyword.name);
        }
        match (keyword.holds, open(value)) {
            (Data, _) | (Named, Shape::Array(_) | Shape::Scalar(_)) => {}
            (Schema, _) => visit(value, found),
            // The lists of names that `dependencies` may hold have no objects to look into.
            (Named, Shape::Object(named)) => named.iter().for_each(|(_, schema)| visit(schema, found)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, used};

    #[test]
    fn names_of_properties_and_data_are_no_keywords() {
        let schema = r#"{"$schema": "x", "properties": {"minimum": {"type": "integer"}, "x": true},
            "enum": [{"maximum": 1}], "dependencies": {"a": ["required"], "b": {"not": {}}},
            "items": [{"const": {"pattern": ""}}], "format-mine": {"title": ""}}"#;
        assert_eq!(used(schema), ["const", "dependencies", "enum", "items", "not", "properties", "type"]);
        assert!(used("true").is_empty());
    }

    #[test]
    fn the_table_is_sorted_and_without_repeats() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(KEYWORDS.iter().all(|keyword| keyword.since <= keyword.until));
    }
}

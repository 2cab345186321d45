//! One table of `suite.toml`: unknown keys are faults, and so are missing ones.
//!
//! A fault yields an empty value: it is never seen, because a suite with faults is not returned.

use std::ops::Range;

use gonogo_core::{did_you_mean, near};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{reader::Reader, spec::TableSpec, value};

/// A value and its place.
pub(crate) type Node<'t> = &'t Spanned<DeValue<'t>>;

/// A table whose keys are known.
#[derive(Clone)]
pub(crate) struct Fields<'t> {
    table: &'t DeTable<'t>,
    span: Range<usize>,
    spec: TableSpec,
    /// Known keys that an unknown one was probably meant to be: reporting these as missing as
    /// well would send the reader to the wrong line first.
    meant: Vec<&'static str>,
}

impl<'t> Fields<'t> {
    /// The table's fields, after reporting each key that does not belong.
    pub(crate) fn new(
        reader: &mut Reader<'_>,
        table: &'t DeTable<'t>,
        span: Range<usize>,
        spec: TableSpec,
    ) -> Self {
        let mut meant = Vec::new();
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if !spec.keys.contains(&word) {
                meant.extend(near(word, spec.keys.iter().copied()));
                let question = did_you_mean(word, spec.keys.iter().copied());
                let fault = reader
                    .fault(key.span(), format!("unknown key `{}` in {}", word.escape_debug(), spec.name))
                    .label(question.unwrap_or_else(|| "not a key here".into()))
                    .helped(format!("the keys of {} are {}", spec.name, spec.keys.join(", ")));
                reader.report(fault);
            }
        }
        Self { table, span, spec, meant }
    }

    /// The fields of `node`, which must be a table.
    pub(crate) fn open(reader: &mut Reader<'_>, node: Node<'t>, spec: TableSpec) -> Option<Self> {
        let table = node.get_ref().as_table();
        if table.is_none() {
            let found = node.get_ref().type_str();
            value::wrong_type(reader, node.span(), spec.name, "a table", found);
        }
        Some(Self::new(reader, table?, node.span(), spec))
    }

    /// Where the table begins.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(crate) fn get(&self, key: &str) -> Option<Node<'t>> {
        self.table.get(key)
    }

    /// The value of `key`, reported where it is missing.
    pub(crate) fn required(&self, reader: &mut Reader<'_>, key: &str) -> Option<Node<'t>> {
        let found = self.get(key);
        if found.is_none() && !self.meant.contains(&key) {
            let fault = reader
                .fault(self.span(), format!("{} has no `{key}`", self.spec.name))
                .label(format!("`{key}` is missing here"));
            reader.report(fault);
        }
        found
    }

    /// The string at `key`, empty where it is absent.
    pub(crate) fn text(&self, reader: &mut Reader<'_>, key: &str) -> String {
        self.get(key).and_then(|node| value::string(reader, key, node)).unwrap_or_default().to_owned()
    }

    /// The string at `key`, which must be there and say something.
    pub(crate) fn prose(&self, reader: &mut Reader<'_>, key: &str) -> String {
        let Some(node) = self.required(reader, key) else { return String::new() };
        let text = value::string(reader, key, node).map(str::to_owned);
        if text.as_deref().is_some_and(|text| text.trim().is_empty()) {
            let fault = reader.fault(node.span(), format!("`{key}` is empty")).label("say something here");
            reader.report(fault);
        }
        text.unwrap_or_default()
    }

    /// The name at `key`: it becomes part of paths, command lines and reports.
    pub(crate) fn name(&self, reader: &mut Reader<'_>) -> String {
        let name = self.prose(reader, "name");
        let tidy = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let untidy = name.starts_with('-') || name.ends_with('-') || !name.chars().all(tidy);
        if untidy && !name.trim().is_empty() {
            let span = self.get("name").map_or(self.span(), Spanned::span);
            let fault = reader
                .fault(span, format!("`{}` is not a name", name.escape_debug()))
                .label("lowercase letters, digits and inner hyphens only")
                .helped("names become parts of paths, command lines and reports");
            reader.report(fault);
        }
        name
    }

    /// The tables of the list at `key`; none where it is absent.
    pub(crate) fn tables(&self, reader: &mut Reader<'_>, key: &str, spec: TableSpec) -> Vec<Self> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let DeValue::Array(array) = node.get_ref() else {
            let found = node.get_ref().type_str();
            let what = format!("`{key}`, written in double brackets,");
            value::wrong_type(reader, node.span(), &what, "a list of tables", found);
            return Vec::new();
        };
        array.iter().filter_map(|entry| Self::open(reader, entry, spec)).collect()
    }

    /// Likewise, and at least one.
    pub(crate) fn some_tables(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        spec: TableSpec,
        why: &str,
    ) -> Vec<Self> {
        let empty_list = match self.get(key).map(Spanned::get_ref) {
            None => !self.meant.contains(&key),
            Some(DeValue::Array(array)) => array.is_empty(),
            Some(_) => false,
        };
        if empty_list {
            let fault = reader
                .fault(self.span(), format!("{} has no {}", self.spec.name, plural(spec)))
                .label(format!("no `{key}` belongs to this"))
                .helped(why);
            reader.report(fault);
        }
        self.tables(reader, key, spec)
    }

    /// Reports every second use of a name among `tables`.
    pub(crate) fn unique(reader: &mut Reader<'_>, tables: &[Self], what: &str) {
        let names: Vec<_> = tables
            .iter()
            .filter_map(|fields| fields.get("name"))
            .filter_map(|node| node.get_ref().as_str().map(|name| (name, node.span())))
            .collect();
        for (number, (name, span)) in names.iter().enumerate() {
            let earlier = names.iter().take(number).find(|(other, _)| other == name);
            if let Some((_, first)) = earlier {
                let fault = reader
                    .fault(span.clone(), format!("two {what}s are called `{}`", name.escape_debug()))
                    .label("second use of the name")
                    .also(first.clone(), "first use");
                reader.report(fault);
            }
        }
    }
}

/// "a known-good answer" as "known-good answer".
fn plural(spec: TableSpec) -> &'static str {
    spec.name.split_once(' ').map_or(spec.name, |(_, noun)| noun)
}

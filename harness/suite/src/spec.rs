//! The tables of `suite.toml` and their keys: the reader refuses every other key, and the
//! published JSON Schema is tested against this list.

/// A kind of table in `suite.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    /// How messages name it, with its article.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [&'static str],
}

/// The file itself.
pub(crate) const SUITE: TableSpec = TableSpec {
    name: "a suite",
    keys: &["name", "language", "why", "system", "default_rung", "defaults", "rung", "case"],
};

/// `[defaults]`.
pub(crate) const DEFAULTS: TableSpec = TableSpec { name: "[defaults]", keys: &["max_tokens", "temperature"] };

/// `[[rung]]`.
pub(crate) const RUNG: TableSpec = TableSpec {
    name: "a rung",
    keys: &["name", "why", "hint", "schema", "regex", "grammar", "choice", "good", "bad"],
};

/// `[[case]]`.
pub(crate) const CASE: TableSpec = TableSpec {
    name: "a case",
    keys: &[
        "name",
        "why",
        "features",
        "prompt",
        "schema",
        "regex",
        "grammar",
        "choice",
        "max_tokens",
        "temperature",
        "expect",
        "step",
        "assert",
        "good",
        "bad",
    ],
};

/// `[[case.step]]`.
pub(crate) const STEP: TableSpec = TableSpec {
    name: "a step",
    keys: &[
        "name",
        "prompt",
        "schema",
        "regex",
        "grammar",
        "choice",
        "max_tokens",
        "temperature",
        "assert",
        "good",
        "bad",
    ],
};

/// `[[case.assert]]` and `[[case.step.assert]]`.
pub(crate) const ASSERT: TableSpec =
    TableSpec { name: "an assertion", keys: &["at", "equals", "near", "tolerance", "contains", "one_of"] };

/// `[[rung.good]]`, `[[case.good]]` and `[[case.step.good]]`.
pub(crate) const GOOD: TableSpec = TableSpec { name: "a known-good answer", keys: &["why", "text", "file"] };

/// `[[rung.bad]]`, `[[case.bad]]` and `[[case.step.bad]]`.
pub(crate) const BAD: TableSpec =
    TableSpec { name: "a known-bad answer", keys: &["why", "text", "file", "kind", "at"] };

/// Every kind of table, as the JSON Schema for editors must list them.
pub const TABLES: [TableSpec; 8] = [SUITE, DEFAULTS, RUNG, CASE, STEP, ASSERT, GOOD, BAD];

/// The keys of which a constraint is exactly one.
pub(crate) const CONSTRAINTS: [&str; 4] = ["schema", "regex", "grammar", "choice"];

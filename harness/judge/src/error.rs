//! Why an oracle cannot be judged by.

use thiserror::Error;

/// An oracle that cannot be compiled: the thing, the cause and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OracleError {
    /// The schema's text is not JSON.
    #[error("the schema is not JSON: {cause}; fix the schema file")]
    SchemaText {
        /// What the parser said.
        cause: String,
    },
    /// The schema is JSON, and not a schema of its dialect.
    #[error("the schema is not valid in its dialect at `{pointer}`: {cause}; fix it or its `$schema`")]
    Schema {
        /// JSON pointer into the schema.
        pointer: String,
        /// What the validator said.
        cause: String,
    },
    /// The regular expression does not compile.
    #[error(
        "the regular expression `{pattern}` does not compile: {cause}; use the syntax of Rust's regex crate"
    )]
    Regex {
        /// The expression.
        pattern: String,
        /// What the compiler said.
        cause: String,
    },
    /// A choice without choices.
    #[error("the choice has no strings to choose from; list at least one")]
    NoChoice,
    /// An assertion's pointer is not a JSON pointer.
    #[error("`{pointer}` is not a JSON pointer; start it with `/`, or leave it empty for the whole answer")]
    Pointer {
        /// What was given.
        pointer: String,
    },
}

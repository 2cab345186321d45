//! Why a request cannot be put into a dialect.

use gonogo_core::End;
use thiserror::Error;

/// A request that a dialect cannot express: the thing, the cause and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The dialect is not HTTP.
    #[error("dialect `{dialect}` is not HTTP: it is read from captures and never sent")]
    NotHttp {
        /// The dialect.
        dialect: &'static str,
    },
    /// The dialect has no streaming answers.
    #[error("dialect `{dialect}` does not stream: set `stream = false`")]
    NotStreaming {
        /// The dialect.
        dialect: &'static str,
    },
    /// The dialect has no such channel.
    #[error("dialect `{dialect}` has no channel `{channel}`; it has: {known}")]
    UnknownChannel {
        /// The dialect.
        dialect: &'static str,
        /// What was asked for.
        channel: String,
        /// What there is.
        known: String,
    },
    /// No channel, or not this one, takes such a constraint.
    #[error("{} does not take a {constraint}; of its channels these do: {fit}", of(.dialect, .channel.as_deref()))]
    Unsupported {
        /// The dialect.
        dialect: &'static str,
        /// The channel, where one was asked for.
        channel: Option<String>,
        /// The constraint's kind.
        constraint: &'static str,
        /// Channels that take it.
        fit: String,
    },
    /// The schema's text is not JSON.
    #[error("the schema is not JSON: {cause}; fix the schema file")]
    SchemaText {
        /// What the parser said.
        cause: String,
    },
    /// An extra member would change what is asked.
    #[error(
        "the extra member `{member}` would change what the case asks for: remove it, or change the case; \
         only sampling members may be left out, with `null`"
    )]
    Changes {
        /// JSON pointer into the body.
        member: String,
    },
    /// A setting that the dialect cannot do without.
    #[error("dialect `{dialect}` needs the setting `{setting}`: {why}")]
    Missing {
        /// The dialect.
        dialect: &'static str,
        /// The setting.
        setting: &'static str,
        /// What it is for.
        why: &'static str,
    },
}

fn of(dialect: &str, channel: Option<&str>) -> String {
    match channel {
        Some(channel) => format!("channel `{channel}` of dialect `{dialect}`"),
        None => format!("dialect `{dialect}`"),
    }
}

impl EncodeError {
    /// How the exchange ends that cannot begin.
    #[must_use]
    pub fn end(&self) -> End {
        let message = self.to_string();
        match self {
            Self::Unsupported { .. } => End::Unsupported { message },
            Self::NotHttp { .. }
            | Self::NotStreaming { .. }
            | Self::UnknownChannel { .. }
            | Self::SchemaText { .. }
            | Self::Changes { .. }
            | Self::Missing { .. } => End::Unsent { message },
        }
    }
}

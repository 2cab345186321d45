//! XGrammar's options.

use std::borrow::Cow;

use gonogo_engine::{
    AdditionalProperties, EngineOptions, Token, TokenKind, Unsupported, Whitespace, closable_objects,
    close_objects,
};
use serde_json::Value;

/// XGrammar's default number of compile threads.
const COMPILE_THREADS: u32 = 8;

/// What XGrammar is told, with the defaults of its Python interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Any whitespace between JSON tokens; else exactly `", "` and `": "`.
    pub any_whitespace: bool,
    /// Objects that do not mention additionalProperties, where that was said.
    objects: Option<AdditionalProperties>,
    /// Threads for compiling.
    pub threads: u32,
    /// Whether compiled constraints are kept, without a limit.
    pub cached: bool,
}

impl Settings {
    /// The settings for `options`.
    ///
    /// # Errors
    /// An option that XGrammar cannot honour.
    pub fn new(options: &EngineOptions) -> Result<Self, String> {
        if options.unsupported == Some(Unsupported::Reject) {
            return Err("xgrammar drops keywords it does not implement without a word, so unsupported = \
                        \"reject\" cannot be honoured; set it to \"ignore\" or leave it out"
                .into());
        }
        if options.canonical_tokens == Some(true) {
            return Err("xgrammar allows every cut of forced text, so canonical-tokens = true cannot be \
                        honoured; set it to false or leave it out"
                .into());
        }
        let any_whitespace = match options.whitespace {
            None | Some(Whitespace::Flexible) => true,
            Some(Whitespace::Fixed) => false,
        };
        let threads = options.compile_threads.unwrap_or(COMPILE_THREADS);
        let cached = options.compile_cache.unwrap_or(true);
        Ok(Self { any_whitespace, objects: options.additional_properties, threads, cached })
    }

    /// A schema's text as XGrammar gets it, and its `strict_mode`.
    ///
    /// `strict_mode`, its default, closes objects and arrays that say anything beyond their type, and
    /// leaves a bare `{"type": "object"}` open. Closing objects, all of them and nothing else, takes the
    /// schema to be rewritten, as llguidance's does.
    #[must_use]
    pub fn schema<'a>(&self, text: &'a str) -> (Cow<'a, str>, bool) {
        match self.objects {
            None => (text.into(), true),
            Some(AdditionalProperties::Open) => (text.into(), false),
            Some(AdditionalProperties::Closed) => match serde_json::from_str::<Value>(text) {
                Ok(schema) => (closed(text, schema), false),
                // No JSON, or too deep to rewrite: strict mode comes closest.
                Err(_) => (text.into(), true),
            },
        }
    }

    /// What XGrammar is told of a token: nothing of a control token, which it then treats as
    /// special and never allows as text, whatever its name spells.
    #[must_use]
    pub fn text_of(token: &Token) -> &[u8] {
        match token.kind {
            TokenKind::Text => &token.bytes,
            TokenKind::Control => &[],
        }
    }
}

/// The schema with its objects closed; as it was written where there is nothing to close.
fn closed(text: &str, mut schema: Value) -> Cow<'_, str> {
    if closable_objects(&schema).is_empty() {
        return text.into();
    }
    close_objects(&mut schema);
    schema.to_string().into()
}

#[cfg(test)]
mod tests {
    use gonogo_engine::{AdditionalProperties, EngineOptions};

    use super::Settings;

    fn schema(objects: Option<AdditionalProperties>, text: &str) -> (String, bool) {
        let options = EngineOptions { additional_properties: objects, ..EngineOptions::default() };
        let settings = Settings::new(&options).unwrap();
        let (schema, strict) = settings.schema(text);
        (schema.into_owned(), strict)
    }

    #[test]
    fn only_closing_rewrites_a_schema_and_only_where_there_is_something_to_close() {
        let (open, closed) = (Some(AdditionalProperties::Open), Some(AdditionalProperties::Closed));
        let bare = r#"{ "type": "object" }"#;
        assert_eq!(schema(None, bare), (bare.into(), true));
        assert_eq!(schema(open, bare), (bare.into(), false));
        let rewritten = r#"{"type":"object","additionalProperties":false}"#;
        assert_eq!(schema(closed, bare), (rewritten.into(), false));
        for (text, strict) in [(r#"{ "type": "array" }"#, false), ("{", true)] {
            assert_eq!(schema(closed, text), (text.into(), strict));
        }
    }
}

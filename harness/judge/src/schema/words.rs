//! Violations in words: what was expected, in one phrase.

use gonogo_dialects::shorten;
use jsonschema::{ValidationError, error::TypeKind, error::ValidationErrorKind as Broken};
use serde_json::Value;

/// One sentence about a violation.
pub(super) fn sentence(error: &ValidationError<'_>) -> String {
    let found = error.instance();
    if let Broken::Required { property } = error.kind() {
        let name = property.as_str().unwrap_or_default();
        return format!("the key {} is missing; {}", shorten::quoted(name), keys(found));
    }
    if let Broken::AdditionalProperties { unexpected } | Broken::UnevaluatedProperties { unexpected } =
        error.kind()
    {
        let names = shorten::list(unexpected.iter().map(|name| shorten::quoted(name)), ", ");
        let noun = if unexpected.len() == 1 { "key" } else { "keys" };
        return format!("the schema forbids the {noun} {names}");
    }
    if let Broken::PropertyNames { error } = error.kind() {
        return format!(
            "the schema forbids the key {}: {}",
            shorten::value(error.instance()),
            sentence(error)
        );
    }
    format!("expected {}, found {}", expected(error.kind()), shorten::value(found))
}

/// The keys an object has, for a reader who looks for the missing one.
fn keys(found: &Value) -> String {
    let names: Vec<_> = found.as_object().into_iter().flat_map(|object| object.keys()).collect();
    if names.is_empty() {
        return "the object is empty".into();
    }
    format!("found {}", shorten::list(names.iter().map(|name| shorten::quoted(name)), ", "))
}

/// What was expected, in one phrase.
pub(super) fn expected(broken: &Broken) -> String {
    let many = |noun: &str, bound: &str, limit: u64| {
        let ending = if limit == 1 { "" } else { "s" };
        format!("{bound} {limit} {noun}{ending}")
    };
    match broken {
        Broken::Type { kind } => types(kind),
        Broken::Constant { expected_value } => shorten::value(expected_value),
        Broken::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            format!("one of {}", shorten::list(options.iter().map(shorten::value), ", "))
        }
        Broken::Pattern { pattern } => format!("a string that matches {}", shorten::quoted(pattern)),
        Broken::Format { format } => format!("a string of format {}", shorten::quoted(format)),
        Broken::AdditionalItems { limit } => format!("at most {limit} items"),
        Broken::UnevaluatedItems { .. } => "no further items".into(),
        Broken::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Broken::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Broken::Maximum { limit } => format!("at most {limit}"),
        Broken::Minimum { limit } => format!("at least {limit}"),
        Broken::MaxItems { limit } => many("item", "at most", *limit),
        Broken::MinItems { limit } => many("item", "at least", *limit),
        Broken::MaxLength { limit } => many("character", "at most", *limit),
        Broken::MinLength { limit } => many("character", "at least", *limit),
        Broken::MaxProperties { limit } => many("key", "at most", *limit),
        Broken::MinProperties { limit } => many("key", "at least", *limit),
        Broken::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Broken::Not { schema } => format!("anything but {}", shorten::value(schema)),
        Broken::AnyOf { context } => format!("one of {} alternatives", context.len()),
        Broken::OneOfNotValid { context } => format!("one of {} alternatives", context.len()),
        Broken::OneOfMultipleValid { .. } => "exactly one alternative to hold, not several".into(),
        Broken::Contains => "an array with the demanded item".into(),
        Broken::UniqueItems => "items that are all different".into(),
        Broken::FalseSchema => "nothing here at all".into(),
        Broken::ContentEncoding { content_encoding } => format!("text in {content_encoding}"),
        Broken::ContentMediaType { content_media_type } => format!("a text of type {content_media_type}"),
        Broken::FromUtf8 { .. } => "encoded text that is UTF-8".into(),
        Broken::Custom { message, .. } => message.clone(),
        Broken::BacktrackLimitExceeded { .. } => "a pattern that can be matched within the limit".into(),
        Broken::RegexEngineFailure { message } => format!("a pattern that can be matched ({message})"),
        Broken::Referencing(error) => format!("a reference that can be resolved ({error})"),
        // These have sentences of their own.
        Broken::Required { .. } => "the key".into(),
        Broken::AdditionalProperties { .. }
        | Broken::UnevaluatedProperties { .. }
        | Broken::PropertyNames { .. } => "no further keys".into(),
    }
}

/// The types of a `type` keyword.
fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => {
            several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or ")
        }
    }
}

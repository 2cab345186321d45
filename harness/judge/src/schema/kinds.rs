//! Every violation that the validator knows, and its kind. No wildcard: a new version of the
//! validator with a new violation does not compile until somebody decides.

use gonogo_core::Kind;
use jsonschema::error::ValidationErrorKind as Broken;

/// The kind of a violation. Unions that no branch of satisfies are resolved into the violations of
/// a branch before this is asked; what is left of them has no class of its own.
pub(super) fn kind(broken: &Broken) -> Kind {
    match broken {
        Broken::Required { .. } => Kind::MissingKey,
        Broken::Type { .. } => Kind::WrongType,
        Broken::Constant { .. } | Broken::Enum { .. } => Kind::EnumMismatch,
        Broken::Pattern { .. } | Broken::Format { .. } => Kind::PatternMismatch,
        Broken::AdditionalItems { .. }
        | Broken::UnevaluatedItems { .. }
        | Broken::ExclusiveMaximum { .. }
        | Broken::ExclusiveMinimum { .. }
        | Broken::MaxItems { .. }
        | Broken::Maximum { .. }
        | Broken::MaxLength { .. }
        | Broken::MaxProperties { .. }
        | Broken::MinItems { .. }
        | Broken::Minimum { .. }
        | Broken::MinLength { .. }
        | Broken::MinProperties { .. } => Kind::BoundViolated,
        Broken::AdditionalProperties { .. }
        | Broken::UnevaluatedProperties { .. }
        | Broken::PropertyNames { .. } => Kind::ExtraProperty,
        Broken::AnyOf { .. }
        | Broken::OneOfMultipleValid { .. }
        | Broken::OneOfNotValid { .. }
        | Broken::Contains
        | Broken::ContentEncoding { .. }
        | Broken::ContentMediaType { .. }
        | Broken::FromUtf8 { .. }
        | Broken::Custom { .. }
        | Broken::FalseSchema
        | Broken::MultipleOf { .. }
        | Broken::Not { .. }
        | Broken::UniqueItems => Kind::OtherViolation,
        Broken::BacktrackLimitExceeded { .. } | Broken::RegexEngineFailure { .. } => Kind::JudgeTimeout,
        Broken::Referencing(_) => Kind::HarnessError,
    }
}

/// Which kind is reported when several violations are found; smaller first.
pub(super) fn precedence(kind: Kind) -> usize {
    const ORDER: [Kind; 9] = [
        Kind::Unwrapped,
        Kind::MissingKey,
        Kind::WrongType,
        Kind::EnumMismatch,
        Kind::PatternMismatch,
        Kind::BoundViolated,
        Kind::ExtraProperty,
        Kind::OtherViolation,
        Kind::JudgeTimeout,
    ];
    ORDER.iter().position(|other| *other == kind).unwrap_or(ORDER.len())
}

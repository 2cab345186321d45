//! Attempts that a time limit cut off: observations of at least what was waited, not missing ones.

use gonogo_core::{Attempt, Kind};

/// Whether a time limit ended the attempt, so that its own time is longer than any that was measured.
pub(crate) fn is_censored(attempt: &Attempt) -> bool {
    match attempt.outcome.kind {
        Kind::TimeoutConnect
        | Kind::TimeoutFirstByte
        | Kind::TimeoutStall
        | Kind::TimeoutTotal
        | Kind::TimeoutGateway
        | Kind::TimeoutQueue
        | Kind::CompileTimeout
        | Kind::EngineHung => true,
        // An answer, a clean refusal, a crash or a broken wire ended these, at a time of its own. So did a
        // token budget; and the clock of a judge that took too long is ours, not the attempt's.
        Kind::Passed
        | Kind::ConnectionFailed
        | Kind::RateLimited
        | Kind::Overloaded
        | Kind::AuthFailed
        | Kind::HttpError
        | Kind::RedirectLimit
        | Kind::ProtocolError
        | Kind::InBandError
        | Kind::ConstraintRejected
        | Kind::ConstraintUnsupported
        | Kind::PromptTooLong
        | Kind::EngineCrashed
        | Kind::EngineOutOfMemory
        | Kind::StoppedEarly
        | Kind::DeadEnd
        | Kind::TruncatedBudget
        | Kind::TruncatedContext
        | Kind::TruncatedStream
        | Kind::RunawayWhitespace
        | Kind::RunawayRepetition
        | Kind::Refused
        | Kind::ContentFiltered
        | Kind::Empty
        | Kind::InvalidJson
        | Kind::MissingKey
        | Kind::Unwrapped
        | Kind::WrongType
        | Kind::EnumMismatch
        | Kind::PatternMismatch
        | Kind::BoundViolated
        | Kind::ExtraProperty
        | Kind::OtherViolation
        | Kind::SourceSyntax
        | Kind::SourceCompile
        | Kind::SourceBehaviour
        | Kind::AssertionFailed
        | Kind::JudgeTimeout
        | Kind::HarnessError => false,
    }
}

//! The outcome taxonomy: one enum, and every table, help text and exit code matches on it.

use serde::{Deserialize, Serialize};

/// Declares [`Kind`] with its stable names, so that the list, the names and the parser cannot drift.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal in $family:ident,)+) => {
        /// The single class of an attempt. Names are frozen with the run format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind { $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+ }

        impl Kind {
            /// Every kind, in the order tables show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable kebab-case name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The family a reader sees first.
            #[must_use]
            pub fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)+ }
            }
        }
    };
}

kinds! {
    /// The answer satisfies the whole oracle.
    Passed = "passed" in Passed,
    /// No connection within the connect limit.
    TimeoutConnect = "timeout-connect" in Timeout,
    /// Connected, but nothing came back within the limit.
    TimeoutFirstByte = "timeout-first-byte" in Timeout,
    /// The answer stopped flowing.
    TimeoutStall = "timeout-stall" in Timeout,
    /// The attempt as a whole took too long.
    TimeoutTotal = "timeout-total" in Timeout,
    /// A gateway gave up on the server: 408, 504, an expired serverless request.
    TimeoutGateway = "timeout-gateway" in Timeout,
    /// The request never left the server's queue.
    TimeoutQueue = "timeout-queue" in Timeout,
    /// No connection, or it broke before an answer began.
    ConnectionFailed = "connection-failed" in Transport,
    /// 429.
    RateLimited = "rate-limited" in Transport,
    /// 503, 529 and their like.
    Overloaded = "overloaded" in Transport,
    /// 401 or 403.
    AuthFailed = "auth-failed" in Transport,
    /// Another status that is not success.
    HttpError = "http-error" in Transport,
    /// Redirected too often or in a circle.
    RedirectLimit = "redirect-limit" in Transport,
    /// Bytes that break the wire format.
    ProtocolError = "protocol-error" in Transport,
    /// HTTP 200 with an error object inside.
    InBandError = "in-band-error" in Transport,
    /// The engine said cleanly that it does not support the constraint.
    ConstraintRejected = "constraint-rejected" in Rejected,
    /// The arm's channel has no way to say the constraint, so that nothing was sent.
    ConstraintUnsupported = "constraint-unsupported" in Rejected,
    /// Compiling the constraint outlasted its limit.
    CompileTimeout = "compile-timeout" in Rejected,
    /// The prompt does not fit the context.
    PromptTooLong = "prompt-too-long" in Rejected,
    /// The engine or its process died.
    EngineCrashed = "engine-crashed" in EngineFailure,
    /// The engine outgrew its memory limit.
    EngineOutOfMemory = "engine-out-of-memory" in EngineFailure,
    /// The engine stopped answering.
    EngineHung = "engine-hung" in EngineFailure,
    /// The engine ended the answer before the value was complete.
    StoppedEarly = "stopped-early" in EngineFailure,
    /// The mask allowed no token at all.
    DeadEnd = "dead-end" in EngineFailure,
    /// The token budget ran out mid-value.
    TruncatedBudget = "truncated-budget" in Truncation,
    /// The context window ran out mid-value.
    TruncatedContext = "truncated-context" in Truncation,
    /// The stream was cut off mid-value.
    TruncatedStream = "truncated-stream" in Truncation,
    /// Whitespace, legal under the grammar, up to the cap.
    RunawayWhitespace = "runaway-whitespace" in Truncation,
    /// The same text over and over, up to the cap.
    RunawayRepetition = "runaway-repetition" in Truncation,
    /// The model declined.
    Refused = "refused" in Refusal,
    /// A content filter cut in.
    ContentFiltered = "content-filtered" in Refusal,
    /// No text at all.
    Empty = "empty" in Refusal,
    /// Finished, but not JSON: prose, fences, bad escapes.
    InvalidJson = "invalid-json" in Malformed,
    /// A required key is absent.
    MissingKey = "missing-key" in SchemaViolation,
    /// The value would satisfy a part of the schema: the wrapper object is missing.
    Unwrapped = "unwrapped" in SchemaViolation,
    /// A value of another JSON type.
    WrongType = "wrong-type" in SchemaViolation,
    /// A value outside the enumeration or constant.
    EnumMismatch = "enum-mismatch" in SchemaViolation,
    /// A string that its pattern or format refuses.
    PatternMismatch = "pattern-mismatch" in SchemaViolation,
    /// A length, size or number outside its bound.
    BoundViolated = "bound-violated" in SchemaViolation,
    /// A key the schema forbids.
    ExtraProperty = "extra-property" in SchemaViolation,
    /// Any other keyword.
    OtherViolation = "other-violation" in SchemaViolation,
    /// The generated source does not parse.
    SourceSyntax = "source-syntax" in ValueFailure,
    /// The generated source does not compile.
    SourceCompile = "source-compile" in ValueFailure,
    /// The generated source computes something else.
    SourceBehaviour = "source-behaviour" in ValueFailure,
    /// The value is well formed but an assertion about it fails.
    AssertionFailed = "assertion-failed" in ValueFailure,
    /// Judging took too long.
    JudgeTimeout = "judge-timeout" in Harness,
    /// A fault of gonogo itself.
    HarnessError = "harness-error" in Harness,
}

impl Kind {
    /// The kind with this stable name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether the peer had the request: an attempt that ended before says nothing about engine
    /// or model, while a timeout in mid-answer may well be theirs. What an arm has no way to ask for counts
    /// as had: leaving it out would make an arm better that can do less.
    #[must_use]
    pub fn reached_peer(self) -> bool {
        ![
            Self::TimeoutConnect,
            Self::TimeoutGateway,
            Self::TimeoutQueue,
            Self::ConnectionFailed,
            Self::RateLimited,
            Self::Overloaded,
            Self::AuthFailed,
            Self::RedirectLimit,
        ]
        .contains(&self)
    }

    /// Whose fault it is, given what is known of the arm's constraint.
    #[must_use]
    pub fn domain(self, enforcement: Enforcement) -> Domain {
        match self.family() {
            Family::Passed => Domain::Nobody,
            Family::Timeout | Family::Transport => Domain::Infrastructure,
            // Where nothing was proven, nothing may have been enforced that could stop early.
            Family::EngineFailure if self == Self::StoppedEarly => enforcement.breach(),
            Family::Rejected | Family::EngineFailure => Domain::Engine,
            Family::Truncation => self.cut_by(enforcement),
            Family::Refusal | Family::ValueFailure => Domain::Model,
            Family::Malformed | Family::SchemaViolation => enforcement.breach(),
            Family::Harness => Domain::Harness,
        }
    }

    /// A cut answer is the budget's fault, except where a broken stream or a loop explains it.
    /// A whitespace loop is the engine's where its constraint holds, because it may forbid one.
    fn cut_by(self, enforcement: Enforcement) -> Domain {
        if self == Self::TruncatedStream {
            Domain::Infrastructure
        } else if self == Self::RunawayWhitespace && enforcement == Enforcement::Proven {
            Domain::Engine
        } else if self == Self::RunawayWhitespace || self == Self::RunawayRepetition {
            Domain::Model
        } else {
            Domain::Budget
        }
    }
}

/// What a reader sees first; the rows of the failure matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The answer satisfies the oracle.
    Passed,
    /// Something took too long.
    Timeout,
    /// The wire failed.
    Transport,
    /// The engine declined the request, cleanly.
    Rejected,
    /// The engine broke.
    EngineFailure,
    /// The answer was cut.
    Truncation,
    /// The model gave no answer.
    Refusal,
    /// Not JSON.
    Malformed,
    /// JSON, but not this schema's.
    SchemaViolation,
    /// Valid, but wrong.
    ValueFailure,
    /// Our own fault.
    Harness,
}

impl Family {
    /// Every family, in the order tables show them.
    pub const ALL: [Self; 11] = [
        Self::Passed,
        Self::Timeout,
        Self::Transport,
        Self::Rejected,
        Self::EngineFailure,
        Self::Truncation,
        Self::Refusal,
        Self::Malformed,
        Self::SchemaViolation,
        Self::ValueFailure,
        Self::Harness,
    ];

    /// The stable kebab-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Rejected => "rejected",
            Self::EngineFailure => "engine-failure",
            Self::Truncation => "truncation",
            Self::Refusal => "refusal",
            Self::Malformed => "malformed",
            Self::SchemaViolation => "schema-violation",
            Self::ValueFailure => "value-failure",
            Self::Harness => "harness",
        }
    }

    /// The kinds of this family, in table order.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(move |kind| kind.family() == self)
    }
}

/// Who a team should talk to about an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// It passed.
    Nobody,
    /// Network, gateway, server.
    Infrastructure,
    /// The engine that computes masks.
    Engine,
    /// The model.
    Model,
    /// Our own token or context budget.
    Budget,
    /// The constraint was never shown to be enforced on this arm.
    NotEnforced,
    /// gonogo.
    Harness,
}

impl Domain {
    /// Every domain, in the order tables show them.
    pub const ALL: [Self; 7] = [
        Self::Nobody,
        Self::Infrastructure,
        Self::Engine,
        Self::Model,
        Self::Budget,
        Self::NotEnforced,
        Self::Harness,
    ];

    /// The stable kebab-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Infrastructure => "infrastructure",
            Self::Engine => "engine",
            Self::Model => "model",
            Self::Budget => "budget",
            Self::NotEnforced => "not-enforced",
            Self::Harness => "harness",
        }
    }
}

/// What is known about the constraint of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// The arm asks for no constraint: a control.
    Unconstrained,
    /// Asked for, and a canary showed that it holds.
    Proven,
    /// Asked for, and not shown to hold.
    Unproven,
}

impl Enforcement {
    /// Whose fault an answer outside the constraint is.
    fn breach(self) -> Domain {
        match self {
            Self::Unconstrained => Domain::Model,
            Self::Proven => Domain::Engine,
            Self::Unproven => Domain::NotEnforced,
        }
    }

    /// The stable kebab-case name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unconstrained => "unconstrained",
            Self::Proven => "proven",
            Self::Unproven => "unproven",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Domain, Enforcement, Family, Kind};

    #[test]
    fn every_kind_has_one_name_that_parses_back() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn families_partition_the_kinds() {
        let total: usize = Family::ALL.iter().map(|family| family.kinds().count()).sum();
        assert_eq!(total, Kind::ALL.len());
        assert!(Family::ALL.iter().all(|family| family.kinds().next().is_some()));
    }

    #[test]
    fn a_violation_is_the_engines_only_where_enforcement_is_proven() {
        let blame = |enforcement| Kind::MissingKey.domain(enforcement);
        assert_eq!(blame(Enforcement::Proven), Domain::Engine);
        assert_eq!(blame(Enforcement::Unproven), Domain::NotEnforced);
        assert_eq!(blame(Enforcement::Unconstrained), Domain::Model);
    }
}

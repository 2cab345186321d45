//! What each kind means, how it is recognised and what to do: the text of `gonogo explain`.

use crate::Kind;

impl Kind {
    /// How the judge recognises the kind, and what a reader should do next.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm a kind; split, it could miss one")]
    pub fn explain(self) -> &'static str {
        match self {
            Self::Passed => {
                "The answer parses, satisfies the schema in its own dialect, and every assertion holds."
            }
            Self::TimeoutConnect => {
                "The connect limit passed before a connection stood. Check address, network and cold start."
            }
            Self::TimeoutFirstByte => {
                "The request was sent and the first-byte limit passed in silence: cold start, overload, or a prompt too slow to prefill."
            }
            Self::TimeoutStall => {
                "Frames stopped for longer than the stall limit while the model was decoding."
            }
            Self::TimeoutTotal => {
                "The attempt's total limit passed while frames were still arriving. Lower max_tokens or raise the limit."
            }
            Self::TimeoutGateway => {
                "Status 408 or 504, or a serverless \"Missing request\": a gateway gave up. It says nothing about the engine; retry and fix the deployment."
            }
            Self::TimeoutQueue => {
                "The server accepted the request and never scheduled it within the queue limit."
            }
            Self::ConnectionFailed => "Refused, reset or unresolved: there was no server to blame.",
            Self::RateLimited => "Status 429. Send less, or raise the quota.",
            Self::Overloaded => "Status 503, 529 or the server's own word for it. Retry with backoff.",
            Self::AuthFailed => "Status 401 or 403. Check the key.",
            Self::HttpError => "Another status that is not success; the body in the capture says why.",
            Self::RedirectLimit => "Redirects in a circle or past the limit.",
            Self::ProtocolError => {
                "Bytes that the dialect does not allow: broken SSE, NDJSON, UTF-8, a worker line that is not a frame, or a body over the cap."
            }
            Self::InBandError => {
                "A success status with an error object inside. The status is not evidence; the body is."
            }
            Self::ConstraintRejected => {
                "The engine refused the constraint with a message: an unsupported or unsatisfiable schema. This is the honest failure; rewrite the schema or choose another engine."
            }
            Self::ConstraintUnsupported => {
                "The arm's channel takes no constraint of this form: a regular expression, a choice or a grammar where it takes only schemas. Nothing was sent. It counts as a failure, because whoever moves to this arm cannot ask this there. Name another `channel` of the dialect, which the detail lists, or leave the case out for this arm with --case."
            }
            Self::CompileTimeout => {
                "Compiling outlasted the compile limit; the worker was killed, because engines cannot be cancelled. Simplify the schema or raise the limit."
            }
            Self::PromptTooLong => "The prompt leaves no room for an answer in the context window.",
            Self::EngineCrashed => {
                "The worker died, or the engine raised an error in mid-answer. stderr and the phase are in the capture; reproduce it and report it upstream."
            }
            Self::EngineOutOfMemory => {
                "The worker outgrew its memory limit and was killed, or said that an allocation failed."
            }
            Self::EngineHung => {
                "The engine computed one mask for longer than the stall limit; the worker was killed."
            }
            Self::StoppedEarly => "The engine ended the answer although the JSON is not complete.",
            Self::DeadEnd => "The mask allowed no token at all: the grammar has a state without a way out.",
            Self::TruncatedBudget => {
                "max_tokens was reached in mid-value. The budget is too small or the schema lets the model ramble: raise it, or bound arrays and strings."
            }
            Self::TruncatedContext => "The context window was full before the value was complete.",
            Self::TruncatedStream => "The stream ended in mid-value without a reason.",
            Self::RunawayWhitespace => {
                "The answer's tail is whitespace the grammar allows, up to the cap. Bound whitespace in the engine's options."
            }
            Self::RunawayRepetition => {
                "The answer's tail repeats the same text up to the cap: the grammar allows it and the model is stuck. Bound arrays and strings, or use a stronger model."
            }
            Self::Refused => "The model declined in the server's own field for it.",
            Self::ContentFiltered => "The provider's filter stopped the answer.",
            Self::Empty => "The answer has no text, and the backend says it finished.",
            Self::InvalidJson => {
                "The backend says it finished, and the text is not one JSON value: prose, fences, a bad escape. The offset is in the detail."
            }
            Self::MissingKey => "A required key is absent; the pointer names the object it is missing from.",
            Self::Unwrapped => {
                "The value would satisfy the schema of one of its required properties: the model left the wrapper object out. Often a client and a server that disagree on a response key."
            }
            Self::WrongType => "A value of another JSON type than the schema demands.",
            Self::EnumMismatch => "A value outside enum or const.",
            Self::PatternMismatch => "A string that pattern or format refuses.",
            Self::BoundViolated => "A length, size, count or number outside its bound.",
            Self::ExtraProperty => "A key that additionalProperties: false forbids.",
            Self::OtherViolation => "A keyword without a class of its own; the detail names it.",
            Self::SourceSyntax => "The generated source does not parse in its language.",
            Self::SourceCompile => "The generated source does not compile.",
            Self::SourceBehaviour => "The generated source runs and computes something else.",
            Self::AssertionFailed => {
                "The value is valid and an assertion of the case does not hold; also when a case about limits meets no limit."
            }
            Self::JudgeTimeout => {
                "Judging took longer than its limit: a pathological pattern or an enormous answer. Our fault, not the backend's."
            }
            Self::HarnessError => "gonogo failed at its own work. The run can never be GO; please report it.",
        }
    }
}

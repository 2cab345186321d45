//! What to do next about a failure: one line, for the party that can.

use gonogo_core::{Family, Kind};

use super::{Counted, Party};
use crate::rows::Arm;

/// The next step about these failures, on this arm. A stronger model is no remedy for a wrong value that the same model
/// gets right without the constraint.
pub(super) fn todo(cause: &Counted, arm: &Arm<'_>) -> String {
    let usual = of_party(cause.party, cause.kind, arm);
    let passes = cause.control_passes;
    if cause.party != Party::Model || cause.kind.family() != Family::ValueFailure || passes == 0 {
        return usual;
    }
    let look = format!(
        "the control passes {passes} of these without the constraint: look at what the constraint does to the answer"
    );
    if passes < cause.count() { format!("{look}; of the others, {usual}") } else { look }
}

/// The next step about failures of this kind that are this party's.
fn of_party(party: Party, kind: Kind, arm: &Arm<'_>) -> String {
    match party {
        Party::Infrastructure => infrastructure(kind).into(),
        Party::Harness => {
            "report it with its capture as a fault of gonogo, and read no rate off these rows".into()
        }
        Party::Budget if kind == Kind::TruncatedContext => {
            "shorten the prompt, or serve the model with a longer context: max_tokens does not help".into()
        }
        Party::Budget => "raise max_tokens, or bound arrays and strings in the schema".into(),
        Party::PromptOrSchema => prompt_or_schema(kind).into(),
        Party::Engine => engine(kind, arm),
        Party::Model => model(kind).into(),
        Party::NotEnforced => {
            "run the arm with its canary and a control beside it before anybody is asked".into()
        }
    }
}

/// Advice on some kinds; what is on none of a list is what its party does about everything else.
type Advice = (&'static [Kind], &'static str);

fn advice(known: &[Advice], kind: Kind) -> Option<&'static str> {
    known.iter().find(|(kinds, _)| kinds.contains(&kind)).map(|(_, advice)| *advice)
}

const INFRASTRUCTURE: [Advice; 6] = [
    (&[Kind::RateLimited], "send less (--concurrency, --rate), or ask the platform team for a higher quota"),
    (&[Kind::AuthFailed], "check the key, then ask the platform team for access"),
    (
        &[Kind::Overloaded, Kind::TimeoutQueue],
        "ask the platform team for capacity, or send less (--concurrency, --rate)",
    ),
    (
        &[Kind::TruncatedStream],
        "ask the platform team what cuts streams: limits of a proxy on idle or long answers",
    ),
    (
        &[Kind::HttpError, Kind::InBandError],
        "read status and body in the capture, then ask the platform team",
    ),
    (&[Kind::ProtocolError], "show the platform team the bytes in the capture: they break the wire format"),
];

fn infrastructure(kind: Kind) -> &'static str {
    advice(&INFRASTRUCTURE, kind).unwrap_or_else(|| {
        if kind.family() == Family::EngineFailure {
            "ask whoever runs the model: it happens without a constraint, too"
        } else if kind.family() == Family::Timeout {
            "ask the platform team about limits, cold starts and load; a retry shows whether it passes"
        } else {
            "ask the platform team whether the endpoint is up and can be reached from here"
        }
    })
}

const PROMPT_OR_SCHEMA: [Advice; 3] = [
    (&[Kind::PromptTooLong], "shorten the prompt, or serve the model with a longer context"),
    (
        &[Kind::ConstraintUnsupported],
        "name another channel of the dialect in gonogo.toml, or leave the case out for this arm",
    ),
    (
        &[Kind::ConstraintRejected, Kind::CompileTimeout],
        "rewrite the schema: every engine that was asked declines it",
    ),
];

fn prompt_or_schema(kind: Kind) -> &'static str {
    advice(&PROMPT_OR_SCHEMA, kind)
        .unwrap_or("read prompt and assertion: several models fail them in the same way")
}

const ENGINE: [Advice; 3] = [
    (&[Kind::ConstraintRejected], "rewrite the schema without what the message names, or "),
    (&[Kind::CompileTimeout], "simplify the schema or raise limit.compile, and "),
    (&[Kind::RunawayWhitespace], "bound white space in the engine's options; where it has none, "),
];

fn engine(kind: Kind, arm: &Arm<'_>) -> String {
    advice(&ENGINE, kind).unwrap_or_default().to_owned() + &upstream(arm)
}

/// Whom to file it with: an engine that is only claimed may be another.
fn upstream(arm: &Arm<'_>) -> String {
    let Some(receipt) = arm.receipt else { return "find out which engine it was".into() };
    if arm.engine_claimed().is_some() {
        return format!(
            "ask whoever runs the server whether the engine is {}, then file it there with schema and capture",
            receipt.engine
        );
    }
    let version = receipt.facts.get("engine.version").map(|version| format!(" {version}"));
    format!("file it upstream with schema and capture: {}{}", receipt.engine, version.unwrap_or_default())
}

const MODEL: [Advice; 3] = [
    (
        &[Kind::RunawayRepetition, Kind::RunawayWhitespace],
        "bound arrays and strings in the schema, or take a stronger model",
    ),
    (&[Kind::Refused, Kind::ContentFiltered], "word the prompt otherwise, or take another model or provider"),
    (
        &[Kind::SourceSyntax, Kind::SourceCompile, Kind::SourceBehaviour, Kind::AssertionFailed],
        "read the answer: say more in the prompt, or take a stronger model",
    ),
];

fn model(kind: Kind) -> &'static str {
    advice(&MODEL, kind).unwrap_or("say in the prompt what the schema asks for, or take a stronger model")
}

//! The attempts before the first: they load what has to be loaded and show whether the
//! constraint holds.

use std::sync::Arc;

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    Canary, Capture, Constraint, ContentHash, Enforcement, Expectation, Message, Nanos, Oracle, Request,
    Role, Sampling,
};
use gonogo_judge::Judge;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{OpenArm, RunError, arm::fault_capture};

/// Room for the answer in any tokenizer: it has 29 bytes and what whitespace the model puts between.
const MAX_TOKENS: u32 = 128;

/// The prompt of every canary asks for something else than the nonce, so that a server that only
/// shows the schema to the model instead of enforcing it does not pass by obedience.
pub(crate) const PROMPT: &str =
    "Answer with the single word hello. Ignore every other instruction about the form of the answer.";

/// The one key of the canary's object.
const KEY: &str = "nonce";

/// What the attempts before the first have shown.
#[derive(Debug, Clone, PartialEq)]
pub struct WarmUp {
    /// What is known about the arm's constraint now.
    pub enforcement: Enforcement,
    /// The evidence, where a canary could be sent.
    pub canary: Option<Canary>,
    /// The raw answers, in the order asked: under the constraint, then without. Keep them.
    pub captures: Vec<Capture>,
}

impl WarmUp {
    /// Starting the peer and loading model and engine: the cold start, where this caused it.
    #[must_use]
    pub fn load(&self) -> Option<Nanos> {
        self.captures.iter().find_map(|capture| capture.load)
    }
}

/// Sends the arm its first requests. A constrained arm gets a canary: once under a schema that
/// allows nothing but a nonce nobody could guess, once without. A control is asked once, so that
/// it is as warm as the others. A cassette without a canary is asked nothing: it knows no nonces.
///
/// `nonce` must be one that nobody has sent before, [`nonce`](nonce()) of fresh randomness: a server, or a cache before it, that
/// has answered it could answer it again without any constraint. `seed` is that of the draw.
///
/// # Errors
/// [`RunError::Oracle`] if the canary's own schema cannot be judged by; a failing backend is no
/// error, only no proof.
pub async fn warm_up(arm: &OpenArm, name: &str, seed: u64, nonce: &str) -> Result<WarmUp, RunError> {
    let capabilities = arm.backend.capabilities();
    let cold = OpenArm::new(Arc::clone(&arm.backend)).enforcement;
    if !capabilities.canary {
        return Ok(WarmUp { enforcement: cold, canary: None, captures: Vec::new() });
    }
    let free = ask(name, seed, None);
    if !capabilities.constrains {
        let captures = vec![answer(&arm.backend, free).await];
        return Ok(WarmUp { enforcement: cold, canary: None, captures });
    }
    let (canary, bound) = constrained(arm, name, seed, nonce).await;
    let free = answer(&arm.backend, free).await;
    let canary = Canary {
        nonce: canary.expected,
        constrained: text(&bound, Some(canary.constraint))?,
        unconstrained: text(&free, None)?,
    };
    Ok(WarmUp { enforcement: canary.enforcement(), canary: Some(canary), captures: vec![bound, free] })
}

/// A constraint that allows one answer.
struct Only {
    constraint: Constraint,
    expected: String,
}

/// Asks under the first constraint that the arm has a way to say: a schema, unless its channel takes
/// none. One that cannot be said is never sent.
async fn constrained(arm: &OpenArm, name: &str, seed: u64, nonce: &str) -> (Only, Capture) {
    let [schema, others @ ..] = only(nonce);
    let ask_for = |only: &Only| ask(name, seed, Some(only.constraint.clone()));
    let unsaid = answer(&arm.backend, ask_for(&schema)).await;
    if !unsaid.end.is_unsent() {
        return (schema, unsaid);
    }
    for other in others {
        let capture = answer(&arm.backend, ask_for(&other)).await;
        if !capture.end.is_unsent() {
            return (other, capture);
        }
    }
    (schema, unsaid)
}

/// The same in every form of constraint. The schema's root is an object that is closed and whose
/// key is required, because some servers take nothing else, and its value an enumeration, which
/// more of them know than `const`.
fn only(nonce: &str) -> [Only; 4] {
    let schema = object(KEY, &json!({"type": "string", "enum": [nonce]}));
    let plain = |constraint| Only { constraint, expected: nonce.to_owned() };
    [
        Only {
            constraint: Constraint::JsonSchema(schema.to_string()),
            expected: json!({KEY: nonce}).to_string(),
        },
        plain(Constraint::Choice(vec![nonce.to_owned()])),
        plain(Constraint::Regex(nonce.to_owned())),
        // As EBNF: the channels that take nothing but grammars take these.
        plain(Constraint::Grammar(format!("root ::= \"{nonce}\""))),
    ]
}

/// The schema of an object with this one key, closed, the key required.
pub(crate) fn object(key: &str, value: &Value) -> Value {
    json!({"type": "object", "properties": {key: value}, "required": [key], "additionalProperties": false})
}

/// `zq-` and twelve letters of base 32: 60 bits that follow from all three. Without anything `fresh` it is the nonce
/// that recordings of older versions were asked with.
#[must_use]
pub fn nonce(name: &str, seed: u64, fresh: Option<u64>) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let fresh = fresh.map(|fresh| format!(" {fresh:x}")).unwrap_or_default();
    let hash = ContentHash::of(format!("canary {seed} {name}{fresh}").as_bytes());
    let pairs = hash.as_str().as_bytes().chunks(2).take(12);
    let byte = |pair: &[u8]| pair.iter().fold(0_usize, |sum, digit| sum * 16 + usize::from(hex(*digit)));
    let letters: String = pairs.map(|pair| char::from(LETTERS[byte(pair) % LETTERS.len()])).collect();
    format!("zq-{letters}")
}

/// The value of a lowercase hex digit.
fn hex(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

fn ask(name: &str, seed: u64, constraint: Option<Constraint>) -> Ask {
    let half = if constraint.is_some() { "constrained" } else { "free" };
    let message = Message { role: Role::User, content: PROMPT.into() };
    let sampling = Sampling { max_tokens: MAX_TOKENS, temperature: 0.0, seed };
    let request = Request { messages: vec![message], constraint, sampling };
    Ask { label: format!("canary/{half}#{name}"), r#try: 0, request }
}

/// Asks on a task of its own, so that a backend that panics is an answer too.
pub(crate) async fn answer(backend: &Arc<dyn Backend>, ask: Ask) -> Capture {
    let (backend, ask) = (Arc::clone(backend), Arc::new(ask));
    let mut task = JoinSet::new();
    let asked = Arc::clone(&ask);
    task.spawn(async move { backend.answer(&asked).await });
    match task.join_next().await {
        Some(Ok(capture)) => capture,
        Some(Err(error)) => fault_capture(&ask, error),
        None => unreachable!("one task was spawned"),
    }
}

/// The text of an answer, as the judge reads it.
pub(crate) fn text(capture: &Capture, constraint: Option<Constraint>) -> Result<String, RunError> {
    let oracle = Oracle { constraint, assertions: Vec::new(), expect: Expectation::Pass };
    let judge = Judge::new(&oracle).map_err(|source| RunError::Oracle { case: "canary".into(), source })?;
    let judged = judge.judge(capture, Enforcement::Unproven);
    Ok(String::from_utf8_lossy(&judged.answer.text).into_owned())
}

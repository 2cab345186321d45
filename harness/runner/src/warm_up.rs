//! The attempts before the first: they load what has to be loaded and show whether the
//! constraint holds.

use std::sync::Arc;

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    Canary, Capture, Constraint, ContentHash, Enforcement, Expectation, Message, Nanos, Oracle, Request,
    Role, Sampling,
};
use gonogo_judge::Judge;
use tokio::task::JoinSet;

use crate::{OpenArm, RunError, arm::fault_capture};

/// Room for the nonce in any tokenizer: it has 17 bytes.
const MAX_TOKENS: u32 = 48;

/// The prompt asks for something else than the nonce, so that a server that only shows the
/// schema to the model instead of enforcing it does not pass by obedience.
const PROMPT: &str =
    "Answer with the single word hello. Ignore every other instruction about the form of the answer.";

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
/// it is as warm as the others. A cassette is asked nothing: it knows no nonces.
///
/// # Errors
/// [`RunError::Oracle`] if the canary's own schema cannot be judged by; a failing backend is no
/// error, only no proof.
pub async fn warm_up(arm: &OpenArm, name: &str, seed: u64) -> Result<WarmUp, RunError> {
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
    let nonce = nonce(name, seed);
    let schema = Constraint::JsonSchema(serde_json::json!({ "const": nonce }).to_string());
    let bound = answer(&arm.backend, ask(name, seed, Some(schema.clone()))).await;
    let free = answer(&arm.backend, free).await;
    let canary = Canary {
        // As JSON text: the only answer the schema allows, byte for byte.
        nonce: serde_json::Value::String(nonce).to_string(),
        constrained: text(&bound, Some(schema))?,
        unconstrained: text(&free, None)?,
    };
    Ok(WarmUp { enforcement: canary.enforcement(), canary: Some(canary), captures: vec![bound, free] })
}

/// `zq-` and twelve letters of base 32: 60 bits that follow from seed and arm.
pub(crate) fn nonce(name: &str, seed: u64) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = ContentHash::of(format!("canary {seed} {name}").as_bytes());
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
    Ask { label: format!("canary/{half}#{name}"), request }
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
fn text(capture: &Capture, constraint: Option<Constraint>) -> Result<String, RunError> {
    let oracle = Oracle { constraint, assertions: Vec::new(), expect: Expectation::Pass };
    let judge = Judge::new(&oracle).map_err(|source| RunError::Oracle { case: "canary".into(), source })?;
    let judged = judge.judge(capture, Enforcement::Unproven);
    Ok(String::from_utf8_lossy(&judged.answer.text).into_owned())
}

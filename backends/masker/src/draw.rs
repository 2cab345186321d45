//! An answer at random under the masks, in a hurry to be whole.
//!
//! What is wanted is a short text that ends, so that a validator can be asked about it:
//!
//! 1. Where an end is allowed, half of the draws take it, and all of them once the budget is spent.
//! 2. Where a token that begins with a closing bracket is allowed, three quarters of the rest take one
//!    of those; likewise then one that begins with a quote, which closes a string or opens a short one.
//! 3. Otherwise any allowed token is drawn, a short one more likely than a long one and white space
//!    hardly ever, because most grammars allow it without end.

use std::io::Write;

use fastrand::Rng;
use gonogo_engine::{Engine, Mask, StepError, TokenId, Vocabulary};
use gonogo_protocol::masks::{Draw, DrawFinish, Drawn, FromMasker};

use crate::{
    conversation::{NoAnswer, follow},
    refusal,
    walk::Walker,
};

/// Draws an answer.
pub(crate) fn answer<W: Write>(
    walker: &mut Walker<'_, W>,
    engine: &mut dyn Engine,
    draw: &Draw,
) -> Result<FromMasker, NoAnswer> {
    let failed = |error: StepError| NoAnswer::Failed(refusal::of_step(&error));
    let mut matcher = follow(walker, engine, &draw.constraint, &draw.tokens)?;
    let vocabulary = walker.vocabulary().clone();
    let mut rng = Rng::with_seed(draw.seed);
    let mut tokens = Vec::new();
    let finish = loop {
        let mask = walker.fill(matcher.as_mut()).map_err(failed)?;
        let spent = tokens.len() >= draw.max_tokens as usize;
        match next(&vocabulary, mask, spent, &mut rng) {
            Next::Take(token) => {
                matcher.accept(token).map_err(failed)?;
                tokens.push(token);
            }
            Next::Finish(finish) => break finish,
        }
    };
    Ok(FromMasker::Drawn(Drawn { tokens, finish }))
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Take(TokenId),
    Finish(DrawFinish),
}

fn next(vocabulary: &Vocabulary, mask: &Mask, spent: bool, rng: &mut Rng) -> Next {
    let may_end = vocabulary.end().iter().any(|end| mask.allows(*end));
    if may_end && (spent || rng.bool()) {
        return Next::Finish(DrawFinish::Stop);
    }
    if spent {
        return Next::Finish(DrawFinish::Length);
    }
    let allowed: Vec<(TokenId, u32)> = mask
        .iter()
        .filter(|token| !vocabulary.is_end(*token))
        .map(|token| (token, weight(vocabulary.text(token))))
        .collect();
    for openers in [&b"]}"[..], b"\""] {
        let closing: Vec<(TokenId, u32)> = allowed
            .iter()
            .filter(|(token, _)| begins_with(vocabulary.text(*token), openers))
            .copied()
            .collect();
        if !closing.is_empty() && rng.u8(..4) > 0 {
            return draw_from(&closing, rng);
        }
    }
    if allowed.is_empty() {
        return Next::Finish(if may_end { DrawFinish::Stop } else { DrawFinish::DeadEnd });
    }
    draw_from(&allowed, rng)
}

/// One of `tokens`, each as likely as its weight says. There is at least one.
fn draw_from(tokens: &[(TokenId, u32)], rng: &mut Rng) -> Next {
    let total: u64 = tokens.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut rest = rng.u64(..total.max(1));
    for (token, weight) in tokens {
        match rest.checked_sub(u64::from(*weight)) {
            Some(less) => rest = less,
            None => return Next::Take(*token),
        }
    }
    Next::Finish(DrawFinish::DeadEnd)
}

/// Whether the first byte that is not a space is one of `bytes`.
fn begins_with(text: &[u8], bytes: &[u8]) -> bool {
    text.trim_ascii_start().first().is_some_and(|first| bytes.contains(first))
}

/// How likely a token is drawn among others. Control tokens have no text.
fn weight(text: &[u8]) -> u32 {
    const ONE_BYTE: u32 = 256;
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    if text.trim_ascii().is_empty() { 1 } else { (ONE_BYTE / length).max(1) }
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn short_text_is_likelier_than_long_text_and_any_than_none() {
        assert!(weight(b"7") > weight(b"77") && weight(b"77") > weight(b"seventy-seven"));
        assert!(weight(&[b'a'; 5000]) >= weight(b" \n") && weight(b"") > 0);
    }
}

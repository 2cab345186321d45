//! Following one answer with llguidance.

use gonogo_engine::{Mask, Matcher, StepError, TokenId, summary};
use llguidance::Matcher as Inner;
use toktrie::{SimpleVob, TokEnv};

/// The stop reason llguidance gives when no token can come next.
const DEAD_END: &str = "NoExtensionBias";

pub(crate) struct LlMatcher {
    inner: Inner,
    environment: TokEnv,
    /// The mask of the coming token, where it was asked for.
    allowed: Option<SimpleVob>,
}

impl LlMatcher {
    pub(crate) fn new(inner: Inner, environment: &TokEnv) -> Self {
        Self { inner, environment: environment.clone(), allowed: None }
    }

    /// Whether llguidance would take `token`. The mask answers where there is one: consuming
    /// a token outside it would spoil the matcher, and asking again would cost a second walk.
    fn allows(&mut self, token: TokenId) -> Result<bool, StepError> {
        if token as usize >= self.environment.tok_trie().vocab_size() {
            return Ok(false);
        }
        match &self.allowed {
            Some(mask) => Ok(mask.is_allowed(token)),
            None => {
                self.inner.validate_tokens(&[token]).map(|taken| taken == 1).map_err(|error| failed(&error))
            }
        }
    }

    fn is_end(&self, token: TokenId) -> bool {
        self.environment.tok_trie().eos_tokens().contains(&token)
    }
}

impl Matcher for LlMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        match self.inner.compute_mask_or_eos() {
            Ok(allowed) => {
                copy(&allowed, mask)?;
                self.allowed = Some(allowed);
                Ok(())
            }
            Err(error) if error.to_string().starts_with(DEAD_END) => {
                mask.words_mut().fill(0);
                Ok(())
            }
            Err(error) => Err(failed(&error)),
        }
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        // llguidance stops by itself where nothing may follow, and then takes no end token.
        if self.inner.is_stopped() && !self.inner.is_error() {
            return if self.is_end(token) { Ok(()) } else { Err(StepError::Refused(token)) };
        }
        if !self.allows(token)? {
            return Err(StepError::Refused(token));
        }
        self.allowed = None;
        self.inner.consume_token(token).map_err(|error| failed(&error))
    }

    fn reset(&mut self) -> bool {
        self.allowed = None;
        // Taking all tokens back costs microseconds and keeps what the lexer has learnt; a deep clone
        // of the fresh matcher would copy the lexer's tables. It fails after an error.
        self.inner.reset().is_ok()
    }
}

/// llguidance's set has a word of slack past the last token.
fn copy(allowed: &SimpleVob, mask: &mut Mask) -> Result<(), StepError> {
    let words = mask.words_mut();
    let Some(source) = allowed.as_slice().get(..words.len()) else {
        return Err(StepError::Failed("mask is larger than the vocabulary it was opened with".into()));
    };
    words.copy_from_slice(source);
    mask.clear_tail();
    Ok(())
}

fn failed(error: &impl ToString) -> StepError {
    StepError::Failed(summary(&error.to_string()))
}

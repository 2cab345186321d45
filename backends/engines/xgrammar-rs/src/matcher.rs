//! Following one answer with the port.

use gonogo_engine::{Mask, Matcher, StepError, TokenId, summary};
use xgrammar::GrammarMatcher;

pub(crate) struct PortMatcher {
    inner: GrammarMatcher,
    /// Words of a mask, as the port wants its shape.
    shape: [i64; 1],
    end: Vec<TokenId>,
}

impl PortMatcher {
    pub(crate) fn new(inner: GrammarMatcher, tokens: usize, end: Vec<TokenId>) -> Self {
        let words = i64::try_from(tokens.div_ceil(32)).unwrap_or(i64::MAX);
        Self { inner, shape: [words], end }
    }
}

impl Matcher for PortMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        if self.inner.is_terminated() {
            // The port reports an error here; nothing but an end can follow an end.
            mask.words_mut().fill(0);
            for token in &self.end {
                mask.allow(*token);
            }
            return Ok(());
        }
        let row = 0;
        let words: &mut [i32] = bytemuck::cast_slice_mut(mask.words_mut());
        let filled = self.inner.fill_next_token_bitmask(words, &self.shape, row);
        filled.map_err(|error| StepError::Failed(summary(&error.to_string())))?;
        mask.clear_tail();
        Ok(())
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        if self.inner.is_terminated() {
            return if self.end.contains(&token) { Ok(()) } else { Err(StepError::Refused(token)) };
        }
        let taken = i32::try_from(token).is_ok_and(|token| self.inner.accept_token(token));
        if taken { Ok(()) } else { Err(StepError::Refused(token)) }
    }

    fn reset(&mut self) -> bool {
        self.inner.reset();
        true
    }
}

//! Following one answer with outlines-core.

use std::sync::Arc;

use gonogo_engine::{Mask, Matcher, StepError, TokenId};
use outlines_core::index::Index;

pub(crate) struct IndexMatcher {
    index: Index,
    end: Arc<[TokenId]>,
    state: u32,
    /// An end token was taken.
    ended: bool,
}

impl IndexMatcher {
    pub(crate) fn new(index: Index, end: Arc<[TokenId]>) -> Self {
        let state = index.initial_state();
        Self { index, end, state, ended: false }
    }

    fn may_end(&self) -> bool {
        self.ended || self.index.is_final_state(&self.state)
    }
}

impl Matcher for IndexMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        mask.words_mut().fill(0);
        if !self.ended {
            for token in self.index.allowed_tokens_iter(&self.state).into_iter().flatten() {
                mask.allow(*token);
            }
        }
        if self.may_end() {
            // The index knows one end token, and the model may have several.
            for token in self.end.iter() {
                mask.allow(*token);
            }
        }
        Ok(())
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        if self.end.contains(&token) {
            self.ended = self.may_end();
            return if self.ended { Ok(()) } else { Err(StepError::Refused(token)) };
        }
        let next = self.index.next_state(&self.state, &token).filter(|_| !self.ended);
        self.state = next.ok_or(StepError::Refused(token))?;
        Ok(())
    }

    fn reset(&mut self) -> bool {
        self.state = self.index.initial_state();
        self.ended = false;
        true
    }
}

//! The control engine: every token is allowed.

use gonogo_core::Constraint;

use crate::{CompileError, Engine, Identity, Mask, Matcher, StepError, TokenId};

/// Enforces nothing, whatever the constraint. The control arm of every comparison.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unconstrained;

impl Engine for Unconstrained {
    fn identity(&self) -> Identity {
        Identity { name: "none".into(), version: env!("CARGO_PKG_VERSION").into() }
    }

    fn compile(&mut self, _: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        Ok(Box::new(Self))
    }
}

impl Matcher for Unconstrained {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        mask.allow_all();
        Ok(())
    }

    fn accept(&mut self, _: TokenId) -> Result<(), StepError> {
        Ok(())
    }

    fn reset(&mut self) -> bool {
        true
    }
}

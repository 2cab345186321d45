//! An engine that fails on purpose, for arms that test the harness.

use std::{collections::BTreeMap, thread, time::Duration};

use gonogo_core::Constraint;
use gonogo_engine::{CompileError, Engine, Identity, Mask, Matcher, StepError, TokenId, Vocabulary};
use gonogo_protocol::Fault;

/// Bytes a step of [`Fault::Allocate`] takes and touches.
const GREED: usize = 16 << 20;

/// A real engine that commits `fault`. Requests without a constraint never meet it.
pub struct Faulty {
    engine: Box<dyn Engine>,
    fault: Fault,
    end: Vec<TokenId>,
}

impl Faulty {
    /// `engine`, but failing as `fault` says.
    #[must_use]
    pub fn new(engine: Box<dyn Engine>, fault: Fault, vocabulary: &Vocabulary) -> Self {
        Self { engine, fault, end: vocabulary.end().to_vec() }
    }
}

impl Engine for Faulty {
    fn identity(&self) -> Identity {
        self.engine.identity()
    }

    fn facts(&self) -> BTreeMap<String, String> {
        let mut facts = self.engine.facts();
        facts.insert("fault".into(), format!("{:?}", self.fault));
        facts
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        if self.fault == Fault::SleepInCompile {
            sleep();
        }
        let matcher = self.engine.compile(constraint)?;
        Ok(Box::new(FaultyMatcher { matcher, fault: self.fault, end: self.end.clone(), accepted: 0 }))
    }
}

struct FaultyMatcher {
    matcher: Box<dyn Matcher>,
    fault: Fault,
    end: Vec<TokenId>,
    accepted: u32,
}

impl FaultyMatcher {
    fn is_due(&self) -> bool {
        match self.fault {
            Fault::Abort { after }
            | Fault::Sleep { after }
            | Fault::Allocate { after }
            | Fault::EmptyMask { after }
            | Fault::StopEarly { after }
            | Fault::Raise { after } => self.accepted >= after,
            Fault::SleepInCompile => false,
        }
    }

    fn commit(&self, mask: &mut Mask) -> Result<(), StepError> {
        match self.fault {
            Fault::Abort { .. } => std::process::abort(),
            Fault::Sleep { .. } | Fault::SleepInCompile => sleep(),
            Fault::Allocate { .. } => allocate(),
            Fault::EmptyMask { .. } => {
                mask.words_mut().fill(0);
                Ok(())
            }
            Fault::StopEarly { .. } => {
                mask.words_mut().fill(0);
                for token in &self.end {
                    if let Some(word) = mask.words_mut().get_mut(*token as usize / 32) {
                        *word |= 1 << (token % 32);
                    }
                }
                Ok(())
            }
            Fault::Raise { .. } => Err(StepError::Failed("the engine raised an error on purpose".into())),
        }
    }
}

impl Matcher for FaultyMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        if self.is_due() { self.commit(mask) } else { self.matcher.fill(mask) }
    }

    fn accept(&mut self, token: TokenId) -> Result<(), StepError> {
        self.accepted += 1;
        self.matcher.accept(token)
    }
}

fn sleep() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn allocate() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        // Non-zero bytes, because untouched zero pages cost nothing.
        hoard.push(std::hint::black_box(vec![1; GREED]));
    }
}

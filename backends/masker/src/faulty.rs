//! An engine that fails on purpose, for arms that test the harness.

use std::{collections::BTreeMap, thread, time::Duration};

use gonogo_core::Constraint;
use gonogo_engine::{CompileError, Engine, Identity, Mask, Matcher, StepError, TokenId};
use gonogo_protocol::masks::{MaskAct, MaskFault};

/// Bytes a step of [`MaskAct::Allocate`] takes and touches.
const GREED: usize = 16 << 20;

/// A real engine that commits a fault where a constraint contains its text.
pub struct Faulty {
    engine: Box<dyn Engine>,
    fault: MaskFault,
}

impl Faulty {
    /// `engine`, but failing as `fault` says.
    #[must_use]
    pub fn new(engine: Box<dyn Engine>, fault: MaskFault) -> Self {
        Self { engine, fault }
    }

    fn is_due(&self, constraint: &Constraint) -> bool {
        match constraint {
            Constraint::JsonSchema(text) | Constraint::Regex(text) | Constraint::Grammar(text) => {
                text.contains(&self.fault.on)
            }
            Constraint::Choice(choices) => choices.iter().any(|choice| choice.contains(&self.fault.on)),
        }
    }
}

impl Engine for Faulty {
    fn identity(&self) -> Identity {
        self.engine.identity()
    }

    fn facts(&self) -> BTreeMap<String, String> {
        let mut facts = self.engine.facts();
        facts.insert("fault".into(), format!("{:?} on {:?}", self.fault.act, self.fault.on));
        facts
    }

    fn compile(&mut self, constraint: &Constraint) -> Result<Box<dyn Matcher>, CompileError> {
        if !self.is_due(constraint) {
            return self.engine.compile(constraint);
        }
        match self.fault.act {
            MaskAct::Abort => std::process::abort(),
            MaskAct::SleepInCompile => sleep(),
            MaskAct::Freeze => freeze(),
            MaskAct::Allocate => allocate(),
            MaskAct::SleepInMask | MaskAct::AllowAll | MaskAct::AllowNone => {
                // The engine compiles, so that its clocks are real; its matcher is not asked.
                self.engine.compile(constraint).map(drop)?;
                Ok(Box::new(FaultyMatcher { act: self.fault.act }))
            }
        }
    }
}

/// A matcher that no engine has a say in.
struct FaultyMatcher {
    act: MaskAct,
}

impl Matcher for FaultyMatcher {
    fn fill(&mut self, mask: &mut Mask) -> Result<(), StepError> {
        match self.act {
            MaskAct::AllowAll => mask.allow_all(),
            MaskAct::AllowNone => mask.words_mut().fill(0),
            MaskAct::Abort
            | MaskAct::SleepInCompile
            | MaskAct::SleepInMask
            | MaskAct::Freeze
            | MaskAct::Allocate => sleep(),
        }
        Ok(())
    }

    fn accept(&mut self, _: TokenId) -> Result<(), StepError> {
        Ok(())
    }

    fn reset(&mut self) -> bool {
        true
    }
}

fn sleep() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// Stops every thread of the process, the one of the heartbeats too.
fn freeze() -> ! {
    loop {
        gonogo_host::stop();
    }
}

fn allocate() -> ! {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        // Non-zero bytes, because untouched zero pages cost nothing.
        hoard.push(std::hint::black_box(vec![1; GREED]));
    }
}

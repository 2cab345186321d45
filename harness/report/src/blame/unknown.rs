//! What the rows cannot tell about who failed, and why.

use gonogo_core::{Enforcement, Provenance};

use super::Attribution;
use crate::rows::Arm;

const UNPROVEN: &str =
    "whether the constraint was enforced at all: no canary showed it, so that no engine can be blamed";
const RECONSTRUCTED: &str =
    "what came back: nothing was captured, and the answers are reconstructed from what was reported of them";
const RECORDED: &str = "what the server does today: the answers are recordings";
const NO_CONTROL: &str =
    "what the model does without a constraint: no control on the same model was run beside it";
const CONTROL_ELSEWHERE: &str = "what the model does there without a constraint: the control on the same model asks \
                                 another endpoint, which may serve it otherwise";
const CLAIMED: &str = "which engine it is: only the configuration names it";

/// A gap, and whether an arm has it.
type Gap<'g, 'a> = (&'static str, &'g dyn Fn(&Arm<'a>) -> bool);

impl<'a> Attribution<'_, 'a> {
    /// What the rows cannot tell, and why.
    pub(super) fn unknown(&self) -> Vec<String> {
        let gaps: [Gap<'_, 'a>; 6] = [
            (UNPROVEN, &|arm| !arm.is_control() && arm.enforcement() == Enforcement::Unproven),
            (RECONSTRUCTED, &|arm| arm.is_reconstructed()),
            (RECORDED, &|arm| is_recorded(arm) && !arm.is_reconstructed()),
            (NO_CONTROL, &|arm| self.lacks_control(arm) && !self.control_is_elsewhere(arm)),
            (CONTROL_ELSEWHERE, &|arm| self.control_is_elsewhere(arm)),
            (CLAIMED, &|arm| arm.enforcement() == Enforcement::Proven && arm.engine_claimed().is_some()),
        ];
        let mut unknown = Vec::new();
        for (gap, is) in gaps {
            let of = self.accused().iter().filter(|arm| is(arm));
            let arms: Vec<String> = of.map(|arm| crate::format::code(arm.name)).collect();
            if !arms.is_empty() {
                unknown.push(format!("Of {} it cannot be known {gap}", crate::format::and(&arms)));
            }
        }
        unknown
    }

    fn lacks_control(&self, arm: &Arm<'a>) -> bool {
        !arm.is_control() && self.control(arm).is_none()
    }
}

fn is_recorded(arm: &Arm<'_>) -> bool {
    arm.first.iter().any(|attempt| attempt.provenance == Provenance::Replay)
}

impl Arm<'_> {
    /// Whether its answers were made up from what was reported of them.
    pub(super) fn is_reconstructed(&self) -> bool {
        let fact = self.receipt.and_then(|receipt| receipt.facts.get("reconstructed"));
        fact.is_some_and(|reconstructed| reconstructed == "true")
    }
}

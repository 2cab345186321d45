//! What follows a verdict in the same attempt: the next step, another try, or nothing.

use std::{collections::HashMap, time::Duration};

use gonogo_core::{Capture, Case, Domain, Kind, Planned, Then};
use gonogo_judge::Judged;

use crate::{breaker::Sign, flight::Attempting, retry_after::retry_after};

/// What follows, and after which wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Following<'a> {
    /// The step of this name.
    Step(&'a str),
    Retry(Duration),
    Nothing,
}

impl Following<'_> {
    /// For the row.
    pub(crate) fn then(self) -> Option<Then> {
        match self {
            Self::Step(_) => Some(Then::Step),
            Self::Retry(_) => Some(Then::Retry),
            Self::Nothing => None,
        }
    }
}

/// Retries made so far, by arm.
#[derive(Debug, Default)]
pub(crate) struct Retries(HashMap<String, u32>);

impl Retries {
    /// What follows this verdict. `calm` says whether the arm's breaker is closed: an arm in trouble is not asked
    /// more often than planned.
    pub(crate) fn following<'a>(
        &mut self,
        attempting: &Attempting,
        case: &'a Case,
        capture: &Capture,
        judged: &Judged,
        calm: bool,
    ) -> Following<'a> {
        if judged.outcome.passed() {
            return next_step(case, &attempting.planned.key.step).map_or(Following::Nothing, Following::Step);
        }
        let retry = &attempting.arm.conduct.retry;
        let arm = &attempting.planned.key.arm;
        let made = self.0.get(arm).copied().unwrap_or_default();
        let may = calm
            && attempting.r#try + 1 < retry.tries
            && made < retry.budget
            && retry.on.contains(&judged.outcome.kind)
            && attempting.arm.backend.can_try_again(&attempting.ask);
        let draw = draw(&attempting.planned, attempting.r#try);
        let wait = may.then(|| retry.wait(attempting.r#try, draw, retry_after(capture))).flatten();
        let Some(wait) = wait else { return Following::Nothing };
        self.0.insert(arm.clone(), made + 1);
        Following::Retry(Duration::from_nanos(wait.0))
    }
}

/// What a judgement says about whether the arm is there.
pub(crate) fn sign(judged: &Judged) -> Sign {
    match judged.outcome.domain {
        Domain::Infrastructure if judged.outcome.kind == Kind::RateLimited => Sign::Busy,
        Domain::Infrastructure => Sign::Failed,
        Domain::Nobody
        | Domain::Engine
        | Domain::Model
        | Domain::Budget
        | Domain::NotEnforced
        | Domain::Harness => Sign::There,
    }
}

/// The step that is asked after the one of this name.
pub(crate) fn next_step<'a>(case: &'a Case, name: &str) -> Option<&'a str> {
    case.all_steps().skip_while(|step| step.name != name).nth(1).map(|step| step.name)
}

/// A number in `[0, 1)` that is another one for each attempt, arm and try, and the same in every run of the plan.
fn draw(planned: &Planned, r#try: u32) -> f64 {
    let place = u64::from(planned.index) << 32 | u64::from(r#try);
    fastrand::Rng::with_seed(planned.seed ^ place).f64()
}

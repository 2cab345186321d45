//! The judges of a plan: one for each suite, case and rung, compiled before anything runs.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gonogo_backend::Ask;
use gonogo_core::{AttemptKey, Capture, End, Enforcement, Kind, Oracle, Plan};
use gonogo_judge::{Judge, Judged};

use crate::{
    RunError,
    arm::FAULT_DIALECT,
    request,
    verdict::{self, Bench, Judging, Pending},
};

/// Suite, case, step and rung.
type Place = (String, String, String, Option<String>);

/// The judges of a plan, shared between the attempts that use them.
pub struct Judges {
    by_place: BTreeMap<Place, Judging>,
    limit: Duration,
    bench: Bench,
}

impl Judges {
    /// Compiles the oracles of every planned attempt, so that a case that cannot be judged stops
    /// a run before it has cost anything. Each judgement may take `limit`.
    ///
    /// # Errors
    /// [`RunError::NoCase`] or [`RunError::Oracle`].
    pub fn new(plan: &Plan, limit: Duration) -> Result<Self, RunError> {
        let mut by_place = BTreeMap::new();
        for planned in &plan.attempts {
            let (suite, case) = request::find(plan, planned)?;
            for step in case.all_steps() {
                let key = AttemptKey { step: step.name.to_owned(), ..planned.key.clone() };
                let place = place(&key);
                if by_place.contains_key(&place) {
                    continue;
                }
                let judging = judging(&suite.step_oracle(&step, key.rung.as_deref()), &key)?;
                by_place.insert(place, judging);
            }
        }
        Ok(Self { by_place, limit, bench: Bench::default() })
    }

    /// Judges one answer. Blocks for the limit at most, and always has a verdict: a judge that
    /// panics or overruns is a verdict on us.
    #[must_use]
    pub fn judge(&self, key: &AttemptKey, capture: &Arc<Capture>, enforcement: Enforcement) -> Judged {
        let pending = [self.pending(key, capture, enforcement)];
        let mut judged = self.judge_all(&pending);
        // There is a verdict for each, and it was one.
        judged.swap_remove(0)
    }

    /// Judges a bunch of answers, each for the limit at most, in their order. Blocks.
    pub(crate) fn judge_all(&self, pending: &[Pending]) -> Vec<Judged> {
        self.bench.judge(pending, self.limit)
    }

    /// What judging this answer takes, so that it can be done somewhere else.
    pub(crate) fn pending(
        &self,
        key: &AttemptKey,
        capture: &Arc<Capture>,
        enforcement: Enforcement,
    ) -> Pending {
        let fault = |message: String| -> Judging {
            Arc::new(move |capture, enforcement| {
                verdict::fault(capture, Kind::HarnessError, message.clone(), enforcement)
            })
        };
        let judging = if capture.dialect == FAULT_DIALECT {
            fault(fault_message(&capture.end))
        } else {
            let found = self.by_place.get(&place(key)).cloned();
            found.unwrap_or_else(|| fault(format!("the plan has no case for `{key}`")))
        };
        Pending { judging, capture: Arc::clone(capture), enforcement }
    }

    /// Judges everything by `judging` instead.
    #[cfg(test)]
    pub(crate) fn scripted(plan: &Plan, limit: Duration, judging: &Judging) -> Self {
        let places = plan.attempts.iter().map(|planned| place(&planned.key));
        let by_place = places.map(|place| (place, Arc::clone(judging))).collect();
        Self { by_place, limit, bench: Bench::default() }
    }
}

fn judging(oracle: &Oracle, key: &AttemptKey) -> Result<Judging, RunError> {
    let judge = Judge::new(oracle).map_err(|source| {
        let label = Ask::label_for(key);
        let case = label.split('#').next().unwrap_or(&label).to_owned();
        RunError::Oracle { case, source }
    })?;
    Ok(Arc::new(move |capture, enforcement| judge.judge(capture, enforcement)))
}

fn place(key: &AttemptKey) -> Place {
    (key.suite.clone(), key.case.clone(), key.step.clone(), key.rung.clone())
}

/// What a backend that broke said of itself.
fn fault_message(end: &End) -> String {
    match end {
        End::Broken { message, .. }
        | End::Garbled { message, .. }
        | End::Unsent { message }
        | End::Unsupported { message } => message.clone(),
        End::Complete | End::TimedOut { .. } | End::Died { .. } | End::Oversize { .. } => {
            "the backend broke".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex, mpsc},
        time::Duration,
    };

    use gonogo_core::{
        AttemptKey, Capture, End, Enforcement, FORMAT, Family, Kind, Nanos, Plan, Planned, Request, Sampling,
    };

    use super::Judges;
    use crate::verdict::Judging;

    fn key() -> AttemptKey {
        let [suite, case, step, arm] = ["s", "c", "answer", "a"].map(str::to_owned);
        AttemptKey { suite, case, step, rung: None, arm, repeat: 0 }
    }

    fn plan() -> Plan {
        let attempts = vec![Planned { index: 0, block: 0, key: key(), seed: 1 }];
        Plan { format: FORMAT, seed: 1, suites: vec![], attempts, elsewhere: vec![] }
    }

    fn capture() -> Arc<Capture> {
        let sampling = Sampling { max_tokens: 1, temperature: 0.0, seed: 1 };
        Arc::new(Capture {
            format: FORMAT,
            dialect: "test/1".into(),
            request: Request { messages: vec![], constraint: None, sampling },
            status: None,
            headers: vec![],
            frames: vec![],
            end: End::Complete,
            elapsed: Nanos(42),
            phases: None,
            load: None,
            stderr: String::new(),
        })
    }

    #[test]
    fn a_judge_that_panics_is_a_harness_error_with_what_it_said() {
        let judging: Judging = Arc::new(|_, _| panic!("cannot count past {}", 3));
        let judges = Judges::scripted(&plan(), Duration::from_secs(60), &judging);
        let judged = judges.judge(&key(), &capture(), Enforcement::Proven);
        assert_eq!(judged.outcome.kind, Kind::HarnessError);
        assert_eq!(judged.outcome.detail.message, "the judge panicked: cannot count past 3");
        assert_eq!(judged.answer.timings.total, Nanos(42), "what was measured is kept");
    }

    #[test]
    fn a_judge_that_does_not_come_back_is_a_judge_timeout() {
        // The judge waits for a word that is only said after the verdict is in.
        let (say, word) = mpsc::channel::<()>();
        let word = Mutex::new(word);
        let judging: Judging = Arc::new(move |capture, enforcement| {
            let _ = word.lock().unwrap().recv();
            crate::verdict::fault(capture, Kind::Passed, String::new(), enforcement)
        });
        let judges = Judges::scripted(&plan(), Duration::from_millis(5), &judging);
        let judged = judges.judge(&key(), &capture(), Enforcement::Proven);
        assert_eq!(judged.outcome.kind, Kind::JudgeTimeout);
        assert_eq!(judged.outcome.family, Family::Harness);
        drop(say);
    }

    #[test]
    fn in_a_bunch_only_who_hangs_or_panics_goes_without_a_verdict() {
        let (say, word) = mpsc::channel::<()>();
        let word = Mutex::new(word);
        let judging: Judging = Arc::new(move |capture, enforcement| {
            match capture.elapsed.0 {
                3 => drop(word.lock().unwrap().recv()),
                5 => panic!("five"),
                _ => {}
            }
            crate::verdict::fault(capture, Kind::Passed, String::new(), enforcement)
        });
        let judges = Judges::scripted(&plan(), Duration::from_millis(200), &judging);
        let captures =
            (0..8).map(|elapsed| Arc::new(Capture { elapsed: Nanos(elapsed), ..(*capture()).clone() }));
        let pending: Vec<_> =
            captures.map(|capture| judges.pending(&key(), &capture, Enforcement::Proven)).collect();
        let judged = judges.judge_all(&pending);
        let kinds: Vec<_> = judged.iter().map(|judged| judged.outcome.kind).collect();
        let elapsed: Vec<_> = judged.iter().map(|judged| judged.answer.timings.total.0).collect();
        let mut expected = [Kind::Passed; 8];
        (expected[3], expected[5]) = (Kind::JudgeTimeout, Kind::HarnessError);
        assert_eq!((kinds, elapsed), (expected.to_vec(), (0..8).collect()));
        assert!(judges.judge_all(&[]).is_empty());
        drop(say);
    }

    #[test]
    fn a_key_outside_the_plan_is_our_fault() {
        let judging: Judging = Arc::new(|capture, enforcement| {
            crate::verdict::fault(capture, Kind::Passed, String::new(), enforcement)
        });
        let judges = Judges::scripted(&plan(), Duration::from_secs(60), &judging);
        let other = AttemptKey { case: "other".into(), ..key() };
        assert_eq!(judges.judge(&other, &capture(), Enforcement::Proven).outcome.kind, Kind::HarnessError);
        assert_eq!(judges.judge(&key(), &capture(), Enforcement::Proven).outcome.kind, Kind::Passed);
    }
}

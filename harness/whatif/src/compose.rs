//! One attempt, as a strategy would have made it.

use gonogo_core::{Family, Nanos, Price};

use crate::{
    Call, Strategy,
    answers::{Asked, Question},
};

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Composed {
    /// Whether its last step passed.
    pub passed: bool,
    /// Whether it really went like this: every answer is one recorded attempt's, in its order.
    pub measured: bool,
    /// Requests it took.
    pub calls: u32,
    /// From the first request to the last byte, waits between tries included.
    pub time: Nanos,
    /// By the arms' prices; `None` where one has none, or where the server did not count tokens.
    pub cost: Option<f64>,
}

/// Why it cannot be said what would have become of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// The arm was asked too seldom: there is no further answer.
    NoAnswer,
    /// The arm's answer was lost to a fault of this harness.
    Harness,
    /// The strategy has no call for such a question.
    NotAsked,
}

impl Open {
    /// For people.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::NoAnswer => "no further answer of the arm was recorded; more repeats give more",
            Self::Harness => "the answer was lost to a fault of gonogo",
            Self::NotAsked => "the strategy asks nobody about it",
        }
    }
}

/// Where an answer came from: arm and whether it is the repeat's own.
type Source<'a> = (&'a str, bool);

/// Follows a strategy through one attempt.
pub(crate) struct Walk<'a, 'p> {
    asked: &'p Asked<'a>,
    question: Question<'a>,
    repeat: u32,
    price: &'p dyn Fn(&str) -> Option<&'a Price>,
    sources: Vec<Source<'a>>,
    so_far: Composed,
}

impl<'a: 'p, 'p> Walk<'a, 'p> {
    pub(crate) fn new(
        (question, asked): (Question<'a>, &'p Asked<'a>),
        repeat: u32,
        price: &'p dyn Fn(&str) -> Option<&'a Price>,
    ) -> Self {
        let so_far = Composed { passed: true, measured: true, calls: 0, time: Nanos(0), cost: Some(0.0) };
        Self { asked, question, repeat, price, sources: Vec::new(), so_far }
    }

    /// What becomes of the attempt.
    pub(crate) fn follow(mut self, strategy: &'a Strategy) -> Result<Composed, Open> {
        for step in &self.asked.steps {
            let calls = strategy.calls(self.asked.language, self.question.0, step);
            if calls.is_empty() {
                return Err(Open::NotAsked);
            }
            self.so_far.passed = self.step(step, calls)?;
            if !self.so_far.passed {
                break;
            }
        }
        let [(arm, _), ..] = self.sources.as_slice() else { return Err(Open::NotAsked) };
        self.so_far.measured = self.sources.iter().all(|(of, own)| of == arm && *own);
        Ok(self.so_far)
    }

    /// Whether the step passes in the end.
    fn step(&mut self, step: &'a str, calls: &'a [Call]) -> Result<bool, Open> {
        // Answers of an arm that is called twice over go on where the first call ended.
        let mut taken: Vec<&str> = Vec::new();
        for call in calls {
            for time in 0..call.times {
                let before = taken.iter().filter(|arm| **arm == call.arm).count();
                let answer = self.asked.answer(&call.arm, step, self.repeat, before);
                let (attempt, own) = answer.ok_or(Open::NoAnswer)?;
                let kind = attempt.outcome.kind;
                if kind.family() == Family::Harness {
                    return Err(Open::Harness);
                }
                taken.push(&call.arm);
                self.sources.push((&call.arm, own));
                self.so_far.calls += 1;
                self.so_far.time = self.so_far.time + call.mean_wait(time) + attempt.timings.total;
                let cost = (self.price)(&call.arm).and_then(|price| price.of(attempt));
                self.so_far.cost = self.so_far.cost.zip(cost).map(|(sum, cost)| sum + cost);
                if attempt.outcome.passed() {
                    return Ok(true);
                }
                if !call.on.contain(kind) {
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }
}

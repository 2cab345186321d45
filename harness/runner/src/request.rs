//! From a planned attempt to the request, the same for every arm of its block but for one thing.

use std::collections::BTreeMap;

use gonogo_backend::Ask;
use gonogo_core::{Case, Message, Plan, Planned, Request, Role, Sampling, Suite};

use crate::RunError;

/// What holds for every case that does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Defaults {
    /// Completion tokens at most.
    pub max_tokens: u32,
    /// Softmax temperature; 0 is greedy.
    pub temperature: f64,
}

impl Defaults {
    /// The request that a run with these defaults makes at the step that `planned` names, after these `answers`
    /// to the steps before, on an arm that `constrains` or on a control: what a stored capture must have been asked.
    ///
    /// # Errors
    /// [`RunError::NoCase`].
    pub fn request(
        self,
        plan: &Plan,
        planned: &Planned,
        answers: &BTreeMap<String, String>,
        constrains: bool,
    ) -> Result<Request, RunError> {
        Ok(ask(plan, planned, 0, answers, self, constrains)?.request)
    }
}

/// What to ask for `planned`, at the step that its key names.
///
/// `constrains` is the one difference between arms: a control is asked without the constraint,
/// although its prompt is the same and its answer is judged by the same oracle. Backends never
/// have to know that they are a control.
///
/// # Errors
/// [`RunError::NoCase`].
pub(crate) fn ask(
    plan: &Plan,
    planned: &Planned,
    r#try: u32,
    answers: &BTreeMap<String, String>,
    defaults: Defaults,
    constrains: bool,
) -> Result<Ask, RunError> {
    let (suite, case) = find(plan, planned)?;
    let missing = || RunError::NoCase { key: Box::new(planned.key.clone()) };
    let step = case.step(&planned.key.step).ok_or_else(missing)?;
    let rung = planned.key.rung.as_deref();
    let sampling = Sampling {
        max_tokens: step.max_tokens.unwrap_or(defaults.max_tokens),
        temperature: step.temperature.unwrap_or(defaults.temperature),
        seed: planned.seed,
    };
    let task = [&step.prompt_with(answers), suite.step_hint(&step, rung)];
    let constraint = suite.step_oracle(&step, rung).constraint.filter(|_| constrains);
    let request = Request { messages: messages(suite, task), constraint, sampling };
    Ok(Ask { label: Ask::label_for(&planned.key), r#try, request })
}

/// The case that was planned, in the plan's own copy of its suite.
pub(crate) fn find<'a>(plan: &'a Plan, planned: &Planned) -> Result<(&'a Suite, &'a Case), RunError> {
    let key = &planned.key;
    let missing = || RunError::NoCase { key: Box::new(key.clone()) };
    let suite = plan.suite(&key.suite).ok_or_else(missing)?;
    let case = suite.case(&key.case).ok_or_else(missing)?;
    match &key.rung {
        Some(rung) if suite.rung(rung).is_none() => Err(missing()),
        Some(_) | None => Ok((suite, case)),
    }
}

/// The suite's standing instructions, where it has any; then the task, and below it what the rung
/// says about the shape of the answer.
fn messages(suite: &Suite, task: [&str; 2]) -> Vec<Message> {
    let task: Vec<_> = task.into_iter().filter(|part| !part.is_empty()).collect();
    let mut messages = Vec::with_capacity(2);
    if !suite.system.is_empty() {
        messages.push(Message { role: Role::System, content: suite.system.clone() });
    }
    messages.push(Message { role: Role::User, content: task.join("\n\n") });
    messages
}

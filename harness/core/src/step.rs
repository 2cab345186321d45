//! Cases of several steps: each asked with the answers of those before it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Answer, Assertion, Case, Constraint, Expectation, KnownBad, Oracle, Suite};

/// Name of the one step of a case that has no others.
pub const ANSWER_STEP: &str = "answer";

/// A step before a case's last, complete in itself. The last one is the case's own prompt,
/// constraint, sampling, assertions and reference answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name, unique in the case.
    pub name: String,
    /// The task; `{{step:NAME}}` stands for the answer of an earlier step.
    pub prompt: String,
    /// What the backend must enforce. The ladder is for the last step only.
    pub constraint: Constraint,
    /// Completion tokens at most; `None` takes the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Sampling temperature; `None` takes the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// What must hold of a valid answer.
    pub assertions: Vec<Assertion>,
    /// Answers the oracle must accept.
    pub good: Vec<Answer>,
    /// Answers the oracle must refuse, and as what.
    pub bad: Vec<KnownBad>,
}

/// A step of a case, the last or an earlier one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepView<'a> {
    /// Name, unique in the case; [`ANSWER_STEP`] in a case of one step.
    pub name: &'a str,
    /// The task as the suite words it; [`StepView::prompt_with`] fills it in.
    pub prompt: &'a str,
    /// The step's own constraint; `None`, in a last step only, takes the rung's.
    pub constraint: Option<&'a Constraint>,
    /// Completion tokens at most; `None` takes the run's.
    pub max_tokens: Option<u32>,
    /// Sampling temperature; `None` takes the run's.
    pub temperature: Option<f64>,
    /// What must hold of a valid answer.
    pub assertions: &'a [Assertion],
    /// The outcome that counts as a pass; [`Expectation::Pass`] in every earlier step.
    pub expect: Expectation,
    /// Answers the oracle must accept.
    pub good: &'a [Answer],
    /// Answers the oracle must refuse, and as what.
    pub bad: &'a [KnownBad],
}

impl StepView<'_> {
    /// The task with each `{{step:NAME}}` replaced by the answer of that step, byte for byte.
    ///
    /// What an answer holds is not filled in again, and a step without an answer stays as it is
    /// written: a suite that was read names earlier steps only.
    #[must_use]
    pub fn prompt_with(&self, answers: &BTreeMap<String, String>) -> String {
        let mut filled = String::with_capacity(self.prompt.len());
        let mut rest = self.prompt;
        while let Some((before, name, after)) = split_at_placeholder(rest) {
            filled.push_str(before);
            match answers.get(name) {
                Some(answer) => filled.push_str(answer),
                None => filled.extend([OPEN, name, CLOSE]),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// The steps whose answers `prompt` asks for with `{{step:NAME}}`, in the order it names them.
#[must_use]
pub fn mentioned_steps(prompt: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = prompt;
    while let Some((_, name, after)) = split_at_placeholder(rest) {
        names.push(name);
        rest = after;
    }
    names
}

impl Case {
    /// The last step; the only one of most cases.
    #[must_use]
    pub fn last(&self) -> StepView<'_> {
        StepView {
            name: &self.last_step,
            prompt: &self.prompt,
            constraint: self.constraint.as_ref(),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            assertions: &self.assertions,
            expect: self.expect,
            good: &self.good,
            bad: &self.bad,
        }
    }

    /// Every step, in the order they are asked; at least one.
    pub fn all_steps(&self) -> impl Iterator<Item = StepView<'_>> {
        self.steps.iter().map(view).chain(std::iter::once(self.last()))
    }

    /// The steps' names, in the order they are asked; `answer` alone for a case of one step.
    #[must_use]
    pub fn step_names(&self) -> Vec<&str> {
        self.all_steps().map(|step| step.name).collect()
    }

    /// The step of this name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<StepView<'_>> {
        self.all_steps().find(|step| step.name == name)
    }

    /// Sets what each step leaves open of how its tokens are drawn.
    pub fn settle_sampling(&mut self, max_tokens: u32, temperature: f64) {
        for step in &mut self.steps {
            step.max_tokens.get_or_insert(max_tokens);
            step.temperature.get_or_insert(temperature);
        }
        self.max_tokens.get_or_insert(max_tokens);
        self.temperature.get_or_insert(temperature);
    }
}

impl Suite {
    /// The oracle of a case's step: its own constraint first, else the one of `rung`.
    #[must_use]
    pub fn step_oracle(&self, step: &StepView<'_>, rung: Option<&str>) -> Oracle {
        let own = step.constraint.cloned();
        let constraint = own.or_else(|| Some(self.rung(rung?)?.constraint.clone()));
        Oracle { constraint, assertions: step.assertions.to_vec(), expect: step.expect }
    }

    /// What `rung` says about the shape of the answer to a step; empty where the step has a
    /// constraint of its own, and so no rung.
    #[must_use]
    pub fn step_hint(&self, step: &StepView<'_>, rung: Option<&str>) -> &str {
        let rung = rung.filter(|_| step.constraint.is_none()).and_then(|rung| self.rung(rung));
        rung.map_or("", |rung| rung.hint.as_str())
    }
}

fn view(step: &Step) -> StepView<'_> {
    StepView {
        name: &step.name,
        prompt: &step.prompt,
        constraint: Some(&step.constraint),
        max_tokens: step.max_tokens,
        temperature: step.temperature,
        assertions: &step.assertions,
        expect: Expectation::Pass,
        good: &step.good,
        bad: &step.bad,
    }
}

const OPEN: &str = "{{step:";
const CLOSE: &str = "}}";

/// What stands before the first placeholder, its name, and what follows it.
fn split_at_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = text.split_once(OPEN)?;
    let (name, after) = after.split_once(CLOSE)?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ANSWER_STEP, Step, mentioned_steps};
    use crate::{Case, Constraint, ContentHash, Expectation, Kind, Rung, Suite};

    fn case() -> Case {
        serde_json::from_value(serde_json::json!({
            "name": "c", "why": "", "features": [], "prompt": "do", "assertions": [], "expect": "pass",
            "good": [], "bad": []
        }))
        .unwrap()
    }

    fn two_steps() -> Case {
        let ir = Step {
            name: "ir".into(),
            prompt: "describe".into(),
            constraint: Constraint::Regex("ir".into()),
            max_tokens: Some(9),
            temperature: None,
            assertions: vec![],
            good: vec![],
            bad: vec![],
        };
        let prompt = "IR: {{step:ir}}, again {{step:ir}}".into();
        let expect = Expectation::Kind(Kind::TruncatedBudget);
        Case { steps: vec![ir], last_step: "code".into(), prompt, expect, ..case() }
    }

    fn suite() -> Suite {
        let constraint = Constraint::Regex("rung".into());
        let rung = Rung {
            name: "flat".into(),
            why: String::new(),
            hint: "flatly".into(),
            constraint,
            good: vec![],
            bad: vec![],
        };
        Suite {
            name: "s".into(),
            language: None,
            why: String::new(),
            system: String::new(),
            rungs: vec![rung],
            default_rung: Some("flat".into()),
            sampling: crate::SuiteSampling::default(),
            cases: vec![],
            hash: ContentHash::of(b""),
        }
    }

    fn answers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_case_of_one_step_is_written_without_steps_and_reads_as_before_there_were_any() {
        let written = serde_json::to_value(case()).unwrap();
        assert!(written.get("steps").is_none() && written.get("last_step").is_none(), "{written}");
        assert_eq!(case().step_names(), [ANSWER_STEP]);
        let only = case();
        assert_eq!(only.step("answer").unwrap().prompt, "do");
        assert!(only.step("ir").is_none());
    }

    #[test]
    fn steps_come_in_order_and_survive_json() {
        let case = two_steps();
        assert_eq!(case.step_names(), ["ir", "code"]);
        let back: Case = serde_json::from_str(&serde_json::to_string(&case).unwrap()).unwrap();
        assert_eq!(back, case);
    }

    #[test]
    fn answers_are_filled_in_once_and_byte_for_byte() {
        let case = two_steps();
        let code = case.step("code").unwrap();
        assert_eq!(mentioned_steps(code.prompt), ["ir", "ir"]);
        let text = "{\"a\": \"{{step:ir}}\\n\"}";
        assert_eq!(
            code.prompt_with(&answers(&[("ir", text), ("other", "x")])),
            format!("IR: {text}, again {text}")
        );
        assert_eq!(code.prompt_with(&answers(&[])), code.prompt, "nothing to fill in");
        let cut = Case { prompt: "a {{step:ir} {{ step:ir }}".into(), ..two_steps() };
        let cut = cut.step("code").unwrap();
        assert_eq!(cut.prompt_with(&answers(&[("ir", "x")])), cut.prompt);
    }

    #[test]
    fn an_earlier_step_has_its_own_constraint_no_hint_and_expects_a_pass() {
        let (suite, case) = (suite(), two_steps());
        let [ir, code] = ["ir", "code"].map(|name| case.step(name).unwrap());
        let oracle = suite.step_oracle(&ir, Some("flat"));
        assert_eq!(oracle.constraint, Some(Constraint::Regex("ir".into())));
        assert_eq!((oracle.expect, suite.step_hint(&ir, Some("flat"))), (Expectation::Pass, ""));
        let oracle = suite.step_oracle(&code, Some("flat"));
        assert_eq!((oracle.clone(), code), (suite.oracle(&case, Some("flat")), case.last()));
        assert_eq!(oracle.constraint, Some(Constraint::Regex("rung".into())));
        assert_eq!(oracle.expect, Expectation::Kind(Kind::TruncatedBudget));
        assert_eq!(suite.step_hint(&code, Some("flat")), "flatly");
    }

    #[test]
    fn sampling_is_settled_for_every_step_and_changes_nothing_that_is_set() {
        let mut case = two_steps();
        case.settle_sampling(64, 0.5);
        let settled: Vec<_> = case.all_steps().map(|step| (step.max_tokens, step.temperature)).collect();
        assert_eq!(settled, [(Some(9), Some(0.5)), (Some(64), Some(0.5))]);
    }
}

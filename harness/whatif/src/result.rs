//! Every strategy over every attempt of a run.

use std::collections::BTreeMap;

use gonogo_compare::{CaseDifference, Difference};
use gonogo_core::{Attempt, Price, Provenance, Receipt, RunStatus};
use gonogo_stats::{
    Clustered, ClusteredRate, Confidence, Grouped, Interval, Quantile, Rate, cluster_bootstrap,
};
use gonogo_tables::table::real;

use crate::{
    Composed, Fault, Open, Strategies, Strategy,
    answers::{Answers, Asked, Question},
    compose::Walk,
};

/// Draws of the bootstrap of a ratio.
const DRAWS: usize = 2_000;

/// What strategies would have come to.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// The run.
    pub run: String,
    /// Rows by where their answers came from.
    pub provenance: Vec<(Provenance, u64)>,
    /// Attempts that each strategy is followed through: questions times repeats.
    pub attempts: u64,
    /// The run's own word for money; `None` where its arms have several, or no prices.
    pub currency: Option<String>,
    /// Why the rows are not the whole plan; `None` where they are.
    pub shortfall: Option<&'static str>,
    /// The run's temperature: at 0 an arm that is asked again says the same again.
    pub temperature: f64,
    /// One a strategy, in the file's order.
    pub lines: Vec<Line>,
}

/// What one strategy would have come to.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Why anybody argues for it.
    pub why: String,
    /// Attempts passed, of those that could be followed to their end.
    pub success: ClusteredRate,
    /// Of those, attempts that really went like this.
    pub measured: u64,
    /// Attempts that could not be followed, by why.
    pub open: BTreeMap<Open, u64>,
    /// Requests, over all attempts that could be followed.
    pub calls: u64,
    /// Time of an attempt, median and 95th percentile, failed ones included: nanoseconds.
    pub time: [Option<Quantile>; 2],
    /// Cost of an attempt, and of a success; `None` where a price is not known.
    pub cost: Option<[Spread; 2]>,
    /// Success minus that of the first strategy, at worst: an open attempt counts as failed here, and as passed
    /// on the first. What is followed to its end is no fair part of all: a strategy that tries again ends sooner
    /// where it passes.
    pub difference: Option<Difference>,
}

/// A ratio over cases and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The ratio.
    pub value: f64,
    /// By the cluster bootstrap at 95 %; `None` below two cases.
    pub interval: Option<Interval>,
}

impl Line {
    /// The least and the most that success can be, had open attempts all failed, or all passed.
    #[must_use]
    pub fn bounds(&self) -> [Rate; 2] {
        let open: u64 = self.open.values().sum();
        let Rate { passed, n } = self.success.rate;
        [Rate { passed, n: n + open }, Rate { passed: passed + open, n: n + open }]
    }
}

/// One attempt of a question, by the position of its case.
struct Followed {
    case: usize,
    result: Result<Composed, Open>,
}

/// Follows every strategy through a run.
///
/// # Errors
/// The first [`Fault`] of the strategies for this run.
pub fn what_if(strategies: &Strategies, receipt: &Receipt, attempts: &[Attempt]) -> Result<WhatIf, Fault> {
    let arms: Vec<&str> = receipt.arms.iter().map(|arm| arm.name.as_str()).collect();
    if let Some(fault) = strategies.fault(&arms) {
        return Err(fault);
    }
    let answers = Answers::new(attempts);
    let questions = answers.in_order();
    let price = |arm: &str| receipt.arm(arm).and_then(|arm| arm.price.as_ref());
    let followed: Vec<Vec<Followed>> =
        strategies.strategy.iter().map(|strategy| follow(strategy, &questions, &price)).collect();
    let first = followed.first().map_or(&[][..], Vec::as_slice);
    let lines = strategies.strategy.iter().zip(&followed).enumerate();
    Ok(WhatIf {
        run: receipt.run.clone(),
        provenance: provenance(attempts),
        attempts: first.len() as u64,
        currency: currency(receipt),
        shortfall: shortfall(receipt),
        temperature: receipt.temperature,
        lines: lines.map(|(at, (strategy, of))| line(strategy, of, (at > 0).then_some(first))).collect(),
    })
}

fn follow<'a>(
    strategy: &'a Strategy,
    questions: &[(Question<'a>, &Asked<'a>)],
    price: &dyn Fn(&str) -> Option<&'a Price>,
) -> Vec<Followed> {
    // Rungs of a case are one piece of evidence, as its repeats are.
    let mut cases: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (question, asked) in questions {
        let next = cases.len();
        let case = *cases.entry((question.0, question.1)).or_insert(next);
        for repeat in &asked.repeats {
            let result = Walk::new((*question, asked), *repeat, price).follow(strategy);
            all.push(Followed { case, result });
        }
    }
    all
}

fn line(strategy: &Strategy, followed: &[Followed], first: Option<&[Followed]>) -> Line {
    let mut cases: BTreeMap<usize, Case> = BTreeMap::new();
    let mut times = Grouped::default();
    let mut open = BTreeMap::new();
    let (mut measured, mut calls) = (0, 0);
    for Followed { case, result } in followed {
        match result {
            Ok(composed) => {
                cases.entry(*case).or_default().add(composed);
                times.push(composed.time.0, u32::try_from(*case).unwrap_or(u32::MAX));
                measured += u64::from(composed.measured);
                calls += u64::from(composed.calls);
            }
            Err(why) => *open.entry(*why).or_insert(0) += 1,
        }
    }
    let cases: Vec<Case> = cases.into_values().collect();
    let mut success = Clustered::default();
    cases.iter().for_each(|case| success.push(case.rate));
    let quantiles = times.sample().quantiles(&[0.5, 0.95], Confidence::P95);
    let quantile = |at: usize| quantiles.get(at).map(|of| of.quantile);
    Line {
        name: strategy.name.clone(),
        why: strategy.why.clone(),
        success: success.rate(Confidence::P95),
        measured,
        open,
        calls,
        time: [quantile(0), quantile(1)],
        cost: cost(&cases),
        difference: first.and_then(|first| difference(first, followed)),
    }
}

/// What a case's attempts came to.
#[derive(Debug, Clone, Copy)]
struct Case {
    rate: Rate,
    cost: Option<f64>,
}

impl Default for Case {
    fn default() -> Self {
        Self { rate: Rate { passed: 0, n: 0 }, cost: Some(0.0) }
    }
}

impl Case {
    fn add(&mut self, composed: &Composed) {
        self.rate.n += 1;
        self.rate.passed += u64::from(composed.passed);
        self.cost = self.cost.zip(composed.cost).map(|(sum, cost)| sum + cost);
    }
}

/// Cost of an attempt and of a success.
fn cost(cases: &[Case]) -> Option<[Spread; 2]> {
    let costs: Vec<f64> = cases.iter().map(|case| case.cost).collect::<Option<_>>()?;
    let known: Vec<(f64, Rate)> = costs.into_iter().zip(cases.iter().map(|case| case.rate)).collect();
    let ratio = |cases: &[&(f64, Rate)], per: fn(&Rate) -> u64| {
        let over: u64 = cases.iter().map(|(_, rate)| per(rate)).sum();
        (over > 0).then(|| cases.iter().map(|(cost, _)| cost).sum::<f64>() / real(over))
    };
    let spread = |per: fn(&Rate) -> u64| {
        let all: Vec<_> = known.iter().collect();
        // Always the same draws: what is shown is a function of the rows.
        let mut draws = fastrand::Rng::with_seed(0);
        let statistic = |drawn: &[&(f64, Rate)]| ratio(drawn, per);
        let interval = cluster_bootstrap(&known, statistic, DRAWS, |n| draws.usize(..n), Confidence::P95);
        Some(Spread { value: ratio(&all, per)?, interval })
    };
    Some([spread(|rate| rate.n)?, spread(|rate| rate.passed)?])
}

fn difference(first: &[Followed], second: &[Followed]) -> Option<Difference> {
    let mut cases: BTreeMap<usize, CaseDifference> = BTreeMap::new();
    let mut only = [0, 0];
    for (baseline, candidate) in first.iter().zip(second) {
        let before = baseline.result.as_ref().map_or(true, |composed| composed.passed);
        let after = candidate.result.as_ref().is_ok_and(|composed| composed.passed);
        let case = cases.entry(baseline.case).or_insert(CaseDifference { n: 0, passed: [0, 0] });
        case.n += 1;
        case.passed[0] += u64::from(before);
        case.passed[1] += u64::from(after);
        only[0] += u64::from(before && !after);
        only[1] += u64::from(!before && after);
    }
    Difference::of_cases(&cases.into_values().collect::<Vec<_>>(), only)
}

fn shortfall(receipt: &Receipt) -> Option<&'static str> {
    match (receipt.status, &receipt.shard) {
        (RunStatus::Unfinished, _) => Some("the run is unfinished"),
        (RunStatus::Complete, Some(_)) => Some("the run is one shard of its plan"),
        (RunStatus::Complete, None) => None,
    }
}

fn provenance(attempts: &[Attempt]) -> Vec<(Provenance, u64)> {
    let mut counts = BTreeMap::new();
    attempts.iter().for_each(|attempt| *counts.entry(attempt.provenance).or_insert(0) += 1);
    counts.into_iter().collect()
}

/// The currency that all arms with a price share.
fn currency(receipt: &Receipt) -> Option<String> {
    let mut of = receipt.arms.iter().filter_map(|arm| Some(arm.price.as_ref()?.currency()));
    let first = of.next()?;
    of.all(|other| other == first).then(|| first.to_owned())
}

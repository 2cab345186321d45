//! Which attempts a run makes, and in which order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{AttemptKey, Case, ContentHash, FORMAT, Shard, Suite, SuiteReceipt};

/// What the order depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// Arm names, in the order given.
    pub arms: Vec<String>,
    /// How often each case is tried on each arm; at least 1.
    pub repeat: u32,
    /// Seed of the order and of every draw.
    pub seed: u64,
    /// Rungs to run; empty takes each suite's default.
    pub rungs: Vec<String>,
    /// Cases to run, by name; empty takes all.
    pub cases: Vec<String>,
    /// The part to make here; `None` makes the whole plan.
    pub shard: Option<Shard>,
}

impl PlanOptions {
    fn takes(&self, case: &Case) -> bool {
        self.cases.is_empty() || self.cases.contains(&case.name)
    }
}

/// A run's attempts in order, with the suites as they were read, so that a stored run can be
/// judged again after the suites have moved on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT`] at the time of writing.
    pub format: u32,
    /// The seed it was made from.
    pub seed: u64,
    /// The suites it draws on, whole, also where only some of their cases are planned.
    pub suites: Vec<Suite>,
    /// The attempts, in the order they are to be made.
    pub attempts: Vec<Planned>,
    /// Attempts of the same plan that other shards make, in plan order; none where this is the whole plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Planned>,
}

/// One attempt to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Position in the plan, from 0.
    pub index: u32,
    /// Attempts of one block share case and repeat and differ only in the arm.
    pub block: u32,
    /// What to try.
    #[serde(flatten)]
    pub key: AttemptKey,
    /// Seed of the draw: the same for every arm of the block.
    pub seed: u64,
}

impl Plan {
    /// Interleaves the arms in seeded random blocks: block order is shuffled, and so is the
    /// order of arms inside each block, so that drift of the machine or the endpoint falls on
    /// all arms alike. A suite without a case to run is left out. A shard keeps the index, the block
    /// and the seed that an attempt has in the whole plan.
    #[must_use]
    pub fn new(mut suites: Vec<Suite>, options: &PlanOptions) -> Self {
        suites.retain(|suite| suite.cases.iter().any(|case| options.takes(case)));
        let mut rng = fastrand::Rng::with_seed(options.seed);
        let mut blocks = blocks(&suites, options);
        rng.shuffle(&mut blocks);
        let mut attempts = Vec::with_capacity(blocks.len() * options.arms.len());
        for (number, block) in blocks.iter().enumerate() {
            let mut arms = options.arms.clone();
            rng.shuffle(&mut arms);
            for arm in arms {
                attempts.push(Planned {
                    index: count(attempts.len()),
                    block: count(number),
                    key: AttemptKey { arm, ..block.clone() },
                    seed: draw_seed(options.seed, block),
                });
            }
        }
        let here = |planned: &Planned| options.shard.is_none_or(|shard| shard.takes(planned.block));
        let (attempts, elsewhere) = attempts.into_iter().partition(here);
        Self { format: FORMAT, seed: options.seed, suites, attempts, elsewhere }
    }

    /// The plan of which this is a shard, or itself.
    #[must_use]
    pub fn whole(&self) -> Self {
        let mut whole = self.clone();
        whole.attempts.append(&mut whole.elsewhere);
        whole.attempts.sort_by_key(|planned| planned.index);
        whole
    }

    /// The plan without the attempts that `keep` refuses, numbered anew; a shard stays the shard that it was.
    #[must_use]
    pub fn only(self, keep: impl Fn(&Planned) -> bool) -> Self {
        let here: BTreeSet<u32> = self.attempts.iter().map(|planned| planned.index).collect();
        let mut whole = self.whole();
        whole.attempts.retain(keep);
        for (planned, index) in std::mem::take(&mut whole.attempts).into_iter().zip(0..) {
            let side = if here.contains(&planned.index) { &mut whole.attempts } else { &mut whole.elsewhere };
            side.push(Planned { index, ..planned });
        }
        whole
    }

    /// SHA-256 of the whole plan's JSON: the shards of one plan agree in it, and no others do.
    ///
    /// # Errors
    /// None that a plan can cause; serde's own.
    pub fn hash(&self) -> Result<ContentHash, serde_json::Error> {
        serde_json::to_vec(&self.whole()).map(|json| ContentHash::of(&json))
    }

    /// Attempts of the whole plan.
    #[must_use]
    pub fn planned(&self) -> u32 {
        count(self.attempts.len() + self.elsewhere.len())
    }

    /// The attempt with this index, which is its place unless the plan is a part of another.
    #[must_use]
    pub fn attempt(&self, index: u32) -> Option<&Planned> {
        let at = self.attempts.binary_search_by_key(&index, |planned| planned.index).ok()?;
        self.attempts.get(at)
    }

    /// The suite of this name.
    #[must_use]
    pub fn suite(&self, name: &str) -> Option<&Suite> {
        self.suites.iter().find(|suite| suite.name == name)
    }

    /// What the receipt says of each suite, in the whole plan.
    #[must_use]
    pub fn suite_receipts(&self) -> Vec<SuiteReceipt> {
        let receipt = |suite: &Suite| {
            let all = self.attempts.iter().chain(&self.elsewhere);
            let attempts = all.filter(|planned| planned.key.suite == suite.name);
            let cases: BTreeSet<_> = attempts.map(|planned| &planned.key.case).collect();
            SuiteReceipt {
                name: suite.name.clone(),
                hash: suite.hash.clone(),
                cases: count(cases.len()),
                of_cases: Some(count(suite.cases.len())),
            }
        };
        self.suites.iter().map(receipt).collect()
    }
}

/// Every (suite, case, rung, repeat) once, with an empty arm.
fn blocks(suites: &[Suite], options: &PlanOptions) -> Vec<AttemptKey> {
    let mut blocks = Vec::new();
    for suite in suites {
        for case in suite.cases.iter().filter(|case| options.takes(case)) {
            let rungs = if case.constraint.is_some() { vec![None] } else { chosen_rungs(suite, options) };
            for rung in rungs {
                for repeat in 0..options.repeat.max(1) {
                    blocks.push(AttemptKey {
                        suite: suite.name.clone(),
                        case: case.name.clone(),
                        step: case.last_step.clone(),
                        rung: rung.clone(),
                        arm: String::new(),
                        repeat,
                    });
                }
            }
        }
    }
    blocks
}

/// The rungs asked for that this suite has, in ladder order; its default when none was asked
/// for or it has none of those.
fn chosen_rungs(suite: &Suite, options: &PlanOptions) -> Vec<Option<String>> {
    let asked: Vec<_> = suite
        .rungs
        .iter()
        .filter(|rung| options.rungs.contains(&rung.name))
        .map(|rung| Some(rung.name.clone()))
        .collect();
    if asked.is_empty() { vec![suite.default_rung.clone()] } else { asked }
}

/// A seed that depends on the run's seed and the block, not on the arm or the order.
fn draw_seed(seed: u64, block: &AttemptKey) -> u64 {
    let hash = ContentHash::of(format!("{seed} {block}").as_bytes());
    u64::from_str_radix(hash.as_str().get(..16).unwrap_or("0"), 16).unwrap_or_default()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Plan, PlanOptions};
    use crate::{Case, ContentHash, Expectation, Shard, Suite};

    fn suite(cases: usize) -> Suite {
        let case = |n: usize| Case {
            name: format!("case-{n}"),
            why: String::new(),
            features: vec![],
            steps: vec![],
            last_step: "answer".into(),
            prompt: String::new(),
            constraint: None,
            max_tokens: None,
            temperature: None,
            assertions: vec![],
            expect: Expectation::Pass,
            good: vec![],
            bad: vec![],
        };
        Suite {
            name: "s".into(),
            language: None,
            why: String::new(),
            system: String::new(),
            rungs: vec![],
            default_rung: None,
            sampling: crate::SuiteSampling::default(),
            cases: (0..cases).map(case).collect(),
            hash: ContentHash::of(b""),
        }
    }

    fn options(seed: u64) -> PlanOptions {
        PlanOptions {
            arms: vec!["a".into(), "b".into(), "c".into()],
            repeat: 2,
            seed,
            rungs: vec![],
            cases: vec![],
            shard: None,
        }
    }

    #[test]
    fn every_combination_is_planned_once_and_blocks_hold_every_arm() {
        let plan = Plan::new(vec![suite(7)], &options(7));
        assert_eq!(plan.attempts.len(), 7 * 2 * 3);
        let keys: BTreeSet<_> = plan.attempts.iter().map(|planned| &planned.key).collect();
        assert_eq!(keys.len(), plan.attempts.len());
        for block in plan.attempts.chunks(3) {
            assert!(block.iter().all(|planned| planned.block == block[0].block));
            assert!(block.iter().all(|planned| planned.seed == block[0].seed));
            let arms: BTreeSet<_> = block.iter().map(|planned| &planned.key.arm).collect();
            assert_eq!(arms.len(), 3);
        }
    }

    #[test]
    fn the_seed_decides_the_order_and_nothing_else_does() {
        let order = |seed| Plan::new(vec![suite(7)], &options(seed)).attempts;
        assert_eq!(order(7), order(7));
        assert_ne!(order(7), order(8));
    }

    #[test]
    fn chosen_cases_are_planned_alone_and_the_receipt_counts_them_beside_the_whole_suite() {
        let other = Suite { name: "other".into(), ..suite(1) };
        let options = PlanOptions { cases: vec!["case-1".into(), "case-4".into()], ..options(7) };
        let plan = Plan::new(vec![suite(7), other], &options);
        assert_eq!(plan.attempts.len(), 2 * 2 * 3);
        assert!(plan.attempts.iter().all(|planned| options.cases.contains(&planned.key.case)));
        assert_eq!(plan.suites, [suite(7)], "whole, because the hash is of the whole");
        let receipts = plan.suite_receipts();
        assert_eq!(
            receipts.iter().map(|suite| (suite.cases, suite.of_cases)).collect::<Vec<_>>(),
            [(2, Some(7))]
        );
    }

    #[test]
    fn shards_are_of_whole_blocks_and_together_the_plan() {
        let whole = Plan::new(vec![suite(7)], &options(7));
        for of in 1..=20 {
            let shard = |number| Plan::new(vec![suite(7)], &shard_options(number, of));
            let shards: Vec<Plan> = (1..=of).map(shard).collect();
            let mut attempts: Vec<_> = shards.iter().flat_map(|shard| shard.attempts.clone()).collect();
            attempts.sort_by_key(|planned| planned.index);
            assert_eq!(attempts, whole.attempts, "disjoint and complete, of {of}");
            let blocks = |shard: &Plan| shard.attempts.len() / 3;
            let sizes: BTreeSet<_> = shards.iter().map(blocks).collect();
            assert!(sizes.last().unwrap() - sizes.first().unwrap() <= 1, "{sizes:?}");
            for shard in &shards {
                assert!(
                    shard.attempts.chunks(3).all(|block| block.iter().all(|a| a.block == block[0].block))
                );
                assert_eq!(shard.whole(), whole);
                assert_eq!(shard.hash().unwrap(), whole.hash().unwrap());
                assert_eq!((shard.planned(), shard.suite_receipts()), (42, whole.suite_receipts()));
            }
        }
    }

    #[test]
    fn a_narrowed_plan_is_sharded_as_the_whole_one_is() {
        let keep = |planned: &super::Planned| planned.key.case != "case-3";
        let whole = Plan::new(vec![suite(7)], &options(7)).only(keep);
        let indexes: Vec<u32> = whole.attempts.iter().map(|planned| planned.index).collect();
        assert_eq!(indexes, (0..36).collect::<Vec<_>>());
        for number in 1..=4 {
            let shard = Plan::new(vec![suite(7)], &shard_options(number, 4)).only(keep);
            assert!(!shard.attempts.is_empty() && !shard.elsewhere.is_empty());
            assert_eq!((shard.whole(), shard.hash().unwrap()), (whole.clone(), whole.hash().unwrap()));
        }
    }

    #[test]
    fn other_plans_have_other_hashes() {
        let hash = |options: &PlanOptions| Plan::new(vec![suite(7)], options).hash().unwrap();
        let base = hash(&options(7));
        assert_ne!(base, hash(&options(8)));
        assert_ne!(base, hash(&PlanOptions { repeat: 3, ..options(7) }));
        assert_ne!(base, hash(&PlanOptions { arms: vec!["a".into()], ..options(7) }));
    }

    fn shard_options(number: u32, of: u32) -> PlanOptions {
        PlanOptions { shard: Some(Shard { number, of }), ..options(7) }
    }

    #[test]
    fn arms_are_not_always_in_the_same_order() {
        let plan = Plan::new(vec![suite(20)], &options(1));
        let firsts: BTreeSet<_> = plan.attempts.chunks(3).map(|block| &block[0].key.arm).collect();
        assert_eq!(firsts.len(), 3);
    }
}

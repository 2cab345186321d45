//! Shards of any plan are disjoint, together the plan, and whole blocks.

#![expect(clippy::unwrap_used, reason = "a plan that cannot be made up fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{ContentHash, Plan, PlanOptions, Shard, Suite};
use proptest::prelude::*;
use serde_json::json;

fn suite(cases: u32) -> Suite {
    let case = |n| {
        json!({"name": format!("case-{n}"), "why": "", "features": [], "prompt": "",
        "constraint": null, "max_tokens": null, "temperature": null, "assertions": [], "expect": "pass",
        "good": [], "bad": []})
    };
    let cases: Vec<_> = (0..cases).map(case).collect();
    serde_json::from_value(json!({"name": "s", "language": null, "why": "", "system": "", "rungs": [],
        "default_rung": null, "sampling": {}, "cases": cases, "hash": ContentHash::of(b"")}))
    .unwrap()
}

fn plan(cases: u32, repeat: u32, arms: u32, seed: u64, shard: Option<Shard>) -> Plan {
    let arms = (0..arms).map(|n| format!("arm-{n}")).collect();
    Plan::new(vec![suite(cases)], &PlanOptions { arms, repeat, seed, rungs: vec![], cases: vec![], shard })
}

proptest! {
    #[test]
    fn shards_are_disjoint_complete_and_keep_every_pair(
        cases in 1_u32..12, repeat in 1_u32..4, arms in 1_u32..5, seed: u64, of in 1_u32..10,
    ) {
        let whole = plan(cases, repeat, arms, seed, None);
        let mut taken = BTreeSet::new();
        for number in 1..=of {
            let shard = plan(cases, repeat, arms, seed, Some(Shard { number, of }));
            let mut blocks: BTreeMap<u32, u32> = BTreeMap::new();
            for planned in &shard.attempts {
                prop_assert!(taken.insert(planned.index), "{} is in two shards", planned.key);
                prop_assert_eq!(Some(planned), whole.attempt(planned.index));
                *blocks.entry(planned.block).or_default() += 1;
            }
            prop_assert!(blocks.values().all(|attempts| *attempts == arms), "a pair is torn apart");
            prop_assert_eq!(shard.hash().unwrap(), whole.hash().unwrap());
            prop_assert_eq!(shard.planned(), whole.planned());
        }
        prop_assert_eq!(taken.len(), whole.attempts.len());
    }
}

//! What an engine does otherwise under matched options than under its defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Class, Configuration, trials::Trials};

/// One engine under both configurations, on the subjects with instances that were tried under both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The engine.
    pub engine: String,
    /// Its arm under defaults, and its matched one.
    pub arms: [String; 2],
    /// Subjects with instances and a trial on both.
    pub schemas: u64,
    /// Those that came out in another class, by both classes, the most frequent first.
    pub moves: Vec<Move>,
}

/// Subjects of one class under an engine's defaults and of another under matched options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The class under defaults.
    pub from: Class,
    /// The class under matched options.
    pub to: Class,
    /// How many subjects.
    pub schemas: u64,
    /// The first of them.
    pub subject: String,
}

/// Every engine with an arm of both configurations, in the order of its defaults arm.
pub(crate) fn moved(trials: &Trials<'_>) -> Vec<Moved> {
    let [defaults, matched] = Configuration::ALL.map(|configuration| trials.of(configuration));
    let pairs = defaults.into_iter().filter_map(|arm| {
        let engine = &trials.arm(arm).engine;
        let other = matched.iter().find(|other| trials.arm(**other).engine == *engine)?;
        Some([arm, *other])
    });
    pairs.map(|pair| of_engine(trials, pair)).collect()
}

fn of_engine(trials: &Trials<'_>, pair: [usize; 2]) -> Moved {
    let mut schemas = 0;
    let mut moves: BTreeMap<(Class, Class), Move> = BTreeMap::new();
    for (place, subject) in trials.survey.subjects.iter().enumerate() {
        let [Some(before), Some(after)] = pair.map(|arm| trials.get(arm, place)) else { continue };
        if subject.instances.is_empty() {
            continue;
        }
        schemas += 1;
        let (from, to) = (before.judged.class, after.judged.class);
        if from != to {
            let first = || Move { from, to, schemas: 0, subject: subject.id.clone() };
            moves.entry((from, to)).or_insert_with(first).schemas += 1;
        }
    }
    let mut moves: Vec<Move> = moves.into_values().collect();
    moves.sort_by_key(|of| std::cmp::Reverse(of.schemas));
    Moved {
        engine: trials.arm(pair[0]).engine.clone(),
        arms: pair.map(|arm| trials.arm(arm).name.clone()),
        schemas,
        moves,
    }
}

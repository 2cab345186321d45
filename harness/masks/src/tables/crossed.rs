//! Two arms on the same schemas: which of them treats which rightly.

use gonogo_stats::mcnemar_exact;
use serde::{Deserialize, Serialize};

use crate::{Blame, Class, Configuration, trials::Trials};

/// Two arms of one configuration on the subjects with instances that were tried on both. `both`, `only` and
/// `neither` sum to `schemas`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossed {
    /// Their names.
    pub arms: [String; 2],
    /// Their configuration.
    pub configuration: Configuration,
    /// Subjects with instances and a trial on both.
    pub schemas: u64,
    /// Those that both treat rightly.
    pub both: u64,
    /// Those that the first alone, and that the second alone, does.
    pub only: [u64; 2],
    /// Those that neither does.
    pub neither: u64,
    /// McNemar's exact p, of this one pair.
    pub p: f64,
}

/// Every pair of arms of one configuration.
pub(crate) fn crossed(trials: &Trials<'_>) -> Vec<Crossed> {
    trials.pairs().into_iter().map(|pair| of_pair(trials, pair)).collect()
}

fn of_pair(trials: &Trials<'_>, pair: [usize; 2]) -> Crossed {
    let mut crossed = Crossed {
        arms: pair.map(|arm| trials.arm(arm).name.clone()),
        configuration: trials.arm(pair[0]).configuration,
        schemas: 0,
        both: 0,
        only: [0; 2],
        neither: 0,
        p: 1.0,
    };
    for (place, subject) in trials.survey.subjects.iter().enumerate() {
        let [Some(first), Some(second)] = pair.map(|arm| trials.get(arm, place)) else { continue };
        // A fault of the harness says nothing of either engine.
        let is_ours = |class: Class| class.blame() == Blame::Harness;
        if subject.instances.is_empty() || [first, second].iter().any(|trial| is_ours(trial.judged.class)) {
            continue;
        }
        crossed.schemas += 1;
        match [first, second].map(|trial| trial.judged.class == Class::Ok) {
            [true, true] => crossed.both += 1,
            [true, false] => crossed.only[0] += 1,
            [false, true] => crossed.only[1] += 1,
            [false, false] => crossed.neither += 1,
        }
    }
    crossed.p = mcnemar_exact(crossed.only[0], crossed.only[1]);
    crossed
}

//! Why runs do not belong together.

use thiserror::Error;

/// Runs that cannot be one: which, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MergeError {
    /// No runs.
    #[error("there is nothing to merge: name the runs")]
    Nothing,
    /// A run that was merged before.
    #[error("`{run}` was merged already; name the runs that it was merged from, and those that it lacks")]
    AlreadyMerged {
        /// The run.
        run: String,
    },
    /// The plan is not the one that the receipt speaks of.
    #[error("the plan.json of `{run}` is not the plan that its receipt names; it was changed or damaged")]
    PlanChanged {
        /// The run.
        run: String,
    },
    /// Something that all parts must share.
    #[error("`{run}` has another {what} than `{other}`; merge runs of one build, with the same flags")]
    Differs {
        /// What.
        what: &'static str,
        /// The run.
        run: String,
        /// The run that came first.
        other: String,
    },
    /// A suite was another one.
    #[error(
        "suite `{suite}` was another one in `{run}` than in `{other}` (its hash differs); run both from one commit"
    )]
    Suite {
        /// The suite.
        suite: String,
        /// The run.
        run: String,
        /// The run that came first.
        other: String,
    },
    /// Neither a shard of the same plan, nor another arm on the same cases.
    #[error(
        "`{run}` is of another plan than `{other}`: other cases, rungs, repeats or sampling; merge shards of one plan"
    )]
    OtherPlan {
        /// The run.
        run: String,
        /// The run that came first.
        other: String,
    },
    /// Different arms, and nobody said that this is meant.
    #[error(
        "`{run}` has other arms than `{other}`: they were not interleaved, so a difference between them may be the hour's or \
         the machine's; run all arms in every shard, or merge with --across-arms, which says so in the report"
    )]
    NotInterleaved {
        /// The run.
        run: String,
        /// The run that came first.
        other: String,
    },
    /// An arm occurs in two plans.
    #[error("arm `{arm}` is in `{run}` and in a run of another plan; two plans of one arm are two runs")]
    ArmTwice {
        /// The arm.
        arm: String,
        /// The run.
        run: String,
    },
    /// An arm was not the same in all shards.
    #[error(
        "arm `{arm}` was not the same in `{run}` as in `{other}`: {what}; rows of different arms cannot share a name"
    )]
    Arm {
        /// The arm.
        arm: String,
        /// What differs.
        what: String,
        /// The run.
        run: String,
        /// The run that came first.
        other: String,
    },
    /// Two runs made the same attempt.
    #[error("`{run}` made an attempt that another run made, too: {attempt}; name each shard once")]
    Overlap {
        /// The run.
        run: String,
        /// The attempt.
        attempt: String,
    },
    /// A row that its plan does not have.
    #[error("`{run}` has a row that its plan does not have: {attempt}; its journal was changed")]
    Foreign {
        /// The run.
        run: String,
        /// The attempt.
        attempt: String,
    },
}

//! Doubts about a measurement, as values: each with what it means and what to do.

use serde::{Deserialize, Serialize};

/// A doubt. Reports print it under the table it concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caveat {
    /// Certificates went unchecked. It stands first: whoever reads on must know who may have answered.
    Insecure {
        /// The arm.
        arm: String,
    },
    /// Rows are missing.
    Unfinished {
        /// Rows present.
        rows: u32,
        /// Rows planned.
        planned: u32,
    },
    /// The rows are a part of a plan: other shards have the rest.
    Shards {
        /// Rows present.
        rows: u32,
        /// Rows planned, by all shards.
        planned: u32,
        /// The shards that are not here.
        missing: Vec<String>,
    },
    /// The arm's constraint was not shown to hold.
    Unproven {
        /// The arm.
        arm: String,
    },
    /// The constraint holds, but nobody shows that it is this engine which enforces it.
    EngineClaimed {
        /// The arm.
        arm: String,
        /// The engine that it names.
        engine: String,
        /// Why that is only its own word.
        why: String,
    },
    /// The arm's rows are not evidence.
    NotEvidence {
        /// The arm.
        arm: String,
        /// `replay` or `simulated`.
        provenance: String,
    },
    /// No source was judged, only its envelope.
    ShapeOnly,
    /// The working tree differed from the commit in the receipt.
    DirtyTree,
    /// The harness was built without optimisation.
    UnoptimisedBuild,
    /// Too few attempts to tell arms apart.
    SmallSample {
        /// Attempts per arm.
        n: u32,
    },
    /// Engines ran with their own defaults, which differ.
    DefaultsDiffer {
        /// The arms concerned.
        arms: Vec<String>,
    },
    /// An arm has nothing to time because nothing passed.
    NothingPassed {
        /// The arm.
        arm: String,
    },
    /// Compiling constraints was a visible share of an arm's time, because every attempt compiles
    /// its own.
    ColdCompile {
        /// The arm.
        arm: String,
        /// Share of the arm's total, per mille.
        per_mille: u32,
    },
    /// The arm's engine keeps what it has compiled, so its compile times are of two sorts.
    CompileCache {
        /// The arm.
        arm: String,
    },
    /// The harness' own work was a visible share of the time.
    Overhead {
        /// Share of the total, per mille.
        per_mille: u32,
    },
    /// Several attempts shared the machine.
    SharedMachine {
        /// Attempts in flight at a time.
        concurrency: u32,
        /// Logical cores.
        cores: u32,
    },
    /// Something else kept the machine busy when the run began.
    BusyMachine {
        /// Average over one minute of processes that ran or waited to, in hundredths.
        hundredths: u32,
        /// Logical cores.
        cores: u32,
    },
    /// Greedy decoding of a fixed prompt: repeats add no information.
    Deterministic,
    /// An arm failed so often in a row that the rest of its attempts were left out.
    GivenUp {
        /// The arm.
        arm: String,
        /// Attempts left out.
        left: u32,
    },
    /// The run had stopped and went on: what was left was made up for later.
    Resumed {
        /// When it went on.
        at: String,
        /// Attempts made up for.
        left: u32,
        /// Arms that had been given up.
        given_up: Vec<String>,
    },
    /// Answers were lost when the run stopped, and their attempts were asked again.
    AskedAgain {
        /// The arm.
        arm: String,
        /// Requests whose answers were lost.
        lost: u32,
    },
    /// Attempts were meant to start by a schedule that the harness could not keep.
    Behind {
        /// Attempts that started more than a gap of the schedule late.
        late: u32,
        /// Attempts there are.
        of: u32,
    },
    /// The rows are of several runs, each with its own machine and times.
    Merged {
        /// How many runs.
        runs: u32,
    },
    /// A merged run's arm was away when some of its runs began, so that they do not know what its server was.
    FactsUnknown {
        /// The arm.
        arm: String,
        /// The runs that do not know.
        runs: Vec<String>,
    },
    /// Arms ran in runs of their own, not a moment apart.
    NotInterleaved {
        /// The arms of each plan.
        groups: Vec<String>,
    },
}

impl Caveat {
    /// The fact of an arm that says whose certificates were believed.
    pub const TLS: &str = "tls";
    /// What that fact is of an arm whose certificates went unchecked.
    pub const NOT_VERIFIED: &str = "NOT VERIFIED";

    /// The doubt, in one sentence.
    #[expect(clippy::too_many_lines, reason = "one arm a doubt; split, it could miss one")]
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Insecure { arm } => format!(
                "INSECURE: no certificate of `{arm}` was checked, so anybody on the way may have read its key and \
                 written its answers; nothing is decided on them"
            ),
            Self::Unfinished { rows, planned } => {
                format!("the run is unfinished: {rows} of {planned} planned attempts have a row")
            }
            Self::Shards { rows, planned, missing } => format!(
                "{rows} of {planned} planned attempts are here; the others are of shard {}",
                missing.join(", ")
            ),
            Self::Unproven { arm } => {
                format!(
                    "no canary showed that `{arm}` enforces its constraint; read its label as \"unproven\""
                )
            }
            Self::EngineClaimed { arm, engine, why } => format!(
                "a constraint is enforced on `{arm}`, but that `{engine}` does it is only its configuration's word: {why}"
            ),
            Self::NotEvidence { arm, provenance } => {
                format!("the rows of `{arm}` are {provenance}: they say nothing about the backend today")
            }
            Self::ShapeOnly => {
                "a pass means that the answer has the demanded shape; no answer was compiled or run".into()
            }
            Self::DirtyTree => "the working tree differed from the commit in the receipt".into(),
            Self::UnoptimisedBuild => {
                "gonogo was built without optimisation; its timings are too high".into()
            }
            Self::SmallSample { n } => format!("{n} attempts per arm: only large differences can show"),
            Self::DefaultsDiffer { arms } => {
                format!("{} run with their engines' own defaults, which differ", arms.join(", "))
            }
            Self::NothingPassed { arm } => format!("`{arm}` passed nothing, so it has no latency of its own"),
            Self::ColdCompile { arm, per_mille } => format!(
                "`{arm}` spent {}.{} % of its time compiling: every attempt compiles its constraint afresh, \
                 where a server with the same schema all day compiles it once",
                per_mille / 10,
                per_mille % 10
            ),
            Self::CompileCache { arm } => format!(
                "`{arm}` keeps compiled constraints: the first attempt of a schema on a worker pays for compiling \
                 it, the others do not, so its compile times are of two sorts"
            ),
            Self::Overhead { per_mille } => {
                format!("the harness' own work was {}.{} % of the time", per_mille / 10, per_mille % 10)
            }
            Self::SharedMachine { concurrency, cores } => {
                format!("up to {concurrency} attempts at a time shared {cores} cores with the harness")
            }
            Self::BusyMachine { hundredths, cores } => format!(
                "the machine was busy when the run began: a load of {}.{:02} on {cores} cores, before anything of the run \
                 had started",
                hundredths / 100,
                hundredths % 100
            ),
            Self::Deterministic => {
                "decoding was greedy: the same prompt gives the same answer, so repeats add no information"
                    .into()
            }
            Self::GivenUp { arm, left } => format!(
                "`{arm}` was given up after failures of its infrastructure in a row; {left} of its attempts were left out"
            ),
            Self::Resumed { at, left, given_up } => format!(
                "the run had stopped; it went on at {at} and made up for {left} of its attempts{}",
                if given_up.is_empty() {
                    String::new()
                } else {
                    format!(", {} having been given up", given_up.join(", "))
                }
            ),
            Self::AskedAgain { arm, lost } => format!(
                "{lost} {} asked `{arm}` before in vain: the run stopped while the answers were under way, and they are lost",
                if *lost == 1 { "request had" } else { "requests had" }
            ),
            Self::Behind { late, of } => format!(
                "{late} of {of} attempts started later than the schedule meant them to, by more than one of its gaps"
            ),
            Self::Merged { runs } => format!(
                "{runs} runs were merged, each with its own machine and hour: attempts of one block ran together, those \
                 of different blocks did not"
            ),
            Self::FactsUnknown { arm, runs } => format!(
                "`{arm}` did not say in {} all of what its server is; what it said in the other runs is taken for it",
                runs.join(", ")
            ),
            Self::NotInterleaved { groups } => format!(
                "{} ran in runs of their own, not interleaved: a difference between them may be the hour's or the machine's",
                groups.join(" | ")
            ),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Insecure { .. } => {
                "name the authority in `ca_file` instead of `insecure` or --insecure, run again, and change the key"
            }
            Self::Unfinished { .. } => "finish it with `gonogo run --resume RUN`",
            Self::Shards { .. } => "make one run of all shards with `gonogo merge`",
            Self::Unproven { .. } => "run it without --no-canary, or do not use its name in a conclusion",
            Self::EngineClaimed { .. } => {
                "do not conclude about the engine by its name: pin it at the server and let the server say so, or use a \
                 channel that only it reads"
            }
            Self::NotEvidence { .. } => "run the same suites on a live or local arm",
            Self::ShapeOnly => {
                "read the answers, or add assertions and source checks, before you call code good"
            }
            Self::DirtyTree => "commit, then run again, so that the result can be reproduced",
            Self::UnoptimisedBuild => "build with --release",
            Self::SmallSample { .. } => {
                "add distinct cases; at a gate a case counts once, however often it is repeated"
            }
            Self::DefaultsDiffer { .. } => "compare the `-matched` arms before blaming an engine",
            Self::NothingPassed { .. } => {
                "read its failure families first; raise --max-tokens or lower the rung"
            }
            Self::ColdCompile { .. } => {
                "for warm schemas compare \"between tokens\" and \"mask per token\", not totals"
            }
            Self::CompileCache { .. } => {
                "read its p50 as a warm schema; compile times far above it are cold ones. The `-matched` arms compile every \
                 attempt's schema, on one thread"
            }
            Self::Overhead { .. } => "lower --concurrency, or move the harness off the machine under test",
            Self::SharedMachine { .. } => "use --concurrency 1 for latency you want to quote",
            Self::BusyMachine { .. } => {
                "trust no duration of it; end what else runs there, wait a minute, run again"
            }
            Self::Deterministic => "repeat with `--temperature` above 0 to see how much an answer varies",
            Self::GivenUp { .. } => "bring the endpoint back, then `gonogo run --resume` makes up for them",
            Self::Resumed { .. } => {
                "attempts of one block may lie as far apart as the sessions; to compare arms that were given up, run again"
            }
            Self::AskedAgain { .. } => {
                "expect them on the bill; what their answers took is in no figure here, and a server may answer faster what it \
                 was asked before"
            }
            Self::Behind { .. } => {
                "raise --concurrency or lower --rate; latency counts from the intended start"
            }
            Self::Merged { .. } => {
                "compare times in pairs; for a latency you want to quote, run unsharded on one machine"
            }
            Self::FactsUnknown { .. } => {
                "look up what ran there at that hour; facts that contradict each other are refused"
            }
            Self::NotInterleaved { .. } => {
                "judge each arm by its own thresholds; to compare them, run all arms in every shard"
            }
        }
    }
}

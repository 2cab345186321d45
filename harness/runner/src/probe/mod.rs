//! What a backend enforces, shown by answers that cannot come by chance.
//!
//! Three questions, in this order:
//!
//! 1. **Channels** (module `canary`): does what is sent through this member of the request bind the
//!    answer? Every canary has a nonce in its constraint and none in its prompt, and is asked with
//!    and without the constraint.
//! 2. **An uncompilable schema**: is it refused, or answered as if nothing had been asked for?
//! 3. **Keywords** (module `keyword`), on the arm's own channel: does this keyword of JSON Schema
//!    make a difference? Asked twice, with the keyword and without, under a prompt that tempts the
//!    model to break it.
//!
//! What an answer shows is decided by the project's judge (module `said`), what answers show
//! together by module `finding`. Only asking does I/O.

mod canary;
mod finding;
mod keyword;
mod said;

use std::{collections::BTreeMap, sync::Arc};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Constraint, Message, Request, Role, Sampling};
use gonogo_dialects::Form;

pub use finding::{Finding, Verdict};

use crate::{
    RunError,
    warm_up::{answer, nonce},
};
use canary::{Canary, HELLO, PROMPTS};
use keyword::Row;
use said::{Heard, Said, said};

/// Completion tokens of every answer: room for two nonces in any tokenizer.
const MAX_TOKENS: u32 = 64;

/// One way to put a constraint to an arm.
pub struct Way {
    /// The channel's name.
    pub channel: String,
    /// The forms of constraint that it takes.
    pub takes: Vec<Form>,
    /// Whether it is another server's, and asked only to show what this one makes of it.
    pub foreign: bool,
    /// Whether it is the channel that the arm itself uses.
    pub own: bool,
    /// Whether the answer comes in pieces.
    pub stream: bool,
    /// What answers.
    pub backend: Arc<dyn Backend>,
}

/// What to ask.
#[derive(Debug, Clone, Copy)]
pub struct ProbeOptions<'a> {
    /// The arm's name: nonces follow from it.
    pub arm: &'a str,
    /// Nonces and draws follow from it.
    pub seed: u64,
    /// Whether the keywords are asked for, too.
    pub keywords: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Every channel, in the order of the ways.
    pub channels: Vec<ChannelFinding>,
    /// Every keyword; empty where they were not asked for, or where the arm's own channel is not
    /// enforced or takes no schema.
    pub keywords: Vec<KeywordFinding>,
}

impl Probed {
    /// The finding on the channel that the arm itself uses.
    #[must_use]
    pub fn own(&self) -> Option<&ChannelFinding> {
        self.channels.iter().find(|channel| channel.own)
    }
}

/// What was found about one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelFinding {
    /// Its name.
    pub channel: String,
    /// Whether it is another server's.
    pub foreign: bool,
    /// Whether it is the arm's own.
    pub own: bool,
    /// All canaries together: ignored where one was ignored, else unclear where one was unclear,
    /// else enforced where one was enforced, else rejected.
    pub verdict: Verdict,
    /// Each canary, plain and streamed.
    pub canaries: Vec<CanaryFinding>,
    /// What became of a schema that cannot be compiled; absent where the channel takes no schema,
    /// or ignores those that can.
    pub uncompilable: Option<Finding>,
}

/// What was found with one canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryFinding {
    /// Its name.
    pub canary: &'static str,
    /// Whether the answer came in pieces.
    pub stream: bool,
    /// What it showed.
    pub finding: Finding,
}

/// What was found about one keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordFinding {
    /// The keyword, and what of it where that is not all.
    pub keyword: &'static str,
    /// What the answers showed.
    pub finding: Finding,
}

/// Asks everything, one request at a time; `note` is told what is asked next.
///
/// # Errors
/// [`RunError::Mute`] when the arm does not answer even without a constraint, [`RunError::Oracle`]
/// if a probe's own schema cannot be judged by.
pub async fn probe(
    ways: &[Way],
    options: &ProbeOptions<'_>,
    note: &mut (dyn FnMut(&str) + Send),
) -> Result<Probed, RunError> {
    let prober = Prober { options };
    let mut free = Free::default();
    let mut channels: Vec<ChannelFinding> = Vec::new();
    for way in ways {
        note(&format!("channel {}, {}", way.channel, if way.stream { "streamed" } else { "plain" }));
        let canaries = prober.canaries(way, &mut free).await?;
        match channels.iter_mut().find(|channel| channel.channel == way.channel) {
            Some(channel) => channel.canaries.extend(canaries),
            None => channels.push(ChannelFinding {
                channel: way.channel.clone(),
                foreign: way.foreign,
                own: way.own,
                verdict: Verdict::Unclear,
                canaries,
                uncompilable: None,
            }),
        }
    }
    for channel in &mut channels {
        channel.verdict = Verdict::together(channel.canaries.iter().map(|canary| canary.finding.verdict));
        let way = ways.iter().find(|way| way.channel == channel.channel && takes_schema(way));
        if let Some(way) = way.filter(|_| channel.verdict != Verdict::Ignored) {
            note(&format!("channel {}, an uncompilable schema", channel.channel));
            channel.uncompilable = Some(prober.uncompilable(way).await?);
        }
    }
    let enforced = channels.iter().any(|channel| channel.own && channel.verdict == Verdict::Enforced);
    let own = ways.iter().find(|way| way.own && takes_schema(way));
    let mut keywords = Vec::new();
    if let Some(way) = own.filter(|_| enforced && options.keywords) {
        for row in keyword::ROWS {
            note(&format!("keyword {}", row.keyword));
            keywords.push(prober.keyword(way, row).await?);
        }
    }
    Ok(Probed { channels, keywords })
}

fn takes_schema(way: &Way) -> bool {
    way.takes.contains(&Form::JsonSchema)
}

/// Answers without a constraint, by prompt and by whether they came in pieces.
#[derive(Default)]
struct Free(BTreeMap<(&'static str, bool), Said>);

struct Prober<'a> {
    options: &'a ProbeOptions<'a>,
}

impl Prober<'_> {
    async fn canaries(&self, way: &Way, free: &mut Free) -> Result<Vec<CanaryFinding>, RunError> {
        self.free(way, free).await?;
        let nonces = |label: &str| {
            [1, 2, 3].map(|n| {
                nonce(&format!("{} {} {label} {n}", self.options.arm, way.channel), self.options.seed)
            })
        };
        let mut findings = Vec::new();
        for canary in Canary::all(nonces).iter().filter(|canary| canary.fits(&way.takes)) {
            let constraint = canary.constraint.clone();
            let bound =
                self.ask(way, canary.name, canary.prompt, Some(constraint.clone()), Some(constraint)).await?;
            let Some(free) = free.0.get(&(canary.prompt, way.stream)) else { continue };
            let finding = finding::canary(&canary.opening, &bound, free);
            findings.push(CanaryFinding { canary: canary.name, stream: way.stream, finding });
        }
        Ok(findings)
    }

    /// Asks the canaries' prompts without a constraint, once for plain and once for streamed answers.
    async fn free(&self, way: &Way, free: &mut Free) -> Result<(), RunError> {
        for prompt in PROMPTS {
            if free.0.contains_key(&(prompt, way.stream)) {
                continue;
            }
            let said = self.ask(way, "free", prompt, None, None).await?;
            if prompt == HELLO && said.heard == Heard::Failed {
                return Err(RunError::Mute { arm: self.options.arm.to_owned(), cause: said.why });
            }
            free.0.insert((prompt, way.stream), said);
        }
        Ok(())
    }

    async fn uncompilable(&self, way: &Way) -> Result<Finding, RunError> {
        let key = self.key("uncompilable");
        let broken = r##"{"$ref":"#/$defs/missing"}"##;
        let constraint = Constraint::JsonSchema(keyword::wrap(&key, broken));
        let oracle = Constraint::JsonSchema(keyword::wrap(&key, "true"));
        let said = self.ask(way, "uncompilable", HELLO, Some(constraint), Some(oracle)).await?;
        Ok(finding::uncompilable(&said::Opening::key(&key), &said))
    }

    async fn keyword(&self, way: &Way, row: &'static Row) -> Result<KeywordFinding, RunError> {
        let key = self.key(row.keyword);
        let opening = said::Opening::key(&key);
        let prompt = row.prompt();
        let schema = |text: &str| Constraint::JsonSchema(keyword::wrap(&key, text));
        let tight = Some(schema(row.tight));
        let with = self.ask(way, row.keyword, &prompt, tight.clone(), tight.clone()).await?;
        // An easy twin is judged by itself: it shows that the legal value is all that is in the way.
        let oracle = if row.must_allow { Some(schema(row.loose)) } else { tight };
        let without = self.ask(way, row.keyword, &prompt, Some(schema(row.loose)), oracle).await?;
        let decide = if row.must_allow { finding::allows } else { finding::forbids };
        Ok(KeywordFinding { keyword: row.keyword, finding: decide(&opening, &with, &without) })
    }

    /// A key that nobody would write of their own accord.
    fn key(&self, label: &str) -> String {
        nonce(&format!("{} key {label}", self.options.arm), self.options.seed)
    }

    async fn ask(
        &self,
        way: &Way,
        what: &str,
        prompt: &str,
        constraint: Option<Constraint>,
        oracle: Option<Constraint>,
    ) -> Result<Said, RunError> {
        let message = Message { role: Role::User, content: prompt.to_owned() };
        let sampling = Sampling { max_tokens: MAX_TOKENS, temperature: 0.0, seed: self.options.seed };
        let request = Request { messages: vec![message], constraint, sampling };
        let label = format!("probe/{what}#{}", self.options.arm);
        said(&answer(&way.backend, Ask { label, r#try: 0, request }).await, oracle)
    }
}

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
//! Then, on the arm's own channel, how long an answer takes to begin under schemas that are new and
//! under the same ones again (module `latency`).
//!
//! Every answer is handed to the [`Watcher`] before anything reads it.
//!
//! What an answer shows is decided by the project's judge (module `said`), what answers show
//! together by module `finding`. Only asking does I/O.

mod canary;
mod finding;
mod keyword;
mod latency;
mod said;

use std::{collections::BTreeMap, sync::Arc};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Capture, Constraint, ContentHash, Message, ObserverError, Request, Role, Sampling};
use gonogo_dialects::Form;

pub use finding::{Finding, Verdict};
pub use latency::{Medians, SchemaLatency};

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
    /// The arm's name.
    pub arm: &'a str,
    /// Draws follow from it.
    pub seed: u64,
    /// Nonces follow from it, the seed and the arm: of another probe they are others, so that no cache answers them.
    pub fresh: u64,
    /// The keywords that are asked for, too.
    pub keywords: Keywords<'a>,
}

/// Rows of the table of keywords.
#[derive(Debug, Clone, Copy)]
pub enum Keywords<'a> {
    /// Every row.
    All,
    /// The rows of these keywords: see [`keywords`].
    Only(&'a [String]),
    /// None.
    None,
}

impl Keywords<'_> {
    fn has(self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|name| *name == row.name()),
            Self::None => false,
        }
    }
}

/// Every keyword that the table has rows of, in its order.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    let mut before = "";
    keyword::ROWS.iter().map(Row::name).filter(move |name| std::mem::replace(&mut before, name) != *name)
}

/// Watches a probe, and keeps its answers.
pub trait Watcher: Send {
    /// What is asked next, in words.
    fn asking(&mut self, what: &str);

    /// An answer, before anything reads it. Whoever keeps answers must have kept this one before
    /// returning.
    ///
    /// # Errors
    /// [`ObserverError`] where the probe must not go on: a full disk.
    fn captured(&mut self, asked: &Asked<'_>, capture: &Capture) -> Result<(), ObserverError>;
}

/// What an answer was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The channel.
    pub channel: &'a str,
    /// Whether the answer was to come in pieces.
    pub stream: bool,
    /// The canary, the keyword, or another name for what was to be shown.
    pub what: &'a str,
    /// The capture's address.
    pub hash: &'a ContentHash,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Every channel, in the order of the ways.
    pub channels: Vec<ChannelFinding>,
    /// Every keyword; empty where they were not asked for, or where the arm's own channel is not
    /// enforced or takes no schema.
    pub keywords: Vec<KeywordFinding>,
    /// New schemas against the same again; absent where the arm's own channel is not enforced or
    /// takes no schema.
    pub latency: Option<SchemaLatency>,
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

/// Asks everything, one request at a time.
///
/// # Errors
/// [`RunError::Mute`] when the arm does not answer even without a constraint, [`RunError::Observer`]
/// when the watcher cannot go on, [`RunError::Oracle`] if a probe's own schema cannot be judged by.
pub async fn probe(
    ways: &[Way],
    options: &ProbeOptions<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Probed, RunError> {
    let mut prober = Prober { options, watcher };
    let mut free = Free::default();
    let mut channels: Vec<ChannelFinding> = Vec::new();
    for way in ways {
        let mode = if way.stream { "streamed" } else { "plain" };
        prober.watcher.asking(&format!("channel {}, {mode}", way.channel));
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
            prober.watcher.asking(&format!("channel {}, an uncompilable schema", channel.channel));
            channel.uncompilable = Some(prober.uncompilable(way).await?);
        }
    }
    let enforced = channels.iter().any(|channel| channel.own && channel.verdict == Verdict::Enforced);
    let own = || ways.iter().filter(|way| way.own && enforced && takes_schema(way));
    let mut keywords = Vec::new();
    if let Some(way) = own().next() {
        for row in keyword::ROWS.iter().filter(|row| options.keywords.has(row)) {
            prober.watcher.asking(&format!("keyword {}", row.keyword));
            keywords.push(prober.keyword(way, row).await?);
        }
    }
    let latency = match own().find(|way| way.stream).or_else(|| own().next()) {
        Some(way) => Some(prober.latency(way).await?),
        None => None,
    };
    Ok(Probed { channels, keywords, latency })
}

fn takes_schema(way: &Way) -> bool {
    way.takes.contains(&Form::JsonSchema)
}

/// Answers without a constraint, by prompt and by whether they came in pieces.
#[derive(Default)]
struct Free(BTreeMap<(&'static str, bool), Heeded>);

/// An answer as it was read, and its address.
type Heeded = (Said, ContentHash);

/// What to ask.
struct Question<'a> {
    what: &'a str,
    prompt: &'a str,
    constraint: Option<Constraint>,
    /// What the answer is judged by.
    oracle: Option<Constraint>,
    max_tokens: u32,
}

struct Prober<'a> {
    options: &'a ProbeOptions<'a>,
    watcher: &'a mut dyn Watcher,
}

impl Prober<'_> {
    async fn canaries(&mut self, way: &Way, free: &mut Free) -> Result<Vec<CanaryFinding>, RunError> {
        self.free(way, free).await?;
        let nonces = |label: &str| [1, 2, 3].map(|n| self.nonce(&format!("{} {label} {n}", way.channel)));
        let mut findings = Vec::new();
        for canary in Canary::all(nonces).iter().filter(|canary| canary.fits(&way.takes)) {
            let constraint = canary.constraint.clone();
            let (bound, kept) = self.bound(way, canary.name, canary.prompt, constraint).await?;
            let Some((free, compared)) = free.0.get(&(canary.prompt, way.stream)) else { continue };
            let finding = finding::canary(&canary.opening, &bound, free);
            let finding = Finding { captures: vec![kept, compared.clone()], ..finding };
            findings.push(CanaryFinding { canary: canary.name, stream: way.stream, finding });
        }
        Ok(findings)
    }

    /// Asks the canaries' prompts without a constraint, once for plain and once for streamed answers.
    async fn free(&mut self, way: &Way, free: &mut Free) -> Result<(), RunError> {
        for prompt in PROMPTS {
            if free.0.contains_key(&(prompt, way.stream)) {
                continue;
            }
            let question =
                Question { what: "free", prompt, constraint: None, oracle: None, max_tokens: MAX_TOKENS };
            let (said, kept) = self.ask(way, question).await?;
            // Refused without a constraint, nothing it does with one can be read.
            if prompt == HELLO && matches!(said.heard, Heard::Failed | Heard::Refused) {
                return Err(RunError::Mute { arm: self.options.arm.to_owned(), cause: said.why });
            }
            free.0.insert((prompt, way.stream), (said, kept));
        }
        Ok(())
    }

    async fn uncompilable(&mut self, way: &Way) -> Result<Finding, RunError> {
        let key = self.key("uncompilable");
        let broken = r##"{"$ref":"#/$defs/missing"}"##;
        let question = Question {
            what: "uncompilable",
            prompt: HELLO,
            constraint: Some(Constraint::JsonSchema(keyword::wrap(&key, broken))),
            oracle: Some(Constraint::JsonSchema(keyword::wrap(&key, "true"))),
            max_tokens: MAX_TOKENS,
        };
        let (said, kept) = self.ask(way, question).await?;
        let finding = finding::uncompilable(&said::Opening::key(&key), &said);
        Ok(Finding { captures: vec![kept], ..finding })
    }

    async fn keyword(&mut self, way: &Way, row: &'static Row) -> Result<KeywordFinding, RunError> {
        // Of the seed alone: whether a model is tempted hangs on every letter, and a probe is to be repeatable.
        let key = nonce(&format!("{} key {}", self.options.arm, row.keyword), self.options.seed, None);
        let opening = said::Opening::key(&key);
        let prompt = row.prompt();
        let schema = |text: &str| Constraint::JsonSchema(keyword::wrap(&key, text));
        let (with, kept) = self.bound(way, row.keyword, &prompt, schema(row.tight)).await?;
        let twin = Question {
            what: row.keyword,
            prompt: &prompt,
            constraint: Some(schema(row.loose)),
            // An easy twin is judged by itself: it shows that the legal value is all that is in the way.
            oracle: Some(schema(if row.must_allow { row.loose } else { row.tight })),
            max_tokens: MAX_TOKENS,
        };
        let (without, compared) = self.ask(way, twin).await?;
        let decide = if row.must_allow { finding::allows } else { finding::forbids };
        let finding = decide(&opening, &with, &without);
        let finding = Finding { captures: vec![kept, compared], ..finding };
        Ok(KeywordFinding { keyword: row.keyword, finding })
    }

    /// New schemas, each asked twice in a row.
    async fn latency(&mut self, way: &Way) -> Result<SchemaLatency, RunError> {
        self.watcher.asking("new schemas, and the same again");
        let mut asked = Vec::new();
        for round in 0..latency::ROUNDS {
            let schema = latency::schema(|label| self.key(&format!("latency {round} {label}")));
            for what in ["cold", "warm"] {
                let question = Question {
                    what,
                    prompt: HELLO,
                    constraint: Some(schema.clone()),
                    oracle: Some(schema.clone()),
                    max_tokens: latency::MAX_TOKENS,
                };
                asked.push(self.ask(way, question).await?);
            }
        }
        Ok(SchemaLatency::of(way.stream, asked))
    }

    /// A key that nobody would write of their own accord.
    fn key(&self, label: &str) -> String {
        self.nonce(&format!("key {label}"))
    }

    fn nonce(&self, label: &str) -> String {
        nonce(&format!("{} {label}", self.options.arm), self.options.seed, Some(self.options.fresh))
    }

    /// An answer under a constraint that it is judged by.
    async fn bound(
        &mut self,
        way: &Way,
        what: &str,
        prompt: &str,
        constraint: Constraint,
    ) -> Result<Heeded, RunError> {
        let oracle = Some(constraint.clone());
        let constraint = Some(constraint);
        self.ask(way, Question { what, prompt, constraint, oracle, max_tokens: MAX_TOKENS }).await
    }

    async fn ask(&mut self, way: &Way, question: Question<'_>) -> Result<Heeded, RunError> {
        let Question { what, prompt, constraint, oracle, max_tokens } = question;
        let message = Message { role: Role::User, content: prompt.to_owned() };
        let sampling = Sampling { max_tokens, temperature: 0.0, seed: self.options.seed };
        let request = Request { messages: vec![message], constraint, sampling };
        let label = format!("probe/{what}#{}", self.options.arm);
        let capture = answer(&way.backend, Ask { label: label.clone(), r#try: 0, request }).await;
        let (hash, _) = capture.encode().map_err(|source| RunError::EncodeProbe { label, source })?;
        let asked = Asked { channel: &way.channel, stream: way.stream, what, hash: &hash };
        self.watcher.captured(&asked, &capture)?;
        Ok((said(&capture, oracle)?, hash))
    }
}

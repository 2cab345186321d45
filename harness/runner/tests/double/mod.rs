//! A backend that does as it is told, observers that remember, and a clock that stands still.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use gonogo_backend::{Ask, Backend, BoxFuture, Capabilities, Identity};
use gonogo_core::{
    Attempt, AttemptFacts, Capture, Case, Constraint, ContentHash, End, Event, Expectation, FORMAT, Frame,
    Kind, Machine, Nanos, Observer, ObserverError, Phase, Plan, PlanOptions, Provenance, Receipt, Request,
    Revision, RunStatus, Rung, Start, Suite,
};
use gonogo_runner::{Earlier, RunError};
use tokio::sync::watch;

/// What the backend does with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Right,
    LacksKey,
    Prose,
    Gateway,
    Refused,
    Panics,
}

impl Behaviour {
    pub const ALL: [Self; 6] =
        [Self::Right, Self::LacksKey, Self::Prose, Self::Gateway, Self::Refused, Self::Panics];

    /// What its row must say.
    pub fn kind(self) -> Kind {
        match self {
            Self::Right => Kind::Passed,
            Self::LacksKey => Kind::MissingKey,
            Self::Prose => Kind::InvalidJson,
            Self::Gateway => Kind::TimeoutGateway,
            Self::Refused => Kind::ConnectionFailed,
            Self::Panics => Kind::HarnessError,
        }
    }

    fn capture(self, request: &Request) -> Capture {
        let (status, body, end) = match self {
            Self::Right => (Some(200), r#"{"text":{"a":1},"finish_reason":"stop"}"#, End::Complete),
            Self::LacksKey => (Some(200), r#"{"text":{"b":1},"finish_reason":"stop"}"#, End::Complete),
            Self::Prose => {
                (Some(200), r#"{"text":"Sure! Here it is.","finish_reason":"stop"}"#, End::Complete)
            }
            Self::Gateway => (Some(408), "Missing request", End::Complete),
            Self::Refused => {
                (None, "", End::Broken { phase: Phase::Connect, message: "connection refused".into() })
            }
            Self::Panics => panic!("as told"),
        };
        http(request, status, body, end)
    }
}

/// A capture of `custom-json/1`.
pub fn http(request: &Request, status: Option<u16>, body: &str, end: End) -> Capture {
    let frames = if body.is_empty() { vec![] } else { vec![Frame::new(Nanos(5), body.as_bytes().to_vec())] };
    Capture {
        format: FORMAT,
        dialect: "custom-json/1".into(),
        request: request.clone(),
        status,
        headers: vec![],
        frames,
        end,
        elapsed: Nanos(7),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

/// What to do with a request, and for how many turns to let others go first.
pub type Script = Box<dyn Fn(&Ask) -> (Behaviour, u8) + Send + Sync>;

/// Answers by script: behaviour and number of turns it lets others take first, by label.
pub struct Scripted {
    pub identity: Identity,
    pub capabilities: Capabilities,
    pub script: Script,
    pub asked: Mutex<Vec<Ask>>,
    now: AtomicU32,
    /// Most requests it ever held at a time.
    pub most: AtomicU32,
}

impl Scripted {
    pub fn new(
        capabilities: Capabilities,
        script: impl Fn(&Ask) -> (Behaviour, u8) + Send + Sync + 'static,
    ) -> Self {
        let identity = Identity {
            kind: "sim",
            engine: "none".into(),
            provenance: Provenance::Simulated,
            facts: BTreeMap::new(),
        };
        let (now, most) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { identity, capabilities, script: Box::new(script), asked: Mutex::default(), now, most }
    }

    pub fn asked(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }
}

/// Counts down also when the request is dropped.
struct Held<'a>(&'a AtomicU32);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Backend for Scripted {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn answer<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Capture> {
        Box::pin(async move {
            let held = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            let _held = Held(&self.now);
            self.most.fetch_max(held, Ordering::SeqCst);
            self.asked.lock().unwrap().push(ask.clone());
            let (behaviour, turns) = (self.script)(ask);
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            behaviour.capture(&ask.request)
        })
    }
}

pub struct StoppedClock;

impl gonogo_runner::Clock for StoppedClock {
    fn now(&self) -> String {
        "2026-01-02T03:04:05.678Z".into()
    }
}

/// Remembers every event; may stop the run, or fail, at one.
#[derive(Default)]
pub struct Witness {
    pub events: Vec<Event>,
    pub stop_at: Option<(usize, watch::Sender<bool>)>,
    pub fail_at: Option<usize>,
}

impl Witness {
    pub fn rows(&self) -> Vec<Attempt> {
        let row = |event: &Event| match event {
            Event::AttemptFinished { attempt } => Some((**attempt).clone()),
            Event::RunStarted { .. }
            | Event::AttemptStarted { .. }
            | Event::Captured { .. }
            | Event::ArmPaused { .. }
            | Event::ArmGivenUp { .. }
            | Event::RunFinished { .. } => None,
        };
        self.events.iter().filter_map(row).collect()
    }

    pub fn captures(&self) -> BTreeMap<ContentHash, Capture> {
        let mut captures = BTreeMap::new();
        for event in &self.events {
            if let Event::Captured { hash, capture, .. } = event {
                captures.insert(hash.clone(), (**capture).clone());
            }
        }
        captures
    }

    pub fn starts(&self) -> Vec<Start> {
        let start = |event: &Event| match event {
            Event::AttemptStarted { planned, r#try, started } => Some(Start::of(planned, *r#try, started)),
            Event::RunStarted { .. }
            | Event::Captured { .. }
            | Event::AttemptFinished { .. }
            | Event::ArmPaused { .. }
            | Event::ArmGivenUp { .. }
            | Event::RunFinished { .. } => None,
        };
        self.events.iter().filter_map(start).collect()
    }

    /// What a session that was watched has left.
    pub fn left(&self, plan: &Plan) -> Earlier {
        let facts: Vec<_> = self.rows().iter().map(facts).collect();
        let captures = self.captures();
        Earlier::read::<RunError>(plan, &facts, &self.starts(), |hash| Ok(captures[hash].clone())).unwrap()
    }
}

impl Observer for Witness {
    fn on(&mut self, event: &Event) -> Result<(), ObserverError> {
        if self.fail_at == Some(self.events.len()) {
            return Err(ObserverError { observer: "the witness".into(), cause: "disk full".into() });
        }
        self.events.push(event.clone());
        if let Some((at, stop)) = &self.stop_at
            && self.events.len() > *at
        {
            stop.send(true).unwrap();
        }
        Ok(())
    }
}

/// How often each attempt was asked, as the rows tell it: once for the row, and for those lost before.
pub fn asked(rows: &[Attempt]) -> BTreeMap<u32, u32> {
    let mut asked = BTreeMap::new();
    for row in rows {
        *asked.entry(row.index).or_default() += 1 + row.asked_before.unwrap_or_default();
    }
    asked
}

/// How often each was asked, as it was written down at the time.
pub fn started(sessions: &[&Witness]) -> BTreeMap<u32, u32> {
    let mut started = BTreeMap::new();
    for start in sessions.iter().flat_map(|session| session.starts()) {
        *started.entry(start.index).or_default() += 1;
    }
    started
}

/// What of a row is known without a judge.
pub fn facts(row: &Attempt) -> AttemptFacts {
    let mut value = serde_json::to_value(row).unwrap();
    value.as_object_mut().unwrap().shift_remove("outcome").unwrap();
    serde_json::from_value(value).unwrap()
}

pub const SCHEMA: &str = r#"{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}"#;

fn case(name: &str) -> Case {
    Case {
        name: name.into(),
        why: String::new(),
        features: vec![],
        steps: vec![],
        last_step: "answer".into(),
        prompt: format!("do {name}"),
        constraint: None,
        max_tokens: None,
        temperature: None,
        assertions: vec![],
        expect: Expectation::Pass,
        good: vec![],
        bad: vec![],
    }
}

/// A suite of one rung with `cases` cases.
pub fn suite(cases: usize) -> Suite {
    let rung = Rung {
        name: "flat".into(),
        why: String::new(),
        hint: "Answer with an object.".into(),
        constraint: Constraint::JsonSchema(SCHEMA.into()),
        good: vec![],
        bad: vec![],
    };
    Suite {
        name: "s".into(),
        language: Some("typescript".into()),
        why: String::new(),
        system: "Be brief.".into(),
        rungs: vec![rung],
        default_rung: Some("flat".into()),
        sampling: gonogo_core::SuiteSampling::default(),
        cases: (0..cases).map(|n| case(&format!("case-{n}"))).collect(),
        hash: ContentHash::of(b"suite"),
    }
}

pub fn plan(cases: usize, arms: &[&str], repeat: u32) -> Plan {
    let arms = arms.iter().map(|arm| (*arm).to_owned()).collect();
    Plan::new(
        vec![suite(cases)],
        &PlanOptions { arms, repeat, seed: 7, rungs: vec![], cases: vec![], shard: None },
    )
}

pub fn receipt(plan: &Plan) -> Receipt {
    Receipt {
        format: FORMAT,
        run: "run".into(),
        status: RunStatus::Unfinished,
        started: "2026-01-02T03:04:05Z".into(),
        finished: None,
        command: vec![],
        gonogo: Revision {
            version: "0.1.0".into(),
            built_from: None,
            sha256: None,
            commit: None,
            dirty: None,
            profile: "dev".into(),
        },
        machine: Machine { os: "os".into(), cpu: "cpu".into(), cores: 2, memory_bytes: 1, clock_ns: 20 },
        seed: plan.seed,
        concurrency: 1,
        pace: None,
        max_tokens: 64,
        temperature: 0.5,
        max_tokens_least: None,
        temperature_least: None,
        planned: u32::try_from(plan.attempts.len()).unwrap(),
        plan: None,
        shard: None,
        parts: vec![],
        resumed: vec![],
        load: None,
        suites: vec![],
        arms: vec![],
        caveats: vec![],
    }
}

//! Surveys made by hand: what each trial is to come out as is said, and the record follows.

#![allow(dead_code, reason = "every test file takes the parts it needs")]

use std::collections::BTreeMap;

use gonogo_core::{Machine, Nanos, Revision, RunStatus};
use gonogo_masks::{
    Arm, Breach, Class, Configuration, CorpusFacts, Difference, Ending, Finding, Limits, Questioned, Record,
    Respelled, Subject, SubjectInstance, Survey, SurveyPlan, SurveyReceipt, TokenizerFacts, Truth, Try,
};
use gonogo_protocol::masks::{Compiled, Failed, MaskFailure, MaskPhase, Ready, WalkEnd, Walked};
use serde_json::json;

/// Tokens of every instance.
pub(crate) const TOKENS: u32 = 4;

/// What every instance of a subject is like.
pub(crate) struct Shape<'a> {
    /// Part of the corpus.
    pub(crate) split: &'a str,
    /// The keyword it is about, or that is violated.
    pub(crate) keyword: &'a str,
    /// Whether its author says what it is about.
    pub(crate) about: bool,
}

/// A subject with a valid instance, an invalid one, and a copy of the valid one in order.
pub(crate) fn subject(id: &str, shape: &Shape<'_>) -> Subject {
    let breach = Breach { keyword: shape.keyword.into(), at: "/a".into() };
    let instances = vec![
        instance("valid", true, Truth::Valid, None),
        instance("invalid", false, Truth::Invalid(breach), None),
        instance("valid in order", true, Truth::Valid, Some(0)),
    ];
    Subject {
        id: id.into(),
        split: shape.split.into(),
        draft: "2020-12".into(),
        keywords: vec![shape.keyword.into()],
        why: shape.about.then(|| "a mistake".into()),
        sha256: "0".repeat(64),
        schema: "{}".into(),
        instances,
    }
}

pub(crate) fn instance(id: &str, labelled: bool, truth: Truth, reorders: Option<usize>) -> SubjectInstance {
    SubjectInstance {
        id: id.into(),
        text: "[10]".into(),
        tokens: (0..TOKENS).collect(),
        labelled,
        truth,
        reorders,
        whole_at: vec![TOKENS],
    }
}

/// Nanoseconds that look measured and are the same in every run.
fn ticks(subject: usize, arm: usize, step: usize) -> u64 {
    let mixed = (subject * 7919 + step * 104_729 + 13) % 997;
    (1_000 + 31 * mixed as u64) * (arm as u64 + 1)
}

fn walk(index: u32, end: WalkEnd, place: (usize, usize)) -> Walked {
    let taken = match &end {
        WalkEnd::Through => TOKENS,
        WalkEnd::Refused { at, .. } | WalkEnd::Failed { at, .. } => *at,
    };
    let tick = |step: u32| ticks(place.0, place.1, (index * 10 + step) as usize);
    Walked {
        id: 1,
        walk: index,
        reset: (index > 0).then(|| Nanos(tick(9) / 10)),
        may_end: if end == WalkEnd::Through { vec![TOKENS] } else { vec![] },
        end,
        masks: (0..=taken).map(tick).collect(),
        accepts: (0..taken).map(|step| tick(step) / 4).collect(),
        control: None,
        sums: vec![7; taken as usize + 1],
    }
}

/// The copy without whitespace of what was refused: accepted where the whitespace was the cause.
fn respelled(class: Class, place: (usize, usize)) -> Vec<Respelled> {
    let end = if class == Class::WhitespaceBound {
        WalkEnd::Through
    } else if class == Class::OverConstrained {
        WalkEnd::Refused { at: 1, allowed: 5 }
    } else {
        return vec![];
    };
    vec![Respelled { instance: 0, text: "[10]".into(), walked: walk(0, end, place) }]
}

/// The record of a trial that comes out as `class`; `place` is that of subject and arm.
pub(crate) fn record(subject: &str, arm: &str, class: Class, place: (usize, usize)) -> Record {
    let compile = Nanos(ticks(place.0, place.1, 1_000) * 50);
    let compiled = Compiled { id: 1, compile, first_mask: Nanos(ticks(place.0, place.1, 0)) };
    let walks = |ends: [WalkEnd; 3]| -> Vec<Walked> {
        ends.into_iter().zip(0..).map(|(end, index)| walk(index, end, place)).collect()
    };
    let (through, refused) = (|| WalkEnd::Through, || WalkEnd::Refused { at: 1, allowed: 5 });
    let failed =
        |class, phase, message: &str| Ending::Failed(Failed { phase, class, message: message.into() });
    let (walks, ending) = match class {
        Class::Ok => (walks([through(), refused(), through()]), Ending::Complete),
        Class::UnderConstrained => (walks([through(), through(), through()]), Ending::Complete),
        Class::OverConstrained => (walks([refused(), refused(), refused()]), Ending::Complete),
        Class::OverAndUnder => (walks([refused(), through(), refused()]), Ending::Complete),
        Class::WhitespaceBound => (walks([refused(), refused(), refused()]), Ending::Complete),
        Class::OrderBound => (walks([refused(), refused(), through()]), Ending::Complete),
        Class::Unsound => {
            let mut walks = walks([through(), refused(), through()]);
            walks[0].may_end = vec![1, TOKENS];
            (walks, Ending::Complete)
        }
        Class::GaveUp => {
            let message = "too complex".to_owned();
            let gave_up = WalkEnd::Failed { at: 2, class: MaskFailure::Engine, message };
            (walks([gave_up, refused(), through()]), Ending::Complete)
        }
        Class::Rejected => {
            (vec![], failed(MaskFailure::Rejected, MaskPhase::Compile, "`not` is not supported"))
        }
        Class::CompileTimeout => {
            (vec![], Ending::TimedOut { phase: MaskPhase::Compile, limit: Limits::default().compile })
        }
        Class::MaskTimeout => {
            let walks = walks([through(), refused(), through()]).into_iter().take(1).collect();
            (walks, Ending::TimedOut { phase: MaskPhase::Mask, limit: Limits::default().mask })
        }
        Class::Hung => (vec![], Ending::Silent { lasting: Limits::default().silence }),
        Class::OutOfMemory => (vec![], Ending::Outgrew { bytes: 5 << 30, limit: 4 << 30 }),
        Class::Crashed => {
            (vec![], Ending::Died { how: "signal 11".into(), stderr: "stack overflow\n".into() })
        }
        Class::Broken => (vec![], Ending::Broken("not a line of the protocol".into())),
    };
    let compiled = (!walks.is_empty()).then_some(compiled);
    let crashed = class == Class::Crashed;
    let first = Try { ending: Ending::Died { how: "signal 11".into(), stderr: String::new() }, after: 12 };
    Record {
        subject: subject.into(),
        arm: arm.into(),
        compiled,
        recompiles: compiled.map(|_| Nanos(compile.0 / 2)).into_iter().collect(),
        respelled: respelled(class, place),
        walks,
        ending,
        peak_bytes: (!crashed).then_some((50 << 20) + ticks(place.0, place.1, 3) * 100),
        rest_bytes: Some(50 << 20),
        earlier: crashed.then_some(first).into_iter().collect(),
    }
}

/// Three arms of two engines, two of them in one configuration.
pub(crate) fn arms() -> Vec<Arm> {
    vec![
        Arm::new("alpha", Configuration::Defaults, &json!({})),
        Arm::new("beta", Configuration::Defaults, &json!({"compile-threads": 8})),
        Arm::new("beta", Configuration::Matched, &json!({})),
    ]
}

fn ready(engine: &str, timer: u64) -> Ready {
    Ready {
        protocol: 1,
        engine: engine.into(),
        engine_version: "1.2.3".into(),
        facts: BTreeMap::from([("vocabulary".into(), "128256".into())]),
        load: Nanos(123_000_000),
        timer: Nanos(timer),
    }
}

/// A survey in which subject `s<i>` came out on each arm as the i-th row says; `None` is a trial not made.
pub(crate) fn survey(outcomes: &[[Option<Class>; 3]]) -> Survey {
    let arms = arms();
    let keywords = ["minLength", "uniqueItems", "not"];
    let subjects: Vec<Subject> = (0..outcomes.len())
        .map(|place| {
            let about = place % 2 == 0;
            let shape =
                Shape { split: if about { "easy" } else { "hard" }, keyword: keywords[place % 3], about };
            subject(&format!("s{place}"), &shape)
        })
        .collect();
    let mut records = Vec::new();
    for (place, row) in outcomes.iter().enumerate() {
        for (arm, class) in row.iter().enumerate() {
            let made = class.map(|class| record(&format!("s{place}"), &arms[arm].name, class, (place, arm)));
            records.extend(made);
        }
    }
    let ready = arms.iter().map(|arm| (arm.name.clone(), ready(&arm.engine, 42))).collect();
    Survey { arms, ready, subjects, records, differences: vec![] }
}

/// Every class on the first arm, other ones on the others; a disputed instance; a subject without
/// instances; differences with each finding.
pub(crate) fn every_class() -> Survey {
    let mut outcomes: Vec<[Option<Class>; 3]> = Class::ALL
        .iter()
        .enumerate()
        .map(|(place, class)| {
            let second = if place % 3 == 0 { Class::UnderConstrained } else { Class::Ok };
            [Some(*class), Some(second), Some(Class::Ok)]
        })
        .collect();
    outcomes.extend([[Some(Class::Ok), Some(Class::Ok), Some(Class::OverConstrained)]; 6]);
    let mut survey = survey(&outcomes);
    let last = survey.subjects.len() - 1;
    survey.subjects[last].instances.clear();
    survey.records.iter_mut().filter(|record| record.subject == format!("s{last}")).for_each(|record| {
        record.walks.clear();
    });
    let breach = Breach { keyword: "format".into(), at: String::new() };
    let disputed = &mut survey.subjects[last - 1].instances[0];
    (disputed.id, disputed.truth) = ("disputed".into(), Truth::Invalid(breach));
    survey.differences = differences();
    survey
}

fn differences() -> Vec<Difference> {
    let questioned = |text: &str, allowed_by: &str, finding| Questioned {
        token: 65,
        text: text.into(),
        allowed_by: allowed_by.into(),
        finding,
    };
    let difference = |subject: &str, only, tokens| Difference {
        subject: subject.into(),
        instance: "valid".into(),
        at: 2,
        prefix: "[1".into(),
        arms: ["alpha".into(), "beta".into()],
        only,
        tokens,
    };
    let narrow = Finding::Narrow { arm: "beta".into(), witness: "[1]".into() };
    let wide = Finding::Wide { arm: "beta".into(), witness: "[1,1]".into() };
    let undecided = Finding::Undecided("no completion ended within 64 tokens".into());
    let mut first = difference("s15", [0, 2], vec![questioned("`|\n", "beta", undecided)]);
    first.prefix.clear();
    vec![
        difference("s14", [3, 1], vec![questioned("]", "alpha", narrow), questioned(",1", "beta", wide)]),
        first,
    ]
}

/// What was asked for.
pub(crate) fn plan(survey: &Survey) -> SurveyPlan {
    SurveyPlan {
        format: 1,
        seed: 7,
        arms: survey.arms.clone(),
        limits: Limits::default(),
        recompiles: 1,
        compared: 20,
        lanes: 2,
        corpora: vec![CorpusFacts {
            name: "corpus.jsonl.gz".into(),
            sha256: "ab".repeat(32),
            schemas: 1_072,
            skipped: vec![],
        }],
        narrowed: vec!["--sample 20".into()],
        subjects: u32::try_from(survey.subjects.len()).unwrap_or(u32::MAX),
        instances: 38,
        tokenizer: TokenizerFacts {
            name: "tokenizer.json".into(),
            format: "tokenizer.json".into(),
            sha256: "cd".repeat(32),
            tokens: 128_256,
        },
    }
}

/// When and where.
pub(crate) fn receipt() -> SurveyReceipt {
    SurveyReceipt {
        format: 1,
        survey: "20261121T210000Z-masks-demo".into(),
        status: RunStatus::Complete,
        started: "2026-11-21T21:00:00Z".into(),
        finished: Some("2026-11-21T21:05:00Z".into()),
        command: ["gonogo", "masks", "corpus.jsonl.gz", "--sample", "20"].map(String::from).to_vec(),
        gonogo: Revision {
            version: "0.1.0".into(),
            built_from: Some("0123abc".into()),
            sha256: None,
            commit: None,
            dirty: None,
            profile: "release".into(),
        },
        machine: Machine {
            os: "Linux 6.1".into(),
            cpu: "a processor".into(),
            cores: 2,
            memory_bytes: 8 << 30,
            clock_ns: 20,
        },
    }
}

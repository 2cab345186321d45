//! Every exchange that was recorded from real servers, judged. The recordings lie beside the
//! project, in `../shared/samples`; without them there is nothing to do here, and the few that
//! the project keeps are judged by `exchanges.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use gonogo_core::{Capture, Frame, Kind};
use gonogo_judge::Judged;
use serde_json::json;
use support::{
    exchange::{exchanges, judged},
    sample::{Sample, folder, samples},
};

fn table(samples: &[(Sample, Judged)]) -> String {
    let servers: BTreeSet<&str> = samples.iter().map(|(sample, _)| sample.server.as_str()).collect();
    let mut counts: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for (sample, judged) in samples {
        *counts.entry((judged.outcome.kind, &sample.server)).or_default() += 1;
    }
    let row = |name: &str, cell: &dyn Fn(&str) -> String| {
        let cells = servers.iter().map(|server| format!(" {:>21}", cell(server)));
        format!("{name:20}{}\n", cells.collect::<String>())
    };
    let kinds: BTreeSet<Kind> = counts.keys().map(|(kind, _)| *kind).collect();
    let body = kinds.iter().map(|kind| {
        row(kind.name(), &|server| counts.get(&(*kind, server)).map(ToString::to_string).unwrap_or_default())
    });
    let all = |server: &str| samples.iter().filter(|(sample, _)| sample.server == server).count().to_string();
    row("", &|server| server.to_owned()) + &body.collect::<String>() + &row("all", &all)
}

/// Kinds that a status which is not success can have, as far as the recordings go.
const REFUSALS: [Kind; 5] =
    [Kind::HttpError, Kind::ConstraintRejected, Kind::PromptTooLong, Kind::EngineCrashed, Kind::DeadEnd];

/// What holds for every exchange, whichever kind it has.
fn check(sample: &Sample, judged: &Judged) {
    let what = format!("{}/{}: {:?}", sample.server, sample.name, judged.outcome);
    let (kind, capture) = (judged.outcome.kind, &sample.capture);
    assert!(!matches!(kind, Kind::HarnessError | Kind::JudgeTimeout), "{what}");
    assert_eq!(
        capture.status.is_some_and(|status| status >= 400),
        REFUSALS.contains(&kind) && capture.status != Some(200),
        "{what}"
    );
    if !sample.asks {
        assert!(matches!(kind, Kind::ProtocolError | Kind::HttpError), "not an answer at all: {what}");
    }
    let timings = &judged.answer.timings;
    let streamed = capture.frames.len() > 1 && !judged.answer.text.is_empty();
    assert_eq!(timings.ttft.is_some(), streamed, "{what}");
    assert!(timings.ttft.is_none_or(|ttft| ttft <= timings.total), "{what}");
    assert!(timings.itl_p50 <= timings.itl_p99, "{what}");
}

/// The same bytes in frames of `size`, all of them at the end.
fn rechunked(capture: &Capture, size: usize) -> Capture {
    let bytes: Vec<u8> = capture.frames.iter().flat_map(Frame::bytes).copied().collect();
    let frames = bytes.chunks(size).map(|chunk| Frame::new(capture.elapsed, chunk.to_vec())).collect();
    Capture { frames, ..capture.clone() }
}

#[test]
#[ignore = "needs the recordings beside the repository; `cargo xtask ci` runs it where they are"]
fn every_recorded_exchange_has_one_kind() {
    let samples: Vec<(Sample, Judged)> = samples()
        .into_iter()
        .map(|sample| {
            let judged = judged(&sample.capture);
            (sample, judged)
        })
        .collect();
    assert!(!samples.is_empty(), "there are no recordings in {}", folder().display());
    println!("{}", table(&samples));
    for (sample, judged) in &samples {
        let (kind, message) = (judged.outcome.kind.name(), &judged.outcome.detail.message);
        println!("{:22} {:30} {kind:20} {message}", sample.server, sample.name);
    }
    for (sample, judged) in &samples {
        check(sample, judged);
        let again = self::judged(&rechunked(&sample.capture, 7));
        assert_eq!(judged.outcome, again.outcome, "{}/{}", sample.server, sample.name);
        assert_eq!(judged.answer.text, again.answer.text, "{}/{}", sample.server, sample.name);
    }
}

/// The few that the project keeps, and why; `GONOGO_UPDATE=1` writes `fixtures/exchanges/` again.
#[test]
#[ignore = "needs the recordings beside the repository; `cargo xtask ci` runs it where they are"]
fn what_is_kept_is_what_was_recorded() {
    let samples = samples();
    assert!(!samples.is_empty(), "there are no recordings in {}", folder().display());
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (server, name, why) in KEPT {
        let sample =
            samples.iter().find(|sample| (&*sample.server, &*sample.name) == (server, name)).unwrap();
        let line = json!({"name": name, "why": why, "capture": sample.capture});
        files.entry(server).or_default().push_str(&format!("{line}\n"));
    }
    for (server, text) in files {
        let file = exchanges().join(format!("{server}.jsonl"));
        if env::var_os("GONOGO_UPDATE").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == text, "{} is not what was recorded: set GONOGO_UPDATE=1", file.display());
    }
}

/// File, name, and why it is worth keeping.
const KEPT: &[(&str, &str, &str)] = &[
    ("mistralrs", "bad_rf_huge_maxItems", "llguidance panics at compile and is caught: 422 with a backtrace"),
    ("mistralrs", "conc_0", "comments keep the connection alive for ten seconds before the first token"),
    ("mistralrs", "guided_json", "ignored without a word"),
    ("mistralrs", "invalid_schema_stream", "the error is a plain line under 200"),
    ("mistralrs", "json_schema_top", "ignored without a word"),
    ("mistralrs", "n2", "usage counts one of two choices"),
    ("mistralrs", "prompt_too_long_stream", "the error is a plain line under 200"),
    ("mistralrs", "rf_bound_stop", "a whole answer that says length and counts the whole budget"),
    ("mistralrs", "rf_bound_stream_stop", "the same, and the padding after the end streams as empty pieces"),
    ("mistralrs", "rf_json_object", "422 in plain text: the request's shape"),
    ("mistralrs", "structured_outputs", "ignored without a word"),
    ("mistralrs", "wrong_model", "an unknown model is a 500"),
    ("vllm_guidance", "bad_rf_huge_maxItems", "llguidance panics at compile: 200, stop, no text, after 3 s"),
    ("vllm_guidance", "completions_rf", "the completions endpoint"),
    ("vllm_guidance", "fills_ctx", "length although the budget was not used up: the context was full"),
    ("vllm_guidance", "n2", "usage counts both choices"),
    ("vllm_guidance", "responses_api", "the Responses endpoint"),
    ("vllm_guidance", "so_disable_addl", "open objects: an extra key that nobody asked for"),
    ("vllm_xgrammar", "bad_rf_bad_type", "the error holds the time of day"),
    ("vllm_xgrammar", "bad_rf_true_schema", "`true` is a schema, and is refused in six validation errors"),
    ("vllm_xgrammar", "bad_rf_unsat_required", "accepted, and violated"),
    ("vllm_xgrammar", "continuous_usage", "usage in every chunk"),
    ("vllm_xgrammar", "guided_grammar", "ignored without a word"),
    ("vllm_xgrammar", "guided_json", "ignored without a word"),
    ("vllm_xgrammar", "ignore_eos", "goes on without the constraint after the value has ended"),
    ("vllm_xgrammar", "invalid_schema_stream", "the error is an event under 200"),
    ("vllm_xgrammar", "llamacpp_json_schema_ignored", "ignored without a word"),
    ("vllm_xgrammar", "no_stream_options", "a stream that reports no counts"),
    ("vllm_xgrammar", "prompt_too_long_stream", "400 although it was to stream"),
    ("vllm_xgrammar", "rf_bound_stream_stop", "a good stream; the first chunk has the role and no text"),
    ("vllm_xgrammar", "so_backend_field", "another engine named in the request: ignored without a word"),
    ("vllm_xgrammar", "so_disable_addl", "closed objects, where the other engine leaves them open"),
    ("vllm_xgrammar", "stop_seq", "a stop sequence cuts inside the value, and says stop"),
    ("vllm_xgrammar", "wrong_model", "an unknown model is a 404"),
    ("xllamacpp", "bad_lark_contains", "llguidance cannot compile it: 200 without a constraint"),
    ("xllamacpp", "bad_rf_true_schema", "a schema that is not an object: 200 without a constraint"),
    ("xllamacpp", "bad_rf_unsat_minmax", "a dead end in mid-answer: 500"),
    ("xllamacpp", "both_gbnf_and_schema", "a client's error is a 500"),
    ("xllamacpp", "completion_json_schema_badtype", "the native endpoint fails open too"),
    ("xllamacpp", "completion_json_schema_stream", "the native endpoint streams without [DONE]"),
    ("xllamacpp", "fills_ctx", "length although the budget was not used up: the context was full"),
    ("xllamacpp", "guided_json_ignored", "ignored without a word"),
    ("xllamacpp", "max_tokens_0", "a budget of nothing gives one token"),
    ("xllamacpp", "n2", "usage counts one of two choices"),
    ("xllamacpp", "prompt_too_long", "the type says so"),
    ("xllamacpp", "rf_bound_stream_stop", "a good stream; the first chunk has the role and null"),
    ("xllamacpp", "rf_js_schema_flat", "a schema in the wrong place: any JSON"),
    ("xllamacpp", "rf_mt3", "the fence that the parser strips, cut before it can: looks unconstrained"),
    ("xllamacpp", "rf_string", "response_format as a string: 200 without a constraint"),
    ("xllamacpp", "rf_unknown_type", "400: the request's shape, although its type says invalid"),
    ("xllamacpp", "structured_outputs_ignored", "ignored without a word"),
    ("xllamacpp", "unsat_stream", "a dead end in mid-stream: an error event under 200 and no [DONE]"),
    (
        "xllamacpp",
        "v1_completions_rf",
        "response_format on the completions endpoint: 200 without a constraint",
    ),
    ("xllamacpp", "wrong_model", "the model's name is ignored"),
];

//! Where real servers mislead: recorded exchanges in `fixtures/exchanges/`, and the class that each
//! must have whatever the server says of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

mod support;

use gonogo_core::{Kind, Nanos};
use gonogo_judge::Judged;
use support::exchange::{exchange, judged};

const LLAMA_CPP: &str = "xllamacpp";
const GUIDANCE: &str = "vllm_guidance";
const MISTRAL_RS: &str = "mistralrs";
const OTHERS: &str = "vllm_others";
const XGRAMMAR: &str = "vllm_xgrammar";

fn of(file: &str, name: &str) -> Judged {
    judged(&exchange(file, name))
}

/// Each of these exchanges has the kind, under a status of success where the kind is not one of
/// an error status.
fn are(kind: Kind, exchanges: &[(&str, &str)]) {
    for (file, name) in exchanges {
        let judged = of(file, name);
        assert_eq!(judged.outcome.kind, kind, "{file}/{name}: {:?}", judged.outcome);
    }
}

/// Says what and how it finished.
fn finished(judged: &Judged) -> (&str, Option<&str>) {
    (std::str::from_utf8(&judged.answer.text).unwrap(), judged.answer.finish_reason.as_deref())
}

#[test]
fn members_of_other_servers_and_versions_are_ignored_without_a_word() {
    are(
        Kind::InvalidJson,
        &[
            (XGRAMMAR, "guided_json"),
            (XGRAMMAR, "llamacpp_json_schema_ignored"),
            (LLAMA_CPP, "guided_json_ignored"),
            (LLAMA_CPP, "structured_outputs_ignored"),
            (MISTRAL_RS, "guided_json"),
            (MISTRAL_RS, "structured_outputs"),
            (MISTRAL_RS, "json_schema_top"),
        ],
    );
    let grammar = of(XGRAMMAR, "guided_grammar");
    assert!(grammar.answer.text.starts_with(b"```"), "{:?}", grammar.outcome);
}

#[test]
fn llama_cpp_ignores_a_response_format_that_it_does_not_expect() {
    are(
        Kind::InvalidJson,
        &[(LLAMA_CPP, "rf_string"), (LLAMA_CPP, "bad_rf_true_schema"), (LLAMA_CPP, "v1_completions_rf")],
    );
    // In the wrong place the schema is lost and JSON remains, so that it looks enforced.
    let flat = of(LLAMA_CPP, "rf_js_schema_flat");
    assert_eq!(flat.outcome.kind, Kind::TruncatedBudget);
    assert!(flat.answer.text.starts_with(b"{"));
}

#[test]
fn llguidance_in_llama_cpp_fails_open() {
    are(
        Kind::InvalidJson,
        &[(LLAMA_CPP, "bad_lark_contains"), (LLAMA_CPP, "completion_json_schema_badtype")],
    );
}

#[test]
fn a_backend_named_in_the_request_is_ignored_and_none_is_named_in_the_answer() {
    let capture = exchange(XGRAMMAR, "so_backend_field");
    assert_eq!(judged(&capture).outcome.kind, Kind::Passed);
    let body = String::from_utf8_lossy(capture.frames[0].bytes()).to_lowercase();
    assert!(!body.contains("xgrammar") && !body.contains("guidance"));
}

#[test]
fn backend_auto_runs_one_engine_on_what_another_accepted() {
    are(Kind::WrongType, &[(OTHERS, "vllm_auto/bad_rf_allOf")]);
    are(Kind::Empty, &[(OTHERS, "vllm_auto_reversed/5_not")]);
}

#[test]
fn a_bad_schema_is_an_error_inside_a_success_where_the_answer_streams() {
    are(
        Kind::ConstraintRejected,
        &[(XGRAMMAR, "invalid_schema_stream"), (MISTRAL_RS, "invalid_schema_stream")],
    );
    are(Kind::PromptTooLong, &[(MISTRAL_RS, "prompt_too_long_stream")]);
    // vLLM looks at the prompt's length before it begins to stream.
    are(Kind::PromptTooLong, &[(XGRAMMAR, "prompt_too_long_stream"), (LLAMA_CPP, "prompt_too_long")]);
}

#[test]
fn a_broken_engine_is_an_error_inside_a_success_where_the_answer_streams() {
    are(Kind::InBandError, &[(OTHERS, "vllm_lmfe/rf_js_stream_64")]);
    are(Kind::HttpError, &[(OTHERS, "vllm_outlines/bad_rf_contains")]);
}

#[test]
fn a_dead_end_of_llama_cpp_is_a_dead_end_streamed_or_not() {
    are(Kind::DeadEnd, &[(LLAMA_CPP, "bad_rf_unsat_minmax"), (LLAMA_CPP, "unsat_stream")]);
}

#[test]
fn statuses_do_not_tell_whose_fault_it_is() {
    // A client's mistake as 500, a request's shape under a type that says "invalid".
    are(
        Kind::HttpError,
        &[
            (LLAMA_CPP, "both_gbnf_and_schema"),
            (LLAMA_CPP, "rf_unknown_type"),
            (MISTRAL_RS, "wrong_model"),
            (MISTRAL_RS, "rf_json_object"),
            (XGRAMMAR, "wrong_model"),
        ],
    );
    are(Kind::Passed, &[(LLAMA_CPP, "wrong_model")]);
    are(Kind::ConstraintRejected, &[(XGRAMMAR, "bad_rf_true_schema")]);
}

#[test]
fn xgrammars_time_of_day_is_left_out_of_messages() {
    let outcome = of(XGRAMMAR, "bad_rf_bad_type").outcome;
    assert_eq!(outcome.kind, Kind::ConstraintRejected);
    assert!(outcome.detail.message.contains("into a grammar: <path>"), "{}", outcome.detail.message);
}

#[test]
fn a_panic_of_llguidance_is_a_crash_in_one_server_and_an_empty_answer_in_another() {
    are(Kind::EngineCrashed, &[(MISTRAL_RS, "bad_rf_huge_maxItems")]);
    let empty = of(GUIDANCE, "bad_rf_huge_maxItems");
    assert_eq!(empty.outcome.kind, Kind::Empty);
    assert_eq!(finished(&empty), ("", Some("stop")));
}

#[test]
fn mistral_rs_says_length_of_whole_answers() {
    for name in ["rf_bound_stop", "rf_bound_stream_stop"] {
        let judged = of(MISTRAL_RS, name);
        assert_eq!(judged.outcome.kind, Kind::Passed, "{:?}", judged.outcome);
        assert_eq!(judged.answer.finish_reason.as_deref(), Some("length"));
        assert_eq!(judged.answer.tokens.completion, Some(64));
    }
}

#[test]
fn length_short_of_the_budget_is_a_full_context() {
    are(Kind::TruncatedContext, &[(LLAMA_CPP, "fills_ctx")]);
    let guidance = of(GUIDANCE, "fills_ctx");
    assert_eq!(guidance.outcome.kind, Kind::RunawayWhitespace);
    assert!(guidance.outcome.detail.message.contains("context"), "{}", guidance.outcome.detail.message);
}

#[test]
fn llama_cpp_spends_the_first_tokens_on_a_fence_that_it_takes_away_later() {
    let cut = of(LLAMA_CPP, "rf_mt3");
    assert_eq!((cut.outcome.kind, finished(&cut).0), (Kind::InvalidJson, "```json"));
    let whole = of(LLAMA_CPP, "rf_bound_stream_stop");
    assert_eq!(whole.outcome.kind, Kind::Passed);
    assert_eq!(whole.answer.tokens.completion, Some(30));
    // A budget of nothing is a budget of one token.
    assert_eq!(finished(&of(LLAMA_CPP, "max_tokens_0")), ("```", Some("length")));
}

#[test]
fn ignore_eos_goes_on_without_the_constraint() {
    let judged = of(XGRAMMAR, "ignore_eos");
    assert_eq!(judged.outcome.kind, Kind::InvalidJson);
    assert!(judged.outcome.detail.message.contains("the JSON value has ended"), "{:?}", judged.outcome);
}

#[test]
fn a_stop_sequence_cuts_inside_the_value_and_says_stop() {
    let judged = of(XGRAMMAR, "stop_seq");
    assert_eq!(judged.outcome.kind, Kind::StoppedEarly);
    assert_eq!(judged.answer.finish_reason.as_deref(), Some("stop"));
}

#[test]
fn engines_differ_on_objects_that_do_not_say_whether_they_are_closed() {
    let guidance = of(GUIDANCE, "so_disable_addl");
    let xgrammar = of(XGRAMMAR, "so_disable_addl");
    assert!(guidance.answer.text.len() > xgrammar.answer.text.len());
    assert_eq!(finished(&xgrammar).0, "{\n  \"a\": 1\n}");
}

#[test]
fn xgrammar_accepts_what_it_then_ignores() {
    are(Kind::MissingKey, &[(XGRAMMAR, "bad_rf_unsat_required")]);
}

#[test]
fn counts_come_when_the_server_likes_and_of_several_choices_differ() {
    let completion = |file, name| of(file, name).answer.tokens.completion;
    assert_eq!(completion(XGRAMMAR, "no_stream_options"), None);
    assert_eq!(completion(XGRAMMAR, "continuous_usage"), Some(3));
    let one = completion(LLAMA_CPP, "rf_bound_stream_stop");
    assert_eq!(completion(LLAMA_CPP, "n2"), one);
    assert!(completion(GUIDANCE, "n2") > Some(40), "both choices");
}

#[test]
fn the_first_token_is_not_the_role_and_padding_is_no_token() {
    for (file, name, first) in [
        (XGRAMMAR, "rf_bound_stream_stop", 2),
        (LLAMA_CPP, "rf_bound_stream_stop", 2),
        (MISTRAL_RS, "rf_bound_stream_stop", 0),
        (LLAMA_CPP, "completion_json_schema_stream", 0),
    ] {
        let capture = exchange(file, name);
        let timings = judged(&capture).answer.timings;
        assert_eq!(timings.ttft, Some(capture.frames[first].at), "{file}/{name}");
        assert!(timings.ttft < Some(timings.total) && timings.itl_p50.is_some(), "{file}/{name}");
    }
    let whole = of(MISTRAL_RS, "rf_bound_stop").answer.timings;
    assert_eq!((whole.ttft, whole.itl_p50), (None, None));
}

#[test]
fn comments_keep_a_connection_alive_and_are_no_tokens() {
    let capture = exchange(MISTRAL_RS, "conc_0");
    let timings = judged(&capture).answer.timings;
    assert!(capture.frames[0].at < Nanos(10_100_000_000), "the comment");
    assert!(timings.ttft > Some(Nanos(16_000_000_000)), "{:?}", timings.ttft);
}

#[test]
fn other_endpoints_of_vllm_answer_in_their_own_shapes() {
    are(Kind::Passed, &[(GUIDANCE, "completions_rf"), (GUIDANCE, "responses_api")]);
    let tokens = of(GUIDANCE, "responses_api").answer.tokens;
    assert_eq!((tokens.prompt, tokens.completion), (Some(32), Some(21)));
}

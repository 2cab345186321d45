//! What each dialect reads. Bodies of servers that nobody recorded follow their documentation;
//! recorded ones are in `fixtures/exchanges/` and judged by the judge's own tests.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use gonogo_core::{Capture, End, Kind, Nanos, Phase};
use gonogo_dialects::{Finish, Reading, read};
use serde_json::{Value, json};
use support::{answered, events, lines, recorded};

fn text(reading: &Reading) -> &str {
    std::str::from_utf8(&reading.text).unwrap()
}

fn kind(reading: &Reading) -> Option<Kind> {
    reading.trouble.as_ref().map(|(kind, _)| *kind)
}

/// Text, finish and counts of a good answer.
fn good(capture: &Capture, finish: Finish, tokens: (Option<u32>, Option<u32>)) {
    let reading = read(capture);
    let what = format!("{}: {reading:?}", capture.dialect);
    assert_eq!((text(&reading), reading.finish, kind(&reading)), (r#"{"a":1}"#, finish, None), "{what}");
    assert_eq!((reading.tokens.prompt, reading.tokens.completion), tokens, "{what}");
}

#[test]
fn sglang_says_it_in_its_own_shape() {
    let meta = |reason: Value| json!({"prompt_tokens": 5, "completion_tokens": 63, "finish_reason": reason});
    let stop = json!({"type": "stop", "matched": 2});
    let whole = json!({"text": r#"{"a":1}"#, "meta_info": meta(stop.clone())});
    good(&answered("sglang-generate", 200, &whole.to_string()), Finish::Stop, (Some(5), Some(63)));
    for pieces in [["{\"a", "{\"a\":1", "{\"a\":1}"], ["{\"a", "\":1", "}"]] {
        let messages: Vec<Value> = (0..)
            .zip(pieces)
            .map(|(n, text)| json!({"text": text, "meta_info": meta(if n == 2 { stop.clone() } else { Value::Null })}))
            .collect();
        let capture = events("sglang-generate", &messages);
        good(&capture, Finish::Stop, (Some(5), Some(63)));
        assert_eq!(read(&capture).content_at.len(), 3);
    }
    // Pieces that begin with the one before are pieces all the same.
    let nested =
        [r#"["#, r#"["#, r#"[1"#, r#"]]]"#].map(|text| json!({"text": text, "meta_info": meta(Value::Null)}));
    let nested = read(&events("sglang-generate", &nested));
    assert_eq!((text(&nested), nested.content_at.len()), ("[[[1]]]", 4));
    let abort = json!({"text": "", "meta_info": meta(json!({"type": "abort", "message": "input too long"}))});
    let reading = read(&answered("sglang-generate", 200, &abort.to_string()));
    assert_eq!(kind(&reading), Some(Kind::InBandError));
    assert!(reading.trouble.unwrap().1.message.contains("input too long"));
    let flat = r#"{"object":"error","message":"Invalid grammar request: bad schema","type":"BadRequest","code":400}"#;
    assert_eq!(kind(&read(&answered("sglang", 400, flat))), Some(Kind::ConstraintRejected));
    assert_eq!(kind(&read(&answered("sglang", 200, flat))), Some(Kind::ConstraintRejected));
}

#[test]
fn ollama_answers_in_lines() {
    let piece = |content: &str| json!({"message": {"role": "assistant", "content": content}, "done": false});
    let last = json!({
        "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
        "prompt_eval_count": 9, "eval_count": 64, "load_duration": 2, "prompt_eval_duration": 5_000_000, "eval_duration": 9_000_000,
    });
    let thinking = json!({"message": {"content": "", "thinking": "hm"}, "done": false});
    let capture = lines("ollama", &[thinking, piece("{\"a"), piece("\":1}"), last.clone()]);
    good(&capture, Finish::Stop, (Some(9), Some(64)));
    let reading = read(&capture);
    assert_eq!((reading.reasoning.as_slice(), reading.content_at.len()), (b"hm".as_slice(), 2));
    let server = reading.timings.server;
    assert_eq!((server.prompt, server.load), (Some(Nanos(5_000_000)), Some(Nanos(2))));
    assert_eq!(reading.timings.prefill, None, "what a server says is not what was measured");
    let mut whole = last;
    whole["message"]["content"] = r#"{"a":1}"#.into();
    let capture = answered("ollama", 200, &whole.to_string());
    good(&capture, Finish::Stop, (Some(9), Some(64)));
    assert_eq!(read(&capture).timings.ttft, None);
    let failed =
        lines("ollama", &[piece("{"), json!({"error": "an error was encountered while running the model"})]);
    assert_eq!((kind(&read(&failed)), text(&read(&failed))), (Some(Kind::InBandError), "{"));
    let kind = |status, body| kind(&read(&answered("ollama", status, body)));
    assert_eq!(kind(400, r#"{"error":"invalid format: \"yaml\""}"#), Some(Kind::ConstraintRejected));
    assert_eq!(kind(503, r#"{"error":"server busy, please try again."}"#), Some(Kind::Overloaded));
}

#[test]
fn tgi_counts_special_tokens_as_no_text() {
    let token = |text: &str, special| json!({"token": {"id": 1, "text": text, "special": special}, "generated_text": null, "details": null});
    let mut last = token("</s>", true);
    last["generated_text"] = r#"{"a":1}"#.into();
    last["details"] = json!({"finish_reason": "eos_token", "generated_tokens": 3, "input_length": 5});
    good(
        &events("tgi", &[token("{\"a", false), token("\":1}", false), last]),
        Finish::Stop,
        (Some(5), Some(3)),
    );
    let whole = json!({"generated_text": r#"{"a":1}"#, "details": {"finish_reason": "length", "generated_tokens": 64}});
    good(&answered("tgi", 200, &whole.to_string()), Finish::Length, (None, Some(64)));
    let kind = |status, body| kind(&read(&answered("tgi", status, body)));
    assert_eq!(
        kind(429, r#"{"error":"Model is overloaded","error_type":"overloaded"}"#),
        Some(Kind::Overloaded)
    );
    let properties = r#"{"error":"Grammar must have a 'properties' field","error_type":"validation"}"#;
    assert_eq!(kind(422, properties), Some(Kind::ConstraintRejected));
    assert_eq!(kind(424, r#"{"error":"Request failed","error_type":"generation"}"#), Some(Kind::HttpError));
    let midway = events(
        "tgi",
        &[
            token("{", false),
            json!({"error": "Incomplete generation", "error_type": "incomplete_generation"}),
        ],
    );
    assert_eq!(support::kind(&midway), Some(Kind::InBandError));
}

#[test]
fn openai_keeps_refusals_reasoning_and_tools_apart() {
    let chunk = |delta: Value, reason: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
    let call = |name: &str, arguments: &str| json!({"tool_calls": [{"index": 0, "function": {"name": name, "arguments": arguments}}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 64, "completion_tokens_details": {"reasoning_tokens": 9}}});
    let capture = events(
        "openai-chat",
        &[
            chunk(json!({"role": "assistant", "content": ""}), Value::Null),
            chunk(json!({"reasoning_content": "so, "}), Value::Null),
            chunk(json!({"content": "{\"a\":1"}), Value::Null),
            chunk(call("add", "{\"x\""), Value::Null),
            chunk(call("", ":1}"), Value::Null),
            chunk(json!({"content": "}"}), json!("stop")),
            usage,
        ],
    );
    good(&capture, Finish::Stop, (Some(4), Some(64)));
    let reading = read(&capture);
    assert_eq!((reading.reasoning.as_slice(), reading.reasoning_tokens), (b"so, ".as_slice(), Some(9)));
    assert_eq!((reading.tools[0].name.as_str(), reading.tools[0].arguments.as_str()), ("add", "{\"x\":1}"));
    assert_eq!(reading.timings.ttft, Some(capture.frames[2].at));
    let refused = json!({"choices": [{"message": {"content": null, "refusal": "I cannot help"}, "finish_reason": "stop"}]});
    let filtered = json!({"choices": [{"message": {"content": "{"}, "finish_reason": "content_filter"}]});
    let parts = json!({"choices": [{"message": {"content": [{"type": "text", "text": "{\"a\":1}"}]}, "finish_reason": "stop"}]});
    let kind = |body: &Value| kind(&read(&answered("openai-chat", 200, &body.to_string())));
    assert_eq!(
        (kind(&refused), kind(&filtered), kind(&parts)),
        (Some(Kind::Refused), Some(Kind::ContentFiltered), None)
    );
    let groq = r#"{"error":{"code":"json_validate_failed","failed_generation":"{"}}"#;
    assert_eq!(support::kind(&answered("openai-chat", 400, groq)), Some(Kind::InvalidJson));
}

#[test]
fn a_provider_of_openrouter_fails_inside_a_success() {
    let chunk = json!({"choices": [{"delta": {"content": "{"}, "finish_reason": null}]});
    let error = json!({"error": {"code": 502, "message": "Provider disconnected"}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]});
    let mut capture = events("openrouter", &[chunk, error]);
    capture.frames.insert(0, gonogo_core::Frame::new(Nanos(0), b": OPENROUTER PROCESSING\n\n".to_vec()));
    assert_eq!(support::kind(&capture), Some(Kind::InBandError));
    assert_eq!(text(&read(&capture)), "{");
}

#[test]
fn responses_stream_in_typed_events() {
    let usage =
        json!({"input_tokens": 8, "output_tokens": 64, "output_tokens_details": {"reasoning_tokens": 2}});
    let completed = json!({"type": "response.completed", "response": {"status": "completed", "error": null, "usage": usage}});
    let delta = |text: &str| json!({"type": "response.output_text.delta", "delta": text});
    let created = json!({"type": "response.created", "response": {"status": "in_progress"}});
    let done = json!({"type": "response.output_text.done", "text": "{\"a\":1}"});
    let capture =
        events("openai-responses", &[created, delta("{\"a"), delta("\":1}"), done, completed.clone()]);
    good(&capture, Finish::Stop, (Some(8), Some(64)));
    let mut incomplete = completed.clone();
    incomplete["type"] = "response.incomplete".into();
    incomplete["response"]["status"] = "incomplete".into();
    incomplete["response"]["incomplete_details"] = json!({"reason": "max_output_tokens"});
    assert_eq!(read(&events("openai-responses", &[delta("{"), incomplete])).finish, Finish::Length);
    let failed = json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "slow"}}});
    assert_eq!(support::kind(&events("openai-responses", &[failed])), Some(Kind::RateLimited));
    // A response repeats its instructions, and an error is not what they say.
    let quoting = json!({"status": "failed", "output": [], "error": {"code": "server_error", "message": "Sorry"}, "instructions": "context_length_exceeded", "text": {"format": {"schema": {"title": "invalid"}}}});
    let failed = json!({"type": "response.failed", "response": quoting});
    assert_eq!(support::kind(&events("openai-responses", &[failed])), Some(Kind::InBandError));
    let refused = json!({"type": "response.refusal.delta", "delta": "I cannot"});
    assert_eq!(support::kind(&events("openai-responses", &[refused, completed])), Some(Kind::Refused));
}

#[test]
fn anthropic_says_it_in_blocks() {
    let start = json!({"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 1}}});
    let block = |kind: &str| json!({"type": "content_block_start", "index": 0, "content_block": {"type": kind, "text": "", "name": "t", "input": {}}});
    let delta = |name: &str, text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "x", name: text}});
    let end = |reason: &str| json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 64}});
    let capture = events(
        "anthropic",
        &[
            start,
            block("thinking"),
            delta("thinking", "hm"),
            block("text"),
            json!({"type": "ping"}),
            delta("text", "{\"a"),
            delta("text", "\":1}"),
            block("tool_use"),
            delta("partial_json", "{\"x\":1}"),
            end("end_turn"),
            json!({"type": "message_stop"}),
        ],
    );
    good(&capture, Finish::Stop, (Some(7), Some(64)));
    let reading = read(&capture);
    assert_eq!((reading.reasoning.as_slice(), reading.cached_tokens), (b"hm".as_slice(), Some(4)));
    assert_eq!((reading.tools[0].name.as_str(), reading.tools[0].arguments.as_str()), ("t", "{\"x\":1}"));
    let whole = |reason: &str| {
        json!({"type": "message", "content": [{"type": "text", "text": "{\"a\":1}"}], "stop_reason": reason, "usage": {"input_tokens": 3, "output_tokens": 64}}).to_string()
    };
    good(&answered("anthropic", 200, &whole("max_tokens")), Finish::Length, (Some(3), Some(64)));
    good(
        &answered("anthropic", 200, &whole("model_context_window_exceeded")),
        Finish::Context,
        (Some(3), Some(64)),
    );
    assert_eq!(support::kind(&answered("anthropic", 200, &whole("refusal"))), Some(Kind::Refused));
    let error =
        |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}});
    assert_eq!(
        support::kind(&events("anthropic", &[error("overloaded_error", "Overloaded")])),
        Some(Kind::Overloaded)
    );
    let complex = error("invalid_request_error", "Schema is too complex for compilation.").to_string();
    assert_eq!(support::kind(&answered("anthropic", 400, &complex)), Some(Kind::ConstraintRejected));
    let plain = error("invalid_request_error", "output_config.format.schema: required").to_string();
    assert_eq!(support::kind(&answered("anthropic", 400, &plain)), Some(Kind::HttpError));
}

#[test]
fn gemini_counts_thoughts_apart() {
    let usage = json!({"promptTokenCount": 6, "candidatesTokenCount": 4, "thoughtsTokenCount": 60});
    let piece = |parts: Value, reason: Value| json!({"candidates": [{"content": {"parts": parts}, "finishReason": reason}], "usageMetadata": usage});
    let capture = events(
        "gemini",
        &[
            piece(json!([{"text": "hm", "thought": true}, {"text": "{\"a"}]), Value::Null),
            piece(json!([{"text": "\":1}"}]), json!("STOP")),
        ],
    );
    good(&capture, Finish::Stop, (Some(6), Some(64)));
    assert_eq!((read(&capture).reasoning, read(&capture).reasoning_tokens), (b"hm".to_vec(), Some(60)));
    let body = |body: Value| support::kind(&answered("gemini", 200, &body.to_string()));
    assert_eq!(body(piece(json!([]), json!("SAFETY"))), Some(Kind::ContentFiltered));
    assert_eq!(body(json!({"promptFeedback": {"blockReason": "OTHER"}})), Some(Kind::ContentFiltered));
    assert_eq!(
        body(json!([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}])),
        Some(Kind::RateLimited)
    );
    let states = r#"{"error":{"code":400,"message":"The specified schema produces a constraint that has too many states for serving.","status":"INVALID_ARGUMENT"}}"#;
    assert_eq!(support::kind(&answered("gemini", 400, states)), Some(Kind::ConstraintRejected));
    let opaque = r#"{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}"#;
    assert_eq!(support::kind(&answered("gemini", 400, opaque)), Some(Kind::HttpError));
}

#[test]
fn a_custom_answer_is_where_the_capture_says() {
    let body = json!({"out": [{"text": {"a": 1}}], "ir": "{\"a\":1}", "finish_reason": "stop", "generation_time_ms": 12.5});
    for place in ["custom#/out/0/text", "custom#ir"] {
        let capture = answered(place, 200, &body.to_string());
        good(&capture, Finish::Stop, (None, None));
        assert_eq!(read(&capture).timings.server.total, Some(Nanos(12_500_000)));
    }
    let missing = read(&answered("custom#answer", 200, &body.to_string()));
    assert_eq!(kind(&missing), Some(Kind::ProtocolError));
    assert!(missing.trouble.unwrap().1.message.contains("`answer`"));
    let expired = "Missing request, possibly due to expiry or cancellation";
    assert_eq!(support::kind(&answered("custom", 408, expired)), Some(Kind::TimeoutGateway));
}

#[test]
fn a_stream_is_over_when_the_peer_says_so() {
    let chunk = |text: &str, reason: Value| json!({"choices": [{"delta": {"content": text}, "finish_reason": reason}]});
    let finish = |capture: &Capture| (read(capture).finish, support::kind(capture));
    let cut = events("vllm", &[chunk("{\"a\":1}", Value::Null)]);
    assert_eq!(finish(&support::without_done(&cut)), (Finish::Cut, None));
    assert_eq!(finish(&cut), (Finish::Unsaid, None));
    let said = events("vllm", &[chunk("{\"a\":1}", json!("stop"))]);
    assert_eq!(finish(&support::without_done(&said)), (Finish::Stop, None));
    // A reason to stop is not yet the end.
    assert_eq!((read(&said).over, read(&support::without_done(&said)).over), (true, false));
    let token = json!({"token": {"text": "a", "special": false}, "generated_text": null, "details": null});
    let last = json!({"token": {"text": "b", "special": false}, "generated_text": "ab", "details": null});
    let over = |messages: &[Value]| read(&support::without_done(&events("tgi", messages))).over;
    assert_eq!((over(std::slice::from_ref(&token)), over(&[token, last])), (false, true));
    let mut half = said.clone();
    half.frames.pop();
    half.frames.push(gonogo_core::Frame::new(Nanos(9), b"data: {\"choi".to_vec()));
    assert_eq!(finish(&half), (Finish::Stop, None));
    let junk = support::with(&said, "data: <html>\n\n");
    assert_eq!(finish(&support::with(&cut, "")).1, None);
    // What follows [DONE] does not count.
    assert_eq!(finish(&junk), (Finish::Stop, None));
    let early = support::streamed("vllm", "data: <html>\n\n");
    assert_eq!(finish(&early).1, Some(Kind::ProtocolError));
}

#[test]
fn bodies_that_are_not_answers_are_told_apart() {
    let kind = |status, body: &str| support::kind(&answered("vllm", status, body));
    assert_eq!(kind(200, "<html>Bad gateway</html>"), Some(Kind::ProtocolError));
    assert_eq!(kind(204, ""), Some(Kind::ProtocolError));
    assert_eq!(kind(200, r#"{"choices":[{"mess"#), Some(Kind::TruncatedStream));
    assert_eq!(kind(200, "[]"), Some(Kind::ProtocolError));
    assert_eq!(kind(303, ""), Some(Kind::RedirectLimit));
    assert_eq!(kind(500, "<html>"), Some(Kind::HttpError));
    let broken = End::Broken { phase: Phase::Decode, message: "reset".into() };
    let reading = read(&Capture { end: broken, ..answered("vllm", 200, r#"{"choices":[{"mess"#) });
    assert_eq!((reading.finish, reading.trouble), (Finish::Cut, None));
}

#[test]
fn what_servers_measured_of_themselves_is_read() {
    let reported = |file, name| read(&recorded(file, name)).timings.server;
    let millis = |ms: f64| Some(Nanos::from(std::time::Duration::from_secs_f64(ms / 1e3)));
    let vllm = reported("vllm_others", "vllm_guidance_metrics/rf_bound_stop");
    assert_eq!((vllm.queue, vllm.ttft), (millis(3.817_432), millis(267.811_973)));
    let llama = reported("xllamacpp", "rf_bound_stream_stop");
    assert_eq!((llama.prompt, llama.decode), (millis(12.712), millis(428.224)));
    let mistral = reported("mistralrs", "rf_bound_stop");
    assert_eq!((mistral.prompt, mistral.total), (millis(2142.0), millis(7796.0)));
    let native = read(&recorded("xllamacpp", "completion_json_schema_stream"));
    assert_eq!((native.tokens.prompt, native.tokens.completion), (Some(13), Some(20)));
    assert_eq!(native.finish, Finish::Stop);
    assert!(native.timings.server.decode.is_some());
}

#[test]
fn headers_say_how_long_a_whole_answer_took_and_not_how_long_a_stream_will() {
    let said = |capture: &Capture, header: (&str, &str)| {
        let header = (header.0.to_owned(), header.1.to_owned());
        read(&Capture { headers: vec![header], ..capture.clone() }).timings.server
    };
    let tgi = answered("tgi", 200, r#"{"generated_text": "{\"a\":1}"}"#);
    assert_eq!(said(&tgi, ("x-total-time", "1502")).total, Some(Nanos(1_502_000_000)));
    assert_eq!(said(&tgi, ("x-queue-time", "3")).queue, Some(Nanos(3_000_000)));
    let whole = answered("openai-chat", 200, r#"{"choices": [{"message": {"content": "x"}}]}"#);
    assert_eq!(said(&whole, ("openai-processing-ms", "12")).total, Some(Nanos(12_000_000)));
    assert_eq!(said(&whole, ("openai-processing-ms", "soon")).total, None);
    assert_eq!(said(&whole, ("x-queue-time", "0.5")).queue, None, "some proxy's seconds");
    let stream = events("openai-chat", &[json!({"choices": [{"delta": {"content": "x"}}]})]);
    assert_eq!(said(&stream, ("openai-processing-ms", "12")).total, None);
}

#[test]
fn a_compressed_body_is_named_as_such_and_one_that_only_says_so_is_read() {
    let says = |capture: Capture, coding: &str| Capture {
        headers: vec![("content-encoding".into(), coding.into())],
        ..capture
    };
    let gzip = [vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]];
    let reading = read(&says(support::capture("vllm", 200, gzip), "gzip"));
    assert_eq!(kind(&reading), Some(Kind::ProtocolError));
    assert!(reading.trouble.unwrap().1.message.contains("compressed (gzip)"));
    let plain =
        answered("vllm", 200, r#"{"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}"#);
    assert_eq!(read(&says(plain.clone(), "gzip")).trouble, None);
    assert_eq!(read(&says(plain, "identity")).trouble, None);
}

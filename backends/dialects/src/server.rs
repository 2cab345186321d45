//! What a server says that it took, by its own clock: in a message of its answer or in a header.
//!
//! | server | where | unit |
//! |---|---|---|
//! | llama.cpp | `timings.prompt_ms`, `timings.predicted_ms` | ms |
//! | vLLM with `--enable-per-request-metrics` | `metrics.queue_time_ms`, `time_to_first_token_ms`, `generation_time_ms` | ms |
//! | mistral.rs | `usage.total_prompt_time_sec`, `total_completion_time_sec`, `total_time_sec` | s |
//! | Groq | `usage.queue_time`, `prompt_time`, `completion_time`, `total_time`; also in `x_groq` | s |
//! | Cerebras | the same four in `time_info` | s |
//! | Ollama | `load_duration`, `prompt_eval_duration`, `eval_duration`, `total_duration` | ns |
//! | SGLang, native | `meta_info.e2e_latency` | s |
//! | TGI, of answers that do not stream | headers `x-queue-time`, `x-inference-time`, `x-total-time` | ms |
//! | OpenAI, of answers that do not stream | header `openai-processing-ms` | ms |
//!
//! A stream's headers are gone before the server knows how long it will take, so they are not read.

use std::time::Duration;

use gonogo_core::{Capture, Nanos, ServerTimings};
use serde_json::Value;

/// How many of a unit make a second.
const SECONDS: f64 = 1.0;
const MILLIS: f64 = 1e3;
const NANOS: f64 = 1e9;

/// Where servers with OpenAI's messages put theirs: the object, its members in the order of [`put`], their unit.
const OPENAI: [(&[&str], [&str; 6], f64); 6] = [
    (&["timings"], ["", "", "prompt_ms", "", "predicted_ms", ""], MILLIS),
    (&["metrics"], ["queue_time_ms", "", "", "time_to_first_token_ms", "generation_time_ms", ""], MILLIS),
    (
        &["usage"],
        ["", "", "total_prompt_time_sec", "", "total_completion_time_sec", "total_time_sec"],
        SECONDS,
    ),
    (&["usage"], GROQ, SECONDS),
    (&["x_groq", "usage"], GROQ, SECONDS),
    (&["time_info"], GROQ, SECONDS),
];

/// The four of Groq and Cerebras.
const GROQ: [&str; 6] = ["queue_time", "", "prompt_time", "", "completion_time", "total_time"];

/// Ollama's last line.
const OLLAMA: [&str; 6] =
    ["", "load_duration", "prompt_eval_duration", "", "eval_duration", "total_duration"];

/// Reads a message of a server that writes as OpenAI does. A later report replaces an earlier one:
/// streams may report as they go.
pub(crate) fn openai(server: &mut ServerTimings, message: &Value) {
    for (object, members, unit) in OPENAI {
        // Most messages have none of these objects.
        let found = object.iter().try_fold(message, |value, name| value.get(name));
        found.iter().for_each(|found| put(server, found, members, unit));
    }
}

/// Reads Ollama's last line.
pub(crate) fn ollama(server: &mut ServerTimings, message: &Value) {
    put(server, message, OLLAMA, NANOS);
}

/// The whole request, where a message has it at `pointer`.
pub(crate) fn total(server: &mut ServerTimings, message: &Value, pointer: &str, per_second: f64) {
    let found = message.pointer(pointer).and_then(Value::as_f64);
    server.total = found.and_then(|number| duration(number, per_second)).or(server.total);
}

/// Reads the headers of an answer that came whole.
pub(crate) fn headers(server: &mut ServerTimings, capture: &Capture) {
    let ms = |wanted: &str| {
        let value = capture.headers.iter().find(|(name, _)| name == wanted)?;
        duration(value.1.trim().parse().ok()?, MILLIS)
    };
    server.total = server.total.or_else(|| ms("openai-processing-ms"));
    // Other servers have headers of these names in other units.
    if capture.dialect == "tgi" {
        server.queue = server.queue.or_else(|| ms("x-queue-time"));
        server.decode = server.decode.or_else(|| ms("x-inference-time"));
        server.total = server.total.or_else(|| ms("x-total-time"));
    }
}

/// Reads the members of these names, in this order; an empty one stands for none.
fn put(server: &mut ServerTimings, object: &Value, members: [&str; 6], per_second: f64) {
    let ServerTimings { queue, load, prompt, ttft, decode, total } = server;
    let all = [queue, load, prompt, ttft, decode, total].into_iter().zip(members);
    for (to, member) in all.filter(|(_, member)| !member.is_empty()) {
        let found = object.get(member).and_then(Value::as_f64);
        *to = found.and_then(|number| duration(number, per_second)).or(*to);
    }
}

fn duration(number: f64, per_second: f64) -> Option<Nanos> {
    Duration::try_from_secs_f64(number / per_second).ok().map(Nanos::from)
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Nanos, ServerTimings};
    use serde_json::json;

    use super::{ollama, openai};

    fn read(of: fn(&mut ServerTimings, &serde_json::Value), message: &serde_json::Value) -> [Option<u64>; 6] {
        let mut server = ServerTimings::default();
        of(&mut server, message);
        let ServerTimings { queue, load, prompt, ttft, decode, total } = server;
        [queue, load, prompt, ttft, decode, total].map(|nanos| nanos.map(|Nanos(nanos)| nanos))
    }

    #[test]
    fn every_servers_unit_is_its_own() {
        let four = json!({"queue_time": 0.5, "prompt_time": 0.25, "completion_time": 2, "total_time": 2.25});
        let seconds =
            [Some(500_000_000), None, Some(250_000_000), None, Some(2_000_000_000), Some(2_250_000_000)];
        for message in
            [json!({"usage": four}), json!({"x_groq": {"usage": four}}), json!({"time_info": four})]
        {
            assert_eq!(read(openai, &message), seconds, "{message}");
        }
        let llama = json!({"timings": {"prompt_ms": 1.5, "predicted_ms": 20}});
        assert_eq!(read(openai, &llama), [None, None, Some(1_500_000), None, Some(20_000_000), None]);
        let line =
            json!({"load_duration": 4, "prompt_eval_duration": 5, "eval_duration": 9, "total_duration": 20});
        assert_eq!(read(ollama, &line), [None, Some(4), Some(5), None, Some(9), Some(20)]);
    }

    #[test]
    fn what_is_no_duration_is_not_read() {
        for time in [json!("1.5"), json!(-1), json!(1e300), json!(null), json!({})] {
            assert_eq!(read(openai, &json!({"usage": {"total_time": time}})), [None; 6], "{time}");
        }
    }
}

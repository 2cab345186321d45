//! Recorded exchanges of real servers, as captures.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gonogo_core::{Capture, Constraint, End, Frame, Message, Nanos, Phase, Request, Role, Sampling};
use serde_json::{Value, json};

/// One recorded exchange.
pub(crate) struct Sample {
    /// The file it is from.
    pub(crate) server: String,
    /// Its name there.
    pub(crate) name: String,
    /// Whether the request was one that is answered with text.
    pub(crate) asks: bool,
    /// The exchange.
    pub(crate) capture: Capture,
}

/// Where the recordings are: beside the project, and not part of it.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples")
}

/// Every recorded exchange; none where the folder is missing.
pub(crate) fn samples() -> Vec<Sample> {
    let Ok(folder) = fs::read_dir(folder()) else { return Vec::new() };
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| of(file)).collect()
}

fn of(file: &Path) -> Vec<Sample> {
    let server = file.file_stem().unwrap().to_str().unwrap();
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| sample(server, &serde_json::from_str(line).unwrap())).collect()
}

fn sample(server: &str, row: &Value) -> Sample {
    let at = |pointer: &str| row.pointer(pointer);
    let path = at("/request/path").and_then(Value::as_str).unwrap();
    let asks = at("/request/method").and_then(Value::as_str) == Some("POST");
    let dialect = match (server.split('_').next().unwrap(), path) {
        (_, "/v1/responses") => "openai-responses",
        (_, "/completion") => "llama-cpp-completion",
        ("vllm", "/v1/completions") => "vllm-completions",
        ("vllm", _) => "vllm",
        ("xllamacpp", _) => "llama-cpp",
        _ => "mistral-rs",
    };
    let millis = |pointer: &str| at(pointer).map(nanos).unwrap_or_default();
    let frames = match (at("/sse"), at("/body_raw")) {
        (Some(lines), _) => lines.as_array().unwrap().iter().map(line).collect(),
        (None, Some(body)) => vec![Frame::new(millis("/t_total_ms"), body.as_str().unwrap().into())],
        (None, None) => vec![],
    };
    let elapsed = frames.last().map_or(millis("/t_total_ms"), |frame| frame.at);
    let capture = Capture {
        format: gonogo_core::FORMAT,
        dialect: dialect.into(),
        request: request(at("/request/body").unwrap_or(&Value::Null)),
        status: at("/status").and_then(Value::as_u64).map(|status| u16::try_from(status).unwrap()),
        headers: at("/resp_headers").and_then(Value::as_array).into_iter().flatten().map(header).collect(),
        frames,
        end: end(row, elapsed),
        elapsed,
        phases: None,
        load: None,
        stderr: String::new(),
    };
    let name = at("/name").and_then(Value::as_str).unwrap().into();
    Sample { server: server.into(), name, asks, capture }
}

/// The recorder left some exchanges on purpose: after some events, or when its patience ended.
fn end(row: &Value, elapsed: Nanos) -> End {
    if row.get("exception").is_some() {
        return End::TimedOut { phase: Phase::FirstByte, limit: elapsed };
    }
    if row.get("disconnected_after_events").is_some() {
        return End::Broken { phase: Phase::Decode, message: "the client left".into() };
    }
    End::Complete
}

fn nanos(millis: &Value) -> Nanos {
    std::time::Duration::from_secs_f64(millis.as_f64().unwrap() / 1e3).into()
}

fn line(line: &Value) -> Frame {
    Frame::new(nanos(&line[0]), line[1].as_str().unwrap().into())
}

fn header(header: &Value) -> (String, String) {
    (header[0].as_str().unwrap().to_lowercase(), header[1].as_str().unwrap().into())
}

fn request(body: &Value) -> Request {
    let said = body.pointer("/messages/0/content").or(body.get("prompt")).and_then(Value::as_str);
    let content = said.unwrap_or_default().chars().take(80).collect();
    let budgets = ["max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict"];
    let budget = budgets.iter().find_map(|name| {
        let budget = body.get(name)?;
        budget.as_u64().or_else(|| budget.as_str()?.parse().ok())
    });
    Request {
        messages: vec![Message { role: Role::User, content }],
        constraint: constraint(body),
        sampling: Sampling {
            // Where none was asked for, only the context is a limit.
            max_tokens: budget.map_or(u32::MAX, |budget| u32::try_from(budget).unwrap()),
            temperature: 0.0,
            seed: 1,
        },
    }
}

/// What was asked for, in whichever member, honoured or not.
fn constraint(body: &Value) -> Option<Constraint> {
    let schemas = [
        "/response_format/json_schema/schema",
        "/response_format/schema",
        "/structured_outputs/json",
        "/text/format/schema",
        "/json_schema",
        "/guided_json",
    ];
    if let Some(schema) = schemas.iter().find_map(|pointer| body.pointer(pointer)) {
        let text = schema.as_str().filter(|text| text.starts_with('{')).map(str::to_owned);
        return Some(Constraint::JsonSchema(text.unwrap_or_else(|| schema.to_string())));
    }
    if body.get("response_format").is_some() || body.pointer("/structured_outputs/json_object").is_some() {
        return Some(Constraint::JsonSchema(json!({"type": "object"}).to_string()));
    }
    let choices = body.pointer("/structured_outputs/choice").and_then(Value::as_array);
    if let Some(choices) = choices {
        return Some(Constraint::Choice(choices.iter().map(|text| text.as_str().unwrap().into()).collect()));
    }
    if let Some(pattern) = body.pointer("/structured_outputs/regex") {
        return Some(Constraint::Regex(pattern.as_str().unwrap().into()));
    }
    let grammars =
        ["/structured_outputs/grammar", "/structured_outputs/structural_tag", "/guided_grammar", "/grammar"];
    let grammar = grammars.iter().find_map(|pointer| body.pointer(pointer))?;
    let member = |name: &str| grammar.get(name).and_then(Value::as_str).unwrap_or_default();
    let (kind, text) = grammar.as_str().map_or((member("type"), member("value")), |text| ("", text));
    Some(match (kind, text.split_once("start: %json ")) {
        ("json_schema", _) => Constraint::JsonSchema(grammar["value"].to_string()),
        ("regex", _) => Constraint::Regex(text.into()),
        (_, Some((_, schema))) => Constraint::JsonSchema(schema.into()),
        _ => Constraint::Grammar(text.into()),
    })
}

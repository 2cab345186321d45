//! What each dialect sends: snapshots of every constraint, streamed and not, through every channel.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use gonogo_core::{Constraint, Message, Request, Role, Sampling};
use gonogo_dialects::{Auth, DIALECTS, Dialect, EncodeError, HttpRequest, Streaming, Target, dialect};
use serde_json::{Map, Value, json};

const SCHEMA: &str =
    r#"{"type":"object","properties":{"b":{"type":"string"},"a":{"enum":["x"]}},"required":["b"]}"#;

fn constraints() -> Vec<Constraint> {
    vec![
        Constraint::JsonSchema(SCHEMA.into()),
        Constraint::Regex("[0-9]{3}/x".into()),
        Constraint::Choice(vec!["yes".into(), "no (\"never\")".into()]),
        Constraint::Grammar("root ::= \"a\"".into()),
    ]
}

fn request(constraint: Option<Constraint>) -> Request {
    let message = |role, content: &str| Message { role, content: content.into() };
    Request {
        messages: vec![
            message(Role::System, "Answer in JSON."),
            message(Role::User, "What is 1 + 1?"),
            message(Role::Assistant, "2"),
            message(Role::User, "And 2 + 2?"),
        ],
        constraint,
        sampling: Sampling { max_tokens: 64, temperature: 0.5, seed: 7 },
    }
}

fn target(stream: bool) -> Target {
    let settings = [("provider".to_owned(), "acme".to_owned())].into();
    Target { model: "m".into(), stream, settings, ..Target::default() }
}

fn body(request: &HttpRequest) -> Map<String, Value> {
    serde_json::from_slice(&request.body).unwrap()
}

/// The whole of a request.
fn whole(request: &HttpRequest) -> Value {
    let pairs = |pairs: &[(String, String)]| -> Vec<String> {
        pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect()
    };
    json!({
        "line": format!("{} {}", request.method, request.path),
        "query": pairs(&request.query),
        "headers": pairs(&request.headers),
        "body": body(request),
    })
}

/// The members that a constraint adds or changes, or why it cannot be said.
fn added(base: &HttpRequest, sent: Result<HttpRequest, EncodeError>) -> Value {
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => return error.to_string().into(),
    };
    assert_eq!((&base.path, &base.query, &base.headers), (&sent.path, &sent.query, &sent.headers));
    let base = body(base);
    let new = body(&sent).into_iter().filter(|(name, value)| base.get(name) != Some(value));
    Value::Object(new.collect())
}

fn described(dialect: &Dialect) -> Value {
    let Some(http) = &dialect.http else {
        return dialect.encode(&request(None), &target(false)).unwrap_err().to_string().into();
    };
    let auth = match http.auth {
        Auth::None => "none",
        Auth::Bearer => "bearer",
        Auth::Header(name) => name,
    };
    let streams = match http.streaming {
        Streaming::None => "no",
        Streaming::Sse => "server-sent events",
        Streaming::NdJson => "lines of JSON",
    };
    let mut shown = json!({"auth": auth, "streams": streams});
    for stream in [false, true] {
        let key = if stream { "streamed" } else { "whole" };
        shown[key] = match dialect.encode(&request(None), &target(stream)) {
            Ok(base) => said(dialect, &base, stream),
            Err(error) => error.to_string().into(),
        };
    }
    shown
}

/// The request without a constraint, and what each constraint adds to it.
fn said(dialect: &Dialect, base: &HttpRequest, stream: bool) -> Value {
    let mut shown = json!({"request": whole(base)});
    for constraint in constraints() {
        let sent = dialect.encode(&request(Some(constraint.clone())), &target(stream));
        shown[constraint.name()] = added(base, sent);
    }
    if !stream {
        for channel in dialect.http.as_ref().unwrap().channels {
            let target = Target { channel: Some(channel.name.into()), ..target(false) };
            for constraint in constraints().iter().filter(|constraint| channel.takes(constraint)) {
                let sent = dialect.encode(&request(Some(constraint.clone())), &target);
                let mark = if channel.foreign { ", foreign" } else { "" };
                shown[format!("{} through {}{mark}", constraint.name(), channel.name)] = added(base, sent);
            }
        }
    }
    shown
}

#[test]
fn requests() {
    for dialect in DIALECTS {
        insta::assert_json_snapshot!(dialect.name.replace('/', "-"), described(dialect));
    }
}

#[test]
fn streaming_changes_nothing_about_a_constraint() {
    for dialect in DIALECTS.iter().filter(|dialect| dialect.http.is_some()) {
        let shown = described(dialect);
        for constraint in constraints() {
            let name = constraint.name();
            let (whole, streamed) = (shown["whole"].get(name), shown["streamed"].get(name));
            assert!(streamed.is_none() || streamed == whole, "{}: {name}", dialect.name);
        }
    }
}

#[test]
fn a_seed_fits_into_what_every_server_takes() {
    let mut ask = request(None);
    ask.sampling.seed = u64::MAX;
    for dialect in DIALECTS.iter().filter(|dialect| dialect.http.is_some()) {
        let sent = String::from_utf8(dialect.encode(&ask, &target(false)).unwrap().body).unwrap();
        assert!(!sent.contains("seed\":") || sent.contains("seed\":2147483647"), "{sent}");
    }
}

#[test]
fn names_are_unique_and_found() {
    for known in DIALECTS {
        assert!(std::ptr::eq(known, dialect(known.name).unwrap()), "{} twice", known.name);
        let channels = known.http.as_ref().map(|http| http.channels).unwrap_or_default();
        for (place, channel) in channels.iter().enumerate() {
            assert!(channels[..place].iter().all(|other| other.name != channel.name), "{}", channel.name);
        }
    }
    assert!(dialect("morse").is_none());
}

#[test]
fn what_cannot_be_said_is_named_with_what_can() {
    let vllm = dialect("vllm").unwrap();
    let ask = |constraint: Constraint, channel: Option<&str>| {
        let target = Target { channel: channel.map(str::to_owned), ..target(false) };
        vllm.encode(&request(Some(constraint)), &target).unwrap_err().to_string()
    };
    insta::assert_snapshot!(
        [
            ask(Constraint::Regex("a".into()), Some("morse")),
            ask(Constraint::Regex("a".into()), Some("response_format")),
            ask(Constraint::JsonSchema("{".into()), None),
            dialect("ollama")
                .unwrap()
                .encode(&request(Some(Constraint::Regex("a".into()))), &target(true))
                .unwrap_err()
                .to_string(),
            dialect("custom").unwrap().encode(&request(None), &target(true)).unwrap_err().to_string(),
            dialect("openrouter")
                .unwrap()
                .encode(&request(None), &Target::default())
                .unwrap_err()
                .to_string(),
        ]
        .join("\n")
    );
    // A channel's name is checked although there is nothing to put into it.
    let target = Target { channel: Some("morse".into()), ..target(false) };
    assert!(vllm.encode(&request(None), &target).is_err());
}

#[test]
fn an_arms_own_members_are_merged_and_settings_are_used() {
    let extra =
        json!({"cache_prompt": false, "response_format": {"json_schema": {"strict": null}}, "seed": null});
    let target = Target { extra: extra.as_object().unwrap().clone(), ..Target::default() };
    let ask = request(Some(Constraint::JsonSchema(SCHEMA.into())));
    let sent = body(&dialect("llama-cpp").unwrap().encode(&ask, &target).unwrap());
    assert_eq!(sent.get("cache_prompt"), Some(&json!(false)));
    assert!(!sent.contains_key("model") && !sent.contains_key("seed"));
    assert!(sent["response_format"]["json_schema"].get("strict").is_none());
    let target = Target { settings: [("budget".into(), "max_tokens".into())].into(), ..Target::default() };
    let sent = body(&dialect("openai-chat").unwrap().encode(&ask, &target).unwrap());
    assert_eq!((sent.get("max_tokens"), sent.get("max_completion_tokens")), (Some(&json!(64)), None));
    let top_p = json!({"top_p": 0.95});
    let target = Target { extra: top_p.as_object().unwrap().clone(), ..Target::default() };
    let sent = body(&dialect("custom").unwrap().encode(&ask, &target).unwrap());
    assert_eq!(sent.get("top_p"), Some(&json!(0.95)));
}

#[test]
fn a_capture_says_where_its_answer_is() {
    let custom = dialect("custom").unwrap();
    assert_eq!(custom.captured_as(&Target::default()), "custom");
    let target = Target { answer: Some("/out/0".into()), ..Target::default() };
    assert_eq!(custom.captured_as(&target), "custom#/out/0");
}

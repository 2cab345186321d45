//! What a server says of itself: health, version, models, settings.

use std::time::Duration;

use gonogo_core::End;
use gonogo_dialects::shorten;
use gonogo_http::{Endpoint, Got};
use serde_json::{Value, json};

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(5);
/// Characters of a body that is shown as it is.
const BODY: usize = 100;

/// A path that some servers have.
struct Place {
    path: &'static str,
    query: &'static [(&'static str, &'static str)],
    /// What of the answer is worth a line, as JSON pointers; all of it where none is there.
    telling: &'static [&'static str],
}

const PLACES: [Place; 5] = [
    Place { path: "health", query: &[], telling: &[] },
    Place { path: "version", query: &[], telling: &["/version"] },
    Place { path: "v1/models", query: &[], telling: &["/data/0/id", "/data/1/id", "/data/0/max_model_len"] },
    // llama.cpp
    Place {
        path: "props",
        query: &[],
        telling: &["/build_info", "/model_path", "/total_slots", "/default_generation_settings/n_ctx"],
    },
    // vLLM in development mode: the only place that names the engine
    Place {
        path: "server_info",
        query: &[("config_format", "json")],
        telling: &["/vllm_config/structured_outputs_config", "/structured_outputs_config"],
    },
];

/// One look, and what it showed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    pub(super) path: &'static str,
    pub(super) status: Option<u16>,
    /// One line for people.
    pub(super) shown: String,
    /// The body as JSON, where it is; else as text.
    pub(super) body: Value,
}

/// Looks at every path, one after the other.
pub(super) async fn around(endpoint: &Endpoint) -> Vec<Look> {
    let mut looks = Vec::new();
    for Place { path, query, telling } in PLACES {
        let got = endpoint.get(path, query, LIMIT).await;
        looks.push(look(path, telling, got));
    }
    looks
}

fn look(path: &'static str, telling: &[&str], got: Got) -> Look {
    let Got { status, body, end } = got;
    let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    let shown = if end == End::Complete {
        line(status, telling, &body)
    } else if let End::TimedOut { limit, .. } = &end {
        format!("nothing within {limit}")
    } else if let End::Broken { message, .. } = &end {
        message.clone()
    } else {
        "no whole answer".into()
    };
    Look { path, status, shown, body }
}

/// A line that says what the body says, as far as it is worth one.
fn line(status: Option<u16>, telling: &[&str], body: &Value) -> String {
    if !status.is_some_and(|status| (200..300).contains(&status)) {
        return "not here".into();
    }
    let parts: Vec<String> = telling
        .iter()
        .filter_map(|pointer| {
            let name = pointer.rsplit('/').next()?;
            Some(format!("{name} {}", shorten::line(&plain(body.pointer(pointer)?), BODY)))
        })
        .collect();
    if parts.is_empty() { shorten::line(&plain(body), BODY) } else { parts.join(", ") }
}

/// A string as its text, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Look {
    pub(super) fn json(&self) -> Value {
        json!({"path": self.path, "status": self.status, "shown": self.shown, "body": self.body})
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{End, Nanos, Phase};
    use gonogo_http::Got;

    use super::look;

    fn shown(status: Option<u16>, body: &str, end: End) -> String {
        look("props", &["/build_info", "/total_slots"], Got { status, body: body.into(), end }).shown
    }

    #[test]
    fn what_is_telling_is_shown_and_else_the_beginning() {
        let props = r#"{"chat_template":"{%","total_slots":2,"build_info":"b10"}"#;
        assert_eq!(shown(Some(200), props, End::Complete), "build_info b10, total_slots 2");
        assert_eq!(shown(Some(200), r#"{"status":"ok"}"#, End::Complete), r#"{"status":"ok"}"#);
        assert_eq!(shown(Some(200), "", End::Complete), "");
        assert_eq!(shown(Some(404), "<html>", End::Complete), "not here");
        let late = End::TimedOut { phase: Phase::Total, limit: Nanos(5_000_000_000) };
        assert!(shown(None, "", late).starts_with("nothing within 5"));
    }
}

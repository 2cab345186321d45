//! What a look at a server shows, in a line. Bodies are not shown: they hold whatever their servers
//! were started with, and only the members that the manifest knows are known to be harmless.

use gonogo_core::End;
use gonogo_dialects::shorten;
use gonogo_http::{Got, Look};
use serde_json::{Value, json};

/// Characters of what a health check says.
const BODY: usize = 100;
/// The place whose body is its only message.
const HEALTH: &str = "health";

/// A line for people.
pub(super) fn line(look: &Look) -> String {
    let Look { place, got } = look;
    let status = got.status.map_or("---".to_owned(), |status| status.to_string());
    format!("GET /{:<16} {status}  {}", place.path, shown(place.path, got)).trim_end().to_owned()
}

/// For machines.
pub(super) fn json(look: &Look) -> Value {
    json!({"path": look.place.path, "status": look.got.status, "shown": shown(look.place.path, &look.got)})
}

fn shown(path: &str, got: &Got) -> String {
    match &got.end {
        End::Complete if !got.status.is_some_and(|status| (200..300).contains(&status)) => "not here".into(),
        End::Complete if path == HEALTH => shorten::line(got.body.trim(), BODY),
        End::Complete => String::new(),
        End::TimedOut { limit, .. } => format!("nothing within {limit}"),
        End::Broken { message, .. }
        | End::Garbled { message, .. }
        | End::Unsent { message }
        | End::Unsupported { message } => shorten::line(message, BODY),
        End::Oversize { .. } => "more than anybody reads".into(),
        End::Died { .. } => "nobody there".into(),
    }
}

#[cfg(test)]
mod tests {
    use gonogo_core::{End, Nanos, Phase};
    use gonogo_http::Got;

    use super::shown;

    #[test]
    fn only_a_health_check_is_quoted() {
        let got = |status, body: &str, end| Got { status, body: body.into(), end };
        assert_eq!(
            shown("health", &got(Some(200), "{\"status\":\"ok\"}", End::Complete)),
            r#"{"status":"ok"}"#
        );
        assert_eq!(shown("server_info", &got(Some(200), "{\"key\":\"hunter2\"}", End::Complete)), "");
        assert_eq!(shown("health", &got(Some(404), "<html>", End::Complete)), "not here");
        let late = End::TimedOut { phase: Phase::Total, limit: Nanos(5_000_000_000) };
        assert!(shown("health", &got(None, "", late)).starts_with("nothing within 5"));
    }
}

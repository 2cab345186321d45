//! From a request's path to what is played.
//!
//! `/<fault>/…` plays the fault, `/<fault>/hop/N` its Nth redirect on, and `/mix/…` or
//! `/mix=plain:9,rate-limited:1/…` draws from a mix.

use crate::{Fault, Mix, fault};

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A fault, behind so many redirects that were already followed.
    Fault(&'static Fault, u32),
    /// One of several.
    Mix(Mix),
    /// Nothing that there is, and why.
    Unknown(String),
}

/// What `target` asks for.
pub(crate) fn route(target: &str) -> Route {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/').skip(1);
    let first = segments.next().unwrap_or_default();
    if first == "mix" || first.starts_with("mix=") {
        return match Mix::parse(first.strip_prefix("mix=").unwrap_or_default()) {
            Ok(mix) => Route::Mix(mix),
            Err(error) => Route::Unknown(error.to_string()),
        };
    }
    let hop = if segments.next() == Some("hop") { segments.next() } else { None };
    match fault(first) {
        Some(fault) => Route::Fault(fault, hop.and_then(|hop| hop.parse().ok()).unwrap_or(0)),
        None => Route::Unknown(format!("there is no fault `{first}`; `gonogo sim --list` has their names")),
    }
}

/// Where a fault's redirect leads to.
pub(crate) fn hop(fault: &Fault, followed: u32) -> String {
    format!("/{}/hop/{followed}", fault.name)
}

#[cfg(test)]
mod tests {
    use super::{Route, hop, route};
    use crate::fault;

    #[test]
    fn the_first_segment_names_what_is_played() {
        let plain = fault("plain").unwrap();
        for path in ["/plain", "/plain/", "/plain/v1/chat/completions", "/plain/v1?hop=3"] {
            assert_eq!(route(path), Route::Fault(plain, 0), "{path}");
        }
        assert_eq!(route(&hop(plain, 3)), Route::Fault(plain, 3));
        assert!(matches!(route("/mix/v1/chat/completions"), Route::Mix(_)));
        assert!(matches!(route("/mix=plain:1/v1"), Route::Mix(_)));
        for path in ["/", "", "/nothing/plain", "/mix=nothing:1", "/mixed"] {
            assert!(matches!(route(path), Route::Unknown(_)), "{path}");
        }
    }
}

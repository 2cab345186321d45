//! The cassettes that are served: who answers a request, and in which order.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::matching::{canonical, comparable, pointers};
use crate::{Cassette, CassetteError, Exchange};

/// Pointers that a miss names at most.
const SHOWN: usize = 8;

/// One cassette, ready to be asked over HTTP.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) name: String,
    dialect: String,
    groups: Vec<Group>,
}

/// The recordings of one request, in the order in which they are served.
#[derive(Debug)]
struct Group {
    method: String,
    path: String,
    body: Value,
    exchanges: Vec<Exchange>,
    /// How often it was asked.
    asked: AtomicUsize,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Nothing was recorded at this path.
    Path(String),
    /// Something else was asked there.
    Body(String),
}

impl Shelf {
    /// # Errors
    /// [`CassetteError::NotHttp`] where no request went out over HTTP.
    pub(crate) fn new(cassette: Cassette) -> Result<Self, CassetteError> {
        let Cassette { header, exchanges } = cassette;
        let mut shelf = Self { name: header.name, dialect: header.dialect, groups: Vec::new() };
        for exchange in exchanges {
            let Some(sent) = &exchange.http else { continue };
            let body = canonical(&sent.body, &shelf.dialect);
            let same = |group: &&mut Group| {
                (&group.method, &group.path, &group.body) == (&sent.method, &sent.path, &body)
            };
            match shelf.groups.iter_mut().find(same) {
                Some(group) => group.exchanges.push(exchange),
                None => shelf.groups.push(Group {
                    method: sent.method.clone(),
                    path: sent.path.clone(),
                    body,
                    exchanges: vec![exchange],
                    asked: AtomicUsize::new(0),
                }),
            }
        }
        if shelf.groups.is_empty() {
            return Err(CassetteError::NotHttp { name: shelf.name, dialect: shelf.dialect });
        }
        Ok(shelf)
    }

    /// The next recording of this request. After the last one comes the first again, so that a client's second
    /// run of its tests meets what the first one met.
    pub(crate) fn find(&self, method: &str, path: &str, body: &[u8]) -> Result<&Exchange, Miss> {
        let here: Vec<&Group> =
            self.groups.iter().filter(|group| group.method == method && is_at(path, &group.path)).collect();
        if here.is_empty() {
            return Err(Miss::Path(self.elsewhere(method, path)));
        }
        let Ok(asked) = serde_json::from_slice::<Value>(body) else {
            return Err(Miss::Body(format!(
                "the body is not JSON, and {} speaks {}",
                self.name, self.dialect
            )));
        };
        let asked = canonical(&asked, &self.dialect);
        match here.iter().find(|group| comparable(&asked, &group.body) == group.body) {
            Some(group) => {
                let turn = group.asked.fetch_add(1, Ordering::Relaxed);
                Ok(&group.exchanges[turn % group.exchanges.len()])
            }
            None => Err(Miss::Body(self.nearest(&asked, &here))),
        }
    }

    fn elsewhere(&self, method: &str, path: &str) -> String {
        let mut known: Vec<String> =
            self.groups.iter().map(|group| format!("{} /{}", group.method, group.path)).collect();
        known.sort();
        known.dedup();
        format!(
            "nothing was recorded of {method} {path} in cassette `{}`; it has {}",
            self.name,
            known.join(", ")
        )
    }

    /// What a miss says: the recorded request with the fewest differences, and where they are.
    fn nearest(&self, asked: &Value, here: &[&Group]) -> String {
        let differing = |group: &&&Group| pointers(&comparable(asked, &group.body), &group.body).len();
        let Some(nearest) = here.iter().min_by_key(differing) else { return String::new() };
        let found = pointers(&comparable(asked, &nearest.body), &nearest.body);
        let shown: Vec<&str> =
            found.iter().take(SHOWN).map(|at| if at.is_empty() { "/" } else { at.as_str() }).collect();
        let more = found.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (label, key) = (&nearest.exchanges[0].label, nearest.exchanges[0].key.as_ref());
        let key = key.map(|key| format!(", key {}", key.short())).unwrap_or_default();
        format!(
            "no recording of this request in cassette `{}`; the nearest is `{label}`{key}, which differs at {}{more}",
            self.name,
            shown.join(", ")
        )
    }
}

/// Whether a path is a recorded one: base URLs differ in how much of it they have.
fn is_at(path: &str, recorded: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short)
            .is_some_and(|rest| rest.is_empty() || short.is_empty() || rest.ends_with('/'))
    };
    let (path, recorded) = (path.trim_matches('/'), recorded.trim_matches('/'));
    ends(path, recorded) || (!path.is_empty() && ends(recorded, path))
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn paths_are_compared_from_their_ends() {
        for path in [
            "/v1/chat/completions",
            "/api/v1/chat/completions",
            "/chat/completions",
            "//v1/chat/completions/",
        ] {
            assert!(is_at(path, "v1/chat/completions"), "{path}");
        }
        for path in ["/v1/completions", "/", "", "/v1/xchat/completions", "/completions/v1", "/v1/models"] {
            assert!(!is_at(path, "v1/chat/completions"), "{path}");
        }
        assert!(is_at("/anything", ""), "a custom endpoint is its base URL");
    }
}

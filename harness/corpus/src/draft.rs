//! Versions of JSON Schema.

use serde::{Deserialize, Serialize};

/// A version of JSON Schema, oldest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Draft {
    /// Draft 4 (2013).
    #[serde(rename = "draft4")]
    Draft4,
    /// Draft 6 (2017).
    #[serde(rename = "draft6")]
    Draft6,
    /// Draft 7 (2018).
    #[serde(rename = "draft7")]
    Draft7,
    /// Draft 2019-09.
    #[serde(rename = "draft2019-09")]
    Draft201909,
    /// Draft 2020-12: what a schema without `$schema` is read as.
    #[default]
    #[serde(rename = "draft2020-12")]
    Draft202012,
}

impl Draft {
    /// Every draft, oldest first.
    pub const ALL: [Self; 5] =
        [Self::Draft4, Self::Draft6, Self::Draft7, Self::Draft201909, Self::Draft202012];

    /// The name that JSON-Schema-Test-Suite's folders have.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft4 => "draft4",
            Self::Draft6 => "draft6",
            Self::Draft7 => "draft7",
            Self::Draft201909 => "draft2019-09",
            Self::Draft202012 => "draft2020-12",
        }
    }

    /// Its `$schema`.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema#",
            Self::Draft6 => "http://json-schema.org/draft-06/schema#",
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// The draft of a folder's name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|draft| draft.name() == name)
    }

    /// The draft that a `$schema` names, whether it is written with `http` or `https` and with or
    /// without the empty fragment. `None` for a dialect of somebody's own, and for the URI without
    /// a version.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        fn plain(uri: &str) -> &str {
            let uri = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")).unwrap_or(uri);
            uri.trim_end_matches('#')
        }
        Self::ALL.into_iter().find(|draft| plain(draft.uri()) == plain(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::Draft;

    #[test]
    fn every_spelling_of_a_dialect_is_the_same_draft() {
        for draft in Draft::ALL {
            let bare = draft.uri().trim_end_matches('#').split_once("://").unwrap().1;
            for uri in [format!("http://{bare}"), format!("https://{bare}#")] {
                assert_eq!(Draft::of_uri(&uri), Some(draft), "{uri}");
            }
            assert_eq!(Draft::of_name(draft.name()), Some(draft));
            assert_eq!(serde_json::to_value(draft).unwrap(), draft.name());
        }
        for uri in ["http://json-schema.org/schema#", "https://example.org/draft-07/schema", ""] {
            assert_eq!(Draft::of_uri(uri), None, "{uri}");
        }
    }
}

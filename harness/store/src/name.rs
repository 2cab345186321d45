//! Names of run folders: when and what, in that order, so that they sort by time.

/// `20251023T101500Z-nightly` of `2025-10-23T10:15:00.123Z` and `nightly`. Whatever is awkward in
/// a file name becomes a dash.
pub(crate) fn folder(started: &str, name: &str) -> String {
    let whole_seconds = started.split('.').next().unwrap_or(started).trim_end_matches('Z');
    let stamp: String = whole_seconds.chars().filter(char::is_ascii_alphanumeric).collect();
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_matches(['-', '.']);
    format!("{stamp}Z-{}", if name.is_empty() { "run" } else { name })
}

/// The part of a folder's name that a person chose.
#[must_use]
pub fn given(folder: &str) -> &str {
    folder.split_once('-').map_or(folder, |(_, name)| name)
}

/// The part that says when, to the second.
pub(crate) fn stamp(folder: &str) -> &str {
    folder.split_once('-').map_or(folder, |(stamp, _)| stamp)
}

#[cfg(test)]
mod tests {
    use super::{folder, given};

    #[test]
    fn stamps_first_and_nothing_that_leaves_the_folder() {
        assert_eq!(folder("2025-10-23T10:15:00.123Z", "nightly"), "20251023T101500Z-nightly");
        assert_eq!(folder("2025-10-23T10:15:00Z", "../../a b"), "20251023T101500Z-a-b");
        assert_eq!(folder("2025-10-23T10:15:00Z", ""), "20251023T101500Z-run");
        assert_eq!(given("20251023T101500Z-go-nightly"), "go-nightly");
    }
}

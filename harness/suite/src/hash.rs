//! The content hash of a suite: SHA-256 over the suite file and every file it names.
//!
//! Hashed is the line `gonogo-suite/1\n`, then for each file the line
//! `<bytes of the path> <path> <bytes of the content>\n` and the content itself. First comes
//! `suite.toml`, then every named file once, sorted by the bytes of its path. The lengths keep
//! content from being moved across a border unseen; the folder's own place is not hashed.

use std::collections::BTreeMap;

use gonogo_core::ContentHash;

/// The hash of a suite whose `suite.toml` is `suite` and which names `files`.
pub(crate) fn of(suite: &[u8], files: &BTreeMap<String, Vec<u8>>) -> ContentHash {
    let mut bytes = b"gonogo-suite/1\n".to_vec();
    append(&mut bytes, "suite.toml", suite);
    for (path, content) in files {
        append(&mut bytes, path, content);
    }
    ContentHash::of(&bytes)
}

fn append(bytes: &mut Vec<u8>, path: &str, content: &[u8]) {
    bytes.extend_from_slice(format!("{} {path} {}\n", path.len(), content.len()).as_bytes());
    bytes.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::of;

    #[test]
    fn agrees_with_what_the_documentation_says_to_hash() {
        // printf 'gonogo-suite/1\n10 suite.toml 1\nA3 b/c 2\nDE' | sha256sum
        let files = BTreeMap::from([("b/c".to_owned(), b"DE".to_vec())]);
        assert_eq!(
            of(b"A", &files).as_str(),
            "f5578129bbef62052121c6c51f9224ba0d6c6c5331bb2c1094ba3ba47542dd20"
        );
    }
}

//! What the validator says of every instance, in parallel, and kept: a big corpus takes minutes.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use gonogo_core::ContentHash;
use gonogo_corpus::{Entry, Formats, Validity, recheck_within};
use serde::{Deserialize, Serialize};

use crate::subjects::on_all_cores;

/// What one schema's instances may take.
const BUDGET: Duration = Duration::from_secs(10);

/// Where validity is kept between runs, and of which validator it is.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Folder for derived things.
    pub folder: PathBuf,
    /// What identifies the validator: another one's word is not taken.
    pub validator: String,
}

/// One line of what is kept: the validity of one entry's instances.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    /// Of the entry's content.
    of: String,
    found: Vec<Validity>,
}

/// The validity of each entry's instances, by the validator, in the schema's own dialect. `name` names the corpus
/// among what is kept.
///
/// A cache that cannot be read or written costs time, and nothing else.
#[must_use]
pub fn validity(name: &str, entries: &[Entry], kept: &Kept) -> Vec<Vec<Validity>> {
    let path = kept.path(name);
    let known = kept.read(&path);
    let keys: Vec<String> = entries.iter().map(content).collect();
    let missing: Vec<usize> = (0..entries.len())
        .filter(|index| keys.get(*index).is_none_or(|key| !known.contains_key(key)))
        .collect();
    let found = on_all_cores(&missing, |index| match entries.get(*index) {
        Some(entry) => recheck_within(entry, Formats::AsLabelled, BUDGET),
        None => Vec::new(),
    });
    let mut all = known;
    let some_are_new = !missing.is_empty();
    all.extend(missing.iter().filter_map(|index| keys.get(*index).cloned()).zip(found));
    if some_are_new {
        let _ = kept.write(&path, &all);
    }
    keys.iter().map(|key| all.get(key).cloned().unwrap_or_default()).collect()
}

/// What the validity of an entry depends on.
fn content(entry: &Entry) -> String {
    let texts: Vec<&str> = entry.instances.iter().map(|instance| instance.text.as_str()).collect();
    let parts = (entry.draft, entry.formats, &entry.schema, texts);
    let bytes = serde_json::to_vec(&parts).unwrap_or_default();
    ContentHash::of(&bytes).as_str().to_owned()
}

impl Kept {
    fn path(&self, name: &str) -> PathBuf {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let name: String = name.chars().map(safe).collect();
        self.folder.join(format!("{name}.validity.jsonl"))
    }

    /// What is kept of this validator's word.
    fn read(&self, path: &Path) -> HashMap<String, Vec<Validity>> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() != Some(self.head().as_str()) {
            return HashMap::new();
        }
        let rows = lines.map_while(|line| serde_json::from_str::<Row>(line).ok());
        rows.map(|row| (row.of, row.found)).collect()
    }

    fn write(&self, path: &Path, all: &HashMap<String, Vec<Validity>>) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut lines = self.head().into_bytes();
        for (of, found) in all {
            lines.push(b'\n');
            serde_json::to_writer(&mut lines, &Row { of: of.clone(), found: found.clone() })?;
        }
        lines.push(b'\n');
        // Beside it first: two runs may write at once, and a reader must not see half of one.
        let scratch = path.with_extension(format!("{}.tmp", std::process::id()));
        fs::File::create(&scratch)?.write_all(&lines)?;
        fs::rename(&scratch, path)
    }

    fn head(&self) -> String {
        serde_json::json!({ "validator": self.validator }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gonogo_corpus::{Draft, Entry, Instance, Validity};

    use super::{Kept, validity};

    fn entry(schema: &str, text: &str) -> Entry {
        Entry {
            id: schema.into(),
            split: String::new(),
            schema: schema.into(),
            draft: Draft::default(),
            keywords: Vec::new(),
            formats: false,
            why: None,
            instances: vec![Instance { id: "0".into(), text: text.into(), labelled: true, why: None }],
        }
    }

    #[test]
    fn what_is_kept_is_believed_only_of_the_same_content_and_validator() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept { folder: folder.path().to_owned(), validator: "one".into() };
        let entries = [entry(r#"{"type":"string"}"#, "\"a\""), entry(r#"{"type":"string"}"#, "1")];
        let found = validity("a/b", &entries, &kept);
        assert!(matches!(found[0][..], [Validity::Valid]));
        assert!(matches!(&found[1][..], [Validity::Invalid { keyword, .. }] if keyword == "type"));

        // A lie in the file shows who is believed.
        let file = folder.path().join("a-b.validity.jsonl");
        let lie = fs::read_to_string(&file)
            .unwrap()
            .replace(r#"{"is":"valid"}"#, r#"{"is":"undecided","cause":"c"}"#);
        fs::write(&file, lie).unwrap();
        assert!(matches!(validity("a/b", &entries, &kept)[0][..], [Validity::Undecided { .. }]));
        let changed = [entry(r#"{"type": "string"}"#, "\"a\"")];
        assert!(matches!(validity("a/b", &changed, &kept)[0][..], [Validity::Valid]));
        let other = Kept { validator: "two".into(), ..kept };
        assert_eq!(validity("a/b", &entries, &other), found);
    }
}

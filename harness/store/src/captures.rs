//! Raw answers, each under the SHA-256 of its JSON.
//!
//! A writer appends them to a pack (see [`crate::pack`]). Earlier versions wrote a file for each,
//! `captures/ab/<hash>.json.gz`, which are read as before.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use flate2::read::GzDecoder;
use gonogo_core::{Capture, ContentHash};

use crate::{
    Durability, StoreError,
    error::io_error,
    pack::{Index, Writer},
};

/// The `captures/` folder of a run, to read.
#[derive(Debug, Clone)]
pub(crate) struct Captures {
    root: PathBuf,
    index: Arc<Mutex<Index>>,
}

impl Captures {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root, index: Arc::default() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a capture and checks that it is the one its name promises.
    pub(crate) fn get(&self, hash: &ContentHash) -> Result<Capture, StoreError> {
        let packed = self.index.lock().unwrap_or_else(PoisonError::into_inner).get(&self.root, hash)?;
        let (path, json) = match packed {
            Some(packed) => packed,
            None => self.loose(hash)?,
        };
        let found = ContentHash::of(&json);
        if found != *hash {
            return Err(StoreError::ForgedCapture { path, found });
        }
        serde_json::from_slice(&json).map_err(|source| StoreError::Parse { path, source })
    }

    /// The JSON of a capture that has a file of its own.
    fn loose(&self, hash: &ContentHash) -> Result<(PathBuf, Vec<u8>), StoreError> {
        let digits = hash.as_str();
        let path = self.root.join(digits.get(..2).unwrap_or("")).join(format!("{digits}.json.gz"));
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoCapture { hash: hash.clone(), path: self.root.clone() });
            }
            Err(error) => return Err(io_error("open", &path)(error)),
        };
        let mut json = Vec::new();
        GzDecoder::new(file).read_to_end(&mut json).map_err(io_error("decompress", &path))?;
        Ok((path, json))
    }

    /// Keeps one capture durably, where no journal is open: a probe has few, and no rows.
    pub(crate) fn put(&self, capture: &Capture) -> Result<ContentHash, StoreError> {
        let parse = |source| StoreError::Parse { path: self.root.clone(), source };
        let (hash, json) = capture.encode().map_err(parse)?;
        let mut pack = Writer::open(&self.root, "answers", Durability::Disk)?;
        pack.push(&hash, &json)?;
        pack.sync()?;
        Ok(hash)
    }

    /// The digits of every hash that a pack has a member of.
    pub(crate) fn packed(&self) -> Result<HashSet<String>, StoreError> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).known(&self.root)
    }

    /// Removes what a crash of an earlier version left half-written. Nothing names these files.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        let scratch = self.root.join("tmp");
        match fs::remove_dir_all(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", &scratch)(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

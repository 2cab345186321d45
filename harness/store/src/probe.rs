//! A probe on disk: its raw answers, and what they showed.
//!
//! Not a run: it has no plan and no rows, so it has no `run.json` and no command takes it for one.
//! Its `captures/` are a run's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gonogo_core::{Capture, ContentHash};
use serde::Serialize;

use crate::{RunDir, StoreError, error::io_error, name};

/// The folder of a probe.
#[derive(Debug, Clone)]
pub struct ProbeDir {
    dir: RunDir,
}

impl ProbeDir {
    /// Makes `root/<utc>-probe-<arm>/`, numbered where the name is taken.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn create(root: &Path, arm: &str, started: &str) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(io_error("create", root))?;
        Ok(Self { dir: RunDir::make(root, &name::folder(started, &format!("probe-{arm}")))? })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Keeps a raw answer on the disk, and returns its address.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn keep(&self, capture: &Capture) -> Result<ContentHash, StoreError> {
        self.dir.captures().put(capture)
    }

    /// A raw answer, checked against its address.
    ///
    /// # Errors
    /// [`StoreError::NoCapture`], [`StoreError::ForgedCapture`] or another.
    pub fn capture(&self, hash: &ContentHash) -> Result<Capture, StoreError> {
        self.dir.capture(hash)
    }

    /// Writes what was found as `probe.json`: a folder without it is a probe that was cut off.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn finish(&self, found: &impl Serialize) -> Result<(), StoreError> {
        self.dir.write_json("probe.json", found)
    }
}

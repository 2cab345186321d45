//! A run's folder: made once, read by anyone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gonogo_core::{Attempt, AttemptFacts, Capture, ContentHash, Plan, Receipt, Start};
use serde::Serialize;

use crate::{
    Durability, Folder, Journal, Sort, StoreError, atomic, captures::Captures, error::io_error,
    folder::make_folder, lines, name,
};

/// The journal's file.
pub(crate) const ATTEMPTS: &str = "attempts.jsonl";

/// Where bytes of a row go that a crash cut off.
pub(crate) const TORN: &str = "attempts.torn";

/// The journal of what was asked.
pub(crate) const STARTS: &str = "starts.jsonl";

/// Where bytes of a start go that a crash cut off. It was never sent.
pub(crate) const STARTS_TORN: &str = "starts.torn";

/// A run on disk. Reading through it takes no lock and changes nothing.
#[derive(Debug, Clone)]
pub struct RunDir {
    folder: Folder,
    captures: Captures,
}

/// Rows of a journal, and what was left over.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// The complete rows, in the order they were written.
    pub rows: Vec<T>,
    /// Bytes after the last complete row: one that is being written at this moment, or that a
    /// crash cut off. Opening the journal for writing moves them to `attempts.torn`.
    pub torn: u64,
}

impl RunDir {
    /// Makes `root/<utc>-<name>/` with its receipt and plan and an empty journal. The stored
    /// receipt's `run` is the folder's name. A second run of that name and second gets a number.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn create(
        root: &Path,
        name: &str,
        started: &str,
        receipt: &Receipt,
        plan: &Plan,
    ) -> Result<Self, StoreError> {
        Self::create_with(root, name, started, receipt, plan, Durability::Disk)
    }

    /// The same, waiting for the disk only as `durability` asks.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn create_with(
        root: &Path,
        name: &str,
        started: &str,
        receipt: &Receipt,
        plan: &Plan,
        durability: Durability,
    ) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(io_error("create", root))?;
        let dir = Self::make(root, &name::folder(started, name))?.with(durability);
        dir.write_plan(plan)?;
        atomic::write_new(&dir.journal_path(), b"", durability)?;
        // Last, because a folder with a receipt is a run.
        dir.write_receipt(&Receipt { run: dir.name(), ..receipt.clone() })?;
        atomic::sync_parent(dir.path(), durability)?;
        Ok(dir)
    }

    /// The run in this folder.
    ///
    /// # Errors
    /// [`StoreError::NotARun`], or [`StoreError::Newer`] for a run of a later gonogo.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::at(Folder::open(path, Sort::Run)?))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.folder.name()
    }

    /// The receipt as last written.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn receipt(&self) -> Result<Receipt, StoreError> {
        self.folder.read("run.json")
    }

    /// The plan.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn plan(&self) -> Result<Plan, StoreError> {
        self.folder.read("plan.json")
    }

    /// The journal's rows.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn attempts(&self) -> Result<Stored<Attempt>, StoreError> {
        self.folder.rows(ATTEMPTS)
    }

    /// What of the journal's rows does not depend on judgement. Reads rows whose outcome is
    /// missing or unknown, so that they can be judged again.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn facts(&self) -> Result<Stored<AttemptFacts>, StoreError> {
        self.folder.rows(ATTEMPTS)
    }

    /// What was asked, in that order. Nothing where nobody was asked, or by an older version, which did not say.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn starts(&self) -> Result<Stored<Start>, StoreError> {
        if self.file(STARTS).is_file() {
            self.folder.rows(STARTS)
        } else {
            Ok(Stored { rows: Vec::new(), torn: 0 })
        }
    }

    /// A raw answer, checked against its address.
    ///
    /// # Errors
    /// [`StoreError::NoCapture`], [`StoreError::ForgedCapture`] or another.
    pub fn capture(&self, hash: &ContentHash) -> Result<Capture, StoreError> {
        self.captures.get(hash)
    }

    /// Opens the journal for writing and locks the run for this process; the lock goes when the
    /// journal is dropped or the process ends. A torn last row is moved aside first.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process writes the run, [`StoreError::Row`] where the
    /// journal is damaged before its last line.
    pub fn journal(&self, durability: Durability) -> Result<Journal, StoreError> {
        Journal::open(self.clone(), durability)
    }

    /// The run in `folder`, whatever is in it.
    fn at(folder: Folder) -> Self {
        let captures = Captures::new(folder.file("captures"));
        Self { folder, captures }
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn captures(&self) -> &Captures {
        &self.captures
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.file(name)
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.file(ATTEMPTS)
    }

    /// The same run, whose files are put in place so durably.
    pub(crate) fn with(self, durability: Durability) -> Self {
        Self { folder: self.folder.with(durability), ..self }
    }

    /// A new folder `root/name`, empty; numbered where the name is taken.
    pub(crate) fn make(root: &Path, name: &str) -> Result<Self, StoreError> {
        Ok(Self::at(Folder::at(make_folder(root, name)?)))
    }

    pub(crate) fn write_plan(&self, plan: &Plan) -> Result<(), StoreError> {
        self.write_json("plan.json", plan)
    }

    /// The whole journal at once.
    pub(crate) fn write_rows(&self, rows: &[Attempt]) -> Result<(), StoreError> {
        let path = self.journal_path();
        atomic::write_new(&path, &lines::encode(&path, rows)?, self.folder.durability())
    }

    pub(crate) fn write_receipt(&self, receipt: &Receipt) -> Result<(), StoreError> {
        self.write_json("run.json", receipt)
    }

    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        self.folder.write(name, value)
    }
}

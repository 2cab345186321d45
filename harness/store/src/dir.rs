//! A run's folder: made once, read by anyone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gonogo_core::{Attempt, AttemptFacts, Capture, ContentHash, FORMAT, Plan, Receipt};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Durability, Journal, StoreError, atomic, captures::Captures, error::io_error, lines, name};

/// A run on disk. Reading through it takes no lock and changes nothing.
#[derive(Debug, Clone)]
pub struct RunDir {
    path: PathBuf,
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
        fs::create_dir_all(root).map_err(io_error("create", root))?;
        let dir = Self::make(root, &name::folder(started, name))?;
        dir.write_plan(plan)?;
        atomic::write_synced(&dir.journal_path(), b"")?;
        // Last, because a folder with a receipt is a run.
        dir.write_receipt(&Receipt { run: dir.name(), ..receipt.clone() })?;
        atomic::sync_parent(&dir.path)?;
        Ok(dir)
    }

    /// The run in this folder.
    ///
    /// # Errors
    /// [`StoreError::NotARun`], or [`StoreError::Newer`] for a run of a later gonogo.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let dir = Self::at(path.to_owned());
        if !dir.file("run.json").is_file() {
            return Err(StoreError::NotARun { path: dir.path });
        }
        let _: Formatted = dir.read_json("run.json")?;
        Ok(dir)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The receipt as last written.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn receipt(&self) -> Result<Receipt, StoreError> {
        self.read_json("run.json")
    }

    /// The plan.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn plan(&self) -> Result<Plan, StoreError> {
        self.read_json("plan.json")
    }

    /// The journal's rows.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn attempts(&self) -> Result<Stored<Attempt>, StoreError> {
        self.rows()
    }

    /// What of the journal's rows does not depend on judgement. Reads rows whose outcome is
    /// missing or unknown, so that they can be judged again.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn facts(&self) -> Result<Stored<AttemptFacts>, StoreError> {
        self.rows()
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

    /// The run in the folder `path`, whatever is in it.
    fn at(path: PathBuf) -> Self {
        let captures = Captures::new(path.join("captures"));
        Self { path, captures }
    }

    pub(crate) fn captures(&self) -> &Captures {
        &self.captures
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.file("attempts.jsonl")
    }

    /// A new folder `root/name`, empty; numbered where the name is taken.
    pub(crate) fn make(root: &Path, name: &str) -> Result<Self, StoreError> {
        Ok(Self::at(make_folder(root, name)?))
    }

    pub(crate) fn write_plan(&self, plan: &Plan) -> Result<(), StoreError> {
        self.write_json("plan.json", plan)
    }

    /// The whole journal at once, synced.
    pub(crate) fn write_rows(&self, rows: &[Attempt]) -> Result<(), StoreError> {
        let path = self.journal_path();
        let mut bytes = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut bytes, row)
                .map_err(|source| StoreError::Parse { path: path.clone(), source })?;
            bytes.push(b'\n');
        }
        atomic::write_synced(&path, &bytes)
    }

    pub(crate) fn write_receipt(&self, receipt: &Receipt) -> Result<(), StoreError> {
        self.write_json("run.json", receipt)
    }

    fn rows<T: DeserializeOwned>(&self) -> Result<Stored<T>, StoreError> {
        let path = self.journal_path();
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let end = lines::complete(&bytes);
        let rows =
            lines::parse(&bytes[..end]).map_err(|(line, source)| StoreError::Row { path, line, source })?;
        Ok(Stored { rows, torn: (bytes.len() - end) as u64 })
    }

    /// Reads a file that says its format, refusing a later one before looking at the rest.
    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let path = self.file(name);
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let parse = |source| StoreError::Parse { path: path.clone(), source };
        let Formatted { format } = serde_json::from_slice(&bytes).map_err(parse)?;
        if format > u64::from(FORMAT) {
            return Err(StoreError::Newer { path, found: format, known: FORMAT });
        }
        serde_json::from_slice(&bytes).map_err(parse)
    }

    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let path = self.file(name);
        let parse = |source| StoreError::Parse { path: path.clone(), source };
        let mut bytes = serde_json::to_vec_pretty(value).map_err(parse)?;
        bytes.push(b'\n');
        atomic::write(&path, &self.file(&format!("{name}.tmp")), &bytes)
    }
}

/// The one field that is read before the others.
#[derive(serde::Deserialize)]
struct Formatted {
    format: u64,
}

/// Makes a folder that was not there, numbering it where the name is taken.
fn make_folder(root: &Path, name: &str) -> Result<PathBuf, StoreError> {
    for number in 1.. {
        let path = root.join(if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io_error("create", &path)(error)),
        }
    }
    unreachable!("the numbers do not end before the names do")
}

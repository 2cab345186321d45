//! The one writer of a run: appends rows, keeps captures, replaces the receipt.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    path::PathBuf,
};

use gonogo_core::{Attempt, Capture, ContentHash, Receipt};
use serde::de::IgnoredAny;

use crate::{RunDir, StoreError, atomic, error::io_error, lines};

/// How far a row must have got before its attempt counts as finished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// On the disk (`fdatasync`): survives a loss of power. Costs a disk's latency a row, which
    /// is little beside a model's answer.
    #[default]
    Disk,
    /// With the operating system: survives the death of gonogo, not of the machine.
    System,
}

/// A run opened for writing. Holds the run's lock until it is dropped.
#[derive(Debug)]
pub struct Journal {
    dir: RunDir,
    file: File,
    durability: Durability,
    /// Held, never read.
    _lock: File,
}

impl Journal {
    pub(crate) fn open(dir: RunDir, durability: Durability) -> Result<Self, StoreError> {
        let lock = lock(&dir)?;
        recover(&dir)?;
        dir.captures().sweep()?;
        let file = open_for_append(&dir)?;
        Ok(Self { dir, file, durability, _lock: lock })
    }

    /// The run.
    #[must_use]
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Appends one row with a single write, and waits for it as the durability asks.
    ///
    /// # Errors
    /// [`StoreError::Io`]. The journal must not be used afterwards: half a row may be in the
    /// file, and only opening it again moves that aside.
    pub fn append(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        let path = self.dir.journal_path();
        let line = self.encode(std::slice::from_ref(attempt))?;
        self.file.write_all(&line).map_err(io_error("append to", &path))?;
        match self.durability {
            Durability::Disk => self.file.sync_data().map_err(io_error("sync", &path)),
            Durability::System => Ok(()),
        }
    }

    /// Keeps a raw answer on the disk, and returns its address. Kept already is kept.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn keep(&self, capture: &Capture) -> Result<ContentHash, StoreError> {
        self.dir.captures().put(capture)
    }

    /// Replaces the receipt atomically.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn set_receipt(&self, receipt: &Receipt) -> Result<(), StoreError> {
        self.dir.write_receipt(receipt)
    }

    /// Puts `rows` in the place of the whole journal, as rejudging does. The rows as they were
    /// stay beside it under the next free number (`attempts.1.jsonl`). A crash at any moment
    /// leaves the old journal or the new one. Rows that say what is already there change nothing,
    /// and the answer is `false`.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn replace(&mut self, rows: &[Attempt]) -> Result<bool, StoreError> {
        let path = self.dir.journal_path();
        let new = self.encode(rows)?;
        let old = fs::read(&path).map_err(io_error("read", &path))?;
        if old == new {
            return Ok(false);
        }
        atomic::write(&self.free_path(), &self.dir.file("attempts.tmp"), &old)?;
        atomic::write(&path, &self.dir.file("attempts.tmp"), &new)?;
        self.file = open_for_append(&self.dir)?;
        Ok(true)
    }

    /// Where the rows that are being replaced go.
    fn free_path(&self) -> PathBuf {
        let mut number = 1;
        loop {
            let path = self.dir.file(&format!("attempts.{number}.jsonl"));
            if !path.exists() {
                return path;
            }
            number += 1;
        }
    }

    fn encode(&self, rows: &[Attempt]) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut bytes, row)
                .map_err(|source| StoreError::Parse { path: self.dir.journal_path(), source })?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

/// Locks the run for this process.
fn lock(dir: &RunDir) -> Result<File, StoreError> {
    let path = dir.file("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: dir.path().to_owned() }),
        Err(TryLockError::Error(error)) => Err(io_error("lock", &path)(error)),
    }
}

fn open_for_append(dir: &RunDir) -> Result<File, StoreError> {
    let path = dir.journal_path();
    OpenOptions::new().append(true).create(true).open(&path).map_err(io_error("open", &path))
}

/// Moves the bytes after the last complete row to `attempts.torn`. They are there before the
/// journal loses them: a crash between the two keeps them twice rather than not at all.
fn recover(dir: &RunDir) -> Result<(), StoreError> {
    let path = dir.journal_path();
    let bytes = fs::read(&path).map_err(io_error("read", &path))?;
    let end = lines::complete(&bytes);
    lines::parse::<IgnoredAny>(&bytes[..end]).map_err(|(line, source)| StoreError::Row {
        path: path.clone(),
        line,
        source,
    })?;
    if end == bytes.len() {
        return Ok(());
    }
    let torn = dir.file("attempts.torn");
    let mut file =
        OpenOptions::new().append(true).create(true).open(&torn).map_err(io_error("open", &torn))?;
    file.write_all(&bytes[end..]).map_err(io_error("append to", &torn))?;
    file.sync_all().map_err(io_error("sync", &torn))?;
    atomic::sync_parent(&torn)?;
    let journal = OpenOptions::new().write(true).open(&path).map_err(io_error("open", &path))?;
    journal.set_len(end as u64).map_err(io_error("cut", &path))?;
    journal.sync_all().map_err(io_error("sync", &path))
}

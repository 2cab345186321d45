//! The one writer of a run: appends rows, keeps captures, replaces the receipt.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use gonogo_core::{Attempt, Capture, ContentHash, Receipt, Start};

use crate::{
    Appending, Lock, RunDir, StoreError, atomic,
    dir::{STARTS, STARTS_TORN, TORN},
    error::io_error,
    folder::{open_for_append, recover},
    lines,
    pack::Writer,
};

/// How far a row must have got before its attempt counts as finished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// On the disk (`fdatasync`): survives a loss of power. Costs a disk's latency a bunch of rows, which
    /// is little beside a model's answer.
    #[default]
    Disk,
    /// With the operating system: survives the death of gonogo, not of the machine. That holds for receipt and plan
    /// as well: nothing of the run waits for the disk.
    System,
}

/// The captures of a session.
#[derive(Debug)]
struct Keeper {
    pack: Writer,
    /// What this session has kept.
    kept: HashSet<ContentHash>,
    /// Digits of what was in a pack before.
    earlier: HashSet<String>,
}

/// A run opened for writing. Holds the run's lock until it is dropped.
#[derive(Debug)]
pub struct Journal {
    dir: RunDir,
    file: File,
    durability: Durability,
    /// Rows that are not with the operating system yet.
    waiting: Vec<u8>,
    /// What was asked; opened when something is.
    starts: Option<Appending>,
    captures: Mutex<Keeper>,
    /// Held, never read.
    _lock: Lock,
}

impl Journal {
    pub(crate) fn open(dir: RunDir, durability: Durability) -> Result<Self, StoreError> {
        let dir = dir.with(durability);
        let lock = dir.folder().lock()?;
        recover(&dir.journal_path(), &dir.file(TORN))?;
        dir.captures().sweep()?;
        let file = open_for_append(&dir.journal_path())?;
        let captures = Mutex::new(Keeper {
            pack: Writer::open(dir.captures().root(), &dir.name(), durability)?,
            kept: HashSet::new(),
            earlier: dir.captures().packed()?,
        });
        Ok(Self { dir, file, durability, waiting: Vec::new(), starts: None, captures, _lock: lock })
    }

    /// The run.
    #[must_use]
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Appends one row, and waits for it as the durability asks.
    ///
    /// # Errors
    /// [`StoreError::Io`]. The journal must not be used afterwards: half a row may be in the
    /// file, and only opening it again moves that aside.
    pub fn append(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        self.write(attempt)?;
        self.sync()
    }

    /// Takes one row; it is in the journal after [`Self::sync`].
    pub(crate) fn write(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        let line = lines::encode(&self.dir.journal_path(), std::slice::from_ref(attempt))?;
        self.waiting.extend_from_slice(&line);
        Ok(())
    }

    /// Takes the start of a try, which is in the journal after [`Self::flush_starts`].
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn start(&mut self, start: &Start) -> Result<(), StoreError> {
        let starts = match &mut self.starts {
            Some(starts) => starts,
            none => {
                // Never synced: that would be a disk's latency before every request. So none is lost by the death of
                // gonogo, and the last seconds' may be by the machine's.
                let folder = self.dir.folder().clone().with(Durability::System);
                none.insert(folder.append(STARTS, STARTS_TORN)?)
            }
        };
        starts.push(start)
    }

    /// Hands every start to the operating system; only then may anything of it be sent.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the journal must not be used afterwards.
    pub fn flush_starts(&mut self) -> Result<(), StoreError> {
        self.starts.as_mut().map_or(Ok(()), Appending::flush)
    }

    /// Keeps a raw answer as durably as was asked for, and returns its address. Kept already is kept.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn keep(&self, capture: &Capture) -> Result<ContentHash, StoreError> {
        let root = self.dir.captures().root();
        let parse = |source| StoreError::Parse { path: root.to_owned(), source };
        let (hash, json) = capture.encode().map_err(parse)?;
        self.stage(&hash, &json)?;
        self.sync_captures()?;
        Ok(hash)
    }

    /// Takes a raw answer's stored form, which is kept under `hash` after [`Self::sync`].
    pub(crate) fn stage(&self, hash: &ContentHash, json: &[u8]) -> Result<(), StoreError> {
        // One of an earlier session counts only if it can be read: it may have been there half.
        let mut keeper = self.keeper();
        let earlier = keeper.earlier.contains(hash.as_str()) && self.dir.capture(hash).is_ok();
        if earlier || keeper.kept.contains(hash) {
            return Ok(());
        }
        keeper.pack.push(hash, json)?;
        keeper.kept.insert(hash.clone());
        Ok(())
    }

    /// Waits until every capture that was staged and every row that was written is as durable as was asked for:
    /// one wait for all of them.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the journal must not be used afterwards.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.sync_captures()?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        // A crash leaves whole rows of a bunch and at most one that is torn.
        self.file.write_all(&self.waiting).map_err(io_error("append to", &self.dir.journal_path()))?;
        self.waiting.clear();
        match self.durability {
            Durability::System => Ok(()),
            Durability::Disk => self.file.sync_data().map_err(io_error("sync", &self.dir.journal_path())),
        }
    }

    fn sync_captures(&self) -> Result<(), StoreError> {
        let pack = &mut self.keeper().pack;
        match self.durability {
            Durability::System => pack.flush(),
            Durability::Disk => pack.sync(),
        }
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.captures.lock().unwrap_or_else(PoisonError::into_inner)
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
        let new = lines::encode(&path, rows)?;
        let old = fs::read(&path).map_err(io_error("read", &path))?;
        if old == new {
            return Ok(false);
        }
        atomic::write(&self.free_path(), &self.dir.file("attempts.tmp"), &old, self.durability)?;
        atomic::write(&path, &self.dir.file("attempts.tmp"), &new, self.durability)?;
        self.file = open_for_append(&path)?;
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
}

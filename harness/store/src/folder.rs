//! A folder of results, of whatever sort: JSON files that say their format, journals of JSON lines, one writer.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use gonogo_core::FORMAT;
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::{Durability, Sort, StoreError, Stored, atomic, error::io_error, lines, name};

/// A folder of results. Reading through it takes no lock and changes nothing.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    /// How far a file must have got that is put in place here.
    durability: Durability,
}

impl Folder {
    /// Makes `root/<utc>-<name>/`, numbered where the name is taken.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn create(root: &Path, name: &str, started: &str) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(io_error("create", root))?;
        Ok(Self::at(make_folder(root, &name::folder(started, name))?))
    }

    /// The folder at `path`, if it holds results of this sort.
    ///
    /// # Errors
    /// [`StoreError::NotARun`], or [`StoreError::Newer`] for one of a later gonogo.
    pub fn open(path: &Path, sort: Sort) -> Result<Self, StoreError> {
        let folder = Self::at(path.to_owned());
        if !folder.file(sort.receipt()).is_file() {
            return Err(StoreError::NotARun { path: folder.path, sort });
        }
        let _: Formatted = folder.read(sort.receipt())?;
        Ok(folder)
    }

    /// The folder `path`, whatever is in it.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, durability: Durability::Disk }
    }

    /// The same folder, in which files are put in place so durably.
    pub(crate) fn with(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    pub(crate) fn durability(&self) -> Durability {
        self.durability
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file that says its format, refusing a later one before looking at the rest.
    ///
    /// # Errors
    /// [`StoreError`] where it is missing, damaged or too new.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let path = self.file(name);
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let parse = |source| StoreError::Parse { path: path.clone(), source };
        let Formatted { format } = serde_json::from_slice(&bytes).map_err(parse)?;
        if format > u64::from(FORMAT) {
            return Err(StoreError::Newer { path, found: format, known: FORMAT });
        }
        serde_json::from_slice(&bytes).map_err(parse)
    }

    /// Puts `value`, which says its format, in the place of the file `name`: a crash leaves the old content or
    /// the new.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let path = self.file(name);
        let parse = |source| StoreError::Parse { path: path.clone(), source };
        let mut bytes = serde_json::to_vec_pretty(value).map_err(parse)?;
        bytes.push(b'\n');
        atomic::write(&path, &self.file(&format!("{name}.tmp")), &bytes, self.durability)
    }

    /// The complete rows of the journal `name`.
    ///
    /// # Errors
    /// [`StoreError::Row`] at a damaged line before the last one.
    pub fn rows<T: DeserializeOwned>(&self, name: &str) -> Result<Stored<T>, StoreError> {
        let path = self.file(name);
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let end = lines::complete(&bytes);
        let rows =
            lines::parse(&bytes[..end]).map_err(|(line, source)| StoreError::Row { path, line, source })?;
        Ok(Stored { rows, torn: (bytes.len() - end) as u64 })
    }

    /// Puts `rows` in the place of the whole journal `name`: a crash leaves the old rows or the new.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write_rows(&self, name: &str, rows: &[impl Serialize]) -> Result<(), StoreError> {
        let path = self.file(name);
        let lines = lines::encode(&path, rows)?;
        atomic::write(&path, &self.file(&format!("{name}.tmp")), &lines, self.durability)
    }

    /// Locks the folder for this process, until the lock is dropped or the process ends.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process holds it.
    pub fn lock(&self) -> Result<Lock, StoreError> {
        let path = self.file("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: self.path.clone() }),
            Err(TryLockError::Error(error)) => Err(io_error("lock", &path)(error)),
        }
    }

    /// Opens the journal `name` for appending, made where there is none. Bytes after its last complete row are
    /// moved to `torn` first. Only for who holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Row`] where it is damaged before its last line.
    pub fn append(&self, name: &str, torn: &str) -> Result<Appending, StoreError> {
        let path = self.file(name);
        let file = open_for_append(&path)?;
        recover(&path, &self.file(torn))?;
        atomic::sync_parent(&path, self.durability)?;
        Ok(Appending { file, path, buffer: Vec::new(), unsynced: false })
    }
}

/// That nobody else writes a folder.
#[derive(Debug)]
pub struct Lock {
    /// Held, never read.
    _file: File,
}

/// A journal that rows are appended to.
#[derive(Debug)]
pub struct Appending {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
    unsynced: bool,
}

/// Bytes that are put together before they are written.
const BUNCH: usize = 256 << 10;

impl Appending {
    /// Takes one row, which counts after [`Self::sync`].
    ///
    /// # Errors
    /// [`StoreError::Io`]; the journal must not be used afterwards.
    pub fn push(&mut self, row: &impl Serialize) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.buffer, row)
            .map_err(|source| StoreError::Parse { path: self.path.clone(), source })?;
        self.buffer.push(b'\n');
        if self.buffer.len() < BUNCH { Ok(()) } else { self.flush() }
    }

    /// Hands over to the system what was taken.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the journal must not be used afterwards: half a row may be in the file, and only
    /// opening it again moves that aside.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.buffer).map_err(io_error("append to", &self.path))?;
        self.buffer.clear();
        self.unsynced = true;
        Ok(())
    }

    /// Waits until every row is on the disk: one wait for all of them.
    ///
    /// # Errors
    /// [`StoreError::Io`]; the journal must not be used afterwards.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.flush()?;
        if std::mem::take(&mut self.unsynced) {
            self.file.sync_data().map_err(io_error("sync", &self.path))?;
        }
        Ok(())
    }
}

/// The one field that is read before the others.
#[derive(serde::Deserialize)]
struct Formatted {
    format: u64,
}

/// Makes a folder that was not there, numbering it where the name is taken.
pub(crate) fn make_folder(root: &Path, name: &str) -> Result<PathBuf, StoreError> {
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

pub(crate) fn open_for_append(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new().append(true).create(true).open(path).map_err(io_error("open", path))
}

/// Moves the bytes after the last complete row of the journal at `path` to `torn`. They are there before the
/// journal loses them: a crash between the two keeps them twice rather than not at all.
pub(crate) fn recover(path: &Path, torn: &Path) -> Result<(), StoreError> {
    let bytes = fs::read(path).map_err(io_error("read", path))?;
    let end = lines::complete(&bytes);
    lines::parse::<IgnoredAny>(&bytes[..end]).map_err(|(line, source)| StoreError::Row {
        path: path.to_owned(),
        line,
        source,
    })?;
    if end == bytes.len() {
        return Ok(());
    }
    atomic::set_aside(torn, &bytes[end..])?;
    let journal = OpenOptions::new().write(true).open(path).map_err(io_error("open", path))?;
    journal.set_len(end as u64).map_err(io_error("cut", path))?;
    journal.sync_all().map_err(io_error("sync", path))
}

//! Raw answers, each under the SHA-256 of its JSON.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder, read::GzDecoder};
use gonogo_core::{Capture, ContentHash};

use crate::{StoreError, atomic, error::io_error};

/// The `captures/` folder of a run.
#[derive(Debug, Clone)]
pub(crate) struct Captures {
    root: PathBuf,
}

impl Captures {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn path(&self, hash: &ContentHash) -> PathBuf {
        let digits = hash.as_str();
        self.root.join(digits.get(..2).unwrap_or("")).join(format!("{digits}.json.gz"))
    }

    /// Half-written files live here until they are renamed into place.
    fn scratch(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Keeps `capture` durably, unless it is there already. The same capture always gives the
    /// same bytes: the gzip header carries neither a time nor a name.
    pub(crate) fn put(&self, capture: &Capture) -> Result<ContentHash, StoreError> {
        let parse = |source| StoreError::Parse { path: self.root.clone(), source };
        let (hash, json) = capture.encode().map_err(parse)?;
        let path = self.path(&hash);
        if path.exists() {
            return Ok(hash);
        }
        let packed = pack(&json).map_err(io_error("compress", &path))?;
        for folder in [self.scratch().as_path(), path.parent().unwrap_or(&self.root)] {
            make_folder(folder)?;
        }
        atomic::write(&path, &self.scratch().join(hash.as_str()), &packed)?;
        Ok(hash)
    }

    /// Reads a capture and checks that it is the one its name promises.
    pub(crate) fn get(&self, hash: &ContentHash) -> Result<Capture, StoreError> {
        let path = self.path(hash);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoCapture { hash: hash.clone(), path: self.root.clone() });
            }
            Err(error) => return Err(io_error("open", &path)(error)),
        };
        let mut json = Vec::new();
        GzDecoder::new(file).read_to_end(&mut json).map_err(io_error("decompress", &path))?;
        let found = ContentHash::of(&json);
        if found != *hash {
            return Err(StoreError::ForgedCapture { path, found });
        }
        serde_json::from_slice(&json).map_err(|source| StoreError::Parse { path, source })
    }

    /// Removes what a crash left half-written. Nothing names these files.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        match fs::remove_dir_all(self.scratch()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error("remove", &self.scratch())(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Creates `folder` and makes its name durable.
fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    atomic::sync_parent(folder)
}

fn pack(json: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    encoder.write_all(json)?;
    encoder.finish()
}

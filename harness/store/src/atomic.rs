//! Replacing a file so that a crash leaves either the old content or the new, never a mixture.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

use crate::{Durability, StoreError, error::io_error};

/// Puts `bytes` at `path` by way of `scratch`, a path on the same file system.
pub(crate) fn write(
    path: &Path,
    scratch: &Path,
    bytes: &[u8],
    durability: Durability,
) -> Result<(), StoreError> {
    write_new(scratch, bytes, durability)?;
    fs::rename(scratch, path).map_err(io_error("put in place", path))?;
    sync_parent(path, durability)
}

/// Writes `bytes` to `path`, and waits for them as the durability asks.
pub(crate) fn write_new(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), StoreError> {
    let mut file = File::create(path).map_err(io_error("create", path))?;
    file.write_all(bytes).map_err(io_error("write", path))?;
    match durability {
        Durability::Disk => file.sync_all().map_err(io_error("sync", path)),
        Durability::System => Ok(()),
    }
}

/// Appends what a crash left half-written to `path`, and waits until it is there.
pub(crate) fn set_aside(path: &Path, torn: &[u8]) -> Result<(), StoreError> {
    let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(io_error("open", path))?;
    file.write_all(torn).map_err(io_error("append to", path))?;
    file.sync_all().map_err(io_error("sync", path))?;
    sync_parent(path, Durability::Disk)
}

/// Makes the name of `path` as durable as is asked. Where folders cannot be opened as files (Windows), the
/// file system is trusted to order a rename after the data it names.
pub(crate) fn sync_parent(path: &Path, durability: Durability) -> Result<(), StoreError> {
    match path.parent() {
        Some(parent) if cfg!(unix) && durability == Durability::Disk => {
            let folder = File::open(parent).map_err(io_error("open", parent))?;
            folder.sync_all().map_err(io_error("sync", parent))
        }
        Some(_) | None => Ok(()),
    }
}

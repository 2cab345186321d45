//! A run's folder made of the captures of others.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gonogo_core::{Merged, Receipt};

use crate::{Durability, RunDir, StoreError, atomic, dir::STARTS, error::io_error, name, pack};

impl RunDir {
    /// Makes `root/<utc>-<name>/` of `merged`, with every capture of `parts`, the warm-ups' too. Files are linked where
    /// the file system can, else copied: a capture is never written twice. The receipt comes last, so that a crash
    /// leaves a folder that is no run.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn merge(
        root: &Path,
        name: &str,
        stamp: &str,
        merged: &Merged,
        parts: &[Self],
    ) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(io_error("create", root))?;
        let dir = Self::make(root, &name::folder(stamp, name))?;
        for part in parts {
            dir.adopt(part)?;
        }
        dir.write_plan(&merged.plan)?;
        dir.write_rows(&merged.rows)?;
        if !merged.starts.is_empty() {
            dir.folder().write_rows(STARTS, &merged.starts)?;
        }
        dir.write_receipt(&Receipt { run: dir.name(), ..merged.receipt.clone() })?;
        atomic::sync_parent(dir.path(), Durability::Disk)?;
        Ok(dir)
    }

    /// Links every capture of `part` that is not here yet.
    fn adopt(&self, part: &Self) -> Result<(), StoreError> {
        let here = self.file("captures");
        for pack in pack::packs(&part.file("captures"))? {
            fs::create_dir_all(&here).map_err(io_error("create", &here))?;
            link(&pack, &free_name(&here, &pack))?;
        }
        for folder in children(&part.file("captures"))? {
            let Some(digits) = folder.file_name().filter(|_| folder.is_dir()) else { continue };
            let here = self.file("captures").join(digits);
            for file in children(&folder)?.into_iter().filter(|file| is_capture(file)) {
                fs::create_dir_all(&here).map_err(io_error("create", &here))?;
                let target = here.join(file.file_name().unwrap_or_default());
                link(&file, &target)?;
            }
        }
        Ok(())
    }
}

/// A name for another's pack: two shards that began in the same second have one name for theirs.
fn free_name(here: &Path, pack: &Path) -> PathBuf {
    let name = pack.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let numbered = (2..).map(|number| here.join(format!("{number}-{name}")));
    let mut names = std::iter::once(here.join(&name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| here.join(name))
}

/// Whether this is a finished capture, not one that a crash left half-written.
fn is_capture(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "gz")
}

/// Links `file` to `target`, or copies it to another file system. What is there already has the same content: its name
/// is its hash.
fn link(file: &Path, target: &Path) -> Result<(), StoreError> {
    match fs::hard_link(file, target) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => {
            let bytes = fs::read(file).map_err(io_error("read", file))?;
            atomic::write(target, &target.with_extension("tmp"), &bytes, Durability::Disk)
        }
    }
}

/// What lies in `folder`; nothing where it is not there.
fn children(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error("list", folder)(error)),
    };
    entries.map(|entry| Ok(entry.map_err(io_error("list", folder))?.path())).collect()
}

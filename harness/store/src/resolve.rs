//! From what a person typed to a run's folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Folder, RunDir, Sort, StoreError, error::io_error, name};

/// The run that `what` names: `latest`, a folder's name under `root`, the name given to a run
/// (its newest), or a path.
///
/// # Errors
/// [`StoreError::Unknown`] with the names that are near, or what [`RunDir::open`] says.
pub fn resolve(root: &Path, what: &str) -> Result<RunDir, StoreError> {
    RunDir::open(find(root, what, Sort::Run)?.path())
}

/// The results of a sort that `what` names, as [`resolve`] finds a run.
///
/// # Errors
/// [`StoreError::Unknown`] with the names that are near, or what [`Folder::open`] says.
pub fn find(root: &Path, what: &str, sort: Sort) -> Result<Folder, StoreError> {
    let names = names(root, sort)?;
    let newest = |wanted: &dyn Fn(&str) -> bool| names.iter().rev().find(|name| wanted(name));
    let found = match what {
        "latest" => newest(&|_| true),
        _ => newest(&|folder| folder == what).or_else(|| newest(&|folder| name::given(folder) == what)),
    };
    if let Some(name) = found {
        return Folder::open(&root.join(name), sort);
    }
    let path = Path::new(what);
    if path.is_dir() {
        return Folder::open(path, sort);
    }
    Err(StoreError::Unknown { name: what.into(), root: root.to_owned(), runs: names, sort })
}

/// Folder names of the runs under `root`, oldest first; of those of one second, by when their plan was written. A `root` that is not there has none.
///
/// # Errors
/// [`StoreError::Io`].
pub fn runs(root: &Path) -> Result<Vec<String>, StoreError> {
    names(root, Sort::Run)
}

fn names(root: &Path, sort: Sort) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error("list", root)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path: PathBuf = entry.map_err(io_error("list", root))?.path();
        if path.join(sort.receipt()).is_file() {
            let planned = fs::metadata(path.join("plan.json")).and_then(|plan| plan.modified()).ok();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            names.extend(name.map(|name| (name::stamp(&name).to_owned(), planned, name)));
        }
    }
    names.sort();
    Ok(names.into_iter().map(|(_, _, name)| name).collect())
}

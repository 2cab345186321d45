//! Suites on disk: one folder each, with a `suite.toml` in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gonogo_core::Suite;

use crate::{Files, Problem, Source, SuiteError, parse, reader::reason};

const SUITE_FILE: &str = "suite.toml";

/// A suite found on disk, not yet read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuiteEntry {
    /// The folder's name, which is the suite's.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
}

/// The suites under `root`: folders with a `suite.toml` in them, by name.
///
/// # Errors
/// Where `root` cannot be listed, or a folder's name is not UTF-8.
pub fn discover(root: &Path) -> Result<Vec<SuiteEntry>, SuiteError> {
    let unlisted = |error: io::Error| {
        let fault = Problem::of_file(
            root.display().to_string(),
            format!("cannot list the suites: {}", reason(&error)),
        );
        SuiteError::new(fault.helped("name the folder that holds the suites"), Vec::new())
    };
    let mut entries = Vec::new();
    for entry in fs::read_dir(root).map_err(unlisted)? {
        let folder = entry.map_err(unlisted)?.path();
        if folder.join(SUITE_FILE).is_file() {
            entries.push(SuiteEntry { name: name_of(&folder)?, folder });
        }
    }
    entries.sort();
    Ok(entries)
}

/// Reads the suite in `folder`.
///
/// # Errors
/// Every fault of `suite.toml` and of the files it names, each with its place.
pub fn load(folder: &Path) -> Result<Suite, SuiteError> {
    let path = folder.join(SUITE_FILE);
    let file = path.display().to_string();
    let bytes = fs::read(&path).map_err(|error| {
        let fault = Problem::of_file(file.clone(), format!("cannot read the suite: {}", reason(&error)));
        SuiteError::new(fault.helped("a suite is a folder with a suite.toml in it"), Vec::new())
    })?;
    let name = name_of(folder)?;
    parse(Source { file: &file, folder: &name, bytes: &bytes }, &Folder(folder))
}

/// The files of a suite's folder.
struct Folder<'a>(&'a Path);

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(path))
    }
}

/// The last part of the folder's real path, so that `.` has a name as well.
fn name_of(folder: &Path) -> Result<String, SuiteError> {
    let named = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    named(folder).or_else(|| fs::canonicalize(folder).ok().as_deref().and_then(named)).ok_or_else(|| {
        let fault = Problem::of_file(folder.display().to_string(), "the folder has no name in UTF-8");
        SuiteError::new(fault.helped("rename the folder: it is the suite's name"), Vec::new())
    })
}

//! A document and what lies beside it.

use std::{fs, path::Path};

use miette::{IntoDiagnostic, Result, WrapErr};

/// Writes a file, and its folder where there is none.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).into_diagnostic().wrap_err_with(|| folder.display().to_string())?;
    }
    fs::write(file, text).into_diagnostic().wrap_err_with(|| file.display().to_string())
}

/// What the names of the pictures beside `file` begin with, so that two documents in a folder have their own:
/// `night-` for `night.md`.
pub(crate) fn prefix(file: &Path) -> String {
    file.file_stem().map(|stem| format!("{}-", tidy(&stem.to_string_lossy()))).unwrap_or_default()
}

/// A name without what means something in a path or a link.
pub(crate) fn tidy(name: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().map(|c| if keep(c) { c } else { '-' }).collect()
}

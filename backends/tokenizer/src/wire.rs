//! A vocabulary in a file, for an engine in another process.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use gonogo_engine::{Vocabulary, WireVocabulary};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{TokenizerError, tokenizer::hex};

/// Writes a vocabulary into `folder`, which is made when needed, as the JSON of a
/// [`WireVocabulary`], and returns the file's path. The file is named by its content, so that one
/// that is there already is kept, a vocabulary that changed gets another, and several processes
/// may write at once.
///
/// # Errors
/// [`TokenizerError::Unwritable`].
pub fn write_wire(vocabulary: &Vocabulary, folder: &Path) -> Result<PathBuf, TokenizerError> {
    let failed = |path: &Path, cause| TokenizerError::Unwritable { path: path.to_owned(), cause };
    let json = serde_json::to_vec(&WireVocabulary::from(vocabulary));
    let json = json.map_err(|error| failed(folder, error.into()))?;
    let path = folder.join(format!("{}.vocabulary.json", hex(&Sha256::digest(&json))));
    if fs::metadata(&path).is_ok_and(|there| there.len() == json.len() as u64) {
        return Ok(path);
    }
    let write = || {
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&json)?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(|cause| failed(&path, cause))?;
    Ok(path)
}

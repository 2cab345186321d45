//! Reads a corpus from disk, whatever its layout.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use flate2::read::MultiGzDecoder;
use gonogo_core::ContentHash;

use crate::{
    Corpus, CorpusError, Options, Skipped,
    layout::{Rows, document},
    text::check,
};

/// Reads the corpus at `path`, with the default [`Options`]. Which layout it has is seen from its name
/// and content.
///
/// The hash is that of the file, so that `sha256sum` checks it; of a folder it is that of the list of
/// its JSON files, which in the folder is
/// `find . -name '*.json' -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
///
/// # Errors
/// [`CorpusError`], with the place and what to do. Files and groups that are left out are no error:
/// [`Corpus::skipped`] lists them.
pub fn read(path: &Path) -> Result<Corpus, CorpusError> {
    read_with(path, &Options::default())
}

/// Reads the corpus at `path`.
///
/// # Errors
/// As [`read`].
pub fn read_with(path: &Path, options: &Options) -> Result<Corpus, CorpusError> {
    let facts = fs::metadata(path).map_err(|cause| CorpusError::Io { path: path.to_owned(), cause })?;
    let corpus = if facts.is_dir() { folder(path, options) } else { file(path, options) };
    corpus?.checked()
}

fn corpus(path: &Path, sha256: String) -> Corpus {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let ends = [".jsonl.gz", ".jsonl", ".parquet", ".json"];
    let stem = ends.iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
    Corpus { name: stem.unwrap_or(name), sha256, entries: Vec::new(), skipped: Vec::new() }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CorpusError> {
    fs::read(path).map_err(|cause| CorpusError::Io { path: path.to_owned(), cause })
}

fn text_of(place: String, bytes: Vec<u8>) -> Result<String, CorpusError> {
    String::from_utf8(bytes).map_err(|error| CorpusError::Content {
        place,
        cause: error.utf8_error().to_string(),
        remedy: "save it as UTF-8",
    })
}

fn file(path: &Path, options: &Options) -> Result<Corpus, CorpusError> {
    let name = path.to_string_lossy();
    let bytes = bytes_of(path)?;
    let mut corpus = corpus(path, ContentHash::of(&bytes).as_str().to_owned());
    let rows = if name.ends_with(".jsonl.gz") {
        unpacked(path, &bytes)?
    } else if name.ends_with(".jsonl") {
        bytes
    } else if name.ends_with(".parquet") {
        parquet(path, options)?
    } else if name.ends_with(".json") {
        let path = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = json(path.clone(), bytes)?;
        document(&text, &path, &mut corpus, options)?;
        return Ok(corpus);
    } else {
        let cause = "its name ends with none of the known endings".to_owned();
        return Err(CorpusError::Layout { path: path.to_owned(), cause });
    };
    let text = text_of(name.clone().into_owned(), rows)?;
    Rows { file: &name, text: &text }.read(&mut corpus, options)?;
    Ok(corpus)
}

fn unpacked(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, CorpusError> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .read_to_end(&mut unpacked)
        .map_err(|cause| CorpusError::Gzip { path: path.to_owned(), cause })?;
    Ok(unpacked)
}

/// A document that is JSON.
fn json(place: String, bytes: Vec<u8>) -> Result<String, CorpusError> {
    let text = text_of(place.clone(), bytes)?;
    check(&text).map_err(|error| CorpusError::Content {
        place,
        cause: format!("not JSON: {error}"),
        remedy: "repair or remove the file",
    })?;
    Ok(text)
}

fn folder(path: &Path, options: &Options) -> Result<Corpus, CorpusError> {
    let suite = path.join("tests");
    // A checkout of JSON-Schema-Test-Suite: the rest of it is not tests.
    let root = if suite.is_dir() && path.join("remotes").is_dir() { suite } else { path.to_owned() };
    let mut corpus = corpus(path, String::new());
    let mut names = Vec::new();
    list(&root, "", &mut names, &mut corpus.skipped)?;
    names.sort();
    let mut sums = String::new();
    for name in names {
        let bytes = bytes_of(&root.join(&name))?;
        sums += &format!("{}  ./{name}\n", ContentHash::of(&bytes));
        let text = json(name.clone(), bytes)?;
        document(&text, &name, &mut corpus, options)?;
    }
    corpus.sha256 = ContentHash::of(sums.as_bytes()).as_str().to_owned();
    Ok(corpus)
}

/// The JSON files under a folder, as paths with `/`.
fn list(
    folder: &Path,
    prefix: &str,
    names: &mut Vec<String>,
    skipped: &mut Vec<Skipped>,
) -> Result<(), CorpusError> {
    let unread = |cause| CorpusError::Io { path: folder.to_owned(), cause };
    for entry in fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(unread)?;
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), names, skipped)?;
        } else if kind.is_symlink() {
            let cause = "links are not followed, so that nothing is read twice".to_owned();
            skipped.push(Skipped { what: name, cause });
        } else if name.ends_with(".json") {
            names.push(name);
        }
    }
    Ok(())
}

/// The rows of a Parquet file as JSON lines. Another program reads them, because what reads Parquet
/// is heavy.
fn parquet(path: &Path, options: &Options) -> Result<Vec<u8>, CorpusError> {
    let failed = |cause: String, remedy| CorpusError::Parquet { path: path.to_owned(), cause, remedy };
    let program = options.parquet.clone().unwrap_or_else(|| {
        let here = std::env::current_exe().unwrap_or_default();
        here.parent().map_or_else(PathBuf::new, Path::to_owned).join("gonogo-parquet")
    });
    let done =
        Command::new(&program).arg("rows").arg(path).stdin(Stdio::null()).output().map_err(|error| {
            failed(
                format!("cannot run {}: {error}", program.display()),
                "build it with `cargo build -p gonogo-parquet`",
            )
        })?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        return Err(failed(said, "it must have the columns json_schema and unique_id"));
    }
    Ok(done.stdout)
}

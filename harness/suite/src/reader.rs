//! One suite file being read: its text, the files it names, and the faults found so far.

use std::{collections::BTreeMap, io, ops::Range, sync::Arc};

use crate::{Problem, SuiteError};

/// Where the files that a suite names come from: its folder, or memory in tests.
pub trait Files {
    /// The bytes of `path`, which is relative to the suite's folder and uses `/`.
    ///
    /// # Errors
    /// Whatever keeps the file from being read.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
}

/// Collects values and faults, so that one pass reports everything wrong with a file.
pub(crate) struct Reader<'a> {
    file: &'a str,
    source: Arc<str>,
    files: &'a dyn Files,
    named: BTreeMap<String, Vec<u8>>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, source: Arc<str>, files: &'a dyn Files) -> Self {
        Self { file, source, files, named: BTreeMap::new(), problems: Vec::new() }
    }

    /// A fault at `span`, to be completed and given to [`Reader::report`].
    pub(crate) fn fault(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem::of_file(self.file, message).within(&self.source, span)
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Where `text` is written inside `span`, if it stands there as it is.
    pub(crate) fn find(&self, span: Range<usize>, text: &str) -> Option<Range<usize>> {
        let start = span.start + self.source.get(span)?.find(text)?;
        Some(start..start + text.len())
    }

    /// The text of the file named at `span`; it becomes part of the suite's hash.
    pub(crate) fn file(&mut self, path: &str, span: Range<usize>) -> Option<String> {
        if let Some(fault) = self.outside(path, &span) {
            self.report(fault);
            return None;
        }
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let fault = self
                    .fault(span, format!("cannot read `{path}`: {}", reason(&error)))
                    .label("named here")
                    .helped("paths are relative to the folder of suite.toml");
                self.report(fault);
                return None;
            }
        };
        self.named.insert(path.to_owned(), bytes.clone());
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let fault = self
                    .fault(span, format!("`{path}` is not UTF-8"))
                    .label("named here")
                    .caused(not_utf8(self.sibling(path), error.as_bytes()));
                self.report(fault);
                None
            }
        }
    }

    /// The name by which messages call a file beside the suite file.
    pub(crate) fn sibling(&self, path: &str) -> String {
        match self.file.rfind(['/', '\\']) {
            Some(slash) => format!("{}{path}", self.file.get(..=slash).unwrap_or_default()),
            None => path.to_owned(),
        }
    }

    /// A suite is one folder: what it names must lie inside, under one spelling.
    fn outside(&self, path: &str, span: &Range<usize>) -> Option<Problem> {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        if path.split('/').all(plain) {
            return None;
        }
        let fault = self
            .fault(span.clone(), format!("`{}` is not a path inside the suite's folder", path.escape_debug()))
            .label("must stay inside")
            .helped(
                "use a relative path with `/` and without `.`, `..` or `\\`, such as `schemas/minimal.json`",
            );
        Some(fault)
    }

    /// `value`, unless faults were found: then all of them, in file order.
    pub(crate) fn finish<T>(
        self,
        value: impl FnOnce(&BTreeMap<String, Vec<u8>>) -> T,
    ) -> Result<T, SuiteError> {
        let mut problems = self.problems;
        problems.sort_by_key(Problem::offset);
        let mut problems = problems.into_iter();
        match problems.next() {
            Some(first) => Err(SuiteError::new(first, problems.collect())),
            None => Ok(value(&self.named)),
        }
    }
}

/// The fault of a file that is not UTF-8, at its first bad byte.
pub(crate) fn not_utf8(file: impl Into<String>, bytes: &[u8]) -> Problem {
    let valid = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let source: Arc<str> = Arc::from(String::from_utf8_lossy(bytes));
    let replaced = char::REPLACEMENT_CHARACTER.len_utf8();
    Problem::of_file(file, format!("byte {valid} is not UTF-8"))
        .within(&source, valid..valid + replaced)
        .label("first byte that is not UTF-8")
        .helped("save the file as UTF-8")
}

/// The reason in words that do not differ between systems.
pub(crate) fn reason(error: &io::Error) -> String {
    let known = [
        (io::ErrorKind::NotFound, "there is no such file"),
        (io::ErrorKind::PermissionDenied, "permission denied"),
        (io::ErrorKind::IsADirectory, "it is a folder"),
    ];
    let found = known.iter().find(|(kind, _)| *kind == error.kind());
    found.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}

//! The file: a header line, then one line an exchange; gzip where the first bytes say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read, Write},
    path::Path,
};

use flate2::{Compression, GzBuilder, read::GzDecoder};
use gonogo_core::{Capture, ContentHash};
use serde::{Deserialize, Serialize};

use crate::{CassetteError, label};

/// Version of the cassette format. A reader accepts this and every older version.
pub const FORMAT: u32 = 1;

/// First bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A set of recorded answers of one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Cassette {
    /// What it is.
    pub header: Header,
    /// The answers, in file order.
    pub exchanges: Vec<Exchange>,
}

/// The first line of a cassette. Unknown fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`] at the time of writing.
    pub format: u32,
    /// The cassette's name; its file is called after it.
    pub name: String,
    /// The wire format of the frames, as in [`Capture::dialect`].
    pub dialect: String,
    /// When the answers were given: a date or an RFC 3339 time, UTC.
    pub recorded: String,
    /// Whether somebody wrote the answers down from what was reported, because nobody kept the
    /// bytes. Such a cassette shows how gonogo reads a failure, not what a server sent.
    #[serde(default)]
    pub reconstructed: bool,
    /// Whether an answer holds for every rung of its case.
    #[serde(default)]
    pub any_rung: bool,
    /// What is known of the arm: `engine`, `engine_version`, `model`, `server`. Sorted by name.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// What it is good for, where it comes from, and what is not known.
    pub why: String,
}

/// One recorded answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// `suite/case[@rung]#repeat`, as [`gonogo_backend::Ask::label_for`] makes it.
    pub label: String,
    /// SHA-256 of the request's JSON at the time, where it is known: it tells a stale recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<ContentHash>,
    /// The answer.
    pub capture: Capture,
}

impl Cassette {
    /// Reads a cassette, compressed or not.
    ///
    /// # Errors
    /// [`CassetteError`] naming the line.
    pub fn load(path: &Path) -> Result<Self, CassetteError> {
        Self::decode(&fs::read(path).map_err(io_error("read", path))?, path)
    }

    /// Writes the cassette; compressed where the name ends in `.gz`. The same cassette always
    /// gives the same bytes. A crash leaves the old file or the new one.
    ///
    /// # Errors
    /// [`CassetteError`], also for duplicates.
    pub fn save(&self, path: &Path) -> Result<(), CassetteError> {
        let mut bytes = self.encode()?;
        if path.extension().is_some_and(|extension| extension == "gz") {
            bytes = pack(&bytes).map_err(io_error("compress", path))?;
        }
        let mut scratch = path.as_os_str().to_owned();
        scratch.push(".tmp");
        let scratch = Path::new(&scratch);
        fs::write(scratch, bytes).map_err(io_error("write", scratch))?;
        fs::rename(scratch, path).map_err(io_error("put in place", path))
    }

    /// The key by which an answer to `label` is found.
    pub(crate) fn key(&self, label: &str) -> String {
        if self.header.any_rung { label::without_rung(label) } else { label.to_owned() }
    }

    /// The cassette as lines.
    ///
    /// # Errors
    /// [`CassetteError::Duplicate`].
    pub fn encode(&self) -> Result<Vec<u8>, CassetteError> {
        self.check()?;
        let mut bytes = line(&self.header, 1, "a header")?;
        for (exchange, number) in self.exchanges.iter().zip(2..) {
            bytes.extend(line(exchange, number, "an exchange")?);
        }
        Ok(bytes)
    }

    fn decode(bytes: &[u8], path: &Path) -> Result<Self, CassetteError> {
        let mut unpacked = Vec::new();
        let bytes = if bytes.starts_with(&GZIP) {
            GzDecoder::new(bytes).read_to_end(&mut unpacked).map_err(io_error("decompress", path))?;
            unpacked.as_slice()
        } else {
            bytes
        };
        let mut lines = bytes.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.is_empty());
        let header = header(lines.next().map_or(&[], |(line, _)| line))?;
        let exchanges = lines
            .map(|(bytes, line)| {
                let wrong = |source| CassetteError::Line { line, what: "an exchange", source };
                serde_json::from_slice(bytes).map_err(wrong)
            })
            .collect::<Result<_, _>>()?;
        let cassette = Self { header, exchanges };
        cassette.check()?;
        Ok(cassette)
    }

    /// Nothing is recorded twice.
    fn check(&self) -> Result<(), CassetteError> {
        let mut seen = BTreeSet::new();
        for (exchange, line) in self.exchanges.iter().zip(2..) {
            let key = self.key(&exchange.label);
            if !seen.insert(key.clone()) {
                return Err(CassetteError::Duplicate { line, label: key });
            }
        }
        Ok(())
    }
}

/// The one field that is read before the others.
#[derive(Deserialize)]
struct Formatted {
    format: u64,
}

fn header(bytes: &[u8]) -> Result<Header, CassetteError> {
    let wrong = |source| CassetteError::Line { line: 1, what: "a header", source };
    let Formatted { format } = serde_json::from_slice(bytes).map_err(wrong)?;
    if format > u64::from(FORMAT) {
        return Err(CassetteError::Newer { found: format, known: FORMAT });
    }
    serde_json::from_slice(bytes).map_err(wrong)
}

fn line(value: &impl Serialize, line: usize, what: &'static str) -> Result<Vec<u8>, CassetteError> {
    let mut bytes = serde_json::to_vec(value).map_err(|source| CassetteError::Line { line, what, source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CassetteError {
    let path = path.to_owned();
    move |source| CassetteError::Io { action, path, source }
}

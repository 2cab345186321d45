//! The file: a header line, then one line an exchange; gzip where the first bytes say so.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

use flate2::{Compression, GzBuilder, read::GzDecoder};
use serde::{Deserialize, Serialize};

use crate::{CassetteError, Exchange, Header, label};

/// Version of the cassette format. A reader accepts this and every older version.
pub const FORMAT: u32 = 2;

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
        let written = File::create(scratch).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        });
        written.map_err(io_error("write", scratch))?;
        fs::rename(scratch, path).map_err(io_error("put in place", path))
    }

    /// The place of an answer to `label`: two answers and tries of one place are an error.
    pub(crate) fn place(&self, label: &str) -> String {
        let any_rung = self.header.any_rung && !self.header.by_request();
        if any_rung { label::without_rung(label) } else { label.to_owned() }
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
        let unpacked = unpack(bytes).map_err(io_error("decompress", path))?;
        let bytes = unpacked.as_deref().unwrap_or(bytes);
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
            let place = self.place(&exchange.label);
            if !seen.insert((place.clone(), exchange.r#try, exchange.warm_up)) {
                return Err(CassetteError::Duplicate { line, label: place });
            }
        }
        Ok(())
    }
}

/// Whether a file is a cassette, as far as its first line tells: an object with a `format`.
///
/// # Errors
/// [`CassetteError`] for a file that cannot be read or decompressed.
pub fn is_cassette(path: &Path) -> Result<bool, CassetteError> {
    let first = first_line(path)?;
    // What is no JSON at all was meant to be one: nothing else is kept in such files.
    Ok(serde_json::from_slice::<serde_json::Value>(&first).map_or(true, |line| line.get("format").is_some()))
}

impl Header {
    /// Reads the header alone.
    ///
    /// # Errors
    /// [`CassetteError`].
    pub fn load(path: &Path) -> Result<Self, CassetteError> {
        header(&first_line(path)?)
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

/// The first line, without unpacking more than it takes.
fn first_line(path: &Path) -> Result<Vec<u8>, CassetteError> {
    let open = || File::open(path).map_err(io_error("open", path));
    let mut begins = Vec::new();
    open()?.take(2).read_to_end(&mut begins).map_err(io_error("read", path))?;
    let mut line = Vec::new();
    let (read, action) = if begins == GZIP {
        (BufReader::new(GzDecoder::new(open()?)).read_until(b'\n', &mut line), "decompress")
    } else {
        (BufReader::new(open()?).read_until(b'\n', &mut line), "read")
    };
    read.map_err(io_error(action, path))?;
    Ok(line)
}

/// What was compressed, where it was.
fn unpack(bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(None);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked)?;
    Ok(Some(unpacked))
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CassetteError {
    let path = path.to_owned();
    move |source| CassetteError::Io { action, path, source }
}

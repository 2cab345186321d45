//! Raw answers in one file: a gzip member for each, one after the other, so that writing many costs the disk no
//! more than writing one.
//!
//! Each member holds a capture's JSON and a newline, so `zcat` prints a capture a line. Its header says
//! (RFC 1952, extra field `GN`) how long the member is and which hash it is of, so that a reader finds a
//! capture without unpacking the others, a half-written member at the end is seen for what it is, and what lies
//! behind a damaged one is found.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use flate2::{Compress, Compression, Crc, FlushCompress, Status, read::GzDecoder};
use gonogo_core::ContentHash;

use crate::{Durability, StoreError, atomic, error::io_error};

/// What the name of a pack ends in.
const SUFFIX: &str = ".jsonl.gz";
/// Bytes of a gzip header before the extra field's data.
const FIXED: usize = 12;
/// How each begins (RFC 1952): deflated, with an extra field of 40 bytes, no time, compressed fast, on any system.
const BEGIN: [u8; FIXED] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 4, 0xff, 40, 0];
/// Bytes that are kept free for what a compressor puts out.
const SPARE: usize = 512;
/// Identifier of the subfield, and the length of what follows it.
const SUBFIELD: [u8; 4] = [b'G', b'N', 36, 0];
/// Bytes that are searched for a header at once.
const WINDOW: usize = 64 * 1024;
/// Bytes of a whole header: the member's length in four, the hash in 32.
const HEADER: usize = FIXED + 4 + 4 + 32;

/// Makes members. It is kept from one to the next: to set a compressor up anew takes as long as it works on a capture.
#[derive(Debug)]
struct Packer(Compress);

impl Packer {
    fn new() -> Self {
        // Fast, because answers come faster than a thorough compressor.
        Self(Compress::new(Compression::fast(), false))
    }

    /// Appends one member: a capture's JSON, compressed. The same JSON always gives the same bytes: the header
    /// carries neither a time nor a name.
    fn member(&mut self, hash: &ContentHash, json: &[u8], members: &mut Vec<u8>) -> io::Result<()> {
        let start = members.len();
        members.extend_from_slice(&BEGIN);
        members.extend_from_slice(&SUBFIELD);
        members.extend_from_slice(&[0; 4]);
        members.extend_from_slice(&digest(hash).ok_or(io::ErrorKind::InvalidData)?);
        self.0.reset();
        let mut sum = Crc::new();
        for (bytes, flush) in [(json, FlushCompress::None), (b"\n", FlushCompress::Finish)] {
            sum.update(bytes);
            self.deflate(bytes, flush, members)?;
        }
        members.extend_from_slice(&sum.sum().to_le_bytes());
        members.extend_from_slice(&sum.amount().to_le_bytes());
        let length = u32::try_from(members.len() - start).map_err(|_| io::ErrorKind::FileTooLarge)?;
        members[start + FIXED + 4..start + FIXED + 8].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    /// Appends what becomes of `bytes`.
    fn deflate(&mut self, mut bytes: &[u8], flush: FlushCompress, to: &mut Vec<u8>) -> io::Result<()> {
        loop {
            to.reserve(SPARE.max(bytes.len() / 2));
            let before = self.0.total_in();
            let status = self.0.compress_vec(bytes, to, flush)?;
            let taken = usize::try_from(self.0.total_in() - before).unwrap_or(bytes.len());
            bytes = bytes.get(taken..).unwrap_or_default();
            let last = flush == FlushCompress::Finish;
            if if last { status == Status::StreamEnd } else { bytes.is_empty() } {
                return Ok(());
            }
        }
    }
}

/// The 32 bytes of a hash.
fn digest(hash: &ContentHash) -> Option<[u8; 32]> {
    let digits = hash.as_str().as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 2 * digest.len() {
        return None;
    }
    let digit = |at: usize| char::from(digits[at]).to_digit(16);
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::try_from(digit(2 * at)? << 4 | digit(2 * at + 1)?).ok()?;
    }
    Some(digest)
}

/// What a member's header says: its length and the digits of its hash.
fn parse(header: &[u8; HEADER]) -> Option<(u64, String)> {
    let begins = header[..4] == BEGIN[..4] && header[10..12] == BEGIN[10..];
    if !begins || header[FIXED..FIXED + 4] != SUBFIELD {
        return None;
    }
    let length = u32::from_le_bytes(header[FIXED + 4..FIXED + 8].try_into().ok()?);
    let digits = header[FIXED + 8..].iter().map(|byte| format!("{byte:02x}")).collect();
    (length as usize > HEADER).then_some((length.into(), digits))
}

/// Where captures are in the packs of a folder.
#[derive(Debug, Default)]
pub(crate) struct Index {
    packs: Vec<Pack>,
    /// By the digits of the hash. There are several where one was damaged and kept again.
    places: HashMap<String, Vec<Place>>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    pack: usize,
    at: u64,
    length: u64,
}

#[derive(Debug)]
struct Pack {
    path: PathBuf,
    file: File,
    /// Where the first member begins that was not seen yet.
    end: u64,
}

impl Index {
    /// The JSON that a member under this hash holds, with the pack it is in; `None` where no pack has one.
    /// Packs that grew, and new ones, are looked at first where nothing is known of it.
    pub(crate) fn get(
        &mut self,
        folder: &Path,
        hash: &ContentHash,
    ) -> Result<Option<(PathBuf, Vec<u8>)>, StoreError> {
        if let Ok(Some(found)) = self.best(hash)
            && ContentHash::of(&found.1) == *hash
        {
            return Ok(Some(found));
        }
        // Nothing is known of it yet, or what is known is damaged and a whole one may have come since.
        self.refresh(folder)?;
        self.best(hash)
    }

    /// The whole one of what is known of a hash, or else what is wrong with the last one.
    fn best(&mut self, hash: &ContentHash) -> Result<Option<(PathBuf, Vec<u8>)>, StoreError> {
        let mut best = Ok(None);
        for place in self.places.get(hash.as_str()).cloned().unwrap_or_default() {
            best = self.read(place);
            if matches!(&best, Ok(Some((_, json))) if ContentHash::of(json) == *hash) {
                break;
            }
        }
        best
    }

    fn read(&mut self, place: Place) -> Result<Option<(PathBuf, Vec<u8>)>, StoreError> {
        let Some(pack) = self.packs.get_mut(place.pack) else { return Ok(None) };
        let mut packed = vec![0; usize::try_from(place.length).unwrap_or(usize::MAX)];
        read_at(&mut pack.file, place.at, &mut packed).map_err(io_error("read", &pack.path))?;
        let mut json = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut json).map_err(io_error("decompress", &pack.path))?;
        // The newline is the pack's.
        json.pop();
        Ok(Some((pack.path.clone(), json)))
    }

    /// The digits of every hash that there is a member of.
    pub(crate) fn known(&mut self, folder: &Path) -> Result<HashSet<String>, StoreError> {
        self.refresh(folder)?;
        Ok(self.places.keys().cloned().collect())
    }

    /// Looks at what was written since the last look.
    fn refresh(&mut self, folder: &Path) -> Result<(), StoreError> {
        for path in packs(folder)? {
            let known = self.packs.iter().position(|pack| pack.path == path);
            let number = known.unwrap_or(self.packs.len());
            if known.is_none() {
                let file = File::open(&path).map_err(io_error("open", &path))?;
                self.packs.push(Pack { path: path.clone(), file, end: 0 });
            }
            let Some(pack) = self.packs.get_mut(number) else { continue };
            let places = &mut self.places;
            pack.end = walk(&mut pack.file, pack.end, |digits, at, length| {
                places.entry(digits).or_default().push(Place { pack: number, at, length });
            })
            .map_err(io_error("read", &path))?
            .end;
        }
        Ok(())
    }
}

/// The packs of a folder, in the order of their names.
pub(crate) fn packs(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error("list", folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(io_error("list", folder))?.path();
        paths.extend(Some(path).filter(|path| path.to_string_lossy().ends_with(SUFFIX)));
    }
    paths.sort();
    Ok(paths)
}

/// What a walk came to.
struct Walked {
    /// Where the last whole member ends.
    end: u64,
    /// Where the first thing begins that is no whole member though one follows.
    damaged: Option<u64>,
}

/// Calls `see` with each whole member from `start` on, those behind damage too.
fn walk(file: &mut File, start: u64, mut see: impl FnMut(String, u64, u64)) -> io::Result<Walked> {
    let size = file.metadata()?.len();
    let (mut at, mut last, mut damaged) = (start, start, None);
    while at < size {
        if let Some((length, digits)) = header(file, at, size)? {
            see(digits, at, length);
            last = at;
            at += length;
            continue;
        }
        // What is wrong may be the length of the member before, so that others begin inside of what it claims.
        let Some(next) = next(file, last + 1, size)? else { break };
        damaged = damaged.or(Some(if next < at { last } else { at }));
        (at, last) = (next, next);
    }
    Ok(Walked { end: at, damaged })
}

/// The header of the member at `at`, where a whole one can be there.
fn header(file: &mut File, at: u64, size: u64) -> io::Result<Option<(u64, String)>> {
    if at + HEADER as u64 > size {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    read_at(file, at, &mut header)?;
    Ok(parse(&header).filter(|(length, _)| at + length <= size))
}

/// Where the next whole member begins, from `from` on. Ten bytes of a header are always the same.
fn next(file: &mut File, from: u64, size: u64) -> io::Result<Option<u64>> {
    let mut buffer = vec![0; WINDOW];
    let mut at = from;
    while at + HEADER as u64 <= size {
        let length = usize::try_from(size - at).unwrap_or(WINDOW).min(WINDOW);
        read_at(file, at, &mut buffer[..length])?;
        let begins = buffer[..length].windows(2).zip(at..).filter(|(bytes, _)| *bytes == [0x1f, 0x8b]);
        for (_, found) in begins {
            if header(file, found, size)?.is_some() {
                return Ok(Some(found));
            }
        }
        at += length as u64 - 1;
    }
    Ok(None)
}

fn read_at(file: &mut File, at: u64, buffer: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(buffer)
}

/// The end of a pack that is being written.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    file: File,
    packer: Packer,
    /// Members that are not with the operating system yet.
    waiting: Vec<u8>,
    /// Whether there is something that is not on the disk yet.
    unsynced: bool,
}

impl Writer {
    /// Opens `folder/name.jsonl.gz` for more. What a crash left behind the last whole member is moved aside, to
    /// `captures.torn` beside the folder: nothing names it.
    ///
    /// # Errors
    /// [`StoreError::Pack`] where whole members follow something that is none, which no crash leaves: nothing is
    /// changed then.
    pub(crate) fn open(folder: &Path, name: &str, durability: Durability) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        let path = folder.join(format!("{name}{SUFFIX}"));
        let mut file = OpenOptions::new()
            .append(true)
            .read(true)
            .create(true)
            .open(&path)
            .map_err(io_error("open", &path))?;
        let Walked { end, damaged } = walk(&mut file, 0, |_, _, _| ()).map_err(io_error("read", &path))?;
        if let Some(at) = damaged {
            return Err(StoreError::Pack { path, at });
        }
        let size = file.metadata().map_err(io_error("look at", &path))?.len();
        if end < size {
            let mut torn = Vec::new();
            file.seek(SeekFrom::Start(end)).map_err(io_error("read", &path))?;
            file.read_to_end(&mut torn).map_err(io_error("read", &path))?;
            atomic::set_aside(&folder.with_extension("torn"), &torn)?;
            file.set_len(end).map_err(io_error("cut", &path))?;
            file.sync_all().map_err(io_error("sync", &path))?;
        }
        atomic::sync_parent(&path, durability)?;
        atomic::sync_parent(folder, durability)?;
        Ok(Self { path, file, packer: Packer::new(), waiting: Vec::new(), unsynced: false })
    }

    /// Takes a capture's JSON. It can be read after [`Self::flush`], and is durable after [`Self::sync`].
    pub(crate) fn push(&mut self, hash: &ContentHash, json: &[u8]) -> Result<(), StoreError> {
        self.packer.member(hash, json, &mut self.waiting).map_err(io_error("compress", &self.path))
    }

    /// Hands what waits to the operating system.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        if !self.waiting.is_empty() {
            self.file.write_all(&self.waiting).map_err(io_error("append to", &self.path))?;
            self.waiting.clear();
            self.unsynced = true;
        }
        Ok(())
    }

    /// Waits until everything is on the disk.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        self.flush()?;
        if self.unsynced {
            self.file.sync_data().map_err(io_error("sync", &self.path))?;
            self.unsynced = false;
        }
        Ok(())
    }
}

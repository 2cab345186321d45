//! Raw answers in one file: a gzip member for each, one after the other, so that writing many costs the disk no
//! more than writing one.
//!
//! Each member holds a capture's JSON and a newline, so `zcat` prints a capture a line. Its header says
//! (RFC 1952, extra field `GN`) how long the member is and which hash it is of, so that a reader finds a
//! capture without unpacking the others, and a half-written member at the end is seen for what it is.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder, read::GzDecoder};
use gonogo_core::ContentHash;

use crate::{StoreError, atomic, error::io_error};

/// What the name of a pack ends in.
const SUFFIX: &str = ".jsonl.gz";
/// Bytes of a gzip header before the extra field's data.
const FIXED: usize = 12;
/// Identifier of the subfield, and the length of what follows it.
const SUBFIELD: [u8; 4] = [b'G', b'N', 36, 0];
/// Bytes of a whole header: the member's length in four, the hash in 32.
const HEADER: usize = FIXED + 4 + 4 + 32;

/// One member: a capture's JSON, compressed. The same JSON always gives the same bytes: the header carries neither
/// a time nor a name.
pub(crate) fn member(hash: &ContentHash, json: &[u8]) -> io::Result<Vec<u8>> {
    let mut extra = SUBFIELD.to_vec();
    extra.extend([0; 4]);
    extra.extend(digest(hash).ok_or(io::ErrorKind::InvalidData)?);
    // Fast, because answers come faster than a thorough compressor.
    let mut encoder = GzBuilder::new().mtime(0).extra(extra).write(Vec::new(), Compression::fast());
    encoder.write_all(json)?;
    encoder.write_all(b"\n")?;
    let mut member = encoder.finish()?;
    let length = u32::try_from(member.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    member[FIXED + 4..FIXED + 8].copy_from_slice(&length.to_le_bytes());
    Ok(member)
}

/// The 32 bytes of a hash.
fn digest(hash: &ContentHash) -> Option<Vec<u8>> {
    let pairs = hash.as_str().as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == 32)
}

/// What a member's header says: its length and the digits of its hash.
fn parse(header: &[u8; HEADER]) -> Option<(u64, String)> {
    let begins = header[..4] == [0x1f, 0x8b, 8, 4] && header[10..12] == [40, 0];
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
    /// By the digits of the hash; of several the last one.
    places: HashMap<String, Place>,
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
        if let Some(place) = self.places.get(hash.as_str()).copied()
            && let Ok(Some(found)) = self.read(place)
            && ContentHash::of(&found.1) == *hash
        {
            return Ok(Some(found));
        }
        // Nothing is known of it yet, or what is known is damaged and a whole one may have come since.
        self.refresh(folder)?;
        self.places.get(hash.as_str()).copied().map_or(Ok(None), |place| self.read(place))
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
                places.insert(digits, Place { pack: number, at, length });
            })
            .map_err(io_error("read", &path))?;
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

/// Calls `see` with each whole member from `start` on, and returns where the last one ends.
fn walk(file: &mut File, start: u64, mut see: impl FnMut(String, u64, u64)) -> io::Result<u64> {
    let size = file.metadata()?.len();
    let mut at = start;
    while at + HEADER as u64 <= size {
        let mut header = [0; HEADER];
        read_at(file, at, &mut header)?;
        let Some((length, digits)) = parse(&header).filter(|(length, _)| at + length <= size) else { break };
        see(digits, at, length);
        at += length;
    }
    Ok(at)
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
    /// Members that are not with the operating system yet.
    waiting: Vec<u8>,
    /// Whether there is something that is not on the disk yet.
    unsynced: bool,
}

impl Writer {
    /// Opens `folder/name.jsonl.gz` for more. What a crash left behind the last whole member is moved aside, to
    /// `captures.torn` beside the folder: nothing names it.
    pub(crate) fn open(folder: &Path, name: &str) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        let path = folder.join(format!("{name}{SUFFIX}"));
        let mut file = OpenOptions::new()
            .append(true)
            .read(true)
            .create(true)
            .open(&path)
            .map_err(io_error("open", &path))?;
        let end = walk(&mut file, 0, |_, _, _| ()).map_err(io_error("read", &path))?;
        let size = file.metadata().map_err(io_error("look at", &path))?.len();
        if end < size {
            let mut torn = Vec::new();
            file.seek(SeekFrom::Start(end)).map_err(io_error("read", &path))?;
            file.read_to_end(&mut torn).map_err(io_error("read", &path))?;
            atomic::set_aside(&folder.with_extension("torn"), &torn)?;
            file.set_len(end).map_err(io_error("cut", &path))?;
            file.sync_all().map_err(io_error("sync", &path))?;
        }
        atomic::sync_parent(&path)?;
        atomic::sync_parent(folder)?;
        Ok(Self { path, file, waiting: Vec::new(), unsynced: false })
    }

    /// Takes a member. It can be read after [`Self::flush`], and is durable after [`Self::sync`].
    pub(crate) fn push(&mut self, member: &[u8]) {
        self.waiting.extend_from_slice(member);
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

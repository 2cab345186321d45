//! Formats candle multiplies slowly, turned once into one it multiplies fast.
//!
//! candle 0.11 has no vector instructions for Q4_1, Q5_0, Q5_1 and Q8_1: a 135M model decodes
//! 2 to 3 tokens a second. Q8_0 holds every value of those formats to within half a step of
//! 1/127 of its block's largest, and decodes twenty times faster. The result is kept in a file
//! named by the source's SHA-256. The file is a valid GGUF followed by the SHA-256 of all
//! bytes before, so that a torn, foreign or old file is seen and replaced.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use candle_core::{
    Device,
    quantized::{GgmlDType, QStorage, QTensor, gguf_file, gguf_file::Value},
};

use crate::{
    ModelError,
    gguf::{Gguf, RawTensor, sha256},
};

/// The format everything slow is turned into.
pub(crate) const TARGET: GgmlDType = GgmlDType::Q8_0;
/// Part of the file name: raise it when the content changes for the same source.
const SCHEME: &str = "q8_0-1";
const TRAILER: &str = "gonogo-requantised";
const SOURCE_KEY: &str = "gonogo.source.sha256";

/// Whether candle multiplies this format without vector instructions on some machine.
pub(crate) fn is_slow(dtype: GgmlDType) -> bool {
    match dtype {
        GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1 | GgmlDType::Q8_1 => true,
        GgmlDType::F32
        | GgmlDType::F16
        | GgmlDType::BF16
        | GgmlDType::Q4_0
        | GgmlDType::Q8_0
        | GgmlDType::Q2K
        | GgmlDType::Q3K
        | GgmlDType::Q4K
        | GgmlDType::Q5K
        | GgmlDType::Q6K
        | GgmlDType::Q8K => false,
    }
}

/// The requantised twins of the source's slow tensors, by the same names; `None` when it has
/// no slow ones. Several processes may call this at once: each writes its own file and renames
/// it, and all of them write the same bytes.
pub(crate) fn open(source: &mut Gguf, hash: &str, cache: &Path) -> Result<Option<Gguf>, ModelError> {
    let slow: Vec<String> = source
        .tensors()
        .into_iter()
        .filter(|(_, dtype, _)| is_slow(*dtype))
        .map(|(name, ..)| name.to_owned())
        .collect();
    if slow.is_empty() {
        return Ok(None);
    }
    let path = cache.join(format!("{hash}.{SCHEME}.gguf"));
    if !is_intact(&path) || !is_of(&path, hash, &slow) {
        build(source, hash, &slow, &path)?;
    }
    Gguf::open(&path).map(Some)
}

fn is_of(path: &Path, hash: &str, names: &[String]) -> bool {
    let Ok(mut file) = Gguf::open(path) else { return false };
    file.metadata().is_ok_and(|metadata| metadata.text(SOURCE_KEY) == Ok(Some(hash)))
        && names.iter().all(|name| file.has(name))
}

fn is_intact(path: &Path) -> bool {
    let Ok(length) = fs::metadata(path).map(|data| data.len()) else { return false };
    let Some(body) = length.checked_sub(trailer("").len() as u64 + 64) else { return false };
    let Ok(found) = read_tail(path, body) else { return false };
    sha256(path, body).is_ok_and(|hash| found == trailer(&hash).as_bytes())
}

fn read_tail(path: &Path, from: u64) -> std::io::Result<Vec<u8>> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(tail)
}

fn trailer(hash: &str) -> String {
    format!("\n{TRAILER} sha256:{hash}\n")
}

fn build(source: &mut Gguf, hash: &str, names: &[String], path: &Path) -> Result<(), ModelError> {
    static UNIQUE: AtomicU32 = AtomicU32::new(0);
    let mut tensors = Vec::with_capacity(names.len());
    for name in names {
        tensors.push((name.as_str(), requantise(source.tensor(name)?).map_err(|e| failed(path, &e))?));
    }
    let serial = UNIQUE.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{serial}.tmp", std::process::id()));
    let written = fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
        .map_err(|error| error.to_string())
        .and_then(|()| write(&tensors, hash, &temporary))
        .and_then(|()| fs::rename(&temporary, path).map_err(|error| error.to_string()));
    written.map_err(|cause| {
        // Nothing useful is left to do when even the removal fails.
        let _ = fs::remove_file(&temporary);
        ModelError::Cache { path: path.to_owned(), cause }
    })
}

fn requantise(tensor: RawTensor) -> candle_core::Result<QTensor> {
    let device = Device::Cpu;
    let storage = QStorage::from_data(Cow::Owned(tensor.bytes), &device, tensor.dtype)?;
    QTensor::quantize(&QTensor::new(storage, tensor.shape)?.dequantize(&device)?, TARGET)
}

fn write(tensors: &[(&str, QTensor)], hash: &str, path: &Path) -> Result<(), String> {
    let source = Value::String(hash.to_owned());
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
    let text = |error: std::io::Error| error.to_string();
    let mut file = BufWriter::new(File::create(path).map_err(text)?);
    gguf_file::write(&mut file, &[(SOURCE_KEY, &source)], &tensors).map_err(|error| error.to_string())?;
    file.flush().map_err(text)?;
    let body = sha256(path, u64::MAX).map_err(text)?;
    file.write_all(trailer(&body).as_bytes()).map_err(text)?;
    file.flush().map_err(text)
}

fn failed(path: &Path, cause: &impl ToString) -> ModelError {
    ModelError::Cache { path: PathBuf::from(path), cause: cause.to_string() }
}

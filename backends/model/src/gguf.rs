//! A GGUF file on disk: header in memory, tensors read when asked for.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use candle_core::quantized::{GgmlDType, gguf_file::Content};
use gonogo_tokenizer::Metadata;
use sha2::{Digest, Sha256};

use crate::ModelError;

/// A GGUF file whose header was read.
pub(crate) struct Gguf {
    path: PathBuf,
    reader: BufReader<File>,
    content: Content,
}

/// One tensor as it is in the file.
pub(crate) struct RawTensor {
    /// Block format.
    pub(crate) dtype: GgmlDType,
    /// Row-major: for a matrix, outputs then inputs.
    pub(crate) shape: Vec<usize>,
    /// Blocks, rows one after the other.
    pub(crate) bytes: Vec<u8>,
}

impl Gguf {
    /// Reads the header.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let file =
            File::open(path).map_err(|cause| ModelError::Unreadable { path: path.to_owned(), cause })?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut content = Content::read(&mut reader).map_err(|error| damaged(path, &error))?;
        // Read again by the crate that knows what is in it.
        content.metadata.clear();
        Ok(Self { path: path.to_owned(), reader, content })
    }

    /// Reads the metadata.
    pub(crate) fn metadata(&mut self) -> Result<Metadata, ModelError> {
        self.reader.rewind().map_err(|cause| ModelError::Unreadable { path: self.path.clone(), cause })?;
        Metadata::read(&mut self.reader).map_err(|cause| damaged(&self.path, &cause))
    }

    /// Every tensor's name, format and number of values, by name.
    pub(crate) fn tensors(&self) -> Vec<(&str, GgmlDType, usize)> {
        let infos = self.content.tensor_infos.iter();
        let mut tensors: Vec<_> =
            infos.map(|(name, info)| (name.as_str(), info.ggml_dtype, info.shape.elem_count())).collect();
        tensors.sort_unstable_by_key(|(name, ..)| *name);
        tensors
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// Reads one tensor.
    pub(crate) fn tensor(&mut self, name: &str) -> Result<RawTensor, ModelError> {
        let Some(info) = self.content.tensor_infos.get(name) else {
            return Err(damaged(&self.path, &format!("it has no tensor `{name}`")));
        };
        let (dtype, shape) = (info.ggml_dtype, info.shape.dims().to_vec());
        let values = info.shape.elem_count();
        let row = shape.last().copied().unwrap_or_default();
        if row == 0 || !row.is_multiple_of(dtype.block_size()) {
            return Err(damaged(&self.path, &format!("tensor `{name}` has rows of {row} {dtype:?} values")));
        }
        let offset = self.content.tensor_data_offset.saturating_add(info.offset);
        let mut bytes = Vec::new();
        let size = values / dtype.block_size() * dtype.type_size();
        self.reader
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.reader.by_ref().take(size as u64).read_to_end(&mut bytes))
            .map_err(|cause| ModelError::Unreadable { path: self.path.clone(), cause })?;
        if bytes.len() != size {
            return Err(damaged(&self.path, &format!("it ends inside tensor `{name}`")));
        }
        Ok(RawTensor { dtype, shape, bytes })
    }
}

/// SHA-256 of the first `limit` bytes of a file (all of it for `u64::MAX`), as hex digits.
pub(crate) fn sha256(path: &Path, limit: u64) -> std::io::Result<String> {
    let mut reader = File::open(path)?.take(limit);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hasher.update(&buffer[..read]);
    }
}

/// The error for a file that is not what it should be.
pub(crate) fn damaged(path: &Path, cause: &impl ToString) -> ModelError {
    ModelError::Damaged { path: path.to_owned(), cause: cause.to_string() }
}

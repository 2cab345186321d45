//! The key-value part at the head of a GGUF file, versions 2 and 3, little-endian
//! (ggml's `docs/gguf.md`).

use std::io::{ErrorKind, Read};

use super::metadata::Value;

/// How deep arrays may hold arrays; the deepest known is one.
const DEEPEST: usize = 4;

/// Most items to make room for before any of them was read: a damaged count may say anything.
const MOST_AHEAD: usize = 1 << 16;

/// Reads every key and value; the tensors' part is left unread.
pub(super) fn read(mut source: impl Read) -> Result<Vec<(String, Value)>, String> {
    if &bytes::<4>(&mut source)? != b"GGUF" {
        return Err("it does not begin with `GGUF`".into());
    }
    let version = u32::from_le_bytes(bytes(&mut source)?);
    if !matches!(version, 2 | 3) {
        return Err(format!("it is of GGUF version {version}, and 2 and 3 are read"));
    }
    let _tensors = count(&mut source)?;
    let pairs = count(&mut source)?;
    (0..pairs)
        .map(|_| {
            let key = text(&mut source)?;
            let kind = u32::from_le_bytes(bytes(&mut source)?);
            let value = value(&mut source, kind, DEEPEST).map_err(|cause| format!("`{key}`: {cause}"))?;
            Ok((key, value))
        })
        .collect()
}

fn value(source: &mut impl Read, kind: u32, depth: usize) -> Result<Value, String> {
    Ok(match kind {
        0 => Value::Integer(u8::from_le_bytes(bytes(source)?).into()),
        1 => Value::Integer(i8::from_le_bytes(bytes(source)?).into()),
        2 => Value::Integer(u16::from_le_bytes(bytes(source)?).into()),
        3 => Value::Integer(i16::from_le_bytes(bytes(source)?).into()),
        4 => Value::Integer(u32::from_le_bytes(bytes(source)?).into()),
        5 => Value::Integer(i32::from_le_bytes(bytes(source)?).into()),
        6 => Value::Float(f32::from_le_bytes(bytes(source)?)),
        7 => Value::Flag(bytes::<1>(source)? != [0]),
        8 => Value::Text(text(source)?),
        9 => array(source, depth)?,
        10 => Value::Integer(u64::from_le_bytes(bytes(source)?).into()),
        11 => Value::Integer(i64::from_le_bytes(bytes(source)?).into()),
        12 => Value::Double(f64::from_le_bytes(bytes(source)?)),
        other => return Err(format!("there is no value type {other}")),
    })
}

fn array(source: &mut impl Read, depth: usize) -> Result<Value, String> {
    let depth = depth.checked_sub(1).ok_or("arrays are nested too deep")?;
    let kind = u32::from_le_bytes(bytes(source)?);
    let count = count(source)?;
    let mut items = Vec::with_capacity(count.min(MOST_AHEAD));
    for _ in 0..count {
        items.push(value(source, kind, depth)?);
    }
    Ok(Value::List(items))
}

fn text(source: &mut impl Read) -> Result<String, String> {
    let length = count(source)?;
    let mut bytes = Vec::new();
    source.take(length as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() < length {
        return Err(ends());
    }
    String::from_utf8(bytes).map_err(|_| "a string is not UTF-8".into())
}

fn count(source: &mut impl Read) -> Result<usize, String> {
    let count = u64::from_le_bytes(bytes(source)?);
    usize::try_from(count).map_err(|_| format!("it counts to {count}"))
}

fn bytes<const N: usize>(source: &mut impl Read) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    match source.read_exact(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(ends()),
        Err(error) => Err(error.to_string()),
    }
}

fn ends() -> String {
    "it ends inside its header".into()
}

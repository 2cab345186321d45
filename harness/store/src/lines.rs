//! JSON lines, of which the last may be torn.

use std::path::Path;

use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::StoreError;

/// `rows` as lines of the journal at `path`.
pub(crate) fn encode(path: &Path, rows: &[impl Serialize]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, row)
            .map_err(|source| StoreError::Parse { path: path.to_owned(), source })?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Where the journal's complete rows end. A row is complete when its newline is there and it is
/// JSON; the newline is written last, in the same write, so a row without one was cut off. The
/// last line may also have its length but not its bytes, after a loss of power.
pub(crate) fn complete(bytes: &[u8]) -> usize {
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else { return 0 };
    let start = bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    match serde_json::from_slice::<IgnoredAny>(&bytes[start..end]) {
        Ok(_) => end + 1,
        Err(_) => start,
    }
}

/// Parses every line of `bytes`, which end with a newline.
///
/// # Errors
/// The number of the first line that is not a `T`, from 1, and what the parser said.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, (usize, serde_json::Error)> {
    let Some(body) = bytes.strip_suffix(b"\n") else { return Ok(Vec::new()) };
    body.split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, line)| serde_json::from_slice(line).map_err(|error| (index + 1, error)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{complete, parse};

    #[test]
    fn a_row_counts_once_its_newline_is_there() {
        for (bytes, expected) in
            [(&b""[..], 0), (b"{\"a\":1}", 0), (b"{\"a\":1}\n", 8), (b"{\"a\":1}\n{\"b\"", 8)]
        {
            assert_eq!(complete(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_last_line_of_zeroes_is_torn_and_one_in_the_middle_is_named() {
        assert_eq!(complete(b"{\"a\":1}\n\0\0\0\0\n"), 8);
        assert_eq!(parse::<serde_json::Value>(b"{}\n\0\0\n{}\n").unwrap_err().0, 2);
        assert_eq!(parse::<serde_json::Value>(b"{}\n\n{}\n").unwrap_err().0, 2);
    }
}

//! GPT-2's spelling of bytes as printable characters.

/// The bytes a byte-level token stands for; `None` when it has a character that spells none.
pub(crate) fn decode(token: &str) -> Option<Vec<u8>> {
    token.chars().map(byte).collect()
}

/// The byte-level spelling of these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| CHARACTERS[usize::from(*byte)]).collect()
}

/// The byte a token like `<0x0A>` stands for.
pub(crate) fn hexadecimal(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    let plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    plain.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// Printable Latin-1 characters spell themselves; the other 68 bytes, in ascending order, are
/// spelled by the characters from U+0100 on (GPT-2, `bytes_to_unicode`).
fn byte(character: char) -> Option<u8> {
    let code = u32::from(character);
    match u8::try_from(code) {
        Ok(byte) => spells_itself(byte).then_some(byte),
        Err(_) => SHIFTED.get(usize::try_from(code - 0x100).ok()?).copied(),
    }
}

/// The bytes that do not spell themselves.
const SHIFTED: [u8; 68] = {
    let (mut bytes, mut length, mut byte) = ([0; 68], 0, 0);
    while length < bytes.len() {
        if !spells_itself(byte) {
            bytes[length] = byte;
            length += 1;
        }
        byte = byte.wrapping_add(1);
    }
    bytes
};

/// The character of each byte.
const CHARACTERS: [char; 256] = {
    let (mut characters, mut byte, mut next) = (['\0'; 256], 0_u8, 0x100);
    loop {
        let itself = spells_itself(byte);
        if let Some(character) = char::from_u32(if itself { byte as u32 } else { next }) {
            characters[byte as usize] = character;
        }
        if !itself {
            next += 1;
        }
        if byte == u8::MAX {
            break characters;
        }
        byte += 1;
    }
};

const fn spells_itself(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, hexadecimal};

    #[test]
    fn every_byte_survives_its_spelling() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        assert_eq!(encode(b" the\n"), "ĠtheĊ");
    }

    #[test]
    fn known_spellings() {
        assert_eq!(decode("Ġthe").unwrap(), b" the");
        assert_eq!(decode("ĊĊ").unwrap(), b"\n\n");
        assert_eq!(decode("Ã©").unwrap(), "é".as_bytes());
        assert_eq!(decode("ł").unwrap(), [0xA0]);
        assert_eq!(decode("Ń").unwrap(), [0xAD]);
        assert_eq!(decode("a b"), None);
        assert_eq!(decode("Ʉ"), None);
        assert_eq!(hexadecimal("<0x0A>"), Some(10));
        assert_eq!(hexadecimal("<0xA>"), None);
        assert_eq!(hexadecimal("<0x+A>"), None);
    }
}

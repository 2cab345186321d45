//! The ways in which a key is written by those who repeat it, and where bytes hold one of them.
//!
//! Servers quote what they were sent: in JSON, in URLs, in HTML, as the `Basic` credentials they took
//! it for. Each byte of a key may be written plainly or escaped, whatever the bytes beside it are.
//! Every place of a text is looked at a bounded number of times, whatever a hostile server sends.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::looks;

/// Bytes of a key at the end of a text that was cut off there.
const CUT: usize = 12;

/// Backslashes, and `25`s behind a percent sign, that are looked at: each layer of quoting adds some.
const LAYERS: usize = 16;

/// How many backslashes stand for one: as it is, in JSON, in JSON in JSON, and once more.
const QUOTINGS: &[usize] = &[1, 2, 4, 8];

/// One text to look for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Needle {
    text: Vec<u8>,
    /// Whether it is of a key that no answer holds by chance.
    pub(super) telling: bool,
    written: Written,
}

/// How the key is in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// Byte for byte, letters in any case: hosts and header names lose theirs.
    Plainly,
    /// Base 64, in either alphabet.
    Base64,
}

impl Needle {
    /// Every way to write `key`.
    pub(super) fn all(key: &str, telling: bool) -> Vec<Self> {
        let mut all = vec![Self { text: key.into(), telling, written: Written::Plainly }];
        if telling {
            let hex = key.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
            all.push(Self { text: hex, telling, written: Written::Plainly });
            // What stands before it shifts it by none, one or two bytes of a group of three.
            all.extend((0..3).map(|before| Self {
                text: core_of_base64(key, before),
                telling,
                written: Written::Base64,
            }));
        }
        all
    }

    /// Whether a way to write it may begin with this byte, unescaped.
    pub(super) fn begins(&self, byte: u8) -> bool {
        self.text.first().is_some_and(|first| self.same(*first, byte))
    }

    /// Where it ends, if it begins at `at`.
    pub(super) fn end(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let quotings = if self.text.contains(&b'\\') { QUOTINGS } else { &QUOTINGS[..1] };
        let end = quotings.iter().find_map(|quoting| self.walk(bytes, at, 0, *quoting))?;
        match self.written {
            // Its first and last characters stand for bits of its neighbours, too.
            Written::Base64 => {
                let rest = bytes.get(end..).unwrap_or_default();
                let more = rest.iter().take(1).filter(|byte| is_base64(**byte)).count();
                let pads = rest.iter().skip(more).take_while(|byte| **byte == b'=').take(2).count();
                Some(end + more + pads)
            }
            Written::Plainly if self.telling => Some(end),
            // A short key is looked for as a word of its own.
            Written::Plainly => {
                let alone =
                    !looks::word_before(bytes, at) && !bytes.get(end).is_some_and(|b| looks::is_word(*b));
                alone.then_some(end)
            }
        }
    }

    /// Follows the text from its byte `from` on. A backslash of the key is `quoting` ones in `bytes`; it, a
    /// percent sign and an ampersand may be themselves, or begin the escape that stands for them.
    fn walk(&self, bytes: &[u8], at: usize, from: usize, quoting: usize) -> Option<usize> {
        let mut end = at;
        for (read, wanted) in self.text.iter().enumerate().skip(from) {
            let rest = bytes.get(end..).unwrap_or_default();
            if rest.is_empty() {
                return (self.telling && read >= CUT).then_some(end);
            }
            let times = if *wanted == b'\\' { quoting } else { 1 };
            let plain = rest.len() >= times && rest[..times].iter().all(|byte| self.same(*wanted, *byte));
            if plain && b"\\%&".contains(wanted) {
                let escaped = self.escaped(*wanted, rest);
                let whole = escaped.and_then(|length| self.walk(bytes, end + length, read + 1, quoting));
                if whole.is_some() {
                    return whole;
                }
            }
            end += if plain { times } else { self.escaped(*wanted, rest)? };
        }
        Some(end)
    }

    fn same(&self, wanted: u8, byte: u8) -> bool {
        match self.written {
            Written::Plainly => {
                let folded = self.telling && wanted.eq_ignore_ascii_case(&byte);
                wanted == byte || folded || (wanted, byte) == (b' ', b'+')
            }
            Written::Base64 => wanted == byte || matches!((wanted, byte), (b'+', b'-') | (b'/', b'_')),
        }
    }

    /// The length of the escape that `rest` begins with, if it stands for `wanted`.
    fn escaped(&self, wanted: u8, rest: &[u8]) -> Option<usize> {
        match rest.first()? {
            b'\\' => self.behind_backslashes(wanted, rest),
            b'%' => {
                let layers = rest[1..].chunks_exact(2).take(LAYERS).take_while(|two| two == b"25").count();
                // A percent sign is itself 25.
                [layers, layers.saturating_sub(1)].into_iter().find_map(|layers| {
                    let digits = 1 + 2 * layers;
                    self.same(wanted, number(rest.get(digits..digits + 2)?, 16)?).then_some(digits + 2)
                })
            }
            b'&' => self.entity(wanted, rest),
            _ => None,
        }
    }

    /// A slash or a quote behind backslashes, `\x2f`, `\u002f`, and each of them quoted again.
    fn behind_backslashes(&self, wanted: u8, rest: &[u8]) -> Option<usize> {
        let marks = rest.iter().take(LAYERS).take_while(|byte| **byte == b'\\').count();
        let digits = match rest.get(marks) {
            Some(b'u') => Some(4),
            Some(b'x') => Some(2),
            _ => None,
        };
        let value = digits.and_then(|n| number(rest.get(marks + 1..marks + 1 + n)?, 16));
        if let (Some(n), true) = (digits, value.is_some_and(|value| self.same(wanted, value))) {
            return Some(marks + 1 + n);
        }
        let itself = rest.get(marks).is_some_and(|byte| self.same(wanted, *byte));
        itself.then_some(marks + 1)
    }

    /// `&#65;`, `&#x41;`, `&amp;`.
    fn entity(&self, wanted: u8, rest: &[u8]) -> Option<usize> {
        const NAMED: [(&[u8], u8); 5] =
            [(b"amp", b'&'), (b"lt", b'<'), (b"gt", b'>'), (b"quot", b'"'), (b"apos", b'\'')];
        let length = rest.iter().take(8).position(|byte| *byte == b';')?;
        let inside = &rest[1..length];
        let value = match inside.strip_prefix(b"#") {
            Some(hex) if hex.first().is_some_and(|x| x.eq_ignore_ascii_case(&b'x')) => number(&hex[1..], 16),
            Some(decimal) => number(decimal, 10),
            None => NAMED.iter().find(|(name, _)| *name == inside).map(|(_, byte)| *byte),
        };
        self.same(wanted, value?).then_some(length + 1)
    }
}

/// A byte written as a number.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
    u8::from_str_radix(text, radix).ok().or_else(|| u32::from_str_radix(text, radix).ok()?.try_into().ok())
}

/// The characters that stand for `key` alone, with so many bytes before it.
fn core_of_base64(key: &str, before: usize) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(key.as_bytes());
    let text = STANDARD_NO_PAD.encode(&bytes).into_bytes();
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    text.get(first..last).unwrap_or_default().to_vec()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

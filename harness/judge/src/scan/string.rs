//! Strings of RFC 8259, section 7, with paired surrogates.

use std::borrow::Cow;

use super::{Flaw, Halt, Open, Scanner};

/// What the four digits after `\u` must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Anything but a low surrogate.
    First,
    /// A low surrogate, because a high one came before.
    Low,
}

impl<'t> Scanner<'t> {
    /// Reads a string that starts at the cursor, and says what it holds.
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>, Halt> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(Halt::End(Open::String)),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0..=0x1F) => return self.broken(Flaw::ControlCharacter),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let text = self.text;
        let inner = text.get(start + 1..self.at - 1).unwrap_or_default();
        let quoted = text.get(start..self.at).unwrap_or_default();
        if escaped {
            // The scanner accepts exactly the strings that serde_json does, so this does not fail.
            return Ok(serde_json::from_str(quoted).map_or(Cow::Borrowed(inner), Cow::Owned));
        }
        Ok(Cow::Borrowed(inner))
    }

    fn escape(&mut self) -> Result<(), Halt> {
        self.at += 1;
        match self.peek() {
            None => Err(Halt::End(Open::Escape)),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                if !self.unit(Unit::First)? {
                    return Ok(());
                }
                self.expect(b'\\')?;
                self.expect(b'u')?;
                self.unit(Unit::Low).map(|_| ())
            }
            Some(_) => self.broken(Flaw::Escape),
        }
    }

    /// Reads one character of what must follow a high surrogate.
    fn expect(&mut self, wanted: u8) -> Result<(), Halt> {
        match self.peek() {
            None => Err(Halt::End(Open::Escape)),
            Some(byte) if byte == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(_) => self.broken(Flaw::LoneSurrogate),
        }
    }

    /// Reads four hexadecimal digits; whether they are a high surrogate.
    fn unit(&mut self, wanted: Unit) -> Result<bool, Halt> {
        let mut code = 0_u32;
        for place in 0..4 {
            let Some(byte) = self.peek() else { return Err(Halt::End(Open::Escape)) };
            let Some(digit) = char::from(byte).to_digit(16) else { return self.broken(Flaw::Escape) };
            code = code * 16 + digit;
            // A surrogate is known by its first two digits: D8 to DB is high, DC to DF is low.
            let fits = match (wanted, place) {
                (Unit::First, 1) => !(0xDC..=0xDF).contains(&code),
                (Unit::Low, 0) => code == 0xD,
                (Unit::Low, 1) => (0xDC..=0xDF).contains(&code),
                (Unit::First | Unit::Low, _) => true,
            };
            if !fits {
                return self.broken(Flaw::LoneSurrogate);
            }
            self.at += 1;
        }
        Ok((0xD800..0xDC00).contains(&code))
    }
}

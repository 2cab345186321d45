//! Numbers of RFC 8259, section 6.

use super::{Flaw, Halt, Open, Scanner};

/// No shorter number without an exponent leaves the range of a double.
const SAFE_DIGITS: usize = 308;

impl Scanner<'_> {
    /// Reads a number that starts at the cursor.
    pub(super) fn number(&mut self) -> Result<(), Halt> {
        let start = self.at;
        let mut exponent = false;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return self.broken(Flaw::LeadingZero);
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            exponent = true;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        if (exponent || digits.len() > SAFE_DIGITS) && digits.parse().is_ok_and(f64::is_infinite) {
            self.scan.huge.push(start..self.at);
        }
        Ok(())
    }

    /// Reads at least one digit.
    fn digits(&mut self) -> Result<(), Halt> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.peek() {
            _ if self.at > start => Ok(()),
            None => Err(Halt::End(Open::Outside)),
            Some(_) => self.broken(Flaw::NotADigit),
        }
    }
}

//! A strict RFC 8259 scanner that tells an unfinished JSON text from one that is not JSON.
//!
//! A parser says "error" to both `{"a":` and `Sure! {"a":1}`, but the first is a cut answer (a
//! budget's fault) and the second is not an answer at all. The scanner says which:
//!
//! * **complete**: one JSON value with optional whitespace around it;
//! * **prefix**: not complete, and some continuation would make it so;
//! * **broken** at a byte offset: no continuation of the text up to and including the character
//!   there is JSON, while the text before it still was complete or a prefix.
//!
//! Beyond the grammar of RFC 8259 it refuses what no Unicode text can hold: invalid UTF-8
//! (section 8.1), a byte order mark (8.1) and lone surrogate escapes (8.2). It accepts and reports
//! names that repeat (section 4 only says SHOULD) and numbers beyond a double (section 6 leaves
//! the range open).

mod flaw;
mod number;
mod string;

use std::{borrow::Cow, collections::HashSet, ops::Range};

pub(crate) use flaw::Flaw;

/// What a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Complete, prefix or broken.
    pub(crate) verdict: Verdict,
    /// Where the text stops.
    pub(crate) open: Open,
    /// Deepest nesting of arrays and objects.
    pub(crate) depth: usize,
    /// The first name that repeats in one object.
    pub(crate) repeated: Option<Repeated>,
    /// Numbers beyond the range of a double, as byte ranges.
    pub(crate) huge: Vec<Range<usize>>,
}

/// Complete, prefix or broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// One value.
    Complete,
    /// The beginning of one.
    Prefix,
    /// Neither.
    Broken {
        /// Byte offset of the character that cannot be there.
        at: usize,
        /// Why it cannot.
        flaw: Flaw,
    },
}

/// Where a text stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    /// Between or inside tokens other than strings.
    Outside,
    /// Inside a string.
    String,
    /// Inside an escape of a string, or between the halves of a surrogate pair.
    Escape,
}

/// A name that an object has twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Byte offset of the second one.
    pub(crate) at: usize,
    /// The name.
    pub(crate) name: String,
}

/// Scans `bytes`.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Scanner::new(text).run(),
        Err(error) => error,
    };
    let (valid, _) = bytes.split_at(error.valid_up_to());
    let mut scan = Scanner::new(std::str::from_utf8(valid).unwrap_or_default()).run();
    let cut_in_a_character = error.error_len().is_none();
    match scan.verdict {
        Verdict::Broken { .. } => {}
        Verdict::Prefix if cut_in_a_character && scan.open == Open::String => {}
        Verdict::Prefix | Verdict::Complete => {
            scan.verdict = Verdict::Broken { at: error.valid_up_to(), flaw: Flaw::Utf8 };
        }
    }
    scan
}

/// What may come next, whitespace aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Value,
    ItemOrEnd,
    NameOrEnd,
    Name,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// An array or object that is open.
enum Level<'t> {
    Array,
    Object(HashSet<Cow<'t, str>>),
}

/// Why scanning stops before the text is known to be complete.
enum Halt {
    End(Open),
    Broken(usize, Flaw),
}

/// The scanner's state. It keeps its own stack, so that depth costs memory and never the process.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    want: Want,
    levels: Vec<Level<'t>>,
    scan: Scan,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        let scan = Scan {
            verdict: Verdict::Complete,
            open: Open::Outside,
            depth: 0,
            repeated: None,
            huge: Vec::new(),
        };
        Self { text, at: 0, want: Want::Value, levels: Vec::new(), scan }
    }

    fn run(mut self) -> Scan {
        match self.document() {
            Ok(()) => {}
            Err(Halt::End(open)) => {
                self.scan.verdict = Verdict::Prefix;
                self.scan.open = open;
            }
            Err(Halt::Broken(at, flaw)) => self.scan.verdict = Verdict::Broken { at, flaw },
        }
        self.scan
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn broken<T>(&self, flaw: Flaw) -> Result<T, Halt> {
        Err(Halt::Broken(self.at, flaw))
    }

    fn document(&mut self) -> Result<(), Halt> {
        if self.text.starts_with('\u{feff}') {
            return self.broken(Flaw::ByteOrderMark);
        }
        loop {
            while self.peek().is_some_and(is_blank) {
                self.at += 1;
            }
            let Some(byte) = self.peek() else {
                return if self.want == Want::Nothing { Ok(()) } else { Err(Halt::End(Open::Outside)) };
            };
            self.token(byte)?;
        }
    }

    fn token(&mut self, byte: u8) -> Result<(), Halt> {
        match (self.want, byte) {
            (Want::Nothing, _) => self.broken(Flaw::TrailingText),
            (Want::ItemOrEnd, b']') | (Want::NameOrEnd, b'}') => self.close(),
            (Want::Value | Want::ItemOrEnd, _) => self.value(byte),
            (Want::NameOrEnd | Want::Name, b'"') => self.name(),
            (Want::NameOrEnd | Want::Name, _) => self.broken(Flaw::NotAName),
            (Want::Colon, b':') => self.one(Want::Value),
            (Want::Colon, _) => self.broken(Flaw::NotAColon),
            (Want::CommaOrEnd, _) => match (self.levels.last(), byte) {
                (Some(Level::Array), b',') => self.one(Want::Value),
                (Some(Level::Object(_)), b',') => self.one(Want::Name),
                (Some(Level::Array), b']') | (Some(Level::Object(_)), b'}') => self.close(),
                (Some(_) | None, _) => self.broken(Flaw::NotAComma),
            },
        }
    }

    fn one(&mut self, want: Want) -> Result<(), Halt> {
        self.at += 1;
        self.want = want;
        Ok(())
    }

    fn open(&mut self, level: Level<'t>, want: Want) -> Result<(), Halt> {
        self.levels.push(level);
        self.scan.depth = self.scan.depth.max(self.levels.len());
        self.one(want)
    }

    fn close(&mut self) -> Result<(), Halt> {
        self.levels.pop();
        self.at += 1;
        self.after_value();
        Ok(())
    }

    fn after_value(&mut self) {
        self.want = if self.levels.is_empty() { Want::Nothing } else { Want::CommaOrEnd };
    }

    fn value(&mut self, byte: u8) -> Result<(), Halt> {
        match byte {
            b'{' => return self.open(Level::Object(HashSet::new()), Want::NameOrEnd),
            b'[' => return self.open(Level::Array, Want::ItemOrEnd),
            b'"' => drop(self.string()?),
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return self.broken(Flaw::NotAValue),
        }
        self.after_value();
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Halt> {
        for expected in word.bytes() {
            match self.peek() {
                None => return Err(Halt::End(Open::Outside)),
                Some(byte) if byte == expected => self.at += 1,
                Some(_) => return self.broken(Flaw::NotAValue),
            }
        }
        Ok(())
    }

    fn name(&mut self) -> Result<(), Halt> {
        let start = self.at;
        let name = self.string()?;
        if let Some(Level::Object(names)) = self.levels.last_mut()
            && let Some(name) = names.replace(name)
        {
            let repeated = Repeated { at: start, name: name.into_owned() };
            self.scan.repeated.get_or_insert(repeated);
        }
        self.want = Want::Colon;
        Ok(())
    }
}

/// JSON's whitespace.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests;

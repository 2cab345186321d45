//! Keys, and what keeps them out of everything that is written down.

mod needle;
mod pieces;
mod redact;
#[cfg(test)]
mod tests;

use std::{fmt, ops::Range};

use reqwest::Url;

use self::needle::Needle;
pub(crate) use self::redact::{REDACTED, frames, header, text, url};
use crate::looks;

/// Characters of a key that no answer holds by chance. Servers that want any key at all are given
/// `EMPTY` or `1`, which answers do hold.
const LONG: usize = 16;
/// Likewise of one that has letters and digits, or an issuer's mark.
const MIXED: usize = 8;

/// Parameters of a base URL that choose something, and parts of the names of those that are secrets
/// however short they are.
const OPEN: [&str; 3] = ["alt", "api-version", "version"];
const CLOSED: [&str; 7] = ["key", "token", "secret", "sig", "auth", "pass", "code"];

/// A key. It is shown nowhere: not by `Debug`, not in captures, facts or errors.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret of this text; `None` for an empty one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text, for the one header it goes into.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether no answer holds it by chance.
    fn is_telling(&self) -> bool {
        let has = |of: fn(&u8) -> bool| self.0.as_bytes().iter().any(of);
        let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        let length = self.0.len();
        length >= LONG || (length >= MIXED && (mixed || looks::is_marked(self.0.as_bytes())))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Everything that must not be repeated, however it is written.
#[derive(Clone, Default)]
pub struct Secrets {
    needles: Vec<Needle>,
    /// Which needles may begin with a byte.
    begins: Vec<Vec<usize>>,
}

impl Secrets {
    /// The key of an arm and what its base URL holds.
    #[must_use]
    pub fn of(key: Option<&Secret>, base: &Url) -> Self {
        let mut secrets = Self::default();
        key.into_iter().for_each(|key| secrets.add(key));
        secrets.add_url(base);
        secrets
    }

    /// One more.
    pub fn add(&mut self, secret: &Secret) {
        let new = Needle::all(&secret.0, secret.is_telling());
        self.needles.extend(new);
        self.begins = (0..=u8::MAX)
            .map(|byte| {
                let may = |needle: &Needle| needle.begins(byte) || b"\\%&".contains(&byte);
                self.needles.iter().enumerate().filter(|(_, needle)| may(needle)).map(|(at, _)| at).collect()
            })
            .collect();
    }

    /// What a URL that is written like this holds, if it is one.
    pub fn add_url_text(&mut self, url: &str) {
        url.parse().iter().for_each(|url| self.add_url(url));
    }

    /// A URL's password and the values in its query, but for those that only choose something.
    fn add_url(&mut self, url: &Url) {
        url.password().and_then(Secret::new).iter().for_each(|secret| self.add(secret));
        for (name, value) in url.query_pairs() {
            let name = name.to_ascii_lowercase();
            let closed = CLOSED.iter().any(|part| name.contains(part));
            let secret = Secret::new(&value).filter(|secret| closed || secret.is_telling());
            secret.filter(|_| !OPEN.contains(&name.as_str())).iter().for_each(|secret| self.add(secret));
        }
    }

    /// A text of ours without secrets: these, and what looks like another's.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        redact::text(text, self)
    }

    /// A header's value without secrets; of a header whose values are secrets, nothing.
    #[must_use]
    pub fn redact_header(&self, name: &str, value: &str) -> String {
        redact::header(name, value, self).1
    }

    /// Whether none of them is to be looked for in such bytes.
    fn is_empty(&self, scope: Scope) -> bool {
        !self.needles.iter().any(|needle| needle.telling || scope == Scope::Beside)
    }

    /// Where they are, ascending and apart.
    fn find(&self, bytes: &[u8], scope: Scope) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.is_empty(scope) {
            return found;
        }
        let mut at = 0;
        // Most bytes begin nothing.
        let begins = |byte: &u8| !self.begins[usize::from(*byte)].is_empty();
        while let Some(next) = bytes.get(at..).and_then(|rest| rest.iter().position(begins)) {
            at += next;
            let ends = self.begins[usize::from(bytes[at])].iter().filter_map(|needle| {
                let needle = &self.needles[*needle];
                (needle.telling || scope == Scope::Beside).then(|| needle.end(bytes, at))?
            });
            match ends.max().filter(|end| *end > at) {
                Some(end) => {
                    found.push(at..end);
                    at = end;
                }
                None => at += 1,
            }
        }
        found
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// What bytes are, and so what of them is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// An answer, which is judged as it came: only the arm's own secrets, and only telling ones. Code
    /// is full of names that look like somebody's key.
    Answer,
    /// Anything else: the arm's own secrets, and what looks like another's.
    Beside,
}

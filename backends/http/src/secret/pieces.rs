//! What a stream says in pieces: the strings of one member of its events, one behind the other.
//!
//! A key may come as `"sk-can"` in one event and `"ary"` in the next. Nowhere in the body does it stand
//! in one piece then, but whoever reads the answer puts it together.

use std::{collections::HashMap, ops::Range};

/// Where the prefix of an event's line says that data follows.
const DATA: &[u8] = b"data:";

/// Strings of a body that belong together.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) text: Vec<u8>,
    /// Where each piece begins, here and in the body, ascending.
    pieces: Vec<(usize, usize)>,
}

impl Joined {
    fn push(&mut self, body: &[u8], piece: Range<usize>) {
        self.pieces.push((self.text.len(), piece.start));
        self.text.extend_from_slice(&body[piece]);
    }

    /// Where a part of the text is in the body: several ranges where it came in several pieces.
    pub(super) fn in_body(&self, part: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.pieces.partition_point(|(start, _)| *start <= part.start).saturating_sub(1);
        let ends = self.pieces[first..].iter().skip(1).map(|(start, _)| *start).chain([self.text.len()]);
        self.pieces[first..]
            .iter()
            .zip(ends)
            .take_while(|((start, _), _)| *start < part.end)
            .map(|((start, place), end)| {
                let (from, to) = (part.start.max(*start), part.end.min(end));
                place + (from - start)..place + (to - start)
            })
            .filter(|range| !range.is_empty())
            .collect()
    }
}

/// What each member says, by its name. Events repeat their members in the same order, so that what comes next is
/// mostly known.
#[derive(Default)]
struct Members<'a> {
    all: Vec<(&'a [u8], Joined)>,
    by_name: HashMap<&'a [u8], usize>,
    /// The place of the last one that was asked for.
    last: usize,
}

impl<'a> Members<'a> {
    fn of(&mut self, name: &'a [u8]) -> &mut Joined {
        let known = |at: &usize| self.all.get(*at).is_some_and(|(known, _)| *known == name);
        let next = if self.last + 1 < self.all.len() { self.last + 1 } else { 0 };
        self.last = match [next, self.last].into_iter().find(known) {
            Some(at) => at,
            None => *self.by_name.entry(name).or_insert_with(|| {
                self.all.push((name, Joined::default()));
                self.all.len() - 1
            }),
        };
        &mut self.all[self.last].1
    }
}

/// The texts that a body says in more than one piece.
pub(super) fn joined(body: &[u8]) -> Vec<Joined> {
    // One line is no stream, and what it holds stands in it as it is.
    if !body.trim_ascii().contains(&b'\n') {
        return Vec::new();
    }
    let mut members = Members::default();
    let mut member: &[u8] = b"";
    let mut at = 0;
    while let Some(open) = next(body, at, b'"') {
        let close = match close(body, open + 1) {
            Ok(close) => close,
            Err(end) => {
                // Cut off with the body, or none of JSON's.
                if end == body.len() {
                    members.of(member).push(body, open + 1..end);
                }
                at = end;
                continue;
            }
        };
        at = close + 1;
        let behind = body[at..].iter().position(|byte| !byte.is_ascii_whitespace());
        if behind.is_some_and(|behind| body[at + behind] == b':') {
            member = &body[open + 1..close];
        } else {
            members.of(member).push(body, open + 1..close);
        }
    }
    let plain = data(body);
    members
        .all
        .into_iter()
        .map(|(_, joined)| joined)
        .chain([plain])
        .filter(|joined| joined.pieces.len() > 1)
        .collect()
}

/// What events say that are no JSON.
fn data(body: &[u8]) -> Joined {
    let mut joined = Joined::default();
    let mut start = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let said = line.trim_ascii_end();
        if let Some(rest) = said.strip_prefix(DATA) {
            let blank = usize::from(rest.first() == Some(&b' '));
            joined.push(body, start + DATA.len() + blank..start + said.len());
        }
        start += line.len();
    }
    joined
}

fn next(body: &[u8], from: usize, byte: u8) -> Option<usize> {
    Some(from + body.get(from..)?.iter().position(|b| *b == byte)?)
}

/// Where the string ends that begins at `from`; else where its line does, for no string of JSON's
/// goes beyond it.
fn close(body: &[u8], from: usize) -> Result<usize, usize> {
    let mut escaped = false;
    for (at, byte) in body.iter().enumerate().skip(from) {
        match byte {
            b'\n' => return Err(at),
            b'"' if !escaped => return Ok(at),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Err(body.len())
}

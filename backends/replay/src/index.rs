//! Finds answers: by what is asked where the cassette knows that, else by label.

use std::collections::{BTreeMap, HashMap};

use gonogo_backend::Ask;
use gonogo_core::ContentHash;

use crate::{Cassette, Exchange, Miss, exchange::request_hash};

/// Where the exchanges of a cassette are, by what they are found by.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    by_label: BTreeMap<String, Vec<usize>>,
    by_request: HashMap<ContentHash, Vec<usize>>,
}

impl Index {
    pub(crate) fn new(cassette: &Cassette) -> Self {
        let mut index = Self { by_label: BTreeMap::new(), by_request: HashMap::new() };
        for (at, exchange) in cassette.exchanges.iter().enumerate() {
            index.by_label.entry(cassette.place(&exchange.label)).or_default().push(at);
            if cassette.header.by_request() {
                // Not the hash that is stored: a request that was edited is another one.
                let request = request_hash(&exchange.capture.request);
                index.by_request.entry(request).or_default().push(at);
            }
        }
        index
    }

    /// The answer to `ask`, or why there is none.
    pub(crate) fn find<'a>(&self, cassette: &'a Cassette, ask: &Ask) -> Result<&'a Exchange, Miss> {
        let found = if cassette.header.by_request() {
            self.requested(cassette, ask)
        } else {
            self.labelled(cassette, &ask.label).find(|exchange| exchange.r#try == ask.r#try)
        };
        found.ok_or_else(|| Miss::of(cassette, ask))
    }

    /// An answer to this very request: the one of this label, else of any, because a case may have got another
    /// name since. A try that was not made is nobody's.
    fn requested<'a>(&self, cassette: &'a Cassette, ask: &Ask) -> Option<&'a Exchange> {
        let same = self.by_request.get(&request_hash(&ask.request))?;
        let same: Vec<&Exchange> = same.iter().filter_map(|at| cassette.exchanges.get(*at)).collect();
        let named: Vec<&Exchange> =
            same.iter().copied().filter(|exchange| exchange.label == ask.label).collect();
        let of = if named.is_empty() { same } else { named };
        of.into_iter().find(|exchange| exchange.r#try == ask.r#try)
    }

    fn labelled<'a>(&self, cassette: &'a Cassette, label: &str) -> impl Iterator<Item = &'a Exchange> {
        let at = self.by_label.get(&cassette.place(label)).cloned().unwrap_or_default();
        at.into_iter().filter_map(|at| cassette.exchanges.get(at))
    }
}

//! Why a cassette has no answer.

use gonogo_backend::Ask;
use gonogo_core::near;

use crate::{
    Cassette, Exchange, difference,
    exchange::{key, request_hash},
    label,
};

/// Why a cassette has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What is the matter.
    pub lack: Lack,
    /// The same in a sentence that names the nearest recording and its key.
    pub message: String,
}

/// What is the matter with what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// Nothing of this label was recorded.
    Label,
    /// Something else was asked under this label; the parts that differ, in words.
    Request(Vec<String>),
    /// The same was asked, but not so often.
    Try,
}

impl Miss {
    /// Why nothing in `cassette` answers `ask`.
    pub(crate) fn of(cassette: &Cassette, ask: &Ask) -> Self {
        let (name, label) = (&cassette.header.name, &ask.label);
        let what = match ask.r#try {
            0 => format!("no recording for `{label}` in cassette `{name}`"),
            n => format!("no recording of try {n} of `{label}` in cassette `{name}`"),
        };
        let place = cassette.place(label);
        let named = cassette.exchanges.iter().find(|exchange| cassette.place(&exchange.label) == place);
        let Some(nearest) = named.or_else(|| nearest(cassette, label)) else {
            let message = format!("{what}; none of its {} recordings is near", cassette.exchanges.len());
            return Self { lack: Lack::Label, message };
        };
        if !cassette.header.by_request() {
            let lack = if named.is_some() { Lack::Try } else { Lack::Label };
            return Self { lack, message: format!("{what}; the nearest is `{}`", nearest.label) };
        }
        let parts = difference::differences(&ask.request, &nearest.capture.request);
        let message =
            format!("{what}: {}; {}", compared(cassette, ask, nearest, &parts), keys(cassette, ask, nearest));
        let lack = match (named, parts.is_empty()) {
            (None, _) => Lack::Label,
            (Some(_), true) => Lack::Try,
            (Some(_), false) => Lack::Request(parts),
        };
        Self { lack, message }
    }
}

/// How `ask` compares with the nearest recording.
fn compared(cassette: &Cassette, ask: &Ask, nearest: &Exchange, parts: &[String]) -> String {
    let recorded = if nearest.label == ask.label {
        "what was recorded".to_owned()
    } else {
        format!("`{}`", nearest.label)
    };
    if parts.is_empty() {
        return format!("the same was asked as {recorded}, and no such try was made");
    }
    let seed = difference::only_the_seed(&ask.request, &nearest.capture.request);
    let asked = cassette.header.asked.as_ref().filter(|_| seed.is_some() && nearest.label == ask.label);
    let remedy =
        asked.map(|asked| format!(" (--seed {} is the recorded run's)", asked.seed)).unwrap_or_default();
    format!("what is asked differs from {recorded} in {}{remedy}", parts.join(", "))
}

fn keys(cassette: &Cassette, ask: &Ask, nearest: &Exchange) -> String {
    let of = |request| key(&cassette.header, &request_hash(request));
    format!("key {}, nearest key {}", of(&ask.request).short(), of(&nearest.capture.request).short())
}

/// The recording that was most likely meant: of the same case, else of a label that is near.
fn nearest<'a>(cassette: &'a Cassette, label: &str) -> Option<&'a Exchange> {
    let case = label::case(label);
    let of_case = cassette.exchanges.iter().find(|exchange| label::case(&exchange.label) == case);
    of_case.or_else(|| {
        let labels = cassette.exchanges.iter().map(|exchange| exchange.label.as_str());
        let label = *near(label, labels).first()?;
        cassette.exchanges.iter().find(|exchange| exchange.label == label)
    })
}

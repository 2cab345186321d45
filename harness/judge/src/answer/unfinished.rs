//! Answers that are the beginning of what was asked for.

use gonogo_core::{Detail, Enforcement, Kind};
use gonogo_dialects::{Finish, shorten};

use super::Given;
use crate::{runaway, scan::is_blank};

/// Characters of the end of the text that a message shows.
const SHOWN: usize = 40;

/// The class of an unfinished answer. `outside` says that the text does not end inside a string,
/// `what` names what is not finished, and `otherwise` is the class where a backend that enforces
/// nothing says that the answer is whole.
pub(super) fn judge(given: Given<'_>, outside: bool, what: &str, otherwise: Kind) -> (Kind, Detail) {
    let bytes = given.text.len();
    let blank = given.text.iter().all(|byte| is_blank(*byte));
    let (kind, why) = match given.finish {
        Finish::Length | Finish::Context => return cut(given, outside, what),
        Finish::DeadEnd => (Kind::DeadEnd, "the mask allowed no token"),
        Finish::Cut if blank => {
            let message = "the frames end without an answer and without a reason";
            return (Kind::ProtocolError, Detail::message(message));
        }
        Finish::Cut => (Kind::TruncatedStream, "the frames end without a reason"),
        Finish::Stop | Finish::Unsaid if blank => {
            return (Kind::Empty, Detail::message("the backend says that it finished, and there is no text"));
        }
        Finish::Stop => (stopped(given.enforcement, otherwise), "the backend says that it finished"),
        Finish::Unsaid => (stopped(given.enforcement, otherwise), "the backend finished without a reason"),
    };
    let message =
        format!("{why} after {bytes} bytes, and {what} is not complete: it ends in {}", end(given.text));
    (kind, Detail { message, offset: u64::try_from(bytes).ok(), ..Detail::default() })
}

/// Where something enforces, whoever let the answer end let it end too early.
fn stopped(enforcement: Enforcement, otherwise: Kind) -> Kind {
    match enforcement {
        Enforcement::Proven | Enforcement::Unproven => Kind::StoppedEarly,
        Enforcement::Unconstrained => otherwise,
    }
}

/// The budget or the context ran out: because of a loop, or plainly.
fn cut(given: Given<'_>, outside: bool, what: &str) -> (Kind, Detail) {
    let bytes = given.text.len();
    let (kind, budget) = match given.finish {
        Finish::Context => (Kind::TruncatedContext, "the context window was full"),
        Finish::Length | Finish::Stop | Finish::DeadEnd | Finish::Unsaid | Finish::Cut => {
            (Kind::TruncatedBudget, "max_tokens was reached")
        }
    };
    let offset = u64::try_from(bytes).ok();
    let detail = |message: String| Detail { message, offset, ..Detail::default() };
    if let Some(blank) = runaway::whitespace(given.text).filter(|_| outside) {
        let message = format!("{budget} in a loop: the last {blank} of {bytes} bytes are whitespace");
        return (Kind::RunawayWhitespace, detail(message));
    }
    if let Some(found) = runaway::repetition(given.text) {
        let round = given.text.get(bytes.saturating_sub(found.period)..).unwrap_or_default();
        let message = format!(
            "{budget} in a loop: the last {} of {bytes} bytes repeat {}",
            found.bytes,
            shorten::quoted(&String::from_utf8_lossy(round)),
        );
        return (Kind::RunawayRepetition, detail(message));
    }
    let message =
        format!("{budget} after {bytes} bytes, and {what} is not complete: it ends in {}", end(given.text));
    (kind, detail(message))
}

/// The last characters of the text.
fn end(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let skip = text.chars().count().saturating_sub(SHOWN);
    let shown: String = text.chars().skip(skip).collect();
    shorten::quoted(&shown)
}

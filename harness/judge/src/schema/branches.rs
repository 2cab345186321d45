//! Unions: which branch of an `anyOf` or `oneOf` the answer was meant to satisfy.
//!
//! "Not valid under any of the given schemas" tells nobody anything. So, in this order:
//!
//! 1. A branch that refuses the value's type, or a constant it is compared with as a whole, was
//!    not meant. Where no branch is left, the union's own value is the violation.
//! 2. A branch whose tag (a constant or enumeration for a direct member) differs was not meant.
//!    Where all that is left differ in their tag, the tag is the violation.
//! 3. Of the branches left, the one with the fewest violations was meant; the first among equals.

use gonogo_core::Kind;
use gonogo_dialects::shorten;
use jsonschema::{ValidationError, error::ValidationErrorKind as Broken};

use super::{
    violation::{Violation, collect as collect_one},
    words,
};

type Branch = Vec<ValidationError<'static>>;

/// Adds the violations of the branch that was meant.
pub(super) fn collect(union: &ValidationError<'_>, branches: &[Branch], found: &mut Vec<Violation>) {
    let here = union.instance_path().as_str();
    let left: Vec<&Branch> =
        branches.iter().filter(|branch| !branch.iter().any(|e| misfit(e, here))).collect();
    let tagged: Vec<&Branch> = left.iter().copied().filter(|branch| tag(branch, here).is_none()).collect();
    if left.is_empty() {
        found.push(whole(union, branches, here));
    } else if let Some(meant) = fewest(&tagged).or_else(|| left.first().copied().filter(|_| left.len() == 1))
    {
        for error in meant {
            collect_one(error, found);
        }
    } else if let Some(error) = left.first().and_then(|branch| tag(branch, here)) {
        found.push(differing_tag(error, &left, here));
    }
}

/// The branch with the fewest violations.
fn fewest<'b>(branches: &[&'b Branch]) -> Option<&'b Branch> {
    branches.iter().copied().min_by_key(|branch| branch.len())
}

/// Whether the error is about the union's value as a whole.
fn misfit(error: &ValidationError<'_>, here: &str) -> bool {
    let whole = matches!(error.kind(), Broken::Type { .. } | Broken::Constant { .. } | Broken::Enum { .. });
    whole && error.instance_path().as_str() == here
}

/// The error about the tag of a branch.
fn tag<'b>(branch: &'b Branch, here: &str) -> Option<&'b ValidationError<'static>> {
    branch.iter().find(|error| {
        let below = error.instance_path().as_str().strip_prefix(here).and_then(|rest| rest.strip_prefix('/'));
        let constant = matches!(error.kind(), Broken::Constant { .. } | Broken::Enum { .. });
        constant && below.is_some_and(|name| !name.contains('/'))
    })
}

/// No branch wants a value of this type, or none of the constants is it.
fn whole(union: &ValidationError<'_>, branches: &[Branch], here: &str) -> Violation {
    let misfits = || branches.iter().flatten().filter(|error| misfit(error, here));
    // A value of the right type and not among the constants is the closer miss.
    let constants = misfits().any(|error| !matches!(error.kind(), Broken::Type { .. }));
    let kind = if constants { Kind::EnumMismatch } else { Kind::WrongType };
    let wanted = wanted(misfits());
    let message = format!("expected {wanted}, found {}", shorten::value(union.instance()));
    Violation { kind, message, ..Violation::new(union) }
}

/// The tag is not that of any branch.
fn differing_tag(error: &ValidationError<'_>, branches: &[&Branch], here: &str) -> Violation {
    let wanted = wanted(branches.iter().filter_map(|branch| tag(branch, here)));
    let message = format!("expected {wanted}, found {}", shorten::value(error.instance()));
    Violation { message, ..Violation::new(error) }
}

/// What these errors wanted, each once.
fn wanted<'e>(errors: impl Iterator<Item = &'e ValidationError<'static>>) -> String {
    let mut wanted: Vec<String> = Vec::new();
    for error in errors {
        let words = words::expected(error.kind());
        if !wanted.contains(&words) {
            wanted.push(words);
        }
    }
    shorten::list(wanted, " or ")
}

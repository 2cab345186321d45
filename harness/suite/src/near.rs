//! "Did you mean": an unknown word is answered with the nearest known one.

/// The known word nearest to `word`, where one is near: at most one edit for every three
/// letters, a swap of neighbours counting as one.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count().div_ceil(3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The label for an unknown word: the nearest known one, else those that it begins, else
/// `otherwise`.
pub(crate) fn guess<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> String {
    const SHOWN: usize = 3;
    let begun = known.clone().into_iter().filter(|candidate| word.len() > 2 && candidate.starts_with(word));
    let longer: Vec<_> = begun.take(SHOWN).map(|candidate| format!("`{candidate}`")).collect();
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if longer.is_empty() => otherwise.to_owned(),
        None => format!("did you mean {}?", longer.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{guess, nearest};

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = ["prompt", "features", "max_tokens"];
        assert_eq!(nearest("promt", known), Some("prompt"));
        assert_eq!(nearest("maxtokens", known), Some("max_tokens"));
        assert_eq!(nearest("oracle", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn the_beginning_of_known_words_is_answered_with_them() {
        let known = ["truncated-budget", "truncated-context", "trunk", "empty"];
        assert_eq!(guess("truncated", known, "-"), "did you mean `truncated-budget` or `truncated-context`?");
        assert_eq!(guess("emtpy", known, "-"), "did you mean `empty`?");
        assert_eq!(guess("t", known, "-"), "-");
    }
}

//! "Did you mean": what an unknown name was probably meant to be.

/// Names offered at most.
const OFFERED: usize = 3;

/// What `word` was probably meant to be: the known names that are fewest edits away, at most
/// one edit for every three letters begun, a swap of neighbours counting as one
/// (Damerau–Levenshtein). Where none is so near, those that begin with `word`, if that has three
/// letters or more. At most three, each once, in the order of `known`.
#[must_use]
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for name in known {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let letters = word.chars().count();
    // As many edits as letters leave nothing of the word.
    let most = letters.div_ceil(3).min(letters.saturating_sub(1));
    let edits: Vec<usize> = names.iter().map(|name| strsim::damerau_levenshtein(word, name)).collect();
    let fewest = edits.iter().copied().min().filter(|fewest| *fewest <= most);
    let meant = |name: &str, edits: usize| match fewest {
        Some(fewest) => edits == fewest,
        None => letters > 2 && name.starts_with(word),
    };
    let offered = names.into_iter().zip(edits).filter(|(name, edits)| meant(name, *edits));
    offered.map(|(name, _)| name).take(OFFERED).collect()
}

/// The question that names what is [`near`]; `None` where nothing is.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near: Vec<String> = near(word, known).iter().map(|name| format!("`{name}`")).collect();
    if near.is_empty() { None } else { Some(format!("did you mean {}?", near.join(" or "))) }
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, near};

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = ["prompt", "features", "max_tokens", "why", "x"];
        for (word, expected) in [
            ("promt", &["prompt"][..]),
            ("maxtokens", &["max_tokens"]),
            ("wyh", &["why"]),
            ("prompt", &["prompt"]),
            ("prize", &[]),
            ("oracle", &[]),
            ("y", &[]),
            ("", &[]),
        ] {
            assert_eq!(near(word, known), expected, "{word}");
        }
    }

    #[test]
    fn one_edit_is_allowed_for_every_three_letters_begun() {
        for (word, edits) in [("ab", 1), ("abc", 1), ("abcd", 2), ("abcdef", 2), ("abcdefg", 3)] {
            let name = |edits: usize| format!("{}{}", &word[..word.len() - edits], "-".repeat(edits));
            let (inside, outside) = (name(edits), name(edits + 1));
            assert_eq!(near(word, [inside.as_str()]), [inside.as_str()]);
            assert!(near(word, [outside.as_str()]).is_empty(), "{word} and {outside}");
        }
    }

    #[test]
    fn only_the_nearest_are_offered_three_at_most_and_each_once() {
        let known = ["local-xgrammar-matched", "local-xgrammar", "local-none", "local-xgrammar"];
        assert_eq!(near("local-xgramar", known), ["local-xgrammar"]);
        assert_eq!(
            near("arm-0", ["arm-4", "arm-3", "arm-22", "arm-2", "arm-1"]),
            ["arm-4", "arm-3", "arm-2"]
        );
    }

    #[test]
    fn the_beginning_of_known_names_is_answered_with_them() {
        let known = ["truncated-budget", "truncated-context", "trunk", "empty"];
        assert_eq!(near("truncated", known), ["truncated-budget", "truncated-context"]);
        assert_eq!(near("trun", known), ["trunk"], "near goes before begun");
        assert!(near("tr", ["truncated-budget"]).is_empty());
    }

    #[test]
    fn the_question_names_every_offer() {
        let known = ["truncated-budget", "truncated-context", "empty"];
        let question = did_you_mean("truncated", known);
        assert_eq!(question.as_deref(), Some("did you mean `truncated-budget` or `truncated-context`?"));
        assert_eq!(did_you_mean("emtpy", known).as_deref(), Some("did you mean `empty`?"));
        assert_eq!(did_you_mean("oracle", known), None);
    }
}

//! What to do about an unknown name.

use gonogo_core::did_you_mean;

/// The near names in a question, or all of them when none is near.
pub(crate) fn advice<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match (did_you_mean(name, known.iter().copied()), known.as_slice()) {
        (Some(question), _) => question,
        (None, []) => "there are none".into(),
        (None, all) => format!("known: {}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn near_names_come_first_and_all_names_when_none_is_near() {
        let known = ["local-llguidance", "local-xgrammar", "local-none"];
        assert_eq!(advice("local-xgramar", known), "did you mean `local-xgrammar`?");
        assert_eq!(advice("zzz", known), "known: local-llguidance, local-xgrammar, local-none");
        assert_eq!(advice("x", []), "there are none");
    }
}

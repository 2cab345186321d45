//! "Did you mean": every unknown name is answered with the near ones.

/// Up to three of `known` that look like `name`, nearest first.
pub(crate) fn names<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, _)| *score > 0.7)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// One sentence of advice: the near names, or all of them when none is near.
pub(crate) fn advice<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = names(name, known.iter().copied());
    match (near.as_slice(), known.as_slice()) {
        (_, []) => "there are none".into(),
        ([], all) => format!("known: {}", all.join(", ")),
        (near, _) => format!("did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn near_names_come_first_and_all_names_when_none_is_near() {
        let known = ["local-llguidance", "local-xgrammar", "local-none"];
        assert_eq!(advice("local-xgramar", known), "did you mean local-xgrammar or local-llguidance?");
        assert_eq!(advice("zzz", known), "known: local-llguidance, local-xgrammar, local-none");
        assert_eq!(advice("x", []), "there are none");
    }
}

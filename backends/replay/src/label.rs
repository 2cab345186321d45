//! Labels of exchanges: `suite/case[@rung]#repeat`.

/// The label without its rung.
pub(crate) fn without_rung(label: &str) -> String {
    let (place, repeat) = label.rsplit_once('#').map_or((label, ""), |(place, repeat)| (place, repeat));
    let place = place.rsplit_once('@').map_or(place, |(place, _)| place);
    if repeat.is_empty() { place.to_owned() } else { format!("{place}#{repeat}") }
}

#[cfg(test)]
mod tests {
    use super::without_rung;

    #[test]
    fn only_the_rung_goes() {
        for (label, expected) in [("s/c@r#3", "s/c#3"), ("s/c#3", "s/c#3"), ("s/c@r", "s/c"), ("", "")] {
            assert_eq!(without_rung(label), expected);
        }
    }
}

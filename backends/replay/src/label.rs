//! Labels of exchanges: `suite/case[/step][@rung]#repeat`.

/// The label without its rung.
pub(crate) fn without_rung(label: &str) -> String {
    let (place, repeat) = label.rsplit_once('#').map_or((label, ""), |(place, repeat)| (place, repeat));
    let place = place.rsplit_once('@').map_or(place, |(place, _)| place);
    if repeat.is_empty() { place.to_owned() } else { format!("{place}#{repeat}") }
}

/// The label's suite and case alone; no name has a slash, an at sign or a number sign.
pub(crate) fn case(label: &str) -> &str {
    let place = label.split(['@', '#']).next().unwrap_or(label);
    let step = place.match_indices('/').nth(1);
    step.and_then(|(at, _)| place.get(..at)).unwrap_or(place)
}

#[cfg(test)]
mod tests {
    use super::{case, without_rung};

    #[test]
    fn only_the_rung_goes() {
        for (label, expected) in [("s/c@r#3", "s/c#3"), ("s/c#3", "s/c#3"), ("s/c@r", "s/c"), ("", "")] {
            assert_eq!(without_rung(label), expected);
        }
    }

    #[test]
    fn a_case_is_what_is_left_without_rung_and_repeat() {
        for (label, expected) in
            [("s/c@r#3", "s/c"), ("s/c#3", "s/c"), ("s/c", "s/c"), ("s/c/plan@r#3", "s/c"), ("", "")]
        {
            assert_eq!(case(label), expected);
        }
    }
}

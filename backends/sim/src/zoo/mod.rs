//! Every fault there is. A new one is an entry in one of these files.

mod answers;
mod bodies;
mod connections;
mod statuses;
mod streams;

use std::sync::LazyLock;

use crate::Fault;

static ZOO: LazyLock<Vec<Fault>> = LazyLock::new(|| {
    [
        answers::good(),
        connections::broken(),
        connections::slow(),
        connections::undecodable(),
        statuses::statuses(),
        statuses::engines(),
        statuses::redirects(),
        bodies::bodies(),
        bodies::lengths(),
        bodies::frames(),
        streams::good(),
        streams::bad(),
        answers::malformed(),
        answers::violations(),
        answers::unfinished(),
        answers::missing(),
    ]
    .concat()
});

/// Every fault, the good answers among them.
#[must_use]
pub fn zoo() -> &'static [Fault] {
    &ZOO
}

/// The fault of this name.
#[must_use]
pub fn fault(name: &str) -> Option<&'static Fault> {
    zoo().iter().find(|fault| fault.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::zoo;
    use crate::Place;

    #[test]
    fn names_are_segments_of_a_path_and_stand_for_one_fault_each() {
        let names: BTreeSet<&str> = zoo().iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), zoo().len());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(names.iter().all(|name| name.chars().all(plain) && !name.starts_with("mix")));
        assert!(zoo().len() > 80, "{}", zoo().len());
    }

    #[test]
    fn what_happens_in_the_answer_has_a_script() {
        for fault in zoo() {
            let played = !fault.script.is_empty() || fault.redirects > 0;
            assert_eq!(fault.place == Place::Answer, played, "{}", fault.name);
        }
    }
}

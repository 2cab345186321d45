//! Valid instances that were refused, as they are without whitespace: what is refused in one spelling and accepted
//! in another is in the engine's language all the same.

use gonogo_corpus::minified;
use gonogo_masks::{Class, Record, Subject, SubjectInstance, judge};

/// An instance again, written otherwise.
pub(crate) struct Copy {
    /// Index of the instance.
    pub(crate) instance: usize,
    /// Its text and tokens.
    pub(crate) copy: SubjectInstance,
}

/// Copies without whitespace of the valid instances that were refused in every spelling so far; one that has a copy
/// in the schema's order is copied from that. `cut` gives a text's tokens, and none for what it cannot spell.
pub(crate) fn refused(
    subject: &Subject,
    record: &Record,
    cut: impl Fn(&str) -> Option<Vec<u32>>,
) -> Vec<Copy> {
    let verdicts = judge(subject, record).instances;
    let over = verdicts.iter().enumerate().filter(|(_, of)| of.class == Some(Class::OverConstrained));
    over.filter_map(|(index, _)| {
        let ordered = subject.instances.iter().find(|copy| copy.reorders == Some(index));
        let original = ordered.or_else(|| subject.instances.get(index))?;
        let text = minified(&original.text);
        let tokens = (text != original.text).then(|| cut(&text)).flatten()?;
        let copy = SubjectInstance { text, tokens, whole_at: Vec::new(), ..original.clone() };
        Some(Copy { instance: index, copy })
    })
    .collect()
}

/// A subject with the same schema and nothing but these copies.
pub(crate) fn subject_of(subject: &Subject, copies: &[Copy]) -> Subject {
    let instances = copies.iter().map(|copy| copy.copy.clone()).collect();
    Subject { instances, ..subject.clone() }
}

#[cfg(test)]
mod tests {
    use gonogo_masks::{Ending, Record, Subject, SubjectInstance, Truth};
    use gonogo_protocol::masks::{WalkEnd, Walked};

    use super::refused;

    fn instance(text: &str, labelled: bool, reorders: Option<usize>) -> SubjectInstance {
        let truth = if labelled { Truth::Valid } else { Truth::Undecided(String::new()) };
        let (id, whole_at) = (text.to_owned(), vec![1]);
        SubjectInstance { id, text: text.into(), tokens: vec![0], labelled, truth, reorders, whole_at }
    }

    fn subject(instances: Vec<SubjectInstance>) -> Subject {
        Subject {
            id: "s".into(),
            split: String::new(),
            draft: "7".into(),
            keywords: Vec::new(),
            why: None,
            sha256: String::new(),
            schema: "{}".into(),
            instances,
        }
    }

    /// All walks refused but those named.
    fn record(walks: u32, accepted: &[u32]) -> Record {
        let walk = |walk| {
            let through = accepted.contains(&walk);
            let end = if through { WalkEnd::Through } else { WalkEnd::Refused { at: 0, allowed: 1 } };
            Walked {
                id: 1,
                walk,
                reset: None,
                end,
                masks: vec![1, 1],
                accepts: if through { vec![1] } else { Vec::new() },
                may_end: if through { vec![1] } else { Vec::new() },
                control: None,
                sums: Vec::new(),
            }
        };
        Record {
            subject: "s".into(),
            arm: "a".into(),
            compiled: None,
            recompiles: Vec::new(),
            walks: (0..walks).map(walk).collect(),
            respelled: Vec::new(),
            ending: Ending::Complete,
            peak_bytes: None,
            rest_bytes: None,
            earlier: Vec::new(),
        }
    }

    fn texts(subject: &Subject, record: &Record) -> Vec<(usize, String)> {
        let copies = refused(subject, record, |text| Some(text.bytes().map(u32::from).collect()));
        assert!(copies.iter().all(|of| of.copy.tokens.len() == of.copy.text.len()));
        copies.into_iter().map(|of| (of.instance, of.copy.text)).collect()
    }

    #[test]
    fn only_what_is_valid_and_refused_and_has_whitespace_is_tried_again() {
        let all = [
            instance("[1, \"a b\"]", true, None),
            instance("[2, 2]", true, None),
            instance("[3]", true, None),
            instance("[4, 4]", false, None),
        ];
        let subject = subject(all.to_vec());
        assert_eq!(texts(&subject, &record(4, &[1])), [(0, "[1,\"a b\"]".to_owned())]);
        assert_eq!(texts(&subject, &record(4, &[0, 1, 2, 3])), []);
    }

    #[test]
    fn a_copy_in_the_schemas_order_is_the_one_that_is_written_again() {
        let (one, other) = (r#"{"b": 1, "a": 2}"#, r#"{"a": 2, "b": 1}"#);
        let subject = subject(vec![instance(one, true, None), instance(other, true, Some(0))]);
        assert_eq!(texts(&subject, &record(2, &[])), [(0, r#"{"a":2,"b":1}"#.to_owned())]);
        assert_eq!(texts(&subject, &record(2, &[1])), [], "that is about order");
    }

    #[test]
    fn what_the_vocabulary_cannot_spell_is_left() {
        let subject = subject(vec![instance("[1, 2]", true, None)]);
        assert!(refused(&subject, &record(1, &[]), |_| None).is_empty());
    }
}

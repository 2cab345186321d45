//! From a corpus and a tokenizer to subjects: instances cut into tokens, each with what the validator says of it.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use gonogo_core::ContentHash;
use gonogo_corpus::{Entry, Validity, reordered};
use gonogo_masks::{Breach, Left, Subject, SubjectInstance, Truth};
use gonogo_tokenizer::Tokenizer;

use crate::whole::whole_at;

/// Subjects, and the instances that could not be made part of one.
#[derive(Debug, Default)]
pub struct Subjects {
    /// In the order of the entries.
    pub subjects: Vec<Subject>,
    /// Instances that the vocabulary cannot spell, with the cause.
    pub left: Vec<Left>,
}

/// Makes a subject of each entry; `found` is what the validator says of its instances. For each valid instance
/// whose members are not in the schema's order, a copy in that order is added.
#[must_use]
pub fn subjects(entries: &[Entry], found: &[Vec<Validity>], tokenizer: &Tokenizer) -> Subjects {
    let pairs: Vec<(&Entry, &Vec<Validity>)> = entries.iter().zip(found).collect();
    let made = on_all_cores(&pairs, |(entry, found)| subject(entry, found, tokenizer));
    let mut all = Subjects::default();
    for (subject, left) in made {
        all.subjects.push(subject);
        all.left.extend(left);
    }
    all
}

fn subject(entry: &Entry, found: &[Validity], tokenizer: &Tokenizer) -> (Subject, Vec<Left>) {
    let mut instances = Vec::with_capacity(entry.instances.len());
    let mut copies = Vec::new();
    let mut left = Vec::new();
    for (instance, validity) in entry.instances.iter().zip(found) {
        let made = cut(&instance.text, tokenizer).map(|(tokens, whole_at)| SubjectInstance {
            id: instance.id.clone(),
            text: instance.text.clone(),
            tokens,
            labelled: instance.labelled,
            truth: truth(validity),
            reorders: None,
            whole_at,
        });
        match made {
            Ok(made) => {
                copies.extend(in_order(entry, &made, instances.len(), tokenizer));
                instances.push(made);
            }
            Err(cause) => left.push(Left { what: format!("{}/{}", entry.id, instance.id), cause }),
        }
    }
    instances.append(&mut copies);
    let subject = Subject {
        id: entry.id.clone(),
        split: entry.split.clone(),
        draft: entry.draft.name().trim_start_matches("draft").to_owned(),
        keywords: entry.keywords.clone(),
        why: entry.why.clone(),
        sha256: ContentHash::of(entry.schema.as_bytes()).as_str().to_owned(),
        schema: entry.schema.clone(),
        instances,
    };
    (subject, left)
}

/// A copy of a valid instance with its members in the schema's order, where they are not.
fn in_order(
    entry: &Entry,
    instance: &SubjectInstance,
    index: usize,
    tokenizer: &Tokenizer,
) -> Option<SubjectInstance> {
    instance.valid().filter(|valid| *valid)?;
    let text = reordered(&entry.schema, &instance.text)?;
    let (tokens, whole_at) = cut(&text, tokenizer).ok()?;
    Some(SubjectInstance {
        id: format!("{} in the schema's order", instance.id),
        text,
        tokens,
        labelled: instance.labelled,
        truth: instance.truth.clone(),
        reorders: Some(index),
        whole_at,
    })
}

/// A text's tokens, and where it is whole.
fn cut(text: &str, tokenizer: &Tokenizer) -> Result<(Vec<u32>, Vec<u32>), String> {
    let tokens = tokenizer.encode(text).map_err(|error| error.to_string())?;
    let lengths = tokens.iter().map(|token| tokenizer.vocabulary().text(*token).len());
    let whole_at = whole_at(text, lengths);
    Ok((tokens, whole_at))
}

fn truth(validity: &Validity) -> Truth {
    match validity {
        Validity::Valid => Truth::Valid,
        Validity::Invalid { keyword, instance_path, message: _ } => {
            Truth::Invalid(Breach { keyword: keyword.clone(), at: instance_path.clone() })
        }
        Validity::Undecided { cause } => Truth::Undecided(cause.clone()),
    }
}

/// `work` on each item, on as many threads as there are cores; results in the order of the items.
pub(crate) fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::on_all_cores;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        assert_eq!(
            on_all_cores(&items, |item| item * 2),
            items.iter().map(|item| item * 2).collect::<Vec<_>>()
        );
        assert!(on_all_cores(&[], |item: &u32| *item).is_empty());
    }
}

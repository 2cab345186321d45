//! Making a failing schema small: candidates that are smaller, and the search through them.
//!
//! Delta debugging over the structure of JSON: members and items go in halves, quarters and one by one, a part takes
//! the place of the whole that holds it, strings get shorter and numbers nearer to zero. Every candidate is smaller
//! than what it is made from, so the search ends, and it ends only where no candidate shows the failure any more.

use serde_json::{Map, Number, Value};

/// A schema and, where the failure needs one, an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The schema.
    pub schema: Value,
    /// The instance.
    pub instance: Option<Value>,
}

impl Sample {
    /// What gets smaller with every step: bytes of text, then the magnitude of all numbers.
    #[must_use]
    pub fn weight(&self) -> (usize, f64) {
        let parts = [Some(&self.schema), self.instance.as_ref()];
        parts.into_iter().flatten().map(weight).fold((0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    }

    /// Everything that can be made of it in one step, all of it smaller, the biggest steps first.
    #[must_use]
    pub fn candidates(&self) -> Vec<Self> {
        let without = self.instance.as_ref().map(|_| Self { instance: None, ..self.clone() });
        let schemas = smaller(&self.schema).into_iter().map(|schema| Self { schema, ..self.clone() });
        let instances = self.instance.iter().flat_map(smaller);
        let instances = instances.map(|instance| Self { instance: Some(instance), ..self.clone() });
        let weight = self.weight();
        let all = without.into_iter().chain(schemas).chain(instances);
        all.filter(|candidate| candidate.weight() < weight).collect()
    }
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The smallest that was found.
    pub sample: Sample,
    /// Samples that were tried.
    pub tried: usize,
    /// Whether no candidate of it shows the failure; else the search was cut off.
    pub minimal: bool,
}

/// Looks for the smallest sample that `shows` the failure, which `start` does; tries at most `budget` samples.
///
/// # Errors
/// The first error of `shows`.
pub fn shrink<E>(
    start: Sample,
    budget: usize,
    shows: &mut dyn FnMut(&Sample) -> Result<bool, E>,
) -> Result<Shrunk, E> {
    let mut best = start;
    let mut candidates = best.candidates();
    let (mut at, mut tried, mut unsuccessful) = (0, 0, 0);
    // Round and round from where the last one was found: what was tried just before is tried last.
    while unsuccessful < candidates.len() {
        if tried >= budget {
            return Ok(Shrunk { sample: best, tried, minimal: false });
        }
        let index = at % candidates.len();
        let Some(candidate) = candidates.get(index) else { break };
        tried += 1;
        if shows(candidate)? {
            best = candidate.clone();
            candidates = best.candidates();
            (at, unsuccessful) = (index, 0);
        } else {
            (at, unsuccessful) = (index + 1, unsuccessful + 1);
        }
    }
    Ok(Shrunk { sample: best, tried, minimal: true })
}

fn weight(value: &Value) -> (usize, f64) {
    (value.to_string().len(), magnitude(value))
}

fn magnitude(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().map_or(0.0, f64::abs),
        Value::Array(items) => items.iter().map(magnitude).sum(),
        Value::Object(members) => members.values().map(magnitude).sum(),
        Value::Null | Value::Bool(_) | Value::String(_) => 0.0,
    }
}

/// What can be made of a value: of itself first, then of its parts.
fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(number) => numbers(number).into_iter().map(Value::Number).collect(),
        Value::String(text) => strings(text).into_iter().map(Value::String).collect(),
        Value::Array(items) => {
            let mut all: Vec<Value> = items.clone();
            all.extend(without_some(items).into_iter().map(Value::Array));
            for (index, item) in items.iter().enumerate() {
                all.extend(smaller(item).into_iter().map(|item| Value::Array(with(items, index, item))));
            }
            all
        }
        Value::Object(members) => objects(members),
    }
}

fn objects(members: &Map<String, Value>) -> Vec<Value> {
    let pairs: Vec<(String, Value)> =
        members.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let object = |pairs: Vec<(String, Value)>| Value::Object(pairs.into_iter().collect());
    let mut all: Vec<Value> = without_some(&pairs).into_iter().map(object).collect();
    // The schema in a keyword, in a keyword's list, or under a keyword's name, in place of all of it.
    for (_, value) in &pairs {
        all.extend(parts(value));
    }
    for (index, (name, value)) in pairs.iter().enumerate() {
        let changed = smaller(value).into_iter().map(|value| (name.clone(), value));
        all.extend(changed.map(|pair| object(with(&pairs, index, pair))));
        let renamed = strings(name).into_iter().filter(|name| !members.contains_key(name));
        all.extend(renamed.map(|name| object(with(&pairs, index, (name, value.clone())))));
    }
    all
}

/// A value that may stand for the one that holds it, and those inside.
fn parts(value: &Value) -> Vec<Value> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        Value::Array(items) => items.iter().filter(|item| item.is_object()).cloned().collect(),
        Value::Object(members) => {
            let inside = members.values().filter(|member| member.is_object()).cloned();
            std::iter::once(value.clone()).chain(inside).collect()
        }
    }
}

/// The list without all, half, a quarter … and one of its items.
fn without_some<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    let mut lists = Vec::new();
    let mut length = items.len();
    while length > 0 {
        for start in (0..items.len()).step_by(length) {
            let end = (start + length).min(items.len());
            lists.push(
                [items.get(..start), items.get(end..)].into_iter().flatten().flatten().cloned().collect(),
            );
        }
        length /= 2;
    }
    lists
}

/// The list with another item at `index`.
fn with<T: Clone>(items: &[T], index: usize, item: T) -> Vec<T> {
    let mut items = items.to_vec();
    if let Some(place) = items.get_mut(index) {
        *place = item;
    }
    items
}

/// Shorter texts: nothing, either half, without its first or its last character.
fn strings(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let half = characters.len() / 2;
    let ranges =
        [0..0, 0..half, half..characters.len(), 1..characters.len(), 0..characters.len().saturating_sub(1)];
    let texts =
        ranges.into_iter().filter_map(|range| Some(characters.get(range)?.iter().collect::<String>()));
    let mut seen: Vec<String> = Vec::new();
    for shorter in texts.filter(|shorter| shorter.len() < text.len()) {
        if !seen.contains(&shorter) {
            seen.push(shorter);
        }
    }
    seen
}

/// Numbers nearer to zero: none, one, half, one less, without a fraction.
fn numbers(number: &Number) -> Vec<Number> {
    if let Some(whole) = number.as_i64() {
        let nearer = [0, whole.signum(), whole / 2, whole - whole.signum()];
        return nearer
            .into_iter()
            .filter(|n| n.unsigned_abs() < whole.unsigned_abs())
            .map(Number::from)
            .collect();
    }
    if let Some(whole) = number.as_u64() {
        return [0, 1, whole / 2, whole - 1].map(Number::from).to_vec();
    }
    let Some(fraction) = number.as_f64() else { return Vec::new() };
    let whole = fraction.trunc();
    let mut nearer = vec![Number::from(0)];
    #[expect(clippy::cast_possible_truncation, reason = "only where it fits")]
    if whole.abs() < 9e15 {
        nearer.push(Number::from(whole as i64));
    }
    nearer.extend(Number::from_f64(whole / 2.0));
    nearer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Sample, shrink};

    fn any_json() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from),
            "[a-zé\"]{0,6}".prop_map(Value::from),
        ];
        scalar.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-d]{1,2}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// How often a key or a text holds this letter: a stand-in for an engine that fails on it.
    fn letters(value: &Value, letter: char) -> usize {
        value.to_string().matches(letter).count()
    }

    proptest! {
        #[test]
        fn every_candidate_is_smaller_and_there_are_none_of_nothing(schema in any_json(), instance in any_json()) {
            let sample = Sample { schema, instance: Some(instance) };
            for candidate in sample.candidates() {
                prop_assert!(candidate.weight() < sample.weight(), "{candidate:?} of {sample:?}");
            }
        }

        #[test]
        fn the_result_shows_the_failure_and_no_candidate_of_it_does(
            schema in any_json(), instance in any_json(), letter in prop::char::range('a', 'd'),
        ) {
            let start = Sample { schema, instance: Some(instance) };
            let fails = |sample: &Sample| {
                let instance = sample.instance.as_ref().map_or(0, |instance| letters(instance, letter));
                letters(&sample.schema, letter) + instance >= 1
            };
            prop_assume!(fails(&start));
            let shrunk = shrink::<()>(start, usize::MAX, &mut |sample| Ok(fails(sample))).unwrap();
            prop_assert!(shrunk.minimal && fails(&shrunk.sample));
            prop_assert!(!shrunk.sample.candidates().iter().any(fails), "{:?}", shrunk.sample);
        }
    }

    #[test]
    fn what_does_not_matter_goes_and_what_is_inside_comes_out() {
        let schema = json!({
            "type": "object",
            "description": "a long text that no engine reads",
            "properties": {
                "a": { "allOf": [{ "type": "string", "pattern": "^x(?=y)", "maxLength": 80 }] },
                "b": { "type": "integer", "minimum": 1000 }
            },
            "required": ["a", "b"]
        });
        let start = Sample { schema, instance: Some(json!({ "a": "xy", "b": 1000 })) };
        let fails = |sample: &Sample| {
            sample.schema.to_string().contains("\"pattern\":\"") && sample.schema.to_string().contains("(?=")
        };
        let shrunk = shrink::<()>(start, usize::MAX, &mut |sample| Ok(fails(sample))).unwrap();
        assert_eq!(shrunk.sample, Sample { schema: json!({ "pattern": "(?=" }), instance: None });
    }

    #[test]
    fn a_search_that_is_cut_off_says_so_and_an_error_ends_it() {
        let start = Sample { schema: json!({ "a": [1, 2, 3] }), instance: None };
        let cut = shrink::<()>(start.clone(), 2, &mut |_| Ok(false)).unwrap();
        assert_eq!((cut.sample, cut.tried, cut.minimal), (start.clone(), 2, false));
        assert_eq!(shrink(start, 9, &mut |_| Err("gone")), Err("gone"));
    }
}

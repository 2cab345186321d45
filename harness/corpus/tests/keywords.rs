//! The corpus in `suites/keywords`: complete, labelled rightly, and every schema with its reason.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use gonogo_corpus::{
    Corpus, Disagreement, Draft, Entry, Formats, KEYWORDS, Validity, disagreements, read, recheck_within,
};

/// What every draft has; draft-zyp-json-schema-04, draft-fge-json-schema-validation-00.
const DRAFT4: &str = "$ref $schema additionalProperties allOf anyOf default description enum \
    exclusiveMaximum exclusiveMinimum format items maxItems maxLength maxProperties maximum minItems \
    minLength minProperties minimum multipleOf not oneOf pattern patternProperties properties required \
    title type uniqueItems";

/// What draft 6 added and later ones kept; draft-wright-json-schema-01 and -validation-01.
const DRAFT6: &str = "$id const contains examples propertyNames";

/// What draft 7 added and later ones kept; draft-handrews-json-schema-01 and -validation-01.
const DRAFT7: &str = "$comment contentEncoding contentMediaType else if readOnly then writeOnly";

/// What 2019-09 added and 2020-12 kept; draft-handrews-json-schema-02 and -validation-02.
const DRAFT2019: &str = "$anchor $defs $vocabulary contentSchema dependentRequired dependentSchemas \
    deprecated maxContains minContains unevaluatedItems unevaluatedProperties";

/// What 2020-12 added; draft-bhutton-json-schema-01.
const DRAFT2020: &str = "$dynamicAnchor $dynamicRef prefixItems";

/// The keywords of a draft, from the specifications above.
fn keywords(draft: Draft) -> BTreeSet<&'static str> {
    let lists: &[&str] = match draft {
        Draft::Draft4 => &[DRAFT4, "id definitions dependencies additionalItems"],
        Draft::Draft6 => &[DRAFT4, DRAFT6, "definitions dependencies additionalItems"],
        Draft::Draft7 => &[DRAFT4, DRAFT6, DRAFT7, "definitions dependencies additionalItems"],
        Draft::Draft201909 => {
            &[DRAFT4, DRAFT6, DRAFT7, DRAFT2019, "$recursiveAnchor $recursiveRef additionalItems"]
        }
        Draft::Draft202012 => &[DRAFT4, DRAFT6, DRAFT7, DRAFT2019, DRAFT2020],
    };
    lists.iter().flat_map(|list| list.split_whitespace()).collect()
}

/// Labels that the validator does not agree with, and why the label is right.
const DISAGREEMENTS: [(&str, &str, &str); 1] = [(
    "keywords/draft2020-12/type/large-integers",
    "a fraction of it",
    "the validator reads numbers as doubles, and the nearest one to 12345678901234567890.5 is an integer",
)];

/// Entries whose schema the validator cannot read, because it nests more than 127 levels. Their valid
/// instance is valid by the specification.
const UNREADABLE: [&str; 2] = [
    "keywords/hostile/abyss/4-900-levels-of-objects",
    "keywords/hostile/nesting/five-hundred-levels-of-lists",
];

/// Entries without a valid instance: none exists, none of a size to write down, or the schema is none.
const NO_VALID: [&str; 29] = [
    "keywords/draft2020-12/allOf/no-type-in-common",
    "keywords/draft2020-12/allOf/a-false-branch",
    "keywords/draft2020-12/boolean_schema/false",
    "keywords/draft2020-12/not/not-everything",
    "keywords/draft2020-12/oneOf/the-same-branch-twice",
    "keywords/hostile/broken/a-type-that-is-none",
    "keywords/hostile/broken/a-type-that-is-no-name",
    "keywords/hostile/broken/properties-as-a-list",
    "keywords/hostile/broken/required-as-a-word",
    "keywords/hostile/broken/a-negative-length",
    "keywords/hostile/broken/a-list-for-a-schema",
    "keywords/hostile/broken/a-string-for-a-schema",
    "keywords/hostile/compile/a-minimum-that-no-answer-reaches",
    "keywords/hostile/compile/a-list-of-a-hundred-thousand-objects-at-least",
    "keywords/hostile/contradiction/the-minimum-is-above-the-maximum",
    "keywords/hostile/contradiction/more-characters-than-are-allowed",
    "keywords/hostile/contradiction/more-elements-than-are-allowed",
    "keywords/hostile/contradiction/required-in-a-closed-object-and-not-declared",
    "keywords/hostile/contradiction/a-dead-end-after-some-tokens",
    "keywords/hostile/contradiction/no-multiple-in-the-range",
    "keywords/hostile/contradiction/the-empty-list-of-values",
    "keywords/hostile/pattern/not-an-expression",
    "keywords/hostile/references/itself",
    "keywords/hostile/references/a-circle-of-two",
    "keywords/hostile/references/recursion-without-an-end",
    "keywords/hostile/references/to-nowhere",
    "keywords/hostile/references/to-a-server",
    "keywords/hostile/surrogates/a-lone-surrogate-in-a-constant",
    "keywords/hostile/surrogates/a-lone-surrogate-in-a-name",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/keywords")
}

fn corpus() -> Corpus {
    read(&folder()).unwrap()
}

fn hostile(entry: &Entry) -> bool {
    entry.split == "hostile"
}

#[test]
fn the_tables_of_keywords_agree() {
    for draft in Draft::ALL {
        let known: BTreeSet<_> =
            KEYWORDS.iter().filter(|keyword| keyword.is_of(draft)).map(|keyword| keyword.name).collect();
        assert_eq!(known, keywords(draft), "{}", draft.name());
    }
}

#[test]
fn every_keyword_of_every_draft_has_its_schemas() {
    let corpus = corpus();
    assert!(corpus.entries.len() >= 400, "{} schemas", corpus.entries.len());
    assert_eq!(corpus.skipped, []);
    for draft in Draft::ALL {
        let of_draft = || corpus.entries.iter().filter(|entry| entry.split == draft.name());
        let covered: BTreeSet<&str> =
            of_draft().flat_map(|entry| entry.keywords.iter().map(String::as_str)).collect();
        let missing: Vec<_> = keywords(draft).difference(&covered).copied().collect();
        assert_eq!(missing, [""; 0], "{}", draft.name());
        let known = keywords(draft);
        for entry in of_draft().filter(|entry| !entry.id.contains("/unknownKeyword/")) {
            let strange: Vec<_> =
                entry.keywords.iter().filter(|name| !known.contains(name.as_str())).collect();
            assert!(strange.is_empty(), "{} is about {strange:?}, which its draft does not have", entry.id);
        }
    }
}

#[test]
fn every_schema_says_why_and_names_its_draft() {
    for entry in corpus().entries {
        let why = entry.why.as_deref().unwrap_or_default();
        assert!(why.len() > 30 && why.ends_with('.'), "{}: {why:?}", entry.id);
        assert!(!entry.keywords.is_empty(), "{}", entry.id);
        let schema = entry.schema.trim_start();
        let named = !schema.starts_with('{') || schema.contains(&format!("{:?}", entry.draft.uri()));
        let broken = entry.id.starts_with("keywords/hostile/broken/");
        assert!(named || broken, "{} does not name its draft", entry.id);
        assert_eq!(Draft::of_name(&entry.split).unwrap_or_default(), entry.draft, "{}", entry.id);
    }
}

#[test]
fn every_schema_has_valid_and_invalid_instances_where_there_are_any() {
    let (mut no_valid, mut no_invalid) = (Vec::new(), Vec::new());
    for entry in &corpus().entries {
        if !entry.instances.iter().any(|instance| instance.labelled) {
            no_valid.push(entry.id.clone());
        }
        if entry.instances.iter().all(|instance| instance.labelled) {
            no_invalid.push(entry.id.clone());
        }
    }
    assert_eq!(no_valid, NO_VALID);
    assert_eq!(no_invalid, [""; 0]);
}

#[test]
fn every_label_is_what_the_validator_says_or_a_named_disagreement() {
    let corpus = corpus();
    let found: Vec<Vec<Validity>> = corpus
        .entries
        .iter()
        .map(|entry| recheck_within(entry, Formats::default(), Duration::from_secs(60)))
        .collect();
    let told: Vec<(String, String)> = disagreements(&corpus, &found)
        .into_iter()
        .map(|Disagreement { entry, instance, .. }| (entry, instance))
        .collect();
    let named = DISAGREEMENTS.map(|(entry, instance, _)| (entry.to_owned(), instance.to_owned()));
    assert_eq!(told, named);
    let undecided = corpus
        .entries
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.iter().any(|validity| matches!(validity, Validity::Undecided { .. })));
    let undecided: Vec<_> = undecided.map(|(entry, found)| (entry.id.as_str(), found)).collect();
    assert_eq!(undecided.iter().map(|(id, _)| *id).collect::<Vec<_>>(), UNREADABLE, "{undecided:?}");
}

#[test]
fn files_are_small_enough_to_read() {
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() != "abyss.json" {
                assert!(entry.metadata().unwrap().len() < 100_000, "{}", entry.path().display());
            }
        }
    }
}

#[test]
fn schemas_for_every_keyword_and_draft() {
    let corpus = corpus();
    let mut counts: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    for entry in &corpus.entries {
        let column = if hostile(entry) {
            5
        } else {
            Draft::ALL.iter().position(|draft| *draft == entry.draft).unwrap()
        };
        for keyword in &entry.keywords {
            counts.entry(keyword).or_default()[column] += 1;
        }
    }
    let mut table = format!(
        "{:22}{}\n",
        "",
        ["4", "6", "7", "2019", "2020", "hostile"].map(|h| format!("{h:>8}")).concat()
    );
    for (keyword, counts) in counts {
        let cells = counts.map(|n| if n == 0 { format!("{:>8}", "") } else { format!("{n:>8}") }).concat();
        table += format!("{keyword:22}{cells}").trim_end();
        table.push('\n');
    }
    let labels = |valid: bool| {
        corpus
            .entries
            .iter()
            .flat_map(|entry| &entry.instances)
            .filter(|instance| instance.labelled == valid)
            .count()
    };
    table += &format!(
        "{} schemas, {} valid and {} invalid instances\n",
        corpus.entries.len(),
        labels(true),
        labels(false)
    );
    insta::assert_snapshot!(table);
}

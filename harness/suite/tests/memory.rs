//! Suites parsed from memory: what the hash depends on, what defaults and files become, and that
//! no input panics.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{cell::RefCell, collections::BTreeMap, io};

use gonogo_core::{Constraint, Expectation, Kind, Suite};
use gonogo_suite::{Files, Source, SuiteError, parse};
use proptest::prelude::*;

/// Files in memory, and which of them were read.
#[derive(Default)]
struct Memory {
    files: BTreeMap<String, Vec<u8>>,
    read: RefCell<Vec<String>>,
}

impl Memory {
    fn with(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Self { files: files.collect(), read: RefCell::default() }
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.read.borrow_mut().push(path.to_owned());
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

const SUITE: &str = r#"
name = "mini"
why = "Every key of the format once."
system = "Answer with JSON only."
language = "rust"
default_rung = "minimal"

[defaults]
max_tokens = 7
temperature = 0.5

[[rung]]
name = "minimal"
why = "the only one"
hint = "An integer."
schema = "schemas/minimal.json"

[[rung.good]]
why = "a number"
file = "answers/seven.json"

[[rung.bad]]
why = "a word"
text = '"seven"'
kind = "wrong-type"
at = ""

[[case]]
name = "plain"
why = "takes the rung and the defaults"
features = ["integer"]
prompt = "Say seven."

[[case.assert]]
at = ""
near = 7
tolerance = 0.5

[[case.assert]]
at = ""
one_of = [7, 7.5, "seven", true, [1], { a = 1 }]

[[case.good]]
why = "a number"
file = "answers/seven.json"

[[case.bad]]
why = "nothing"
text = ""
kind = "empty"

[[case]]
name = "own"
why = "brings its own"
prompt = "Say seven."
regex = "[0-9]+"
max_tokens = 2
temperature = 0
expect = "truncated-budget"

[[case.good]]
why = "a number"
text = "7"

[[case.bad]]
why = "a word"
text = "seven"
kind = "pattern-mismatch"
"#;

const SCHEMA: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}"#;

fn memory() -> Memory {
    Memory::with(&[("schemas/minimal.json", SCHEMA), ("answers/seven.json", "7\n"), ("unnamed.txt", "1")])
}

fn read(text: &str, memory: &Memory) -> Result<Suite, SuiteError> {
    parse(Source { file: "mini/suite.toml", folder: "mini", bytes: text.as_bytes() }, memory)
}

#[test]
fn every_key_arrives_where_it_belongs() {
    let suite = read(SUITE, &memory()).unwrap();
    assert_eq!((suite.name.as_str(), suite.language.as_deref()), ("mini", Some("rust")));
    assert_eq!(
        (suite.system.as_str(), suite.default_rung.as_deref()),
        ("Answer with JSON only.", Some("minimal"))
    );
    let [rung] = suite.rungs.as_slice() else { panic!("{:?}", suite.rungs) };
    assert_eq!((rung.name.as_str(), rung.hint.as_str()), ("minimal", "An integer."));
    assert_eq!(rung.constraint, Constraint::JsonSchema(SCHEMA.to_owned()));
    assert_eq!(rung.good[0].text, "7", "the final newline of the file is not part of the answer");
    assert_eq!((rung.bad[0].kind, rung.bad[0].at.as_deref()), (Kind::WrongType, Some("")));

    let [plain, own] = suite.cases.as_slice() else { panic!("{:?}", suite.cases) };
    assert_eq!((suite.sampling.max_tokens, suite.sampling.temperature), (Some(7), Some(0.5)));
    assert_eq!((plain.max_tokens, plain.temperature), (None, None), "the case sets none of its own");
    assert_eq!((plain.constraint.as_ref(), plain.expect), (None, Expectation::Pass));
    assert_eq!((plain.assertions[0].near, plain.assertions[0].tolerance), (Some(7.0), Some(0.5)));
    let one_of = serde_json::json!([7, 7.5, "seven", true, [1], { "a": 1 }]);
    assert_eq!(serde_json::json!(plain.assertions[1].one_of), one_of);
    assert_eq!((own.max_tokens, own.temperature), (Some(2), Some(0.0)));
    assert_eq!(own.constraint, Some(Constraint::Regex("[0-9]+".to_owned())));
    assert_eq!(own.expect, Expectation::Kind(Kind::TruncatedBudget));
    assert_eq!(own.bad[0].at, None);
}

const STEPS: &str = r#"
[[case]]
name = "two"
why = "the ladder is for the last step"
expect = "truncated-budget"

[[case.step]]
name = "ir"
prompt = "Say seven."
regex = "[0-9]+"
max_tokens = 2
temperature = 0

[[case.step.assert]]
at = ""
equals = 7

[[case.step.good]]
why = "a number"
text = "7"

[[case.step.bad]]
why = "a word"
text = "seven"
kind = "pattern-mismatch"

[[case.step]]
name = "code"
prompt = "Say {{step:ir}} again, {{step:ir}}."

[[case.step.good]]
why = "a number"
file = "answers/seven.json"

[[case.step.bad]]
why = "nothing"
text = ""
kind = "empty"
"#;

#[test]
fn each_step_keeps_what_is_its_own_and_the_last_one_is_the_cases() {
    let suite = read(&format!("{SUITE}{STEPS}"), &memory()).unwrap();
    assert!(suite.cases[..2].iter().all(|case| case.step_names() == ["answer"]));
    let two = suite.case("two").unwrap();
    assert_eq!(two.step_names(), ["ir", "code"]);
    let [ir, code] = ["ir", "code"].map(|name| two.step(name).unwrap());
    assert_eq!((ir.prompt, ir.max_tokens, ir.temperature), ("Say seven.", Some(2), Some(0.0)));
    assert_eq!(ir.assertions[0].equals, Some(serde_json::json!(7)));
    assert_eq!((ir.good[0].text.as_str(), ir.bad[0].kind), ("7", Kind::PatternMismatch));
    assert_eq!(ir.expect, Expectation::Pass, "`expect` is the last step's");
    assert_eq!((code.max_tokens, code.constraint, code.assertions.len()), (None, None, 0));
    assert_eq!(code.expect, Expectation::Kind(Kind::TruncatedBudget));
    let rung = suite.step_oracle(&code, Some("minimal")).constraint;
    assert_eq!(rung, Some(Constraint::JsonSchema(SCHEMA.to_owned())));
    let answers = BTreeMap::from([("ir".to_owned(), "7".to_owned())]);
    assert_eq!(code.prompt_with(&answers), "Say 7 again, 7.");
}

#[test]
fn the_hash_changes_with_every_byte_that_is_read_and_with_nothing_else() {
    let hash = |text: &str, memory: &Memory| read(text, memory).unwrap().hash;
    let original = hash(SUITE, &memory());
    assert_eq!(original, hash(SUITE, &memory()));

    for named in ["schemas/minimal.json", "answers/seven.json"] {
        let mut changed = memory();
        changed.files.get_mut(named).unwrap().push(b'\n');
        assert_ne!(original, hash(SUITE, &changed), "{named}");
    }
    assert_ne!(original, hash(&format!("{SUITE}# a comment\n"), &memory()));

    let mut unnamed = memory();
    unnamed.files.insert("unnamed.txt".to_owned(), b"2".to_vec());
    unnamed.files.insert("schemas/another.json".to_owned(), b"{}".to_vec());
    assert_eq!(original, hash(SUITE, &unnamed));

    let elsewhere = Source { file: "/elsewhere/mini/suite.toml", folder: "mini", bytes: SUITE.as_bytes() };
    assert_eq!(original, parse(elsewhere, &memory()).unwrap().hash);
}

#[test]
fn a_path_that_leaves_the_folder_is_never_opened() {
    for path in
        ["../x.json", "/etc/x.json", "a/../x.json", "./x.json", "a//x.json", "a\\\\x.json", "C:x.json", ""]
    {
        let memory = Memory::default();
        let text = SUITE.replace("schemas/minimal.json", path);
        assert!(read(&text, &memory).is_err(), "{path}");
        assert!(!memory.read.borrow().iter().any(|read| read.contains("x.json")), "{path}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_suite_or_an_error_with_words(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let source = Source { file: "suite.toml", folder: "mini", bytes: &bytes };
        if let Err(error) = parse(source, &Memory::default()) {
            prop_assert!(error.problems().all(|problem| !problem.message().is_empty()));
        }
    }

    /// Soup that TOML can swallow reaches further than bytes do.
    #[test]
    fn a_suite_with_a_hole_in_it_never_panics(from in 0..SUITE.len() + STEPS.len(), len in 0..200_usize, patch in "[\\[\\]\"'=a-z0-9.\n{},é-]{0,12}") {
        let suite = format!("{SUITE}{STEPS}");
        let to = (from + len).min(suite.len());
        let text = format!("{}{patch}{}", &suite[..from], &suite[to..]);
        if let Err(error) = read(&text, &memory()) {
            for problem in error.problems() {
                prop_assert!(problem.to_string().starts_with("mini/"), "{}", problem);
            }
        }
    }
}

//! Every layout is read, and what is broken is told with its place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use gonogo_corpus::{Corpus, CorpusError, Draft, Options, Spelling, json_lines, read, read_with};
use proptest::prelude::*;

const ROW: &str = r#"{"id":"Github_easy---o1","schema":{"b":1,"a":[1.0]},"tests":[{"description":"d","valid":true,"data":{"z":1.50,"a":1e2}},{"description":"d","valid":false,"data":"\u0041"}]}"#;

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap()
}

fn fault(name: &str, bytes: &[u8]) -> String {
    let (dir, path) = written(name, bytes);
    let error = read(&path).unwrap_err().to_string();
    error.replace(&dir.path().display().to_string(), "DIR")
}

#[test]
fn a_row_a_line_plain_and_packed() {
    let (_dir, path) = written("some.jsonl", format!("{ROW}\n\n").as_bytes());
    let plain = read(&path).unwrap();
    assert_eq!(plain.name, "some");
    let [entry] = &plain.entries[..] else { panic!("{plain:?}") };
    assert_eq!((entry.id.as_str(), entry.split.as_str()), ("Github_easy---o1", "Github_easy"));
    assert_eq!(entry.schema, r#"{"b":1,"a":[1.0]}"#);
    assert_eq!(entry.draft, Draft::Draft202012);
    let texts: Vec<_> =
        entry.instances.iter().map(|i| (i.id.as_str(), i.text.as_str(), i.labelled)).collect();
    assert_eq!(texts, [("0", r#"{"z": 1.5, "a": 100.0}"#, true), ("1", "\"A\"", false)]);

    let (_dir, path) = written("some.jsonl.gz", &gzip(ROW));
    assert_eq!(read(&path).unwrap().entries, plain.entries);

    let found = Options { spelling: Spelling::AsFound, ..Options::default() };
    let found = read_with(&path, &found).unwrap();
    assert_eq!(found.entries[0].instances[0].text, r#"{"z":1.50,"a":1e2}"#);
}

#[test]
fn schemas_as_text_with_their_unique_ids() {
    let rows = r#"{"json_schema":"{\"$schema\": \"http://json-schema.org/draft-04/schema\"}\n","unique_id":"WaPo---o2"}
{"json_schema":"{nonsense","unique_id":"WaPo---o3"}"#;
    let (_dir, path) = written("rows.jsonl", rows.as_bytes());
    let corpus = read(&path).unwrap();
    assert_eq!(corpus.entries.len(), 1);
    assert_eq!(corpus.entries[0].split, "WaPo");
    assert_eq!(corpus.entries[0].draft, Draft::Draft4);
    assert_eq!(corpus.skipped[0].what, "WaPo---o3");
    assert!(corpus.skipped[0].cause.contains("not JSON"), "{:?}", corpus.skipped);
}

/// A file's path in the corpus with its content.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Corpus) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join("corpus").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let corpus = read(&dir.path().join("corpus")).unwrap();
    (dir, corpus)
}

#[test]
fn a_folder_of_maskbench_and_of_schemas_alone() {
    let (dir, corpus) = folder(&[
        ("BFCL_java_1.json", r#"{"description":"d","meta":{},"schema":{"type":"null"},"tests":[]}"#),
        ("Github_easy---o1.json", ROW),
        ("Handwritten/o9.json", "\n{\"type\": \"string\"}\n"),
        ("README.md", "not a schema"),
    ]);
    let ids: Vec<_> = corpus.entries.iter().map(|e| (e.id.as_str(), e.split.as_str())).collect();
    assert_eq!(
        ids,
        [("BFCL_java_1", "BFCL"), ("Github_easy---o1", "Github_easy"), ("Handwritten---o9", "Handwritten")]
    );
    assert_eq!(corpus.entries[2].schema, "{\"type\": \"string\"}");
    let find = "find . -name '*.json' -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum";
    let told = std::process::Command::new("sh")
        .args(["-c", find])
        .current_dir(dir.path().join("corpus"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(told.stdout).unwrap().split(' ').next(), Some(corpus.sha256.as_str()));
}

#[test]
fn a_checkout_of_the_test_suite() {
    let group = |description: &str, schema: &str| {
        format!(
            r#"[{{"description":"{description}","schema":{schema},"tests":[
                {{"description":"a","data":1,"valid":true}},{{"description":"a","data":2,"valid":false}}]}}]"#
        )
    };
    let remote = r#"{"$ref": "http://localhost:1234/integer.json"}"#;
    let (_dir, corpus) = folder(&[
        ("tests/draft4/ref.json", &group("Root $ref, \\\"x\\\"", "{\"minimum\":1}")),
        ("tests/draft7/optional/format/date.json", &group("dates", "{\"format\":\"date\"}")),
        ("tests/draft7/refRemote.json", &group("remote", remote)),
        ("tests/draft3/ref.json", &group("old", "{}")),
        ("remotes/integer.json", "{\"type\": \"integer\"}"),
        ("test-schema.json", "{}"),
    ]);
    let ids: Vec<_> = corpus.entries.iter().map(|e| (e.id.as_str(), e.draft, e.formats)).collect();
    assert_eq!(
        ids,
        [
            ("corpus/draft4/ref/root-$ref-x", Draft::Draft4, false),
            ("corpus/draft7/optional/format/date/dates", Draft::Draft7, true)
        ]
    );
    assert_eq!(corpus.entries[0].keywords, ["$ref"]);
    let instances: Vec<_> = corpus.entries[0].instances.iter().map(|i| i.id.as_str()).collect();
    assert_eq!(instances, ["a", "a #1"]);
    let skipped: Vec<_> = corpus.skipped.iter().map(|s| format!("{}: {}", s.what, s.cause)).collect();
    assert_eq!(
        skipped,
        [
            "draft3/ref.json: draft3 is not among the drafts that are judged",
            "draft7/refRemote.json: remote: it refers to documents of a server, and nothing is fetched"
        ]
    );
}

#[test]
fn a_text_of_its_own_is_fed_as_it_is() {
    let tests = r#"[{"description":"d","schema":{},"tests":[
        {"description":"escaped","data":"A","text":"\"\\u0041\"","valid":true},
        {"description":"no JSON","text":"[1,]","valid":false}]}]"#;
    let (_dir, corpus) = folder(&[("draft6/x.json", tests)]);
    let texts: Vec<_> = corpus.entries[0].instances.iter().map(|i| i.text.as_str()).collect();
    assert_eq!(texts, ["\"\\u0041\"", "[1,]"]);
    assert_eq!(corpus.entries[0].draft, Draft::Draft6);
}

#[test]
fn what_is_broken_is_told_with_cause_and_remedy() {
    let mut cut = gzip(ROW);
    cut.truncate(cut.len() / 2);
    let twice = format!("{ROW}\n{ROW}\n");
    let group = |group: &str| format!(r#"[{{"description":"d","schema":{{}},"tests":[{group}]}}]"#);
    let faults = [
        fault("cut.jsonl.gz", &cut),
        fault("bad.jsonl", format!("{ROW}\n\n{{\"id\":1").as_bytes()),
        fault("twice.jsonl", twice.as_bytes()),
        fault("nameless.jsonl", br#"{"schema":{},"tests":[]}"#),
        fault("bare.jsonl", br#"{"id":"x","tests":[]}"#),
        fault("draft.jsonl", br#"{"id":"x","schema":{},"draft":"draft5"}"#),
        fault("empty.jsonl", b"\n"),
        fault("list.jsonl", b"[1]"),
        fault("notes.txt", b"hello"),
        fault("latin.json", b"{\"a\": \"\xe4\"}"),
        fault("cut.json", b"{\"type\":"),
        fault("unlabelled.json", group(r#"{"data":1}"#).as_bytes()),
        fault("textless.json", group(r#"{"valid":true}"#).as_bytes()),
        fault("no-json.json", group(r#"{"valid":true,"text":"{"}"#).as_bytes()),
        fault("schemaless.json", br#"[{"description":"d","tests":[]}]"#),
        fault("untitled.json", br#"[{"schema":{},"tests":[]}]"#),
        fault("tests.json", br#"[{"description":"d","schema":{},"tests":{}}]"#),
        fault("same.json", br#"[{"description":"d","schema":{}},{"description":"d","schema":{}}]"#),
        read(Path::new("no/such/corpus")).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(faults.join("\n"));
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(read(dir.path()), Err(CorpusError::Empty { .. })));
}

#[test]
fn parquet_without_its_program_says_how_to_build_it() {
    let (_dir, path) = written("rows.parquet", b"PAR1");
    let options = Options { parquet: Some("no/such/program".into()), ..Options::default() };
    let error = read_with(&path, &options).unwrap_err().to_string();
    assert!(error.contains("cannot run no/such/program"), "{error}");
    assert!(error.contains("cargo build -p gonogo-parquet"), "{error}");
}

/// Whatever a corpus holds, its lines say it again.
fn any_corpus() -> impl Strategy<Value = Corpus> {
    let drafts = prop::sample::select(Draft::ALL.to_vec());
    let text = prop_oneof![
        Just("{\"a\": [1, 2.5]}".to_owned()),
        Just("\n1e2 ".to_owned()),
        Just("\"\\u00e4\"".to_owned()),
        Just("{\"a\": 1,}".to_owned()),
        ".{0,12}",
    ];
    let why = prop::option::of(".{0,9}");
    let instance = (text, why.clone()).prop_map(|(text, why)| gonogo_corpus::Instance {
        id: String::new(),
        labelled: false,
        text,
        why,
    });
    let schema =
        prop::sample::select(vec!["true", "{\"a\":\" \\\" \",\"b\":[1.0,-0]}", "{}", "\"no schema\""]);
    let keywords = prop::collection::btree_set("[a-z$]{1,9}", 0..4);
    let entry = (schema, drafts, keywords, any::<bool>(), why, prop::collection::vec(instance, 0..4));
    let entry = entry.prop_map(|(schema, draft, keywords, formats, why, mut instances)| {
        for (number, instance) in instances.iter_mut().enumerate() {
            instance.id = format!("\"{number}\"\n");
        }
        gonogo_corpus::Entry {
            id: String::new(),
            split: "s\u{1f600}".to_owned(),
            schema: schema.to_owned(),
            draft,
            keywords: keywords.into_iter().collect(),
            formats,
            why,
            instances,
        }
    });
    prop::collection::vec(entry, 1..5).prop_map(|mut entries| {
        for (number, entry) in entries.iter_mut().enumerate() {
            entry.id = format!("a\\b---{number}");
        }
        Corpus { name: "c".to_owned(), sha256: String::new(), entries, skipped: Vec::new() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_again(corpus in any_corpus()) {
        let (_dir, path) = written("c.jsonl", json_lines(&corpus.entries).as_bytes());
        prop_assert_eq!(read(&path).unwrap().entries, corpus.entries);
    }
}

proptest! {
    #[test]
    fn nothing_that_is_in_a_file_is_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}:,\"a-f0-9\n]{0,60}") {
        for (name, bytes) in [("x.jsonl", &bytes[..]), ("x.json", &bytes[..]), ("x.jsonl.gz", &bytes[..]), ("x.jsonl", text.as_bytes())] {
            let (_dir, path) = written(name, bytes);
            if let Err(error) = read(&path) {
                prop_assert!(error.to_string().contains(';'), "no remedy: {error}");
            }
        }
    }
}

/// Not part of the repository; `cargo test -p gonogo-corpus -- --ignored` where it lies beside it.
#[test]
#[ignore = "needs the sample of MaskBench beside the repository"]
fn the_sample_of_maskbench_is_read_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/maskbench-sample.jsonl.gz");
    let corpus = read(&path).unwrap();
    assert_eq!((corpus.entries.len(), corpus.instances()), (1072, 3454));
    assert!(corpus.skipped.is_empty());
}

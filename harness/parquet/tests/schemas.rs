//! A Parquet file of schemas is read as a corpus, through the program itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

use std::{fs::File, path::Path};

use gonogo_corpus::{Corpus, CorpusError, Draft, Options, read_with};
use polars::prelude::{DataFrame, NamedFrom, ParquetCompression, ParquetWriter, Series};

fn write(path: &Path, columns: &[(&str, &[Option<&str>])]) {
    let height = columns[0].1.len();
    let columns = columns.iter().map(|(name, values)| Series::new((*name).into(), *values).into()).collect();
    let mut frame = DataFrame::new(height, columns).unwrap();
    // What Hugging Face's files are packed with.
    let writer = ParquetWriter::new(File::create(path).unwrap()).with_compression(ParquetCompression::Snappy);
    writer.finish(&mut frame).unwrap();
}

fn corpus(columns: &[(&str, &[Option<&str>])]) -> Result<Corpus, CorpusError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test-00000-of-00001.parquet");
    write(&path, columns);
    let program = env!("CARGO_BIN_EXE_gonogo-parquet").into();
    read_with(&path, &Options { parquet: Some(program), ..Options::default() })
}

#[test]
fn schemas_keep_their_text_and_order() {
    let schema = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"b\": 1.0,\n \"a\": \"ä\"}";
    let corpus = corpus(&[
        ("json_schema", &[Some(schema), Some("{}")]),
        ("unique_id", &[Some("Github_easy---o1"), Some("JME---2")]),
    ])
    .unwrap();
    let entries: Vec<_> = corpus
        .entries
        .iter()
        .map(|e| (e.id.as_str(), e.split.as_str(), e.schema.as_str(), e.draft))
        .collect();
    assert_eq!(
        entries,
        [
            ("Github_easy---o1", "Github_easy", schema, Draft::Draft4),
            ("JME---2", "JME", "{}", Draft::Draft202012)
        ]
    );
}

#[test]
fn what_is_missing_is_told() {
    let nameless = corpus(&[("json_schema", &[Some("{}")])]).unwrap_err().to_string();
    assert!(nameless.contains("the columns json_schema, unique_id"), "{nameless}");
    let empty = corpus(&[("json_schema", &[None]), ("unique_id", &[Some("x")])]).unwrap_err().to_string();
    assert!(empty.contains("row 0 of"), "{empty}");
}

//! Whatever bytes come, in whatever pieces: no dialect panics, and pieces make no difference.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use gonogo_core::{Capture, End, Frame, Nanos, Phase};
use gonogo_dialects::{DIALECTS, read};
use proptest::prelude::*;
use support::{capture, recorded};

/// Bytes as servers send them, whole and mangled.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let said = [
        r#"{"choices":[{"index":0,"delta":{"content":"é","tool_calls":[{"index":9}]},"finish_reason":"length"}]}"#,
        r#"{"choices":[{"message":{"content":"a","refusal":null}}],"usage":{"completion_tokens":4294967296}}"#,
        r#"{"error":{"code":"x","message":"[01:02:03] grammar"}}"#,
        r#"{"text":"ab","meta_info":{"finish_reason":{"type":"abort"}}}"#,
        r#"{"message":{"content":"a"},"done":true,"eval_duration":-1}"#,
        r#"{"type":"content_block_start","content_block":{"type":"tool_use","input":{"a":1}}}"#,
        r#"{"type":"response.output_text.delta","delta":"a"}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"candidatesTokenCount":4294967295,"thoughtsTokenCount":9}}"#,
        r#"{"token":{"text":"a"}}"#,
        r#"{"content":"a","stop":true,"timings":{"prompt_ms":1e300}}"#,
        "[DONE]",
        "data: ",
        "\n\n",
        "\r\n",
        ": ",
        "{",
        "}",
    ];
    prop_oneof![
        4 => prop::sample::select(said.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => any::<Vec<u8>>(),
    ]
}

fn captures() -> impl Strategy<Value = Capture> {
    let names: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).chain(["custom#/text", "?"]).collect();
    let ends = prop_oneof![
        Just(End::Complete),
        Just(End::Broken { phase: Phase::Decode, message: "reset".into() }),
    ];
    let status = prop_oneof![4 => Just(200_u16), 1 => 100_u16..600];
    (prop::sample::select(names), status, proptest::collection::vec(piece(), 0..12), ends).prop_map(
        |(dialect, status, pieces, end)| Capture { end, ..capture(dialect, status, [pieces.concat()]) },
    )
}

/// The same bytes in other pieces, at the same time.
fn cut(capture: &Capture, cuts: &[prop::sample::Index]) -> Capture {
    let bytes: Vec<u8> = capture.frames.iter().flat_map(Frame::bytes).copied().collect();
    let mut cuts: Vec<usize> =
        cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|pair| Frame::new(Nanos(1_000_000), bytes[pair[0]..pair[1]].to_vec()));
    Capture { frames: pieces.collect(), ..capture.clone() }
}

proptest! {
    #[test]
    fn no_bytes_make_a_dialect_panic(capture in captures()) {
        let _ = read(&capture);
    }

    #[test]
    fn pieces_make_no_difference(
        capture in captures().prop_filter("lines of workers are frames", |capture| capture.dialect != "gonogo-worker/1"),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        prop_assert_eq!(read(&capture), read(&cut(&capture, &cuts)));
    }

    #[test]
    fn pieces_of_real_streams_make_no_difference(cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        for (file, name) in [("vllm_xgrammar", "rf_bound_stream_stop"), ("mistralrs", "rf_bound_stream_stop"), ("xllamacpp", "unsat_stream")] {
            let capture = cut(&recorded(file, name), &[]);
            prop_assert_eq!(read(&capture), read(&cut(&capture, &cuts)), "{}/{}", file, name);
        }
    }
}

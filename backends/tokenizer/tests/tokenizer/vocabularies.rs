//! Real vocabularies of four formats and of 49,152, 129,280, 131,072 and 151,851 tokens:
//! `gonogo setup --tokenizers` fetches them.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::LazyLock,
};

use gonogo_engine::{TokenId, TokenKind};
use gonogo_tokenizer::{Format, Tokenizer};
use proptest::{prelude::any, prop_assert, prop_assert_eq, proptest, test_runner::Config};
use serde::Deserialize;
use serde_json::Value;

/// A vocabulary and what is known of it.
struct Known {
    file: &'static str,
    format: Format,
    tokens: usize,
    control: usize,
    /// Name of the token that ends an answer by preference.
    end: &'static str,
    /// Whether every byte that occurs in UTF-8 has a token.
    complete: bool,
}

const KNOWN: [Known; 4] = [
    Known {
        file: "models/SmolLM2-135M-Instruct.Q4_1.gguf",
        format: Format::Gguf,
        tokens: 49_152,
        control: 17,
        end: "<|im_end|>",
        complete: false,
    },
    Known {
        file: "tokenizers/deepseek/tokenizer.json",
        format: Format::HuggingFace,
        tokens: 129_280,
        control: 1_230,
        end: "<｜end▁of▁sentence｜>",
        complete: true,
    },
    Known {
        file: "tokenizers/mistral/tekken.json",
        format: Format::Tekken,
        tokens: 131_072,
        control: 1_000,
        end: "</s>",
        complete: true,
    },
    Known {
        file: "tokenizers/qwen/qwen.tiktoken",
        format: Format::Tiktoken,
        tokens: 151_851,
        control: 208,
        end: "<|im_end|>",
        complete: true,
    },
];

fn path(file: &str) -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let home = std::env::var_os("GONOGO_HOME").map_or_else(|| workspace.join(".gonogo"), PathBuf::from);
    let path = home.join(file);
    assert!(path.exists(), "{} is missing; run `gonogo setup --tokenizers`", path.display());
    path
}

static OPEN: LazyLock<[Tokenizer; 4]> =
    LazyLock::new(|| KNOWN.each_ref().map(|known| Tokenizer::open(&path(known.file)).unwrap()));

fn all() -> impl Iterator<Item = (&'static Known, &'static Tokenizer)> {
    KNOWN.iter().zip(OPEN.iter())
}

#[test]
fn every_format_gives_the_tokens_that_the_model_has() {
    for (known, tokenizer) in all() {
        let tokens = tokenizer.vocabulary().tokens();
        let control = tokens.iter().filter(|token| token.kind == TokenKind::Control).count();
        let end = &tokens[tokenizer.vocabulary().end()[0] as usize];
        let found = (tokenizer.format(), tokens.len(), control, String::from_utf8_lossy(&end.bytes));
        assert_eq!(found, (known.format, known.tokens, known.control, known.end.into()), "{}", known.file);
    }
}

#[test]
fn tokens_that_end_an_answer_are_control_and_no_control_token_is_text() {
    for (_, tokenizer) in all() {
        let vocabulary = tokenizer.vocabulary();
        assert!(!vocabulary.end().is_empty());
        for token in vocabulary.end() {
            assert_eq!(vocabulary.tokens()[*token as usize].kind, TokenKind::Control, "{token}");
        }
        for (id, token) in (0..).zip(vocabulary.tokens()) {
            match token.kind {
                TokenKind::Control => assert!(vocabulary.text(id).is_empty(), "{token:?}"),
                TokenKind::Text => assert!(!vocabulary.text(id).is_empty(), "token {id} adds nothing"),
            }
        }
        no_text_becomes_a_control_token(tokenizer);
    }
}

/// Every control token's name, alone and in between, is cut into text.
pub(crate) fn no_text_becomes_a_control_token(tokenizer: &Tokenizer) {
    let tokens = tokenizer.vocabulary().tokens();
    for control in tokens.iter().filter(|token| token.kind == TokenKind::Control) {
        let name = String::from_utf8(control.bytes.clone()).unwrap();
        for text in [name.clone(), format!("a{name}b"), format!(" {name}{name} ")] {
            let cut = tokenizer.encode(&text).unwrap();
            assert_eq!(tokenizer.decode(&cut), text.as_bytes());
            assert!(cut.iter().all(|token| tokens[*token as usize].kind == TokenKind::Text), "{text}");
        }
    }
}

#[test]
fn any_text_survives() {
    for (known, tokenizer) in all() {
        let survives = |text: &str| {
            let tokens = tokenizer.encode(text)?;
            Ok::<_, gonogo_tokenizer::TokenizerError>(tokenizer.decode(&tokens) == text.as_bytes())
        };
        proptest!(Config::with_cases(1_000), |(text in any::<String>())| {
            prop_assert!(survives(&text).unwrap_or(!known.complete), "{}", known.file);
        });
        proptest!(Config::with_cases(1_000), |(text in r#"[ -~\t\n\r<|>'éł中🙂ſ]{0,80}"#)| {
            prop_assert!(survives(&text).unwrap(), "{}", known.file);
        });
    }
}

/// The vocabulary of the default model has no token for 21 bytes, of which 8 begin characters
/// that its makers never saw.
#[test]
fn a_text_that_cannot_be_spelled_is_said_and_where() {
    let (_, tokenizer) = all().next().unwrap();
    let tokens = tokenizer.vocabulary().tokens();
    let lost = |character: &char| {
        let spelled = character.to_string();
        tokens.iter().all(|token| token.kind == TokenKind::Control || token.bytes != spelled.as_bytes()[..1])
    };
    let lost = ('\u{1000}'..).step_by(0x1000).find(lost).unwrap();
    let error = tokenizer.encode(&format!("the {lost}")).unwrap_err().to_string();
    assert!(error.contains("no tokens for the text from byte 4 on"), "{error}");
}

#[test]
fn a_token_cut_again_is_the_bytes_it_was() {
    for (known, tokenizer) in all() {
        for (id, token) in (0..).zip(tokenizer.vocabulary().tokens()).step_by(7) {
            let Ok(text) = str::from_utf8(&token.bytes) else { continue };
            let again = tokenizer.encode(text).unwrap();
            assert_eq!(tokenizer.decode(&again), token.bytes, "{}: {text:?}", known.file);
            // Ranks take a token whole; the other formats may know a merge that comes before.
            let whole = matches!(known.format, Format::Tiktoken | Format::Tekken);
            if whole && token.kind == TokenKind::Text && is_a_word(text) {
                assert_eq!(again, [id], "{}: {text:?}", known.file);
            }
        }
    }
}

/// Whether the patterns of both files of ranks leave this text in one piece.
fn is_a_word(text: &str) -> bool {
    let letters = text.strip_prefix(' ').unwrap_or(text);
    !letters.is_empty() && letters.chars().all(|character| character.is_ascii_lowercase())
}

#[test]
fn bytes_are_those_that_the_library_decodes() {
    let file = path(KNOWN[1].file);
    let json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    every_token_is_what_the_library_decodes(&OPEN[1], &json);
}

#[test]
fn text_is_cut_as_the_library_cuts_it() {
    let json = std::fs::read(path(KNOWN[1].file)).unwrap();
    let mut library = tokenizers::Tokenizer::from_bytes(json).unwrap();
    library.set_encode_special_tokens(true);
    let tokens = |text: &str| library.encode(text, false).unwrap().get_ids().to_vec();
    proptest!(Config::with_cases(1_000), |(text in any::<String>(), other in r#"[ -~\t\n{":, 0-9éł中]{0,80}"#)| {
        for text in [text, format!("{other}<｜User｜>{other}<｜end▁of▁sentence｜>")] {
            prop_assert_eq!(OPEN[1].encode(&text).unwrap(), tokens(&text));
        }
    });
}

/// The library decodes into text, with U+FFFD for what is none, and takes a space off the
/// beginning of what begins with one in some tokenizers: so each token follows another.
pub(crate) fn every_token_is_what_the_library_decodes(tokenizer: &Tokenizer, json: &Value) {
    let library: tokenizers::Tokenizer = serde_json::from_value(json.clone()).unwrap();
    let tokens = tokenizer.vocabulary().tokens();
    // The last one: the first is a lone byte in some tokenizers, which the library joins to others.
    let first = (0..).zip(tokens).filter(|(_, token)| token.bytes == b"a").map(|(id, _)| id).last().unwrap();
    for (id, token) in (0..).zip(tokens) {
        let Some(name) = library.id_to_token(id) else {
            assert_eq!(token.kind, TokenKind::Control, "token {id} is none of the library's");
            continue;
        };
        match token.kind {
            TokenKind::Text => {
                let decoded = library.decode(&[first, id], false).unwrap();
                assert_eq!(decoded.strip_prefix('a'), Some(&*String::from_utf8_lossy(&token.bytes)), "{id}");
            }
            TokenKind::Control => assert_eq!(token.bytes, name.as_bytes(), "{id}"),
        }
    }
}

/// What `fixtures/tokenizer/ranks.py` recorded.
#[derive(Deserialize)]
struct Record {
    texts: BTreeMap<String, String>,
    tokens: BTreeMap<String, BTreeMap<String, Vec<TokenId>>>,
}

#[test]
fn ranks_cut_as_tiktoken_cuts_by_them() {
    let record = include_str!("../../../../fixtures/tokenizer/ranks-tiktoken.json");
    let record: Record = serde_json::from_str(record).unwrap();
    assert_eq!(record.tokens.len(), 2);
    for (name, expected) in &record.tokens {
        let tokenizer = OPEN.iter().find(|tokenizer| tokenizer.name() == name).unwrap();
        for (label, text) in &record.texts {
            assert_eq!(tokenizer.encode(text).unwrap(), expected[label], "{name}: {label}");
        }
    }
}

/// tiktoken's own rule, spelled out: of all neighbours that together are a token, those of the
/// lowest rank merge, the leftmost first.
fn merged(ranks: &HashMap<&[u8], TokenId>, word: &[u8]) -> Vec<TokenId> {
    let mut ends: Vec<usize> = (0..=word.len()).collect();
    loop {
        let rank = |at: usize| ranks.get(&word[ends[at]..ends[at + 2]]);
        let best = (0..ends.len().saturating_sub(2)).filter_map(|at| Some((rank(at)?, at))).min();
        let Some((_, at)) = best else { break };
        ends.remove(at + 1);
    }
    ends.windows(2).map(|pair| ranks[&word[pair[0]..pair[1]]]).collect()
}

#[test]
fn ranks_as_merges_cut_as_ranks_do() {
    for (known, tokenizer) in all().filter(|(known, _)| known.format != Format::Gguf).skip(1) {
        let tokens = tokenizer.vocabulary().tokens();
        let text = (0..).zip(tokens).filter(|(_, token)| token.kind == TokenKind::Text);
        let ranks: HashMap<&[u8], TokenId> = text.map(|(id, token)| (token.bytes.as_slice(), id)).collect();
        let same = |word: &str| (tokenizer.encode(word).unwrap(), merged(&ranks, word.as_bytes()));
        // Words that no pattern cuts: letters, blanks, dashes, one Chinese sentence.
        for pattern in [
            "[a-z]{1,60}",
            "[ab]{1,60}",
            "(ing|tion|re|un|the|x){1,12}",
            " {1,100}",
            "[-=*]{1,60}",
            "[一-龥]{1,30}",
        ] {
            proptest!(Config::with_cases(200), |(word in pattern)| {
                let (ours, plain) = same(&word);
                prop_assert_eq!(ours, plain, "{}", known.file);
            });
        }
    }
}

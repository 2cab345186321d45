//! Random keys in random places, however written, and what must stay as it is.

use std::time::{Duration, Instant};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gonogo_core::{Frame, Nanos};
use proptest::prelude::*;

use super::{Scope, Secret, Secrets, frames, header, text, url};

const KEY: &str = "sk-canary-0123456789abcdef";

fn holding(key: &str) -> Secrets {
    let mut secrets = Secrets::default();
    Secret::new(key).iter().for_each(|key| secrets.add(key));
    secrets
}

/// What is kept of a body that comes cut at these places.
fn kept(body: &[u8], cuts: &[usize], key: &str, scope: Scope) -> Vec<Frame> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
    cuts.extend([0, body.len()]);
    cuts.sort_unstable();
    let frame = |pair: &[usize]| Frame::new(Nanos(1), body[pair[0]..pair[1]].to_vec());
    frames(cuts.windows(2).map(frame).collect(), &holding(key), scope)
}

fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(Frame::bytes).copied().collect()
}

fn shown(body: &str, key: &str, scope: Scope) -> String {
    String::from_utf8(bytes(&kept(body.as_bytes(), &[], key, scope))).unwrap()
}

#[test]
fn a_key_is_never_shown() {
    let key = Secret::new(KEY).unwrap();
    assert_eq!(
        (format!("{key:?}"), format!("{:?}", holding(KEY))),
        ("[redacted]".into(), "[redacted]".into())
    );
    assert_eq!(text(&format!("a {KEY}, b"), &holding(KEY)), "a [redacted], b");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(header("set-cookie", "a=1", &Secrets::default()), pair("set-cookie", "[redacted]"));
    assert_eq!(header("server", "uvicorn", &Secrets::default()), pair("server", "uvicorn"));
    assert_eq!(header(&format!("x-{KEY}"), "1", &holding(&KEY.to_uppercase())), pair("x-[redacted]", "1"));
    assert!(Secret::new(" \n").is_none());
}

#[test]
fn of_an_answer_only_a_telling_key_of_ours_is_taken() {
    let code = "pk_customer_order_items Bearer YOUR_ACCESS_TOKEN_HERE EMPTY";
    let body = |key: &str, scope| shown(&format!("{code} {key}"), key, scope);
    assert_eq!(body("EMPTY", Scope::Answer), format!("{code} EMPTY"));
    for key in [KEY, "token-abc123", "sk-canary"] {
        assert_eq!(body(key, Scope::Answer), format!("{code} [redacted]"));
    }
    assert_eq!(body("EMPTY", Scope::Beside), "[redacted] [redacted] [redacted] [redacted]");
}

#[test]
fn a_short_key_is_a_word_of_its_own() {
    let said = text("key, keys, \"key\" monkey", &holding("key"));
    assert_eq!(said, "[redacted], keys, \"[redacted]\" monkey");
}

#[test]
fn a_url_is_shown_without_what_may_be_secret() {
    let shown = |text: &str| url(&text.parse().unwrap(), &holding(KEY));
    assert_eq!(shown("https://me:pw@h:1/v1?key=a#b"), "https://h:1/v1?[redacted]");
    assert_eq!(
        shown(&format!("https://h/{KEY}/hf_abcdefghijklmnopqrstuvwx")),
        "https://h/[redacted]/[redacted]"
    );
    assert_eq!(shown(&format!("https://{KEY}.evil/")), "https://[redacted].evil/");
    assert_eq!(shown("http://127.0.0.1:8000"), "http://127.0.0.1:8000/");
}

#[test]
fn what_a_base_url_asks_for_is_secret_unless_it_only_chooses() {
    let of = |url: &str| Secrets::of(None, &url.parse().unwrap());
    let secrets =
        of("https://h/?key=abc&api-version=2024-12-01-preview&n=1&sig=a%2Fb%20c&session=0123456789abcdef");
    let said = "1 2024-12-01-preview abc a/b c a%2fb+c 0123456789abcdef";
    assert_eq!(text(said, &secrets), "1 2024-12-01-preview [redacted] [redacted] [redacted] [redacted]");
}

#[test]
fn a_key_that_was_cut_off_is_taken_where_it_tells() {
    assert_eq!(shown("no: sk-canary-01", KEY, Scope::Answer), "no: [redacted]");
    assert_eq!(shown("it begins with sk-canary", KEY, Scope::Answer), "it begins with sk-canary");
    assert_eq!(shown("sk-canary-01, and more", KEY, Scope::Answer), "sk-canary-01, and more");
}

#[test]
fn a_stream_that_says_a_key_piece_by_piece_says_no_key() {
    let event = |piece: &str| format!("data: {{\"id\":\"c1\",\"delta\":{{\"content\":\"{piece}\"}}}}\n\n");
    let said = [event("It is sk-can"), event(""), event("ary-012345"), event("6789abcdef!")].concat();
    let left = [event("It is [redacted]"), event(""), event(""), event("!")].concat();
    assert_eq!(shown(&said, KEY, Scope::Answer), left);
    let plain = "data: sk-canary-01234\n\ndata: 56789abcdef\n\ndata: [DONE]\n\n";
    assert_eq!(shown(plain, KEY, Scope::Answer), "data: [redacted]\n\ndata: \n\ndata: [DONE]\n\n");
    let cut = [event("sk-canary"), event("-01234").split_at(44).0.to_owned()].concat();
    assert!(!shown(&cut, KEY, Scope::Answer).contains("canary"), "{}", shown(&cut, KEY, Scope::Answer));
}

/// Bytes that make a naive search look at the same place again and again.
#[test]
fn a_hostile_body_takes_its_length() {
    let start = Instant::now();
    let almost = &KEY[..KEY.len() - 1];
    for piece in [KEY, almost, "\\", "%25", "&#", "\"\\", "\n\"", "\"a\":\"s\"\n", "data:\n", "sk-canary-\n"]
    {
        let body = piece.repeat((1 << 17) / piece.len());
        let kept = bytes(&kept(body.as_bytes(), &[], KEY, Scope::Beside));
        assert!(kept.len() <= body.len());
    }
    let chunks = format!("{KEY} ").repeat(5_000).into_bytes();
    let chunks = chunks.into_iter().map(|byte| Frame::new(Nanos(1), vec![byte])).collect();
    assert_eq!(bytes(&frames(chunks, &holding(KEY), Scope::Answer)).len(), 5_000 * "[redacted] ".len());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// Everything a server may write for a key.
fn writings() -> Vec<fn(&str) -> String> {
    let json: fn(&str) -> String = |key| {
        let quoted = serde_json::to_string(key).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    vec![
        str::to_owned,
        json,
        |key| serde_json::to_string(&serde_json::to_string(key).unwrap()).unwrap(),
        |key| key.replace('\\', "\\\\").replace('/', "\\/").replace('"', "\\\""),
        |key| key.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
        |key| key.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect(),
        |key| key.bytes().map(|b| format!("\\x{b:02x}")).collect(),
        |key| key.bytes().map(|b| format!("%{b:02X}")).collect(),
        |key| key.bytes().map(|b| format!("%25{b:02x}")).collect(),
        |key| {
            let url = reqwest::Url::parse_with_params("http://h", [("k", key)]).unwrap();
            url.query().unwrap()[2..].to_owned()
        },
        |key| key.bytes().map(|b| format!("&#{b};")).collect(),
        |key| key.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;"),
        |key| key.bytes().map(|b| format!("{b:02X}")).collect(),
        str::to_ascii_lowercase,
        |key| format!("Basic {}", STANDARD.encode(format!("user:{key}"))),
        |key| format!("Basic {}", STANDARD.encode(format!("{key}:"))),
        |key| URL_SAFE_NO_PAD.encode(format!("u:{key}:p")),
        |key| STANDARD.encode(format!("me:{key}")).replace('/', "\\/").replace('+', "%2B"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_cut_and_no_writing_hides_a_key(
        before in "[a-z é\\\\%&\"{]{0,9}",
        after in "[ \",;}\n][a-z é]{0,9}",
        key in "[a-zA-Z0-9][a-zA-Z0-9+/=_.~!*%&\"\\\\<-]{15,40}",
        written in prop::sample::select(writings()),
        scope in prop::sample::select(vec![Scope::Answer, Scope::Beside]),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let said = written(&key);
        let body = format!("{before} {said}{after}{said}").into_bytes();
        let kept = kept(&body, &cuts, &key, scope);
        prop_assert_eq!(kept.len(), cuts.len() + 1);
        let left = bytes(&kept);
        let left = String::from_utf8_lossy(&left);
        prop_assert!(!left.contains(&said) && !left.contains(&key), "{}", left);
        prop_assert_eq!(left.matches("[redacted]").count(), 2, "{}", left);
        prop_assert!(left.starts_with(&before), "{}", left);
    }

    #[test]
    fn what_holds_no_key_stays_as_it_is(
        body in "([a-zA-Z0-9 \"\\\\%&;:{},.é\n-]|data: |\\\\u00[46][0-9a-f]|%[0-9A-F]{2}){0,200}",
        key in "[a-zA-Z0-9]{16,20}",
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        prop_assert_eq!(bytes(&kept(body.as_bytes(), &cuts, &key, Scope::Answer)), body.into_bytes());
    }
}

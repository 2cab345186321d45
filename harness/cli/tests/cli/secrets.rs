//! The canary: a server repeats the key in every way it can think of, and then every byte that gonogo has
//! written or said is searched for it.

use std::{
    fmt::Write as _,
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::MultiGzDecoder;
use gonogo_core::{Capture, Frame};

use crate::project::{Project, Ran};

const KEY: &str = "sk-canary-7Qx/Wv+Zt9Lk3Rn8Bd5Hy2";
const IN_URL: &str = "canary-of-the-url-4Jp6Gs1Fm";
/// What only the server knows until it says it, in a cookie and in a signed URL: nothing but its place shows
/// that it is a secret.
const OF_THE_SERVER: [&str; 2] = ["kite-lamp-wharf-71", "plum-ridge-stove-36"];
/// A part of a secret that is one already, and how far apart such parts are looked for.
const PART: usize = 12;
const STEP: usize = 3;

/// What the server was sent, and what it said.
#[derive(Default)]
struct Heard {
    got: Vec<String>,
    said: Vec<u8>,
}

/// A server that repeats what it is sent; its URL, and what passed.
fn parrot() -> (String, Arc<Mutex<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Heard::default()));
    let (all, port) = (Arc::clone(&heard), listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let heard = Arc::clone(&all);
            thread::spawn(move || serve(&mut stream.unwrap(), port, &heard));
        }
    });
    (url, heard)
}

fn serve(stream: &mut TcpStream, port: u16, heard: &Mutex<Heard>) {
    let request = read(stream);
    heard.lock().unwrap().got.push(request.clone());
    for piece in answer(&request, port) {
        heard.lock().unwrap().said.extend_from_slice(piece.as_bytes());
        if stream.write_all(piece.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// One request, head and body.
fn read(stream: &mut TcpStream) -> String {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body);
    request.extend(body);
    String::from_utf8_lossy(&request).into_owned()
}

/// Both secrets as people, browsers, proxies and programs write them.
fn writings() -> Vec<String> {
    let mut all = Vec::new();
    for secret in [KEY, IN_URL] {
        let each = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
        all.push(secret.to_owned());
        all.push(secret.to_ascii_lowercase());
        all.push(secret.replace('/', "\\/"));
        all.push(secret.replace('/', "%2F").replace('+', "%2B"));
        all.push(each(|byte| format!("%{byte:02x}")));
        all.push(each(|byte| format!("\\u{byte:04x}")));
        all.push(each(|byte| format!("&#{byte};")));
        all.push(each(|byte| format!("{byte:02x}")));
        all.extend(["", "u:", "me:"].map(|user| STANDARD.encode(format!("{user}{secret}:"))));
    }
    all
}

/// What the path asks for, piece by piece.
fn answer(request: &str, port: u16) -> Vec<String> {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let quoted = serde_json::to_string(request).unwrap();
    let all = writings().join(" , ");
    let whole = |status: &str, more: &str, body: &str| {
        vec![format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{more}\r\n{body}",
            body.len()
        )]
    };
    let [cookie, signed] = OF_THE_SERVER;
    let echo = format!(
        "x-echo: Bearer {KEY}\r\nx-{IN_URL}: {IN_URL}\r\nset-cookie: session={cookie}\r\ncookie: {KEY}\r\n\
         content-location: /answer?signed={signed}\r\n\
         www-authenticate: Bearer error=\"{KEY} is invalid\"\r\nlink: <http://h/?key={IN_URL}>\r\n"
    );
    let error = format!("{{\"error\":{{\"message\":{quoted}}},\"written\":\"{all}\"}}");
    match path.split(['/', '?']).nth(1).unwrap_or_default() {
        "answer" => whole(
            "200 OK",
            &echo,
            &format!(
                "{{\"choices\":[{{\"message\":{{\"content\":{quoted}}},\"finish_reason\":\"stop\"}}],\"echo\":\"{all}\"}}"
            ),
        ),
        "in-band" => whole("200 OK", "", &error),
        "poll" => whole("303 See Other", &format!("location: /html/{KEY}?token={IN_URL}\r\n"), ""),
        "away" => whole(
            "307 Temporary Redirect",
            &format!("location: http://localhost:{port}/error/{KEY}?token={IN_URL}\r\n{echo}"),
            "",
        ),
        "off" => whole(
            "303 See Other",
            &format!("location: http://localhost:{port}/error/?token={IN_URL}\r\n"),
            "",
        ),
        "html" => whole("500 Oops", "content-type: text/html\r\n", &format!("<pre>{request}\n{all}</pre>")),
        "cut" => vec![format!(
            "HTTP/1.1 401 No\r\ncontent-length: 9999\r\n\r\n{{\"error\":\"bad key {}",
            &KEY[..20]
        )],
        "stream" => stream(&all),
        _ => whole("401 Unauthorized", &echo, &error),
    }
}

/// A stream that says both keys a few letters an event, in chunks that are cut anywhere.
fn stream(all: &str) -> Vec<String> {
    let mut said = format!(": {all}\n\n");
    for letters in format!("It is {KEY}, or {IN_URL}.").as_bytes().chunks(3) {
        let letters = String::from_utf8_lossy(letters);
        write!(said, "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{letters}\"}}}}]}}\n\n")
            .unwrap();
    }
    said += "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_owned();
    let chunks = said.as_bytes().chunks(97).map(|chunk| String::from_utf8_lossy(chunk).into_owned());
    std::iter::once(head).chain(chunks).collect()
}

/// One arm for each thing the server does, with the key from the environment or from a descriptor, and in
/// each place that a key can go to.
const ARMS: [(&str, &str, &str); 12] = [
    ("answer", "vllm", "api_key_env = \"CANARY\"\nstream = false"),
    ("in-band", "openai-chat", "api_key_fd = 0\nstream = false"),
    ("stream", "vllm", "api_key_env = \"CANARY\""),
    ("error", "vllm", "api_key_fd = 0"),
    ("error", "anthropic", "api_key_env = \"CANARY\""),
    ("error", "gemini", "api_key_env = \"CANARY\"\napi_key_query = \"key\""),
    ("error", "openai-chat", "api_key_fd = 0\napi_key_header = \"api-key\""),
    ("poll", "vllm", "api_key_env = \"CANARY\""),
    ("away", "vllm", "api_key_env = \"CANARY\""),
    ("off", "vllm", "api_key_env = \"CANARY\""),
    ("html", "custom", "api_key_env = \"CANARY\""),
    ("cut", "vllm", "api_key_env = \"CANARY\""),
];

fn name(at: usize) -> String {
    format!("{}-{}-{at}", ARMS[at].0, ARMS[at].1)
}

fn configure(project: &Project, url: &str) {
    let file = project.path().join("gonogo.toml");
    let mut config = fs::read_to_string(&file).unwrap();
    for (at, (path, dialect, key)) in ARMS.iter().enumerate() {
        write!(
            config,
            "\n[arm.{}]\nkind = \"http\"\nengine = \"none\"\nmodel = \"m\"\ndialect = \"{dialect}\"\n\
             base_url = \"{url}/{path}?token={IN_URL}\"\n{key}\n",
            name(at)
        )
        .unwrap();
    }
    fs::write(file, config).unwrap();
    fs::write(project.path().join("key"), format!("{KEY}\n")).unwrap();
}

/// Runs gonogo as talkative as it can be, with the key in the environment and on descriptor 0.
fn talkative(project: &Project, args: &[&str]) -> Ran {
    let key = fs::File::open(project.path().join("key")).unwrap();
    let mut command = project.command(args);
    command.env("GONOGO_LOG", "trace").env("CANARY", KEY).stdin(Stdio::from(key));
    Ran::from(command.output().unwrap())
}

/// Whether a text holds a secret, or a telling part of one, in any writing.
fn leak(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let parts = |writing: String| {
        let writing = writing.to_ascii_lowercase();
        let parts: Vec<String> =
            (0..=writing.len() - PART).step_by(STEP).map(|at| writing[at..at + PART].to_owned()).collect();
        parts
    };
    // What a writing begins and ends with may be of another text: the padding, a name.
    let of_the_server = OF_THE_SERVER.map(str::to_owned);
    writings().into_iter().flat_map(parts).chain(of_the_server).find(|part| text.contains(part.as_str()))
}

/// Every file below a folder with what it holds; of captures also what an answer says, put together.
fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        found.push((path.clone(), path.to_string_lossy().into_owned()));
        found.push((path.clone(), String::from_utf8_lossy(&bytes).into_owned()));
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut text = String::new();
            MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
            // A recording's lines are no captures; a replay makes captures of them.
            for capture in
                serde_json::Deserializer::from_str(&text).into_iter::<Capture>().map_while(Result::ok)
            {
                let body: Vec<u8> = capture.frames.iter().flat_map(Frame::bytes).copied().collect();
                let answer = gonogo_dialects::dialect(&capture.dialect).unwrap().decode(&capture).text;
                found.extend(
                    [body, answer].map(|bytes| (path.clone(), String::from_utf8_lossy(&bytes).into_owned())),
                );
            }
            found.push((path, text));
        }
    }
}

/// Runs all arms and everything that reads, prints, records or asks again.
fn everything(project: &Project) -> Vec<Ran> {
    let arms: Vec<String> = (0..ARMS.len()).flat_map(|at| ["--arm".to_owned(), name(at)]).collect();
    let mut run = vec![
        "run",
        "smoke",
        "--case",
        "integer-object",
        "--seed",
        "1",
        "--name",
        "canary",
        "--record",
        "rec",
    ];
    run.extend(arms.iter().map(String::as_str));
    let mut said = vec![talkative(project, &run)];
    assert_eq!(said[0].code, 3, "some only fail: {}", said[0].stderr);
    let gate = ["gate", "latest", "--policy", "reports/policies/migration.toml"];
    said.push(talkative(project, &gate));
    for (at, _) in ARMS.iter().enumerate().take(4) {
        said.push(talkative(project, &["probe", &name(at), "--no-keywords"]));
    }
    for args in [
        &["report", "latest"][..],
        &["report", "latest", "--format", "json"],
        &["rejudge", "latest"],
        &["arms"],
        &["fixtures", "check", "rec"],
        &["run", "smoke", "--case", "integer-object", "--replay", "rec", "--name", "again"],
    ] {
        said.push(talkative(project, args));
    }
    said
}

/// Fails the test unless the server got both secrets, wherever they can go, and repeated them in every
/// writing; and if another origin got more than the server itself has told it.
fn both_went_out_and_came_back(heard: &Heard) {
    let got = heard.got.concat();
    for sent in [
        format!("authorization: Bearer {KEY}"),
        format!("x-api-key: {KEY}"),
        format!("\r\napi-key: {KEY}"),
        format!("token={IN_URL}"),
        "key=sk-canary-7Qx%2FWv%2BZt9Lk3Rn8Bd5Hy2".into(),
    ] {
        assert!(got.contains(&sent), "the server was not sent {sent}");
    }
    let away: Vec<&String> =
        heard.got.iter().filter(|request| request.contains("host: localhost:")).collect();
    // The first line is what the server itself has asked for.
    let harmless = |request: &&String| {
        request.starts_with("GET ") && leak(request.split_once("\r\n").unwrap().1).is_none()
    };
    assert!(!away.is_empty() && away.iter().all(harmless), "{away:?}");
    let repeated = String::from_utf8_lossy(&heard.said).into_owned();
    for writing in writings().into_iter().chain(OF_THE_SERVER.map(str::to_owned)) {
        assert!(repeated.contains(&writing) && leak(&writing).is_some(), "{writing} was not repeated");
    }
}

/// All that was written and said.
fn all_texts(project: &Project, said: &[Ran]) -> Vec<(PathBuf, String)> {
    let mut searched = Vec::new();
    for folder in ["results", "reports", "rec"] {
        texts(&project.path().join(folder), &mut searched);
    }
    for (at, ran) in said.iter().enumerate() {
        searched.push((format!("stdout {at}").into(), ran.stdout.clone()));
        searched.push((format!("stderr {at}").into(), ran.stderr.clone()));
    }
    searched
}

/// Fails the test if a text holds a secret, and shows where.
fn holds_none(searched: &[(PathBuf, String)]) {
    for (place, text) in searched {
        let leaked = leak(text);
        let around = leaked.as_ref().and_then(|part| text.to_ascii_lowercase().find(part.as_str()));
        let shown = around.map(|at| {
            String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(300)..(at + 100).min(text.len())])
                .into_owned()
        });
        assert!(leaked.is_none(), "{} holds {leaked:?}: {shown:?}", place.display());
    }
}

#[test]
fn the_canary_is_nowhere() {
    let (project, (url, heard)) = (Project::new(), parrot());
    configure(&project, &url);
    let said = everything(&project);
    both_went_out_and_came_back(&heard.lock().unwrap());
    let searched = all_texts(&project, &said);
    holds_none(&searched);
    let recordings = searched.iter().filter(|(path, _)| path.to_string_lossy().contains("/rec/")).count();
    assert!(recordings >= ARMS.len(), "{recordings} files of recordings were searched");
    let everything: String = searched.iter().map(|(_, text)| text.as_str()).collect();
    for there in ["[redacted]", "TRACE", "asking", "x-echo", "It is [redacted], or [redacted]."] {
        assert!(everything.contains(there), "{there} was not searched");
    }
}

#[test]
fn a_key_that_cannot_be_had_says_why() {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let shipped = fs::read_to_string(&file).unwrap();
    let arm = "\n[arm.live]\nkind = \"http\"\nengine = \"none\"\ndialect = \"vllm\"\nbase_url = \"http://127.0.0.1:9\"\n";
    for (keys, says) in [
        ("api_key_env = \"NOT_THERE\"", "no key in $NOT_THERE"),
        ("api_key_fd = 0", "file descriptor 0: its first line is empty"),
        ("api_key_fd = 77", "file descriptor 77: No such file"),
        ("api_key_fd = 2", "`api_key_fd` is what gonogo writes to"),
        ("api_key_fd = 0\napi_key_env = \"A\"", "`api_key_env` and `api_key_fd` exclude each other"),
        ("ca_file = \"nope.pem\"", "cannot read its ca_file"),
        ("ca_file = \"gonogo.toml\"", "holds no certificate"),
        ("api_key = \"sk-canary-0123456789abcdef\"", "unknown field `api_key`"),
        (
            "settings = { note = \"sk-canary-0123456789abcdef\" }",
            "`settings.note` holds what looks like a secret",
        ),
    ] {
        fs::write(&file, format!("{shipped}{arm}{keys}\n")).unwrap();
        let said = project.expect(2, &["run", "smoke", "--arm", "live"]).stderr;
        let line = said.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
        assert!(line.contains(says), "{keys}: {said}");
        assert!(!said.contains("canary"), "{keys}: {said}");
    }
}

#[test]
fn what_was_not_verified_is_shouted_and_decides_nothing() {
    let (project, (url, _)) = (Project::new(), parrot());
    configure(&project, &url);
    let arm = name(0);
    let run =
        ["run", "smoke", "--case", "integer-object", "--arm", &arm, "--no-canary", "--insecure", "--quiet"];
    let said = talkative(&project, &run).stderr;
    assert!(said.contains(&format!("INSECURE: no certificate of `{arm}` was checked")), "{said}");
    let report = project.expect(0, &["report", "latest", "-o", "-"]).stdout;
    assert!(report.contains("INSECURE") && report.contains("NOT VERIFIED"), "{report}");
    let gate = ["gate", "latest", "--policy", "reports/policies/migration.toml", "--arm", &arm];
    let verdict = project.expect(3, &gate).stdout;
    assert!(verdict.contains("no certificate was checked"), "{verdict}");
}

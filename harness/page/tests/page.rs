//! The page of a made-up run: what it holds, what it must not let through, and how it works in a browser.
#![allow(clippy::unwrap_used, reason = "a page that cannot be made fails the test")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use gonogo_core::{
    ArmReceipt, Attempt, AttemptKey, Capture, Constraint, ContentHash, Detail, End, Enforcement, FORMAT,
    Frame, Kind, Machine, Message, Nanos, Outcome, Provenance, Receipt, Request, Revision, Role, RunStatus,
    Sampling, SuiteReceipt, Timings, Tokens,
};
use gonogo_page::{Page, Shown, page};
use gonogo_report::Report;

/// What a model could write to get into the page.
const HOSTILE: &str = "{\"a\": \"</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\", \"b\": [1, \"two\"]}";

fn arm(name: &str) -> ArmReceipt {
    ArmReceipt {
        name: name.into(),
        kind: "local".into(),
        engine: name.into(),
        engine_evidence: None,
        provenance: Provenance::Local,
        enforcement: Enforcement::Proven,
        canary: None,
        load: None,
        warm_up: vec![],
        facts: BTreeMap::new(),
        retry: None,
        breaker: None,
        price: None,
    }
}

fn receipt() -> Receipt {
    Receipt {
        format: FORMAT,
        run: "20261121T060000Z-<b>demo</b>".into(),
        status: RunStatus::Complete,
        started: "2026-11-21T06:00:00.000Z".into(),
        finished: None,
        command: vec!["gonogo".into()],
        gonogo: Revision {
            version: "0.1.0".into(),
            built_from: None,
            sha256: None,
            commit: None,
            dirty: None,
            profile: "release".into(),
        },
        machine: Machine { os: "Linux".into(), cpu: "CPU".into(), cores: 2, memory_bytes: 1, clock_ns: 25 },
        seed: 7,
        concurrency: 1,
        pace: None,
        max_tokens: 400,
        max_tokens_least: None,
        temperature: 0.0,
        temperature_least: None,
        resumed: vec![],
        load: None,
        planned: 6,
        plan: None,
        shard: None,
        parts: vec![],
        suites: vec![SuiteReceipt {
            name: "rust".into(),
            hash: ContentHash::of(b"s"),
            cases: 3,
            of_cases: None,
        }],
        arms: vec![arm("llguidance"), arm("xgrammar")],
        caveats: vec![],
    }
}

fn attempt(index: u32, arm: &str, kind: Kind) -> Attempt {
    let detail = if kind == Kind::WrongType {
        Detail {
            message: "`two` is no number".into(),
            pointer: Some("/b/1".into()),
            keyword: Some("type".into()),
            ..Detail::default()
        }
    } else {
        Detail::default()
    };
    Attempt {
        index,
        key: AttemptKey {
            suite: "rust".into(),
            case: format!("case-{}", index / 2),
            step: "answer".into(),
            rung: None,
            arm: arm.into(),
            repeat: 0,
        },
        r#try: 0,
        then: None,
        late: None,
        before: None,
        asked_before: None,
        language: Some(if index < 2 { "go" } else { "rust" }.into()),
        provenance: Provenance::Local,
        started: String::new(),
        seed: 1,
        outcome: Outcome::new(kind, Enforcement::Proven, detail),
        finish_reason: Some("stop".into()),
        timings: Timings {
            total: Nanos(1_500_000_000),
            ttft: Some(Nanos(200_000_000)),
            ..Timings::default()
        },
        tokens: Tokens { prompt: Some(3), completion: Some(9) },
        answer_bytes: 1,
        capture: ContentHash::of(index.to_string().as_bytes()),
    }
}

fn capture() -> Capture {
    Capture {
        format: FORMAT,
        dialect: "gonogo-worker/1".into(),
        request: Request {
            messages: vec![Message { role: Role::User, content: "Write </script> & <b>code</b>.".into() }],
            constraint: Some(Constraint::JsonSchema(r#"{"type":"object"}"#.into())),
            sampling: Sampling { max_tokens: 400, temperature: 0.0, seed: 1 },
        },
        status: None,
        headers: vec![],
        frames: vec![
            Frame::new(Nanos(150_000_000), b"x".to_vec()),
            Frame::new(Nanos(1_400_000_000), b"y".to_vec()),
        ],
        end: End::Complete,
        elapsed: Nanos(1_500_000_000),
        phases: None,
        load: None,
        stderr: String::new(),
    }
}

fn document() -> String {
    let receipt = receipt();
    let rows: Vec<Attempt> = (0..6)
        .map(|index| {
            let arm = if index % 2 == 0 { "llguidance" } else { "xgrammar" };
            attempt(index, arm, if index == 3 { Kind::WrongType } else { Kind::Passed })
        })
        .collect();
    let report = Report::new(&receipt, &rows);
    let capture = capture();
    let shown: Vec<Shown<'_>> = rows
        .iter()
        .map(|attempt| Shown { attempt, capture: Some(&capture), answer: Some(HOSTILE) })
        .collect();
    let command = "gonogo report demo --format html";
    page(&Page { report: &report, gate: None, attempts: &shown, left_out: 0, command }).unwrap()
}

#[test]
fn the_page_is_one_file_that_fetches_nothing() {
    let document = document();
    for outside in ["src=\"http", "href=\"http", "@import", "url(", "<link", "<iframe"] {
        assert!(!document.contains(outside), "{outside}");
    }
    assert!(document.contains("default-src 'none'"));
    assert!(document.contains("<svg") && !document.contains("{{"));
}

#[test]
fn what_a_model_wrote_or_a_run_was_called_is_never_part_of_the_page() {
    let document = document();
    // Two scripts are the page's own: its data and its code.
    assert_eq!(document.matches("<script").count(), 2);
    assert_eq!(document.matches("</script>").count(), 2);
    assert!(!document.contains("<img") && !document.contains("<b>"));
    assert!(document.contains(r"\u003c/script>\u003cscript>document.title"));
}

#[test]
fn prompts_and_schemas_that_repeat_are_held_once() {
    assert_eq!(document().matches("Write \\u003c/script>").count(), 1);
}

/// The page with `script` behind its own, as the browser leaves it.
fn in_browser(browser: &Path, name: &str, fragment: &str, script: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{name}.html"));
    let tail = format!("<script>{script}</script></body>");
    std::fs::write(&file, document().replace("</body>", &tail)).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join(format!("{name}-profile")).display()))
        .arg(format!("file://{}{fragment}", file.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn browser() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.is_file()).expect("a Chromium, or CHROMIUM naming one")
}

#[test]
#[ignore = "takes a Chromium; `cargo xtask ci` runs it where there is one"]
fn a_reader_filters_sorts_and_opens_an_attempt() {
    let browser = browser();
    let dom = in_browser(&browser, "as-it-opens", "", "");
    assert!(dom.contains("6 of 6 rows, 5 passed"), "{dom}");
    assert!(!dom.contains("owned</title>"));

    let choose = "const arm = document.querySelector('select[name=arm]'); arm.value = 'xgrammar'; \
                  arm.dispatchEvent(new Event('change'));";
    let dom = in_browser(&browser, "filtered", "", choose);
    assert!(dom.contains("3 of 6 rows, 2 passed"));

    let search = "const text = document.querySelector('input[name=text]'); text.value = 'NO NUMBER'; \
                  text.dispatchEvent(new Event('input')); document.querySelector('#list button.open').click();";
    let dom = in_browser(&browser, "opened", "", search);
    assert!(dom.contains("1 of 6 rows, 0 passed"));
    assert!(dom.contains("<dialog id=\"detail\" aria-labelledby=\"detail-title\" open=\"\">"));
    assert!(dom.contains("<mark>\"two\"</mark>"));
    assert!(dom.contains("Write &lt;/script&gt; &amp; &lt;b&gt;code&lt;/b&gt;."));

    let sort = "const total = [...document.querySelectorAll('#list th button')].find((b) => b.textContent === 'outcome'); \
                total.click(); document.title = document.querySelector('#list thead th[aria-sort=ascending] button').textContent \
                + document.querySelector('#list tbody td:nth-child(4)').textContent;";
    let dom = in_browser(&browser, "sorted", "", sort);
    assert!(dom.contains("<title>outcome ↑passed</title>"));
}

#[test]
#[ignore = "takes a Chromium; `cargo xtask ci` runs it where there is one"]
fn an_address_with_an_attempt_opens_it() {
    let dom = in_browser(&browser(), "addressed", "#attempt-3-0", "");
    assert!(dom.contains("open=\"\"") && dom.contains("<mark>\"two\"</mark>"));
}

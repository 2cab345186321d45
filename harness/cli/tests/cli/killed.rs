//! A run that is killed while requests are under way leaves behind what it had asked, and says so when it goes on:
//! those requests may have to be paid for.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Stdio,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::project::{Project, rows};

/// Requests that are answered before the server falls silent.
const ANSWERED: u32 = 3;
/// Requests under way at a time.
const AT_ONCE: u32 = 4;
const PLANNED: usize = 12;

/// A server that answers some requests and then none until it is told to.
#[derive(Default)]
struct Silent {
    asked: AtomicU32,
    awake: AtomicU32,
    /// Requests it keeps waiting.
    held: Mutex<u32>,
    changed: Condvar,
}

impl Silent {
    fn serve(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::clone(self);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&server);
                thread::spawn(move || server.answer(stream));
            }
        });
        url
    }

    fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let lower = head.to_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let asks = head.starts_with("POST");
        if asks
            && self.asked.fetch_add(1, Ordering::SeqCst) >= ANSWERED
            && self.awake.load(Ordering::SeqCst) == 0
        {
            *self.held.lock().unwrap() += 1;
            self.changed.notify_all();
            // Whoever asked dies, and the connection with him.
            let _ = reader.read(&mut [0]);
            return None;
        }
        let body = r#"{"choices":[{"index":0,"message":{"content":"hello"},"finish_reason":"stop"}]}"#;
        let (status, body) = if asks { (200, body) } else { (404, "{}") };
        let head = "content-type: application/json\r\nconnection: close";
        write!(stream, "HTTP/1.1 {status} X\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok()
    }

    /// Returns once it keeps as many requests waiting as may be under way.
    fn wait_until_full(&self) {
        let held = self.held.lock().unwrap();
        let limit = Duration::from_secs(60);
        let (held, waited) = self.changed.wait_timeout_while(held, limit, |held| *held < AT_ONCE).unwrap();
        assert!(!waited.timed_out(), "only {held} requests are under way");
    }
}

fn project(url: &str) -> Project {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    let arm = "\n[arm.paid]\nkind = \"http\"\ndialect = \"openai-chat\"\nengine = \"none\"\nmodel = \"m\"\nstream = false\n";
    let price = "price = { per_request = 0.5 }\n";
    fs::write(&file, format!("{config}{arm}base_url = \"{url}\"\n{price}")).unwrap();
    project
}

#[test]
fn requests_that_a_killed_run_had_sent_are_counted_when_they_are_sent_again() {
    let server = Arc::new(Silent::default());
    let project = project(&server.serve());
    let at_once = AT_ONCE.to_string();
    let run = [
        "run",
        "smoke",
        "--arm",
        "paid",
        "--no-canary",
        "--seed",
        "7",
        "--repeat",
        "2",
        "--concurrency",
        &at_once,
    ];
    let mut child = project.command(&run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    server.wait_until_full();
    // SIGKILL: nothing can be put in order any more.
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = project.only_run();
    let before = rows(&folder);
    let lost = server.asked.load(Ordering::SeqCst) as usize - before.len();
    assert!(lost >= AT_ONCE as usize, "{lost} of the requests have no row");

    server.awake.store(1, Ordering::SeqCst);
    let resumed = project.expect(0, &["run", "--resume", "latest"]);
    let said = format!("{lost} attempts asked before, and what came of it was lost");
    assert!(resumed.stderr.contains(&said), "{said} is not in\n{}", resumed.stderr);
    let after = rows(&folder);
    assert_eq!((&after[..before.len()], after.len()), (&before[..], PLANNED));
    let again: u64 = after.iter().filter_map(|row| row["asked_before"].as_u64()).sum();
    assert_eq!(again as usize, lost);
    assert_eq!(
        after.len() + lost,
        server.asked.load(Ordering::SeqCst) as usize,
        "the server counts as the rows do"
    );

    let receipt: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    assert_eq!(receipt["resumed"][0]["asked_before"].as_u64(), Some(lost as u64));
    let report: Value =
        serde_json::from_str(&project.expect(0, &["report", "latest", "--format", "json"]).stdout).unwrap();
    assert!(
        report["caveats"].to_string().contains(&format!("{lost} requests had asked `paid` before in vain"))
    );
    let cost = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "cost").unwrap();
    assert_eq!(cost["rows"][0]["cells"][2]["value"].as_f64(), Some(0.5 * (PLANNED + lost) as f64));
    // Judged again, the rows still say it.
    let judged = project.expect(0, &["rejudge", "latest"]);
    assert!(judged.stdout.starts_with("0 of "), "{}", judged.stdout);
}

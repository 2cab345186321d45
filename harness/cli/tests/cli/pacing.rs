//! Retries, an open loop and prices, from the configuration to the report, with the sim at the other end.

use std::fs;

use serde_json::Value;

use crate::{
    project::{Project, rows},
    sim::Serving,
};

/// An arm that is refused for load half of the time.
fn arm(url: &str, keys: &str) -> String {
    let url = format!("{url}/mix=plain:1,overloaded:1,delay-ms:20");
    format!(
        "\n[arm.busy]\nkind = \"sim\"\ndialect = \"openai-chat\"\nengine = \"none\"\nbase_url = \"{url}\"\n{keys}\n"
    )
}

fn project(sim: &Serving, keys: &str) -> Project {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, config + &arm(&sim.url, keys)).unwrap();
    project
}

#[test]
fn retries_are_rows_costs_are_counted_and_the_schedule_is_kept() {
    let sim = Serving::new(&Project::new());
    let keys = "retry = { tries = 5, base_s = 0.001 }\nprice = { per_request = 0.5, currency = \"EUR\" }";
    let project = project(&sim, keys);
    let args = ["run", "smoke", "--arm", "busy", "--no-canary", "--seed", "3", "--repeat", "4"];
    project.expect(0, &[&args[..], &["--rate", "200", "--arrivals", "poisson"]].concat());
    let rows = rows(&project.only_run());
    let retried = rows.iter().filter(|row| row["then"] == "retry").count();
    assert!(retried > 0, "nothing was refused: the test shows nothing");
    assert_eq!(rows.len(), 24 + retried);
    for row in &rows {
        assert_eq!(row["late"].is_u64(), row["try"] == 0, "{row}");
    }
    let report = project.expect(0, &["report", "latest", "--format", "json"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["rows"], 24);
    assert_eq!(report["receipt"]["pace"]["arrivals"], "poisson");
    assert!(report["receipt"]["concurrency"].as_u64() > Some(24), "an open loop has room");
    let table = |id: &str| {
        let found = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == id);
        found.unwrap()["rows"][0]["cells"].clone()
    };
    assert_eq!(table("tries")[2]["value"].as_f64(), Some(retried as f64));
    assert_eq!(table("cost")[0]["text"], "EUR");
    assert_eq!(table("cost")[2]["value"].as_f64(), Some(0.5 * rows.len() as f64));
    sim.end();
}

#[test]
fn the_flag_goes_before_the_arm_and_without_either_nothing_is_retried() {
    let sim = Serving::new(&Project::new());
    let args = ["run", "smoke", "--arm", "busy", "--no-canary", "--seed", "3", "--repeat", "2"];
    let once = project(&sim, "retry = { tries = 5 }");
    once.expect(0, &[&args[..], &["--tries", "1"]].concat());
    assert_eq!(rows(&once.only_run()).len(), 12);
    let never = project(&sim, "");
    never.expect(0, &args);
    assert!(rows(&never.only_run()).iter().all(|row| row.get("then").is_none()));
    sim.end();
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_asked() {
    let project = Project::new();
    let said = |args: &[&str]| project.expect(2, &[&["run", "smoke"][..], args].concat()).stderr;
    assert!(said(&["--rate", "0"]).contains("rate 0 is not a number of attempts a second"));
    assert!(said(&["--arrivals", "poisson"]).contains("give a rate with --rate"));
    let file = project.path().join("gonogo.toml");
    let config = fs::read_to_string(&file).unwrap();
    for (keys, problem) in [
        ("retry = { on = [\"rate-limit\"] }", "knows no outcome `rate-limit`"),
        ("breaker = { cool_down_s = -1 }", "`breaker.cool_down_s` is no number of seconds"),
        ("price = { per_hour = -1.0 }", "`price.per_hour` is no number from 0 up"),
    ] {
        fs::write(&file, format!("{config}{}", arm("http://127.0.0.1:1", keys))).unwrap();
        let stderr = said(&["--arm", "busy"]);
        assert!(stderr.contains(problem), "{keys}: {stderr}");
    }
}

//! `gonogo whatif`: other strategies on the answers of a run.

use std::fs;

use serde_json::Value;

use crate::project::Project;

#[test]
fn strategies_are_followed_through_a_run_and_a_slip_is_pointed_at() {
    let project = Project::new();
    project.expect(0, &["run", "typescript", "--arm", "lift-2025-10-23"]);
    let file = |name: &str, text: &str| fs::write(project.path().join(name), text).unwrap();
    file(
        "twice.toml",
        "[[strategy]]\nname = \"once\"\nask = [{ arm = \"lift-2025-10-23\" }]\n\n\
         [[strategy]]\nname = \"twice\"\nask = [{ arm = \"lift-2025-10-23\", times = 2 }]\n",
    );
    let said = project.expect(0, &["whatif", "latest", "--strategies", "twice.toml"]).stdout;
    assert!(said.contains("Replayed and simulated rows say nothing of what a backend does today"), "{said}");
    assert!(said.contains("no further answer of the arm was recorded"), "{said}");
    let json = project.expect(0, &["whatif", "latest", "--policy", "twice.toml", "--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let row = |at: usize| json["tables"][0]["rows"][at]["cells"].clone();
    let (once, twice) = (row(0), row(1));
    assert_eq!(once[0]["n"], json["attempts"], "every attempt was made once: {json}");
    let followed = twice[2]["value"].as_f64().unwrap() + twice[3]["value"].as_f64().unwrap();
    let open = twice[4]["value"].as_f64().unwrap();
    assert_eq!(followed + open, json["attempts"].as_f64().unwrap(), "{json}");
    project.expect(0, &["whatif", "latest", "--strategies", "twice.toml", "-o", "whatif.md"]);
    assert!(fs::read_to_string(project.path().join("whatif.md")).unwrap().starts_with("# What if: "));

    file("slip.toml", "[[strategy]]\nname = \"once\"\nask = [{ arm = \"lift-2025-10-24\" }]\n");
    let refused = project.expect(2, &["whatif", "latest", "--strategies", "slip.toml"]).stderr;
    assert!(
        refused.contains("has no arm `lift-2025-10-24`") && refused.contains("lift-2025-10-23"),
        "{refused}"
    );
    file(
        "word.toml",
        "[[strategy]]\nname = \"once\"\nask = [{ arm = \"lift-2025-10-23\", on = [\"timeouts\"] }]\n",
    );
    let refused = project.expect(2, &["whatif", "latest", "--strategies", "word.toml"]).stderr;
    assert!(refused.contains("no family is called `timeouts`") && refused.contains("`timeout`"), "{refused}");
}

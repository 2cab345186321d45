//! What a person at the terminal sees: help, look-ups, and every kind of bad input.

use std::fs;

use crate::project::Project;

/// Everything a command printed, with its exit code, as one text.
fn shown(project: &Project, args: &[&str]) -> String {
    let ran = project.run(args);
    let folder = project.path().canonicalize().unwrap();
    let text = format!(
        "$ gonogo {}\nexit {}\n--- stdout\n{}--- stderr\n{}",
        args.join(" "),
        ran.code,
        ran.stdout,
        ran.stderr
    );
    text.replace(&*folder.to_string_lossy(), "PROJECT").replace(&*project.path().to_string_lossy(), "PROJECT")
}

#[test]
fn help_of_every_command() {
    let project = Project::new();
    let mut text = shown(&project, &["--help"]);
    for command in [
        "run",
        "report",
        "gate",
        "masks",
        "masks report",
        "masks shrink",
        "masks check",
        "rejudge",
        "suites check",
        "arms",
        "probe",
        "explain",
        "fixtures check",
        "serve",
        "sim",
        "setup",
    ] {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push("--help");
        text += &shown(&project, &args);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn look_ups() {
    let project = Project::new();
    insta::assert_snapshot!("arms", shown(&project, &["arms"]));
    insta::assert_snapshot!("explain_kind", shown(&project, &["explain", "unwrapped"]));
    insta::assert_snapshot!(
        "explain_family",
        shown(&project, &["explain", "engine-failure", "--format", "json"])
    );
    insta::assert_snapshot!("sim_list", shown(&project, &["sim", "--list"]));
    insta::assert_snapshot!("suites_list", shown(&project, &["suites", "list"]));
}

#[test]
fn unknown_names_are_errors_that_list_the_near_ones() {
    let project = Project::new();
    let mut text = String::new();
    for args in [
        &["run", "smoke", "--arm", "local-xgramar"][..],
        &["run", "suites/typscript"],
        &["run", "typescript", "--case", "simple-adition"],
        &["run", "typescript", "--rung", "bonded"],
        &["run", "smoke", "--repeat", "0"],
        &["run", "smoke", "--temperature", "-1"],
        &["run", "smoke", "--arm", "local-none", "--arm", "local-none"],
        &["report", "nightly"],
        &["gate", "latest", "--policy", "reports/policies/none.toml"],
        &["explain", "missing-kee"],
        &["reprot"],
    ] {
        text += &shown(&project, args);
        assert_eq!(project.run(args).code, 2, "{args:?}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_bad_configuration_is_underlined() {
    let mut text = String::new();
    for (find, replace) in [
        ("[local]", "[lokal]"),
        ("engine = \"llguidance\"", "engin = \"llguidance\""),
        ("kind = \"replay\"", "kind = \"reply\""),
        ("max_tokens = 512", "max_tokens = 'many'"),
        ("whitespace = \"fixed\"", "whitespace = \"fxed\""),
        ("repeat = 1", "repeat = "),
    ] {
        let project = Project::new();
        let file = project.path().join("gonogo.toml");
        let config = fs::read_to_string(&file).unwrap();
        assert!(config.contains(find), "{find}");
        fs::write(&file, config.replacen(find, replace, 1)).unwrap();
        text += &shown(&project, &["arms"]);
        assert_eq!(project.run(&["arms"]).code, 2);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn missing_parts_name_the_command_that_installs_them() {
    let project = Project::new();
    let empty = project.path().join("empty");
    let ran = project
        .command(&["run", "smoke", "--arm", "local-none"])
        .env("GONOGO_HOME", &empty)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert!(stderr.contains("gonogo setup"), "{stderr}");
    assert!(!project.path().join("results").exists(), "nothing is written for a run that cannot start");
}

#[test]
fn a_known_bad_answer_turned_good_makes_the_check_fail() {
    let project = Project::new();
    let check = ["suites", "check", "smoke", "--no-engines"];
    project.expect(0, &check);
    let file = project.own_suites().join("smoke/suite.toml");
    let suite = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<String> = suite.lines().map(str::to_owned).collect();
    // The first good text of a case replaces the first bad one.
    let text_after = |lines: &[String], header: &str| {
        let start = lines.iter().position(|line| line == header).unwrap();
        start + lines[start..].iter().position(|line| line.starts_with("text = ")).unwrap()
    };
    let (good, bad) = (text_after(&lines, "[[case.good]]"), text_after(&lines, "[[case.bad]]"));
    lines[bad] = lines[good].clone();
    fs::write(&file, lines.join("\n")).unwrap();
    let ran = project.expect(1, &check);
    assert!(ran.stdout.contains("error: smoke, case "), "{}", ran.stdout);
}

#[test]
fn the_founding_case_replays_to_its_numbers_and_is_never_go() {
    let project = Project::new();
    project.expect(
        0,
        &["run", "--arm", "lift-2025-10-23", "--rung", "faithful", "--seed", "1", "--name", "lift"],
    );
    let report = project.expect(0, &["report", "latest", "-o", "-"]).stdout;
    for figure in ["1/21 = 4.8 %", "0.85–22.7", "33.3 %", "61.9 %", "replay"] {
        assert!(report.contains(figure), "{figure} is not in\n{report}");
    }
    let policy = "reports/policies/migration.toml";
    let gate = ["gate", "latest", "--policy", policy, "--arm", "lift-2025-10-23"];
    let honest = project.expect(3, &gate).stdout;
    assert!(honest.contains("21 rows are no evidence") && !honest.contains("today's judge"), "{honest}");

    std::fs::remove_dir_all(project.only_run().join("captures")).unwrap();
    let lost = project.expect(3, &gate).stdout;
    assert!(lost.contains("21 rows have no stored capture"), "{lost}");
}

/// Changes a file of the only run, asks for the verdict on every arm, and puts the file back.
fn gate_on_altered(project: &Project, name: &str, alter: impl Fn(&str) -> String) -> String {
    let file = project.only_run().join(name);
    let before = fs::read_to_string(&file).unwrap();
    let after = alter(&before);
    assert_ne!(before, after, "{name} has nothing to alter");
    fs::write(&file, after).unwrap();
    let said = project.expect(3, &["gate", "latest", "--policy", "reports/policies/migration.toml"]).stdout;
    fs::write(&file, before).unwrap();
    said
}

#[test]
fn whoever_alters_a_row_or_what_it_belongs_to_is_found_out() {
    let project = Project::new();
    let arm = ["run", "typescript", "--arm", "lift-2025-10-23", "--rung", "faithful", "--seed", "1"];
    project.expect(0, &arm);
    let rows = crate::project::rows(&project.only_run());
    let failed = rows.iter().position(|row| row["outcome"]["kind"] != "passed").unwrap();
    let other = rows[usize::from(failed == 0)]["capture"].clone();
    let (changed, foreign) =
        ("1 row has an outcome, a time or a token count", "1 row has no place in this run");
    for (pointer, value, says) in [
        ("/outcome/kind", "passed".into(), changed),
        ("/outcome/family", "passed".into(), changed),
        ("/outcome/domain", "nobody".into(), changed),
        ("/timings/total", 1.into(), changed),
        ("/timings/ttft", 1.into(), changed),
        ("/tokens/completion", 1.into(), changed),
        ("/provenance", "local".into(), foreign),
        ("/case", "nobody".into(), foreign),
        ("/repeat", 9.into(), foreign),
        ("/arm", "local-none".into(), foreign),
        ("/capture", other, foreign),
    ] {
        let said = gate_on_altered(&project, "attempts.jsonl", |journal| {
            let mut row = rows[failed].clone();
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            row.pointer_mut(parent).unwrap()[field] = value.clone();
            let mut lines: Vec<String> = journal.lines().map(str::to_owned).collect();
            lines[failed] = row.to_string();
            lines.join("\n") + "\n"
        });
        assert!(said.contains(says), "{pointer}: {said}");
        assert_eq!(said.contains("the run's receipt does not list this arm"), pointer == "/arm", "{said}");
    }
    let added = gate_on_altered(&project, "attempts.jsonl", |journal| {
        let mut row = rows[0].clone();
        row["case"] = "nobody".into();
        format!("{journal}{row}\n")
    });
    assert!(added.contains(foreign) && added.contains("first tries for"), "{added}");
    let all = format!("{} rows have no place in this run", rows.len());
    let said = gate_on_altered(&project, "run.json", |receipt| {
        let mut receipt: serde_json::Value = serde_json::from_str(receipt).unwrap();
        receipt["arms"] = serde_json::json!([]);
        receipt.to_string()
    });
    assert!(said.contains(&all) && said.contains("the run's receipt does not list this arm"), "{said}");
    // The captures answer what was planned, and so not what the plan says now.
    let spoils: [fn(&mut serde_json::Value); 2] = [
        |suite| suite["system"] = "Be brief.".into(),
        |suite| {
            let cases = suite["cases"].as_array_mut().unwrap();
            cases.iter_mut().for_each(|case| case["max_tokens"] = 1.into());
        },
    ];
    for spoil in spoils {
        let said = gate_on_altered(&project, "plan.json", |plan| {
            let mut plan: serde_json::Value = serde_json::from_str(plan).unwrap();
            spoil(&mut plan["suites"][0]);
            plan.to_string()
        });
        assert!(said.contains(&all), "{said}");
    }
}

#[test]
fn what_is_relabelled_says_itself_what_it_is() {
    let project = Project::new();
    project
        .expect(0, &["run", "typescript", "--arm", "lift-2025-10-23", "--rung", "faithful", "--seed", "1"]);
    let rows = crate::project::rows(&project.only_run()).len();
    let said = gate_on_altered(&project, "run.json", |receipt| {
        let mut receipt: serde_json::Value = serde_json::from_str(receipt).unwrap();
        receipt["arms"][0]["provenance"] = "live".into();
        receipt.to_string()
    });
    assert!(
        !said.contains("no place in this run") && said.contains(&format!("{rows} rows are no evidence")),
        "{said}"
    );
    let relabelled = |text: &str| text.replace("\"provenance\":\"replay\"", "\"provenance\":\"live\"");
    let said = {
        let file = project.only_run().join("run.json");
        let before = fs::read_to_string(&file).unwrap();
        let compact: serde_json::Value = serde_json::from_str(&before).unwrap();
        fs::write(&file, relabelled(&compact.to_string())).unwrap();
        let said = gate_on_altered(&project, "attempts.jsonl", relabelled);
        fs::write(&file, before).unwrap();
        said
    };
    assert!(said.contains(&format!("{rows} rows have no place in this run")), "{said}");
}

#[test]
fn arms_are_compared_with_one_baseline_and_their_pictures_lie_beside_the_text() {
    let project = Project::new();
    let file = project.path().join("gonogo.toml");
    let twin = |name: &str| {
        format!(
            "\n[arm.{name}]\nkind = \"replay\"\ncassette = \"fixtures/cassettes/lift-2025-10-23.jsonl\"\n"
        )
    };
    fs::write(&file, fs::read_to_string(&file).unwrap() + &twin("twin") + &twin("third")).unwrap();
    let arms = ["--arm", "lift-2025-10-23", "--arm", "twin", "--arm", "third"];
    project.expect(0, &[&["run", "typescript", "--rung", "faithful", "--seed", "1"], &arms[..]].concat());
    let compare = ["compare", "latest", "--baseline", "lift-2025-10-23"];
    // Without a candidate every other arm is one.
    let all = project.expect(0, &compare).stdout;
    assert!(all.starts_with("# 2 arms against ") && all.contains("p (Holm)"), "{all}");
    assert!(!all.contains(".svg"), "nothing lies beside stdout: {all}");
    let json = project.expect(0, &[&compare[..], &["--format", "json"]].concat()).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json["comparisons"].as_array().unwrap().len(), json["holm"].as_array().unwrap().len()),
        (2, 2)
    );

    let written = |args: &[&str], document: &str| {
        project.expect(0, &[args, &["-o", document]].concat());
        let text = fs::read_to_string(project.path().join(document)).unwrap();
        let folder = project.path().join(document).parent().unwrap().to_owned();
        let links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        let pictures: Vec<&str> = links.into_iter().filter(|link| link.ends_with(".svg")).collect();
        assert!(!pictures.is_empty(), "{text}");
        for picture in pictures {
            assert!(folder.join(picture).is_file(), "{picture} is not there");
        }
    };
    written(&compare, "of-all/night.md");
    written(&[&compare[..], &["--candidate", "twin"]].concat(), "of-one/night.md");
    written(&["trend", "results"], "trend.md");
    let unknown = project.expect(2, &[&compare[..], &["--candidate", "tw"]].concat()).stderr;
    assert!(unknown.contains("has no arm `tw`"), "{unknown}");
}

#[test]
fn a_probe_that_a_policy_asks_for_is_looked_for_beside_the_run() {
    let project = Project::new();
    let arm = ["run", "typescript", "--arm", "lift-2025-10-23", "--rung", "faithful", "--seed", "1"];
    project.expect(0, &arm);
    let release = ["gate", "latest", "--policy", "reports/policies/release.toml", "--arm", "lift-2025-10-23"];
    let none = project.expect(3, &release).stdout;
    assert!(
        none.contains("no probe of this arm lies beside the run (gonogo probe lift-2025-10-23)"),
        "{none}"
    );
    let receipt = fs::read_to_string(project.only_run().join("run.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    let asked = &receipt["arms"][0];
    let probe = |folder: &str, keyword: &str, facts: &serde_json::Value| {
        let folder = project.path().join("results").join(folder);
        fs::create_dir_all(&folder).unwrap();
        let found = serde_json::json!({
            "arm": "lift-2025-10-23", "verdict": "enforced", "facts": facts, "manifest": {},
            "engine": asked["engine"], "provenance": asked["provenance"],
            "channels": [{"channel": "a", "own": true, "uncompilable": {"verdict": "rejected"}}],
            "keywords": [
                {"keyword": "type", "verdict": "enforced"}, {"keyword": "enum", "verdict": keyword},
                {"keyword": "required", "verdict": "enforced"}, {"keyword": "enum", "verdict": "enforced"},
                {"keyword": "additionalProperties", "verdict": "enforced"},
            ],
        });
        fs::write(folder.join("probe.json"), found.to_string()).unwrap();
    };
    probe("20261031T000000Z-probe-lift-2025-10-23", "enforced", &serde_json::json!({}));
    let nothing = project.expect(3, &release).stdout;
    assert!(nothing.contains("does not say which endpoint, worker, engine or model it was of"), "{nothing}");
    probe("20261101T000000Z-probe-lift-2025-10-23", "enforced", &asked["facts"]);
    assert!(!project.expect(3, &release).stdout.contains("the policy asks for the probe"));
    // The newest counts, and of several rows of a keyword the one that does not hold.
    probe("20261102T000000Z-probe-lift-2025-10-23", "accepted-but-ignored", &asked["facts"]);
    let ignored = project.expect(3, &release).stdout;
    assert!(
        ignored.contains(
            "probe `enum`, and 20261102T000000Z-probe-lift-2025-10-23 found it accepted-but-ignored"
        ),
        "{ignored}"
    );
    assert_eq!(ignored.matches("the policy asks for the probe").count(), 1, "{ignored}");
    // A name that no probe has could never be met.
    let file = project.path().join("misspelt.toml");
    let policy = fs::read_to_string(project.path().join("reports/policies/release.toml")).unwrap();
    fs::write(&file, policy.replace("\"required\"", "\"requires\"")).unwrap();
    let misspelt = ["gate", "latest", "--policy", "misspelt.toml", "--arm", "lift-2025-10-23"];
    let refused = project.expect(2, &misspelt).stderr;
    assert!(refused.contains("asks for the probe `requires`") && refused.contains("required"), "{refused}");
}

#[test]
fn a_part_of_a_suite_is_called_a_part() {
    let project = Project::new();
    let arm = ["run", "typescript", "--arm", "lift-2025-10-23", "--rung", "faithful", "--seed", "1"];
    project.expect(0, &[&arm[..], &["--case", "array-filtering"]].concat());
    let report = project.expect(0, &["report", "latest", "-o", "-"]).stdout;
    assert!(report.contains("typescript: 1 of 4 cases, sha256"), "{report}");
}

#[test]
fn a_configuration_that_is_not_there_is_told_of_once_with_a_remedy() {
    let project = Project::new();
    let said = project.expect(2, &["--config", "nope", "arms"]).stderr;
    assert_eq!((said.matches("No such file").count(), said.matches("nope").count()), (1, 1), "{said}");
    assert!(said.contains("name a gonogo.toml with --config"), "{said}");
}

#[test]
fn completions_name_every_command() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = project.expect(0, &["completions", shell]).stdout;
        for command in [
            "run", "report", "gate", "rejudge", "suites", "arms", "probe", "explain", "fixtures", "serve",
            "sim", "setup",
        ] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

//! Bodies as servers send them: recorded where the comment says so, else after their sources.

use gonogo_core::{EngineEvidence, Witness};

use super::{Contradiction, Manifest, Seen};
use crate::{DIALECTS, Dialect, Target, dialect};

/// vLLM 0.32 in development mode, shortened; the variable is one that must not be kept.
const VLLM: &str = r#"{"vllm_config":{"model_config":{"model":"hf","dtype":"bfloat16","quantization":null,
    "hf_token":"hf_abcdefghijklmnopqrstuvwx"},"cache_config":{"enable_prefix_caching":true},
    "structured_outputs_config":{"backend":"BACKEND","disable_any_whitespace":false,"reasoning_parser":""}},
    "vllm_env":{"VLLM_API_KEY":"sk-0123456789abcdef"},"system_env":{"os":"Debian"}}"#;

/// SGLang's arguments, which hold its key.
const SGLANG: &str = r#"{"model_path":"/models/q","served_model_name":"q","grammar_backend":"BACKEND",
    "api_key":"sk-0123456789abcdef","admin_api_key":"sk-fedcba9876543210","tp_size":2,"version":"0.5.23",
    "internal_states":[{"avg_spec_accept_length":1.0}]}"#;

fn named(name: &str) -> &'static Dialect {
    dialect(name).unwrap()
}

fn manifest(name: &str, answers: &[(&str, &str)], target: &Target) -> Manifest {
    let seen: Vec<Seen<'_>> = named(name)
        .places()
        .iter()
        .map(|place| match answers.iter().find(|(path, _)| *path == place.path) {
            Some((_, body)) => Seen { place, status: Some(200), body },
            None => Seen { place, status: Some(404), body: r#"{"version":"of an error page"}"# },
        })
        .collect();
    named(name).manifest(target, &seen)
}

fn witness(name: &str, answers: &[(&str, &str)], engine: &str) -> Result<EngineEvidence, Contradiction> {
    let target = Target::default();
    let manifest = manifest(name, answers, &target);
    named(name).witness(&target, engine, &manifest).map(Option::unwrap)
}

#[test]
fn a_pinned_server_names_its_engine_and_keeps_its_keys() {
    let pinned = VLLM.replace("BACKEND", "guidance");
    let said = manifest(
        "vllm",
        &[("version", r#"{"version":"0.32.0"}"#), ("server_info", &pinned)],
        &Target::default(),
    );
    let facts: Vec<_> = said.facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        facts,
        [
            "server.engine=guidance",
            "server.flags.disable-any-whitespace=false",
            "server.flags.dtype=bfloat16",
            "server.flags.prefix-caching=true",
            "server.version=0.32.0",
        ]
    );
    let evidence = witness("vllm", &[("server_info", &pinned)], "llguidance").unwrap();
    assert_eq!(evidence.by, Witness::Server);
    let contradiction = witness("vllm", &[("server_info", &pinned)], "xgrammar").unwrap_err();
    assert_eq!(
        contradiction.to_string(),
        "its engine is `xgrammar`, but the server says that it is pinned to `guidance`"
    );
    assert_eq!(contradiction.engine, "llguidance");
}

#[test]
fn auto_is_no_engine() {
    let auto = VLLM.replace("BACKEND", "auto");
    let evidence = witness("vllm", &[("server_info", &auto)], "xgrammar").unwrap();
    assert_eq!(evidence.by, Witness::Claimed);
    assert!(evidence.why.contains("`auto`") && evidence.why.contains("guidance"), "{}", evidence.why);
}

#[test]
fn a_server_that_does_not_say_leaves_the_claim_a_claim() {
    let evidence = witness("vllm", &[("version", r#"{"version":"0.32.0"}"#)], "xgrammar").unwrap();
    assert_eq!(evidence.by, Witness::Claimed);
    assert!(
        evidence.why.contains("0.32.0") && evidence.why.contains("VLLM_SERVER_DEV_MODE"),
        "{}",
        evidence.why
    );
    for (name, engine) in
        [("llama-cpp", "gbnf"), ("ollama", "gbnf"), ("openai-chat", "x"), ("custom", "xgrammar")]
    {
        assert_eq!(witness(name, &[], engine).unwrap().by, Witness::Claimed, "{name}");
    }
}

#[test]
fn sglang_says_it_under_its_old_and_its_new_path() {
    let body = SGLANG.replace("BACKEND", "xgrammar");
    for path in ["server_info", "get_server_info"] {
        assert_eq!(witness("sglang", &[(path, &body)], "xgrammar").unwrap().by, Witness::Server);
        assert!(witness("sglang-generate", &[(path, &body)], "outlines").is_err());
    }
    let facts = manifest("sglang", &[("server_info", &body)], &Target::default()).facts;
    assert_eq!(facts["server.model"], "q");
    assert!(facts.values().all(|value| !value.contains("sk-")), "{facts:?}");
}

#[test]
fn a_program_with_one_engine_is_known_by_its_mark() {
    // After TGI's documentation.
    let info = r#"{"model_id":"m","router":"text-generation-router","version":"3.3.4","sha":"a9c4d2f"}"#;
    assert_eq!(witness("tgi", &[("info", info)], "outlines_core").unwrap().by, Witness::Server);
    for other in [r#"{"version":"3"}"#, r#"{"router":"text-generation-router-of-ours"}"#] {
        assert_eq!(witness("tgi", &[("info", other)], "outlines").unwrap().by, Witness::Claimed, "{other}");
    }
}

#[test]
fn a_model_called_default_is_no_mark_of_a_program() {
    for models in [
        r#"{"data":[{"id":"default","owned_by":"sglang"}]}"#,
        r#"{"object":"list","data":[{"id":"default","owned_by":"local"},{"id":"m","owned_by":"local"}]}"#,
        r#"{"data":[{"id":"default-7b","owned_by":"gateway"}]}"#,
    ] {
        let evidence = witness("mistral-rs", &[("v1/models", models)], "llguidance").unwrap();
        assert_eq!(evidence.by, Witness::Claimed, "{models}");
        assert!(evidence.why.contains("nothing shows that the server is it"), "{}", evidence.why);
    }
}

#[test]
fn a_channel_that_one_engine_reads_names_it_and_a_control_has_none() {
    let target = Target { channel: Some("llguidance".into()), ..Target::default() };
    let witness = |engine| named("llama-cpp").witness(&target, engine, &Manifest::default());
    assert_eq!(witness("llguidance").unwrap().unwrap().by, Witness::Channel);
    assert!(witness("gbnf").unwrap_err().to_string().contains("no engine but llguidance reads"));
    assert_eq!(witness("none"), Ok(None));
}

#[test]
fn the_model_is_the_arms_own_or_the_only_one() {
    let two = r#"{"data":[{"id":"a","max_model_len":2048},{"id":"b"}]}"#;
    let of = |model: &str, body: &str| {
        let target = Target { model: model.into(), ..Target::default() };
        manifest("vllm", &[("v1/models", body)], &target).facts
    };
    assert_eq!(of("b", two)["server.model"], "b");
    let unknown = of("c", two);
    assert_eq!((unknown.get("server.model"), unknown["server.models"].as_str()), (None, "a, b"));
    assert_eq!(of("", r#"{"data":[{"id":"a"}]}"#)["server.model"], "a");
    assert_eq!(of("c", r#"{"data":[{"id":"a"}]}"#)["server.models"], "a");
}

#[test]
fn llama_cpp_names_its_build() {
    // Recorded from xllamacpp 2026.10, shortened.
    let props = r#"{"default_generation_settings":{"n_ctx":2048},"total_slots":2,"model_alias":"smollm2",
        "model_ftype":"Q4_1","build_info":"b0-unknown","chat_template":"{%"}"#;
    let facts = manifest("llama-cpp", &[("props", props)], &Target::default()).facts;
    assert_eq!(
        (facts["server.version"].as_str(), facts["server.flags.parallel"].as_str()),
        ("b0-unknown", "2")
    );
    assert!(!facts.contains_key("chat_template"));
}

#[test]
fn strange_answers_are_no_facts() {
    for dialect in DIALECTS {
        for body in ["", "null", "[]", "<html>", "{\"version\":{\"a\":1}}", "{\"data\":7,\"models\":{}}"] {
            let seen: Vec<_> =
                dialect.places().iter().map(|place| Seen { place, status: Some(200), body }).collect();
            assert_eq!(
                dialect.manifest(&Target::default(), &seen),
                Manifest::default(),
                "{} {body}",
                dialect.name
            );
        }
    }
}

//! Whether engines compile the suites' constraints, or why not, asked of the real workers.

use gonogo_backend::{Ask, Backend};
use gonogo_core::{Constraint, Message, Request, Role, Sampling, Suite};
use gonogo_protocol::{Ending, FailureClass};
use gonogo_suite::{Finding, Place, Severity};
use miette::{IntoDiagnostic, Result};

use crate::{
    arm,
    config::{ArmConfig, ArmKind, Config},
};

/// What the engines said.
pub(crate) struct CompileReport {
    /// Constraints that compiled, over all engines.
    pub(crate) compiled: usize,
    /// The others: a note where the engine said cleanly why not, an error where it failed.
    pub(crate) findings: Vec<Finding>,
}

/// Compiles every constraint of `suites` with every one of `engines`, each with its defaults.
pub(crate) fn run(suites: &[Suite], engines: &[String], config: &Config) -> Result<CompileReport> {
    tokio::runtime::Runtime::new().into_diagnostic()?.block_on(async {
        let mut report = CompileReport { compiled: 0, findings: Vec::new() };
        for engine in engines {
            let name = format!("check-{engine}");
            let backend = arm::open(&name, &local(engine), config, 1).await.map_err(arm::diagnostic)?;
            for suite in suites {
                for (place, constraint) in constraints(suite) {
                    match compile(backend.as_ref(), constraint).await {
                        Ok(()) => report.compiled += 1,
                        Err((severity, message)) => report.findings.push(Finding {
                            severity,
                            suite: suite.name.clone(),
                            place,
                            message: format!("{engine} does not compile it: {message}"),
                            remedy: "an arm of this engine will show it as `constraint-rejected`".into(),
                        }),
                    }
                }
            }
        }
        Ok(report)
    })
}

/// The rungs' constraints and the cases' own.
fn constraints(suite: &Suite) -> impl Iterator<Item = (Place, &Constraint)> {
    let rungs = suite.rungs.iter().map(|rung| (Place::Rung(rung.name.clone()), &rung.constraint));
    let steps = suite.cases.iter().flat_map(|case| case.all_steps().map(move |step| (case, step)));
    let own = steps.filter_map(|(case, step)| Some((Place::of_step(case, &step, None), step.constraint?)));
    rungs.chain(own)
}

/// One token is enough: the constraint is compiled before it.
async fn compile(backend: &dyn Backend, constraint: &Constraint) -> Result<(), (Severity, String)> {
    let ask = Ask {
        label: "compile".into(),
        r#try: 0,
        request: Request {
            messages: vec![Message { role: Role::User, content: "{".into() }],
            constraint: Some(constraint.clone()),
            sampling: Sampling { max_tokens: 1, temperature: 0.0, seed: 0 },
        },
    };
    let capture = backend.answer(&ask).await;
    let answer =
        gonogo_protocol::decode(&capture.frames).map_err(|error| (Severity::Error, error.to_string()))?;
    match answer.ending {
        Ending::Failed(failed) if failed.class == FailureClass::Rejected => {
            Err((Severity::Note, failed.message))
        }
        Ending::Failed(failed) => Err((Severity::Error, failed.message)),
        Ending::Done(_) => Ok(()),
        Ending::Cut => Err((Severity::Error, format!("the worker ended with {:?}", capture.end))),
    }
}

fn local(engine: &str) -> ArmConfig {
    ArmConfig {
        kind: ArmKind::Local,
        why: String::new(),
        engine: Some(engine.to_owned()),
        program: None,
        options: None,
        model: None,
        fault: None,
        timeout: None,
        memory_limit_mib: None,
        dialect: None,
        base_url: None,
        api_key_env: None,
        api_key_fd: None,
        api_key_header: None,
        api_key_query: None,
        channel: None,
        stream: None,
        answer: None,
        extra: None,
        settings: None,
        server: None,
        insecure: None,
        ca_file: None,
        cassette: None,
        pace: None,
        connections: None,
        retry: None,
        breaker: None,
        price: None,
    }
}

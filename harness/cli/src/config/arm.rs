//! `[arm.NAME]`: what answers, and which keys each kind of arm takes.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use gonogo_core::{Breaker, Price};
use gonogo_engine::EngineOptions;
use gonogo_http::Connections;
use gonogo_protocol::Fault;
use gonogo_replay::Pace;
use gonogo_runner::Conduct;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::conduct::{BreakerConfig, RetryConfig};
use crate::near;

/// The engines of the workers that come with gonogo.
const ENGINES: [&str; 3] = ["llguidance", "none", "xgrammar"];

/// What answers an arm's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ArmKind {
    /// A model decoded on this machine.
    Local,
    /// A server.
    Http,
    /// The sim, asked as a server is; its rows are `simulated`.
    Sim,
    /// A cassette.
    Replay,
}

impl ArmKind {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Http => "http",
            Self::Sim => "sim",
            Self::Replay => "replay",
        }
    }
}

/// One arm, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmConfig {
    /// What answers.
    pub(crate) kind: ArmKind,
    /// What the arm is for, in a line.
    #[serde(default)]
    pub(crate) why: String,
    /// `local`: the engine. `http`: the engine that the server is said to run, `none` for a
    /// control; a canary has to show that a constraint is enforced at all.
    pub(crate) engine: Option<String>,
    /// `local`: a worker of its own, that keeps to `backends/PROTOCOL.md` and brings the engine;
    /// gonogo's when absent.
    pub(crate) program: Option<PathBuf>,
    /// `local`: the engine's options; absent ones keep the engine's own default.
    pub(crate) options: Option<EngineOptions>,
    /// `local`: a model file of its own. `http`: the model's name.
    pub(crate) model: Option<String>,
    /// `local`: a fault to commit; its rows are `simulated`.
    pub(crate) fault: Option<Fault>,
    /// `local`, `http`: limits of its own.
    pub(crate) timeout: Option<Timeouts>,
    /// `local`: a memory limit of its own.
    pub(crate) memory_limit_mib: Option<u64>,
    /// `http`: the wire format.
    pub(crate) dialect: Option<String>,
    /// `http`: where the server is.
    pub(crate) base_url: Option<String>,
    /// `http`: the environment variable that holds the key.
    pub(crate) api_key_env: Option<String>,
    /// `http`: the file descriptor whose first line is the key.
    pub(crate) api_key_fd: Option<u32>,
    /// `http`: the header that the key goes into, where it is not the dialect's.
    pub(crate) api_key_header: Option<String>,
    /// `http`: the parameter of the URL's query that the key goes into.
    pub(crate) api_key_query: Option<String>,
    /// `http`: the member that carries the constraint; the dialect's first when absent.
    pub(crate) channel: Option<String>,
    /// `http`: whether answers come in pieces [default: true where the dialect streams].
    pub(crate) stream: Option<bool>,
    /// `http`: where a custom endpoint puts its answer, a member or a JSON pointer.
    pub(crate) answer: Option<String>,
    /// `http`: members to merge into every body.
    pub(crate) extra: Option<Map<String, Value>>,
    /// `http`: what else the dialect must know.
    pub(crate) settings: Option<BTreeMap<String, String>>,
    /// `http`: what the server is, where it does not say so itself: in the receipt as given.
    pub(crate) server: Option<ServerConfig>,
    /// `http`: what becomes of a connection after an answer [default: fresh].
    pub(crate) connections: Option<ConnectionsConfig>,
    /// `http`: certificates go unchecked.
    pub(crate) insecure: Option<bool>,
    /// `http`: certificates in PEM of the authorities that are believed in place of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// `replay`: the cassette.
    pub(crate) cassette: Option<PathBuf>,
    /// `replay`: how fast it answers [default: instant].
    pub(crate) pace: Option<Pace>,
    /// `local`, `http`: when its attempts are tried again; never when absent.
    pub(crate) retry: Option<RetryConfig>,
    /// `http`: when it is left alone; an endpoint that names none has the breaker's own defaults.
    pub(crate) breaker: Option<BreakerConfig>,
    /// `local`, `http`: what it costs.
    pub(crate) price: Option<Price>,
}

/// What somebody says of a server. It proves nothing, and the receipt calls it given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerConfig {
    /// Its version.
    pub(crate) version: Option<String>,
    /// How it was started.
    pub(crate) flags: Option<String>,
}

/// What becomes of a connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionsConfig {
    /// It is closed: no attempt depends on another.
    Fresh,
    /// It is kept for the next attempt, as applications do.
    Kept,
}

impl From<ConnectionsConfig> for Connections {
    fn from(config: ConnectionsConfig) -> Self {
        match config {
            ConnectionsConfig::Fresh => Self::Fresh,
            ConnectionsConfig::Kept => Self::Kept,
        }
    }
}

/// Limits per phase, seconds; an absent one is taken from the next wider place: a local arm's
/// from `[local.timeout]`, that one's and an endpoint's from the backend's own defaults.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Timeouts {
    /// `local`: starting a worker.
    pub(crate) load_s: Option<f64>,
    /// `local`: compiling a constraint.
    pub(crate) compile_s: Option<f64>,
    /// `local`: from the end of compiling to the first token.
    pub(crate) first_token_s: Option<f64>,
    /// `http`: name lookup, TCP and TLS.
    pub(crate) connect_s: Option<f64>,
    /// `http`: from sending, connecting included, to the first byte.
    pub(crate) first_byte_s: Option<f64>,
    /// Between two tokens, or two chunks.
    pub(crate) stall_s: Option<f64>,
    /// The whole attempt.
    pub(crate) total_s: Option<f64>,
}

/// The limit of so many seconds, which were checked when the file was read; `wider` for none.
pub(crate) fn limit(seconds: Option<f64>, wider: Duration) -> Duration {
    seconds.map_or(wider, Duration::from_secs_f64)
}

impl Timeouts {
    /// A limit that is none.
    pub(crate) fn wrong(&self) -> Option<&'static str> {
        let limits = [
            ("load_s", self.load_s),
            ("compile_s", self.compile_s),
            ("first_token_s", self.first_token_s),
            ("connect_s", self.connect_s),
            ("first_byte_s", self.first_byte_s),
            ("stall_s", self.stall_s),
            ("total_s", self.total_s),
        ];
        let sound = |seconds: f64| (0.001..=86_400.0).contains(&seconds);
        limits
            .into_iter()
            .find(|(_, limit)| limit.is_some_and(|seconds| !sound(seconds)))
            .map(|(name, _)| name)
    }
}

impl ArmConfig {
    /// The keys that only some kinds take: the kinds, the key, and whether this arm has it.
    fn keys(&self) -> [(&'static [ArmKind], &'static str, bool); 32] {
        use ArmKind::{Http, Local, Replay};
        let timeout = self.timeout.unwrap_or_default();
        [
            (&[Local, Http], "engine", self.engine.is_some()),
            (&[Local, Http], "model", self.model.is_some()),
            (&[Local, Http], "timeout", self.timeout.is_some()),
            (&[Local], "program", self.program.is_some()),
            (&[Local], "options", self.options.is_some()),
            (&[Local], "fault", self.fault.is_some()),
            (&[Local], "memory_limit_mib", self.memory_limit_mib.is_some()),
            (&[Local], "timeout.load_s", timeout.load_s.is_some()),
            (&[Local], "timeout.compile_s", timeout.compile_s.is_some()),
            (&[Local], "timeout.first_token_s", timeout.first_token_s.is_some()),
            (&[Http], "timeout.connect_s", timeout.connect_s.is_some()),
            (&[Http], "timeout.first_byte_s", timeout.first_byte_s.is_some()),
            (&[Http], "dialect", self.dialect.is_some()),
            (&[Http], "base_url", self.base_url.is_some()),
            (&[Http], "api_key_env", self.api_key_env.is_some()),
            (&[Http], "api_key_fd", self.api_key_fd.is_some()),
            (&[Http], "api_key_header", self.api_key_header.is_some()),
            (&[Http], "api_key_query", self.api_key_query.is_some()),
            (&[Http], "channel", self.channel.is_some()),
            (&[Http], "stream", self.stream.is_some()),
            (&[Http], "answer", self.answer.is_some()),
            (&[Http], "extra", self.extra.is_some()),
            (&[Http], "settings", self.settings.is_some()),
            (&[Http], "server", self.server.is_some()),
            (&[Http], "connections", self.connections.is_some()),
            (&[Http], "insecure", self.insecure.is_some()),
            (&[Http], "ca_file", self.ca_file.is_some()),
            (&[Replay], "cassette", self.cassette.is_some()),
            (&[Replay], "pace", self.pace.is_some()),
            (&[Local, Http], "retry", self.retry.is_some()),
            (&[Http], "breaker", self.breaker.is_some()),
            (&[Local, Http], "price", self.price.is_some()),
        ]
    }

    /// How its failures are met.
    ///
    /// # Errors
    /// What is wrong with `retry` or `breaker`, in words.
    pub(crate) fn conduct(&self) -> Result<Conduct, String> {
        let breaker = match (self.breaker, self.kind) {
            (Some(breaker), _) => breaker.policy()?,
            // Only a real endpoint costs money, and can be away.
            (None, ArmKind::Http) => Some(Breaker::default()),
            (None, ArmKind::Local | ArmKind::Sim | ArmKind::Replay) => None,
        };
        Ok(Conduct { retry: self.retry.clone().unwrap_or_default().policy()?, breaker })
    }

    /// An engine that no worker of gonogo's has. One with a program of its own may be called anything.
    fn unknown_engine(&self) -> Option<String> {
        let engine = self.engine.as_deref().filter(|engine| !ENGINES.contains(engine))?;
        (self.kind == ArmKind::Local && self.program.is_none()).then(|| {
            let advice = near::advice(engine, ENGINES);
            format!("gonogo has no engine `{engine}`: {advice} An engine of your own needs `program`")
        })
    }

    /// What is odd about the engine that an endpoint is said to run, before anybody asks it.
    pub(crate) fn odd_engine(&self) -> Option<String> {
        gonogo_dialects::dialect(self.dialect.as_deref()?)?.odd_engine(self.engine.as_deref()?)
    }

    /// Whether it answers at once, whatever was waited for when its answers were recorded.
    pub(crate) fn is_instant(&self) -> bool {
        match self.kind {
            ArmKind::Replay => self.pace.unwrap_or_default() == Pace::Instant,
            ArmKind::Local | ArmKind::Http | ArmKind::Sim => false,
        }
    }

    /// A key that is missing, or one that this kind of arm does not take.
    pub(crate) fn problem(&self) -> Option<String> {
        let needed: &[&str] = match self.kind {
            ArmKind::Local => &["engine"],
            ArmKind::Http | ArmKind::Sim => &["dialect", "base_url", "engine"],
            ArmKind::Replay => &["cassette"],
        };
        let keys = self.keys();
        let has = |name: &str| keys.iter().any(|(_, key, present)| *key == name && *present);
        let kind = self.kind.name();
        if let Some(missing) = needed.iter().find(|key| !has(key)) {
            return Some(format!("a {kind} arm needs `{missing}`"));
        }
        for [one, other] in
            [["api_key_env", "api_key_fd"], ["api_key_header", "api_key_query"], ["insecure", "ca_file"]]
        {
            if has(one) && has(other) {
                return Some(format!("`{one}` and `{other}` exclude each other"));
            }
        }
        if self.api_key_fd.is_some_and(|descriptor| descriptor == 1 || descriptor == 2) {
            return Some("`api_key_fd` is what gonogo writes to; take 0, or 3 and above".into());
        }
        if let Some(limit) = self.timeout.unwrap_or_default().wrong() {
            return Some(format!("`timeout.{limit}` is no number of seconds from 0.001 to a day"));
        }
        if let Some(price) = self.price.as_ref().and_then(Price::wrong) {
            return Some(format!("`price.{price}` is no number from 0 up"));
        }
        if let Err(problem) = self.conduct() {
            return Some(problem);
        }
        if let Some(unknown) = self.unknown_engine() {
            return Some(unknown);
        }
        // The sim is asked as a server is.
        let like = if self.kind == ArmKind::Sim { ArmKind::Http } else { self.kind };
        let foreign = keys.iter().find(|(kinds, _, present)| *present && !kinds.contains(&like));
        foreign.map(|(_, key, _)| format!("a {kind} arm has no `{key}`"))
    }
}

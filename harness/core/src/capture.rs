//! The raw answer, kept before anything judges it.

use serde::{Deserialize, Serialize};

use crate::{Clocks, ContentHash, Nanos, Provenance, Request};

/// The header with which the sim says that an answer is scripted; its value names the script.
pub const SIM_HEADER: &str = "x-gonogo-sim";

/// The header with which a server of recordings says that an answer is one; its value names the cassette.
pub const REPLAY_HEADER: &str = "x-gonogo-replay";

/// Everything that came back for one attempt, and how it ended. Written once, never changed;
/// an old capture can be judged again by a better judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// [`crate::FORMAT`] at the time of writing.
    pub format: u32,
    /// The wire format of `frames`, for example `gonogo-worker/1` or `openai-chat`.
    pub dialect: String,
    /// What was asked.
    pub request: Request,
    /// HTTP status, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Response headers, names in lowercase, secrets redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Bytes as they arrived.
    pub frames: Vec<Frame>,
    /// How it ended.
    pub end: End,
    /// From sending the request until `end` was known.
    pub elapsed: Nanos,
    /// When the exchange got where, over HTTP. `format` is its version; captures of before it have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// Starting the peer, where this attempt caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Nanos>,
    /// The last lines the peer wrote to its error stream, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
}

/// Some bytes and when they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Since the request was sent.
    pub at: Nanos,
    /// The bytes: as text where they are UTF-8, else as numbers.
    #[serde(flatten)]
    pub bytes: FrameBytes,
}

impl Frame {
    /// A frame of `bytes` that arrived `at`.
    #[must_use]
    pub fn new(at: Nanos, bytes: Vec<u8>) -> Self {
        let bytes = String::from_utf8(bytes)
            .map_or_else(|error| FrameBytes::Raw(error.into_bytes()), FrameBytes::Text);
        Self { at, bytes }
    }

    /// The bytes as they arrived.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            FrameBytes::Text(text) => text.as_bytes(),
            FrameBytes::Raw(raw) => raw,
        }
    }
}

/// How a frame's bytes are stored: readable where possible, exact always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameBytes {
    /// Valid UTF-8.
    Text(String),
    /// Anything else.
    Raw(Vec<u8>),
}

/// When an exchange over HTTP got where, since the attempt began, by the harness' clock. `None` is
/// "never got there" or "cannot be told". The first and the last byte of the body are the frames' times.
///
/// Where redirects were followed, all but `asked` are those of the last request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phases {
    /// The request that was answered was handed to the transport: zero where no redirect was followed.
    pub asked: Nanos,
    /// The request went over a connection that an earlier attempt had opened: nothing was opened for it,
    /// so that the next three are `None`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
    /// The addresses of the server's name were known; `None` for an address in digits too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Nanos>,
    /// TCP stood, and the TLS handshake began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_began: Option<Nanos>,
    /// The connection stood, TLS and a proxy's tunnel included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<Nanos>,
    /// The head of the response had come whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Nanos>,
    /// What broke a kept connection before a byte of the answer came, so that the request was sent again
    /// over a new one, once. Such a connection was closed by the server for being idle, most likely, which
    /// says nothing about an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_again: Option<String>,
}

/// How an exchange ended. Transport facts only; what they mean is the judge's business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The peer finished its answer.
    Complete,
    /// A limit passed while the peer was in `phase`.
    TimedOut {
        /// Where it was last known to be.
        phase: Phase,
        /// The limit that passed.
        limit: Nanos,
    },
    /// The peer's process died while in `phase`.
    Died {
        /// Where it was last known to be.
        phase: Phase,
        /// How it died.
        death: Death,
    },
    /// The exchange broke: refused, reset, cut short.
    Broken {
        /// Where it was last known to be.
        phase: Phase,
        /// What the transport said.
        message: String,
    },
    /// What came is not the transport's protocol, so that nothing after it could be read.
    Garbled {
        /// Where it was last known to be.
        phase: Phase,
        /// What the transport said.
        message: String,
    },
    /// The answer grew past what is kept, and the exchange was given up.
    Oversize {
        /// The limit that was passed.
        limit_bytes: u64,
    },
    /// Nothing was sent: the request cannot be said in the arm's dialect.
    Unsent {
        /// Why not.
        message: String,
    },
    /// Nothing was sent: the arm's channel takes no constraint of this form. Captures of older versions say `unsent`.
    Unsupported {
        /// What it takes.
        message: String,
    },
}

impl End {
    /// Whether nothing was sent.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Unsent { .. } | Self::Unsupported { .. })
    }
}

/// How a worker process died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Death {
    /// Killed by a signal it did not get from us.
    Signal(i32),
    /// Left with this exit code in mid-attempt.
    Exit(i32),
    /// Killed by us for outgrowing its memory limit.
    MemoryLimit {
        /// Resident bytes when it was seen.
        resident_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
}

/// Where an exchange was when something happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Waiting for a free peer.
    Queue,
    /// Opening a connection.
    Connect,
    /// Starting a worker: model and engine load.
    Load,
    /// The engine compiles the constraint.
    Compile,
    /// Waiting for the first byte, or the forward pass over the prompt.
    FirstByte,
    /// The engine computes a mask or accepts a token.
    Mask,
    /// The model computes logits, or a stream is under way.
    Decode,
    /// The limit on the whole attempt.
    Total,
}

impl Capture {
    /// Whether the peer said of itself that it is the sim: such an answer is nobody's.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.says(SIM_HEADER)
    }

    fn says(&self, header: &str) -> bool {
        self.headers.iter().any(|(name, _)| name == header)
    }

    /// Where the answer came from, of an arm that is `configured` to be something: it can be pointed at the sim or at
    /// a server of recordings by mistake, and their answers are no evidence all the same. A cassette stays one,
    /// whatever was recorded.
    #[must_use]
    pub fn provenance(&self, configured: Provenance) -> Provenance {
        if configured == Provenance::Replay || self.says(REPLAY_HEADER) {
            Provenance::Replay
        } else if self.is_simulated() {
            Provenance::Simulated
        } else {
            configured
        }
    }

    /// What the clocks of the transport say of the attempt: from the outside, whoever answered.
    #[must_use]
    pub fn clocks(&self) -> Clocks {
        let Some(phases) = &self.phases else { return Clocks::default() };
        let began = phases.tls_began;
        Clocks {
            reused: phases.reused,
            sent_again: phases.sent_again.is_some(),
            connect: began.or(phases.connected).map(|stood| stood.saturating_sub(phases.asked)),
            tls: phases.connected.zip(began).map(|(stood, began)| stood.saturating_sub(began)),
            headers: phases.headers,
            first_byte: self.frames.first().map(|frame| frame.at),
            last_byte: self.frames.last().map(|frame| frame.at),
        }
    }

    /// The stored form and its address.
    ///
    /// # Errors
    /// Only if serialisation fails, which a capture of finite numbers does not.
    pub fn encode(&self) -> Result<(ContentHash, Vec<u8>), serde_json::Error> {
        // Half as much again for what has to be escaped: growing copies a capture several times.
        let body: usize = self.frames.iter().map(|frame| frame.bytes().len() + 32).sum();
        let mut bytes = Vec::with_capacity(4096 + body + body / 2);
        serde_json::to_writer(&mut bytes, self)?;
        Ok((ContentHash::of(&bytes), bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::{Capture, End, Frame, Phases, REPLAY_HEADER, SIM_HEADER};
    use crate::{FORMAT, Nanos, Provenance, Request, Sampling};

    #[test]
    fn what_says_that_it_is_no_evidence_is_none_whatever_the_arm_was_configured_to_be() {
        use Provenance::{Live, Replay, Simulated};
        let answer = |headers: &[&str]| Capture {
            headers: headers.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect(),
            ..capture(None)
        };
        for (headers, configured, expected) in [
            (&["server"][..], Live, Live),
            (&[SIM_HEADER], Live, Simulated),
            (&[REPLAY_HEADER], Live, Replay),
            (&[SIM_HEADER, REPLAY_HEADER], Simulated, Replay),
            (&[SIM_HEADER], Replay, Replay),
        ] {
            assert_eq!(answer(headers).provenance(configured), expected, "{headers:?}");
        }
    }

    fn capture(phases: Option<Phases>) -> Capture {
        let sampling = Sampling { max_tokens: 1, temperature: 0.0, seed: 0 };
        Capture {
            format: FORMAT,
            dialect: "vllm".into(),
            request: Request { messages: vec![], constraint: None, sampling },
            status: Some(200),
            headers: vec![],
            frames: [50, 60].map(|at| Frame::new(Nanos(at), b"x".to_vec())).to_vec(),
            end: End::Complete,
            elapsed: Nanos(70),
            phases,
            load: None,
            stderr: String::new(),
        }
    }

    #[test]
    fn phases_become_durations_and_a_reused_connection_has_none_of_connecting() {
        let at = |at| Some(Nanos(at));
        let phases = Phases {
            asked: Nanos(5),
            tls_began: at(9),
            connected: at(20),
            headers: at(40),
            ..Phases::default()
        };
        let of = |phases| {
            let clocks = capture(phases).clocks();
            let all = [clocks.connect, clocks.tls, clocks.headers, clocks.first_byte, clocks.last_byte];
            (clocks.reused, all.map(|clock| clock.map(|nanos| nanos.0)))
        };
        assert_eq!(of(Some(phases.clone())), (false, [Some(4), Some(11), Some(40), Some(50), Some(60)]));
        let plain = Phases { tls_began: None, ..phases.clone() };
        assert_eq!(of(Some(plain)).1[..2], [Some(15), None], "without TLS connecting is all of it");
        let reused = Phases { reused: true, tls_began: None, connected: None, ..phases };
        assert_eq!(of(Some(reused)), (true, [None, None, Some(40), Some(50), Some(60)]));
        assert_eq!(of(None), (false, [None; 5]), "nothing is made up for an old capture");
    }

    #[test]
    fn a_capture_without_phases_keeps_its_bytes_and_reads() {
        let old = capture(None);
        let json = serde_json::to_string(&old).unwrap();
        assert!(!json.contains("phases"), "{json}");
        assert_eq!(serde_json::from_str::<Capture>(&json).unwrap(), old);
        let new = capture(Some(Phases { headers: Some(Nanos(1)), ..Phases::default() }));
        let json = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<Capture>(&json).unwrap(), new);
    }

    #[test]
    fn a_frame_keeps_its_bytes_through_json() {
        for bytes in [b"{\"a\":1}".to_vec(), vec![0xE2, 0x80], vec![]] {
            let frame = Frame::new(Nanos(7), bytes.clone());
            let back: Frame = serde_json::from_str(&serde_json::to_string(&frame).unwrap()).unwrap();
            assert_eq!(back.bytes(), bytes);
            assert_eq!(back.at, Nanos(7));
        }
    }
}

//! TLS against a server with certificates of the test's own: whom an arm believes, and what a row says
//! where it believes nobody.

#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};

use gonogo_backend::{Ask, Backend};
use gonogo_core::{
    Capture, End, Enforcement, Expectation, Kind, Message, Oracle, Phase, Request, Role, Sampling,
};
use gonogo_dialects::Target;
use gonogo_http::{Caps, HttpArm, Limits, Secret, open};
use gonogo_judge::Judge;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

const ANSWER: &str = r#"{"choices":[{"message":{"content":"{}"},"finish_reason":"stop"}]}"#;

/// Somebody who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: Vec<u8>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem().into_bytes();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server with a certificate for `name` that is good until this year; its URL has the port.
    fn server(&self, name: &str, until: i32) -> String {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        serve(Arc::new(config))
    }
}

/// Answers every connection that believes the certificate.
fn serve(config: Arc<ServerConfig>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            let mut read = [0; 4096];
            // Whoever does not believe the certificate hangs up here.
            if stream.read(&mut read).is_ok_and(|n| n > 0) {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    ANSWER.len()
                );
                let _ = stream.write_all((head + ANSWER).as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    url
}

fn arm(url: &str) -> HttpArm {
    HttpArm {
        name: "live".into(),
        dialect: gonogo_dialects::dialect("vllm").unwrap(),
        base_url: url.parse().unwrap(),
        target: Target { model: "m".into(), ..Target::default() },
        engine: "none".into(),
        key: Secret::new("sk-canary-0123456789abcdef"),
        key_place: None,
        limits: Limits::default(),
        caps: Caps::default(),
        connections: gonogo_http::Connections::Fresh,
        concurrency: 1,
        insecure: false,
        authorities: None,
        simulated: false,
    }
}

async fn answer(arm: HttpArm) -> Capture {
    let messages = vec![Message { role: Role::User, content: "p".into() }];
    let sampling = Sampling { max_tokens: 9, temperature: 0.0, seed: 1 };
    let request = Request { messages, constraint: None, sampling };
    open(arm).unwrap().answer(&Ask { label: "l".into(), r#try: 0, request }).await
}

/// Fails the test unless the answer came.
async fn accepted(arm: HttpArm) {
    let capture = answer(arm).await;
    assert_eq!((capture.status, &capture.end), (Some(200), &End::Complete));
}

/// Fails the test unless nothing was said to the server, and the row says that its certificate is why.
async fn refused(arm: HttpArm, why: &str) {
    let capture = answer(arm).await;
    let End::Broken { phase: Phase::Connect, message } = &capture.end else { panic!("{:?}", capture.end) };
    assert!(message.contains("certificate") && message.contains(why), "{message}");
    let oracle = Oracle { constraint: None, assertions: vec![], expect: Expectation::Pass };
    let judged = Judge::new(&oracle).unwrap().judge(&capture, Enforcement::Unconstrained);
    assert_eq!(judged.outcome.kind, Kind::ConnectionFailed);
    let detail = judged.outcome.detail.message;
    assert!(detail.contains("certificate") && detail.contains(why), "{detail}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_unless_it_is_named_or_nothing_is_checked() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let url = ours.server("127.0.0.1", 2090);
    refused(arm(&url), "UnknownIssuer").await;
    refused(HttpArm { authorities: Some(other.pem), ..arm(&url) }, "UnknownIssuer").await;
    accepted(HttpArm { authorities: Some(ours.pem), ..arm(&url) }).await;
    accepted(HttpArm { insecure: true, ..arm(&url) }).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new("ours");
    let url = authority.server("example.org", 2090);
    refused(HttpArm { authorities: Some(authority.pem), ..arm(&url) }, "not valid for name").await;
    accepted(HttpArm { insecure: true, ..arm(&url) }).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new("ours");
    let url = authority.server("127.0.0.1", 2020);
    refused(HttpArm { authorities: Some(authority.pem), ..arm(&url) }, "expired").await;
}

#[test]
fn the_receipt_says_whose_certificates_were_believed() {
    let fact = |arm: HttpArm| open(arm).unwrap().identity().facts["tls"].clone();
    assert_eq!(fact(arm("https://h")), "verified");
    assert_eq!(fact(arm("http://h")), "none: the base URL is plain HTTP");
    assert_eq!(fact(HttpArm { insecure: true, ..arm("https://h") }), "NOT VERIFIED");
    let ours = fact(HttpArm { authorities: Some(Authority::new("ours").pem), ..arm("https://h") });
    assert!(ours.starts_with("verified, by the authorities of "), "{ours}");
}

#[test]
fn a_file_without_certificates_is_no_authority() {
    let opened = |pem: &[u8]| open(HttpArm { authorities: Some(pem.to_vec()), ..arm("https://h") });
    for pem in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let Err(error) = opened(pem) else { panic!("{pem:?} is an authority") };
        assert!(error.cause.contains("certificate") && error.remedy.contains("PEM"), "{error:?}");
    }
}

#[tokio::test]
async fn the_handshake_has_a_time_of_its_own_where_it_can_be_told() {
    let authority = Authority::new("ours");
    let url = authority.server("127.0.0.1", 2090);
    let verified = answer(HttpArm { authorities: Some(authority.pem), ..arm(&url) }).await;
    let phases = verified.phases.clone().unwrap();
    assert!(phases.tls_began > Some(phases.asked) && phases.tls_began < phases.connected, "{phases:?}");
    let clocks = verified.clocks();
    assert_eq!(
        (clocks.connect, clocks.connect.unwrap() + clocks.tls.unwrap()),
        (phases.tls_began, phases.connected.unwrap())
    );
    let clocks = answer(HttpArm { insecure: true, ..arm(&url) }).await.clocks();
    assert!(clocks.connect.is_some() && clocks.tls.is_none(), "{clocks:?}");
}

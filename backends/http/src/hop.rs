//! Redirects: where a request goes next, and whether the key may go with it.

use gonogo_dialects::{Auth, HttpRequest};
use reqwest::{Client, Method, RequestBuilder, Url, header::HeaderValue};

use crate::{HttpArm, KeyPlace, Secret};

/// One request of an exchange: the first, or one that a redirect led to.
#[derive(Debug, Clone)]
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Whether the request's body goes with it.
    pub(crate) with_body: bool,
}

impl Hop {
    /// The first request.
    pub(crate) fn first(base: &Url, request: &HttpRequest) -> Self {
        let mut url = base.clone();
        if !request.path.is_empty() {
            let path = format!("{}/{}", base.path().trim_end_matches('/'), request.path);
            url.set_path(&path);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let with_body = request.method != "GET";
        Self { method: if with_body { Method::POST } else { Method::GET }, url, with_body }
    }

    /// Where a response of `status` with this `location` leads; `None` where it is the last word.
    ///
    /// 303 asks for a GET: serverless gateways answer a slow call that way, again and again. 307 and
    /// 308 repeat the request, but to nobody else: prompts and schemas were meant for the server that
    /// the arm names, and another one's answers are not that server's. 301 and 302 are not followed,
    /// because clients disagree on whether the body goes with them, and a moved API is a wrong base
    /// URL. Nothing leads from HTTPS to what is not.
    pub(crate) fn next(&self, status: u16, location: Option<&str>) -> Option<Self> {
        let url = self.url.join(location?).ok()?;
        if !matches!(url.scheme(), "http" | "https")
            || (self.url.scheme() == "https" && url.scheme() == "http")
        {
            return None;
        }
        match status {
            303 => Some(Self { method: Method::GET, url, with_body: false }),
            307 | 308 if !self.with_body || url.origin() == self.url.origin() => {
                Some(Self { url, ..self.clone() })
            }
            _ => None,
        }
    }

    /// The request as the client takes it. The key goes only to where the arm points.
    pub(crate) fn build(&self, client: &Client, arm: &HttpArm, request: &HttpRequest) -> RequestBuilder {
        let at_home = self.url.origin() == arm.base_url.origin();
        let key = arm.key.as_ref().filter(|_| at_home);
        let mut url = self.url.clone();
        if let (Some(key), Some(KeyPlace::Query(name))) = (key, &arm.key_place) {
            url.query_pairs_mut().append_pair(name, key.expose());
        }
        let mut builder = client.request(self.method.clone(), url);
        for (name, value) in &request.headers {
            if self.with_body || name != "content-type" {
                builder = builder.header(name, value);
            }
        }
        if let Some(key) = key {
            builder = match &arm.key_place {
                Some(KeyPlace::Query(_)) => builder,
                Some(KeyPlace::Header(name)) => with_key(builder, name, key),
                None => match arm.dialect.http.as_ref().map_or(Auth::None, |http| http.auth) {
                    Auth::None => builder,
                    Auth::Bearer => builder.bearer_auth(key.expose()),
                    Auth::Header(name) => with_key(builder, name, key),
                },
            };
        }
        if self.with_body { builder.body(request.body.clone()) } else { builder }
    }
}

/// The key as a header that no log shows. One that is no header's value is the builder's to refuse.
fn with_key(builder: RequestBuilder, name: &str, key: &Secret) -> RequestBuilder {
    match HeaderValue::from_str(key.expose()) {
        Ok(mut value) => {
            value.set_sensitive(true);
            builder.header(name, value)
        }
        Err(_) => builder.header(name, key.expose()),
    }
}

#[cfg(test)]
mod tests {
    use gonogo_dialects::{HttpRequest, Target, dialect as dialect_named};
    use reqwest::{
        Client, Method, Url,
        header::{HeaderName, HeaderValue},
    };

    use super::Hop;
    use crate::{Caps, HttpArm, KeyPlace, Limits, Secret};

    fn request() -> HttpRequest {
        HttpRequest {
            method: "POST",
            path: "v1/chat/completions".into(),
            query: vec![("alt".into(), "s e".into())],
            headers: vec![("content-type".into(), "application/json".into())],
            body: b"{}".to_vec(),
        }
    }

    fn first(base: &str) -> (Url, Hop) {
        let base: Url = base.parse().unwrap();
        let hop = Hop::first(&base, &request());
        (base, hop)
    }

    #[test]
    fn paths_are_put_behind_the_base_url() {
        for base in ["http://h:1/api", "http://h:1/api/"] {
            assert_eq!(first(base).1.url.as_str(), "http://h:1/api/v1/chat/completions?alt=s+e");
        }
        assert_eq!(first("http://h:1").1.url.path(), "/v1/chat/completions");
    }

    #[test]
    fn a_303_is_polled_a_307_repeated_and_a_302_the_last_word() {
        let (_, hop) = first("http://h:1");
        let polled = hop.next(303, Some("/calls/7")).unwrap();
        assert_eq!(
            (polled.method, polled.url.as_str(), polled.with_body),
            (Method::GET, "http://h:1/calls/7", false)
        );
        let repeated = hop.next(307, Some("/x")).unwrap();
        assert_eq!((repeated.method, repeated.with_body), (Method::POST, true));
        assert!(hop.next(302, Some("/x")).is_none() && hop.next(303, None).is_none());
        assert!(hop.next(200, Some("/x")).is_none());
    }

    fn arm(base: &str, dialect: &str, key_place: Option<KeyPlace>) -> HttpArm {
        HttpArm {
            name: "a".into(),
            dialect: dialect_named(dialect).unwrap(),
            base_url: base.parse().unwrap(),
            target: Target::default(),
            engine: "none".into(),
            key: Secret::new("k&y"),
            key_place,
            limits: Limits::default(),
            caps: Caps::default(),
            connections: crate::Connections::Fresh,
            concurrency: 1,
            insecure: false,
            authorities: None,
            simulated: false,
        }
    }

    /// Header, then query, in which the key goes.
    fn sent(hop: &Hop, arm: &HttpArm) -> (Option<String>, bool) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let built = hop.build(&Client::new(), arm, &request()).build().unwrap();
        let named = |(name, value): (&HeaderName, &HeaderValue)| {
            let of_key = value.to_str().is_ok_and(|value| value.ends_with("k&y"));
            assert_eq!(of_key, value.is_sensitive(), "{name}");
            of_key.then(|| name.to_string())
        };
        (built.headers().iter().find_map(named), built.url().as_str().contains("k%26y"))
    }

    #[test]
    fn the_key_stays_at_its_origin() {
        let header = |name: &str| (Some(name.to_owned()), false);
        for (dialect, place, goes) in [
            ("vllm", None, header("authorization")),
            ("anthropic", None, header("x-api-key")),
            ("vllm", Some(KeyPlace::Header("api-key".into())), header("api-key")),
            ("gemini", Some(KeyPlace::Query("key".into())), (None, true)),
        ] {
            let arm = arm("https://h", dialect, place);
            let hop = Hop::first(&arm.base_url, &request());
            assert_eq!(sent(&hop, &arm), goes);
            assert_eq!(sent(&hop.next(307, Some("/moved")).unwrap(), &arm), goes);
            for elsewhere in ["https://evil", "https://h:444"] {
                let away = hop.next(303, Some(elsewhere)).unwrap();
                assert_eq!(sent(&away, &arm), (None, false), "{elsewhere}");
            }
        }
    }

    #[test]
    fn nobody_else_is_sent_the_prompt_and_nothing_leads_out_of_https() {
        let (_, hop) = first("https://h");
        for (status, elsewhere) in
            [(307, "https://evil/x"), (308, "https://h:444/"), (303, "http://h/x"), (303, "ftp://h/x")]
        {
            assert!(hop.next(status, Some(elsewhere)).is_none(), "{status} {elsewhere}");
        }
        let poll = hop.next(303, Some("/calls/7")).unwrap();
        assert!(poll.next(307, Some("https://other/calls/7")).is_some(), "a poll says nothing");
    }
}

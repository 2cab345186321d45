//! Redirects: where a request goes next, and whether the key may go with it.

use gonogo_dialects::{Auth, HttpRequest};
use reqwest::{Client, Method, RequestBuilder, Url};

use crate::Secret;

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
    /// 308 repeat the request. 301 and 302 are not followed, because clients disagree on whether
    /// the body goes with them, and a moved API is a wrong base URL.
    pub(crate) fn next(&self, status: u16, location: Option<&str>) -> Option<Self> {
        let url = self.url.join(location?).ok()?;
        match status {
            303 => Some(Self { method: Method::GET, url, with_body: false }),
            307 | 308 => Some(Self { url, ..self.clone() }),
            _ => None,
        }
    }

    /// The request as the client takes it. The key goes only to where the arm points.
    pub(crate) fn build(
        &self,
        client: &Client,
        base: &Url,
        request: &HttpRequest,
        auth: Auth,
        key: Option<&Secret>,
    ) -> RequestBuilder {
        let mut builder = client.request(self.method.clone(), self.url.clone());
        for (name, value) in &request.headers {
            if self.with_body || name != "content-type" {
                builder = builder.header(name, value);
            }
        }
        if let (Some(key), true) = (key, self.url.origin() == base.origin()) {
            builder = match auth {
                Auth::None => builder,
                Auth::Bearer => builder.bearer_auth(key.expose()),
                Auth::Header(name) => builder.header(name, key.expose()),
            };
        }
        if self.with_body { builder.body(request.body.clone()) } else { builder }
    }
}

#[cfg(test)]
mod tests {
    use gonogo_dialects::{Auth, HttpRequest};
    use reqwest::{Client, Method, Url};

    use super::Hop;
    use crate::Secret;

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
        let repeated = hop.next(307, Some("http://other/x")).unwrap();
        assert_eq!((repeated.method, repeated.with_body), (Method::POST, true));
        assert!(hop.next(302, Some("/x")).is_none() && hop.next(303, None).is_none());
        assert!(hop.next(200, Some("/x")).is_none());
    }

    #[test]
    fn the_key_stays_at_its_origin() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new();
        let key = Secret::new("k");
        let sent = |hop: &Hop, base: &Url, auth| {
            let built = hop.build(&client, base, &request(), auth, key.as_ref()).build().unwrap();
            ["authorization", "x-api-key"].map(|name| built.headers().contains_key(name))
        };
        let (base, hop) = first("https://h");
        assert_eq!(sent(&hop, &base, Auth::Bearer), [true, false]);
        assert_eq!(sent(&hop, &base, Auth::Header("x-api-key")), [false, true]);
        for elsewhere in ["https://evil", "http://h", "https://h:444"] {
            let away = hop.next(307, Some(elsewhere)).unwrap();
            assert_eq!(sent(&away, &base, Auth::Bearer), [false, false], "{elsewhere}");
        }
    }
}

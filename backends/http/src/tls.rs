//! Whose certificates are believed.

use gonogo_core::{Caveat, ContentHash};
use reqwest::{Certificate, ClientBuilder};

use crate::HttpArm;

/// The client with the arm's authorities, or the system's. There is no fallback from one to the other.
///
/// # Errors
/// What is wrong with the arm's certificates, and what to do.
pub(crate) fn verify(client: ClientBuilder, arm: &HttpArm) -> Result<ClientBuilder, (String, &'static str)> {
    let remedy = "name a file with certificates in PEM, `-----BEGIN CERTIFICATE-----`";
    let client = match &arm.authorities {
        None => client,
        Some(pem) => {
            let certificates = Certificate::from_pem_bundle(pem)
                .map_err(|error| (format!("the arm's certificates cannot be read: {error}"), remedy))?;
            if certificates.is_empty() {
                return Err(("there is no certificate in the arm's file".into(), remedy));
            }
            client.tls_certs_only(certificates)
        }
    };
    Ok(client.tls_danger_accept_invalid_certs(arm.insecure))
}

/// What the receipt says of it.
pub(crate) fn fact(arm: &HttpArm) -> String {
    match &arm.authorities {
        _ if arm.insecure => Caveat::NOT_VERIFIED.to_owned(),
        _ if arm.base_url.scheme() == "http" => "none: the base URL is plain HTTP".to_owned(),
        Some(pem) => format!("verified, by the authorities of {}", ContentHash::of(pem).short()),
        None => "verified".to_owned(),
    }
}

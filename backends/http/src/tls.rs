//! Whose certificates are believed.

use gonogo_core::{Caveat, ContentHash};
use reqwest::ClientBuilder;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{HttpArm, handshake};

/// The client with the arm's authorities, or the system's. There is no fallback from one to the other.
///
/// # Errors
/// What is wrong with the arm's certificates, and what to do.
pub(crate) fn verify(client: ClientBuilder, arm: &HttpArm) -> Result<ClientBuilder, (String, &'static str)> {
    let remedy = "name a file with certificates in PEM, `-----BEGIN CERTIFICATE-----`";
    let authorities = match &arm.authorities {
        None => None,
        Some(pem) => {
            let authorities = authorities(pem)
                .map_err(|cause| (format!("a certificate of the arm cannot be read: {cause}"), remedy))?;
            if authorities.is_empty() {
                return Err(("the arm's file holds no certificate".into(), remedy));
            }
            Some(authorities)
        }
    };
    if arm.insecure {
        // The client's own TLS, whose handshake cannot be told from connecting.
        return Ok(client.tls_danger_accept_invalid_certs(true));
    }
    let config = handshake::config(authorities)
        .map_err(|error| (error.to_string(), "check the system's certificate store"))?;
    Ok(client.tls_backend_preconfigured(config))
}

/// Every certificate of a file; all of them can be authorities.
fn authorities(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut authorities = RootCertStore::empty();
    for der in CertificateDer::pem_slice_iter(pem) {
        let der = der.map_err(|error| error.to_string())?;
        authorities.add(der).map_err(|error| error.to_string())?;
    }
    Ok(authorities)
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

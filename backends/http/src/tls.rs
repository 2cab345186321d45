//! Whose certificates are believed.

use gonogo_core::{Caveat, ContentHash};
use reqwest::{Certificate, ClientBuilder};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

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
            let certificates = certificates(pem)
                .map_err(|cause| (format!("a certificate of the arm cannot be read: {cause}"), remedy))?;
            if certificates.is_empty() {
                return Err(("the arm's file holds no certificate".into(), remedy));
            }
            client.tls_certs_only(certificates)
        }
    };
    Ok(client.tls_danger_accept_invalid_certs(arm.insecure))
}

/// Every certificate of a file; all of them can be authorities.
fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    let mut authorities = RootCertStore::empty();
    let read = CertificateDer::pem_slice_iter(pem).map(|der| {
        let der = der.map_err(|error| error.to_string())?;
        authorities.add(der.clone()).map_err(|error| error.to_string())?;
        Certificate::from_der(&der).map_err(|error| error.to_string())
    });
    read.collect()
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

//! Signed links: whoever has one may fetch the media file that it names, until it expires.
//!
//! The signature is an HMAC-SHA256 over version, path, expiry and audience, so that verifying one
//! needs a key and a clock, but no database. A single link cannot be revoked; removing a key ends
//! all links that were signed with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::hmac_keys::HmacKeys;

/// The first field under the signature; it changes when the meaning of the others does.
const SIGNATURE_VERSION: &[u8] = b"ginflix-link-1";

/// The query of a signed link.
#[derive(Serialize, Deserialize)]
struct LinkQuery {
    /// The Unix time, in seconds, from which on the link is no longer valid.
    expires: i64,
    /// A name for the person that the link was made for.
    #[serde(rename = "for")]
    audience: String,
    /// The HMAC in base64url without padding.
    signature: String,
}

/// Whether the query of a request makes it a signed link, and a valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStatus {
    /// The query has no signature.
    Unsigned,
    /// The signature is right for this path, and the link has not expired.
    Valid,
    /// The signature is right for this path, but the link has expired.
    Expired,
    /// The signature is wrong: the link was changed, or signed with an unknown key.
    Forged,
}

/// Signs and verifies links.
pub struct Links {
    keys: HmacKeys,
}

impl Links {
    /// Creates a signer that uses these keys.
    pub fn new(keys: HmacKeys) -> Self {
        Self { keys }
    }

    /// Returns `path` with a query that is valid until `expires`, rounded down to whole seconds.
    pub fn sign(&self, path: &str, audience: &str, expires: Timestamp) -> String {
        let expires = expires.as_second();
        let mac = link_mac(self.keys.signing_key(), path, expires, audience);
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        let signed = LinkQuery { expires, audience: audience.to_owned(), signature };
        // Two strings and a number can always be serialized.
        let query = serde_urlencoded::to_string(signed).unwrap_or_default();
        format!("{path}?{query}")
    }

    /// Verifies the path and query of a request.
    pub fn verify(&self, path: &str, query: &str, now: Timestamp) -> LinkStatus {
        if !query.split('&').any(|pair| pair.starts_with("signature=")) {
            return LinkStatus::Unsigned;
        }
        let Ok(signed) = serde_urlencoded::from_str::<LinkQuery>(query) else {
            return LinkStatus::Forged;
        };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(&signed.signature) else {
            return LinkStatus::Forged;
        };
        let fits = |key: &Hmac<Sha256>| {
            link_mac(key, path, signed.expires, &signed.audience).verify_slice(&signature).is_ok()
        };
        match self.keys.verifying_keys().any(fits) {
            false => LinkStatus::Forged,
            true if now.as_second() < signed.expires => LinkStatus::Valid,
            true => LinkStatus::Expired,
        }
    }
}

/// Computes the HMAC of a link. Each field is preceded by its length, so that no two links have the
/// same bytes. The path is percent-decoded first, as proxies may encode it in another way.
fn link_mac(key: &Hmac<Sha256>, path: &str, expires: i64, audience: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    let path: Vec<u8> = percent_decode_str(path).collect();
    for field in [SIGNATURE_VERSION, &path, &expires.to_be_bytes(), audience.as_bytes()] {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    mac
}

#[cfg(test)]
mod tests;

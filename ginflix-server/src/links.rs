//! Signed links: whoever holds one may fetch what it names until it expires.
//!
//! The signature is an HMAC-SHA256 over version, path, expiry and audience, so
//! checking one takes a key and a clock, and no database. A link cannot be
//! called back; a new key ends all links of the old one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::hmac_keys::HmacKeys;

/// What the signature begins with; another meaning of the fields takes another.
const VERSION: &[u8] = b"ginflix-link-1";

/// The query of a signed link.
#[derive(Serialize, Deserialize)]
struct Signed {
    /// Seconds since 1970 in UTC; from then on it is over.
    expires: i64,
    /// Whom it was made for.
    #[serde(rename = "for")]
    audience: String,
    /// base64url of the HMAC.
    signature: String,
}

/// What a request's query says of a signed link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has no signature.
    Unsigned,
    /// It was made here, for this path, and is not over.
    Valid,
    /// It was made here, for this path, and is over.
    Expired,
    /// It was changed, or made elsewhere or for another path.
    Forged,
}

/// Makes and checks signed links.
pub struct Links {
    keys: HmacKeys,
}

impl Links {
    /// Links of these keys.
    pub fn new(keys: HmacKeys) -> Self {
        Self { keys }
    }

    /// The path with a query that lets in until `expires` (whole seconds).
    pub fn sign(&self, path: &str, audience: &str, expires: Timestamp) -> String {
        let expires = expires.as_second();
        let mac = over(self.keys.signing(), path, expires, audience);
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        let signed = Signed { expires, audience: audience.to_owned(), signature };
        // Two strings and a number always serialise.
        let query = serde_urlencoded::to_string(signed).unwrap_or_default();
        format!("{path}?{query}")
    }

    /// Whether this path and query are a link that lets in now.
    pub fn check(&self, path: &str, query: &str, now: Timestamp) -> Verdict {
        if !query.split('&').any(|pair| pair.starts_with("signature=")) {
            return Verdict::Unsigned;
        }
        let Ok(signed) = serde_urlencoded::from_str::<Signed>(query) else {
            return Verdict::Forged;
        };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(&signed.signature) else {
            return Verdict::Forged;
        };
        let fits = |key: &Hmac<Sha256>| {
            over(key, path, signed.expires, &signed.audience).verify_slice(&signature).is_ok()
        };
        match self.keys.all().any(fits) {
            false => Verdict::Forged,
            true if now.as_second() < signed.expires => Verdict::Valid,
            true => Verdict::Expired,
        }
    }
}

/// The HMAC of one link. Each field goes in with its length, so that no two
/// links have the same bytes; the path goes in decoded, as proxies may encode
/// it anew on its way.
fn over(key: &Hmac<Sha256>, path: &str, expires: i64, audience: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    let path: Vec<u8> = percent_decode_str(path).collect();
    for field in [VERSION, &path, &expires.to_be_bytes(), audience.as_bytes()] {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    mac
}

#[cfg(test)]
mod tests;

//! Signed links: whoever has one may fetch the media file that it names, and all that belongs to the file, until it expires.
//!
//! The signature is an HMAC-SHA256 over the format and all fields, so that verifying one needs a key and a clock, but no
//! database. A single link cannot be revoked; removing a key ends all links that were signed with it.
//!
//! Links of format 2 are made; links of format 1 were made by earlier versions, and work until they expire.
//!
//! | | signed fields | opens |
//! |---|---|---|
//! | 1 | path, expiry, audience | exactly this path |
//! | 2 | path, expiry, time of issue, account, audience | this path, and what is below that of a media file |

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ginflix_api::paths;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::hmac_keys::HmacKeys;

/// The first field under the signature of format 1.
const FORMAT_1: &[u8] = b"ginflix-link-1";
/// The first field under the signature of format 2.
const FORMAT_2: &[u8] = b"ginflix-link-2";
/// The names of the fields of a link in a query.
const FIELDS: [&str; 5] = ["expires", "issued", "account", "for", "signature"];

/// The fields of a signed link in the query of a URL.
#[derive(Serialize, Deserialize)]
struct LinkQuery {
    /// The Unix time, in seconds, from which on the link is no longer valid.
    expires: i64,
    /// The Unix time, in seconds, at which the link was made; `None` in format 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued: Option<i64>,
    /// The account that is responsible for the link; `None` in format 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// A name for the person that the link was made for; in format 2 only if this is not the account.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    /// The HMAC in base64url without padding.
    signature: String,
}

/// What a new link grants, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkGrant<'a> {
    /// The account that is responsible for the link.
    pub account: &'a str,
    /// A name for the person that the link is for.
    pub audience: &'a str,
    /// The time at which the link is made, which is rounded down to whole seconds.
    pub issued: Timestamp,
    /// The time from which on the link is no longer valid, which is rounded down to whole seconds.
    pub expires: Timestamp,
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

/// A valid link of format 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLink {
    /// The fields of the link, as a query without its question mark: what belongs to the media file is opened by it too.
    pub query: String,
    /// The time from which on the link is no longer valid.
    pub expires: Timestamp,
}

/// Why a query does not open a media file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRejection {
    /// The link has expired at this time.
    Expired(Timestamp),
    /// The link is missing, incomplete or changed, was signed with an unknown key, or is of format 1.
    Broken,
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

    /// Returns `path` with the query of a link. For the path of a media file, the same query is valid for all paths below.
    pub fn sign(&self, path: &str, grant: &LinkGrant<'_>) -> String {
        let LinkGrant { account, audience, issued, expires } = *grant;
        let mut signed = LinkQuery {
            expires: expires.as_second(),
            issued: Some(issued.as_second()),
            account: Some(account.to_owned()),
            audience: (audience != account).then(|| audience.to_owned()),
            signature: String::new(),
        };
        if let Some(mac) = link_mac(self.keys.signing_key(), path, &signed) {
            signed.signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        }
        // Strings and numbers can always be serialized.
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
            let mac = link_mac(key, path, &signed);
            mac.is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        };
        match self.keys.verifying_keys().any(fits) {
            false => LinkStatus::Forged,
            true if now.as_second() < signed.expires => LinkStatus::Valid,
            true => LinkStatus::Expired,
        }
    }

    /// Returns the query, with its question mark, that opens all that belongs to a media file: the fields of a valid link of
    /// format 2 in the query of a request. Empty if there is none.
    pub fn suffix(&self, path: &str, query: &str, now: Timestamp) -> String {
        self.open(path, query, now).map_or(String::new(), |link| format!("?{}", link.query))
    }

    /// Verifies a link of format 2 to the path of a media file.
    ///
    /// # Errors
    /// Says why the query does not open the file.
    pub fn open(&self, path: &str, query: &str, now: Timestamp) -> Result<OpenLink, LinkRejection> {
        let fields = || {
            query.split('&').filter(|pair| {
                let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
                FIELDS.contains(&name)
            })
        };
        let is_format_2 = fields().any(|pair| pair.starts_with("issued="));
        let status = self.verify(path, query, now);
        if !is_format_2 || !matches!(status, LinkStatus::Valid | LinkStatus::Expired) {
            return Err(LinkRejection::Broken);
        }
        let query = fields().collect::<Vec<_>>().join("&");
        let signed = serde_urlencoded::from_str::<LinkQuery>(&query).ok();
        let expires = signed.and_then(|signed| Timestamp::from_second(signed.expires).ok());
        let expires = expires.ok_or(LinkRejection::Broken)?;
        match status {
            LinkStatus::Valid => Ok(OpenLink { query, expires }),
            _ => Err(LinkRejection::Expired(expires)),
        }
    }
}

/// Computes the HMAC of a link; `None` if the query has the fields of neither format. Each field is preceded by its
/// length, so that no two links have the same bytes. The path is percent-decoded first, as proxies may encode it in
/// another way.
fn link_mac(key: &Hmac<Sha256>, path: &str, signed: &LinkQuery) -> Option<Hmac<Sha256>> {
    let mut mac = key.clone();
    let mut sign = |field: &[u8]| {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    };
    let decoded = |path: &str| percent_decode_str(path).collect::<Vec<u8>>();
    let expires = signed.expires.to_be_bytes();
    match (signed.issued, &signed.account, &signed.audience) {
        (None, None, Some(audience)) => {
            for field in [FORMAT_1, &decoded(path), &expires, audience.as_bytes()] {
                sign(field);
            }
        }
        (Some(issued), Some(account), audience) => {
            for field in [FORMAT_2, &decoded(scope(path)), &expires, &issued.to_be_bytes()] {
                sign(field);
            }
            sign(account.as_bytes());
            audience.iter().for_each(|audience| sign(audience.as_bytes()));
        }
        _ => return None,
    }
    Some(mac)
}

/// Returns the path that a link of format 2 is signed for: that of the media file, for what is below it.
fn scope(path: &str) -> &str {
    paths::split_stream(path).map_or(path, |(file, _)| file)
}

#[cfg(test)]
impl Links {
    /// Signs a path for an account until a time.
    pub fn sign_for(&self, path: &str, account: &str, expires: Timestamp) -> String {
        let issued = Timestamp::UNIX_EPOCH;
        self.sign(path, &LinkGrant { account, audience: account, issued, expires })
    }
}

#[cfg(test)]
mod tests;

//! Signatures by which peers authenticate each other.
//!
//! Every request carries an HMAC-SHA256 with a shared key over the method, the path and the time;
//! every response carries one over that of its request. The key itself is never sent: an address
//! that was resolved a moment ago may belong to another machine by now, and traffic within a
//! cluster is not encrypted. An eavesdropper can only repeat the same request, until the clock skew
//! is exceeded; and nobody without the key can pass for a peer that has a media file.

use std::path::Path;

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::error::AppError;
use crate::hmac_keys::{HmacKeys, HmacKeysError};

/// The header field with the signature. In a request its value is the Unix time in seconds, a
/// nonce, the name of the streamer and the HMAC, in a response the name and the HMAC, separated by
/// spaces.
pub const PEER_SIGNATURE: &str = "ginflix-peer";

/// How many seconds the clocks of two peers may differ.
const CLOCK_SKEW_LIMIT: i64 = 300;

/// The keys that all streamers of a cluster share, and the name of this one. There may be two keys
/// while one replaces the other: the first one signs, both verify.
#[derive(Clone)]
pub struct PeerKeys {
    keys: HmacKeys,
    name: String,
}

/// The parts of a request that its signature covers.
#[derive(Debug, Clone, Copy)]
pub struct SignableRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as it is sent, percent-encoded.
    pub path: &'a str,
}

/// The reason why a request is not accepted as that of a peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerAuthError {
    /// The request has no signature, or a malformed one.
    #[error("it has no valid {PEER_SIGNATURE} header field")]
    Unsigned,
    /// The signature was made with another key, or for another request.
    #[error("it was signed with another peer key")]
    Forged,
    /// The signature is right, but its time is too far from that of this streamer.
    #[error(
        "the clocks of this streamer and {0} differ by more than {CLOCK_SKEW_LIMIT} seconds: \
         synchronize them"
    )]
    Skewed(String),
}

/// The signature of a request that this streamer sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSignature {
    /// The value of the header field [`PEER_SIGNATURE`].
    pub value: String,
    /// The HMAC in hexadecimal, which the response has to be bound to.
    mac: String,
}

/// A peer whose request has a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPeer {
    /// The name of the streamer.
    pub peer: String,
    /// The MAC of its request, which the response has to be bound to.
    mac: String,
}

impl PeerKeys {
    /// Reads the keys from a file, for the streamer `name`.
    ///
    /// # Errors
    /// The file cannot be read, or does not hold one or two valid keys.
    pub fn read(path: &Path, name: &str) -> Result<Self, HmacKeysError> {
        Ok(Self { keys: HmacKeys::read(path)?, name: name.to_owned() })
    }

    /// Signs a request.
    ///
    /// # Errors
    /// `Internal` if the system has no randomness.
    pub fn sign(
        &self,
        request: SignableRequest<'_>,
        now: Timestamp,
    ) -> Result<RequestSignature, AppError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce)
            .map_err(|e| AppError::internal(format!("the system has no randomness: {e}")))?;
        let claims = format!("{} {} {}", now.as_second(), hex::encode(nonce), self.name);
        let mac = request_mac(self.keys.signing_key(), &claims, request);
        let mac = hex::encode(mac.finalize().into_bytes());
        Ok(RequestSignature { value: format!("{claims} {mac}"), mac })
    }

    /// Verifies the signature of a request, which is the value of its header field
    /// [`PEER_SIGNATURE`].
    ///
    /// # Errors
    /// The signature is missing, malformed or made with another key, or its time differs too much
    /// from `now`.
    pub fn verify(
        &self,
        signature: Option<&str>,
        request: SignableRequest<'_>,
        now: Timestamp,
    ) -> Result<VerifiedPeer, PeerAuthError> {
        let (claims, mac) =
            signature.and_then(|value| value.rsplit_once(' ')).ok_or(PeerAuthError::Unsigned)?;
        let (time, rest) = claims.split_once(' ').ok_or(PeerAuthError::Unsigned)?;
        let (_nonce, peer) = rest.split_once(' ').ok_or(PeerAuthError::Unsigned)?;
        let time: i64 = time.parse().map_err(|_| PeerAuthError::Unsigned)?;
        let bytes = hex::decode(mac).map_err(|_| PeerAuthError::Unsigned)?;
        // `verify_slice` compares in constant time.
        let fits =
            |key: &Hmac<Sha256>| request_mac(key, claims, request).verify_slice(&bytes).is_ok();
        if !self.keys.verifying_keys().any(fits) {
            return Err(PeerAuthError::Forged);
        }
        if now.as_second().saturating_sub(time).saturating_abs() > CLOCK_SKEW_LIMIT {
            return Err(PeerAuthError::Skewed(peer.to_owned()));
        }
        Ok(VerifiedPeer { peer: peer.to_owned(), mac: mac.to_owned() })
    }

    /// Returns the signature of the response to a request of `peer`.
    pub fn sign_response(&self, peer: &VerifiedPeer) -> String {
        let mac = response_mac(self.keys.signing_key(), &peer.mac, &self.name);
        format!("{} {}", self.name, hex::encode(mac.finalize().into_bytes()))
    }

    /// Verifies the signature of the response to `request`. Returns the name of the peer, or
    /// `None` if it is not one.
    pub fn verify_response<'a>(
        &self,
        request: &RequestSignature,
        signature: Option<&'a str>,
    ) -> Option<&'a str> {
        let (peer, mac) = signature?.rsplit_once(' ')?;
        let bytes = hex::decode(mac).ok()?;
        let fits =
            |key: &Hmac<Sha256>| response_mac(key, &request.mac, peer).verify_slice(&bytes).is_ok();
        self.keys.verifying_keys().any(fits).then_some(peer)
    }

    /// Returns the name of this streamer.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn request_mac(key: &Hmac<Sha256>, claims: &str, request: SignableRequest<'_>) -> Hmac<Sha256> {
    mac_of_parts(key, &["request", claims, request.method, request.path])
}

fn response_mac(key: &Hmac<Sha256>, request_mac: &str, peer: &str) -> Hmac<Sha256> {
    // "answer" is part of the protocol: peers of another version verify it.
    mac_of_parts(key, &["answer", request_mac, peer])
}

fn mac_of_parts(key: &Hmac<Sha256>, parts: &[&str]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    for part in parts {
        mac.update(part.as_bytes());
        // Separates the parts unambiguously: all come from header fields or paths, which have no
        // line breaks.
        mac.update(b"\n");
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: SignableRequest<'_> =
        SignableRequest { method: "GET", path: "/peer/v1/media/a.mp4" };

    fn keys(name: &str, lines: &str) -> PeerKeys {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines).unwrap();
        PeerKeys::read(file.path(), name).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn peers_authenticate_each_other() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let (a, b) = (keys("a", &old), keys("b", &format!("{new}\n{old}")));
        for (from, to) in [(&a, &b), (&b, &b), (&a, &a)] {
            let signed = from.sign(REQUEST, at(1000)).unwrap();
            let verified = to.verify(Some(&signed.value), REQUEST, at(1100)).unwrap();
            assert_eq!(verified.peer, from.name());
        }
        // The new key signs already, and the streamer that has only the old one refuses it.
        let signed = b.sign(REQUEST, at(1000)).unwrap();
        assert_eq!(a.verify(Some(&signed.value), REQUEST, at(1000)), Err(PeerAuthError::Forged));
    }

    #[test]
    fn a_response_belongs_to_its_request() {
        let (a, b) = (keys("a", &"k".repeat(32)), keys("b", &"k".repeat(32)));
        let (one, other) = (a.sign(REQUEST, at(1)).unwrap(), a.sign(REQUEST, at(1)).unwrap());
        let response = b.sign_response(&b.verify(Some(&one.value), REQUEST, at(1)).unwrap());
        assert_eq!(a.verify_response(&one, Some(&response)), Some("b"));
        assert_eq!(a.verify_response(&other, Some(&response)), None);
        assert_eq!(a.verify_response(&one, Some(&response.replace('b', "c"))), None);
        assert_eq!(a.verify_response(&one, None), None);
    }

    #[test]
    fn a_changed_or_old_signature_is_refused() {
        let keys = keys("a", &"k".repeat(32));
        let value = keys.sign(REQUEST, at(1000)).unwrap().value;
        let verify = |value: &str, request, second| keys.verify(Some(value), request, at(second));
        assert!(verify(&value, REQUEST, 1000 + CLOCK_SKEW_LIMIT).is_ok());
        for second in [1000 + CLOCK_SKEW_LIMIT + 1, 1000 - CLOCK_SKEW_LIMIT - 1] {
            assert_eq!(verify(&value, REQUEST, second), Err(PeerAuthError::Skewed("a".to_owned())));
        }
        let others = [
            SignableRequest { method: "DELETE", ..REQUEST },
            SignableRequest { path: "/peer/v1/media/b.mp4", ..REQUEST },
        ];
        for other in others {
            assert_eq!(verify(&value, other, 1000), Err(PeerAuthError::Forged));
        }
        assert_eq!(
            verify(&value.replacen("1000", "1001", 1), REQUEST, 1000),
            Err(PeerAuthError::Forged)
        );
        for broken in ["", "x", "1 2 3", "1000 aa name zz", "x aa name 00"] {
            assert_eq!(verify(broken, REQUEST, 1000), Err(PeerAuthError::Unsigned), "{broken}");
        }
        assert_eq!(keys.verify(None, REQUEST, at(1000)), Err(PeerAuthError::Unsigned));
    }
}

//! How peers prove to each other that they are peers.
//!
//! Each request carries an HMAC of a shared key over what is asked and when, each answer one over the request's. The key itself never travels:
//! an address that a name stood for a moment ago may be somebody else's by now,
//! and traffic within a cluster is not encrypted. What is overheard opens the
//! same request for as long as clocks may differ, and nothing else; and nobody
//! without the key passes for a peer that has a film.

use std::path::Path;

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::error::AppError;
use crate::hmac_keys::{HmacKeys, HmacKeysError};

/// Carries the proof, of requests and of answers.
pub const HEADER: &str = "ginflix-peer";

/// How far two peers' clocks may differ, seconds.
const MAX_SKEW: i64 = 300;

/// The keys that all streamers of a cluster share: the one that signs, and the
/// one before it while they change.
#[derive(Clone)]
pub struct PeerKeys {
    keys: HmacKeys,
    name: String,
}

/// A request as it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Method.
    pub method: &'a str,
    /// Path, as sent.
    pub path: &'a str,
}

/// Why a request is not a peer's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPeer {
    /// It does not say that it is one.
    #[error("it has no {HEADER} header that can be read")]
    Unsigned,
    /// Another key, or it was changed on its way.
    #[error("it was signed with another key")]
    Forged,
    /// The key is right, the time is not.
    #[error("the clocks of this streamer and {0} differ by more than {MAX_SKEW} seconds")]
    Skewed(String),
}

/// A request that was signed, with what its answer has to prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The header's value.
    pub value: String,
    mac: String,
}

/// A peer's request that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Who asks.
    pub peer: String,
    mac: String,
}

impl PeerKeys {
    /// The keys of a file, for a streamer of this name.
    ///
    /// # Errors
    /// Where the file cannot be read, or holds none.
    pub fn read(path: &Path, name: &str) -> Result<Self, HmacKeysError> {
        Ok(Self { keys: HmacKeys::read(path)?, name: name.to_owned() })
    }

    /// Signs a request.
    ///
    /// # Errors
    /// `Internal` where the system has no randomness.
    pub fn sign(&self, asked: Asked<'_>, now: Timestamp) -> Result<Signed, AppError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce)
            .map_err(|e| AppError::internal(format!("no randomness: {e}")))?;
        let said = format!("{} {} {}", now.as_second(), hex::encode(nonce), self.name);
        let mac = hex::encode(request(self.keys.signing(), &said, asked).finalize().into_bytes());
        Ok(Signed { value: format!("{said} {mac}"), mac })
    }

    /// Whether a request is a peer's.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(
        &self,
        value: Option<&str>,
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<Passed, NoPeer> {
        let (said, mac) = value.and_then(|value| value.rsplit_once(' ')).ok_or(NoPeer::Unsigned)?;
        let (at, rest) = said.split_once(' ').ok_or(NoPeer::Unsigned)?;
        let (_nonce, peer) = rest.split_once(' ').ok_or(NoPeer::Unsigned)?;
        let at: i64 = at.parse().map_err(|_| NoPeer::Unsigned)?;
        let bytes = hex::decode(mac).map_err(|_| NoPeer::Unsigned)?;
        // `verify_slice` takes the same time wherever the two differ.
        if !self.keys.all().any(|key| request(key, said, asked).verify_slice(&bytes).is_ok()) {
            return Err(NoPeer::Forged);
        }
        if now.as_second().saturating_sub(at).saturating_abs() > MAX_SKEW {
            return Err(NoPeer::Skewed(peer.to_owned()));
        }
        Ok(Passed { peer: peer.to_owned(), mac: mac.to_owned() })
    }

    /// What the answer to such a request proves itself with.
    pub fn answer(&self, to: &Passed) -> String {
        let mac = answer(self.keys.signing(), &to.mac, &self.name).finalize().into_bytes();
        format!("{} {}", self.name, hex::encode(mac))
    }

    /// The name of the peer that answered, if it is one.
    pub fn answered_by<'a>(&self, to: &Signed, value: Option<&'a str>) -> Option<&'a str> {
        let (peer, mac) = value?.rsplit_once(' ')?;
        let bytes = hex::decode(mac).ok()?;
        let right =
            self.keys.all().any(|key| answer(key, &to.mac, peer).verify_slice(&bytes).is_ok());
        right.then_some(peer)
    }

    /// This streamer's own name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn request(key: &Hmac<Sha256>, said: &str, asked: Asked<'_>) -> Hmac<Sha256> {
    over(key, &["request", said, asked.method, asked.path])
}

fn answer(key: &Hmac<Sha256>, request: &str, peer: &str) -> Hmac<Sha256> {
    over(key, &["answer", request, peer])
}

/// None of the parts has a line break in it, as all stood in a header or a path.
fn over(key: &Hmac<Sha256>, parts: &[&str]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'_> = Asked { method: "GET", path: "/peer/v1/media/a.mp4" };

    fn keys(name: &str, lines: &str) -> PeerKeys {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines).unwrap();
        PeerKeys::read(file.path(), name).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn peers_know_each_other() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let (a, b) = (keys("a", &old), keys("b", &format!("{new}\n{old}")));
        for (from, to) in [(&a, &b), (&b, &b), (&a, &a)] {
            let signed = from.sign(ASKED, at(1000)).unwrap();
            let passed = to.check(Some(&signed.value), ASKED, at(1100)).unwrap();
            assert_eq!(passed.peer, from.name());
        }
        // While keys change, the one that has both is known to the other by neither of its proofs.
        let signed = b.sign(ASKED, at(1000)).unwrap();
        assert_eq!(a.check(Some(&signed.value), ASKED, at(1000)), Err(NoPeer::Forged));
    }

    #[test]
    fn an_answer_belongs_to_its_request() {
        let (a, b) = (keys("a", &"k".repeat(32)), keys("b", &"k".repeat(32)));
        let (one, other) = (a.sign(ASKED, at(1)).unwrap(), a.sign(ASKED, at(1)).unwrap());
        let answer = b.answer(&b.check(Some(&one.value), ASKED, at(1)).unwrap());
        assert_eq!(a.answered_by(&one, Some(&answer)), Some("b"));
        assert_eq!(a.answered_by(&other, Some(&answer)), None);
        assert_eq!(a.answered_by(&one, Some(&answer.replace('b', "c"))), None);
        assert_eq!(a.answered_by(&one, None), None);
    }

    #[test]
    fn what_was_changed_or_is_old_does_not_pass() {
        let keys = keys("a", &"k".repeat(32));
        let value = keys.sign(ASKED, at(1000)).unwrap().value;
        let check = |value: &str, asked, second| keys.check(Some(value), asked, at(second));
        assert!(check(&value, ASKED, 1000 + MAX_SKEW).is_ok());
        for second in [1000 + MAX_SKEW + 1, 1000 - MAX_SKEW - 1] {
            assert_eq!(check(&value, ASKED, second), Err(NoPeer::Skewed("a".to_owned())));
        }
        let others =
            [Asked { method: "DELETE", ..ASKED }, Asked { path: "/peer/v1/media/b.mp4", ..ASKED }];
        for other in others {
            assert_eq!(check(&value, other, 1000), Err(NoPeer::Forged));
        }
        assert_eq!(check(&value.replacen("1000", "1001", 1), ASKED, 1000), Err(NoPeer::Forged));
        for broken in ["", "x", "1 2 3", "1000 aa name zz", "x aa name 00"] {
            assert_eq!(check(broken, ASKED, 1000), Err(NoPeer::Unsigned), "{broken}");
        }
        assert_eq!(keys.check(None, ASKED, at(1000)), Err(NoPeer::Unsigned));
    }
}

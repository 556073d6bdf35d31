//! Credentials looked up just now, so that not every request asks the database.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::catalog::store::Credential;

/// How long another process's log-out may go unnoticed here.
const TTL: Duration = Duration::from_secs(5);

/// How long they stand while the database is away: nobody can log in anew
/// then, and whoever was logged in shall go on.
const AWAY_TTL: Duration = Duration::from_secs(3600);

/// Most credentials that are kept; some 300 bytes each.
const MAX_ENTRIES: usize = 4096;

/// Known credentials by their hash, for a few seconds. Unknown ones are not
/// kept: guesses would drive the known ones out.
#[derive(Default)]
pub struct CredentialCache {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    entries: HashMap<[u8; 32], (Credential, Instant)>,
    /// Grows when something is forgotten, so that what was read from the
    /// database before is not remembered after.
    generation: u64,
}

/// A reading of the database that began at some time.
#[derive(Debug, Clone, Copy)]
pub struct Reading(u64);

impl CredentialCache {
    /// The credential, if it was looked up just now.
    pub fn get(&self, sha256: &[u8; 32], now: Instant) -> Option<Credential> {
        self.younger_than(TTL, sha256, now)
    }

    /// The credential, if it was looked up lately and the database is away.
    pub fn get_while_away(&self, sha256: &[u8; 32], now: Instant) -> Option<Credential> {
        self.younger_than(AWAY_TTL, sha256, now)
    }

    /// Whether the credential was looked up just now and has not expired at `time`.
    pub fn has_unexpired(&self, sha256: &[u8; 32], now: Instant, time: Timestamp) -> bool {
        self.lock().entries.get(sha256).is_some_and(|(credential, at)| {
            now.saturating_duration_since(*at) < TTL
                && credential.expires_at.is_none_or(|end| time < end)
        })
    }

    fn younger_than(&self, ttl: Duration, sha256: &[u8; 32], now: Instant) -> Option<Credential> {
        let known = self.lock();
        let (credential, at) = known.entries.get(sha256)?;
        (now.saturating_duration_since(*at) < ttl).then(|| credential.clone())
    }

    /// To be called before the database is read.
    pub fn begin(&self) -> Reading {
        Reading(self.lock().generation)
    }

    /// Remembers what was read, unless something was forgotten meanwhile.
    pub fn remember(&self, reading: Reading, credential: Credential, now: Instant) {
        let mut known = self.lock();
        if known.generation != reading.0 {
            return;
        }
        if known.entries.len() >= MAX_ENTRIES {
            known.entries.retain(|_, (_, at)| now.saturating_duration_since(*at) < TTL);
        }
        if known.entries.len() >= MAX_ENTRIES {
            known.entries.clear();
        }
        known.entries.insert(credential.secret_sha256, (credential, now));
    }

    /// Forgets one, at once.
    pub fn forget(&self, sha256: &[u8; 32]) {
        let mut known = self.lock();
        known.generation += 1;
        known.entries.remove(sha256);
    }

    /// Forgets all sessions of an account, at once.
    pub fn forget_account(&self, name: &str) {
        let mut known = self.lock();
        known.generation += 1;
        known.entries.retain(|_, (known, _)| known.account.as_deref() != Some(name));
    }

    /// Forgets all, at once.
    pub fn forget_all(&self) {
        let mut known = self.lock();
        known.generation += 1;
        known.entries.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ginflix_api::account::Role;
    use jiff::SignedDuration;

    use super::*;
    use crate::catalog::store::CredentialKind;

    fn credential(n: usize) -> Credential {
        let mut secret_sha256 = [0; 32];
        secret_sha256[..8].copy_from_slice(&n.to_le_bytes());
        Credential {
            secret_sha256,
            kind: CredentialKind::Session,
            name: String::new(),
            account: Some("ann".to_owned()),
            role: Role::Viewer,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
        }
    }

    #[test]
    fn it_remembers_for_a_few_seconds() {
        let (cache, start) = (CredentialCache::default(), Instant::now());
        let ann = credential(1);
        cache.remember(cache.begin(), ann.clone(), start);
        assert_eq!(cache.get(&ann.secret_sha256, start + TTL / 2), Some(ann.clone()));
        assert_eq!(cache.get(&ann.secret_sha256, start + TTL), None);
        let away = |after| cache.get_while_away(&ann.secret_sha256, start + after);
        assert_eq!((away(AWAY_TTL / 2), away(AWAY_TTL)), (Some(ann.clone()), None));
        assert_eq!(cache.get(&credential(2).secret_sha256, start), None);
    }

    #[test]
    fn an_expired_credential_does_not_count() {
        let (cache, start) = (CredentialCache::default(), Instant::now());
        let expires_at = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60));
        let ann = Credential { expires_at, ..credential(1) };
        cache.remember(cache.begin(), ann.clone(), start);
        let is_valid = |after, second| {
            let time = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
            cache.has_unexpired(&ann.secret_sha256, start + after, time)
        };
        assert!(is_valid(TTL / 2, 59));
        assert!(!is_valid(TTL / 2, 60) && !is_valid(TTL, 59));
        assert!(!cache.has_unexpired(&credential(2).secret_sha256, start, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn what_was_read_before_a_log_out_does_not_come_back() {
        let (cache, now) = (CredentialCache::default(), Instant::now());
        let ann = credential(1);
        cache.remember(cache.begin(), ann.clone(), now);
        let reading = cache.begin();
        cache.forget(&ann.secret_sha256);
        assert_eq!(cache.get(&ann.secret_sha256, now), None);
        cache.remember(reading, ann.clone(), now);
        assert_eq!(cache.get(&ann.secret_sha256, now), None);
    }

    #[test]
    fn it_is_bounded() {
        let (cache, now) = (CredentialCache::default(), Instant::now());
        for n in 0..2 * MAX_ENTRIES + 10 {
            cache.remember(cache.begin(), credential(n), now);
            assert!(cache.lock().entries.len() <= MAX_ENTRIES);
        }
        let last = credential(2 * MAX_ENTRIES + 9).secret_sha256;
        assert!(cache.get(&last, now).is_some());
    }
}

//! A cache of recently used credentials, so that not every request needs the database.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};

use crate::catalog::store::Credential;

/// How long an entry is used without a look-up, and so how late a log-out through another server may
/// take effect here.
const CREDENTIAL_TTL: Duration = Duration::from_secs(5);

/// How long an entry is used while the database is not available: nobody can log in then, but those
/// who are logged in can go on.
const STALE_CREDENTIAL_TTL: Duration = Duration::from_secs(3600);

/// Entries of the cache, some 300 bytes each.
const CREDENTIAL_CACHE_CAPACITY: usize = 4096;

/// Valid credentials by the SHA-256 of their secret. Unknown secrets are not cached: guesses would
/// evict the valid ones.
#[derive(Default)]
pub struct CredentialCache {
    state: Mutex<CredentialCacheState>,
}

#[derive(Default)]
struct CredentialCacheState {
    entries: HashMap<[u8; 32], (Credential, Instant)>,
    /// Counts removals.
    generation: u64,
}

/// The state of a [`CredentialCache`] before a look-up in the database. A result is not cached if an
/// entry was removed since: it may be what was removed.
#[derive(Debug, Clone, Copy)]
pub struct CacheGeneration(u64);

impl CredentialCache {
    /// Returns a credential that was looked up within the last seconds.
    pub fn get(&self, sha256: &[u8; 32], now: Instant) -> Option<Credential> {
        self.younger_than(CREDENTIAL_TTL, sha256, now)
    }

    /// Returns a credential that was looked up within the last hour, for use while the database is
    /// not available.
    pub fn get_stale(&self, sha256: &[u8; 32], now: Instant) -> Option<Credential> {
        self.younger_than(STALE_CREDENTIAL_TTL, sha256, now)
    }

    /// Whether the cache has a credential that was looked up within the last seconds, and that has
    /// not expired at `time`.
    pub fn has_unexpired(&self, sha256: &[u8; 32], now: Instant, time: Timestamp) -> bool {
        self.lock().entries.get(sha256).is_some_and(|(credential, at)| {
            now.saturating_duration_since(*at) < CREDENTIAL_TTL
                && credential.expires_at.is_none_or(|end| time < end)
        })
    }

    fn younger_than(&self, ttl: Duration, sha256: &[u8; 32], now: Instant) -> Option<Credential> {
        let state = self.lock();
        let (credential, at) = state.entries.get(sha256)?;
        (now.saturating_duration_since(*at) < ttl).then(|| credential.clone())
    }

    /// Returns the current generation; call this before reading from the database.
    pub fn generation(&self) -> CacheGeneration {
        CacheGeneration(self.lock().generation)
    }

    /// Inserts a credential that was read from the database, unless an entry was removed meanwhile.
    pub fn insert(&self, generation: CacheGeneration, credential: Credential, now: Instant) {
        let mut state = self.lock();
        if state.generation != generation.0 {
            return;
        }
        if state.entries.len() >= CREDENTIAL_CACHE_CAPACITY {
            let is_fresh = |at| now.saturating_duration_since(at) < CREDENTIAL_TTL;
            state.entries.retain(|_, (_, at)| is_fresh(*at));
        }
        if state.entries.len() >= CREDENTIAL_CACHE_CAPACITY {
            state.entries.clear();
        }
        state.entries.insert(credential.secret_sha256, (credential, now));
    }

    /// Removes one credential.
    pub fn remove(&self, sha256: &[u8; 32]) {
        let mut state = self.lock();
        state.generation += 1;
        state.entries.remove(sha256);
    }

    /// Removes all sessions and tokens of an account. The name is compared without case.
    pub fn remove_account(&self, name: &str) {
        let mut state = self.lock();
        state.generation += 1;
        state.entries.retain(|_, (credential, _)| {
            !credential.account.as_ref().is_some_and(|account| account.eq_ignore_ascii_case(name))
        });
    }

    /// Removes all credentials.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.generation += 1;
        state.entries.clear();
    }

    fn lock(&self) -> MutexGuard<'_, CredentialCacheState> {
        self.state.lock()
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
            account_role: Some(Role::Viewer),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            browser: None,
            used_at: None,
        }
    }

    #[test]
    fn entries_are_fresh_for_seconds_and_stale_for_an_hour() {
        let (cache, start) = (CredentialCache::default(), Instant::now());
        let ann = credential(1);
        cache.insert(cache.generation(), ann.clone(), start);
        assert_eq!(cache.get(&ann.secret_sha256, start + CREDENTIAL_TTL / 2), Some(ann.clone()));
        assert_eq!(cache.get(&ann.secret_sha256, start + CREDENTIAL_TTL), None);
        let stale = |after| cache.get_stale(&ann.secret_sha256, start + after);
        assert_eq!(
            (stale(STALE_CREDENTIAL_TTL / 2), stale(STALE_CREDENTIAL_TTL)),
            (Some(ann.clone()), None)
        );
        assert_eq!(cache.get(&credential(2).secret_sha256, start), None);
    }

    #[test]
    fn an_expired_credential_is_not_valid() {
        let (cache, start) = (CredentialCache::default(), Instant::now());
        let expires_at = Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60));
        let ann = Credential { expires_at, ..credential(1) };
        cache.insert(cache.generation(), ann.clone(), start);
        let is_valid = |after, second| {
            let time = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
            cache.has_unexpired(&ann.secret_sha256, start + after, time)
        };
        assert!(is_valid(CREDENTIAL_TTL / 2, 59));
        assert!(!is_valid(CREDENTIAL_TTL / 2, 60) && !is_valid(CREDENTIAL_TTL, 59));
        assert!(!cache.has_unexpired(&credential(2).secret_sha256, start, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_credential_read_before_its_log_out_is_not_cached() {
        let (cache, now) = (CredentialCache::default(), Instant::now());
        let ann = credential(1);
        cache.insert(cache.generation(), ann.clone(), now);
        let generation = cache.generation();
        cache.remove(&ann.secret_sha256);
        assert_eq!(cache.get(&ann.secret_sha256, now), None);
        cache.insert(generation, ann.clone(), now);
        assert_eq!(cache.get(&ann.secret_sha256, now), None);
    }

    #[test]
    fn the_cache_is_bounded() {
        let (cache, now) = (CredentialCache::default(), Instant::now());
        for n in 0..2 * CREDENTIAL_CACHE_CAPACITY + 10 {
            cache.insert(cache.generation(), credential(n), now);
            assert!(cache.lock().entries.len() <= CREDENTIAL_CACHE_CAPACITY);
        }
        let last = credential(2 * CREDENTIAL_CACHE_CAPACITY + 9).secret_sha256;
        assert!(cache.get(&last, now).is_some());
    }
}

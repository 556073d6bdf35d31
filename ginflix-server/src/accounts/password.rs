//! Hashing and verification of passwords with argon2id (RFC 9106), on blocking threads and a few
//! at once.

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use ginflix_api::account::MAX_PASSWORD_BYTES as MAX_BYTES;

use super::password_rule;
use super::priority_semaphore::{Priority, PrioritySemaphore};
use crate::error::AppError;

/// Passwords that are hashed at once, on machines with at least as many CPUs. Each needs 19 MiB of
/// memory, and a CPU for some 20 ms.
const CONCURRENCY_LIMIT: usize = 2;
/// How long a password waits until its hashing begins.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(10);

/// The hash that passwords for unknown accounts are verified against, so that the time tells nobody
/// which accounts exist. It has the default parameters; no password for it is known.
const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    Z2luZmxpeC1ub2JvZHkhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and verifies passwords; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    permits: PrioritySemaphore,
    /// How many passwords were hashed or verified.
    #[cfg(test)]
    pub(super) hash_count: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            permits: PrioritySemaphore::new(cpus.min(CONCURRENCY_LIMIT)),
            #[cfg(test)]
            hash_count: std::sync::Arc::default(),
        }
    }
}

impl Passwords {
    /// Hashes a new password of an account and returns its PHC string.
    ///
    /// # Errors
    /// `Invalid` if the password is too short, too long or easy to guess; `Unavailable` if too many
    /// passwords are waiting, or after `QUEUE_TIMEOUT`.
    pub async fn hash(&self, password: String, account: &str) -> Result<String, AppError> {
        password_rule::check_length(&password)?;
        let account = account.to_owned();
        let hash = self.run_blocking(Priority::High, move || {
            password_rule::check_strength(&password, &account)?;
            let hash = Argon2::default().hash_password(password.as_bytes());
            Ok(hash.map_err(|e| AppError::internal(e.to_string()))?.to_string())
        });
        hash.await?
    }

    /// Whether the password fits this hash. Without a hash the result is `false`, after the same
    /// time.
    ///
    /// # Errors
    /// `Internal` if the hash is malformed; `Unavailable` if too many passwords are waiting, or
    /// after `QUEUE_TIMEOUT`.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        priority: Priority,
    ) -> Result<bool, AppError> {
        // No account can have such a password, so this tells nothing about the account.
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let verified = self.run_blocking(priority, move || {
            let has_account = hash.is_some();
            let hash = PasswordHash::new(hash.as_deref().unwrap_or(DUMMY_HASH))?;
            let fits = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            Ok(fits && has_account)
        });
        verified.await?.map_err(|e: argon2::password_hash::phc::Error| {
            AppError::internal(format!("a stored password hash is malformed: {e}"))
        })
    }

    /// Waits for a permit, then runs `work` on a blocking thread.
    async fn run_blocking<T: Send + 'static>(
        &self,
        priority: Priority,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let permit = tokio::time::timeout(QUEUE_TIMEOUT, self.permits.acquire(priority)).await;
        let Ok(Some(permit)) = permit else {
            return Err(AppError::Unavailable(
                "too many passwords wait to be checked; try again in a moment",
            ));
        };
        #[cfg(test)]
        self.hash_count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            // Released here: work that the client no longer waits for still occupies a CPU.
            let _permit = permit;
            work()
        });
        done.await.map_err(AppError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned(), "ann").await.unwrap();
        let fits = |password: &str, hash: Option<String>| {
            passwords.verify(password.to_owned(), hash, Priority::Low { attempts: 1 })
        };
        assert!(hash.starts_with("$argon2id$"));
        assert!(fits("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!fits("correct horsf", Some(hash.clone())).await.unwrap());
        assert!(!fits("correct horse", None).await.unwrap());
        assert!(!fits(&"x".repeat(MAX_BYTES + 1), Some(hash)).await.unwrap());
        assert!(fits("x", Some("plain".to_owned())).await.is_err());
    }

    #[tokio::test]
    async fn the_dummy_hash_has_the_parameters_of_a_real_one() {
        let hash = Passwords::default().hash("correct horse".to_owned(), "ann").await.unwrap();
        let (real, dummy) =
            (PasswordHash::new(&hash).unwrap(), PasswordHash::new(DUMMY_HASH).unwrap());
        assert_eq!(real.algorithm, dummy.algorithm);
        assert_eq!(real.version, dummy.version);
        assert_eq!(real.params.as_str(), dummy.params.as_str());
        assert_eq!(real.hash.unwrap().len(), dummy.hash.unwrap().len());
    }

    #[tokio::test]
    async fn passwords_against_the_rule_are_refused() {
        for invalid in ["", "ninechars", &"x".repeat(MAX_BYTES + 1), "1234567890"] {
            let refused = Passwords::default().hash(invalid.to_owned(), "ann").await;
            assert!(matches!(refused, Err(AppError::Invalid { field: "password", .. })));
        }
    }
}

//! Passwords: argon2id, off the async threads, a few at once.

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use ginflix_api::account::{MAX_PASSWORD_BYTES as MAX_BYTES, MIN_PASSWORD_CHARS as MIN_CHARS};

use super::turns::{Priority, Turns};
use crate::error::AppError;

/// Passwords that are hashed at once, where there are so many processors: each takes 19 MiB
/// and a processor for some 20 ms.
const CONCURRENCY_LIMIT: usize = 2;
/// How long one may wait for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Verified where there is no such account, so that this takes as long as a
/// wrong password does. Of default parameters; no password is known for it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    Z2luZmxpeC1ub2JvZHkhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and verifies passwords; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    turns: Turns,
    /// How many passwords were hashed or verified.
    #[cfg(test)]
    pub(super) runs: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Turns::new(processors.min(CONCURRENCY_LIMIT)),
            #[cfg(test)]
            runs: std::sync::Arc::default(),
        }
    }
}

impl Passwords {
    /// The PHC string of a new password.
    ///
    /// # Errors
    /// `Invalid` where it is too short or too long; `Unavailable` where others
    /// are in the way for too long.
    pub async fn hash(&self, password: String) -> Result<String, AppError> {
        if password.chars().count() < MIN_CHARS || password.len() > MAX_BYTES {
            return Err(AppError::invalid(
                "password",
                format!("must have at least {MIN_CHARS} characters and at most {MAX_BYTES} bytes"),
            ));
        }
        let work = move || Argon2::default().hash_password(password.as_bytes());
        let hash = self.in_turn(Priority::Known, work);
        Ok(hash.await?.map_err(|e| AppError::internal(e.to_string()))?.to_string())
    }

    /// Whether the password is the one of this hash. No hash, no account: false
    /// after the same time. `priority` decides who waits for whom.
    ///
    /// # Errors
    /// `Internal` where the stored hash is none; `Unavailable` where others
    /// are in the way for too long.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        priority: Priority,
    ) -> Result<bool, AppError> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let verified = self.in_turn(priority, move || {
            let known = hash.is_some();
            let hash = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
        });
        verified.await?.map_err(|e: argon2::password_hash::phc::Error| {
            AppError::internal(format!("stored password hash: {e}"))
        })
    }

    /// Runs on a thread of its own. The turn goes along: what a client no
    /// longer waits for still takes its processor until it is done.
    async fn in_turn<T: Send + 'static>(
        &self,
        priority: Priority,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, self.turns.take(priority)).await;
        let Ok(Some(turn)) = turn else {
            return Err(AppError::Unavailable("logging in"));
        };
        #[cfg(test)]
        self.runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
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
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        let fits = |password: &str, hash: Option<String>| {
            passwords.verify(password.to_owned(), hash, Priority::Stranger)
        };
        assert!(hash.starts_with("$argon2id$"));
        assert!(fits("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!fits("correct horsf", Some(hash.clone())).await.unwrap());
        assert!(!fits("correct horse", None).await.unwrap());
        assert!(!fits(&"x".repeat(MAX_BYTES + 1), Some(hash)).await.unwrap());
        assert!(fits("x", Some("plain".to_owned())).await.is_err());
    }

    #[tokio::test]
    async fn nobody_costs_as_much_as_somebody() {
        let hash = Passwords::default().hash("correct horse".to_owned()).await.unwrap();
        let (somebody, nobody) =
            (PasswordHash::new(&hash).unwrap(), PasswordHash::new(NOBODY).unwrap());
        assert_eq!(somebody.algorithm, nobody.algorithm);
        assert_eq!(somebody.version, nobody.version);
        assert_eq!(somebody.params.as_str(), nobody.params.as_str());
        assert_eq!(somebody.hash.unwrap().len(), nobody.hash.unwrap().len());
    }

    #[tokio::test]
    async fn poor_passwords_are_refused() {
        for poor in ["", "ninechars", &"x".repeat(MAX_BYTES + 1)] {
            let refused = Passwords::default().hash(poor.to_owned()).await;
            assert!(matches!(refused, Err(AppError::Invalid { field: "password", .. })));
        }
    }
}

//! What can go wrong, in the words of the domain.
//!
//! Status codes are given in `http/reply.rs` and nowhere else.

use std::error::Error;
use std::time::Duration;

/// A failure that a client is told of.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The request breaks a rule; the field and what it may be.
    #[error("{field}: {message}")]
    Invalid {
        /// Which part of the request.
        field: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Nobody is logged in, or with a token that is not known.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Who is logged in may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// What exists already does not go with what was asked.
    #[error("{0}")]
    Conflict(String),
    /// Still in use.
    #[error("{0}")]
    InUse(String),
    /// Changed since it was read.
    #[error("it was changed meanwhile; read it again and repeat the change")]
    PreconditionFailed,
    /// Larger than its limit.
    #[error("{what} may have at most {limit_bytes} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its limit.
        limit_bytes: u64,
    },
    /// Of a type that is not taken.
    #[error("{0}")]
    UnsupportedType(String),
    /// The content does not have the checksum that was announced.
    #[error("{0}")]
    ChecksumMismatch(String),
    /// It was there and has expired.
    #[error("{0}")]
    Gone(String),
    /// Another request is doing the same.
    #[error("{0}")]
    Locked(String),
    /// Too many attempts.
    #[error("too many attempts; try again in {} seconds", whole_seconds(*.retry_after))]
    TooManyRequests {
        /// When to try again.
        retry_after: Duration,
    },
    /// No room on the volume.
    #[error("{0}")]
    NoSpace(String),
    /// Another server of this cluster does this.
    #[error("{0}")]
    Misdirected(String),
    /// A part of the service is away.
    #[error("{0} is not available right now")]
    Unavailable(&'static str),
    /// A fault of ours: the client learns nothing of it, the log all.
    #[error("internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl AppError {
    /// A broken rule of one field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// A fault of ours.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// Rounded up, so that whoever waits so long is not told to wait again.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up() {
        let seconds = [0, 1, 999, 1000, 59_001].map(|ms| whole_seconds(Duration::from_millis(ms)));
        assert_eq!(seconds, [1, 1, 1, 1, 60]);
        let retry_after = Duration::from_millis(59_001);
        let told = AppError::TooManyRequests { retry_after }.to_string();
        assert!(told.ends_with("in 60 seconds"), "{told}");
    }
}

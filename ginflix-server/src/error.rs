//! The errors that clients get, in terms of the domain instead of HTTP.
//!
//! Only `http/reply.rs` maps errors to status codes.

use std::error::Error;
use std::time::Duration;

use crate::byte_size::format_bytes;

/// An error that a client gets as a response.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A part of the request breaks a rule.
    #[error("{field}: {message}")]
    Invalid {
        /// Name of the JSON field, query parameter or header field.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        message: String,
    },
    /// The request has no credential, or one that is unknown.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The client may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The resource does not exist.
    #[error("there is no {0}")]
    NotFound(String),
    /// The request contradicts the present state.
    #[error("{0}")]
    Conflict(String),
    /// The resource is used by another one.
    #[error("{0}")]
    InUse(String),
    /// The resource was changed since the client read it.
    #[error("the resource was changed in the meantime; load it again, then repeat the request")]
    PreconditionFailed,
    /// The content is larger than its limit.
    #[error("{what} may have at most {}", format_bytes(*.limit_bytes))]
    TooLarge {
        /// Name of the content in the message.
        what: &'static str,
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The content has a type that is not accepted.
    #[error("{0}")]
    UnsupportedType(String),
    /// The content does not have the announced checksum.
    #[error("{0}")]
    ChecksumMismatch(String),
    /// The resource existed and has expired.
    #[error("{0}")]
    Gone(String),
    /// Another request is working on the resource.
    #[error("{0}")]
    Locked(String),
    /// The client made too many attempts.
    #[error("too many attempts; try again in {} seconds", whole_seconds(*.retry_after))]
    TooManyRequests {
        /// Time after which another attempt may succeed.
        retry_after: Duration,
    },
    /// The volume or the database's disk is full.
    #[error("{0}")]
    NoSpace(String),
    /// Another server of this cluster serves the resource.
    #[error("{0}")]
    Misdirected(String),
    /// A part of the service is unavailable, probably for a short time.
    #[error("{0} is not available right now")]
    Unavailable(&'static str),
    /// A fault of the server. The log gets the cause, the client does not.
    #[error("internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl AppError {
    /// Creates an [`AppError::Invalid`].
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// Creates an [`AppError::Internal`].
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// Rounds up to whole seconds, at least 1, so that an attempt after that time is not too early.
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
        let message = AppError::TooManyRequests { retry_after }.to_string();
        assert!(message.ends_with("in 60 seconds"), "{message}");
    }
}

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
    /// The request is well-formed, and what it asks for cannot be done.
    #[error("{field}: {message}")]
    Unprocessable {
        /// Name of the JSON field, or of the content.
        field: &'static str,
        /// What prevents it, and what to do.
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
    #[error("{0}")]
    TooLarge(String),
    /// The content has a type that is not accepted.
    #[error("{0}")]
    UnsupportedType(String),
    /// The content does not have the announced checksum.
    #[error("{0}")]
    ChecksumMismatch(String),
    /// A media file is cut short or broken.
    #[error("{0}")]
    Damaged(String),
    /// The resource existed and has expired.
    #[error("{0}")]
    Gone(String),
    /// Another request is working on the resource.
    #[error("{0}")]
    Locked(String),
    /// The client made too many attempts, or too many clients do the same at once.
    #[error("{why}; try again in {}", in_seconds(*.retry_after))]
    TooManyRequests {
        /// What there is too much of, without a full stop.
        why: &'static str,
        /// Time after which another attempt may succeed.
        retry_after: Duration,
    },
    /// There are too many unfinished uploads. It takes long until that changes by itself.
    #[error("{message}")]
    TooManyUploads {
        /// How many there are, and what to do.
        message: String,
        /// Time after which another attempt may succeed.
        retry_after: Duration,
    },
    /// The volume or the database's disk is full.
    #[error("{0}")]
    NoSpace(String),
    /// Another server of this cluster serves the resource.
    #[error("{0}")]
    Misdirected(String),
    /// A part of the service is unavailable, probably for a short time. The message is a whole
    /// sentence, and says what to do next.
    #[error("{0}")]
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

    /// Creates an [`AppError::TooLarge`] for content, such as "a poster", with this limit.
    pub fn too_large(what: &str, limit_bytes: u64) -> Self {
        Self::TooLarge(format!("{what} may have at most {}", format_bytes(limit_bytes)))
    }

    /// Creates an [`AppError::TooManyRequests`] for one client that tried too often.
    pub fn too_many_attempts(retry_after: Duration) -> Self {
        Self::TooManyRequests { why: "too many attempts", retry_after }
    }

    /// Creates an [`AppError::Unprocessable`].
    pub fn unprocessable(field: &'static str, message: impl Into<String>) -> Self {
        Self::Unprocessable { field, message: message.into() }
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

fn in_seconds(wait: Duration) -> String {
    match whole_seconds(wait) {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

/// The message of [`AppError::Unavailable`] while the database of the catalogue does not respond.
pub const NO_CATALOG: &str =
    "the catalogue is not available right now; films still play, so repeat the request in a moment";

/// The message of [`AppError::NoSpace`] if the disk of the database is full.
pub const CATALOG_DISK_FULL: &str =
    "the disk of the catalogue is full; make room on it, then repeat the request";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up() {
        let seconds = [0, 1, 999, 1000, 59_001].map(|ms| whole_seconds(Duration::from_millis(ms)));
        assert_eq!(seconds, [1, 1, 1, 1, 60]);
        let message =
            |millis| AppError::too_many_attempts(Duration::from_millis(millis)).to_string();
        assert_eq!(message(59_001), "too many attempts; try again in 60 seconds");
        assert_eq!(message(999), "too many attempts; try again in 1 second");
    }
}

//! From PostgreSQL's errors to the store's.

use std::error::Error as _;

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::catalog::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Some(state) = error.code() else {
            // Not said by the server: a lost connection, or a value of ours.
            let lost =
                error.is_closed() || error.source().is_some_and(|why| why.is::<std::io::Error>());
            let why = with_cause(&error);
            return if lost { Self::Unavailable(why) } else { Self::Other(why) };
        };
        match state {
            &SqlState::UNIQUE_VIOLATION => Self::Conflict("already there"),
            &SqlState::FOREIGN_KEY_VIOLATION => Self::Conflict("refers to what is not there"),
            &SqlState::DISK_FULL => Self::NoSpace,
            other if is_passing(other.code()) => Self::Unavailable(with_cause(&error)),
            _ => Self::Other(with_cause(&error)),
        }
    }
}

/// Whether the same may succeed later: lost connections, want of resources,
/// an operator at work, deadlocks, time-outs, a standby that only reads.
fn is_passing(code: &str) -> bool {
    matches!(&code[..2], "08" | "53" | "57" | "40" | "28" | "3D")
        || matches!(code, "55P03" | "25006")
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            // Without a connection there is no database, whatever the reason.
            PoolError::Backend(error) => Self::Unavailable(with_cause(&error)),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// The driver's own message says little without its cause.
fn with_cause(error: &Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

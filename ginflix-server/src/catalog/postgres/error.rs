//! Conversion of PostgreSQL errors to [`StoreError`].

use std::error::Error as _;

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::catalog::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for StoreError {
    fn from(error: &Error) -> Self {
        let Some(state) = error.code() else {
            // Without a SQLSTATE the error is not from the server: the connection is lost, or a
            // parameter has the wrong type.
            let is_lost =
                error.is_closed() || error.source().is_some_and(|why| why.is::<std::io::Error>());
            let why = with_cause(error);
            return if is_lost { Self::Unavailable(why) } else { Self::Other(why) };
        };
        match state {
            &SqlState::UNIQUE_VIOLATION => Self::Conflict("it exists already"),
            &SqlState::FOREIGN_KEY_VIOLATION => {
                Self::Conflict("it refers to a row that does not exist")
            }
            &SqlState::DISK_FULL => Self::NoSpace,
            &SqlState::INSUFFICIENT_PRIVILEGE => Self::Denied(with_cause(error)),
            other if is_transient(other.code()) => Self::Unavailable(with_cause(error)),
            _ => Self::Other(with_cause(error)),
        }
    }
}

/// Returns whether the same statement may succeed later, by the class or code of its SQLSTATE:
/// lost connection (08), insufficient resources (53), operator intervention and timeouts (57),
/// deadlock (40), wrong password (28), unknown database (3D), lock not available (55P03) and a
/// read-only standby (25006).
fn is_transient(code: &str) -> bool {
    matches!(&code[..2], "08" | "53" | "57" | "40" | "28" | "3D")
        || matches!(code, "55P03" | "25006")
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            // Without a connection the database is unavailable, whatever the reason.
            PoolError::Backend(error) => Self::Unavailable(with_cause(&error)),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Returns the message of PostgreSQL with its detail and hint, or that of the driver with its
/// cause, which the driver does not include.
fn with_cause(error: &Error) -> String {
    let Some(reported) = error.as_db_error() else {
        return match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
    };
    let mut text = format!("{}: {}", reported.severity(), reported.message());
    // The detail of a violated constraint (class 23) has the values of the row.
    let detail = reported.detail().filter(|_| !reported.code().code().starts_with("23"));
    for part in [detail, reported.hint()].into_iter().flatten() {
        text = text + "; " + part;
    }
    text
}

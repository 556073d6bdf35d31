//! Conversion of SQLite errors to [`StoreError`].

use rusqlite::{Error, ErrorCode};

use crate::catalog::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for StoreError {
    fn from(error: &Error) -> Self {
        match (error, error.sqlite_error_code()) {
            (Error::QueryReturnedNoRows, _) => Self::NotFound,
            (_, Some(ErrorCode::ConstraintViolation)) => {
                Self::Conflict("it exists already, or refers to something that does not exist")
            }
            (_, Some(ErrorCode::DiskFull)) => Self::NoSpace,
            (
                _,
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::SystemIoFailure,
                ),
            ) => Self::Unavailable(error.to_string()),
            (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => {
                Self::Other(format!(
                    "{error}: the database file is damaged. Stop the server, move the file and those \
                 beside it elsewhere, start the server, and run `ginflix restore FILE` with the last \
                 backup"
                ))
            }
            _ => Self::Other(error.to_string()),
        }
    }
}

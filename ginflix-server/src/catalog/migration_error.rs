//! Conversion of the errors of migrations to [`StoreError`].

use refinery::error::Kind;
use refinery::{Error, Runner};

use super::store::StoreError;

/// Converts the error of a migration to one that says what an operator can do.
pub fn migration_error(runner: &Runner, error: &Error) -> StoreError {
    let known = runner.get_migrations();
    StoreError::Other(match error.kind() {
        // Refinery reports a later migration in the history as missing from the files.
        Kind::MissingVersion(applied) if known.iter().all(|m| m.version() < applied.version()) => {
            format!(
                "a newer version of the server has migrated the catalogue (migration {applied}); \
                 start that version or a later one"
            )
        }
        _ => format!("cannot migrate the schema of the catalogue: {error}"),
    })
}

//! The rule for names of accounts and API tokens.

use crate::error::AppError;

/// Checks that a name has 1 to `max_chars` characters, all of them ASCII letters, digits, `-`, `_`,
/// `.` or one of `extra`, and does not begin with `.`.
///
/// # Errors
/// `Invalid`, with the rule.
pub fn validate(name: &str, max_chars: usize, extra: &str) -> Result<(), AppError> {
    let fits = (1..=max_chars).contains(&name.len());
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || extra.contains(c);
    // Names are path segments, and `.` and `..` would name other paths.
    if fits && name.chars().all(is_legal) && !name.starts_with('.') {
        return Ok(());
    }
    let rule = format!(
        "must have 1 to {max_chars} characters out of letters, digits and -_.{extra}, \
         and not begin with a dot"
    );
    Err(AppError::invalid("name", rule))
}

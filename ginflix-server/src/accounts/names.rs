//! Names of accounts and API tokens.

use crate::error::AppError;

/// Checks a name: so many ASCII letters, digits and `-_.`, and what `also` has.
///
/// # Errors
/// `Invalid`, with the rule.
pub fn check(name: &str, most: usize, also: &str) -> Result<(), AppError> {
    let fits = (1..=most).contains(&name.len());
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || also.contains(c);
    // A path of one or two dots would mean something else.
    if fits && name.chars().all(legal) && !name.starts_with('.') {
        return Ok(());
    }
    let rule =
        format!("must have 1 to {most} letters, digits or -_.{also} and not begin with a dot");
    Err(AppError::invalid("name", rule))
}

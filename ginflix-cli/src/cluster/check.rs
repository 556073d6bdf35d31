//! Looks for faults: facts are gathered at the edge, and judged by pure rules.

mod after;
mod before;
mod finding;
mod junit;
mod play;
mod played;

use crate::cluster::options::FailOn;
use crate::error::ExitStatus;

pub use after::run as after;
pub use before::run as before;
pub use finding::{Category, Check, Outcome};
pub use junit::junit;

/// The exit code that checks stand for.
pub fn status(checks: &[Check], fail_on: FailOn) -> ExitStatus {
    let fails = |check: &Check| match check.outcome {
        Outcome::Failed => true,
        Outcome::Warning => fail_on == FailOn::Warning,
        Outcome::Passed | Outcome::Skipped => false,
    };
    if checks.iter().any(fails) { ExitStatus::Failed } else { ExitStatus::Done }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_fail_only_where_that_is_asked_for() {
        let passed = Check::passed(Category::Dns, "a", "");
        let skipped = Check::skipped(Category::Dns, "a", "");
        let warning = Check::warning(Category::Dns, "a", "", "");
        let failed = Check::failed(Category::Dns, "a", "", "");
        let of = |checks: &[&Check], on| {
            status(&checks.iter().map(|check| (*check).clone()).collect::<Vec<_>>(), on)
        };
        assert_eq!(of(&[&passed, &skipped, &warning], FailOn::Error), ExitStatus::Done);
        assert_eq!(of(&[&passed, &warning], FailOn::Warning), ExitStatus::Failed);
        assert_eq!(of(&[&skipped], FailOn::Warning), ExitStatus::Done);
        assert_eq!(of(&[&passed, &failed], FailOn::Error), ExitStatus::Failed);
    }
}

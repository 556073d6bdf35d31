//! `ginflix cluster check`: collects the state of a cluster, or of what it needs, and judges it by
//! pure rules.
//!
//! # Layout
//! - `preflight`: whether a cluster can be created; `diagnosis`: whether a cluster works
//! - `playback`: requests a media file as a player does; `verdict`: judges the responses
//! - `hls`: requests playlists and segments of a media file, and judges them
//! - `finding`: the result of a check; `junit`: the results as XML

mod diagnosis;
mod finding;
mod hls;
mod junit;
mod playback;
mod preflight;
mod verdict;

use crate::cluster::options::FailOn;
use crate::error::ExitStatus;

pub use diagnosis::diagnose;
pub use finding::{Category, Check, CheckOutcome};
pub use junit::to_junit;
pub use preflight::preflight;

/// Returns [`ExitStatus::Failed`] if a check has failed, or has given a warning and `fail_on`
/// includes warnings; else [`ExitStatus::Done`].
pub fn exit_status(checks: &[Check], fail_on: FailOn) -> ExitStatus {
    let fails = |check: &Check| match check.outcome {
        CheckOutcome::Failed => true,
        CheckOutcome::Warning => fail_on == FailOn::Warning,
        CheckOutcome::Passed | CheckOutcome::Skipped => false,
    };
    if checks.iter().any(fails) { ExitStatus::Failed } else { ExitStatus::Done }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_fail_only_if_the_user_asks_for_it() {
        let passed = Check::passed(Category::Dns, "a", "");
        let skipped = Check::skipped(Category::Dns, "a", "");
        let warning = Check::warning(Category::Dns, "a", "", "");
        let failed = Check::failed(Category::Dns, "a", "", "");
        let status = |checks: &[&Check], on| {
            exit_status(&checks.iter().map(|check| (*check).clone()).collect::<Vec<_>>(), on)
        };
        assert_eq!(status(&[&passed, &skipped, &warning], FailOn::Error), ExitStatus::Done);
        assert_eq!(status(&[&passed, &warning], FailOn::Warning), ExitStatus::Failed);
        assert_eq!(status(&[&skipped], FailOn::Warning), ExitStatus::Done);
        assert_eq!(status(&[&passed, &failed], FailOn::Error), ExitStatus::Failed);
    }
}

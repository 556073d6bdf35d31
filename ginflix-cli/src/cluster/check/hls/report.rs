//! Turns what came of the requests to a target into checks.

use super::super::finding::{Category, Check, CheckOutcome};
use super::super::verdict::ProbeTarget;
use super::fault::{FaultArea, RuleFault};
use super::presentation::Presentation;
use crate::format::count;

/// Returns the checks of a target that responded. `faults` are what breaks a rule.
pub fn checks(
    target: &ProbeTarget,
    presentation: &Presentation,
    faults: &[RuleFault],
) -> Vec<Check> {
    if faults.is_empty() {
        return vec![Check::passed(Category::Playback, subject(target), summary(presentation))];
    }
    let mut checks = Vec::new();
    for (position, fault) in faults.iter().enumerate() {
        let is_same = |other: &&RuleFault| other.rule == fault.rule && other.area == fault.area;
        if faults[..position].iter().any(|earlier| is_same(&earlier)) {
            continue;
        }
        let more = faults[position + 1..].iter().filter(is_same).count() as u64;
        checks.push(check(target, fault, more));
    }
    checks
}

/// Returns the check of a fault, of which there are so many more that break the same rule.
fn check(target: &ProbeTarget, fault: &RuleFault, more: u64) -> Check {
    let RuleFault { rule, place, found, .. } = fault;
    let more = match more {
        0 => String::new(),
        more => format!("; {} it too", count(more, "other breaks", "others break")),
    };
    let detail = format!("{place}: {found} ({rule}){more}");
    let (subject, hint) = (subject(target), hint(target, fault.area));
    match fault.is_harmless {
        true => Check::warning(Category::Playback, subject, detail, hint),
        false => Check::failed(Category::Playback, subject, detail, hint),
    }
}

/// Returns the check of a target that is still making the index of the file.
pub fn not_ready(target: &ProbeTarget) -> Check {
    let detail = "the file is still being indexed";
    let hint = "wait a minute, and check again";
    Check::warning(Category::Playback, subject(target), detail, hint)
}

/// Returns the check of a target that says that there is no HLS of the file: a failure if another target serves it.
pub fn refused(target: &ProbeTarget, reason: &str, is_served_elsewhere: bool) -> Check {
    if !is_served_elsewhere {
        return Check::skipped(Category::Playback, subject(target), reason);
    }
    let detail = format!("it refuses what other servers send: {reason}");
    let hint = hint(target, FaultArea::Segment);
    Check::failed(Category::Playback, subject(target), detail, hint)
}

/// Merges the warnings that all of several targets get: their cause is the file or GinFlix, not a target.
pub fn merge_warnings(checks: Vec<Check>, targets: usize) -> Vec<Check> {
    let is_shared = |check: &Check| {
        let is_same =
            |other: &&Check| other.outcome == CheckOutcome::Warning && other.detail == check.detail;
        targets > 1 && checks.iter().filter(is_same).count() == targets
    };
    let mut merged: Vec<Check> = Vec::new();
    for check in &checks {
        if check.outcome != CheckOutcome::Warning || !is_shared(check) {
            merged.push(check.clone());
        } else if let Some(earlier) = merged.iter_mut().find(|own| own.detail == check.detail) {
            // The public address is the first target; what helps on a streamer helps.
            earlier.hint.clone_from(&check.hint);
        } else {
            merged.push(Check { subject: "HLS".to_owned(), ..check.clone() });
        }
    }
    merged
}

/// Returns the subject of the checks of a target.
pub fn subject(target: &ProbeTarget) -> String {
    format!("{}: HLS", target.name())
}

fn summary(presentation: &Presentation) -> String {
    let inits = presentation.playlists.iter().filter(|playlist| playlist.init.is_some()).count();
    let segments: usize = presentation.playlists.iter().map(|list| list.segments.len()).sum();
    format!(
        "{} and {} keep the rules",
        count(1 + presentation.playlists.len() as u64, "playlist", "playlists"),
        count((inits + segments) as u64, "segment", "segments")
    )
}

fn hint(target: &ProbeTarget, area: FaultArea) -> &'static str {
    match (target, area) {
        (ProbeTarget::PublicAddress, FaultArea::Playlist) => {
            "exclude /stream/ from what rewrites or compresses text between viewers and streamers; \
             if nothing does, upgrade GinFlix, or report this"
        }
        (ProbeTarget::PublicAddress, FaultArea::Segment) => {
            "check what changes or cuts content between viewers and streamers; if nothing does, \
             upgrade GinFlix, or report this"
        }
        (ProbeTarget::PublicAddress, FaultArea::Delivery) => {
            "check what is between viewers and streamers, and exclude /stream/ from what changes \
             header fields or compresses: a proxy, a cache, the gateway's Caddyfile"
        }
        (ProbeTarget::Streamer(_), FaultArea::Segment) => {
            "replace damaged copies: ginflix media repair --wait; if it stays, upgrade GinFlix, or \
             report this"
        }
        (ProbeTarget::Streamer(_), _) => {
            "see the log: ginflix cluster logs --part streamer; upgrade GinFlix, or report this"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::presentation::FetchedResource;
    use super::*;

    fn presentation() -> Presentation {
        let whole = Ok(Default::default());
        let master = FetchedResource { name: String::new(), whole, again: None, part: None };
        Presentation { master, playlists: Vec::new(), foreign: Vec::new() }
    }

    #[test]
    fn each_rule_is_reported_once() {
        let fault = |place: &str, rule| RuleFault::new(FaultArea::Playlist, rule, place, "found");
        let faults = [
            fault("a.m3u8", "rule 1"),
            fault("b.m3u8", "rule 1"),
            fault("b.m3u8", "rule 2").harmless(),
            fault("c.m3u8", "rule 1"),
        ];
        let checks = checks(&ProbeTarget::PublicAddress, &presentation(), &faults);
        let [first, second] = &checks[..] else { panic!("{checks:?}") };
        assert_eq!(first.subject, "public address: HLS");
        assert_eq!(first.detail, "a.m3u8: found (rule 1); 2 others break it too");
        assert!(first.hint.as_ref().unwrap().contains("exclude /stream/"), "{first:?}");
        assert_eq!(first.outcome, CheckOutcome::Failed);
        assert_eq!(
            (second.outcome, &*second.detail),
            (CheckOutcome::Warning, "b.m3u8: found (rule 2)")
        );
    }

    #[test]
    fn a_target_without_faults_is_one_check() {
        let target = ProbeTarget::Streamer("streamer-1".into());
        let checks = checks(&target, &presentation(), &[]);
        let [passed] = &checks[..] else { panic!("{checks:?}") };
        assert_eq!((passed.outcome, &*passed.subject), (CheckOutcome::Passed, "streamer-1: HLS"));
        assert_eq!(passed.detail, "1 playlist and 0 segments keep the rules");
    }

    #[test]
    fn a_refusal_is_a_failure_if_another_server_sends_the_file() {
        let target = ProbeTarget::Streamer("streamer-1".into());
        assert_eq!(not_ready(&target).outcome, CheckOutcome::Warning);
        let skipped = refused(&target, "why", false);
        assert_eq!((skipped.outcome, &*skipped.detail), (CheckOutcome::Skipped, "why"));
        let failed = refused(&target, "why", true);
        assert_eq!(failed.outcome, CheckOutcome::Failed);
        assert!(failed.detail.ends_with(": why"), "{failed:?}");
    }

    #[test]
    fn a_warning_of_all_targets_is_one() {
        let warning = |subject: &str, detail: &str| {
            Check::warning(Category::Playback, subject, detail, format!("hint for {subject}"))
        };
        let all = vec![warning("public", "same"), warning("one", "same"), warning("one", "own")];
        let merged = merge_warnings(all.clone(), 2);
        let [first, second] = &merged[..] else { panic!("{merged:?}") };
        assert_eq!((&*first.subject, first.hint.as_deref()), ("HLS", Some("hint for one")));
        assert_eq!(*second, all[2]);
        assert_eq!(merge_warnings(all.clone(), 3), all);
        assert_eq!(merge_warnings(all[2..].to_vec(), 1), all[2..]);
    }
}

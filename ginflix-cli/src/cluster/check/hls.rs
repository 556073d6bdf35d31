//! Plays a media file by HLS from each target, as a player does, and names the rule that a playlist, a segment or a response
//! breaks.
//!
//! # Layout
//! - `fetch`: the requests, within limits; `presentation`: what came of them
//! - `judge`: applies the rules of `master`, `media`, `init`, `fragment` and `delivery`, which are pure functions
//! - `lines`, `boxes`: read playlists and boxes without making the best of them
//! - `fault`: what breaks a rule; `report`: faults as checks

mod boxes;
mod delivery;
mod fault;
mod fetch;
mod fragment;
mod init;
mod judge;
mod lines;
mod master;
mod media;
mod presentation;
mod report;
#[cfg(test)]
mod test_boxes;

use ginflix_api::client::Client;
use ginflix_api::inspection::{Inspection, TrackKind};
use ginflix_api::media::Media;
use ginflix_media::packaging;

use self::judge::FileFacts;
use self::presentation::FetchOutcome;
use super::finding::{Category, Check};
use super::verdict::ProbeTarget;
use crate::cluster::progress::ProgressStep;

/// Requests the HLS of a media file from each target, and judges it. A file of which there is no HLS is one skipped check.
pub async fn play(
    media: &Media,
    targets: &[(ProbeTarget, Client)],
    step: &dyn ProgressStep,
) -> Vec<Check> {
    let facts = match file_facts(media.inspection.as_ref()) {
        Ok(facts) => facts,
        Err(reason) => return vec![Check::skipped(Category::Playback, "HLS", reason)],
    };
    let (mut checks, mut refusals, mut is_served) = (Vec::new(), Vec::new(), false);
    for (target, client) in targets {
        step.transient(&format!("Playing {} by HLS ({})", media.name, target.name()));
        // The segments are judged and dropped before the next target sends its own.
        match fetch::fetch(client, &media.name).await {
            Err(error) => {
                let subject = report::subject(target);
                checks.push(Check::skipped(Category::Playback, subject, error.to_string()));
            }
            Ok(FetchOutcome::NotReady) => checks.push(report::not_ready(target)),
            Ok(FetchOutcome::Refused(reason)) => refusals.push((target, reason)),
            Ok(FetchOutcome::Presentation(presentation)) => {
                is_served = true;
                let faults = judge::judge(&presentation, &facts);
                checks.extend(report::checks(target, &presentation, &faults));
            }
        }
    }
    checks.extend(refusals.iter().map(|(target, why)| report::refused(target, why, is_served)));
    report::merge_warnings(checks, targets.len())
}

/// Returns what the rules need to know of a file.
///
/// # Errors
/// The reason why there is no HLS of it.
fn file_facts(found: Option<&Inspection>) -> Result<FileFacts, &'static str> {
    let found = found.ok_or("the file has not been inspected yet")?;
    let selection = packaging::select(found)?;
    let video = selection.video.and_then(|position| match &found.tracks[position].kind {
        TrackKind::Video(video) => video.frame_rate,
        _ => None,
    });
    let frame_seconds = video.map(|rate| rate.value().recip());
    Ok(FileFacts { duration_seconds: found.duration_seconds, frame_seconds })
}

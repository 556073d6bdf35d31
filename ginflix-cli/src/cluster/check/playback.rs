//! Requests a media file from each streamer, and from the address that viewers use, as a player
//! does.

use ginflix_api::client::Client;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::{ListedMedia, ReplicaState};
use sha2::{Digest, Sha256};

use super::finding::{Category, Check};
use super::hls;
use super::verdict::{
    PlaybackProbe, ProbeResult, ProbeTarget, SAMPLE_BYTES, judge, merge_duplicate_faults,
    sample_ranges, samples_differ,
};
use crate::cluster::progress::Progress;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{count, size};

/// How much of a response without a range is read to measure its delay, in bytes.
const FULL_RESPONSE_BYTES: usize = 64 * 1024;
/// The largest file that is read completely if samples differ, in bytes.
const FULL_READ_LIMIT: u64 = 4 << 30;

/// Returns the media file of that name, else the largest: a small file fits into the buffers of a
/// proxy, which then hides its faults. `None` if all files are empty.
///
/// # Errors
/// Fails with [`ExitStatus::NotFound`] if there is no file of that name.
pub fn choose<'a>(
    all: &'a [ListedMedia],
    name: Option<&MediaName>,
) -> Result<Option<&'a ListedMedia>> {
    match name {
        Some(name) => match all.iter().find(|listed| listed.media.name == *name) {
            Some(listed) => Ok(Some(listed)),
            None => Err(Failure::new(ExitStatus::NotFound, format!("there is no file {name}"))
                .hint("list the files: ginflix media list")),
        },
        None => Ok(all
            .iter()
            .filter(|listed| listed.media.size_bytes > 0)
            .max_by_key(|listed| listed.media.size_bytes)),
    }
}

/// Requests a media file from each target and judges the responses.
pub async fn play(
    listed: &ListedMedia,
    targets: Vec<(ProbeTarget, Client)>,
    progress: &dyn Progress,
) -> Vec<Check> {
    let media = &listed.media;
    let step = progress.start(&format!("Playing {}", media.name));
    let mut probes = Vec::new();
    for (target, client) in &targets {
        step.transient(&format!("Playing {} ({})", media.name, target.name()));
        probes.push(probe(listed, target.clone(), client).await);
    }
    let mut checks: Vec<Check> =
        probes.iter().flat_map(|probe| judge(probe, media.size_bytes)).collect();
    let streamers = probes.iter().filter(|p| matches!(p.target, ProbeTarget::Streamer(_))).count();
    if samples_differ(&probes) {
        step.transient(&format!("Reading all of {}", media.name));
        let mut content_faults = Vec::new();
        for (target, client) in &targets {
            content_faults.extend(verify_content(media, target, client).await);
        }
        checks.extend(content_faults);
    } else if streamers > 0 {
        let detail = format!(
            "{} and the public address send the same bytes",
            count(streamers as u64, "streamer", "streamers")
        );
        checks.push(Check::passed(Category::Playback, "samples", detail));
    }
    checks.extend(hls::play(media, &targets, &*step).await);
    drop(step);
    let mut checks = merge_duplicate_faults(checks);
    for check in &mut checks {
        check.subject = format!("{}, {}", media.name, check.subject);
    }
    checks
}

/// Returns whether the catalogue says that the target has the whole file; always true for the
/// public address, which may be any server.
fn is_listed_as_whole(listed: &ListedMedia, target: &ProbeTarget) -> bool {
    let ProbeTarget::Streamer(name) = target else { return true };
    let replicas = listed.replication.iter().flat_map(|replication| &replication.replicas);
    replicas.into_iter().any(|r| r.streamer == *name && r.state == ReplicaState::Whole)
}

async fn probe(listed: &ListedMedia, target: ProbeTarget, client: &Client) -> PlaybackProbe {
    let media = &listed.media;
    let size = media.size_bytes;
    let get = async |range: Option<String>, limit: usize| -> ProbeResult {
        client.probe_range(&media.name, range.as_deref(), limit).await
    };
    let mut samples = Vec::new();
    for (first, last) in sample_ranges(size) {
        // The limit is one byte more than the range, so that a body that is too long is noticed.
        samples.push(get(Some(format!("bytes={first}-{last}")), SAMPLE_BYTES as usize + 1).await);
    }
    PlaybackProbe {
        head: client.probe_head(&media.name).await,
        samples,
        past_end: get(Some(format!("bytes={size}-")), 0).await,
        full: get(None, FULL_RESPONSE_BYTES).await,
        is_listed_as_whole: is_listed_as_whole(listed, &target),
        target,
    }
}

/// Compares the SHA-256 of the whole file with the catalogue; `None` if they are equal. Only this
/// tells which of two different samples is the right one.
async fn verify_content(media: &Media, target: &ProbeTarget, client: &Client) -> Option<Check> {
    let subject = format!("{}: content", target.name());
    let hint = "verify all copies and replace the damaged ones: ginflix media repair --wait";
    if media.size_bytes > FULL_READ_LIMIT {
        let detail = format!(
            "its samples differ from those of others; it is larger than {}, so the check did not \
             read all of it",
            size(FULL_READ_LIMIT)
        );
        return Some(Check::failed(Category::Playback, subject, detail, hint));
    }
    let mut digest = Sha256::new();
    let read = client.read_stream(&media.name, |bytes| digest.update(bytes)).await;
    let detail = match read {
        Err(error) => format!("the response was interrupted: {error}"),
        Ok(()) if is_expected(media, &hex::encode(digest.finalize())) => return None,
        Ok(()) => "its SHA-256 is not the one in the catalogue".to_owned(),
    };
    Some(Check::failed(Category::Playback, subject, detail, hint))
}

/// Returns whether this is the SHA-256 of a file, which is not known of a file of a library.
fn is_expected(media: &Media, sha256: &str) -> bool {
    media.sha256.as_ref().is_none_or(|expected| expected == sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(name: &str, size: u64) -> ListedMedia {
        let media = Media {
            name: name.parse().unwrap(),
            file_name: None,
            size_bytes: size,
            sha256: Some(String::new()),
            content_type: "video/mp4".into(),
            duration_seconds: None,
            inspection: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            library: None,
            missing_since: None,
            stream_path: String::new(),
        };
        ListedMedia { media, playability: Default::default(), replication: None }
    }

    #[test]
    fn the_largest_file_is_played_unless_one_is_named() {
        let all = [media("a.mp4", 5), media("b.mp4", 9), media("empty.mp4", 0)];
        assert_eq!(choose(&all, None).unwrap().unwrap().media.name.as_str(), "b.mp4");
        let named = "a.mp4".parse().unwrap();
        assert_eq!(choose(&all, Some(&named)).unwrap().unwrap().media.name, named);
        assert_eq!(choose(&[], None).unwrap(), None);
        let failure = choose(&all, Some(&"c.mp4".parse().unwrap())).unwrap_err();
        assert_eq!(failure.status, ExitStatus::NotFound);
    }
}

//! Judges the responses to the requests for a media file; without any I/O.

use std::time::Duration;

use ginflix_api::client::{ClientError, StreamResponse};

use super::finding::{Category, Check, CheckOutcome};

/// Size of a sample, in bytes. A smaller file is its own sample.
pub const SAMPLE_BYTES: u64 = 256 * 1024;
/// A first byte that takes no longer than this is no sign of a buffering proxy.
const FIRST_BYTE_GRACE: Duration = Duration::from_millis(1500);
/// How many times longer the first byte of a whole file may take than that of a sample.
const BUFFERING_FACTOR: u32 = 8;
/// What to do about a file that is damaged on a streamer.
const REPAIR_HINT: &str =
    "verify all copies and replace the damaged ones: ginflix media repair --wait";

/// The response to one request.
pub type ProbeResult = Result<StreamResponse, ClientError>;

/// A server from which a media file was requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeTarget {
    /// One streamer, without the gateway and the network before it.
    Streamer(String),
    /// The address that viewers use.
    PublicAddress,
}

impl ProbeTarget {
    /// Returns the name in the report.
    pub fn name(&self) -> &str {
        match self {
            Self::Streamer(name) => name,
            Self::PublicAddress => "public address",
        }
    }
}

/// The responses of one target.
pub struct PlaybackProbe {
    /// The target.
    pub target: ProbeTarget,
    /// Whether the catalogue says that the target has the whole file.
    pub is_listed_as_whole: bool,
    /// The response to `HEAD`.
    pub head: ProbeResult,
    /// The responses to `GET` for each of [`sample_ranges`], in that order.
    pub samples: Vec<ProbeResult>,
    /// The response to a range that begins at the end of the file.
    pub past_end: ProbeResult,
    /// The response to `GET` without a range, of which only the first bytes were read.
    pub full: ProbeResult,
}

/// Returns the ranges of the samples, at the beginning, in the middle and at the end of a file of
/// `size` bytes, which must not be empty. Each is `(first, last)`, both inclusive.
pub fn sample_ranges(size: u64) -> Vec<(u64, u64)> {
    let length = SAMPLE_BYTES.min(size);
    let middle = (size - length) / 2;
    [0, middle, size - length].map(|first| (first, first + length - 1)).to_vec()
}

/// Judges the responses of one target for a file of `size` bytes: returns its faults, or one check
/// that has passed.
pub fn judge(probe: &PlaybackProbe, size: u64) -> Vec<Check> {
    let name = probe.target.name();
    let mut checks = vec![check_head(probe, size)];
    checks.extend(check_samples(probe, size));
    checks.push(check_past_end(probe, size));
    match probe.target {
        ProbeTarget::PublicAddress => checks.push(check_buffering(probe, size)),
        ProbeTarget::Streamer(_) => checks.push(check_own_copy(probe)),
    }
    // A missing file makes every check fail: one fault says it.
    if probe.head.as_ref().is_ok_and(|response| response.status == 404)
        && probe.samples.iter().flatten().all(|response| response.status == 404)
    {
        let detail = "does not have this file".to_owned();
        return vec![Check::failed(Category::Playback, name, detail, hint(&probe.target))];
    }
    if checks.iter().all(|check| check.outcome == CheckOutcome::Passed) {
        let detail = "HEAD, the first, middle and last bytes, and a range past the end are correct";
        return vec![Check::passed(Category::Playback, name, detail)];
    }
    checks.retain(|check| check.outcome != CheckOutcome::Passed);
    checks
}

fn failed(probe: &PlaybackProbe, subject: &str, detail: String, hint: &str) -> Check {
    Check::failed(Category::Playback, format!("{}: {subject}", probe.target.name()), detail, hint)
}

fn hint(target: &ProbeTarget) -> &'static str {
    match target {
        ProbeTarget::Streamer(_) => REPAIR_HINT,
        ProbeTarget::PublicAddress => {
            "check what is between viewers and streamers: a proxy, a cache, the gateway's Caddyfile"
        }
    }
}

fn check_head(probe: &PlaybackProbe, size: u64) -> Check {
    let fault = match &probe.head {
        Err(error) => Some(error.to_string()),
        Ok(response) if response.status != 200 => {
            Some(format!("HEAD got status {}", response.status))
        }
        Ok(response) if response.length != Some(size) => Some(format!(
            "its length is {}, and should be {size}",
            response.length.map_or("missing".to_owned(), |length| length.to_string())
        )),
        Ok(response) if !response.accepts_ranges => Some("ranges are not offered".to_owned()),
        Ok(_) => None,
    };
    match fault {
        Some(fault) => failed(probe, "head", fault, hint(&probe.target)),
        None => Check::passed(Category::Playback, probe.target.name(), ""),
    }
}

fn check_samples(probe: &PlaybackProbe, size: u64) -> Vec<Check> {
    let subjects = ["first bytes", "middle", "last bytes"];
    let samples = sample_ranges(size).into_iter().zip(&probe.samples).zip(subjects);
    samples
        .map(|((range, response), subject)| match response {
            Ok(response) if response.status == 200 => whole_file_sent(probe, subject),
            response => match sample_fault(response, range, size) {
                Some(fault) => failed(probe, subject, fault, hint(&probe.target)),
                None => Check::passed(Category::Playback, subject, ""),
            },
        })
        .collect()
}

/// Returns the fault for a response that ignores the header `Range`, which RFC 9110, section 14.2,
/// allows, but which makes seeking impossible.
fn whole_file_sent(probe: &PlaybackProbe, subject: &str) -> Check {
    let fault = "the whole file was sent instead of the requested range";
    let hint = match &probe.target {
        ProbeTarget::PublicAddress => {
            "something between viewers and streamers drops the header Range, so that viewers \
             cannot seek: check the proxy, or the gateway's Caddyfile"
        }
        target => hint(target),
    };
    failed(probe, subject, fault.to_owned(), hint)
}

fn sample_fault(response: &ProbeResult, (first, last): (u64, u64), size: u64) -> Option<String> {
    let expected = format!("bytes {first}-{last}/{size}");
    match response {
        Err(error) => Some(error.to_string()),
        Ok(response) if response.status != 206 => Some(format!("got status {}", response.status)),
        Ok(response) if response.range.as_deref() != Some(&expected) => Some(format!(
            "got `{}` instead of `{expected}`",
            response.range.as_deref().unwrap_or("no Content-Range")
        )),
        Ok(response) if response.body.len() as u64 != last - first + 1 => {
            Some(format!("got {} bytes instead of {}", response.body.len(), last - first + 1))
        }
        Ok(response) if response.encoding.is_some() => {
            Some("it was sent compressed, which breaks ranges".to_owned())
        }
        Ok(_) => None,
    }
}

fn check_past_end(probe: &PlaybackProbe, size: u64) -> Check {
    let fault = match &probe.past_end {
        Err(error) => error.to_string(),
        Ok(response) if response.status == 416 => {
            return Check::passed(Category::Playback, "past the end", "");
        }
        Ok(response) => format!(
            "a range that begins at byte {size} got status {} instead of 416",
            response.status
        ),
    };
    failed(probe, "past the end", fault, hint(&probe.target))
}

/// Checks that a streamer sends its own replica. Viewers do not notice if it passes on another
/// streamer's, but whoever operates the cluster should.
fn check_own_copy(probe: &PlaybackProbe) -> Check {
    let subject = "own copy";
    if probe.is_listed_as_whole
        && probe.samples.iter().flatten().any(|response| response.is_forwarded)
    {
        let detail = "is missing or incomplete: the streamer passes on another streamer's copy";
        return failed(probe, subject, detail.to_owned(), hint(&probe.target));
    }
    Check::passed(Category::Playback, subject, "")
}

/// Checks that no proxy reads the whole file before it sends any of it. That delays the first byte
/// of the whole file, but not that of a sample.
fn check_buffering(probe: &PlaybackProbe, size: u64) -> Check {
    let subject = "buffering";
    let Ok(full) = &probe.full else {
        return Check::passed(Category::Playback, subject, "");
    };
    if full.status == 200 && full.length != Some(size) {
        let detail = "the whole file is sent without its length: something on the way rewrites it";
        return failed(probe, subject, detail.to_owned(), hint(&probe.target));
    }
    let sample = probe.samples.iter().flatten().map(|response| response.first_byte_after).max();
    let is_late = sample.is_some_and(|sample| {
        full.first_byte_after > FIRST_BYTE_GRACE
            && full.first_byte_after > sample * BUFFERING_FACTOR
    });
    if is_late {
        let detail = format!(
            "the first byte of the whole file arrives after {:.1} s, that of a sample after \
             {:.1} s: something on the way reads all of it before it sends any",
            full.first_byte_after.as_secs_f32(),
            sample.unwrap_or_default().as_secs_f32(),
        );
        let hint = "let the proxy pass on responses without buffering (nginx: proxy_buffering off)";
        return failed(probe, subject, detail, hint);
    }
    Check::passed(Category::Playback, subject, "")
}

/// Returns whether two targets that sent all samples sent different bytes. Which of them are right
/// cannot be decided by majority: the public address shows the bytes of one of the streamers.
pub fn samples_differ(probes: &[PlaybackProbe]) -> bool {
    let mut bodies = probes
        .iter()
        .filter(|probe| probe.samples.iter().all(Result::is_ok))
        .map(|probe| probe.samples.iter().flatten().map(|response| &response.body));
    let Some(first) = bodies.next() else { return false };
    let first: Vec<_> = first.collect();
    bodies.any(|other| !other.eq(first.iter().copied()))
}

/// Replaces the faults of the public address by one warning if a streamer has a fault: the public
/// address shows the streamer's faults too.
pub fn merge_duplicate_faults(checks: Vec<Check>) -> Vec<Check> {
    let is_public = |check: &Check| check.subject.starts_with(ProbeTarget::PublicAddress.name());
    let is_fault = |check: &Check| check.outcome == CheckOutcome::Failed;
    let has_streamer_fault = checks.iter().any(|check| is_fault(check) && !is_public(check));
    let (duplicates, mut kept): (Vec<Check>, Vec<Check>) = checks
        .into_iter()
        .partition(|check| has_streamer_fault && is_public(check) && is_fault(check));
    if !duplicates.is_empty() {
        let detail = "viewers see the fault of the streamer";
        let hint = "repair the streamer first, and check again";
        let subject = ProbeTarget::PublicAddress.name();
        kept.push(Check::warning(Category::Playback, subject, detail, hint));
    }
    kept
}

#[cfg(test)]
mod tests;

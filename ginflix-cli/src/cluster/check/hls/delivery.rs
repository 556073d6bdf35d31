//! The rules of the responses with playlists and segments (RFC 9110).

use super::fault::{FaultArea, RuleFault};
use super::presentation::{FetchedResource, Received, SEGMENT_BYTES_LIMIT};

/// The rule of responses that end early.
const COMPLETE: &str = "RFC 9112, section 8";
/// The rule of status codes.
const STATUS: &str = "RFC 9110, section 15";
/// The rule of codings that a request does not allow.
const CODING: &str = "RFC 9110, section 12.5.3";
/// The rule of the media type of playlists.
const PLAYLIST_TYPE: &str = "RFC 8216, section 4";
/// The rule of media types.
const TYPE: &str = "RFC 9110, section 8.3";
/// The rule of the length of content.
const LENGTH: &str = "RFC 9110, section 8.6";
/// The rule of conditional requests.
const CONDITION: &str = "RFC 9110, section 13.1.2";
/// The rule of range requests.
const RANGE: &str = "RFC 9110, section 14.2";
/// The rule of responses that never change.
const IMMUTABLE: &str = "RFC 8246, section 2";

/// The media types of playlists.
const PLAYLIST_TYPES: [&str; 2] = ["application/vnd.apple.mpegurl", "audio/mpegurl"];

/// Checks the responses with a playlist.
pub fn check_playlist(resource: &FetchedResource) -> Vec<RuleFault> {
    let mut faults = Faults { name: &resource.name, found: Vec::new() };
    if faults.check_status(&resource.whole) {
        faults.check_type(&resource.whole, &PLAYLIST_TYPES, PLAYLIST_TYPE);
        faults.check_again(resource);
    }
    faults.found
}

/// Checks the responses with an initialization segment or a segment.
pub fn check_segment(resource: &FetchedResource, is_video: bool) -> Vec<RuleFault> {
    let mut faults = Faults { name: &resource.name, found: Vec::new() };
    if faults.check_status(&resource.whole) {
        let media_type = if is_video { "video/mp4" } else { "audio/mp4" };
        faults.check_type(&resource.whole, &[media_type], TYPE);
        faults.check_length(&resource.whole);
        faults.check_caching(&resource.whole);
        faults.check_again(resource);
        faults.check_part(resource);
    }
    faults.found
}

/// Collects the faults of the responses with one resource.
struct Faults<'a> {
    name: &'a str,
    found: Vec<RuleFault>,
}

impl Faults<'_> {
    fn add(&mut self, rule: &'static str, found: impl Into<String>) {
        self.found.push(RuleFault::new(FaultArea::Delivery, rule, self.name, found));
    }

    fn add_harmless(&mut self, rule: &'static str, found: impl Into<String>) {
        self.found.push(RuleFault::new(FaultArea::Delivery, rule, self.name, found).harmless());
    }

    /// Returns whether the content can be read.
    fn check_status(&mut self, received: &Received) -> bool {
        let response = match received {
            Ok(response) => response,
            Err(error) => {
                self.add(COMPLETE, error.to_string());
                return false;
            }
        };
        if response.status != 200 {
            let reason = response.refusal().map_or(String::new(), |reason| format!(": {reason}"));
            self.add(STATUS, format!("it got status {}{reason}", response.status));
            return false;
        }
        match response.encoding.as_deref() {
            None | Some("identity") => true,
            Some(coding) => {
                let coding = coding.escape_debug();
                self.add(
                    CODING,
                    format!("it was compressed ({coding}), which the request did not allow"),
                );
                false
            }
        }
    }

    fn check_type(&mut self, received: &Received, expected: &[&str], rule: &'static str) {
        let Ok(response) = received else { return };
        let own = response.content_type.as_deref().unwrap_or_default();
        let essence = own.split(';').next().unwrap_or_default().trim();
        if !expected.iter().any(|expected| essence.eq_ignore_ascii_case(expected)) {
            let expected = expected[0];
            let own = own.escape_debug();
            self.add(rule, format!("its type is `{own}` instead of `{expected}`"));
        }
    }

    fn check_length(&mut self, received: &Received) {
        let Ok(response) = received else { return };
        let own = response.body.len();
        match response.length {
            None => self.add(LENGTH, "Content-Length is missing"),
            Some(length) if own < SEGMENT_BYTES_LIMIT && length != own as u64 => {
                self.add(LENGTH, format!("Content-Length is {length}, and {own} bytes came"));
            }
            Some(_) => {}
        }
    }

    /// A segment whose address is never reused is kept by caches for a year, unless something on the way forbids it.
    fn check_caching(&mut self, received: &Received) {
        let Ok(response) = received else { return };
        let own = response.cache_control.as_deref().unwrap_or_default();
        let has = |name: &str| own.split(',').any(|own| own.trim().eq_ignore_ascii_case(name));
        if !has("immutable") || has("no-store") || has("no-cache") {
            let own = own.escape_debug();
            let found = format!("Cache-Control is `{own}`, so caches do not keep it");
            self.add_harmless(IMMUTABLE, found);
        }
    }

    fn check_again(&mut self, resource: &FetchedResource) {
        match &resource.again {
            None if resource.whole.as_ref().is_ok_and(|whole| whole.etag.is_none()) => {
                self.add_harmless(CONDITION, "ETag is missing, so clients must load it again");
            }
            Some(Ok(again)) if again.status != 304 => {
                let status = again.status;
                let found = format!("a request with its ETag got status {status} instead of 304");
                self.add_harmless(CONDITION, found);
            }
            Some(Err(error)) => self.add(COMPLETE, error.to_string()),
            _ => {}
        }
    }

    fn check_part(&mut self, resource: &FetchedResource) {
        let (Some(([first, last], part)), Ok(whole)) = (&resource.part, &resource.whole) else {
            return;
        };
        let part = match part {
            Ok(part) => part,
            Err(error) => return self.add(COMPLETE, error.to_string()),
        };
        // Players of HLS request whole segments, so they play without ranges.
        if part.status == 200 {
            let found = "all of it came instead of the requested range";
            return self.add_harmless(RANGE, found);
        }
        let total = whole.length.unwrap_or(whole.body.len() as u64);
        let expected = format!("bytes {first}-{last}/{total}");
        if part.status != 206 {
            self.add(RANGE, format!("a request for a range got status {}", part.status));
        } else if part.range.as_deref() != Some(&expected) {
            let own = part.range.as_deref().unwrap_or("no Content-Range").escape_debug();
            self.add(RANGE, format!("a request for a range got `{own}` instead of `{expected}`"));
        } else if whole.body.get(*first as usize..=*last as usize) != Some(&part.body[..]) {
            self.add(RANGE, "a range of it has other bytes than all of it");
        }
    }
}

#[cfg(test)]
mod tests;

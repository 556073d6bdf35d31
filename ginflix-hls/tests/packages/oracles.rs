//! What other programs say of playlists and segments.

use std::io::Cursor;

use ginflix_hls::rendition::{Rendition, RenditionKind};
use m3u8_rs::{MasterPlaylist, MediaPlaylist, MediaPlaylistType};
use transmux::validate::Severity;

use crate::make::Stream;

/// Returns what is wrong with a master playlist.
pub fn master(text: &str) -> Vec<String> {
    let Ok((rest, playlist)) = m3u8_rs::parse_master_playlist(text.as_bytes()) else {
        return vec![format!("the master playlist cannot be parsed: {text}")];
    };
    let MasterPlaylist { version, variants, alternatives, independent_segments, .. } = &playlist;
    let mut faults = Vec::new();
    let mut check = |is_right: bool, what: &str| {
        if !is_right {
            faults.push(format!("the master playlist: {what}: {text}"));
        }
    };
    check(rest.is_empty(), "a rest");
    check(*version == Some(7) && *independent_segments, "version");
    check(!variants.is_empty(), "no variant");
    let uris = variants.iter().map(|variant| Some(&variant.uri));
    for uri in uris.chain(alternatives.iter().map(|alternative| alternative.uri.as_ref())) {
        check(uri.is_some_and(|uri| uri.ends_with(".m3u8?expires=1&signature=x")), "URI");
    }
    for variant in variants {
        check(variant.average_bandwidth.is_some_and(|rate| rate <= variant.bandwidth), "rates");
        check(variant.codecs.as_ref().is_some_and(|codecs| !codecs.is_empty()), "codecs");
        if let Some(group) = &variant.audio {
            let members = alternatives.iter().filter(|member| member.group_id == *group);
            check(members.clone().filter(|member| member.default).count() == 1, "default");
            let mut names: Vec<_> = members.map(|member| &member.name).collect();
            names.sort();
            let count = names.len();
            names.dedup();
            check(names.len() == count, "names");
        }
    }
    faults
}

/// Returns what is wrong with a media playlist.
pub fn media(text: &str, rendition: &Rendition) -> Vec<String> {
    let Ok((rest, playlist)) = m3u8_rs::parse_media_playlist(text.as_bytes()) else {
        return vec![format!("the playlist cannot be parsed: {text}")];
    };
    let MediaPlaylist { version, target_duration, segments, .. } = &playlist;
    let mut faults = Vec::new();
    let mut check = |is_right: bool, what: &str| {
        if !is_right {
            faults.push(format!("the playlist: {what}: {text}"));
        }
    };
    check(rest.is_empty(), "a rest");
    check(*version == Some(7), "version");
    check(playlist.playlist_type == Some(MediaPlaylistType::Vod) && playlist.end_list, "type");
    check(playlist.i_frames_only == (rendition.kind == RenditionKind::IFrames), "I-frames");
    check(segments.len() == rendition.segments as usize, "segments");
    check(segments.first().is_some_and(|segment| segment.map.is_some()), "map");
    for segment in segments {
        check(segment.duration > 0.0, "a segment without duration");
        check(f64::from(segment.duration).round() as u64 <= *target_duration, "target duration");
    }
    let sum: f64 = segments.iter().map(|segment| f64::from(segment.duration)).sum();
    check((sum - rendition.end().seconds()).abs() < 0.001, "sum of durations");
    faults
}

/// Returns what is wrong with the boxes of a rendition. `ours` is what ffprobe reads of them.
pub fn boxes(init: &[u8], segments: &[Vec<u8>], ours: &Stream) -> Vec<String> {
    let parts: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    let issues = transmux::validate::validate_cmaf_track(init, &parts);
    let mut faults: Vec<String> = issues
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .map(|issue| format!("{}: {}", issue.code, issue.message))
        .collect();
    let whole = [init, &segments.concat()].concat();
    let size = whole.len() as u64;
    match mp4box::track_samples_from_reader(Cursor::new(&whole)) {
        Ok(tracks) => {
            let samples = tracks.first().map_or(0, |track| track.samples.len());
            if tracks.len() != 1 || samples != ours.packets.len() {
                faults.push(format!("mp4box finds {samples} samples"));
            }
            let ends = tracks.iter().flat_map(|track| &track.samples);
            if ends.clone().any(|s| s.file_offset + u64::from(s.size) > size) {
                faults.push("mp4box finds samples beyond the end".into());
            }
        }
        Err(error) => faults.push(format!("mp4box: {error}")),
    }
    faults
}

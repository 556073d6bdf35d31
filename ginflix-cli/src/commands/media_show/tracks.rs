//! The table of the tracks of a media file.

use ginflix_api::inspection::{AudioTrack, Hdr, Ratio, Track, TrackKind, VideoTrack};

use super::super::playability::short_codec_name;
use crate::format::{bit_rate, in_one_line};
use crate::table::{Column, Table};

/// Formats the tracks as a table, with a column for their names if they have any; empty without
/// tracks.
pub fn render(tracks: &[Track], width: Option<u16>) -> String {
    if tracks.is_empty() {
        return String::new();
    }
    let has_names = tracks.iter().any(|track| track.name.is_some());
    let mut headings = vec![
        ("TRACK", Column::Number),
        ("KIND", Column::Fixed),
        ("CODEC", Column::Text),
        ("LANGUAGE", Column::Fixed),
    ];
    if has_names {
        headings.push(("NAME", Column::Text));
    }
    headings.push(("DETAILS", Column::Text));
    let mut table = Table::new(&headings);
    for track in tracks {
        let mut cells = vec![
            track.number.to_string(),
            kind(track).to_owned(),
            codec(track),
            or_dash(track.language.as_deref()),
        ];
        if has_names {
            cells.push(or_dash(track.name.as_deref()));
        }
        cells.push(details(track));
        table.row(cells);
    }
    table.render(width)
}

/// Formats text from the file, or a dash if there is none.
fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or("–".to_owned(), in_one_line)
}

fn kind(track: &Track) -> &'static str {
    match track.kind {
        TrackKind::Video(_) => "video",
        TrackKind::Audio(_) => "audio",
        TrackKind::Text => "text",
        TrackKind::Other => "other",
    }
}

/// Formats the codec and its name in media types, such as `H.264 avc1.640028`.
fn codec(track: &Track) -> String {
    let name = short_codec_name(track);
    match &track.codec_string {
        Some(codec_string) => format!("{name} {}", in_one_line(codec_string)),
        None => name,
    }
}

/// Formats the properties and the flags of a track.
pub fn details(track: &Track) -> String {
    let mut parts = match &track.kind {
        TrackKind::Video(video) => video_details(video),
        TrackKind::Audio(audio) => audio_details(audio),
        TrackKind::Text | TrackKind::Other => Vec::new(),
    };
    parts.extend(track.bit_rate.map(bit_rate));
    parts.extend(track.peak_bit_rate.map(|rate| format!("peak {}", bit_rate(rate))));
    let flags = [
        (track.default, "default"),
        (track.forced, "forced"),
        (track.hearing_impaired, "hearing impaired"),
    ];
    parts.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned()));
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

fn video_details(video: &VideoTrack) -> Vec<String> {
    let mut parts = vec![format!("{}×{}", video.width, video.height)];
    if video.rotation != 0 {
        parts.push(format!("rotated by {}°", video.rotation));
    }
    let ratio = video.sample_aspect_ratio.filter(|ratio| ratio.numerator != ratio.denominator);
    if let Some(Ratio { numerator, denominator }) = ratio {
        parts.push(format!("sample aspect ratio {numerator}:{denominator}"));
    }
    if let Some(rate) = video.frame_rate {
        let constancy = match video.constant_frame_rate {
            Some(true) => " (constant)",
            Some(false) => " (variable)",
            None => "",
        };
        parts.push(format!("{} fps{constancy}", frame_rate(rate)));
    }
    let deep = video.bit_depth.filter(|depth| *depth > 8);
    parts.extend(deep.map(|depth| format!("{depth} bits")));
    parts.extend(video.hdr.map(dynamic_range));
    parts
}

/// Formats a frame rate with at most three decimals.
fn frame_rate(rate: Ratio) -> String {
    let text = format!("{:.3}", rate.value());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn dynamic_range(hdr: Hdr) -> String {
    match hdr {
        Hdr::Pq => "HDR (PQ)".to_owned(),
        Hdr::Hlg => "HDR (HLG)".to_owned(),
        Hdr::DolbyVision { profile, compatible } => {
            let elsewhere = if compatible { "" } else { ", wrong colours without it" };
            format!("Dolby Vision profile {profile}{elsewhere}")
        }
    }
}

fn audio_details(audio: &AudioTrack) -> Vec<String> {
    let mut parts = vec![channels(audio.channels)];
    if audio.sample_rate > 0 {
        parts.push(format!("{} kHz", f64::from(audio.sample_rate) / 1000.0));
    }
    parts
}

/// Formats the number of channels as their usual layout.
fn channels(number: u32) -> String {
    match number {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        6 => "5.1".to_owned(),
        8 => "7.1".to_owned(),
        other => format!("{other} channels"),
    }
}

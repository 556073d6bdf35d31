//! Initialization segments (ISO/IEC 14496-12, section 8.1, and CMAF, ISO/IEC 23000-19, section 7.3.1): the description of a
//! rendition without its samples.

use crate::boxes::{boxed, full, joined};
use crate::index::Index;
use crate::rendition::{Rendition, RenditionKind, UNITY_MATRIX};

/// The ticks a second of the movie header, which nothing refers to but the edit list's duration of 0.
const MOVIE_TIMESCALE: u32 = 1000;
/// The sample flags of audio: each sample is a sync sample (section 8.8.3.1).
pub const SYNC_FLAGS: u32 = 0x0200_0000;
/// The sample flags of video that depends on other samples.
pub const NON_SYNC_FLAGS: u32 = 0x0101_0000;

/// Returns the initialization segment of the rendition at this position; `None` if there is no such rendition.
pub fn segment(index: &Index, position: usize) -> Option<Vec<u8>> {
    let rendition = index.renditions.get(position)?;
    let track_id = track_id(position);
    let file_type = joined(b"ftyp", &[b"iso6", &[0, 0, 0, 1], b"iso6", b"cmfc", b"mp41"]);
    let children = [movie_header(), track(rendition, track_id), extends(rendition, track_id)];
    Some([file_type, boxed(b"moov", &children.concat())].concat())
}

/// Returns the track identifier of a rendition: different ones, so that renditions can be put into one file.
pub fn track_id(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX - 1) + 1
}

fn movie_header() -> Vec<u8> {
    let matrix = matrix_bytes(&UNITY_MATRIX);
    let fields = [
        &[0; 8][..],
        &MOVIE_TIMESCALE.to_be_bytes(),
        &[0; 4],             // the duration is that of the fragments
        &[0, 1, 0, 0, 1, 0], // rate, volume
        &[0; 10],            // reserved
        &matrix,
        &[0; 24],                // pre_defined
        &u32::MAX.to_be_bytes(), // next_track_ID
    ];
    full(b"mvhd", 0, 0, &fields.concat())
}

fn matrix_bytes(matrix: &[u32; 9]) -> Vec<u8> {
    matrix.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn track(rendition: &Rendition, track_id: u32) -> Vec<u8> {
    let children = [track_header(rendition, track_id), edits(rendition), media(rendition)];
    boxed(b"trak", &children.concat())
}

fn track_header(rendition: &Rendition, track_id: u32) -> Vec<u8> {
    let is_audio = rendition.kind == RenditionKind::Audio;
    let volume = [u8::from(is_audio), 0];
    let matrix = matrix_bytes(if is_audio { &UNITY_MATRIX } else { &rendition.video.matrix });
    let [width, height] = rendition.video.track_size.map(u32::to_be_bytes);
    let fields = [
        &[0; 8][..],
        &track_id.to_be_bytes(),
        &[0; 4], // reserved
        &[0; 4], // duration
        &[0; 8], // reserved
        &[0; 4], // layer, alternate_group
        &volume,
        &[0; 2], // reserved
        &matrix,
        &width,
        &height,
    ];
    full(b"tkhd", 0, 0x7, &fields.concat()) // enabled, in movie, in preview
}

/// Writes an edit list that starts the presentation at the media time; empty if that is 0.
fn edits(rendition: &Rendition) -> Vec<u8> {
    let media_time = rendition.shifts.media_time;
    if media_time == 0 {
        return Vec::new();
    }
    // A duration of 0 stands for all fragments (section 8.6.6.1).
    let count_and_rate = ([0, 0, 0, 1], [0, 1, 0, 0]);
    let list = match i32::try_from(media_time) {
        Ok(short) => {
            let fields = [&count_and_rate.0[..], &[0; 4], &short.to_be_bytes(), &count_and_rate.1];
            full(b"elst", 0, 0, &fields.concat())
        }
        Err(_) => {
            let long = media_time.to_be_bytes();
            let fields = [&count_and_rate.0[..], &[0; 8], &long, &count_and_rate.1];
            full(b"elst", 1, 0, &fields.concat())
        }
    };
    boxed(b"edts", &list)
}

fn media(rendition: &Rendition) -> Vec<u8> {
    let header = [
        &[0; 8][..],
        &rendition.timescale.to_be_bytes(),
        &[0; 4], // duration
        &language_code(rendition.language.as_deref()).to_be_bytes(),
        &[0; 2], // pre_defined
    ];
    let is_audio = rendition.kind == RenditionKind::Audio;
    let (handler, name, media_header) = if is_audio {
        (b"soun", &b"SoundHandler\0"[..], full(b"smhd", 0, 0, &[0; 4]))
    } else {
        (b"vide", &b"VideoHandler\0"[..], full(b"vmhd", 0, 1, &[0; 8]))
    };
    let handler = [&[0; 4][..], handler, &[0; 12], name].concat();
    // The samples are in the same file.
    let url = full(b"url ", 0, 1, &[]);
    let references = full(b"dref", 0, 0, &[&[0, 0, 0, 1][..], &url].concat());
    let tables = [
        full(b"stsd", 0, 0, &[&[0, 0, 0, 1][..], &rendition.sample_entry].concat()),
        full(b"stts", 0, 0, &[0; 4]),
        full(b"stsc", 0, 0, &[0; 4]),
        full(b"stsz", 0, 0, &[0; 8]),
        full(b"stco", 0, 0, &[0; 4]),
    ];
    let information = [media_header, boxed(b"dinf", &references), boxed(b"stbl", &tables.concat())];
    let children = [
        full(b"mdhd", 0, 0, &header.concat()),
        full(b"hdlr", 0, 0, &handler),
        boxed(b"minf", &information.concat()),
    ];
    boxed(b"mdia", &children.concat())
}

/// Returns the language of `mdhd` (section 8.4.2): three letters of five bits. What has no code of three letters is
/// undetermined; playlists state it.
fn language_code(language: Option<&str>) -> u16 {
    let primary = language.and_then(|tag| tag.split('-').next()).unwrap_or("und");
    let code = ginflix_media::language::to_iso_639_2(primary).unwrap_or("und");
    code.bytes().fold(0, |packed, letter| packed << 5 | u16::from(letter & 0x1F))
}

fn extends(rendition: &Rendition, track_id: u32) -> Vec<u8> {
    let is_audio = rendition.kind == RenditionKind::Audio;
    let flags = if is_audio { SYNC_FLAGS } else { NON_SYNC_FLAGS };
    let fields = [track_id, 1, 0, 0, flags].map(u32::to_be_bytes).concat();
    let milliseconds = rendition.end().to_ticks(MOVIE_TIMESCALE).max(0).to_be_bytes();
    let children = [full(b"mehd", 1, 0, &milliseconds), full(b"trex", 0, 0, &fields)];
    boxed(b"mvex", &children.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_packed() {
        assert_eq!(language_code(Some("en")), 0x15C7);
        assert_eq!(language_code(Some("pt-BR")), language_code(Some("pt")));
        assert_eq!(language_code(None), 0x55C4);
        assert_eq!(language_code(Some("xx-unknown")), 0x55C4);
    }
}

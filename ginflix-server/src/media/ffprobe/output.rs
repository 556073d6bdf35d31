//! The JSON that ffprobe writes, converted to an inspection.

use std::collections::HashMap;

use ginflix_api::inspection::{
    AudioTrack, Chapter, Codec, Container, Inspection, Ratio, Tags, Track, TrackKind, VideoTrack,
};
use ginflix_media::language;
use ginflix_media::tags::Collector;
use serde::Deserialize;

/// The most characters of a text that are kept.
const TEXT_LIMIT_CHARS: usize = 256;
/// The most streams and chapters that are kept.
const LIST_LIMIT: usize = 256;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Output {
    format: Format,
    streams: Vec<Stream>,
    chapters: Vec<FoundChapter>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Format {
    duration: Option<String>,
    bit_rate: Option<String>,
    tags: HashMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stream {
    index: u64,
    codec_type: String,
    codec_name: String,
    codec_tag_string: String,
    width: u32,
    height: u32,
    sample_aspect_ratio: Option<String>,
    avg_frame_rate: Option<String>,
    bits_per_raw_sample: Option<String>,
    channels: u32,
    sample_rate: Option<String>,
    duration: Option<String>,
    bit_rate: Option<String>,
    disposition: HashMap<String, u8>,
    tags: HashMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FoundChapter {
    start_time: String,
    tags: HashMap<String, String>,
}

/// Parses what ffprobe wrote about a file; `None` if it is no valid JSON.
pub fn parse(json: &[u8], container: Container) -> Option<Inspection> {
    let Output { format, streams, chapters } = serde_json::from_slice(json).ok()?;
    let chapter = |chapter: FoundChapter| Chapter {
        start_seconds: chapter.start_time.parse().unwrap_or_default(),
        title: tag(&chapter.tags, "title").unwrap_or_default(),
    };
    Some(Inspection {
        container,
        duration_seconds: positive(format.duration.as_deref()),
        bit_rate: format.bit_rate.and_then(|rate| rate.parse().ok()),
        title: tag(&format.tags, "title"),
        tags: file_tags(&format.tags),
        tracks: streams.into_iter().take(LIST_LIMIT).map(track).collect(),
        chapters: chapters.into_iter().take(LIST_LIMIT).map(chapter).collect(),
        ..Inspection::default()
    })
}

fn track(stream: Stream) -> Track {
    let has = |name: &str| stream.disposition.get(name).is_some_and(|value| *value > 0);
    // The cover of an audio file is a still picture.
    let kind = match stream.codec_type.as_str() {
        "video" if !has("attached_pic") => TrackKind::Video(VideoTrack {
            width: stream.width,
            height: stream.height,
            sample_aspect_ratio: stream.sample_aspect_ratio.as_deref().and_then(ratio),
            frame_rate: stream.avg_frame_rate.as_deref().and_then(ratio),
            bit_depth: stream.bits_per_raw_sample.as_ref().and_then(|bits| bits.parse().ok()),
            ..VideoTrack::default()
        }),
        "audio" => TrackKind::Audio(AudioTrack {
            channels: stream.channels,
            sample_rate: stream.sample_rate.as_ref().and_then(|r| r.parse().ok()).unwrap_or(0),
        }),
        "subtitle" => TrackKind::Text,
        _ => TrackKind::Other,
    };
    Track {
        number: stream.index,
        codec: codec(&stream.codec_name),
        codec_id: match stream.codec_tag_string.as_str() {
            "" => limited(&stream.codec_name),
            tag if tag.starts_with('[') => limited(&stream.codec_name),
            tag => limited(tag),
        },
        codec_string: None,
        language: tag(&stream.tags, "language").and_then(|code| language::from_iso_639_2(&code)),
        name: tag(&stream.tags, "title"),
        default: has("default"),
        forced: has("forced"),
        hearing_impaired: has("hearing_impaired"),
        duration_seconds: positive(stream.duration.as_deref()),
        bit_rate: stream.bit_rate.as_ref().and_then(|rate| rate.parse().ok()),
        peak_bit_rate: None,
        kind,
    }
}

/// Returns what is said of the whole file. The order makes names that differ only in their letter case count alike each time.
fn file_tags(tags: &HashMap<String, String>) -> Tags {
    let mut tags: Vec<_> = tags.iter().collect();
    tags.sort();
    let mut collector = Collector::default();
    tags.into_iter().for_each(|(name, value)| collector.put(name, value));
    collector.finish()
}

/// Returns a tag, whatever the case of its name is.
fn tag(tags: &HashMap<String, String>, name: &str) -> Option<String> {
    let (_, value) = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(limited(value)).filter(|value| !value.is_empty())
}

/// Replaces control characters and shortens a text.
fn limited(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    visible.take(TEXT_LIMIT_CHARS).collect::<String>().trim().to_owned()
}

fn positive(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

/// Parses a ratio such as `4:3` or `24000/1001`; `None` if it is not known, such as `0/0`.
fn ratio(text: &str) -> Option<Ratio> {
    let (numerator, denominator) = text.split_once(['/', ':'])?;
    Ratio::new(numerator.parse().ok()?, denominator.parse().ok()?)
}

/// Returns the codec that FFmpeg names so.
fn codec(name: &str) -> Codec {
    match name {
        "h264" => Codec::H264,
        "hevc" => Codec::Hevc,
        "vvc" => Codec::Vvc,
        "av1" => Codec::Av1,
        "vp8" => Codec::Vp8,
        "vp9" => Codec::Vp9,
        "mpeg1video" => Codec::Mpeg1Video,
        "mpeg2video" => Codec::Mpeg2Video,
        "mpeg4" | "msmpeg4v3" | "msmpeg4v2" => Codec::Mpeg4Visual,
        "mjpeg" => Codec::Mjpeg,
        "prores" => Codec::ProRes,
        "theora" => Codec::Theora,
        "vc1" | "wmv3" => Codec::Vc1,
        "aac" => Codec::Aac,
        "mp3" => Codec::Mp3,
        "mp2" => Codec::Mp2,
        "opus" => Codec::Opus,
        "vorbis" => Codec::Vorbis,
        "flac" => Codec::Flac,
        "alac" => Codec::Alac,
        "ac3" => Codec::Ac3,
        "eac3" => Codec::Eac3,
        "dts" => Codec::Dts,
        "truehd" => Codec::TrueHd,
        "dvb_subtitle" => Codec::DvbSubtitle,
        "dvd_subtitle" => Codec::VobSub,
        "hdmv_pgs_subtitle" => Codec::Pgs,
        "subrip" => Codec::SubRip,
        "webvtt" => Codec::WebVtt,
        "ass" | "ssa" => Codec::Ass,
        "eia_608" => Codec::Cea608,
        name if name.starts_with("pcm_") => Codec::Pcm,
        _ => Codec::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_become_tracks() {
        let json = br#"{
            "streams": [
                {"index": 0, "codec_type": "video", "codec_name": "mpeg4", "codec_tag_string": "XVID",
                 "width": 720, "height": 576, "sample_aspect_ratio": "16:15", "avg_frame_rate": "25/1",
                 "disposition": {"default": 1}, "unknown": [1]},
                {"index": 1, "codec_type": "audio", "codec_name": "mp3", "codec_tag_string": "[0][0]",
                 "channels": 2, "sample_rate": "44100", "bit_rate": "128000",
                 "tags": {"LANGUAGE": "ger", "title": "a\u0000b"}}
            ],
            "chapters": [{"start_time": "1.5", "tags": {"title": "Start"}}],
            "format": {"duration": "90.040000", "bit_rate": "900000"}
        }"#;
        let found = parse(json, Container::Avi).unwrap();
        assert_eq!((found.container, found.duration_seconds), (Container::Avi, Some(90.04)));
        let [video, audio] = found.tracks.as_slice() else { panic!("{:?}", found.tracks) };
        assert_eq!((video.codec, video.codec_id.as_str()), (Codec::Mpeg4Visual, "XVID"));
        let TrackKind::Video(picture) = &video.kind else { panic!("{video:?}") };
        assert_eq!((picture.width, picture.height), (720, 576));
        assert_eq!(picture.sample_aspect_ratio, Ratio::new(16, 15));
        assert_eq!((audio.language.as_deref(), audio.codec_id.as_str()), (Some("de"), "mp3"));
        assert_eq!(audio.name.as_deref(), Some("a b"));
        assert_eq!(found.chapters[0].start_seconds, 1.5);
    }

    #[test]
    fn tags_of_the_file_are_taken() {
        let json = br#"{
            "streams": [{"codec_type": "audio", "tags": {"genre": "Of a track"}}],
            "format": {"tags": {"title": "Name", "DATE": "1999-03-31", "GENRE": "Drama;Crime", "artist": "A",
                "comment": "A comment", "synopsis": "A text", "show": "Show", "season_number": "2", "episode_id": "3"}}
        }"#;
        let found = parse(json, Container::Ogg).unwrap();
        let expected = Tags {
            year: Some(1999),
            description: Some("A text".into()),
            genres: vec!["Drama".into(), "Crime".into()],
            series: Some("Show".into()),
            season: Some(2),
            episode: Some(3),
            ..Tags::default()
        };
        assert_eq!((found.title.as_deref(), found.tags), (Some("Name"), expected));
    }

    #[test]
    fn other_output_is_no_inspection() {
        assert_eq!(parse(b"", Container::Avi), None);
        assert_eq!(parse(b"{\"streams\": 1}", Container::Avi), None);
        assert!(parse(b"{}", Container::Avi).unwrap().tracks.is_empty());
    }
}

//! Requests for the HLS of a media file: their paths, and the segments of the responses.

use ginflix_api::inspection::Codec;
use ginflix_api::paths;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::segments::{self, Segment, Segments};

/// The folder of a media file below which its playlists and segments are.
const FOLDER: &str = "/hls/";
/// The query parameter with the audio codecs that a client decodes, separated by commas.
const AUDIO_CODECS: &str = "audio_codecs";
/// The most codecs that are read of it.
const AUDIO_CODECS_LIMIT: usize = 16;

/// Splits a path into that of a media file, `/stream/{name}`, and what is below `/stream/{name}/hls/`, if it names
/// a resource there.
pub fn split_path(path: &str) -> (&str, Option<&str>) {
    let split = paths::split_stream(path);
    let resource = split.and_then(|(file, below)| Some((file, below.strip_prefix(FOLDER)?)));
    resource.map_or((path, None), |(file, resource)| (file, Some(resource)))
}

/// Returns the audio codecs that a query names; `None` if it does not. Codecs that this server does not know are left out.
pub fn audio_codecs(query: &str) -> Option<Vec<Codec>> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, list) = pairs.into_iter().find(|(name, _)| *name == AUDIO_CODECS)?;
    // Names of codecs have no character that is percent-encoded, but the comma may be.
    let list = list.replace("%2C", ",").replace("%2c", ",");
    let codec = |name: &str| {
        let name: StrDeserializer<'_, ValueError> = name.into_deserializer();
        Codec::deserialize(name).ok()
    };
    Some(list.split(',').take(AUDIO_CODECS_LIMIT).filter_map(codec).collect())
}

/// Replaces the ranges of a content, as a response selects them, by what the content has there.
pub fn resolve(selected: Segments, content: &[Segment]) -> Segments {
    let mut resolved = Segments::new();
    for segment in selected {
        match segment {
            Segment::Bytes(bytes) => resolved.push(Segment::Bytes(bytes)),
            Segment::FileRange(range) => resolved.extend(segments::slice(content, range)),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;

    #[test]
    fn a_path_is_split_at_the_folder() {
        for (path, expected) in [
            ("/stream/a.mp4", ("/stream/a.mp4", None)),
            ("/stream/a.mp4/hls/master.m3u8", ("/stream/a.mp4", Some("master.m3u8"))),
            ("/stream/a.mp4/hls/video/1-1/2.m4s", ("/stream/a.mp4", Some("video/1-1/2.m4s"))),
            ("/stream/hls/hls/", ("/stream/hls", Some(""))),
            ("/stream/a.mp4/other/hls/x", ("/stream/a.mp4/other/hls/x", None)),
            ("/stream/a.mp4/", ("/stream/a.mp4/", None)),
            ("/other/a.mp4/hls/x", ("/other/a.mp4/hls/x", None)),
        ] {
            assert_eq!(split_path(path), expected, "{path}");
        }
    }

    #[test]
    fn a_query_names_audio_codecs() {
        assert_eq!(audio_codecs("expires=1&for=ann"), None);
        assert_eq!(audio_codecs("x=1&audio_codecs=aac,opus"), Some(vec![Codec::Aac, Codec::Opus]));
        assert_eq!(
            audio_codecs("audio_codecs=aac%2Cnew,true_hd"),
            Some(vec![Codec::Aac, Codec::TrueHd])
        );
        assert_eq!(audio_codecs("audio_codecs="), Some(vec![]));
        let many = ["aac"; 100].join(",");
        assert_eq!(
            audio_codecs(&format!("audio_codecs={many}")).unwrap().len(),
            AUDIO_CODECS_LIMIT
        );
    }

    #[test]
    fn ranges_of_a_content_become_bytes_and_ranges_of_the_file() {
        let head = Segment::Bytes(b"head".as_slice().into());
        let content: Segments =
            smallvec![head.clone(), Segment::FileRange(100..110), Segment::FileRange(200..205)];
        assert_eq!(resolve(smallvec![Segment::FileRange(0..19)], &content), content);
        let text = Segment::Bytes(b"--boundary".as_slice().into());
        let parts = smallvec![text.clone(), Segment::FileRange(2..6), Segment::FileRange(13..15)];
        let tail = Segment::Bytes(b"ad".as_slice().into());
        let expected: Segments = smallvec![
            text,
            tail,
            Segment::FileRange(100..102),
            Segment::FileRange(109..110),
            Segment::FileRange(200..201)
        ];
        assert_eq!(resolve(parts, &content), expected);
    }
}

//! Which tracks of a file can be packaged as HLS: a pure function of what is known of the file.

use ginflix_api::inspection::{Codec, Container, Inspection, Problem, Track, TrackKind};

/// The tracks of a file that are packaged, by their position in [`Inspection::tracks`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The video track.
    pub video: Option<usize>,
    /// The audio tracks.
    pub audio: Vec<usize>,
}

/// Selects the tracks that are packaged: the first video track, and all audio tracks whose codecs are supported.
///
/// # Errors
/// The reason why the file cannot be packaged, as a sentence.
pub fn select(found: &Inspection) -> Result<Selection, &'static str> {
    if let Some(reason) = file_obstacle(found) {
        return Err(reason);
    }
    let mut selection = Selection::default();
    for (position, track) in found.tracks.iter().enumerate() {
        match &track.kind {
            // A cover is a video track of one picture.
            TrackKind::Video(_) if track.codec == Codec::Mjpeg => {}
            TrackKind::Video(_) if selection.video.is_none() => {
                if let Some(reason) = obstacle(track) {
                    return Err(reason);
                }
                selection.video = Some(position);
            }
            TrackKind::Audio(_) if obstacle(track).is_none() => selection.audio.push(position),
            _ => {}
        }
    }
    if selection.video.is_none() && selection.audio.is_empty() {
        let audio = found.tracks.iter().find(|track| matches!(track.kind, TrackKind::Audio(_)));
        return Err(audio.and_then(obstacle).unwrap_or("The file has neither video nor audio."));
    }
    Ok(selection)
}

/// Returns the reason why no track of a file can be packaged, as a sentence.
fn file_obstacle(found: &Inspection) -> Option<&'static str> {
    use Container::{Matroska, Mp4, QuickTime, WebM};
    if !matches!(found.container, Mp4 | QuickTime | Matroska | WebM) {
        return Some("Only MP4, QuickTime, Matroska and WebM are packaged.");
    }
    found.problems.iter().find_map(|problem| match problem {
        Problem::Encrypted => Some("The file is encrypted."),
        Problem::NoIndex => Some("The file has no index."),
        Problem::IndexTooLarge => Some("The index of the file is too large."),
        _ => None,
    })
}

/// Returns the reason why a track cannot be packaged, as a sentence; `None` if it can be. Text is not packaged, but
/// offered as WebVTT.
pub fn obstacle(track: &Track) -> Option<&'static str> {
    match track.codec {
        // Matroska has H.264 of Video for Windows with start codes instead of lengths.
        Codec::H264 | Codec::Hevc if track.codec_id == "V_MS/VFW/FOURCC" => {
            Some("Video for Windows in Matroska is not packaged.")
        }
        Codec::H264 | Codec::Hevc | Codec::Av1 | Codec::Vp9 => {
            track.codec_string.is_none().then_some("The configuration of the video is missing.")
        }
        Codec::Aac | Codec::Mp3 | Codec::Opus | Codec::Flac | Codec::Ac3 | Codec::Eac3 => None,
        Codec::Vp8 | Codec::Vorbis => Some("The codec is only played from WebM."),
        Codec::Mpeg2Video | Codec::Mpeg1Video | Codec::Mpeg4Visual | Codec::Vc1 => {
            Some("Browsers have no decoder for the codec of the video.")
        }
        _ => Some("The codec cannot be played by HLS."),
    }
}

#[cfg(test)]
mod tests {
    use ginflix_api::inspection::{AudioTrack, VideoTrack};

    use super::*;

    fn track(codec: Codec, kind: TrackKind) -> Track {
        Track { codec, codec_string: Some(String::new()), default: true, kind, ..Track::default() }
    }

    fn file(codecs: &[Codec]) -> Inspection {
        let is_audio = |codec: &Codec| matches!(codec, Codec::Aac | Codec::Dts | Codec::Opus);
        let kind = |codec| match is_audio(codec) {
            true => TrackKind::Audio(AudioTrack::default()),
            false => TrackKind::Video(VideoTrack::default()),
        };
        let tracks = codecs.iter().map(|codec| track(*codec, kind(codec))).collect();
        Inspection { container: Container::Mp4, tracks, ..Inspection::default() }
    }

    #[test]
    fn what_is_supported_is_selected() {
        let found = file(&[Codec::Mjpeg, Codec::Dts, Codec::H264, Codec::Aac, Codec::Opus]);
        assert_eq!(select(&found), Ok(Selection { video: Some(2), audio: vec![3, 4] }));
        assert_eq!(select(&file(&[Codec::Aac])), Ok(Selection { video: None, audio: vec![0] }));
    }

    #[test]
    fn each_refusal_has_a_reason() {
        assert!(select(&file(&[Codec::Mpeg2Video, Codec::Aac])).unwrap_err().contains("decoder"));
        assert!(select(&file(&[Codec::Dts])).unwrap_err().contains("codec"));
        assert!(select(&file(&[])).unwrap_err().contains("neither"));
        let encrypted = Inspection { problems: vec![Problem::Encrypted], ..file(&[Codec::H264]) };
        assert!(select(&encrypted).unwrap_err().contains("encrypted"));
        let avi = Inspection { container: Container::Avi, ..file(&[Codec::H264]) };
        assert!(select(&avi).unwrap_err().contains("Only"));
    }
}

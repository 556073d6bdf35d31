//! The rule, on tracks that are made up.

use ginflix_api::inspection::{AudioTrack, Codec};
use ginflix_api::playability::Outcome;

use super::*;

fn track(codec: Codec, kind: TrackKind) -> Track {
    Track { codec, codec_string: Some(String::new()), default: true, kind, ..Track::default() }
}

fn video(codec: Codec, bit_depth: u8) -> Track {
    track(
        codec,
        TrackKind::Video(VideoTrack { bit_depth: Some(bit_depth), ..VideoTrack::default() }),
    )
}

fn audio(codec: Codec) -> Track {
    track(codec, TrackKind::Audio(AudioTrack::default()))
}

fn of(container: Container, tracks: Vec<Track>) -> Playability {
    playability(&Inspection { container, tracks, ..Inspection::default() }, "film.mkv")
}

fn outcomes(found: &Playability) -> Vec<Outcome> {
    found.browsers.iter().map(|entry| entry.outcome).collect()
}

#[test]
fn h264_and_aac_in_mp4_play_everywhere() {
    let found = of(Container::Mp4, vec![video(Codec::H264, 8), audio(Codec::Aac)]);
    assert!(found.is_universal());
    assert_eq!((found.reasons.len(), &found.remedy), (0, &None));
}

#[test]
fn hevc_plays_sound_only_on_linux() {
    let found = of(Container::Mp4, vec![video(Codec::Hevc, 8), audio(Codec::Aac)]);
    use Outcome::{DependsOnDevice, Plays, SoundOnly};
    assert_eq!(outcomes(&found), [DependsOnDevice, SoundOnly, DependsOnDevice, Plays]);
    assert_eq!(
        found.reasons,
        [
            "The picture is HEVC (H.265): Chrome on Linux cannot play it, and Chrome and Firefox only on some devices."
        ]
    );
    assert_eq!(
        found.remedy.as_deref(),
        Some(
            "ffmpeg -i film.mkv -c:v libx264 -crf 20 -pix_fmt yuv420p -c:a copy -movflags +faststart film.h264.mp4"
        )
    );
}

#[test]
fn ac3_has_no_sound_but_in_safari() {
    let found = of(Container::Mp4, vec![video(Codec::H264, 8), audio(Codec::Ac3)]);
    use Outcome::{PictureOnly, Plays};
    assert_eq!(outcomes(&found), [PictureOnly, PictureOnly, PictureOnly, Plays]);
    assert!(found.remedy.as_deref().is_some_and(|remedy| remedy.contains("-c:v copy -c:a aac")));
}

#[test]
fn another_container_is_only_copied() {
    let found = of(Container::Ogg, vec![video(Codec::H264, 8), audio(Codec::Aac)]);
    assert_eq!(found.of(Browser::Safari), Some(Outcome::No));
    assert_eq!(found.of(Browser::Chrome), Some(Outcome::Plays));
    assert!(found.remedy.as_deref().is_some_and(|remedy| remedy.contains(" -c copy ")));
}

#[test]
fn hls_plays_what_the_file_does_not() {
    use Outcome::{Plays, PlaysByHls};
    let found = of(Container::Matroska, vec![video(Codec::H264, 8), audio(Codec::Aac)]);
    assert_eq!(outcomes(&found), [Plays, Plays, Plays, PlaysByHls]);
    assert!(found.is_universal());
    assert_eq!((found.reasons.len(), &found.remedy), (0, &None));
}

#[test]
fn hls_needs_one_audio_track_that_plays() {
    let other = Track { default: false, ..audio(Codec::Aac) };
    let found = of(Container::Mp4, vec![video(Codec::H264, 8), audio(Codec::Ac3), other]);
    use Outcome::{Plays, PlaysByHls};
    assert_eq!(outcomes(&found), [PlaysByHls, PlaysByHls, PlaysByHls, Plays]);
    assert_eq!(found.reasons, [""; 0]);
}

#[test]
fn hls_does_not_help_against_codecs() {
    let found = of(Container::Matroska, vec![video(Codec::H264, 8), audio(Codec::Dts)]);
    assert!(outcomes(&found).iter().all(|outcome| *outcome == Outcome::PictureOnly));
    assert_eq!(found.reasons, ["The sound is DTS: no browser plays it."]);
    let tracks = vec![video(Codec::H264, 8), audio(Codec::Dts)];
    let found = Inspection { container: Container::Matroska, tracks, ..Inspection::default() };
    assert_eq!(obstacles(&found), Obstacles { sound: true, ..Obstacles::default() });
}

#[test]
fn mp3_by_hls_is_not_for_chrome() {
    let found = of(Container::Matroska, vec![video(Codec::H264, 8), audio(Codec::Mp3)]);
    use Outcome::{Plays, PlaysByHls};
    assert_eq!(outcomes(&found), [Plays, Plays, Plays, PlaysByHls]);
}

#[test]
fn no_browser_plays_avi() {
    let found = of(Container::Avi, Vec::new());
    assert!(found.is_hopeless());
    assert_eq!(found.reasons, ["The container is AVI: no browser plays it."]);
}

#[test]
fn ten_bits_are_named() {
    let found = of(Container::Mp4, vec![video(Codec::H264, 10)]);
    assert_eq!(
        found.reasons,
        ["The picture is H.264 of 10 bits: Firefox and Safari cannot play it."]
    );
    assert_eq!(found.of(Browser::Firefox), Some(Outcome::No));
}

#[test]
fn the_default_audio_track_counts() {
    let other = Track { default: false, ..audio(Codec::Dts) };
    let found = of(Container::Mp4, vec![video(Codec::H264, 8), other, audio(Codec::Aac)]);
    assert!(found.is_universal());
}

#[test]
fn no_browser_plays_an_encrypted_file() {
    let problems = vec![Problem::Encrypted];
    let tracks = vec![video(Codec::H264, 8)];
    let found = Inspection { container: Container::Mp4, tracks, problems, ..Inspection::default() };
    assert!(playability(&found, "a.mp4").is_hopeless());
}

#[test]
fn an_unknown_file_has_no_outcomes() {
    let found = of(Container::Unknown, Vec::new());
    assert_eq!((found.browsers.len(), found.remedy), (0, None));
    assert!(!found.reasons.is_empty());
}

use ginflix_api::inspection::{Codec, Ratio};

use super::*;
use crate::index::{Entry, Index};
use crate::rendition::{
    AudioFormat, BitRates, Rendition, RenditionKind, Shifts, TextInfo, VideoFormat, VideoRange,
};
use crate::resource::{RenditionName, Revision};

fn rendition(kind: RenditionKind, codec: Codec, codecs: &str) -> Rendition {
    Rendition {
        kind,
        track: 1,
        codec,
        codecs: codecs.into(),
        timescale: 24_000,
        language: None,
        name: None,
        video: VideoFormat::default(),
        audio: AudioFormat { channels: 2, ..AudioFormat::default() },
        sample_entry: Vec::new(),
        sample_prefix: Vec::new(),
        shifts: Shifts::default(),
        duration: 0,
        segments: 2,
        bit_rates: BitRates { peak: 2000, average: 1000 },
    }
}

pub(crate) fn video(kind: RenditionKind) -> Rendition {
    let mut video = rendition(kind, Codec::H264, "avc1.640028");
    video.video.display_size = [1920, 1080];
    video.video.frame_rate = Ratio::new(24_000, 1001);
    video.bit_rates = BitRates { peak: 500_000, average: 400_000 };
    video
}

pub(crate) fn audio(
    codec: Codec,
    codecs: &str,
    language: Option<&str>,
    name: Option<&str>,
) -> Rendition {
    let language = language.map(str::to_owned);
    let name = name.map(str::to_owned);
    Rendition { language, name, ..rendition(RenditionKind::Audio, codec, codecs) }
}

pub(crate) fn index(renditions: Vec<Rendition>) -> Index {
    Index::with_renditions(renditions, 6)
}

#[test]
fn a_master_playlist_describes_all_renditions() {
    let mut english = audio(Codec::Aac, "mp4a.40.2", Some("en"), None);
    english.audio.is_default = true;
    let german = audio(Codec::Ac3, "ac-3", Some("de"), Some("Say \"Hi\""));
    let index =
        index(vec![video(RenditionKind::Video), english, german, video(RenditionKind::IFrames)]);
    let suffix = UriSuffix::new("?s=1&t=2").unwrap();
    let options = MasterOptions { suffix, ..MasterOptions::default() };
    let expected = "#EXTM3U\n\
        #EXT-X-VERSION:7\n\
        #EXT-X-INDEPENDENT-SEGMENTS\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"English\",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE=\"en\",CHANNELS=\"2\",URI=\"audio-0.m3u8?s=1&t=2\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Say 'Hi'\",DEFAULT=NO,AUTOSELECT=YES,LANGUAGE=\"de\",CHANNELS=\"2\",URI=\"audio-1.m3u8?s=1&t=2\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=502000,AVERAGE-BANDWIDTH=401000,CODECS=\"avc1.640028,mp4a.40.2,ac-3\",RESOLUTION=1920x1080,VIDEO-RANGE=SDR,FRAME-RATE=23.976,AUDIO=\"audio\",CLOSED-CAPTIONS=NONE\n\
        video.m3u8?s=1&t=2\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=400000,CODECS=\"avc1.640028\",RESOLUTION=1920x1080,VIDEO-RANGE=SDR,URI=\"iframes.m3u8?s=1&t=2\"\n";
    assert_eq!(master(&index, &options), expected);
    // A client without AC-3 gets what it plays, under the same paths.
    let options = MasterOptions { audio_codecs: Some(vec![Codec::Aac]), ..options };
    let text = master(&index, &options);
    assert!(text.contains("CODECS=\"avc1.640028,mp4a.40.2\""), "{text}");
    assert!(!text.contains("audio-1"), "{text}");
    let options = MasterOptions { audio_codecs: Some(vec![Codec::Opus]), ..options };
    assert!(master(&index, &options).contains("audio-1"));
}

#[test]
fn renditions_of_one_language_have_different_names_and_one_is_selected() {
    let same = || audio(Codec::Aac, "mp4a.40.2", Some("en"), None);
    let text = master(&index(vec![same(), same(), same()]), &MasterOptions::default());
    let count = |part: &str| text.matches(part).count();
    assert_eq!(count("AUTOSELECT=YES"), 1, "{text}");
    for name in ["NAME=\"English\"", "NAME=\"English (2)\"", "NAME=\"English (3)\""] {
        assert_eq!(count(name), 1, "{text}");
    }
    // The default rendition is the variant if there is audio alone.
    assert!(text.ends_with("\naudio-0.m3u8\n"), "{text}");
    assert!(text.contains("CODECS=\"mp4a.40.2\",AUDIO=\"audio\""), "{text}");
}

#[test]
fn one_audio_track_alone_needs_no_group() {
    let only = audio(Codec::Opus, "Opus", None, None);
    let text = master(&index(vec![only]), &MasterOptions::default());
    assert!(!text.contains("EXT-X-MEDIA") && !text.contains("AUDIO="), "{text}");
}

#[test]
fn text_renditions_are_a_group() {
    let forced = TextRendition {
        uri: "text-0.m3u8".into(),
        name: "Deutsch".into(),
        language: Some("de".into()),
        is_forced: true,
        is_for_hearing_impaired: true,
        ..TextRendition::default()
    };
    let mut hdr = video(RenditionKind::Video);
    hdr.video.range = VideoRange::Pq;
    let options = MasterOptions { texts: vec![forced], ..MasterOptions::default() };
    let text = master(&index(vec![hdr]), &options);
    assert!(text.contains("TYPE=SUBTITLES,GROUP-ID=\"text\",NAME=\"Deutsch\",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,LANGUAGE=\"de\",CHARACTERISTICS="), "{text}");
    assert!(text.contains("VIDEO-RANGE=PQ,FRAME-RATE=23.976,SUBTITLES=\"text\""), "{text}");
}

#[test]
fn texts_have_different_names_one_default_and_one_that_is_selected_for_each_purpose() {
    let info = |language: Option<&str>, is_default| TextInfo {
        language: language.map(str::to_owned),
        is_default,
        ..TextInfo::default()
    };
    let forced = TextInfo { is_forced: true, ..info(Some("en"), false) };
    let named = TextInfo { name: Some(" en ".into()), ..info(Some("en"), true) };
    let impaired = TextInfo { is_for_hearing_impaired: true, ..info(Some("en"), true) };
    let all = [info(Some("en"), false), forced, named, impaired, info(None, false)];
    let texts = (0..).zip(&all).map(|(number, info)| TextRendition::new(number, info)).collect();
    let options = MasterOptions { texts, ..MasterOptions::default() };
    let text = master(&index(vec![video(RenditionKind::Video)]), &options);
    for (number, expected) in [
        "NAME=\"English\",DEFAULT=NO,AUTOSELECT=NO,FORCED=NO,LANGUAGE=\"en\",URI=\"text-0.m3u8\"",
        "NAME=\"English (forced)\",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,LANGUAGE=\"en\",URI=\"text-1.m3u8\"",
        "NAME=\"en\",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,LANGUAGE=\"en\",URI=\"text-2.m3u8\"",
        "NAME=\"English (hearing impaired)\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,LANGUAGE=\"en\",CHARACTERISTICS=",
        "NAME=\"Subtitles 5\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"text-4.m3u8\"",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(text.contains(expected), "{number}: {text}");
    }
}

#[test]
fn a_media_playlist_lists_all_segments() {
    let index = index(vec![video(RenditionKind::Video), video(RenditionKind::IFrames)]);
    let entry = |start, duration| Entry { start, duration, ..Entry::default() };
    let entries = [entry(0, 144_144), entry(144_144, 71_071)];
    let revision = Revision::new("0a1b2c3d").unwrap();
    let name = RenditionName { kind: RenditionKind::Video, number: 0 };
    let suffix = UriSuffix::new("?s=1").unwrap();
    let text = media(&index, name, &entries, &revision, &suffix).unwrap();
    let expected = "#EXTM3U\n\
        #EXT-X-VERSION:7\n\
        #EXT-X-TARGETDURATION:6\n\
        #EXT-X-MEDIA-SEQUENCE:0\n\
        #EXT-X-PLAYLIST-TYPE:VOD\n\
        #EXT-X-INDEPENDENT-SEGMENTS\n\
        #EXT-X-MAP:URI=\"video/0a1b2c3d-2/init.mp4?s=1\"\n\
        #EXTINF:6.006000,\n\
        video/0a1b2c3d-2/0.m4s?s=1\n\
        #EXTINF:2.961292,\n\
        video/0a1b2c3d-2/1.m4s?s=1\n\
        #EXT-X-ENDLIST\n";
    assert_eq!(text, expected);
    let name = RenditionName { kind: RenditionKind::IFrames, number: 0 };
    let text = media(&index, name, &entries, &revision, &suffix).unwrap();
    assert!(text.contains("\n#EXT-X-I-FRAMES-ONLY\n"), "{text}");
    let name = RenditionName { kind: RenditionKind::Audio, number: 0 };
    assert_eq!(media(&index, name, &entries, &revision, &suffix), None);
}

#[test]
fn the_first_segment_lasts_from_the_start_of_the_presentation() {
    let index = index(vec![video(RenditionKind::Video)]);
    let revision = Revision::new("0a1b2c3d").unwrap();
    let name = RenditionName { kind: RenditionKind::Video, number: 0 };
    let late = Entry { start: 12_000, duration: 132_000, ..Entry::default() };
    let text = media(&index, name, &[late], &revision, &UriSuffix::default()).unwrap();
    assert!(text.contains("\n#EXTINF:6.000000,\n"), "{text}");
}

#[test]
fn a_suffix_cannot_end_its_line_or_its_quotes() {
    for suffix in ["?a=1\n#EXT", "\"", "?a b", "?\u{e4}"] {
        assert_eq!(UriSuffix::new(suffix), None, "{suffix}");
    }
    assert!(UriSuffix::new("?expires=1&signature=a-b_c%3D").is_some());
}

use super::*;

const GOOD: &str = "#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"en\",DEFAULT=YES,AUTOSELECT=YES,URI=\"audio-0.m3u8\"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"fr\",DEFAULT=NO,AUTOSELECT=YES,URI=\"audio-1.m3u8\"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"text\",NAME=\"en\",DEFAULT=NO,URI=\"text-0.m3u8\"
#EXT-X-STREAM-INF:BANDWIDTH=500,CODECS=\"avc1.64,mp4a.40.2\",AUDIO=\"audio\",SUBTITLES=\"text\"
video.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90,CODECS=\"avc1.64\",URI=\"iframes.m3u8\"
";

/// Returns the faults of the good playlist after a replacement.
fn faults(from: &str, to: &str) -> Vec<(&'static str, String)> {
    assert!(GOOD.contains(from), "{from}");
    let (_, faults) = read("master.m3u8", GOOD.replacen(from, to, 1).as_bytes());
    faults
        .into_iter()
        .map(|fault| (fault.rule, format!("{}: {}", fault.place, fault.found)))
        .collect()
}

#[test]
fn a_good_playlist_names_its_playlists() {
    let (playlists, faults) = read("master.m3u8", GOOD.as_bytes());
    assert_eq!(faults, []);
    let named: Vec<_> = playlists.iter().map(|p| (p.role, p.uri.as_str(), p.bandwidth)).collect();
    let expected = [
        (PlaylistRole::Variant, "video.m3u8", 500),
        (PlaylistRole::Audio, "audio-0.m3u8", 500),
        (PlaylistRole::Audio, "audio-1.m3u8", 500),
        (PlaylistRole::Text, "text-0.m3u8", 500),
        (PlaylistRole::IFrames, "iframes.m3u8", 90),
    ];
    assert_eq!(named, expected);
}

#[test]
fn a_playlist_that_is_named_twice_is_one() {
    let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"audio-0.m3u8\"\n\
                #EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\",AUDIO=\"a\"\naudio-0.m3u8\n";
    let (playlists, faults) = read("master.m3u8", text.as_bytes());
    assert_eq!((playlists.len(), playlists[0].role), (1, PlaylistRole::Variant));
    assert_eq!(faults, []);
}

#[test]
fn each_broken_rule_is_found_alone() {
    for (from, to, rule, found) in [
        ("BANDWIDTH=500,", "", VARIANT, "line 7: BANDWIDTH is missing"),
        (",CODECS=\"avc1.64,mp4a.40.2\"", "", VARIANT, "line 7: CODECS is missing"),
        ("\nvideo.m3u8", "", VARIANT, "line 7: no URI follows"),
        ("video.m3u8\n", "video.m3u8\nother.m3u8\n", VARIANT, "line 9: the URI follows no"),
        ("AUDIO=\"audio\"", "AUDIO=\"sound\"", GROUPS_OF_VARIANTS, "the group `sound`"),
        ("SUBTITLES=\"text\"", "SUBTITLES=\"none\"", GROUPS_OF_VARIANTS, "the group `none`"),
        ("NAME=\"fr\"", "NAME=\"en\"", GROUPS, "line 5: the name `en` occurs twice"),
        ("\"fr\",DEFAULT=NO", "\"fr\",DEFAULT=YES", GROUPS, "line 5: a second rendition"),
        ("DEFAULT=YES,AUTOSELECT=YES", "DEFAULT=YES,AUTOSELECT=NO", MEDIA, "AUTOSELECT is NO"),
        (",NAME=\"fr\"", "", MEDIA, "line 5: NAME is missing"),
        (",URI=\"text-0.m3u8\"", "", MEDIA, "line 6: URI is missing"),
        ("BANDWIDTH=90,", "", I_FRAMES, "line 9: BANDWIDTH is missing"),
        (",CODECS=\"avc1.64\",", ",", I_FRAMES, "line 9: CODECS is missing"),
        (",URI=\"iframes.m3u8\"", "", I_FRAMES, "line 9: URI is missing"),
        ("NAME=\"fr\"", "NAME=\"fr", ATTRIBUTES, "line 5"),
        ("#EXT-X-VERSION:7", "#EXTINF:6,", "RFC 8216, section 4.3", "line 2: EXTINF belongs"),
    ] {
        let faults = faults(from, to);
        let [(own_rule, own)] = &faults[..] else { panic!("{from} -> {to}: {faults:?}") };
        assert!(*own_rule == rule && own.contains(found), "{from} -> {to}: {own_rule}: {own}");
    }
    let (playlists, faults) = read("master.m3u8", b"#EXTM3U\n");
    assert_eq!((playlists.len(), faults.len(), faults[0].rule), (0, 1, VARIANT));
}

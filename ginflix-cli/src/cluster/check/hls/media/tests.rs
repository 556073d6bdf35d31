use super::*;

const GOOD: &str = "#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI=\"video/1/init.mp4\"
#EXTINF:6.400000,
video/1/0.m4s
#EXTINF:0.000001,
video/1/1.m4s
#EXT-X-ENDLIST
";

fn faults_of(role: PlaylistRole, text: &str) -> Vec<(&'static str, String)> {
    let (_, faults) = read("video.m3u8", role, text.as_bytes());
    faults
        .into_iter()
        .map(|fault| (fault.rule, format!("{}: {}", fault.place, fault.found)))
        .collect()
}

#[test]
fn a_good_playlist_has_its_segments() {
    let (playlist, faults) = read("video.m3u8", PlaylistRole::Variant, GOOD.as_bytes());
    assert_eq!(faults, []);
    let segment = |number, start, duration| ListedSegment {
        uri: format!("video/1/{number}.m4s"),
        start,
        duration,
    };
    assert_eq!(playlist.segments, [segment(0, 0, 6_400_000), segment(1, 6_400_000, 1)]);
    assert_eq!(playlist.map.as_deref(), Some("video/1/init.mp4"));
    assert_eq!((playlist.target, playlist.duration()), (Some(6), 6_400_001));
    let i_frames = GOOD.replace("#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-I-FRAMES-ONLY");
    assert_eq!(faults_of(PlaylistRole::IFrames, &i_frames), []);
    let text = GOOD.replace("#EXT-X-MAP:URI=\"video/1/init.mp4\"\n", "");
    assert_eq!(faults_of(PlaylistRole::Text, &text), []);
}

#[test]
fn each_broken_rule_is_found_alone() {
    for (from, to, rule, found) in [
        ("6.400000", "6.500000", TARGET, "line 8: a duration of 6.500000 s is longer"),
        ("#EXT-X-TARGETDURATION:6\n", "", TARGET, "EXT-X-TARGETDURATION is missing"),
        ("#EXTINF:0", "#EXTINF:6.4,\n#EXTINF:0", DURATION, "line 11: a second EXTINF precedes"),
        ("#EXTINF:0.000001,\n", "", DURATION, "line 10: `video/1/1.m4s` follows no EXTINF"),
        ("video/1/1.m4s\n", "", DURATION, "line 10: no URI follows"),
        ("6.400000,", "6.400000", DURATION, "line 8: no comma"),
        ("6.400000", "long", DURATION, "line 8: `long` is no duration"),
        ("6.400000", "-1", DURATION, "line 8: `-1` is no duration"),
        ("#EXT-X-ENDLIST\n", "", COMPLETE, "EXT-X-ENDLIST is missing"),
        ("TYPE:VOD", "TYPE:EVENT", TYPE, "is not VOD"),
        ("#EXT-X-PLAYLIST-TYPE:VOD\n", "", TYPE, "is not VOD"),
        ("#EXT-X-MAP:URI=\"video/1/init.mp4\"\n", "", MAP, "EXT-X-MAP is missing"),
        ("VERSION:7", "VERSION:5", VERSIONS, "EXT-X-MAP need version 6, and this is 5"),
        ("#EXT-X-VERSION:7\n", "", VERSIONS, "need version 6, and this is 1"),
        ("#EXT-X-ENDLIST", "#EXT-X-ENDLIST\n#EXT-X-ENDLIST", "RFC 8216, section 4.3.3", "twice"),
        ("VERSION:7", "VERSION:7\n#EXT-X-VERSION:7", "RFC 8216, section 4.3.1.2", "twice"),
        ("#EXT-X-IND", "#EXT-X-I-FRAMES-ONLY\n#EXT-X-IND", I_FRAMES, "of something else"),
        ("#EXT-X-IND", "#EXT-X-MEDIA:A=1\n#EXT-X-IND", "RFC 8216, section 4.3", "master"),
        ("URI=\"video/1/init.mp4\"", "URI=\"video", "RFC 8216, section 4.2", "line 7"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let faults = faults_of(PlaylistRole::Variant, &GOOD.replacen(from, to, 1));
        // Without its URI, the tag is no tag of the initialization segment either.
        let faults: Vec<_> = faults
            .iter()
            .filter(|(own, _)| from != "URI=\"video/1/init.mp4\"" || *own != MAP)
            .collect();
        let [(own_rule, own)] = &faults[..] else { panic!("{from} -> {to}: {faults:?}") };
        assert!(*own_rule == rule && own.contains(found), "{from} -> {to}: {own_rule}: {own}");
    }
    let faults = faults_of(PlaylistRole::IFrames, GOOD);
    assert_eq!(faults[0], (I_FRAMES, "video.m3u8: EXT-X-I-FRAMES-ONLY is missing".into()));
}

#[test]
fn target_durations_are_the_same_but_for_text_and_i_frames() {
    let playlist = |target| MediaPlaylist { target: Some(target), ..MediaPlaylist::default() };
    let (six, seven) = (playlist(6), playlist(7));
    let together =
        |role| check_together(&[("video.m3u8", PlaylistRole::Variant, &six), ("b", role, &seven)]);
    assert_eq!(together(PlaylistRole::Text), []);
    assert_eq!(together(PlaylistRole::IFrames), []);
    let [fault] = &together(PlaylistRole::Audio)[..] else { panic!("no fault") };
    assert_eq!(fault.rule, "RFC 8216, section 6.2.4");
    assert!(fault.found.contains("is 7, and that of video.m3u8 is 6"), "{}", fault.found);
}

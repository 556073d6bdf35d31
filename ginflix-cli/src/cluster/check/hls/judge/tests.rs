use bytes::Bytes;
use ginflix_api::client::HlsResponse;

use super::super::presentation::FetchedResource;
use super::super::test_boxes::{initialization, segment};
use super::*;

const MASTER: &str = "#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"audio-0.m3u8\"
#EXT-X-STREAM-INF:BANDWIDTH=16000,CODECS=\"avc1.64,mp4a.40.2\",AUDIO=\"a\"
video.m3u8
";
const LIST: &str = "#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI=\"init.mp4\"
#EXTINF:6.000000,
0.m4s
#EXTINF:5.000000,
1.m4s
#EXTINF:0.500000,
2.m4s
#EXT-X-ENDLIST
";
const FILE: FileFacts = FileFacts { duration_seconds: Some(11.51), frame_seconds: Some(0.04) };

fn resource(name: &str, content_type: &str, body: impl AsRef<[u8]>) -> FetchedResource {
    let body = Bytes::copy_from_slice(body.as_ref());
    let whole = HlsResponse {
        status: 200,
        content_type: Some(content_type.into()),
        length: Some(body.len() as u64),
        cache_control: Some("immutable".into()),
        etag: Some("\"a\"".into()),
        body,
        ..HlsResponse::default()
    };
    let again = Some(Ok(HlsResponse { status: 304, ..HlsResponse::default() }));
    FetchedResource { name: name.into(), whole: Ok(whole), again, part: None }
}

fn playlist(name: &str, role: PlaylistRole, list: &str, times: [u64; 3]) -> FetchedPlaylist {
    let (media_type, handler) = match role {
        PlaylistRole::Audio => ("audio/mp4", b"soun"),
        _ => ("video/mp4", b"vide"),
    };
    let durations = [6000, 5000, 500];
    let segments =
        (0..).zip(times.into_iter().zip(durations)).map(|(position, (time, duration))| {
            let body = segment(time, duration, 5000);
            let name = format!("{name}, segment {position}");
            FetchedSegment { position, resource: resource(&name, media_type, body) }
        });
    FetchedPlaylist {
        role,
        bandwidth: 16_000,
        resource: resource(name, "application/vnd.apple.mpegurl", list),
        init: Some(resource(&format!("{name}, init"), media_type, initialization(handler))),
        segments: segments.collect(),
    }
}

fn good() -> Presentation {
    let times = [0, 6000, 11_000];
    Presentation {
        master: resource("master.m3u8", "application/vnd.apple.mpegurl", MASTER),
        playlists: vec![
            playlist("video.m3u8", PlaylistRole::Variant, LIST, times),
            playlist("audio-0.m3u8", PlaylistRole::Audio, LIST, times),
        ],
        foreign: Vec::new(),
    }
}

fn faults(presentation: &Presentation) -> Vec<(&'static str, String)> {
    let faults = judge(presentation, &FILE).into_iter();
    faults.map(|fault| (fault.rule, format!("{}: {}", fault.place, fault.found))).collect()
}

/// Asserts that a change of a good presentation breaks one rule.
#[track_caller]
fn expect(edit: impl FnOnce(&mut Presentation), rule: &str, found: &str) {
    let mut presentation = good();
    edit(&mut presentation);
    let faults = faults(&presentation);
    let [(own_rule, own)] = &faults[..] else { panic!("{faults:?}") };
    assert!(*own_rule == rule && own.contains(found), "{own_rule}: {own}");
}

fn edit(resource: &mut FetchedResource, edit: impl FnOnce(&mut HlsResponse)) {
    edit(resource.whole.as_mut().unwrap());
}

fn replace(resource: &mut FetchedResource, body: Vec<u8>) {
    edit(resource, |whole| (whole.length, whole.body) = (Some(body.len() as u64), body.into()));
}

#[test]
fn a_good_presentation_has_no_fault() {
    assert_eq!(faults(&good()), []);
}

#[test]
fn a_segment_at_another_time_is_found() {
    let place =
        "audio-0.m3u8, segment 1: the first sample is shown at 6.005000 s, and the playlist";
    let moved = |p: &mut Presentation| {
        p.playlists[1].segments.pop();
        replace(&mut p.playlists[1].segments[1].resource, segment(6005, 5000, 5000));
    };
    expect(moved, TIMES, place);
    let late = segment(6500, 6000, 5000);
    let edited = |p: &mut Presentation| {
        p.playlists[0].segments.truncate(1);
        replace(&mut p.playlists[0].segments[0].resource, late);
    };
    expect(edited, TIMES, "video.m3u8, segment 0: the first sample is shown at 6.500000 s");
    // A tick more or less is what rounding takes away.
    let mut rounded = good();
    replace(&mut rounded.playlists[1].segments[1].resource, segment(6001, 4999, 5000));
    assert_eq!(faults(&rounded), []);
}

#[test]
fn segments_whose_decoding_times_have_a_gap_are_found() {
    let longer = |p: &mut Presentation| {
        replace(&mut p.playlists[0].segments[1].resource, segment(6000, 4000, 5000));
    };
    let found = "video.m3u8, segment 2: it is decoded at tick 11000 of 1000 a second, and the segment \
                 before ends at 10000";
    expect(longer, TIMES, found);
    // The segment between two that were fetched may be anything.
    let mut apart = good();
    apart.playlists[0].segments.remove(1);
    replace(&mut apart.playlists[0].segments[0].resource, segment(0, 4000, 5000));
    assert_eq!(faults(&apart), []);
}

#[test]
fn a_bit_rate_above_the_bandwidth_is_found() {
    // 12 kB in 5 s are 19.2 kbit/s; as much in half a second says nothing.
    let large = |p: &mut Presentation| {
        replace(&mut p.playlists[0].segments[1].resource, segment(6000, 5000, 12_000));
        replace(&mut p.playlists[0].segments[2].resource, segment(11_000, 500, 12_000));
    };
    expect(large, BANDWIDTH, "video.m3u8, segment 1: it has 19");
}

#[test]
fn durations_that_are_not_those_of_the_file_are_found() {
    let presentation = good();
    let of = |duration, frame| {
        let file = FileFacts { duration_seconds: duration, frame_seconds: frame };
        judge(&presentation, &file)
    };
    let [fault] = &of(Some(11.55), Some(0.04))[..] else { panic!("no fault") };
    assert!(fault.is_harmless && fault.rule == WHOLE_DURATION, "{fault:?}");
    assert_eq!(fault.found, "the durations are 11.500 s together, and the file has 11.550 s");
    assert_eq!(of(Some(11.55), None), []);
    assert_eq!(of(Some(11.61), None).len(), 1);
    assert_eq!(of(None, None), []);
}

#[test]
fn what_was_not_fetched_or_read_is_one_fault() {
    let foreign = ("video.m3u8".to_owned(), "//other/\u{1b}".to_owned());
    expect(|p| p.foreign.push(foreign), REFERENCES, "video.m3u8: `//other/\\u{1b}` leads away");
    let missing = |p: &mut Presentation| edit(&mut p.playlists[1].resource, |r| r.status = 502);
    expect(missing, "RFC 9110, section 15", "audio-0.m3u8: it got status 502");
    let zipped = |p: &mut Presentation| edit(&mut p.master, |r| r.encoding = Some("gzip".into()));
    expect(zipped, "RFC 9110, section 12.5.3", "master.m3u8: it was compressed (gzip)");
    let no_boxes = |p: &mut Presentation| {
        replace(p.playlists[0].init.as_mut().unwrap(), b"<html>".to_vec());
    };
    expect(no_boxes, "ISO/IEC 14496-12, section 4.2", "video.m3u8, init: the box");
    let cut = |p: &mut Presentation| {
        let body = segment(11_000, 500, 5000);
        replace(&mut p.playlists[0].segments[2].resource, body[..body.len() - 1].to_vec());
    };
    expect(cut, "ISO/IEC 14496-12, section 4.2", "video.m3u8, segment 2: the box `mdat`");
    let target = LIST.replace("TARGETDURATION:6", "TARGETDURATION:7");
    expect(
        |p| replace(&mut p.playlists[1].resource, target.into()),
        "RFC 8216, section 6.2.4",
        "EXT-X-TARGETDURATION is 7",
    );
}

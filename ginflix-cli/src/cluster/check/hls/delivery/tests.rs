use bytes::Bytes;
use ginflix_api::client::{ClientError, HlsResponse};

use super::*;

fn response(content_type: &str, body: &[u8]) -> HlsResponse {
    HlsResponse {
        status: 200,
        content_type: Some(content_type.into()),
        length: Some(body.len() as u64),
        cache_control: Some("public, max-age=31536000, immutable".into()),
        etag: Some("\"a\"".into()),
        body: Bytes::copy_from_slice(body),
        ..HlsResponse::default()
    }
}

fn resource(content_type: &str) -> FetchedResource {
    let part = HlsResponse {
        status: 206,
        range: Some("bytes 2-3/6".into()),
        ..response(content_type, b"23")
    };
    FetchedResource {
        name: "it".into(),
        whole: Ok(response(content_type, b"012345")),
        again: Some(Ok(HlsResponse { status: 304, ..HlsResponse::default() })),
        part: Some(([2, 3], Ok(part))),
    }
}

fn broken() -> Received {
    Err(ClientError::Setup("the connection broke".into()))
}

#[test]
fn good_responses_have_no_fault() {
    assert_eq!(check_playlist(&resource("application/vnd.apple.mpegurl")), []);
    assert_eq!(check_playlist(&resource("Audio/MPEGURL; charset=utf-8")), []);
    assert_eq!(check_segment(&resource("video/mp4"), true), []);
    assert_eq!(check_segment(&resource("audio/mp4"), false), []);
    let identity = |whole: &mut HlsResponse| whole.encoding = Some("identity".into());
    assert_eq!(faults_after(identity), []);
}

fn faults_after(edit: impl FnOnce(&mut HlsResponse)) -> Vec<(&'static str, String, bool)> {
    let mut resource = resource("video/mp4");
    edit(resource.whole.as_mut().unwrap());
    let faults = check_segment(&resource, true).into_iter();
    faults.map(|fault| (fault.rule, fault.found, fault.is_harmless)).collect()
}

#[test]
fn each_fault_of_a_response_is_found_alone() {
    type Edit = fn(&mut HlsResponse);
    let cases: [(Edit, &str, &str, bool); 8] = [
        (|r| r.status = 404, STATUS, "status 404", false),
        (|r| r.encoding = Some("gzip".into()), CODING, "compressed (gzip)", false),
        (|r| r.content_type = Some("text/plain".into()), TYPE, "`text/plain` instead of", false),
        (|r| r.content_type = None, TYPE, "`` instead of `video/mp4`", false),
        (|r| r.length = None, LENGTH, "is missing", false),
        (|r| r.cache_control = Some("no-store".into()), IMMUTABLE, "`no-store`", true),
        (|r| r.cache_control = None, IMMUTABLE, "do not keep it", true),
        (|r| r.cache_control = Some("immutable, no-store".into()), IMMUTABLE, "no-store", true),
    ];
    for (edit, rule, found, is_harmless) in cases {
        let faults = faults_after(edit);
        let [(own_rule, own, own_harm)] = &faults[..] else { panic!("{faults:?}") };
        assert!(*own_rule == rule && own.contains(found), "{own_rule}: {own}");
        assert_eq!(*own_harm, is_harmless, "{own}");
    }
    let short = faults_after(|r| r.body = r.body.slice(..5));
    assert_eq!(short[0].1, "Content-Length is 6, and 5 bytes came");
    let playlist = check_playlist(&resource("video/mp4"));
    assert_eq!((playlist.len(), playlist[0].rule), (1, PLAYLIST_TYPE));
    let interrupted = check_segment(&FetchedResource { whole: broken(), ..resource("") }, true);
    assert_eq!((interrupted.len(), interrupted[0].rule), (1, COMPLETE));
}

#[test]
fn repeated_requests_are_judged() {
    let faults = |again: Option<Received>, part: Received| {
        let part = Some(([2, 3], part));
        let faults = check_segment(&FetchedResource { again, part, ..resource("video/mp4") }, true);
        faults.into_iter().map(|f| (f.rule, f.found, f.is_harmless)).collect::<Vec<_>>()
    };
    let status = |status| Some(Ok(HlsResponse { status, ..HlsResponse::default() }));
    let part = |edit: fn(&mut HlsResponse)| {
        let (_, part) = resource("video/mp4").part.unwrap();
        let mut part = part.unwrap();
        edit(&mut part);
        Ok(part)
    };
    let same = || part(|_| {});
    assert_eq!(faults(status(304), same()), []);
    for (found, rule, text, is_harmless) in [
        (faults(status(200), same()), CONDITION, "status 200 instead of 304", true),
        (faults(Some(broken()), same()), COMPLETE, "the connection broke", false),
        (faults(status(304), broken()), COMPLETE, "the connection broke", false),
        (faults(status(304), part(|p| p.status = 200)), RANGE, "all of it came", true),
        (faults(status(304), part(|p| p.status = 416)), RANGE, "status 416", false),
        (faults(status(304), part(|p| p.range = None)), RANGE, "no Content-Range", false),
        (faults(status(304), part(|p| p.body = Bytes::from_static(b"2X"))), RANGE, "other", false),
    ] {
        let [(own_rule, own, own_harm)] = &found[..] else { panic!("{found:?}") };
        assert!(*own_rule == rule && own.contains(text), "{own_rule}: {own}");
        assert_eq!(*own_harm, is_harmless, "{own}");
    }
    let without = HlsResponse { etag: None, ..response("video/mp4", b"012345") };
    let without = FetchedResource { whole: Ok(without), again: None, ..resource("video/mp4") };
    let faults = check_segment(&without, true);
    assert!(faults.len() == 1 && faults[0].is_harmless, "{faults:?}");
}

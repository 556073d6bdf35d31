//! Playlists and segments are delivered as files are: RFC 9110.

use ginflix_api::error::ErrorCode;
use ginflix_tests::http::{client_builder, expect_error, header};
use ginflix_tests::server::Server;
use ginflix_tests::{http, media_files};
use reqwest::Method;

use super::{bytes, get, put, strong_etag, text, uris};

const PLAYLIST_TYPE: &str = "application/vnd.apple.mpegurl";

#[tokio::test]
async fn types_and_caching_follow_the_kind_of_resource() {
    let server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    for playlist in ["master.m3u8", "video.m3u8", "audio-0.m3u8", "iframes.m3u8"] {
        let response = get(&server, &format!("{hls}/{playlist}")).await;
        assert_eq!(header(&response, "content-type"), PLAYLIST_TYPE, "{playlist}");
        assert_eq!(header(&response, "cache-control"), "no-cache", "{playlist}");
        assert_eq!(header(&response, "access-control-allow-origin"), "*", "{playlist}");
    }
    for (playlist, content_type) in [("video.m3u8", "video/mp4"), ("audio-0.m3u8", "audio/mp4")] {
        for uri in uris(&text(&server, &format!("{hls}/{playlist}")).await) {
            let response = get(&server, &format!("{hls}/{uri}")).await;
            assert_eq!(header(&response, "content-type"), content_type, "{uri}");
            let cache = header(&response, "cache-control");
            assert_eq!(cache, "public, max-age=31536000, immutable", "{uri}");
        }
    }
}

#[tokio::test]
async fn a_resource_that_a_client_has_is_not_sent_again() {
    let server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    let video = text(&server, &format!("{hls}/video.m3u8")).await;
    let mut etags = Vec::new();
    for path in ["master.m3u8", "video.m3u8"].map(str::to_owned).into_iter().chain(uris(&video)) {
        let path = format!("{hls}/{path}");
        let first = get(&server, &path).await;
        let etag = strong_etag(&first);
        let length = header(&first, "content-length");
        let again = server.anonymous(Method::GET, &path).header("if-none-match", &etag);
        let again = again.send().await.unwrap();
        assert_eq!((again.status().as_u16(), strong_etag(&again)), (304, etag.clone()), "{path}");
        let head = server.anonymous(Method::HEAD, &path).send().await.unwrap();
        assert_eq!(
            (head.status().as_u16(), header(&head, "content-length")),
            (200, length),
            "{path}"
        );
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
        let other = server.anonymous(Method::GET, &path).header("if-match", "\"other\"");
        expect_error(other, 412, ErrorCode::PreconditionFailed).await;
        etags.push(etag);
    }
    etags.sort();
    let count = etags.len();
    etags.dedup();
    assert_eq!(etags.len(), count, "two resources have the same entity tag");
}

#[tokio::test]
async fn a_range_of_a_segment_is_that_part_of_it() {
    let server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    for playlist in ["video.m3u8", "audio-0.m3u8"] {
        let segments = uris(&text(&server, &format!("{hls}/{playlist}")).await);
        let path = format!("{hls}/{}", segments[1]);
        let whole = bytes(&server, &path).await;
        let last = whole.len() - 1;
        for (first, end) in [(0, 0), (0, 99), (50, 5_000), (whole.len() / 2, last), (last, last)] {
            let request = server.anonymous(Method::GET, &path);
            let response =
                request.header("range", format!("bytes={first}-{end}")).send().await.unwrap();
            assert_eq!(response.status(), 206, "{path} {first}-{end}");
            let expected = format!("bytes {first}-{end}/{}", whole.len());
            assert_eq!(header(&response, "content-range"), expected);
            assert!(response.bytes().await.unwrap() == whole[first..=end], "{path} {first}-{end}");
        }
        let beyond = server.anonymous(Method::GET, &path);
        let beyond = beyond.header("range", format!("bytes={}-", whole.len()));
        expect_error(beyond, 416, ErrorCode::Invalid).await;
        let parts = server.anonymous(Method::GET, &path).header("range", "bytes=0-9,200-399");
        let parts = parts.send().await.unwrap();
        assert_eq!(parts.status(), 206);
        let body = parts.bytes().await.unwrap();
        for range in [0..10, 200..400] {
            let is_part = |window: &[u8]| *window == whole[range.clone()];
            assert!(body.windows(range.len()).any(is_part), "{path} {range:?}");
        }
    }
}

#[tokio::test]
async fn every_way_of_sending_gives_the_same_bytes() {
    let server = Server::start();
    let hls = put(&server, "film.mkv", &media_files::two_languages()).await;
    let http2 = client_builder().http2_prior_knowledge().build().unwrap();
    for playlist in ["video.m3u8", "audio-1.m3u8", "iframes.m3u8"] {
        let listed = text(&server, &format!("{hls}/{playlist}")).await;
        for uri in uris(&listed).into_iter().chain([playlist.to_owned()]) {
            let path = format!("{hls}/{uri}");
            let by_event_loop = bytes(&server, &path).await;
            // The event loops leave requests with `TE` to hyper.
            let request = server.anonymous(Method::GET, &path).header("te", "trailers");
            let by_hyper = request.send().await.unwrap().bytes().await.unwrap();
            assert!(by_hyper == by_event_loop, "{path}");
            let by_http2 = http2.get(server.url(&path)).send().await.unwrap();
            assert!(by_http2.bytes().await.unwrap() == by_event_loop, "{path}");
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    let video = text(&server, &format!("{hls}/video.m3u8")).await;
    let segment = uris(&video).pop().unwrap();
    for path in [
        format!("{hls}/audio-1.m3u8"),
        format!("{hls}/index.m3u8"),
        format!("{hls}/"),
        hls.clone(),
        format!("{hls}/{}", segment.replace(".m4s", ".mp4")),
        format!("{hls}/{}", segment.replace(".m4s", "0.m4s")),
        format!("{hls}/{segment}/x"),
        "/stream/other.mp4/hls/master.m3u8".to_owned(),
    ] {
        expect_error(server.anonymous(Method::GET, &path), 404, ErrorCode::NotFound).await;
    }
    let post = server.anonymous(Method::POST, &format!("{hls}/master.m3u8"));
    expect_error(post, 405, ErrorCode::MethodNotAllowed).await;
    let preflight = server.anonymous(Method::OPTIONS, &format!("{hls}/{segment}"));
    let preflight = preflight.send().await.unwrap();
    assert_eq!(preflight.status(), 204);
    assert!(header(&preflight, "access-control-allow-headers").contains("Range"));
}

#[tokio::test]
async fn a_file_that_cannot_be_packaged_says_why() {
    let server = Server::start();
    for (name, content, reason) in [
        ("film.avi", std::fs::read(media_files::avi()).unwrap(), "Only MP4, QuickTime, Matroska"),
        ("empty.mp4", http::noise(10_000, 1), "neither video nor audio"),
    ] {
        server.put_media(name, content).await;
        let path = format!("/stream/{name}/hls/master.m3u8");
        let message =
            expect_error(server.anonymous(Method::GET, &path), 404, ErrorCode::NotFound).await;
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn segments_of_a_replaced_file_are_gone() {
    let server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    let old = text(&server, &format!("{hls}/video.m3u8")).await;
    let other = std::fs::read(media_files::three_seconds()).unwrap();
    // `dHJ1ZQ==` is "true" in Base64.
    let created = server.create_upload("film.mp4", other.len() as u64, ",replace dHJ1ZQ==");
    let created = created.send().await.unwrap();
    assert_eq!(created.status(), 201, "{}", created.text().await.unwrap());
    let location = header(&created, "location");
    let done = server.patch_upload(&location, 0, other).send().await.unwrap();
    assert_eq!(done.status(), 204, "{}", done.text().await.unwrap());
    let new = text(&server, &format!("{hls}/video.m3u8")).await;
    let old_segment = format!("{hls}/{}", uris(&old).pop().unwrap());
    let message =
        expect_error(server.anonymous(Method::GET, &old_segment), 410, ErrorCode::Gone).await;
    assert!(message.contains("load its playlist again"), "{message}");
    bytes(&server, &format!("{hls}/{}", uris(&new).pop().unwrap())).await;
}

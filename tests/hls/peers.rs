//! A streamer that lacks a file serves its HLS through a peer.

use ginflix_tests::fleet::Fleet;
use ginflix_tests::http::header;
use ginflix_tests::media_files;
use reqwest::Method;

use super::{bytes, text, uris};

#[tokio::test]
async fn a_streamer_without_the_file_passes_on_what_a_peer_has() {
    // The other streamers fetch one byte a second, so they have no copy before the test ends.
    let fleet = Fleet::start_with(3, |number| match number {
        0 => Vec::new(),
        _ => ["--pull-rate", "1"].map(str::to_owned).to_vec(),
    })
    .await;
    fleet.wait_until_all_live().await;
    fleet.upload(0, "film.mkv", &std::fs::read(media_files::two_languages()).unwrap()).await;
    let hls = "/stream/film.mkv/hls";
    let (holder, other) = (&fleet.streamers[0], &fleet.streamers[2]);
    let master = text(holder, &format!("{hls}/master.m3u8")).await;
    let passed_on = text(other, &format!("{hls}/master.m3u8")).await;
    assert_eq!(passed_on, master);
    for playlist in uris(&master) {
        let listed = text(holder, &format!("{hls}/{playlist}")).await;
        assert_eq!(text(other, &format!("{hls}/{playlist}")).await, listed);
        for uri in uris(&listed) {
            let path = format!("{hls}/{uri}");
            let own = bytes(holder, &path).await;
            assert!(bytes(other, &path).await == own, "{path}");
        }
    }
    assert!(!fleet.media_path(2, "film.mkv").exists(), "the streamer has the file itself");
    let segment = uris(&text(holder, &format!("{hls}/video.m3u8")).await).pop().unwrap();
    let path = format!("{hls}/{segment}");
    let whole = bytes(holder, &path).await;
    let range = other.anonymous(Method::GET, &path).header("range", "bytes=5-99");
    let range = range.send().await.unwrap();
    assert_eq!(range.status(), 206);
    assert!(header(&range, "via").starts_with("1.1 "));
    assert_eq!(header(&range, "content-range"), format!("bytes 5-99/{}", whole.len()));
    assert_eq!(header(&range, "cache-control"), "public, max-age=31536000, immutable");
    let etag = header(&range, "etag");
    assert!(range.bytes().await.unwrap() == whole[5..100]);
    let known = other.anonymous(Method::GET, &path).header("if-none-match", etag);
    assert_eq!(known.send().await.unwrap().status(), 304);
    let missing = other.anonymous(Method::GET, &format!("{hls}/audio-9.m3u8"));
    assert_eq!(missing.send().await.unwrap().status(), 404);
}

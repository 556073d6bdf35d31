//! The sample index of a file: made once, and again if it is lost or damaged.

use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use ginflix_tests::server::Server;
use ginflix_tests::{media_files, wait};
use reqwest::Method;

use super::{INDEX_TIMEOUT, bytes, put, text, uris};

fn index_path(server: &Server, name: &str) -> PathBuf {
    server.volume().join("meta").join(format!("{name}.hls"))
}

async fn wait_for_index(server: &Server, name: &str) {
    let path = index_path(server, name);
    wait::until_async(INDEX_TIMEOUT, "the index", async || path.exists().then_some(())).await;
}

#[tokio::test]
async fn an_index_is_made_after_an_upload_and_kept() {
    let mut server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    wait_for_index(&server, "film.mp4").await;
    let before = text(&server, &format!("{hls}/video.m3u8")).await;
    let inode = || fs::metadata(index_path(&server, "film.mp4")).unwrap().ino();
    let first = inode();
    server.kill();
    server.start_again();
    assert_eq!(text(&server, &format!("{hls}/video.m3u8")).await, before);
    assert_eq!(fs::metadata(index_path(&server, "film.mp4")).unwrap().ino(), first);
}

#[tokio::test]
async fn a_file_that_is_copied_into_the_volume_is_packaged() {
    let server = Server::start();
    fs::copy(media_files::two_languages(), server.volume().join("media/film.mkv")).unwrap();
    let master = text(&server, "/stream/film.mkv/hls/master.m3u8").await;
    assert!(master.contains("LANGUAGE=\"fr\""), "{master}");
}

#[tokio::test]
async fn an_index_that_is_missing_is_made_on_request() {
    let mut server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    let before = text(&server, &format!("{hls}/video.m3u8")).await;
    server.stop();
    fs::remove_file(index_path(&server, "film.mp4")).unwrap();
    server.start_again();
    // The first request waits for it.
    let request = server.anonymous(Method::GET, &format!("{hls}/video.m3u8"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), before);
}

#[tokio::test]
async fn a_damaged_index_is_made_again() {
    let server = Server::start();
    let hls = put(&server, "film.mp4", &media_files::faststart()).await;
    let video = text(&server, &format!("{hls}/video.m3u8")).await;
    let segments: Vec<String> = uris(&video).iter().map(|uri| format!("{hls}/{uri}")).collect();
    let mut originals = Vec::new();
    for segment in &segments {
        originals.push(bytes(&server, segment).await);
    }
    let length = fs::metadata(index_path(&server, "film.mp4")).unwrap().len();
    for at in [0, 41, 70, length / 2, length - 1] {
        let path = index_path(&server, "film.mp4");
        wait_for_index(&server, "film.mp4").await;
        let index = fs::File::options().read(true).write(true).open(&path).unwrap();
        let mut byte = [0];
        index.read_exact_at(&mut byte, at).unwrap();
        index.write_all_at(&[byte[0] ^ 0x55], at).unwrap();
        // No response has other bytes than before.
        for (segment, original) in segments.iter().zip(&originals) {
            assert!(bytes(&server, segment).await == *original, "byte {at}: {segment}");
        }
    }
}

#[tokio::test]
async fn the_index_of_a_removed_file_is_removed() {
    let server = Server::start();
    put(&server, "film.mp4", &media_files::faststart()).await;
    wait_for_index(&server, "film.mp4").await;
    let removed = server.admin(Method::DELETE, "/api/v1/media/film.mp4").send().await.unwrap();
    assert_eq!(removed.status(), 204);
    let path = index_path(&server, "film.mp4");
    wait::until_async(INDEX_TIMEOUT, "its removal", async || (!path.exists()).then_some(())).await;
}

//! Media files are inspected, whatever way they arrive.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod damaged;
mod mutated;

use std::fs;
use std::path::Path;
use std::time::Duration;

use ginflix_api::inspection::{Codec, Container, Inspection, TrackKind};
use ginflix_api::media::Media;
use ginflix_api::playability::{Browser, Outcome, Playability};
use ginflix_api::replica::ListedMedia;
use ginflix_tests::fleet::Fleet;
use ginflix_tests::http::{noise, sha256};
use ginflix_tests::server::Server;
use ginflix_tests::{media_files, wait};

/// How long the server may take to inspect a file that was copied into its volume.
const INSPECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits until a file is inspected, and returns its entry.
async fn inspected(server: &Server, name: &str) -> Media {
    wait::until_async(INSPECT_TIMEOUT, &format!("{name} to be inspected"), async || {
        // A file that is still hashed is not listed, and responds with 423.
        let listed = server.json("/api/v1/media").await["items"].take();
        let listed: Vec<Media> = serde_json::from_value(listed).unwrap();
        listed.into_iter().find(|media| media.name.as_str() == name && media.inspection.is_some())
    })
    .await
}

async fn playability(server: &Server, name: &str) -> Playability {
    let listed = server.json(&format!("/api/v1/media/{name}")).await;
    serde_json::from_value::<ListedMedia>(listed).unwrap().playability
}

fn assert_is_h264_and_aac(found: &Inspection) {
    assert_eq!(found.container, Container::Mp4);
    let codecs: Vec<Codec> = found.tracks.iter().map(|track| track.codec).collect();
    assert_eq!(codecs, [Codec::H264, Codec::Aac]);
    let TrackKind::Video(video) = &found.tracks[0].kind else { panic!("{found:?}") };
    assert_eq!((video.width, video.height), (160, 90));
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

#[tokio::test]
async fn an_uploaded_file_is_inspected() {
    let server = Server::start();
    let media = server.put_media("film.mp4", fs::read(media_files::faststart()).unwrap()).await;
    assert_is_h264_and_aac(media.inspection.as_ref().unwrap());
    assert!(playability(&server, "film.mp4").await.is_universal());
    // The list has it as well.
    let list = server.json("/api/v1/media").await;
    assert_eq!(list["items"][0]["inspection"]["tracks"][0]["codec"], "h264", "{list}");
}

#[tokio::test]
async fn a_file_that_is_copied_into_the_volume_is_inspected() {
    let server = Server::start();
    fs::copy(media_files::hevc(), server.volume().join("media/film.mp4")).unwrap();
    // A request for the file makes the server look at it before the next scan.
    let request = server.anonymous(reqwest::Method::GET, "/stream/film.mp4");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let media = inspected(&server, "film.mp4").await;
    assert_eq!(media.inspection.unwrap().tracks[0].codec, Codec::Hevc);
    let playability = playability(&server, "film.mp4").await;
    assert_eq!(playability.of(Browser::ChromeOnLinux), Some(Outcome::SoundOnly));
    assert_eq!(playability.of(Browser::Safari), Some(Outcome::Plays));
    assert!(playability.remedy.unwrap().starts_with("ffmpeg -i film.mp4 "));
}

/// Removes the inspections from a stopped server's volume, as if an earlier version had written it.
fn forget_inspections(volume: &Path) {
    let catalogue = rusqlite::Connection::open(volume.join("catalog.db")).unwrap();
    let forgotten = catalogue.execute("UPDATE media SET inspection = NULL", []).unwrap();
    assert_eq!(forgotten, 1);
    for entry in fs::read_dir(volume.join("meta")).unwrap() {
        let path = entry.unwrap().path();
        // Beside them are the sample indexes of HLS.
        if path.extension() != Some("json".as_ref()) {
            continue;
        }
        let mut info: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(info.as_object_mut().unwrap().remove("inspection").is_some());
        fs::write(&path, info.to_string()).unwrap();
    }
}

#[tokio::test]
async fn files_of_an_earlier_version_are_inspected_once() {
    let mut server = Server::start();
    let before = server.put_media("film.mp4", fs::read(media_files::faststart()).unwrap()).await;
    assert!(server.stop().success());
    forget_inspections(&server.volume());
    server.start_again();
    assert_eq!(inspected(&server, "film.mp4").await, before);
}

#[tokio::test]
async fn other_containers_are_described_by_ffprobe() {
    let path = std::env::var("PATH").unwrap();
    let server = Server::start_with_environment(&[], &[("PATH", &path)]);
    let media = server.put_media("film.avi", fs::read(media_files::avi()).unwrap()).await;
    let found = media.inspection.unwrap();
    assert_eq!(found.container, Container::Avi);
    let codecs: Vec<Codec> = found.tracks.iter().map(|track| track.codec).collect();
    assert_eq!(codecs, [Codec::Mpeg4Visual, Codec::Mp3]);
    assert!((found.duration_seconds.unwrap() - 3.0).abs() < 0.2, "{found:?}");
    assert!(playability(&server, "film.avi").await.is_hopeless());
}

#[tokio::test]
async fn other_containers_are_recognized_without_ffprobe() {
    let server = Server::start_with_environment(&[], &[("PATH", "/nowhere")]);
    let media = server.put_media("film.avi", fs::read(media_files::avi()).unwrap()).await;
    let found = media.inspection.unwrap();
    assert_eq!((found.container, found.tracks.len()), (Container::Avi, 0));
    assert!(playability(&server, "film.avi").await.is_hopeless());
}

#[tokio::test]
async fn a_picture_is_no_problem() {
    let server = Server::start();
    let avif = [b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x0cmdat", &[7; 4][..]].concat();
    let media = server.put_media("a.avif", avif).await;
    assert_eq!(media.inspection.unwrap().problems, []);
    assert_eq!(playability(&server, "a.avif").await, Playability::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_streamer_inspects_its_copy() {
    let fleet = Fleet::start(2).await;
    let content = fs::read(media_files::faststart()).unwrap();
    fleet.upload(0, "film.mp4", &content).await;
    let listed = fleet.listed_media("film.mp4").await.unwrap();
    let found = listed.media.inspection.unwrap();
    assert_is_h264_and_aac(&found);
    let info = fleet.streamers[1].volume().join("meta/film.mp4.json");
    let copied = wait::until_async(INSPECT_TIMEOUT, "the copy to be inspected", async || {
        let info = serde_json::from_slice::<serde_json::Value>(&fs::read(&info).ok()?).ok()?;
        Some(info).filter(|info| !info["inspection"].is_null())
    })
    .await;
    assert_eq!(copied["sha256"], sha256(&content));
    assert_eq!(copied["inspection"], serde_json::to_value(found).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamer_describes_what_the_catalogue_lacks() {
    let fleet = Fleet::start(2).await;
    let content = fs::read(media_files::faststart()).unwrap();
    fleet.upload(0, "film.mp4", &content).await;
    fleet.wait_until_replicated("film.mp4", &content).await;
    let before = fleet.listed_media("film.mp4").await.unwrap().media;
    fleet.execute_sql("UPDATE media SET inspection = NULL, duration_seconds = NULL").await;
    fleet.execute_sql("UPDATE media_revision SET revision = revision + 1").await;
    let described = wait::until_async(INSPECT_TIMEOUT, "the file to be described", async || {
        let media = fleet.listed_media("film.mp4").await.unwrap().media;
        Some(media).filter(|media| media.inspection.is_some())
    })
    .await;
    assert_eq!(described, before);
}

#[tokio::test]
async fn an_unknown_format_is_accepted_as_before() {
    let server = Server::start();
    let media = server.put_media("film.bin", noise(20, 1)[..20].to_vec()).await;
    assert_eq!(media.inspection.unwrap().container, Container::Unknown);
}

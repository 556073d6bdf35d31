//! The subtitle tracks in media files.

use std::fs;
use std::process::Command;

use ginflix_tests::media_files::{self, SUBTITLES};
use ginflix_tests::server::Server;
use reqwest::{Method, header};

use super::{put, strong_etag, text, uris};

/// Returns the cues that ffmpeg reads of an input, as lines of WebVTT.
fn read_by_ffmpeg(input: &str) -> String {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i", input, "-map", "0:s:0", "-f", "webvtt", "-"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{input}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn each_text_track_is_a_rendition() {
    let server = Server::start();
    for (name, file) in
        [("movie.mkv", media_files::subtitles_mkv()), ("movie.mp4", media_files::subtitles_mp4())]
    {
        let hls = put(&server, name, &file).await;
        let master = text(&server, &format!("{hls}/master.m3u8")).await;
        let renditions: Vec<&str> =
            master.lines().filter(|line| line.contains("TYPE=SUBTITLES")).collect();
        assert_eq!(renditions.len(), 2, "{master}");
        for (rendition, language) in renditions.iter().zip(["en", "de"]) {
            assert!(rendition.contains(&format!("LANGUAGE=\"{language}\"")), "{rendition}");
            // Subtitles are shown when a viewer asks for them.
            assert!(!rendition.contains("DEFAULT=YES"), "{rendition}");
        }
        assert!(master.contains("SUBTITLES=\""), "{master}");
        let playlist = text(&server, &format!("{hls}/text-0.m3u8")).await;
        let video = text(&server, &format!("{hls}/video.m3u8")).await;
        let durations = |text: &str| {
            text.lines().filter(|line| line.starts_with("#EXTINF")).map(str::to_owned).collect()
        };
        let [of_text, of_video]: [Vec<String>; 2] = [&playlist, &video].map(|text| durations(text));
        assert_eq!(of_text, of_video);
        let mut shown = Vec::new();
        for uri in uris(&playlist) {
            let segment = text(&server, &format!("{hls}/{uri}")).await;
            assert!(segment.starts_with("WEBVTT\nX-TIMESTAMP-MAP="), "{segment}");
            for (_, _, words) in SUBTITLES {
                if segment.contains(words) && !shown.contains(&words) {
                    shown.push(words);
                }
            }
        }
        assert_eq!(shown, SUBTITLES.map(|(_, _, words)| words), "{name}");
        let document = uris(&playlist).remove(0).replace("/0.vtt", "/all.vtt");
        let read = read_by_ffmpeg(&server.url(&format!("{hls}/{document}")));
        assert_eq!(read, read_by_ffmpeg(file.to_str().unwrap()), "{name}");
    }
}

#[tokio::test]
async fn a_document_has_the_whole_text_and_is_cached_for_ever() {
    let server = Server::start();
    let hls = put(&server, "movie.mkv", &media_files::subtitles_mkv()).await;
    let playlist = text(&server, &format!("{hls}/text-1.m3u8")).await;
    let first = uris(&playlist).remove(0);
    let document = format!("{hls}/{}", first.replace("/0.vtt", "/all.vtt"));
    let response = super::get(&server, &document).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/vtt");
    assert!(response.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    strong_etag(&response);
    let document = response.text().await.unwrap();
    assert_eq!(document.matches(" --> ").count(), SUBTITLES.len(), "{document}");
    let missing = server.anonymous(Method::GET, &format!("{hls}/text-2.m3u8"));
    assert_eq!(missing.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn lost_and_damaged_texts_are_read_again() {
    let mut server = Server::start();
    let hls = put(&server, "movie.mkv", &media_files::subtitles_mkv()).await;
    let playlist = text(&server, &format!("{hls}/text-0.m3u8")).await;
    let stored = server.volume().join("meta/movie.mkv.texts");
    let content = fs::read(&stored).unwrap();
    for damage in [None, Some(&content[..content.len() - 1]), Some(&content[..10])] {
        server.kill();
        match damage {
            None => fs::remove_file(&stored).unwrap(),
            Some(damaged) => fs::write(&stored, damaged).unwrap(),
        }
        server.start_again();
        assert_eq!(text(&server, &format!("{hls}/text-0.m3u8")).await, playlist);
        assert_eq!(fs::read(&stored).unwrap(), content);
    }
    let removed = server.admin(Method::DELETE, "/api/v1/media/movie.mkv");
    assert_eq!(removed.send().await.unwrap().status(), 204);
    assert!(!stored.exists());
}

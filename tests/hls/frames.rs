//! What a player gets are the frames of the file.

use std::process::Command;

use ginflix_tests::media_files;
use ginflix_tests::server::Server;

use super::{put, text, uris};

/// Returns the packets of a stream of an input, as ffmpeg hashes them without decoding: number of bytes and MD5.
fn packets(input: &str, stream: &str) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i", input, "-map", stream])
        .args(["-c", "copy", "-f", "framehash", "-hash", "md5", "-"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{input} {stream}: {errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let hash = |line: &str| {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        format!("{} {}", fields[4], fields[5])
    };
    lines.lines().filter(|line| !line.starts_with('#')).map(hash).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rendition_has_the_packets_of_its_track() {
    let server = Server::start();
    for (name, file) in [
        ("faststart.mp4", media_files::faststart()),
        ("end.mp4", media_files::index_at_end()),
        ("film.mkv", media_files::two_languages()),
        ("film.webm", media_files::webm()),
    ] {
        let hls = put(&server, name, &file).await;
        let master = text(&server, &format!("{hls}/master.m3u8")).await;
        let source = file.to_str().unwrap();
        let mut audio = 0;
        for uri in uris(&master).into_iter().filter(|uri| uri != "iframes.m3u8") {
            text(&server, &format!("{hls}/{uri}")).await;
            let stream = if uri == "video.m3u8" {
                "0:v:0".to_owned()
            } else {
                audio += 1;
                format!("0:a:{}", audio - 1)
            };
            let expected = packets(source, &stream);
            assert!(expected.len() > 10, "{name} {uri}");
            let played = packets(&server.url(&format!("{hls}/{uri}")), "0:0");
            assert_eq!(played, expected, "{name} {uri}");
        }
        assert!(audio > 0, "{name}: {master}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_playlist_names_each_language() {
    let server = Server::start();
    let hls = put(&server, "film.mkv", &media_files::two_languages()).await;
    let master = text(&server, &format!("{hls}/master.m3u8")).await;
    for part in ["LANGUAGE=\"en\"", "LANGUAGE=\"fr\"", "CODECS=\"avc1.", "RESOLUTION=160x90"] {
        assert!(master.contains(part), "{part} is not in\n{master}");
    }
    // ffprobe sees both languages through the master playlist.
    let output = Command::new("ffprobe")
        .args(["-loglevel", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"])
        .arg(server.url(&format!("{hls}/master.m3u8")))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let codecs = String::from_utf8(output.stdout).unwrap();
    let (program, _streams) = codecs.split_once("\n\n").unwrap();
    assert_eq!(program.matches("aac").count(), 2, "{codecs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_leaves_out_audio_that_it_cannot_decode() {
    let server = Server::start();
    let hls = put(&server, "film.mkv", &media_files::aac_and_ac3()).await;
    let all = text(&server, &format!("{hls}/master.m3u8")).await;
    assert!(all.contains("ac-3") && all.contains("mp4a.40.2"), "{all}");
    let some = text(&server, &format!("{hls}/master.m3u8?audio_codecs=aac,opus")).await;
    assert!(!some.contains("ac-3") && some.contains("mp4a.40.2"), "{some}");
}

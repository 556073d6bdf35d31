//! Faults of playlists and segments: each is named with the rule that it breaks.

use std::net::SocketAddr;

use ginflix_tests::cli::Cli;
use ginflix_tests::media_files;
use serde_json::Value;

use super::proxy::{self, ProxyFault};
use super::{check_json_at, start, upload};

/// Starts a cluster with a media file that can be packaged.
fn cluster() -> (Cli, SocketAddr) {
    let (cli, address) = start(&[]);
    upload(&cli, "film.mp4", std::fs::read(media_files::faststart()).unwrap());
    (cli, address)
}

/// Returns the checks of HLS with this outcome.
fn outcomes(report: &Value, outcome: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    let own = checks.filter(|check| {
        check["what"].as_str().unwrap().ends_with("HLS") && check["outcome"] == outcome
    });
    own.map(|check| check["detail"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that the check through a proxy with this fault reports one thing of HLS, and nothing else that has failed.
#[track_caller]
fn expect(fault: ProxyFault, outcome: &str, place: &str, rule: &str) {
    let (cli, address) = cluster();
    let report = check_json_at(&cli, &proxy::start(address, fault));
    let found = [outcomes(&report, "failed"), outcomes(&report, "warning")].concat();
    let [detail] = &found[..] else { panic!("{found:#?}") };
    assert!(detail.contains(place) && detail.contains(rule), "{detail}");
    assert_eq!(outcomes(&report, outcome).len(), 1, "{report:#}");
    let failed = u64::from(outcome == "failed");
    assert_eq!(report["failed"], failed, "{report:#}");
}

#[test]
fn a_cluster_without_faults_keeps_the_rules() {
    let (cli, _) = cluster();
    let report = cli.json(&["cluster", "check", "--fail-on", "warning"]);
    let passed = outcomes(&report, "passed");
    assert_eq!(passed, ["4 playlists and 12 segments keep the rules"], "{report:#}");
}

#[test]
fn every_kind_of_file_keeps_the_rules() {
    let (cli, _) = start(&["--access", "private"]);
    for (name, file) in [
        ("index-at-end.mp4", media_files::index_at_end()),
        ("short.mp4", media_files::three_seconds()),
        ("vp9.webm", media_files::webm()),
        ("hevc.mp4", media_files::hevc()),
        ("ac3.mp4", media_files::ac3()),
        ("film.mkv", media_files::matroska()),
        ("languages.mkv", media_files::two_languages()),
        ("codecs.mkv", media_files::aac_and_ac3()),
    ] {
        upload(&cli, name, std::fs::read(file).unwrap());
        let check = ["cluster", "check", "--fail-on", "warning", "--film", name];
        let report = cli.json(&check);
        assert_eq!(outcomes(&report, "passed").len(), 1, "{name}: {report:#}");
    }
}

#[test]
fn a_file_without_hls_says_why() {
    let (cli, _) = start(&[]);
    upload(&cli, "film.avi", std::fs::read(media_files::avi()).unwrap());
    let skipped = outcomes(&cli.json(&["cluster", "check"]), "skipped");
    assert_eq!(skipped, ["Only MP4, QuickTime, Matroska and WebM are packaged."]);
}

#[test]
fn a_rewritten_playlist_is_reported() {
    let place = "video.m3u8, line 9: a second EXTINF";
    expect(ProxyFault::RewritesPlaylists, "failed", place, "RFC 8216, section 4.3.2.1");
}

#[test]
fn a_compressed_playlist_is_reported() {
    let place = "master.m3u8: it was compressed (gzip)";
    expect(ProxyFault::CompressesPlaylists, "failed", place, "RFC 9110, section 12.5.3");
}

#[test]
fn a_cut_segment_is_reported() {
    let place = "video.m3u8, segment 3: the box `mdat`";
    expect(ProxyFault::CutsSegments, "failed", place, "ISO/IEC 14496-12, section 4.2");
}

#[test]
fn a_changed_segment_is_reported() {
    let place = "video.m3u8, segment 0: the data offset is ";
    expect(ProxyFault::ChangesSegments, "failed", place, "ISO/IEC 14496-12, section 8.8.8");
}

#[test]
fn a_dropped_range_of_segments_is_reported() {
    let place = "video.m3u8, segment 0: all of it came";
    expect(ProxyFault::DropsRangeOfSegments, "warning", place, "RFC 9110, section 14.2");
}

#[test]
fn forbidden_caching_is_reported() {
    let place = "Cache-Control is `no-store`";
    expect(ProxyFault::ForbidsCaching, "warning", place, "RFC 8246, section 2");
}

#[test]
fn a_file_that_is_being_indexed_is_waited_for() {
    let (cli, address) = cluster();
    let report = check_json_at(&cli, &proxy::start(address, ProxyFault::RefusesOnce));
    assert_eq!(outcomes(&report, "passed").len(), 1, "{report:#}");
    let report = check_json_at(&cli, &proxy::start(address, ProxyFault::Refuses));
    assert_eq!(outcomes(&report, "warning"), ["the file is still being indexed"], "{report:#}");
}

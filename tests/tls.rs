//! HTTPS of the server itself: the same bytes, by HTTP/1.1 and HTTP/2, with a
//! certificate that may be renewed while it runs.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ginflix_tests::certificate::Certificate;
use ginflix_tests::http::noise;
use ginflix_tests::server::{self, Server};
use ginflix_tests::wait;

/// What curl, which trusts this certificate alone, got: status, version, body.
fn curl(server: &Server, cert: &Path, flags: &[&str]) -> (String, Vec<u8>) {
    let url = format!("https://localhost:{}/stream/film.mp4", server.address().port());
    let got = Command::new("curl")
        .args([
            "-sS",
            "--noproxy",
            "*",
            "--max-time",
            "60",
            "-w",
            "%{stderr}%{http_code} %{http_version}",
        ])
        .args(["--resolve", &format!("localhost:{}:127.0.0.1", server.address().port())])
        .arg("--cacert")
        .arg(cert)
        .args(flags)
        .arg(url)
        .output()
        .unwrap();
    (String::from_utf8(got.stderr).unwrap(), got.stdout)
}

#[test]
fn films_are_the_same_by_every_version() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    let film = noise(3_000_003, 1);
    fs::write(server.volume().join("media/film.mp4"), &film).unwrap();
    let ranges = [
        ("0-", 0..film.len()),
        ("0-0", 0..1),
        ("262143-262144", 262_143..262_145),
        ("1000000-2999999", 1_000_000..3_000_000),
        ("-5", film.len() - 5..film.len()),
    ];
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let (said, whole) = curl(&server, &certificate.cert, &[flag]);
        assert_eq!(said, format!("200 {version}"));
        assert!(whole == film, "{version}");
        for (range, bytes) in &ranges {
            let (said, part) = curl(&server, &certificate.cert, &[flag, "-r", range]);
            assert_eq!(said, format!("206 {version}"));
            assert!(part == film[bytes.clone()], "{version}: {range}");
        }
        let (said, several) = curl(&server, &certificate.cert, &[flag, "-r", "0-9,500-509"]);
        assert_eq!(said, format!("206 {version}"));
        for part in [&film[..10], &film[500..510]] {
            assert!(several.windows(10).any(|ten| ten == part), "{version}");
        }
    }
}

#[test]
fn a_renewed_certificate_is_taken_up_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] =
        ["first", "second", "third"].map(|name| Certificate::generate(folder.path(), name));
    let trusted = |certificate: &Certificate| {
        let copy = certificate.cert.with_extension("copy");
        fs::copy(&certificate.cert, &copy).unwrap();
        copy
    };
    let [of_first, of_second, of_third] = [&first, &second, &third].map(trusted);
    let server = Server::start_with(&first.flags());
    fs::write(server.volume().join("media/film.mp4"), b"film").unwrap();
    let works = |cert: &Path| curl(&server, cert, &[]).1 == b"film";
    assert!(works(&of_first) && !works(&of_second));
    first.replace_with(&second);
    let patience = Duration::from_secs(30);
    wait::until(patience, "the renewed certificate", || works(&of_second).then_some(()));
    assert!(!works(&of_first));
    // Somebody writes nonsense, and notices.
    fs::write(&first.cert, "nonsense").unwrap();
    wait::until(patience, "a warning", || server.log().contains("kept the old").then_some(()));
    assert!(works(&of_second));
    first.replace_with(&third);
    wait::until(patience, "the third certificate", || works(&of_third).then_some(()));
}

#[test]
fn one_connection_too_many_is_told_so_over_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let mut flags = certificate.flags().to_vec();
    flags.extend(["--max-connections", "1"]);
    let server = Server::start_with(&flags);
    let _held = TcpStream::connect(server.address()).unwrap();
    let (said, body) = curl(&server, &certificate.cert, &["--http2"]);
    assert_eq!(said, "503 1.1");
    assert!(String::from_utf8(body).unwrap().contains("too many connections"));
}

#[test]
fn files_that_are_wrong_are_named_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, other] = ["ours", "other"].map(|name| Certificate::generate(folder.path(), name));
    let (cert, key) = (ours.cert.to_str().unwrap(), ours.key.to_str().unwrap());
    let nonsense = folder.path().join("nonsense");
    fs::write(&nonsense, "nonsense").unwrap();
    let nonsense = nonsense.to_str().unwrap();
    let cases: [(&[&str], &str, &str); 6] = [
        (&["--tls-cert", cert], "tls_key", "required"),
        (&["--tls-cert", "/nowhere", "--tls-key", key], "tls_cert", "/nowhere"),
        (&["--tls-cert", cert, "--tls-key", "/nowhere"], "tls_key", "/nowhere"),
        (&["--tls-cert", nonsense, "--tls-key", key], "tls_cert", "no certificate"),
        (&["--tls-cert", cert, "--tls-key", nonsense], "tls_key", "no private key"),
        (&["--tls-cert", cert, "--tls-key", other.key.to_str().unwrap()], "tls_key", "not the key"),
    ];
    for (flags, setting, why) in cases {
        let data = folder.path().join("data");
        let mut command = server::command(&["--listen", "127.0.0.1:0", "--data-dir"]);
        let ended = command.arg(data).args(flags).stdout(Stdio::null()).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(64), "{said}");
        assert!(said.contains(&format!("`{setting}`")) && said.contains(why), "{said}");
    }
}

//! TLS in the server itself: the same bytes over HTTP/1.1 and HTTP/2, and certificates that are
//! renewed while it runs.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ginflix_tests::certificate::Certificate;
use ginflix_tests::http::noise;
use ginflix_tests::server::{self, Server};
use ginflix_tests::wait;

/// How long the server may take to notice a changed certificate.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Gets the media file with curl, which trusts this certificate alone. Returns the status code with
/// the version of HTTP, and the body.
fn curl(server: &Server, cert: &Path, flags: &[&str]) -> (String, Vec<u8>) {
    let url = format!("https://localhost:{}/stream/film.mp4", server.address().port());
    let output = Command::new("curl")
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
    (String::from_utf8(output.stderr).unwrap(), output.stdout)
}

#[test]
fn media_are_the_same_over_every_version_of_http() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    let media = noise(3_000_003, 1);
    fs::write(server.volume().join("media/film.mp4"), &media).unwrap();
    let ranges = [
        ("0-", 0..media.len()),
        ("0-0", 0..1),
        ("262143-262144", 262_143..262_145),
        ("1000000-2999999", 1_000_000..3_000_000),
        ("-5", media.len() - 5..media.len()),
    ];
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let (status, whole) = curl(&server, &certificate.cert, &[flag]);
        assert_eq!(status, format!("200 {version}"));
        assert!(whole == media, "{version}");
        for (range, bytes) in &ranges {
            let (status, part) = curl(&server, &certificate.cert, &[flag, "-r", range]);
            assert_eq!(status, format!("206 {version}"));
            assert!(part == media[bytes.clone()], "{version}: {range}");
        }
        let (status, several) = curl(&server, &certificate.cert, &[flag, "-r", "0-9,500-509"]);
        assert_eq!(status, format!("206 {version}"));
        for part in [&media[..10], &media[500..510]] {
            assert!(several.windows(10).any(|window| window == part), "{version}");
        }
    }
}

#[test]
fn a_renewed_certificate_is_loaded_and_an_invalid_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] =
        ["first", "second", "third"].map(|name| Certificate::generate(folder.path(), name));
    let copy = |certificate: &Certificate| {
        let copy = certificate.cert.with_extension("copy");
        fs::copy(&certificate.cert, &copy).unwrap();
        copy
    };
    let [first_copy, second_copy, third_copy] = [&first, &second, &third].map(copy);
    let server = Server::start_with(&first.flags());
    fs::write(server.volume().join("media/film.mp4"), b"film").unwrap();
    let is_served = |cert: &Path| curl(&server, cert, &[]).1 == b"film";
    let wait_for = |cert: &Path, what: &str| {
        wait::until(RELOAD_TIMEOUT, what, || is_served(cert).then_some(()));
    };
    assert!(is_served(&first_copy));
    assert!(!is_served(&second_copy));
    first.replace_with(&second);
    wait_for(&second_copy, "the renewed certificate");
    assert!(!is_served(&first_copy));
    // An invalid file changes nothing, and is logged.
    fs::write(&first.cert, "nonsense").unwrap();
    wait::until(RELOAD_TIMEOUT, "a warning", || {
        server.log().contains("kept the old").then_some(())
    });
    assert!(is_served(&second_copy));
    first.replace_with(&third);
    wait_for(&third_copy, "the third certificate");
}

#[test]
fn one_connection_too_many_gets_503_over_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let mut flags = certificate.flags().to_vec();
    flags.extend(["--max-connections", "1"]);
    let server = Server::start_with(&flags);
    let _open_connection = TcpStream::connect(server.address()).unwrap();
    let (status, body) = curl(&server, &certificate.cert, &["--http2"]);
    assert_eq!(status, "503 1.1");
    assert!(String::from_utf8(body).unwrap().contains("too many connections"));
}

#[test]
fn invalid_certificate_files_are_named_at_the_start() {
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
    for (flags, setting, reason) in cases {
        let data = folder.path().join("data");
        let mut command = server::command(&["--listen", "127.0.0.1:0", "--data-dir"]);
        let output = command.arg(data).args(flags).stdout(Stdio::null()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{stderr}");
        assert!(stderr.contains(&format!("`{setting}`")), "{stderr}");
        assert!(stderr.contains(reason), "{stderr}");
    }
}

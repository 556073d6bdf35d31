//! TLS in the server itself: the same bytes over HTTP/1.1 and HTTP/2, and certificates that are
//! renewed while it runs.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::io::Write;
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

/// Connects with openssl, which trusts every certificate, and sends a request. Returns what the
/// server sends, and the messages of openssl.
fn s_client(server: &Server, flags: &[&str], request: &str) -> (String, String) {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &server.address().to_string()])
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    // A handshake that fails closes the pipe.
    let _ = input.write_all(request.as_bytes());
    let output = client.wait_with_output().unwrap();
    drop(input); // until the server has closed the connection
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// All that this openssl has.
const ALL_CIPHERS: &str = "ALL:@SECLEVEL=0";
/// Without forward secrecy or without authenticated encryption (RFC 9325, section 4.1).
const WEAK_CIPHERS: &str = "ALL:COMPLEMENTOFALL:!ECDHE+AESGCM:!ECDHE+CHACHA20:@SECLEVEL=0";

#[test]
fn old_versions_and_weak_ciphers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    let request = ginflix_wire::get("/healthz");
    for flags in [&["-tls1_2"][..], &["-tls1_3"], &["-tls1_2", "-cipher", "ECDHE+AESGCM"]] {
        let (response, messages) = s_client(&server, flags, &request);
        assert!(response.starts_with("HTTP/1.1 200"), "{flags:?}: {response} {messages}");
    }
    for (version, ciphers) in
        [("-tls1", ALL_CIPHERS), ("-tls1_1", ALL_CIPHERS), ("-tls1_2", WEAK_CIPHERS)]
    {
        let (_, messages) = s_client(&server, &[version, "-cipher", ciphers], &request);
        assert!(messages.contains("alert handshake failure"), "{version}: {messages}");
    }
}

/// RFC 9113, section 3.4: what does not begin as HTTP/2 is an error where HTTP/2 was negotiated.
#[test]
fn a_connection_has_the_version_of_http_that_was_negotiated() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    let request = ginflix_wire::get("/healthz");
    let (response, _) = s_client(&server, &["-alpn", "http/1.1"], &request);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let (response, _) = s_client(&server, &["-alpn", "h2"], &request);
    assert!(!response.contains("HTTP/1.1"), "{response}");
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for flags in [&["-alpn", "http/1.1"][..], &[]] {
        let (response, messages) = s_client(&server, flags, preface);
        assert_eq!(response, "", "{flags:?}: {messages}");
    }
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

/// Returns the values of `Strict-Transport-Security` in the response to a request over TLS.
fn hsts(server: &Server, certificate: &Certificate, flags: &[&str]) -> Vec<String> {
    let (_, head) =
        curl(server, &certificate.cert, &[flags, &["-D", "-", "-o", "/dev/null"]].concat());
    let head = String::from_utf8(head).unwrap();
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    fields
        .filter(|(name, _)| name.eq_ignore_ascii_case("strict-transport-security"))
        .map(|(_, value)| value.trim().to_owned())
        .collect()
}

#[test]
fn every_response_over_tls_has_hsts_and_none_over_plain_http() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    fs::write(server.volume().join("media/film.mp4"), b"film").unwrap();
    let year = ["max-age=31536000"];
    for version in ["--http1.1", "--http2"] {
        // The file, a part of it, a refused range, and a method that is not allowed.
        for request in [&[][..], &["-r", "0-1"], &["-r", "9-"], &["-X", "DELETE"]] {
            let flags = [&[version], request].concat();
            assert_eq!(hsts(&server, &certificate, &flags), year, "{flags:?}");
        }
    }
    drop(server);

    let flags = [&certificate.flags()[..], &["--max-connections", "1"]].concat();
    let full = Server::start_with(&flags);
    let _open_connection = TcpStream::connect(full.address()).unwrap();
    assert_eq!(hsts(&full, &certificate, &[]), year);
    drop(full);

    let flags = [&certificate.flags()[..], &["--hsts-seconds", "0"]].concat();
    assert!(hsts(&Server::start_with(&flags), &certificate, &[]).is_empty());

    let plain = Server::start();
    fs::write(plain.volume().join("media/film.mp4"), b"film").unwrap();
    for path in ["/stream/film.mp4", "/nowhere", "/readyz"] {
        let response = ginflix_wire::exchange(plain.address(), &ginflix_wire::get(path));
        assert_eq!(response.header("strict-transport-security"), None, "{path}");
    }
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

#[test]
fn a_request_for_no_valid_host_is_refused_over_every_version_of_http() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    fs::write(server.volume().join("media/film.mp4"), b"film").unwrap();
    // In HTTP/2, curl sends it as `:authority`.
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        for host in ["a@b", "a,b"] {
            let (status, _) =
                curl(&server, &certificate.cert, &[flag, "-H", &format!("Host: {host}")]);
            assert_eq!(status, format!("400 {version}"), "{host}");
        }
        let (status, _) = curl(&server, &certificate.cert, &[flag, "-H", "Host: films.example:1"]);
        assert_eq!(status, format!("200 {version}"));
    }
}

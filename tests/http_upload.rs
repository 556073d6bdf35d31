//! Resumable uploads (tus 1.0) with plain requests and with curl.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use ginflix_api::error::ErrorCode;
use ginflix_api::{paths, tus};
use ginflix_tests::http::{expect_error, header, noise, sha256};
use ginflix_tests::server::{Server, TOKEN};
use ginflix_tests::wait;
use reqwest::Method;

/// How long a server may take to store bytes that it received.
const OFFSET_TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_upload_resumes_at_its_offset() {
    let server = Server::start();
    let bytes = noise(3_000_000, 1);
    let created = server.create_upload("film.mp4", 3_000_000, "").send().await.unwrap();
    assert_eq!(created.status(), 201);
    assert_eq!(header(&created, tus::TUS_RESUMABLE), tus::VERSION);
    let location = header(&created, "location");

    let half = server.patch_upload(&location, 0, bytes[..1_000_000].to_vec());
    let half = half.send().await.unwrap();
    assert_eq!(half.status(), 204);
    assert_eq!(header(&half, tus::UPLOAD_OFFSET), "1000000");
    assert!(server.media("film.mp4").await.is_none(), "half a file must not be listed");
    expect_error(server.anonymous(Method::GET, "/stream/film.mp4"), 404, ErrorCode::NotFound).await;

    let head = server.head_upload(&location).send().await.unwrap();
    assert_eq!(header(&head, tus::UPLOAD_OFFSET), "1000000");
    assert_eq!(header(&head, tus::UPLOAD_LENGTH), "3000000");
    assert_eq!(header(&head, "cache-control"), "no-store");

    let wrong = server.patch_upload(&location, 5, bytes[5..].to_vec());
    expect_error(wrong, 409, ErrorCode::Conflict).await;

    let rest = server.patch_upload(&location, 1_000_000, bytes[1_000_000..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    let media = server.media("film.mp4").await.unwrap();
    assert_eq!((media.size_bytes, media.sha256), (3_000_000, Some(sha256(&bytes))));
}

#[tokio::test]
async fn bytes_before_a_lost_connection_are_kept() {
    let server = Server::start();
    let bytes = noise(4 << 20, 2);
    let created = server.create_upload("film.mp4", bytes.len() as u64, "").send().await.unwrap();
    let location = header(&created, "location");

    let sent = send_half_and_close(&server, &location, &bytes);
    let what = "the server to keep the bytes that arrived";
    let offset: usize = wait::until_async(OFFSET_TIMEOUT, what, async || {
        let head = server.head_upload(&location).send().await.unwrap();
        let offset = head.headers().get(tus::UPLOAD_OFFSET)?.to_str().unwrap().parse().unwrap();
        (offset > 0).then_some(offset)
    })
    .await;
    assert!(offset <= sent, "the server has {offset} bytes, but only {sent} were sent");
    let rest = server.patch_upload(&location, offset as u64, bytes[offset..].to_vec());
    assert_eq!(rest.send().await.unwrap().status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

/// Announces the whole file, sends half of it and closes the connection. Returns the number of
/// bytes that were sent.
fn send_half_and_close(server: &Server, location: &str, bytes: &[u8]) -> usize {
    let path = location.strip_prefix(&server.url("")).unwrap_or(location);
    let mut stream = ginflix_wire::connect(server.address());
    let length = bytes.len();
    let fields = format!(
        "Authorization: Bearer {TOKEN}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Length: {length}\r\nContent-Type: application/offset+octet-stream\r\n"
    );
    stream.write_all(ginflix_wire::request("PATCH", path, &fields).as_bytes()).unwrap();
    stream.write_all(&bytes[..length / 2]).unwrap();
    length / 2
}

#[tokio::test]
async fn the_protocol_is_announced_and_required() {
    let server = Server::start();
    let options = server.anonymous(Method::OPTIONS, paths::UPLOADS).send().await.unwrap();
    assert_eq!(options.status(), 204);
    assert_eq!(header(&options, tus::TUS_VERSION), tus::VERSION);
    assert!(header(&options, tus::TUS_EXTENSION).contains("creation"));

    let created = server.create_upload("film.mp4", 10, "").send().await.unwrap();
    let location = header(&created, "location");
    let path = location.strip_prefix(&server.url("")).unwrap_or(&location);
    let unversioned = server.admin(Method::PATCH, path).header(tus::UPLOAD_OFFSET, 0);
    assert_eq!(unversioned.send().await.unwrap().status(), 412);
    let untyped = server.admin(Method::PATCH, path).header(tus::UPLOAD_OFFSET, 0);
    let untyped = untyped.header(tus::TUS_RESUMABLE, tus::VERSION).body("x");
    let status = untyped.send().await.unwrap().status();
    assert_eq!(status, 415);
    let too_much = server.patch_upload(&location, 0, vec![1; 11]).send().await.unwrap();
    assert_eq!(too_much.status(), 413);
    assert!(server.media("film.mp4").await.is_none());
}

/// The requirements of tus 1.0, in the order of its text.
#[tokio::test]
async fn responses_follow_the_specification() {
    let server = Server::start();
    let options = server.anonymous(Method::OPTIONS, paths::UPLOADS);
    // The specification of `Tus-Resumable`: for OPTIONS "the Server MUST ignore the header".
    let options = options.header(tus::TUS_RESUMABLE, "0.2.2").send().await.unwrap();
    assert_eq!(options.status(), 204);
    let extensions = header(&options, tus::TUS_EXTENSION);
    let expected = ["creation", "creation-with-upload", "checksum", "termination", "expiration"];
    assert_eq!(extensions.split(',').collect::<Vec<_>>(), expected);
    assert!(header(&options, tus::TUS_MAX_SIZE).parse::<u64>().is_ok());
    assert_eq!(header(&options, "tus-checksum-algorithm"), "sha1,sha256");

    let old = server.admin(Method::POST, paths::UPLOADS).header(tus::TUS_RESUMABLE, "0.2.2");
    let old = old.header(tus::UPLOAD_LENGTH, 10).send().await.unwrap();
    assert_eq!((old.status().as_u16(), header(&old, tus::TUS_VERSION)), (412, "1.0.0".to_owned()));

    let created = server.create_upload("film.mp4", 10, "").send().await.unwrap();
    assert_eq!(created.status(), 201);
    assert!(header(&created, "upload-expires").ends_with("GMT"));
    let location = header(&created, "location");
    let path = location.strip_prefix(&server.url("")).unwrap_or(&location);
    let versioned = |method| server.admin(method, path).header(tus::TUS_RESUMABLE, tus::VERSION);
    let without_offset = versioned(Method::PATCH).header("content-type", tus::OFFSET_OCTET_STREAM);
    assert_eq!(
        without_offset.body("x").send().await.unwrap().status(),
        400,
        "without Upload-Offset"
    );

    // The specification of `X-HTTP-Method-Override`: its value "MUST be interpreted as the
    // request's method".
    let overridden =
        |method: &str| versioned(Method::POST).header("x-http-method-override", method);
    let patched = overridden("PATCH").header(tus::UPLOAD_OFFSET, 0);
    let patched = patched.header("content-type", tus::OFFSET_OCTET_STREAM).body("12345");
    let patched = patched.send().await.unwrap();
    assert_eq!(
        (patched.status().as_u16(), header(&patched, tus::UPLOAD_OFFSET)),
        (204, "5".to_owned())
    );
    assert!(header(&patched, "upload-expires").ends_with("GMT"));
    let head = overridden("HEAD").send().await.unwrap();
    assert_eq!(header(&head, tus::UPLOAD_OFFSET), "5");
    assert_eq!(header(&head, tus::UPLOAD_METADATA), "filename ZmlsbS5tcDQ=,anytype dHJ1ZQ==");
    assert_eq!(header(&head, "cache-control"), "no-store");
    assert_eq!(overridden("TRACE").send().await.unwrap().status(), 400);
    assert_eq!(overridden("DELETE").send().await.unwrap().status(), 204);
    for method in [Method::HEAD, Method::DELETE] {
        let response = versioned(method).send().await.unwrap();
        assert_eq!(response.status(), 404);
        assert!(!response.headers().contains_key(tus::UPLOAD_OFFSET));
    }
    for (name, value) in [("upload-concat", "partial"), ("upload-defer-length", "1")] {
        let refused = server.create_upload("film.mp4", 10, "").header(name, value);
        assert_eq!(refused.send().await.unwrap().status(), 400, "{name} is not announced");
    }
}

/// The request that creates an upload may have all of its content.
#[tokio::test]
async fn a_small_file_takes_one_request() {
    let server = Server::start();
    for (name, size) in [("film.mp4", 1_000), ("film-2.mp4", tus::SINGLE_REQUEST_LIMIT as usize)] {
        let bytes = noise(size, 6);
        let request = server.create_upload(name, size as u64, "");
        let request = request.header("content-type", tus::OFFSET_OCTET_STREAM).body(bytes.clone());
        let created = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(created.status(), 201);
        assert_eq!(header(&created, tus::UPLOAD_OFFSET), size.to_string());
        let location = header(&created, "location");
        let media: ginflix_api::media::Media = created.json().await.unwrap();
        assert_eq!((media.size_bytes, &media.sha256), (size as u64, &Some(sha256(&bytes))));
        assert_eq!(server.media(name).await, Some(media));
        let head = server.head_upload(&location).send().await.unwrap();
        assert_eq!(header(&head, tus::UPLOAD_OFFSET), size.to_string());
        expect_error(request, 409, ErrorCode::Conflict).await;
    }
    assert_eq!(std::fs::read_dir(server.volume().join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_with_a_wrong_checksum_is_not_published() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let server = Server::start();
    let bytes = noise(1000, 3);
    // The checksum may come with the upload or with its last `PATCH`.
    let wrong_sha256 = format!(",sha256 {}", STANDARD.encode(sha256(b"something else")));
    let created = server.create_upload("film.mp4", 1000, &wrong_sha256).send().await.unwrap();
    let location = header(&created, "location");
    let done = server.patch_upload(&location, 0, bytes.clone());
    expect_error(done, tus::STATUS_CHECKSUM_MISMATCH, ErrorCode::ChecksumMismatch).await;
    assert!(server.media("film.mp4").await.is_none());
    assert_eq!(std::fs::read_dir(server.volume().join("media")).unwrap().count(), 0);

    let created = server.create_upload("film.mp4", 1000, "").send().await.unwrap();
    let location = header(&created, "location");
    let patch = server.patch_upload(&location, 0, bytes.clone());
    let patch = patch.header(tus::FILE_SHA256, sha256(b"something else"));
    expect_error(patch, tus::STATUS_CHECKSUM_MISMATCH, ErrorCode::ChecksumMismatch).await;
    assert!(server.media("film.mp4").await.is_none());
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_unless_the_upload_replaces_it() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1000, 4)).await;
    expect_error(server.create_upload("film.mp4", 5, ""), 409, ErrorCode::Conflict).await;
    let replace = server.create_upload("film.mp4", 5, ",replace dHJ1ZQ==").send().await.unwrap();
    assert_eq!(replace.status(), 201);
    let before = server.media("film.mp4").await.unwrap();
    assert_eq!(before.size_bytes, 1000, "the old content stays until the new one is complete");
    let location = header(&replace, "location");
    assert_eq!(server.patch_upload(&location, 0, vec![7; 5]).send().await.unwrap().status(), 204);
    assert_eq!(server.media("film.mp4").await.unwrap().size_bytes, 5);
}

#[tokio::test]
async fn one_of_two_uploads_of_the_same_name_wins() {
    let server = Server::start();
    let locations = [
        header(&server.create_upload("film.mp4", 5, "").send().await.unwrap(), "location"),
        header(&server.create_upload("film.mp4", 5, "").send().await.unwrap(), "location"),
    ];
    let send = |n: usize| server.patch_upload(&locations[n], 0, vec![n as u8; 5]).send();
    let (first, second) = tokio::join!(send(0), send(1));
    let mut statuses = [first.unwrap().status().as_u16(), second.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(server.media("film.mp4").await.unwrap().size_bytes, 5);
}

#[tokio::test]
async fn an_upload_can_be_discarded() {
    let server = Server::start();
    let created = server.create_upload("film.mp4", 1000, "").send().await.unwrap();
    let location = header(&created, "location");
    server.patch_upload(&location, 0, vec![1; 500]).send().await.unwrap();
    let path = location.strip_prefix(&server.url("")).unwrap_or(&location);
    let delete = server.admin(Method::DELETE, path).header(tus::TUS_RESUMABLE, tus::VERSION);
    assert_eq!(delete.send().await.unwrap().status(), 204);
    assert_eq!(server.head_upload(&location).send().await.unwrap().status(), 404);
    let file_count = std::fs::read_dir(server.volume().join("uploads")).unwrap().count();
    assert_eq!(file_count, 0, "its bytes stayed on the volume");
}

/// Builds the preflight request of a browser, for a page of another origin.
fn preflight(server: &Server, path: &str, origin: &str) -> reqwest::RequestBuilder {
    let request = server.anonymous(Method::OPTIONS, path).header("origin", origin);
    let request = request.header("access-control-request-method", "PATCH");
    request.header("access-control-request-headers", "authorization,tus-resumable,upload-offset")
}

#[tokio::test]
async fn only_pages_of_configured_origins_may_upload() {
    const HOME: &str = "https://films.example";
    const ALLOWED: &str = "access-control-allow-origin";
    let server =
        Server::start_with(&["--upload-origins", "https://FILMS.example, http://b.example:1"]);
    let created = server.create_upload("film.mp4", 10, "").header("origin", HOME).send().await;
    let created = created.unwrap();
    assert_eq!(header(&created, ALLOWED), HOME);
    assert!(header(&created, "access-control-expose-headers").contains("Location"));
    let location = header(&created, "location");
    for path in [paths::UPLOADS, &location] {
        let response = preflight(&server, path, HOME).send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert_eq!(header(&response, ALLOWED), HOME);
        assert!(header(&response, "access-control-allow-methods").contains("PATCH"));
        let fields = header(&response, "access-control-allow-headers").to_ascii_lowercase();
        assert!(fields.contains("tus-resumable"), "{fields}");
        assert!(fields.contains("authorization"), "{fields}");
        // Other origins must never send the session cookie.
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
        for other in ["https://evil.example", "https://films.example.evil", "null"] {
            let response = preflight(&server, path, other).send().await.unwrap();
            assert!(!response.headers().contains_key(ALLOWED), "{other}");
            assert_eq!(header(&response, "vary"), "Origin");
        }
    }
    // A page may also read errors.
    let wrong = server.patch_upload(&location, 5, vec![0; 5]).header("origin", HOME);
    let wrong = wrong.send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), header(&wrong, ALLOWED).as_str()), (409, HOME));

    let closed = Server::start();
    let response = preflight(&closed, paths::UPLOADS, HOME).send().await.unwrap();
    assert!(!response.headers().contains_key(ALLOWED));
}

#[tokio::test]
async fn only_media_are_accepted_unless_the_upload_allows_any_type() {
    let server = Server::start();
    let mut bytes = noise(1_000_000, 6);
    let create = async |more: &str| {
        let created = server.create_typed_upload("film.mp4", 1_000_000, more).send().await.unwrap();
        header(&created, "location")
    };
    let video = create("").await;
    assert_eq!(server.patch_upload(&video, 0, bytes.clone()).send().await.unwrap().status(), 204);
    server.admin(Method::DELETE, "/api/v1/media/film.mp4").send().await.unwrap();

    bytes[..15].copy_from_slice(b"<!DOCTYPE html>");
    let page = create("").await;
    let sent = server.patch_upload(&page, 0, bytes[..1000].to_vec());
    let message = expect_error(sent, 415, ErrorCode::UnsupportedType).await;
    assert!(message.contains("film.mp4"), "{message}");
    assert!(message.contains("ginflix help upload"), "{message}");
    assert_eq!(server.head_upload(&page).send().await.unwrap().status(), 404);
    let files = std::fs::read_dir(server.volume().join("uploads")).unwrap();
    let files =
        files.filter(|entry| entry.as_ref().unwrap().path().extension() == Some("part".as_ref()));
    assert_eq!(files.count(), 0, "its bytes stayed on the volume");
    assert!(server.media("film.mp4").await.is_none());

    let anything = create(",anytype dHJ1ZQ==").await;
    let sent = server.patch_upload(&anything, 0, bytes.clone()).send().await.unwrap();
    assert_eq!(sent.status(), 204);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&bytes)));
}

/// curl is a client that knows nothing of tus.
#[test]
fn curl_can_upload() {
    let server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("film.mp4");
    let bytes = noise(2_000_000, 5);
    std::fs::write(&file, &bytes).unwrap();
    let curl = |args: &[&str]| {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail-with-body", "--include", "--noproxy", "*"])
            .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
            .args(["--header", "Tus-Resumable: 1.0.0"])
            .args(args)
            .output()
            .expect("curl is missing; scripts/setup test installs it");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let created = curl(&[
        "--request",
        "POST",
        "--header",
        "Upload-Length: 2000000",
        "--header",
        "Upload-Metadata: filename ZmlsbS5tcDQ=",
        &server.url(paths::UPLOADS),
    ]);
    let location = created
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("location:").map(str::to_owned))
        .expect("a Location");
    let location = location.trim();
    let url = if location.starts_with('/') { server.url(location) } else { location.to_owned() };
    curl(&[
        "--request",
        "PATCH",
        "--header",
        "Upload-Offset: 0",
        "--header",
        "Content-Type: application/offset+octet-stream",
        "--data-binary",
        &format!("@{}", file.display()),
        &url,
    ]);
    let media = curl(&[&server.url("/api/v1/media/film.mp4")]);
    assert!(media.contains(&sha256(&bytes)), "{media}");
}

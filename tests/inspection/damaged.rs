//! Files that are cut short or broken are refused at the end of their upload, and their bytes are kept.

use std::fs;

use ginflix_api::error::ErrorCode;
use ginflix_api::inspection::Problem;
use ginflix_api::tus;
use ginflix_tests::http::{expect_error, header, sha256};
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use reqwest::RequestBuilder;

/// A pair of `Upload-Metadata`, with the value "true".
const ACCEPT: &str = ",acceptdamaged dHJ1ZQ==";

/// Returns a file whose second half is missing.
fn half_a_file() -> Vec<u8> {
    let mut content = fs::read(media_files::faststart()).unwrap();
    content.truncate(content.len() / 2);
    content
}

/// Creates an upload, and returns its location.
async fn create(server: &Server, content: &[u8], metadata: &str) -> String {
    let length = content.len() as u64;
    let created = server.create_upload("film.mp4", length, metadata).send().await.unwrap();
    assert_eq!(created.status(), 201);
    header(&created, "location")
}

fn accepted(request: RequestBuilder) -> RequestBuilder {
    request.header(tus::ACCEPT_DAMAGED, "true")
}

async fn expect_damaged(request: RequestBuilder, why: &str) {
    let message = expect_error(request, 422, ErrorCode::Damaged).await;
    assert!(message.contains(why), "{message}");
}

/// Fails unless the file is published with this content, and marked.
async fn assert_is_published_and_marked(server: &Server, content: &[u8]) {
    let media = server.media("film.mp4").await.unwrap();
    assert!(media.has_sha256(&sha256(content)));
    let problems = media.inspection.unwrap().problems;
    assert!(problems.iter().any(Problem::is_damage), "{problems:?}");
    let response = server.anonymous(reqwest::Method::GET, "/stream/film.mp4").send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), content);
}

#[tokio::test]
async fn a_damaged_file_is_kept_until_the_damage_is_accepted() {
    let mut server = Server::start();
    let content = half_a_file();
    let location = create(&server, &content, "").await;
    let whole = || server.patch_upload(&location, 0, content.clone());
    expect_damaged(whole(), "it is cut short").await;
    assert!(server.media("film.mp4").await.is_none());

    // Neither a restart nor another attempt loses a byte.
    server.kill();
    server.start_again();
    let rest = || server.patch_upload(&location, content.len() as u64, Vec::new());
    let head = server.head_upload(&location).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(header(&head, tus::UPLOAD_OFFSET), content.len().to_string());
    assert!(header(&head, "upload-expires").ends_with("GMT"));
    expect_damaged(rest(), "it is cut short").await;
    assert!(server.media("film.mp4").await.is_none());

    assert_eq!(accepted(rest()).send().await.unwrap().status(), 204);
    assert_is_published_and_marked(&server, &content).await;
    let head = server.head_upload(&location).send().await.unwrap();
    assert!(!head.headers().contains_key("upload-expires"));
}

#[tokio::test]
async fn damage_may_be_accepted_in_advance() {
    let server = Server::start();
    let content = half_a_file();
    for (replace, metadata, by_header) in [("", ACCEPT, false), (",replace dHJ1ZQ==", "", true)] {
        let location = create(&server, &content, &format!("{metadata}{replace}")).await;
        let whole = server.patch_upload(&location, 0, content.clone());
        let whole = if by_header { accepted(whole) } else { whole };
        assert_eq!(whole.send().await.unwrap().status(), 204);
        assert_is_published_and_marked(&server, &content).await;
    }
}

#[tokio::test]
async fn a_file_without_its_index_is_refused() {
    let server = Server::start();
    let mut content = fs::read(media_files::index_at_end()).unwrap();
    content.truncate(content.len() / 2);
    let location = create(&server, &content, "").await;
    expect_damaged(server.patch_upload(&location, 0, content), "film.mp4 is damaged").await;
}

#[tokio::test]
async fn half_a_matroska_file_is_refused() {
    let server = Server::start();
    let mut content = fs::read(media_files::matroska()).unwrap();
    content.truncate(content.len() / 2);
    let location = create(&server, &content, "").await;
    expect_damaged(server.patch_upload(&location, 0, content), "it is cut short").await;
}

#[tokio::test]
async fn a_small_damaged_file_in_one_request_is_not_kept() {
    let server = Server::start();
    let mut content = fs::read(media_files::three_seconds()).unwrap();
    content.truncate(content.len() / 2);
    let request = |metadata: &str| {
        server
            .create_upload("film.mp4", content.len() as u64, metadata)
            .header("content-type", tus::OFFSET_OCTET_STREAM)
            .body(content.clone())
    };
    expect_damaged(request(""), "it is cut short").await;
    assert_eq!(fs::read_dir(server.volume().join("uploads")).unwrap().count(), 0);
    assert_eq!(request(ACCEPT).send().await.unwrap().status(), 201);
    assert_is_published_and_marked(&server, &content).await;
}

#[tokio::test]
async fn a_damaged_upload_can_be_discarded_and_expires() {
    let server = Server::start_with(&["--upload-hours", "0.0005"]);
    let content = half_a_file();
    let discarded = create(&server, &content, "").await;
    expect_damaged(server.patch_upload(&discarded, 0, content.clone()), "damaged").await;
    let delete = server.admin(reqwest::Method::DELETE, &discarded);
    let delete = delete.header(tus::TUS_RESUMABLE, tus::VERSION).send().await.unwrap();
    assert_eq!(delete.status(), 204);
    assert_eq!(fs::read_dir(server.volume().join("uploads")).unwrap().count(), 0);

    let forgotten = create(&server, &content, "").await;
    expect_damaged(server.patch_upload(&forgotten, 0, content), "damaged").await;
    server.log_with("deleting an expired upload");
}

//! Uploads to a small server with faults: it cuts connections, loses responses, is full, or
//! stores other content.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use self::server::{LOCATION, Server, serve};
use super::*;
use crate::error::ErrorCode;

mod server;

#[tokio::test]
async fn the_hash_is_sent_with_the_last_request() {
    let test = Test::new(3_000_000).await;
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert!(!uploaded.already_there);
    assert_eq!(uploaded.media.sha256, Some(test.sha256()));
    let server = test.server.lock().unwrap();
    assert_eq!(server.published.as_ref(), Some(&test.content));
    let last = server.patches.last().unwrap();
    assert!(last.length <= 1 << 20 && last.has_hash);
    assert!(server.patches.len() <= 3, "{:?}", server.patches);
}

#[tokio::test]
async fn a_small_file_takes_one_request() {
    for size in [1, 1 << 20] {
        let test = Test::new(size).await;
        let uploaded = test.upload(UploadOptions::default()).await.unwrap();
        assert!(!uploaded.already_there);
        assert_eq!(uploaded.media.sha256, Some(test.sha256()));
        let server = test.server.lock().unwrap();
        assert_eq!((server.requests, server.published.as_ref()), (1, Some(&test.content)));
    }
}

#[tokio::test]
async fn a_small_file_replaces_other_content_only_on_request() {
    let test = Test::new(1000).await;
    test.server.lock().unwrap().published = Some(test.content.clone());
    assert!(test.upload(UploadOptions::default()).await.unwrap().already_there);
    test.server.lock().unwrap().published = Some(vec![0; 1000]);
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    assert!(matches!(error, UploadError::NameTaken(_)), "{error}");
    let options = UploadOptions { replace: true, ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));
}

#[tokio::test]
async fn a_small_file_survives_broken_connections_and_a_lost_response() {
    let test = Test::new(500_000).await;
    test.server.lock().unwrap().cut_after = VecDeque::from([0, 300_000]);
    assert!(!test.upload(UploadOptions::default()).await.unwrap().already_there);
    assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));

    let test = Test::new(500_000).await;
    test.server.lock().unwrap().lose_last_response = true;
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert!(!uploaded.already_there, "it was this very upload");
}

#[tokio::test]
async fn a_server_that_was_never_reached_is_not_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for size in [10, 3_000_000] {
        let mut test = Test::new(size).await;
        test.client = Client::new(base.parse().unwrap(), None).unwrap();
        let error = test.upload(UploadOptions::default()).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot reach"), "{error}");
    }
}

#[tokio::test]
async fn a_broken_upload_resumes_from_the_offset_of_the_server() {
    let test = Test::new(5_000_000).await;
    let cuts = [700_001, 10, 1_500_000, 0, 900_000];
    test.server.lock().unwrap().cut_after = VecDeque::from(cuts);
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert_eq!(uploaded.media.sha256, Some(test.sha256()));
    let server = test.server.lock().unwrap();
    assert!(server.cut_after.is_empty(), "not every connection was broken");
    assert_eq!(server.published.as_ref(), Some(&test.content));
    assert_eq!(server.received, test.content.len(), "bytes that the server had were sent again");
}

#[tokio::test]
async fn an_upload_fails_after_the_given_number_of_retries() {
    let test = Test::new(2_000_000).await;
    test.server.lock().unwrap().cut_after = VecDeque::from([0; 10]);
    let options = UploadOptions { retries: 1, ..UploadOptions::default() };
    let error = test.upload(options).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(test.server.lock().unwrap().cut_after.len(), 8);
}

#[tokio::test]
async fn a_broken_request_for_the_existing_file_is_retried() {
    let test = Test::new(1_200_000).await;
    test.server.lock().unwrap().cut_gets = 2;
    test.upload(UploadOptions::default()).await.unwrap();
    assert_eq!(test.server.lock().unwrap().cut_gets, 0);
}

#[tokio::test]
async fn a_lost_response_to_the_last_request_is_no_failure() {
    let test = Test::new(2_000_000).await;
    test.server.lock().unwrap().lose_last_response = true;
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert_eq!(uploaded.media.sha256, Some(test.sha256()));
}

#[tokio::test]
async fn an_earlier_upload_is_resumed() {
    let test = Test::new(4_000_000).await;
    test.server.lock().unwrap().upload = Some(test.content[..2_500_000].to_vec());
    let options = UploadOptions { resume: Some(LOCATION.into()), ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    let server = test.server.lock().unwrap();
    assert_eq!(server.published.as_ref(), Some(&test.content));
    assert_eq!((server.received, server.created), (1_500_000, 0));
}

#[tokio::test]
async fn an_earlier_upload_that_expired_starts_again() {
    let test = Test::new(2_000_000).await;
    let options = UploadOptions { resume: Some(LOCATION.into()), ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    assert_eq!(test.server.lock().unwrap().created, 1);
}

#[tokio::test]
async fn the_same_content_is_not_sent_again() {
    let test = Test::new(1_200_000).await;
    test.server.lock().unwrap().published = Some(test.content.clone());
    let uploaded = test.upload(UploadOptions::default()).await.unwrap();
    assert!(uploaded.already_there);
    assert_eq!(test.server.lock().unwrap().created, 0);
}

#[tokio::test]
async fn other_content_is_a_conflict_unless_replaced() {
    let test = Test::new(1_200_000).await;
    for other in [vec![0; 1_200_000], vec![0; 7]] {
        test.server.lock().unwrap().published = Some(other);
        let error = test.upload(UploadOptions::default()).await.unwrap_err();
        assert!(matches!(error, UploadError::NameTaken(_)), "{error}");
    }
    let options = UploadOptions { replace: true, ..UploadOptions::default() };
    test.upload(options).await.unwrap();
    assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));
}

#[tokio::test]
async fn a_refusal_while_sending_is_reported() {
    let test = Test::new(30_000_000).await;
    test.server.lock().unwrap().full = true;
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    let UploadError::Client(error) = error else { panic!("{error}") };
    assert_eq!(error.code(), Some(ErrorCode::NoSpace), "{error}");
}

#[tokio::test]
async fn other_content_on_the_server_is_detected() {
    let test = Test::new(2_000_000).await;
    test.server.lock().unwrap().corrupts = true;
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    assert!(matches!(error, UploadError::HashMismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_accepted_without_sending_it_again() {
    let test = Test::new(3_000_000).await;
    test.server.lock().unwrap().damaged = true;
    let resume = || UploadOptions { resume: Some(LOCATION.into()), ..UploadOptions::default() };
    for options in [UploadOptions::default(), resume()] {
        let error = test.upload(options).await.unwrap_err();
        let UploadError::Client(error) = error else { panic!("{error}") };
        assert_eq!(error.code(), Some(ErrorCode::Damaged), "{error}");
    }
    let accept = UploadOptions { accept_damaged: true, ..resume() };
    let uploaded = test.upload(accept).await.unwrap();
    assert_eq!((uploaded.media.sha256, uploaded.already_there), (Some(test.sha256()), false));
    let server = test.server.lock().unwrap();
    assert_eq!((server.created, server.received), (1, test.content.len()));
    let last = server.patches.last().unwrap();
    assert!(last.length == 0 && last.has_hash, "{last:?}");
    assert_eq!(server.published.as_ref(), Some(&test.content));
}

#[tokio::test]
async fn a_damaged_file_may_be_accepted_in_advance() {
    for size in [1000, 3_000_000] {
        let test = Test::new(size).await;
        test.server.lock().unwrap().damaged = true;
        let error = test.upload(UploadOptions::default()).await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
        let accept = UploadOptions { accept_damaged: true, ..UploadOptions::default() };
        test.upload(accept).await.unwrap();
        assert_eq!(test.server.lock().unwrap().published.as_ref(), Some(&test.content));
    }
}

#[tokio::test]
async fn a_lost_response_about_damage_is_fetched_again() {
    let test = Test::new(3_000_000).await;
    test.server.lock().unwrap().damaged = true;
    test.server.lock().unwrap().lose_last_response = true;
    let error = test.upload(UploadOptions::default()).await.unwrap_err();
    let UploadError::Client(error) = error else { panic!("{error}") };
    assert_eq!(error.code(), Some(ErrorCode::Damaged), "{error}");
    assert_eq!(test.server.lock().unwrap().received, test.content.len());
}

struct Test {
    file: tempfile::NamedTempFile,
    content: Vec<u8>,
    client: Client,
    server: Arc<Mutex<Server>>,
}

impl Test {
    async fn new(size: usize) -> Self {
        let content: Vec<u8> = (0..size).map(|i| (i * 31 / 7) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = Arc::new(Mutex::new(Server { length: size, ..Server::default() }));
        let shared = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { file, content, client: Client::new(base, None).unwrap(), server }
    }

    async fn upload(&self, options: UploadOptions) -> Result<Uploaded, UploadError> {
        let name = "film.mp4".parse().unwrap();
        self.client.upload(self.file.path(), &name, &options, Arc::new(|_| {})).await
    }

    fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.content))
    }
}

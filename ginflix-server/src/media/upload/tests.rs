//! Tests of uploads on a real directory: rules, interrupted requests, two writers.

mod crash;
mod model;
mod rig;

use std::time::{Duration, Instant};

use futures_util::stream;
use sha2::{Digest, Sha256};

use self::rig::{
    BodyChunk, LIMITS, Rig, append_at, body, sample_data, sha256, single_append, spec,
};
use super::state::SILENT_WRITER_TIMEOUT;
use super::*;
use crate::test_wait::until_async;

#[tokio::test]
async fn a_complete_upload_is_published_and_recorded() {
    let (rig, data) = (Rig::new(), sample_data(10_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    assert_eq!(rig.send(id, 0, &data[..4_000]).await.unwrap().offset, 4_000);
    assert_eq!(rig.visible("film.mp4"), None);
    assert_eq!(rig.send(id, 4_000, &data[4_000..]).await.unwrap().offset, 10_000);
    let hash = sha256(&data);
    assert_eq!(rig.visible("film.mp4"), Some((data.clone(), Some(hash.clone()))));
    let open = rig.volume.open(&"film.mp4".parse().unwrap()).unwrap();
    assert_eq!(open.etag, format!("\"{hash}\""));
    // A client that missed the response can ask again, also after a restart.
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 10_000);
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 10_000);
    assert_eq!(rig.send(id, 10_000, b"").await.unwrap().offset, 10_000);
    let late = |hash| Append { file_sha256: Some(hash), ..append_at(10_000) };
    rig.uploads.append(id, late(hash), body(b"")).await.unwrap();
    let other = rig.uploads.append(id, late(sha256(b"other")), body(b"")).await;
    assert!(matches!(other, Err(UploadError::PublishedWithOtherChecksum { .. })));
}

/// Returns the checksum that an append with this content has.
fn checksum_of(content: &[u8]) -> ExpectedChecksum {
    ExpectedChecksum { algorithm: Box::new(Sha256::new()), value: Sha256::digest(content).to_vec() }
}

#[tokio::test]
async fn a_wrong_single_request_stores_nothing() {
    let (rig, data) = (Rig::new(), sample_data(10_000));
    let refused = async |spec: UploadSpec, append: Append, sent: &[u8]| {
        rig.uploads.store_in_one_request(spec, append, body(sent)).await.unwrap_err()
    };
    let wrong = sha256(b"other");
    let stated = UploadSpec { sha256: Some(wrong.clone()), ..spec(&data) };
    let error = refused(stated, single_append(&data), &data).await;
    assert!(matches!(error, UploadError::FileChecksumMismatch { .. }));
    let stated_late = Append { file_sha256: Some(wrong), ..single_append(&data) };
    let error = refused(spec(&data), stated_late, &data).await;
    assert!(matches!(error, UploadError::FileChecksumMismatch { .. }));
    let broken = Append { checksum: Some(checksum_of(b"other")), ..single_append(&data) };
    let error = refused(spec(&data), broken, &data).await;
    assert!(matches!(error, UploadError::AppendChecksumMismatch));
    let error = refused(spec(&data), single_append(&data), &data[1..]).await;
    assert!(matches!(error, UploadError::EndedEarly));
    let error = refused(spec(&data), single_append(&data), &[0; 10_001]).await;
    assert!(matches!(error, UploadError::TooMuchContent { limit_bytes: 10_000 }));
    let error = refused(spec(b""), single_append(b""), b"").await;
    assert!(matches!(error, UploadError::EmptyFile));
    let strict = UploadSpec { any_type: false, ..spec(&data) };
    let error = refused(strict, single_append(&data), &data).await;
    assert!(matches!(error, UploadError::UnknownType(_)));
    assert_eq!((rig.files_in("uploads"), rig.files_in("media")), (0, 0));
}

#[tokio::test]
async fn a_single_request_publishes_its_file() {
    let (rig, data) = (Rig::new(), sample_data(10_000));
    let store = async |spec: UploadSpec, append: Append, sent: &[u8]| {
        rig.uploads.store_in_one_request(spec, append, body(sent)).await
    };
    let stated = UploadSpec { sha256: Some(sha256(&data)), ..spec(&data) };
    let append = Append { checksum: Some(checksum_of(&data)), ..single_append(&data) };
    let (status, media) = store(stated, append, &data).await.unwrap();
    assert_eq!(
        (status.offset, media.size_bytes, &media.sha256),
        (10_000, 10_000, &Some(sha256(&data)))
    );
    assert_eq!(rig.visible("film.mp4"), Some((data.clone(), Some(sha256(&data)))));
    assert_eq!(rig.uploads.status(status.id).await.unwrap(), status);
    for other in [b"other".to_vec(), vec![0; 10_000], data.clone()] {
        let refused = store(spec(&other), single_append(&other), &other).await;
        assert!(matches!(refused, Err(UploadError::NameTaken(_))));
    }
    let replacement = UploadSpec { replace: true, ..spec(b"new") };
    store(replacement, single_append(b"new"), b"new").await.unwrap();
    assert_eq!(rig.visible("film.mp4"), Some((b"new".to_vec(), Some(sha256(b"new")))));
    assert_eq!(rig.files_in("uploads"), 0, "it leaves no record");
}

#[tokio::test]
async fn one_of_several_concurrent_single_requests_for_a_name_wins() {
    let rig = Rig::new();
    let contents: Vec<Vec<u8>> = (0..6).map(|n| vec![n; 4_000]).collect();
    let sent = contents.iter().map(|content| {
        rig.uploads.store_in_one_request(spec(content), single_append(content), body(content))
    });
    let sent = futures_util::future::join_all(sent).await;
    let won: Vec<_> = sent.iter().filter_map(|sent| sent.as_ref().ok()).collect();
    assert_eq!(won.len(), 1);
    let (content, recorded) = rig.visible("film.mp4").unwrap();
    assert_eq!(recorded, Some(sha256(&content)));
    assert!(won[0].1.has_sha256(&sha256(&content)));
    assert_eq!(rig.files_in("uploads"), 0);
}

#[tokio::test]
async fn content_that_arrived_before_a_disconnect_is_kept() {
    let (rig, data) = (Rig::new(), sample_data(10_000));
    let announced = UploadSpec { sha256: Some(sha256(&data)), ..spec(&data) };
    let id = rig.uploads.create(announced).await.unwrap().id;
    let chunks: [BodyChunk; 2] = [Ok(data[..3_000].to_vec().into()), Err("connection reset")];
    let broken = rig.uploads.append(id, append_at(0), stream::iter(chunks)).await;
    assert!(matches!(broken, Err(UploadError::EndedEarly)));
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 3_000);
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 3_000);
    rig.send(id, 3_000, &data[3_000..]).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn creation_checks_length_name_and_space() {
    let (rig, data) = (Rig::new(), sample_data(10));
    let refused = async |spec: UploadSpec| rig.uploads.create(spec).await.unwrap_err();
    assert!(matches!(refused(spec(b"")).await, UploadError::EmptyFile));
    let large = UploadSpec { length: LIMITS.upload_bytes + 1, ..spec(&data) };
    assert!(matches!(refused(large).await, UploadError::TooLarge { .. }));
    std::fs::write(rig.volume.media_dir().join("film.mp4"), "x").unwrap();
    assert!(matches!(refused(spec(&data)).await, UploadError::NameTaken(_)));
    assert_eq!(rig.files_in("uploads"), 0);

    let limits = UploadLimits { upload_bytes: u64::MAX, reserve_bytes: u64::MAX / 2, ..LIMITS };
    let full = Rig::start(tempfile::tempdir().unwrap(), Arc::default(), limits);
    let error = full.uploads.create(spec(&data)).await.unwrap_err();
    assert!(matches!(error, UploadError::NoSpace { needed_bytes: 10, .. }), "{error}");
}

#[tokio::test]
async fn the_limit_of_unfinished_uploads_says_how_many_there_are() {
    let limits = UploadLimits { unfinished: 2, ..LIMITS };
    let rig = Rig::start(tempfile::tempdir().unwrap(), Arc::default(), limits);
    let data = sample_data(10);
    let named = |name: &str| UploadSpec { name: name.parse().unwrap(), ..spec(&data) };
    let first = rig.uploads.create(named("1.mp4")).await.unwrap().id;
    rig.uploads.create(named("2.mp4")).await.unwrap();
    let error = rig.uploads.create(named("3.mp4")).await.unwrap_err();
    assert!(matches!(error, UploadError::TooManyUnfinished { unfinished: 2, .. }), "{error}");
    // A finished upload does not count.
    rig.send(first, 0, &data).await.unwrap();
    rig.uploads.create(named("3.mp4")).await.unwrap();
}

#[tokio::test]
async fn appends_with_a_wrong_offset_or_length_are_refused() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    rig.send(id, 0, &data[..2_000]).await.unwrap();
    for wrong in [0, 1_999, 2_001, 5_000] {
        let refused = rig.send(id, wrong, &data[..1]).await.unwrap_err();
        assert!(matches!(refused, UploadError::OffsetMismatch { offset: 2_000, .. }), "{wrong}");
    }
    let announced = Append { length: Some(3_001), ..append_at(2_000) };
    let refused = rig.uploads.append(id, announced, body(&data[..3_001])).await.unwrap_err();
    assert!(matches!(refused, UploadError::TooMuchContent { limit_bytes: 5_000 }));
    let refused = rig.send(id, 2_000, &[0; 3_500]).await.unwrap_err();
    assert!(matches!(refused, UploadError::TooMuchContent { .. }));
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 2_000);
    assert!(matches!(rig.send(Uuid::now_v7(), 0, b"x").await, Err(UploadError::NotFound(_))));
}

#[tokio::test]
async fn a_file_with_a_wrong_sha256_is_discarded() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let announced = UploadSpec { sha256: Some(sha256(b"other")), ..spec(&data) };
    let id = rig.uploads.create(announced).await.unwrap().id;
    let refused = rig.send(id, 0, &data).await.unwrap_err();
    assert!(matches!(refused, UploadError::FileChecksumMismatch { .. }));
    assert_eq!(rig.visible("film.mp4"), None);
    assert!(matches!(rig.uploads.status(id).await, Err(UploadError::NotFound(_))));
    assert_eq!(rig.files_in("uploads"), 0);
}

#[tokio::test]
async fn an_append_may_state_the_sha256_of_the_file() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    let with_sha256 = |hash: String| Append { file_sha256: Some(hash), ..append_at(0) };
    rig.uploads.append(id, with_sha256(sha256(&data)), body(&data[..10])).await.unwrap();
    let another = Append { offset: 10, ..with_sha256(sha256(b"another")) };
    let refused = rig.uploads.append(id, another, body(&data[10..])).await.unwrap_err();
    assert!(matches!(refused, UploadError::ChecksumChanged));
    rig.send(id, 10, &data[10..]).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn an_append_with_a_wrong_checksum_is_discarded() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    rig.send(id, 0, &data[..1_000]).await.unwrap();
    let with = |content: &[u8]| Append { checksum: Some(checksum_of(content)), ..append_at(1_000) };
    let refused = rig.uploads.append(id, with(b"other"), body(&data[1_000..])).await.unwrap_err();
    assert!(matches!(refused, UploadError::AppendChecksumMismatch));
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 1_000);
    // The checksum of a half cannot be verified.
    let half: [BodyChunk; 2] = [Ok(data[1_000..2_000].to_vec().into()), Err("connection reset")];
    rig.uploads.append(id, with(&data[1_000..]), stream::iter(half)).await.unwrap_err();
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 1_000);
    rig.uploads.append(id, with(&data[1_000..]), body(&data[1_000..])).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn an_unknown_format_is_refused_by_its_first_bytes() {
    let rig = Rig::new();
    let page = [b"<!DOCTYPE html>".as_slice(), &sample_data(5_000)].concat();
    let strict = |content: &[u8]| UploadSpec { any_type: false, replace: true, ..spec(content) };
    let id = rig.uploads.create(strict(&page)).await.unwrap().id;
    // These are too few bytes to recognize a format.
    assert_eq!(rig.send(id, 0, &page[..100]).await.unwrap().offset, 100);
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<BodyChunk>();
    let endless = stream::unfold(receiver, async |mut r| r.recv().await.map(|chunk| (chunk, r)));
    sender.send(Ok(page[100..1_000].to_vec().into())).unwrap();
    sender.send(Ok(page[1_000..2_000].to_vec().into())).unwrap();
    let uploads = rig.uploads.clone();
    let append =
        tokio::spawn(async move { uploads.append(id, append_at(100), Box::pin(endless)).await });
    // The refusal does not wait for the end of the body, which never comes.
    until_async("the refusal", async || {
        let _ = sender.send(Ok(page[2_000..2_001].to_vec().into()));
        append.is_finished()
    })
    .await;
    let refused = append.await.unwrap().unwrap_err();
    assert!(matches!(&refused, UploadError::UnknownType(name) if name.as_str() == "film.mp4"));
    assert!(matches!(rig.uploads.status(id).await, Err(UploadError::NotFound(_))));
    assert_eq!((rig.files_in("uploads"), rig.files_in("media")), (0, 0));

    // A short file is checked when it is complete.
    for (content, is_accepted) in [(b"WEBVTT\n".as_slice(), true), (b"#!/bin/sh", false)] {
        let id = rig.uploads.create(strict(content)).await.unwrap().id;
        rig.send(id, 0, &content[..3]).await.unwrap();
        let sent = rig.send(id, 3, &content[3..]).await;
        assert_eq!(sent.is_ok(), is_accepted, "{sent:?}");
    }
}

#[tokio::test]
async fn a_second_writer_is_refused() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<BodyChunk>();
    let slow = stream::unfold(receiver, async |mut r| r.recv().await.map(|chunk| (chunk, r)));
    let uploads = rig.uploads.clone();
    let first = tokio::spawn(async move { uploads.append(id, append_at(0), Box::pin(slow)).await });
    sender.send(Ok(data[..1_000].to_vec().into())).unwrap();
    // The first request acquires the lock before it receives its first chunk.
    let is_writing = async || {
        !sender.is_closed()
            && rig.uploads.0.append_permits.available_permits() < CONCURRENT_APPENDS_LIMIT
    };
    until_async("the first request to write", is_writing).await;
    assert!(matches!(rig.send(id, 0, &data).await, Err(UploadError::Locked)));
    assert!(matches!(rig.uploads.discard(id).await, Err(UploadError::Locked)));
    sender.send(Ok(data[1_000..].to_vec().into())).unwrap();
    drop(sender);
    assert_eq!(first.await.unwrap().unwrap().offset, 5_000);
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn a_silent_writer_is_preempted() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    let first_chunk: BodyChunk = Ok(data[..1_000].to_vec().into());
    let silent = futures_util::StreamExt::chain(stream::iter([first_chunk]), stream::pending());
    let uploads = rig.uploads.clone();
    let first = tokio::spawn(async move { uploads.append(id, append_at(0), silent).await });
    let is_writing =
        async || rig.uploads.0.append_permits.available_permits() < CONCURRENT_APPENDS_LIMIT;
    until_async("the first request to write", is_writing).await;
    // The time of the last chunk is set back, instead of waiting.
    let upload = rig.uploads.find(id).unwrap();
    until_async("the silent writer to end", async || {
        *upload.last_received.lock() =
            Instant::now().checked_sub(SILENT_WRITER_TIMEOUT * 2).unwrap();
        rig.uploads.status(id).await.unwrap().offset == 1_000
    })
    .await;
    let resumed = rig.send(id, 1_000, &data[1_000..]).await.unwrap();
    assert!(first.await.unwrap().is_err());
    assert_eq!(resumed.offset, 5_000);
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn a_conflict_over_a_name_ends_when_the_other_file_is_removed() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    let other = rig.uploads.create(spec(b"other")).await.unwrap().id;
    rig.send(other, 0, b"other").await.unwrap();
    assert!(matches!(rig.send(id, 0, &data).await, Err(UploadError::NameTaken(_))));
    assert_eq!(rig.visible("film.mp4").unwrap().0, b"other");
    rig.volume.remove(&"film.mp4".parse().unwrap()).unwrap();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 5_000);
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn a_replacement_is_visible_when_it_is_complete() {
    let rig = Rig::new();
    let old = rig.uploads.create(spec(b"old")).await.unwrap().id;
    rig.send(old, 0, b"old").await.unwrap();
    let new = rig.uploads.create(UploadSpec { replace: true, ..spec(b"new!") }).await.unwrap().id;
    rig.send(new, 0, b"new").await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap(), (b"old".to_vec(), Some(sha256(b"old"))));
    rig.send(new, 3, b"!").await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap(), (b"new!".to_vec(), Some(sha256(b"new!"))));
    let open = rig.volume.open(&"film.mp4".parse().unwrap()).unwrap();
    assert_eq!(open.etag, format!("\"{}\"", sha256(b"new!")));
}

#[tokio::test]
async fn discarded_and_expired_uploads_leave_no_files() {
    let (rig, data) = (Rig::new(), sample_data(5_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    rig.send(id, 0, &data[..10]).await.unwrap();
    rig.uploads.discard(id).await.unwrap();
    assert!(matches!(rig.uploads.discard(id).await, Err(UploadError::NotFound(_))));
    assert_eq!(rig.files_in("uploads"), 0);

    let dir = tempfile::tempdir().unwrap();
    let immediate = UploadLimits { expiry: Duration::ZERO, ..LIMITS };
    let rig = Rig::start(dir, Arc::default(), immediate);
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    assert!(matches!(rig.send(id, 0, &data).await, Err(UploadError::Expired(_))));
    assert_eq!(rig.files_in("uploads"), 2);
    rig.uploads.maintain_uploads().await;
    assert_eq!(rig.files_in("uploads"), 0);
    assert!(matches!(rig.uploads.status(id).await, Err(UploadError::NotFound(_))));
}

#[tokio::test]
async fn a_file_copied_into_the_volume_is_recorded() {
    let rig = Rig::new();
    std::fs::write(rig.volume.media_dir().join("film.mp4"), "by hand").unwrap();
    rig.uploads.record_files().await.unwrap();
    rig.volume.wait_for_indexed().await;
    rig.uploads.record_files().await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap(), (b"by hand".to_vec(), Some(sha256(b"by hand"))));
}

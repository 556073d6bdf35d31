//! The upload engine on a real directory: rules, broken connections, two writers.

mod crash;
mod model;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use ginflix_api::media::{Media, MediaName};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::state::SILENCE;
use super::*;
use crate::test_wait::until_async;

/// What a body's piece may be: bytes, or the connection breaks.
pub(super) type Piece = Result<Bytes, &'static str>;

/// A catalogue in memory that may be away.
#[derive(Default)]
pub(super) struct Register {
    pub(super) media: Mutex<HashMap<MediaName, Media>>,
    pub(super) away: AtomicBool,
}

#[async_trait]
impl MediaRegister for Register {
    async fn put_media(&self, media: &Media) -> Result<(), RegisterError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(RegisterError::Unavailable("no answer".to_owned()));
        }
        lock(&self.media).insert(media.name.clone(), media.clone());
        Ok(())
    }

    async fn media(&self, name: &MediaName) -> Result<Option<Media>, RegisterError> {
        Ok(lock(&self.media).get(name).cloned())
    }
}

/// A server's uploads, which can be restarted.
pub(super) struct Rig {
    pub(super) dir: TempDir,
    pub(super) volume: Volume,
    pub(super) uploads: Uploads,
    pub(super) register: Arc<Register>,
    pub(super) faults: Faults,
}

pub(super) const LIMITS: Limits =
    Limits { upload_bytes: 1 << 30, reserve_bytes: 0, expiry: Duration::from_secs(3600) };

impl Rig {
    pub(super) fn new() -> Self {
        Self::start(tempfile::tempdir().unwrap(), Arc::default(), LIMITS)
    }

    pub(super) fn start(dir: TempDir, register: Arc<Register>, limits: Limits) -> Self {
        let volume = Volume::mount(dir.path()).unwrap();
        let faults = Faults::default();
        let as_register: Arc<dyn MediaRegister> = register.clone();
        let uploads =
            Uploads::open_with(volume.clone(), as_register, limits, faults.clone()).unwrap();
        Self { dir, volume, uploads, register, faults }
    }

    /// Another server process on the same directory and catalogue.
    pub(super) fn restart(self) -> Self {
        let Self { dir, volume, uploads, register, .. } = self;
        drop((volume, uploads));
        Self::start(dir, register, LIMITS)
    }

    pub(super) async fn send(
        &self,
        id: Uuid,
        at: usize,
        bytes: &[u8],
    ) -> Result<Status, UploadError> {
        self.uploads.append(id, from(at), body(bytes)).await
    }

    /// The visible content of a name, and what the catalogue says of it.
    pub(super) fn visible(&self, name: &str) -> Option<(Vec<u8>, Option<String>)> {
        let name: MediaName = name.parse().unwrap();
        let content = std::fs::read(self.volume.media_path(&name)).ok()?;
        let recorded = lock(&self.register.media).get(&name).map(|media| media.sha256.clone());
        Some((content, recorded))
    }

    fn files_in(&self, folder: &str) -> usize {
        std::fs::read_dir(self.dir.path().join(folder)).unwrap().count()
    }
}

pub(super) fn from(at: usize) -> Append {
    Append { offset: at as u64, ..Append::default() }
}

/// All of it in one request.
pub(super) fn whole(content: &[u8]) -> Append {
    Append { length: Some(content.len() as u64), ..Append::default() }
}

pub(super) fn body(bytes: &[u8]) -> impl futures_util::Stream<Item = Piece> + Unpin + use<> {
    let pieces: Vec<Piece> =
        bytes.chunks(1000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

pub(super) fn film(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 31 % 251) as u8).collect()
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(super) fn about(content: &[u8]) -> NewUpload {
    NewUpload {
        name: "film.mp4".parse().unwrap(),
        length: content.len() as u64,
        sha256: None,
        replace: false,
        any_type: true,
        metadata: String::new(),
    }
}

#[tokio::test]
async fn whole_uploads_are_visible_and_recorded() {
    let (rig, film) = (Rig::new(), film(10_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    assert_eq!(rig.send(id, 0, &film[..4_000]).await.unwrap().offset, 4_000);
    assert_eq!(rig.visible("film.mp4"), None);
    assert_eq!(rig.send(id, 4_000, &film[4_000..]).await.unwrap().offset, 10_000);
    let hash = sha256(&film);
    assert_eq!(rig.visible("film.mp4"), Some((film.clone(), Some(hash.clone()))));
    let open = rig.volume.open(&"film.mp4".parse().unwrap()).unwrap();
    assert_eq!(open.etag, format!("\"{hash}\""));
    // Whoever missed the answer learns that it is done, also after a restart.
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 10_000);
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 10_000);
    assert_eq!(rig.send(id, 10_000, b"").await.unwrap().offset, 10_000);
    let late = |hash| Append { file_sha256: Some(hash), ..from(10_000) };
    rig.uploads.append(id, late(hash), body(b"")).await.unwrap();
    let other = rig.uploads.append(id, late(sha256(b"other")), body(b"")).await;
    assert!(matches!(other, Err(UploadError::PublishedWithOtherChecksum { .. })));
}

#[tokio::test]
async fn a_whole_file_is_taken_at_once_or_not_at_all() {
    let (rig, film) = (Rig::new(), film(10_000));
    let take = async |about: NewUpload, append: Append, sent: &[u8]| {
        rig.uploads.take_whole(about, append, body(sent)).await
    };
    let named = |sha256| NewUpload { sha256: Some(sha256), ..about(&film) };
    let wrong = sha256(b"other");
    let summed = |content: &[u8]| Expected {
        algorithm: Box::new(Sha256::new()),
        value: Sha256::digest(content).to_vec(),
    };
    let late = Append { file_sha256: Some(wrong.clone()), ..whole(&film) };
    let broken = Append { checksum: Some(summed(b"other")), ..whole(&film) };
    let mismatches = [
        take(named(wrong), whole(&film), &film).await,
        take(about(&film), late, &film).await,
        take(about(&film), broken, &film).await,
    ];
    assert!(matches!(
        mismatches,
        [
            Err(UploadError::FileChecksumMismatch { .. }),
            Err(UploadError::FileChecksumMismatch { .. }),
            Err(UploadError::AppendChecksumMismatch),
        ]
    ));
    let short = take(about(&film), whole(&film), &film[1..]).await;
    assert!(matches!(short, Err(UploadError::EndedEarly)));
    let long = take(about(&film), whole(&film), &[0; 10_001]).await;
    assert!(matches!(long, Err(UploadError::TooMuchContent { limit_bytes: 10_000 })));
    let empty = take(about(b""), whole(b""), b"").await;
    assert!(matches!(empty, Err(UploadError::EmptyFile)));
    let strict = NewUpload { any_type: false, ..about(&film) };
    let untyped = take(strict, whole(&film), &film).await;
    assert!(matches!(untyped, Err(UploadError::UnknownType(_))));
    assert_eq!((rig.files_in("uploads"), rig.files_in("media")), (0, 0));

    let right = Append { checksum: Some(summed(&film)), ..whole(&film) };
    let (status, media) = take(named(sha256(&film)), right, &film).await.unwrap();
    assert_eq!((status.offset, media.size_bytes, &media.sha256), (10_000, 10_000, &sha256(&film)));
    assert_eq!(rig.visible("film.mp4"), Some((film.clone(), Some(sha256(&film)))));
    assert_eq!(rig.uploads.status(status.id).await.unwrap(), status);
    for other in [b"other".to_vec(), vec![0; 10_000], film.clone()] {
        let refused = take(about(&other), whole(&other), &other).await;
        assert!(matches!(refused, Err(UploadError::NameTaken(_))));
    }
    let replaced = NewUpload { replace: true, ..about(b"new") };
    take(replaced, whole(b"new"), b"new").await.unwrap();
    assert_eq!(rig.visible("film.mp4"), Some((b"new".to_vec(), Some(sha256(b"new")))));
    assert_eq!(rig.files_in("uploads"), 0, "it leaves no record");
}

#[tokio::test]
async fn of_many_whole_files_of_one_name_one_wins() {
    let rig = Rig::new();
    let contents: Vec<Vec<u8>> = (0..6).map(|n| vec![n; 4_000]).collect();
    let sent = contents
        .iter()
        .map(|content| rig.uploads.take_whole(about(content), whole(content), body(content)));
    let sent = futures_util::future::join_all(sent).await;
    let won: Vec<_> = sent.iter().filter_map(|sent| sent.as_ref().ok()).collect();
    assert_eq!(won.len(), 1);
    let (content, recorded) = rig.visible("film.mp4").unwrap();
    assert_eq!(recorded, Some(sha256(&content)));
    assert_eq!(won[0].1.sha256, sha256(&content));
    assert_eq!(rig.files_in("uploads"), 0);
}

#[tokio::test]
async fn what_arrived_before_a_break_is_kept() {
    let (rig, film) = (Rig::new(), film(10_000));
    let announced = NewUpload { sha256: Some(sha256(&film)), ..about(&film) };
    let id = rig.uploads.create(announced).await.unwrap().id;
    let pieces: [Piece; 2] = [Ok(film[..3_000].to_vec().into()), Err("connection reset")];
    let broken = rig.uploads.append(id, from(0), stream::iter(pieces)).await;
    assert!(matches!(broken, Err(UploadError::EndedEarly)));
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 3_000);
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 3_000);
    rig.send(id, 3_000, &film[3_000..]).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn creation_checks_what_can_be_known_before() {
    let (rig, film) = (Rig::new(), film(10));
    let refused = async |about: NewUpload| rig.uploads.create(about).await.unwrap_err();
    assert!(matches!(refused(about(b"")).await, UploadError::EmptyFile));
    let large = NewUpload { length: LIMITS.upload_bytes + 1, ..about(&film) };
    assert!(matches!(refused(large).await, UploadError::TooLarge { .. }));
    std::fs::write(rig.volume.media_folder().join("film.mp4"), "x").unwrap();
    assert!(matches!(refused(about(&film)).await, UploadError::NameTaken(_)));
    assert_eq!(rig.files_in("uploads"), 0);

    let limits = Limits { upload_bytes: u64::MAX, reserve_bytes: u64::MAX / 2, ..LIMITS };
    let full = Rig::start(tempfile::tempdir().unwrap(), Arc::default(), limits);
    let error = full.uploads.create(about(&film)).await.unwrap_err();
    assert!(matches!(error, UploadError::NoSpace { needed_bytes: 10, .. }), "{error}");
}

#[tokio::test]
async fn appends_start_where_the_upload_ends_and_end_with_it() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    rig.send(id, 0, &film[..2_000]).await.unwrap();
    for wrong in [0, 1_999, 2_001, 5_000] {
        let refused = rig.send(id, wrong, &film[..1]).await.unwrap_err();
        assert!(matches!(refused, UploadError::OffsetMismatch { offset: 2_000, .. }), "{wrong}");
    }
    let announced = Append { length: Some(3_001), ..from(2_000) };
    let refused = rig.uploads.append(id, announced, body(&film[..3_001])).await.unwrap_err();
    assert!(matches!(refused, UploadError::TooMuchContent { limit_bytes: 5_000 }));
    let refused = rig.send(id, 2_000, &[0; 3_500]).await.unwrap_err();
    assert!(matches!(refused, UploadError::TooMuchContent { .. }));
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 2_000);
    assert!(matches!(rig.send(Uuid::now_v7(), 0, b"x").await, Err(UploadError::NotFound(_))));
}

#[tokio::test]
async fn other_content_than_announced_is_discarded() {
    let (rig, film) = (Rig::new(), film(5_000));
    let announced = NewUpload { sha256: Some(sha256(b"other")), ..about(&film) };
    let id = rig.uploads.create(announced).await.unwrap().id;
    let refused = rig.send(id, 0, &film).await.unwrap_err();
    assert!(matches!(refused, UploadError::FileChecksumMismatch { .. }));
    assert_eq!(rig.visible("film.mp4"), None);
    assert!(matches!(rig.uploads.status(id).await, Err(UploadError::NotFound(_))));
    assert_eq!(rig.files_in("uploads"), 0);
}

#[tokio::test]
async fn the_last_append_may_name_the_hash() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    let named = |hash: String| Append { file_sha256: Some(hash), ..from(0) };
    rig.uploads.append(id, named(sha256(&film)), body(&film[..10])).await.unwrap();
    let another = Append { offset: 10, ..named(sha256(b"another")) };
    let refused = rig.uploads.append(id, another, body(&film[10..])).await.unwrap_err();
    assert!(matches!(refused, UploadError::ChecksumChanged));
    rig.send(id, 10, &film[10..]).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn an_append_with_a_wrong_checksum_leaves_nothing() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    rig.send(id, 0, &film[..1_000]).await.unwrap();
    let with = |value: &[u8]| {
        let expected =
            Expected { algorithm: Box::new(Sha256::new()), value: Sha256::digest(value).to_vec() };
        Append { checksum: Some(expected), ..from(1_000) }
    };
    let refused = rig.uploads.append(id, with(b"other"), body(&film[1_000..])).await.unwrap_err();
    assert!(matches!(refused, UploadError::AppendChecksumMismatch));
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 1_000);
    // Half of it: whether it is right, nobody knows.
    let half: [Piece; 2] = [Ok(film[1_000..2_000].to_vec().into()), Err("connection reset")];
    rig.uploads.append(id, with(&film[1_000..]), stream::iter(half)).await.unwrap_err();
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 1_000);
    rig.uploads.append(id, with(&film[1_000..]), body(&film[1_000..])).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn what_is_no_film_is_refused_with_its_first_bytes() {
    let rig = Rig::new();
    let page = [b"<!DOCTYPE html>".as_slice(), &film(5_000)].concat();
    let strict = |content: &[u8]| NewUpload { any_type: false, replace: true, ..about(content) };
    let id = rig.uploads.create(strict(&page)).await.unwrap().id;
    // Too little yet to tell.
    assert_eq!(rig.send(id, 0, &page[..100]).await.unwrap().offset, 100);
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Piece>();
    let endless = stream::unfold(receiver, async |mut r| r.recv().await.map(|piece| (piece, r)));
    sender.send(Ok(page[100..1_000].to_vec().into())).unwrap();
    sender.send(Ok(page[1_000..2_000].to_vec().into())).unwrap();
    let uploads = rig.uploads.clone();
    let append =
        tokio::spawn(async move { uploads.append(id, from(100), Box::pin(endless)).await });
    // The refusal does not wait for the rest, which never comes to an end.
    until_async("the refusal", async || {
        let _ = sender.send(Ok(page[2_000..2_001].to_vec().into()));
        append.is_finished()
    })
    .await;
    let refused = append.await.unwrap().unwrap_err();
    assert!(matches!(&refused, UploadError::UnknownType(name) if name.as_str() == "film.mp4"));
    assert!(matches!(rig.uploads.status(id).await, Err(UploadError::NotFound(_))));
    assert_eq!((rig.files_in("uploads"), rig.files_in("media")), (0, 0));

    // Shorter than what is needed to tell: judged when it is whole.
    for (content, taken) in [(b"WEBVTT\n".as_slice(), true), (b"#!/bin/sh", false)] {
        let id = rig.uploads.create(strict(content)).await.unwrap().id;
        rig.send(id, 0, &content[..3]).await.unwrap();
        let sent = rig.send(id, 3, &content[3..]).await;
        assert_eq!(sent.is_ok(), taken, "{sent:?}");
    }
}

#[tokio::test]
async fn two_writers_are_one_too_many() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Piece>();
    let slow = stream::unfold(receiver, async |mut r| r.recv().await.map(|piece| (piece, r)));
    let uploads = rig.uploads.clone();
    let first = tokio::spawn(async move { uploads.append(id, from(0), Box::pin(slow)).await });
    sender.send(Ok(film[..1_000].to_vec().into())).unwrap();
    // The first takes the lock before it takes its first piece.
    let writes =
        async || !sender.is_closed() && rig.uploads.0.writers.available_permits() < MOST_WRITERS;
    until_async("the first to write", writes).await;
    assert!(matches!(rig.send(id, 0, &film).await, Err(UploadError::Locked)));
    assert!(matches!(rig.uploads.discard(id).await, Err(UploadError::Locked)));
    sender.send(Ok(film[1_000..].to_vec().into())).unwrap();
    drop(sender);
    assert_eq!(first.await.unwrap().unwrap().offset, 5_000);
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn a_writer_whose_client_is_silent_makes_way() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    let first_piece: Piece = Ok(film[..1_000].to_vec().into());
    let silent = futures_util::StreamExt::chain(stream::iter([first_piece]), stream::pending());
    let uploads = rig.uploads.clone();
    let first = tokio::spawn(async move { uploads.append(id, from(0), silent).await });
    let writes = async || rig.uploads.0.writers.available_permits() < MOST_WRITERS;
    until_async("the first to write", writes).await;
    // As if its client had been silent for a while.
    let upload = rig.uploads.find(id).unwrap();
    until_async("the silent one to make way", async || {
        *lock(&upload.heard) = Instant::now().checked_sub(SILENCE * 2).unwrap();
        rig.uploads.status(id).await.unwrap().offset == 1_000
    })
    .await;
    let resumed = rig.send(id, 1_000, &film[1_000..]).await.unwrap();
    assert!(first.await.unwrap().is_err());
    assert_eq!(resumed.offset, 5_000);
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn a_name_taken_meanwhile_is_a_conflict_that_can_be_solved() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    let other = rig.uploads.create(about(b"other")).await.unwrap().id;
    rig.send(other, 0, b"other").await.unwrap();
    assert!(matches!(rig.send(id, 0, &film).await, Err(UploadError::NameTaken(_))));
    assert_eq!(rig.visible("film.mp4").unwrap().0, b"other");
    rig.volume.remove(&"film.mp4".parse().unwrap()).unwrap();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 5_000);
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn replacing_takes_the_name_over_at_once() {
    let rig = Rig::new();
    let old = rig.uploads.create(about(b"old")).await.unwrap().id;
    rig.send(old, 0, b"old").await.unwrap();
    let new = rig.uploads.create(NewUpload { replace: true, ..about(b"new!") }).await.unwrap().id;
    rig.send(new, 0, b"new").await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap(), (b"old".to_vec(), Some(sha256(b"old"))));
    rig.send(new, 3, b"!").await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap(), (b"new!".to_vec(), Some(sha256(b"new!"))));
    let open = rig.volume.open(&"film.mp4".parse().unwrap()).unwrap();
    assert_eq!(open.etag, format!("\"{}\"", sha256(b"new!")));
}

#[tokio::test]
async fn discarded_and_expired_uploads_leave_nothing() {
    let (rig, film) = (Rig::new(), film(5_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    rig.send(id, 0, &film[..10]).await.unwrap();
    rig.uploads.discard(id).await.unwrap();
    assert!(matches!(rig.uploads.discard(id).await, Err(UploadError::NotFound(_))));
    assert_eq!(rig.files_in("uploads"), 0);

    let dir = tempfile::tempdir().unwrap();
    let at_once = Limits { expiry: Duration::ZERO, ..LIMITS };
    let rig = Rig::start(dir, Arc::default(), at_once);
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    assert!(matches!(rig.send(id, 0, &film).await, Err(UploadError::Expired(_))));
    assert_eq!(rig.files_in("uploads"), 2);
    rig.uploads.look_after_uploads().await;
    assert_eq!(rig.files_in("uploads"), 0);
    assert!(matches!(rig.uploads.status(id).await, Err(UploadError::NotFound(_))));
}

#[tokio::test]
async fn a_file_that_came_by_hand_is_recorded() {
    let rig = Rig::new();
    std::fs::write(rig.volume.media_folder().join("film.mp4"), "by hand").unwrap();
    rig.uploads.record_files().await.unwrap();
    rig.volume.learned().await;
    rig.uploads.record_files().await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap(), (b"by hand".to_vec(), Some(sha256(b"by hand"))));
}

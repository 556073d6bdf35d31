//! Streamers and their replicas.

use ginflix_api::media::Media;
use ginflix_api::replica::{MediaProblem, ReplicaState};
use ginflix_server::catalog::store::{ReplicaRecord, StoreError, StreamerRecord};

use crate::backend::Database;
use crate::samples::{media, name, time};

fn replica(media: &Media, streamer: &str, state: ReplicaState) -> ReplicaRecord {
    ReplicaRecord {
        media: media.name.clone(),
        streamer: streamer.to_owned(),
        sha256: media.sha256.clone().unwrap(),
        state,
        problem: None,
        check_round: 0,
        verified_at: None,
    }
}

fn streamer(name: &str, seen_at: &str) -> StreamerRecord {
    StreamerRecord {
        name: name.to_owned(),
        address: Some("10.0.0.1:4463".to_owned()),
        version: "0.1.0".to_owned(),
        used_bytes: 7,
        free_bytes: 5_000_000_000,
        seen_at: time(seen_at),
        problems: Vec::new(),
    }
}

fn other_content(media: &Media) -> Media {
    Media { sha256: Some("cd".repeat(32)), size_bytes: 3, ..media.clone() }
}

pub async fn an_upload_is_recorded_with_its_streamer(db: &Database) {
    let file = media("film.mp4");
    db.store.put_media_at(&file, "a", false).await.unwrap();
    assert_eq!(db.store.media(&file.name).await.unwrap(), file);
    let mut whole = replica(&file, "a", ReplicaState::Whole);
    whole.verified_at = Some(file.created_at);
    assert_eq!(db.store.replicas_at("a").await.unwrap(), [whole.clone()]);
    // The same content from another streamer is no conflict; other content is one.
    db.store.put_media_at(&file, "b", false).await.unwrap();
    let other = other_content(&file);
    let refused = db.store.put_media_at(&other, "b", false).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert_eq!(db.store.media(&file.name).await.unwrap(), file);
    db.store.put_media_at(&other, "b", true).await.unwrap();
    assert_eq!(db.store.media(&file.name).await.unwrap(), other);
    let all = db.store.replicas_of(std::slice::from_ref(&file.name)).await.unwrap();
    let seen: Vec<_> = all.iter().map(|(r, _)| (r.streamer.as_str(), r.sha256.as_str())).collect();
    assert_eq!(
        seen,
        [("a", file.sha256.as_deref().unwrap()), ("b", other.sha256.as_deref().unwrap())]
    );
}

pub async fn only_one_of_two_uploads_with_a_name_succeeds(db: &Database) {
    for round in 0..10 {
        let file = media(&format!("{round}.mp4"));
        let other = other_content(&file);
        let (first, second) = tokio::join!(
            db.store.put_media_at(&file, "a", false),
            db.store.put_media_at(&other, "b", false)
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    }
}

pub async fn a_replica_requires_a_recorded_file(db: &Database) {
    let file = media("film.mp4");
    let copy = replica(&file, "a", ReplicaState::Pulling);
    assert!(!db.store.put_replica(&copy).await.unwrap());
    db.store.put_media(&file).await.unwrap();
    assert!(db.store.put_replica(&copy).await.unwrap());
    let damaged = ReplicaRecord {
        state: ReplicaState::Damaged,
        problem: Some("it is shorter".to_owned()),
        check_round: 3,
        verified_at: Some(time("2026-02-03T04:05:06.789Z")),
        ..copy.clone()
    };
    assert!(db.store.put_replica(&damaged).await.unwrap());
    assert_eq!(db.store.replicas_at("a").await.unwrap(), [damaged]);
    let other_copy = replica(&other_content(&file), "b", ReplicaState::Whole);
    assert!(!db.store.put_replica(&other_copy).await.unwrap());
    assert!(db.store.replicas_at("b").await.unwrap().is_empty());
}

/// The record of a replica stays until the streamer has deleted its file. Without it the streamer
/// would take the file for one that was copied to the volume by hand.
pub async fn a_replica_outlives_its_media_record(db: &Database) {
    let file = media("film.mp4");
    db.store.put_media_at(&file, "a", false).await.unwrap();
    assert!(!db.store.delete_replica(&file.name, "a").await.unwrap());
    assert_eq!(db.store.replicas_at("a").await.unwrap().len(), 1);
    db.store.delete_media(&file.name, false).await.unwrap();
    assert_eq!(db.store.replicas_at("a").await.unwrap().len(), 1);
    assert!(db.store.delete_replica(&file.name, "a").await.unwrap());
    assert!(db.store.replicas_at("a").await.unwrap().is_empty());
}

pub async fn every_change_of_the_recorded_files_increments_the_revision(db: &Database) {
    let file = media("film.mp4");
    let mut last = db.store.media_revision().await.unwrap();
    let mut has_grown = async || {
        let now = db.store.media_revision().await.unwrap();
        let has_grown = now > last;
        last = now;
        has_grown
    };
    assert!(!has_grown().await);
    db.store.put_media(&file).await.unwrap();
    assert!(has_grown().await);
    db.store.put_media_at(&file, "a", true).await.unwrap();
    assert!(has_grown().await);
    assert_eq!(db.store.request_verification(Some(&file.name)).await.unwrap(), 1);
    assert!(has_grown().await);
    assert!(db.store.put_replica(&replica(&file, "b", ReplicaState::Whole)).await.unwrap());
    assert!(!has_grown().await);
    db.store.delete_media(&file.name, true).await.unwrap();
    assert!(has_grown().await);
}

pub async fn a_verification_request_increments_the_round(db: &Database) {
    let (a, b) = (media("a.mp4"), media("b.mp4"));
    for file in [&a, &b] {
        db.store.put_media(file).await.unwrap();
    }
    assert_eq!(db.store.request_verification(None).await.unwrap(), 2);
    assert_eq!(db.store.request_verification(Some(&b.name)).await.unwrap(), 1);
    assert_eq!(db.store.request_verification(Some(&name("c.mp4"))).await.unwrap(), 0);
    // New content keeps the round of the file.
    db.store.put_media(&other_content(&a)).await.unwrap();
    let desired = db.store.desired_media(None, 10).await.unwrap();
    let copy = ReplicaRecord { check_round: 1, ..replica(&b, "a", ReplicaState::Whole) };
    for (check_round, is_checked) in [(1, false), (2, true)] {
        let copy = ReplicaRecord { check_round, ..copy.clone() };
        assert!(db.store.put_replica(&copy).await.unwrap());
        let listed = db.store.replicas_of(std::slice::from_ref(&b.name)).await.unwrap();
        assert_eq!(listed, [(copy, is_checked)]);
    }
    let rounds: Vec<_> = desired.iter().map(|w| (w.media.name.as_str(), w.check_round)).collect();
    assert_eq!(rounds, [("a.mp4", 1), ("b.mp4", 2)]);
    // Streamers read all files often, so without the inspections.
    assert_eq!(desired[1].media, Media { inspection: None, ..b.clone() });
    assert!(desired[1].is_inspected);
    assert_eq!(db.store.desired_media(None, 1).await.unwrap(), desired[..1]);
    assert_eq!(db.store.desired_media(Some(&a.name), 10).await.unwrap(), desired[1..]);
}

pub async fn streamers_are_listed_with_their_replicas(db: &Database) {
    assert_eq!(db.store.media_totals().await.unwrap(), (0, 0));
    let (first, second) = (media("a.mp4"), media("b.mp4"));
    db.store.put_media_at(&first, "one", false).await.unwrap();
    db.store.put_media_at(&second, "one", false).await.unwrap();
    assert!(db.store.put_replica(&replica(&first, "two", ReplicaState::Whole)).await.unwrap());
    assert!(db.store.put_replica(&replica(&second, "two", ReplicaState::Pulling)).await.unwrap());
    for (name, seen_at) in [("two", "2026-02-03T00:00:00Z"), ("one", "2026-02-03T00:00:01Z")] {
        db.store.put_streamer(&streamer(name, seen_at)).await.unwrap();
    }
    let mut later = streamer("two", "2026-02-03T00:00:02Z");
    later.problems.push(MediaProblem {
        name: "film.mp4".to_owned(),
        streamer: None,
        problem: "it is a \"named pipe\"".to_owned(),
        remedy: "remove it".to_owned(),
    });
    db.store.put_streamer(&later).await.unwrap();
    let found = db.store.streamers().await.unwrap();
    let totals: Vec<_> =
        found.iter().map(|s| (s.record.name.as_str(), s.media, s.media_bytes)).collect();
    assert_eq!(totals, [("one", 2, 10_000_000_000), ("two", 1, 5_000_000_000)]);
    assert_eq!(found[1].record, later);
    assert_eq!(db.store.media_totals().await.unwrap(), (2, 10_000_000_000));
    // A copy of replaced content does not count.
    db.store.put_media_at(&other_content(&first), "one", true).await.unwrap();
    let found = db.store.streamers().await.unwrap();
    assert_eq!((found[0].media, found[1].media), (2, 0));
}

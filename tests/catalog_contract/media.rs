//! Metadata of media files.

use ginflix_api::inspection::Inspection;
use ginflix_api::media::Media;
use ginflix_server::catalog::store::{MovieRecord, StoreError};

use crate::backend::Database;
use crate::samples::{media, movie, name, write};

pub async fn a_file_is_read_as_recorded(db: &Database) {
    let first = media("été [HD].mp4");
    assert!(matches!(db.store.media(&first.name).await, Err(StoreError::NotFound)));
    db.store.put_media(&first).await.unwrap();
    assert_eq!(db.store.media(&first.name).await.unwrap(), first);
    let second = Media {
        size_bytes: 1,
        sha256: Some("cd".repeat(32)),
        duration_seconds: None,
        inspection: None,
        ..media("été [HD].mp4")
    };
    db.store.put_media(&second).await.unwrap();
    assert_eq!(db.store.media(&first.name).await.unwrap(), second);
    db.store.delete_media(&first.name, false).await.unwrap();
    assert!(matches!(db.store.media(&first.name).await, Err(StoreError::NotFound)));
    db.store.delete_media(&first.name, false).await.unwrap();
}

pub async fn an_inspection_is_recorded_for_its_content_only(db: &Database) {
    let file = Media { inspection: None, duration_seconds: None, ..media("film.mp4") };
    db.store.put_media(&file).await.unwrap();
    let is_inspected = async || db.store.desired_media(None, 9).await.unwrap()[0].is_inspected;
    let found = media("film.mp4").inspection.unwrap();
    db.store.put_inspection(&file.name, &"cd".repeat(32), &found).await.unwrap();
    assert_eq!(db.store.media(&file.name).await.unwrap(), file);
    assert!(!is_inspected().await);
    let revision = db.store.media_revision().await.unwrap();
    db.store.put_inspection(&file.name, file.sha256.as_deref().unwrap(), &found).await.unwrap();
    let seconds = found.duration_seconds;
    let recorded = Media { inspection: Some(found), duration_seconds: seconds, ..file.clone() };
    assert_eq!(db.store.media(&file.name).await.unwrap(), recorded);
    assert!(is_inspected().await);
    assert!(db.store.media_revision().await.unwrap() > revision);
    // An inspection that states no play time keeps the one that was known.
    db.store
        .put_inspection(&file.name, file.sha256.as_deref().unwrap(), &Inspection::default())
        .await
        .unwrap();
    assert_eq!(db.store.media(&file.name).await.unwrap().duration_seconds, seconds);
}

pub async fn files_are_sorted_by_name(db: &Database) {
    for text in ["b.mp4", "a.mp4", "ä.mp4", "B.mp4", "c.mp4"] {
        db.store.put_media(&media(text)).await.unwrap();
    }
    let all = db.store.media_list(None, 10).await.unwrap();
    let names: Vec<_> = all.iter().map(|media| media.name.as_str()).collect();
    assert_eq!(names, ["B.mp4", "a.mp4", "b.mp4", "c.mp4", "ä.mp4"]);
    assert_eq!(db.store.media_list(None, 2).await.unwrap(), all[..2]);
    assert_eq!(db.store.media_list(Some(&name("a.mp4")), 2).await.unwrap(), all[2..4]);
    assert_eq!(db.store.media_list(Some(&name("aa.mp4")), 9).await.unwrap(), all[2..]);
    assert!(db.store.media_list(Some(&name("ä.mp4")), 9).await.unwrap().is_empty());
}

pub async fn a_movie_has_the_metadata_of_its_file(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let shown = db.store.movie(record.id).await.unwrap();
    assert_eq!(shown.content_type.as_deref(), Some("video/mp4"));
    assert_eq!((shown.size_bytes, shown.duration_seconds), (Some(5_000_000_000), Some(90.5)));
    assert_eq!(shown.stream_path, "/stream/film.mp4");
    db.store.delete_media(&record.media, true).await.unwrap();
    let shown = db.store.movie(record.id).await.unwrap();
    assert_eq!((shown.content_type, shown.size_bytes, shown.duration_seconds), (None, None, None));
}

pub async fn a_file_in_use_cannot_be_deleted(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let refused = db.store.delete_media(&record.media, false).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    db.store.media(&record.media).await.unwrap();
    // An upload that replaces the file records it again, and does not delete it.
    db.store.put_media(&media("film.mp4")).await.unwrap();
    db.store.delete_movie(record.id, None).await.unwrap();
    db.store.delete_media(&record.media, false).await.unwrap();
}

/// Adds a movie and removes its file at the same time: one of the two fails.
pub async fn no_movie_is_left_without_its_file(db: &Database) {
    for round in 0..10 {
        let file = name(&format!("{round}.mp4"));
        db.store.put_media(&media(file.as_str())).await.unwrap();
        let record = MovieRecord { media: file.clone(), ..movie(&format!("Film {round}")) };
        let (added, removed) =
            tokio::join!(db.store.insert_movie(&record), db.store.delete_media(&file, false));
        match (added, removed) {
            (Ok(()), Err(StoreError::Conflict(_))) => {
                db.store.media(&file).await.unwrap();
            }
            (Err(StoreError::NoMedia), Ok(())) => {
                assert!(matches!(db.store.movie(record.id).await, Err(StoreError::NotFound)));
            }
            other => panic!("{other:?}"),
        }
    }
}

//! Subtitles of media files.

use ginflix_api::subtitles::{MAX_SUBTITLES, Subtitles};
use ginflix_server::catalog::store::{CatalogStore, StoreError};
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::{media, name, time};

pub fn subtitles(language: &str, forced: bool) -> Subtitles {
    Subtitles {
        id: Uuid::now_v7(),
        media: name("film.mp4"),
        language: Some(language.to_owned()).filter(|language| !language.is_empty()),
        title: None,
        default: false,
        forced,
        hearing_impaired: false,
        file_name: "Ünï \"quoted\" '.srt".to_owned(),
        cues: 1_000,
        sha256: "ab".repeat(32),
        created_at: time("2026-03-05T04:05:06.789Z"),
    }
}

async fn put(store: &dyn CatalogStore, entry: &Subtitles) -> Subtitles {
    store.put_subtitles(entry, "WEBVTT\n\u{202e}🎬\n").await.unwrap()
}

pub async fn subtitles_are_read_as_stored(db: &Database) {
    let english = subtitles("en", false);
    let refused = db.store.put_subtitles(&english, "WEBVTT").await;
    assert!(matches!(refused, Err(StoreError::NoMedia)));
    db.store.put_media(&media("film.mp4")).await.unwrap();
    let unknown = Subtitles { title: Some("Signs".into()), ..subtitles("", true) };
    assert_eq!(put(&*db.store, &english).await, english);
    assert_eq!(put(&*db.store, &unknown).await, unknown);
    assert_eq!(db.store.subtitles(&english.media).await.unwrap(), [english.clone(), unknown]);
    assert_eq!(db.store.all_subtitles().await.unwrap().len(), 2);
    let document = db.store.subtitles_document(&english.media, english.id).await.unwrap();
    assert_eq!(document, "WEBVTT\n\u{202e}🎬\n");
    let other = db.store.subtitles_document(&name("other.mp4"), english.id).await;
    assert!(matches!(other, Err(StoreError::NotFound)));
}

pub async fn subtitles_replace_those_of_the_same_purpose(db: &Database) {
    db.store.put_media(&media("film.mp4")).await.unwrap();
    let first = put(&*db.store, &subtitles("en", false)).await;
    put(&*db.store, &subtitles("en", true)).await;
    let again = Subtitles { cues: 7, ..subtitles("en", false) };
    let stored = put(&*db.store, &again).await;
    assert_eq!(stored, Subtitles { id: first.id, ..again });
    assert_eq!(db.store.subtitles(&first.media).await.unwrap().len(), 2);
}

pub async fn one_of_the_subtitles_is_the_default(db: &Database) {
    db.store.put_media(&media("film.mp4")).await.unwrap();
    let first = put(&*db.store, &Subtitles { default: true, ..subtitles("en", false) }).await;
    let second = put(&*db.store, &Subtitles { default: true, ..subtitles("de", false) }).await;
    let defaults = async || {
        let all = db.store.subtitles(&first.media).await.unwrap();
        all.into_iter().filter(|entry| entry.default).map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(defaults().await, [second.id]);
    db.store.update_subtitles(&first).await.unwrap();
    assert_eq!(defaults().await, [first.id]);
    let same = Subtitles { language: second.language.clone(), ..first.clone() };
    assert!(matches!(db.store.update_subtitles(&same).await, Err(StoreError::Conflict(_))));
    let unknown = subtitles("fr", false);
    assert!(matches!(db.store.update_subtitles(&unknown).await, Err(StoreError::NotFound)));
}

pub async fn subtitles_are_deleted_with_their_media_file(db: &Database) {
    db.store.put_media(&media("film.mp4")).await.unwrap();
    let entry = put(&*db.store, &subtitles("en", false)).await;
    // Other content under the same name keeps them.
    db.store.put_media(&media("film.mp4")).await.unwrap();
    assert_eq!(db.store.all_subtitles().await.unwrap().len(), 1);
    let revision = db.store.media_revision().await.unwrap();
    db.store.delete_subtitles(&entry.media, entry.id).await.unwrap();
    assert!(db.store.media_revision().await.unwrap() > revision);
    let again = db.store.delete_subtitles(&entry.media, entry.id).await;
    assert!(matches!(again, Err(StoreError::NotFound)));
    put(&*db.store, &entry).await;
    db.store.delete_media(&entry.media, false).await.unwrap();
    assert!(db.store.all_subtitles().await.unwrap().is_empty());
}

pub async fn a_media_file_has_a_limited_number_of_subtitles(db: &Database) {
    db.store.put_media(&media("film.mp4")).await.unwrap();
    for number in 0..MAX_SUBTITLES {
        let title = Some(number.to_string());
        put(&*db.store, &Subtitles { title, ..subtitles("en", false) }).await;
    }
    let refused = db.store.put_subtitles(&subtitles("de", false), "WEBVTT").await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert_eq!(db.store.all_subtitles().await.unwrap().len(), MAX_SUBTITLES);
}

//! What is known of files.

use ginflix_api::media::Media;
use ginflix_server::catalog::store::{MovieRecord, StoreError};

use crate::backend::Database;
use crate::samples::{media, movie, name, write};

pub async fn a_file_comes_back_as_recorded(db: &Database) {
    let first = media("été [HD].mp4");
    assert!(matches!(db.store.media(&first.name).await, Err(StoreError::NotFound)));
    db.store.put_media(&first).await.unwrap();
    assert_eq!(db.store.media(&first.name).await.unwrap(), first);
    let second = Media {
        size_bytes: 1,
        sha256: "cd".repeat(32),
        duration_seconds: None,
        ..media("été [HD].mp4")
    };
    db.store.put_media(&second).await.unwrap();
    assert_eq!(db.store.media(&first.name).await.unwrap(), second);
    db.store.delete_media(&first.name, false).await.unwrap();
    assert!(matches!(db.store.media(&first.name).await, Err(StoreError::NotFound)));
    db.store.delete_media(&first.name, false).await.unwrap();
}

pub async fn files_come_by_name(db: &Database) {
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

pub async fn a_movie_shows_its_file(db: &Database) {
    let film = movie("Film");
    write(&*db.store, std::slice::from_ref(&film)).await;
    let shown = db.store.movie(film.id).await.unwrap();
    assert_eq!(shown.content_type.as_deref(), Some("video/mp4"));
    assert_eq!((shown.size_bytes, shown.duration_seconds), (Some(5_000_000_000), Some(90.5)));
    assert_eq!(shown.stream_path, "/stream/film.mp4");
    db.store.delete_media(&film.media, true).await.unwrap();
    let shown = db.store.movie(film.id).await.unwrap();
    assert_eq!((shown.content_type, shown.size_bytes, shown.duration_seconds), (None, None, None));
}

pub async fn a_file_in_use_stays(db: &Database) {
    let film = movie("Film");
    write(&*db.store, std::slice::from_ref(&film)).await;
    let refused = db.store.delete_media(&film.media, false).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    db.store.media(&film.media).await.unwrap();
    // The same bytes again, as a replacing upload records them, are no removal.
    db.store.put_media(&media("film.mp4")).await.unwrap();
    db.store.delete_movie(film.id, None).await.unwrap();
    db.store.delete_media(&film.media, false).await.unwrap();
}

/// Adding a movie and removing its file at the same time: one of them loses.
pub async fn no_movie_is_left_without_its_file(db: &Database) {
    for round in 0..10 {
        let file = name(&format!("{round}.mp4"));
        db.store.put_media(&media(file.as_str())).await.unwrap();
        let film = MovieRecord { media: file.clone(), ..movie(&format!("Film {round}")) };
        let (added, removed) =
            tokio::join!(db.store.insert_movie(&film), db.store.delete_media(&file, false));
        match (added, removed) {
            (Ok(()), Err(StoreError::Conflict(_))) => {
                db.store.media(&file).await.unwrap();
            }
            (Err(StoreError::NoMedia), Ok(())) => {
                assert!(matches!(db.store.movie(film.id).await, Err(StoreError::NotFound)));
            }
            other => panic!("{other:?}"),
        }
    }
}

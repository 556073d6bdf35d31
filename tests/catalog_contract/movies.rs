//! Movies, genres and posters.

use ginflix_api::movie::MovieId;
use ginflix_server::catalog::store::{MovieRecord, Poster, StoreError};

use crate::backend::Database;
use crate::samples::{media, movie, name, strings, time, write};

pub async fn a_movie_is_read_as_written(db: &Database) {
    let record = MovieRecord {
        description: "One.\nTwo.".to_owned(),
        year: Some(1999),
        genres: strings(&["Drama", "War"]),
        directors: strings(&["A. Director"]),
        cast: strings(&["Zoë Actor", "B. Actor"]),
        ..movie("Film")
    };
    write(&*db.store, std::slice::from_ref(&record)).await;
    let read = db.store.movie(record.id).await.unwrap();
    assert_eq!(read.id, record.id);
    assert_eq!(read.title, record.title);
    assert_eq!(read.description, record.description);
    assert_eq!(read.year, record.year);
    assert_eq!(read.genres, record.genres);
    assert_eq!(read.directors, record.directors);
    assert_eq!(read.cast, record.cast);
    assert_eq!(read.media, record.media);
    assert_eq!(read.version, 1);
    assert_eq!(read.created_at, record.created_at);
    assert_eq!(read.updated_at, record.updated_at);
    assert_eq!((read.views, read.poster_path), (0, None));
    assert_eq!(db.store.count_movies().await.unwrap(), 1);
}

pub async fn any_text_is_stored_unchanged(db: &Database) {
    let texts = [
        "'; DROP TABLE movies; --",
        "<script>alert(\"1\")</script> & \\' \\\\ %s $1 ?1 {}",
        "\" AND title : * OR NEAR(a b)",
        "映画 🎬 हिन्दी \u{202e}rtl",
        "1e5 1.2.3.4 http://a.b/c?d=e a@b.c x/y -9 +1",
        "!!!",
    ];
    let movies: Vec<_> = texts
        .iter()
        .map(|text| MovieRecord {
            description: text.to_string(),
            genres: strings(&[text]),
            directors: strings(&[text]),
            cast: strings(&[text, ",", "{}", "NULL"]),
            ..movie(text)
        })
        .collect();
    write(&*db.store, &movies).await;
    for written in movies {
        let read = db.store.movie(written.id).await.unwrap();
        assert_eq!(read.title, written.title);
        assert_eq!(read.description, written.description);
        assert_eq!(read.genres, written.genres);
        assert_eq!(read.directors, written.directors);
        assert_eq!(read.cast, written.cast);
    }
}

pub async fn a_movie_requires_its_media_file(db: &Database) {
    let lost = movie("Film");
    assert!(matches!(db.store.insert_movie(&lost).await, Err(StoreError::NoMedia)));
    assert_eq!(db.store.count_movies().await.unwrap(), 0);
    write(&*db.store, std::slice::from_ref(&lost)).await;
    let other = MovieRecord { media: name("other.mp4"), version: 2, ..lost };
    assert!(matches!(db.store.update_movie(&other).await, Err(StoreError::NoMedia)));
    db.store.put_media(&media("other.mp4")).await.unwrap();
    db.store.update_movie(&other).await.unwrap();
    assert_eq!(db.store.movie(other.id).await.unwrap().media, other.media);
}

pub async fn a_duplicate_is_a_conflict(db: &Database) {
    let (first, other) = (movie("Film"), movie("Other"));
    write(&*db.store, &[first.clone(), other.clone()]).await;
    let duplicate = movie("Film");
    assert!(matches!(db.store.insert_movie(&duplicate).await, Err(StoreError::Conflict(_))));
    let renamed = MovieRecord { title: "Film".to_owned(), version: 2, ..other.clone() };
    assert!(matches!(db.store.update_movie(&renamed).await, Err(StoreError::Conflict(_))));
    assert_eq!(db.store.movie(other.id).await.unwrap().title, "Other");
    db.store.put_media(&media("other.mp4")).await.unwrap();
    let elsewhere = MovieRecord { media: name("other.mp4"), ..movie("Film") };
    db.store.insert_movie(&elsewhere).await.unwrap();
    assert_eq!(db.store.count_movies().await.unwrap(), 3);
}

pub async fn a_change_requires_the_current_version(db: &Database) {
    let first = movie("Film");
    write(&*db.store, std::slice::from_ref(&first)).await;
    let later = time("2026-04-01T00:00:00.5Z");
    let second = MovieRecord {
        title: "Film, new cut".to_owned(),
        year: Some(2001),
        version: 2,
        updated_at: later,
        ..first.clone()
    };
    db.store.update_movie(&second).await.unwrap();
    let read = db.store.movie(first.id).await.unwrap();
    assert_eq!((read.title.as_str(), read.version), ("Film, new cut", 2));
    assert_eq!((read.created_at, read.updated_at), (first.created_at, later));
    assert!(matches!(db.store.update_movie(&second).await, Err(StoreError::Stale)));
    let skipped = MovieRecord { version: 4, ..second.clone() };
    assert!(matches!(db.store.update_movie(&skipped).await, Err(StoreError::Stale)));
    let lost = MovieRecord { id: MovieId::new(), ..second };
    assert!(matches!(db.store.update_movie(&lost).await, Err(StoreError::NotFound)));
}

pub async fn no_change_is_lost(db: &Database) {
    let first = movie("Film");
    write(&*db.store, std::slice::from_ref(&first)).await;
    let writers = (0..8).map(|n| {
        let store = db.store.clone();
        let change =
            MovieRecord { description: format!("writer {n}"), version: 2, ..first.clone() };
        tokio::spawn(async move { store.update_movie(&change).await })
    });
    let mut successes = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(()) => successes += 1,
            Err(StoreError::Stale) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(successes, 1);
    assert_eq!(db.store.movie(first.id).await.unwrap().version, 2);
}

/// Concurrent writes may share a commit, but an error rolls back only one of them.
pub async fn a_failed_write_does_not_affect_others_in_its_commit(db: &Database) {
    write(&*db.store, &[]).await;
    let records: Vec<_> = (0..40).map(|n| movie(&format!("Film {}", n / 2))).collect();
    let writers: Vec<_> = records
        .iter()
        .cloned()
        .map(|record| {
            let store = db.store.clone();
            tokio::spawn(async move { store.insert_movie(&record).await })
        })
        .collect();
    let mut added = 0;
    for (writer, record) in writers.into_iter().zip(records) {
        match writer.await.unwrap() {
            Ok(()) => {
                added += 1;
                assert_eq!(db.store.movie(record.id).await.unwrap().title, record.title);
            }
            Err(StoreError::Conflict(_)) => {
                let gone = db.store.movie(record.id).await;
                assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((added, db.store.count_movies().await.unwrap()), (20, 20));
}

pub async fn a_removed_movie_is_gone(db: &Database) {
    let gone = movie("Film");
    write(&*db.store, std::slice::from_ref(&gone)).await;
    let stale = db.store.delete_movie(gone.id, Some(7)).await;
    assert!(matches!(stale, Err(StoreError::Stale)));
    db.store.delete_movie(gone.id, Some(1)).await.unwrap();
    assert!(matches!(db.store.movie(gone.id).await, Err(StoreError::NotFound)));
    assert!(matches!(db.store.delete_movie(gone.id, None).await, Err(StoreError::NotFound)));
    assert_eq!(db.store.count_movies().await.unwrap(), 0);
    db.store.insert_movie(&movie("Film")).await.unwrap();
}

pub async fn genres_are_counted(db: &Database) {
    let movie_with =
        |title, genres: &[&str]| MovieRecord { genres: strings(genres), ..movie(title) };
    let second = movie_with("2", &["drama"]);
    write(
        &*db.store,
        &[movie_with("1", &["Drama", "War"]), second.clone(), movie_with("3", &["Éclair"])],
    )
    .await;
    let expected = [("Drama".to_owned(), 2), ("Éclair".to_owned(), 1), ("War".to_owned(), 1)];
    assert_eq!(db.store.genres().await.unwrap(), expected);
    let changed = MovieRecord { genres: strings(&["War"]), version: 2, ..second };
    db.store.update_movie(&changed).await.unwrap();
    let expected = [("Drama".to_owned(), 1), ("Éclair".to_owned(), 1), ("War".to_owned(), 2)];
    assert_eq!(db.store.genres().await.unwrap(), expected);
}

pub async fn a_poster_belongs_to_its_movie(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    assert!(matches!(db.store.poster(record.id).await, Err(StoreError::NotFound)));
    let poster = |byte: u8| Poster {
        content_type: "image/png".to_owned(),
        bytes: vec![byte; 100_000],
        sha256: hex::encode([byte; 32]),
    };
    let at = time("2026-04-01T00:00:00Z");
    db.store.set_poster(record.id, Some(&poster(0)), at).await.unwrap();
    assert_eq!(db.store.poster(record.id).await.unwrap(), poster(0));
    let read = db.store.movie(record.id).await.unwrap();
    assert_eq!((read.version, read.updated_at), (2, at));
    assert!(read.poster_path.unwrap().ends_with("/poster?v=0000000000000000"));
    db.store.set_poster(record.id, Some(&poster(0)), at).await.unwrap();
    assert_eq!(db.store.movie(record.id).await.unwrap().version, 2, "the same picture again");
    db.store.set_poster(record.id, Some(&poster(255)), at).await.unwrap();
    assert_eq!(db.store.poster(record.id).await.unwrap(), poster(255));
    db.store.set_poster(record.id, None, at).await.unwrap();
    db.store.set_poster(record.id, None, at).await.unwrap();
    assert!(matches!(db.store.poster(record.id).await, Err(StoreError::NotFound)));
    assert_eq!(db.store.movie(record.id).await.unwrap().version, 4);
    let lost = db.store.set_poster(MovieId::new(), Some(&poster(1)), at).await;
    assert!(matches!(lost, Err(StoreError::NotFound)));
    db.store.set_poster(record.id, Some(&poster(7)), at).await.unwrap();
    db.store.delete_movie(record.id, None).await.unwrap();
    assert!(matches!(db.store.poster(record.id).await, Err(StoreError::NotFound)));
}

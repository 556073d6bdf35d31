//! Libraries and their files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use ginflix_api::media::Media;
use ginflix_server::catalog::store::{LibraryFile, LibraryRecord, MovieRecord, StoreError};
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::{media, movie, name, time, view};

pub fn library(path: &str) -> LibraryRecord {
    LibraryRecord {
        id: Uuid::now_v7(),
        path: path.to_owned(),
        created_at: time("2026-03-05T04:05:06.789Z"),
    }
}

pub fn file(library: &LibraryRecord, text: &str) -> LibraryFile {
    LibraryFile {
        name: name(text),
        library: library.id,
        path: OsStr::from_bytes(b"folder/c\xe9\n.mp4").into(),
        samples_sha256: "ef".repeat(32),
        state: Some("state".to_owned()),
        missing_since: None,
    }
}

/// Adds a library with a file, and a movie that plays it.
async fn add(db: &Database) -> (LibraryRecord, LibraryFile, MovieRecord) {
    let library = library("/srv/movies");
    db.store.insert_library(&library).await.unwrap();
    let file = file(&library, "a.mp4");
    db.store.put_library_file(&file, &media("a.mp4")).await.unwrap();
    let movie = MovieRecord { media: name("a.mp4"), ..movie("A") };
    db.store.insert_movie(&movie).await.unwrap();
    (library, file, movie)
}

pub async fn a_library_is_added_once(db: &Database) {
    let (one, two) = (library("/srv/a"), library("/srv/b"));
    db.store.insert_library(&two).await.unwrap();
    db.store.insert_library(&one).await.unwrap();
    let again = db.store.insert_library(&library("/srv/a")).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(db.store.libraries().await.unwrap(), [one, two]);
}

pub async fn files_of_a_library_are_read_as_recorded(db: &Database) {
    let (library, file, _) = add(db).await;
    let expected = Media { sha256: None, library: Some(library.id), ..media("a.mp4") };
    assert_eq!(db.store.media(&name("a.mp4")).await.unwrap(), expected);
    assert_eq!(db.store.library_files().await.unwrap(), std::slice::from_ref(&file));
    let changed = LibraryFile { path: "moved.mp4".into(), state: None, ..file };
    db.store.put_library_file(&changed, &media("a.mp4")).await.unwrap();
    assert_eq!(db.store.library_files().await.unwrap(), [changed]);
}

pub async fn a_missing_file_is_not_played(db: &Database) {
    let (_, file, movie) = add(db).await;
    let since = time("2026-03-06T00:00:00Z");
    let content_type = async || db.store.movie(movie.id).await.unwrap().content_type;
    assert!(content_type().await.is_some());
    db.store.set_missing(std::slice::from_ref(&file.name), Some(since)).await.unwrap();
    assert_eq!(content_type().await, None);
    assert_eq!(db.store.library_files().await.unwrap()[0].missing_since, Some(since));
    assert_eq!(db.store.media(&file.name).await.unwrap().missing_since, Some(since));
    db.store.set_missing(&[file.name], None).await.unwrap();
    assert!(content_type().await.is_some());
}

pub async fn a_removed_library_takes_its_movies(db: &Database) {
    let (library, _, movie) = add(db).await;
    view(db.store.as_ref(), movie.id, "2026-05-07T13:00:00Z").await;
    db.store.put_media(&media("film.mp4")).await.unwrap();
    let other = crate::samples::movie("Other");
    db.store.insert_movie(&other).await.unwrap();
    assert_eq!(db.store.delete_library(library.id).await.unwrap(), 1);
    assert!(matches!(db.store.movie(movie.id).await, Err(StoreError::NotFound)));
    assert!(matches!(db.store.media(&name("a.mp4")).await, Err(StoreError::NotFound)));
    assert!(db.store.movie(other.id).await.is_ok());
    assert_eq!(db.store.libraries().await.unwrap(), []);
    let again = db.store.delete_library(library.id).await;
    assert!(matches!(again, Err(StoreError::NotFound)));
    let report = db.store.view_report(&Default::default()).await.unwrap();
    assert_eq!(report.movies.iter().map(|movie| movie.views).sum::<u64>(), 1);
}

pub async fn a_file_of_a_library_never_replaces_another_one(db: &Database) {
    let library = library("/srv/movies");
    db.store.insert_library(&library).await.unwrap();
    db.store.put_media(&media("a.mp4")).await.unwrap();
    let put = db.store.put_library_file(&file(&library, "a.mp4"), &media("a.mp4")).await;
    assert!(matches!(put, Err(StoreError::Conflict(_))), "{put:?}");
    let unknown = LibraryFile { library: Uuid::nil(), ..file(&library, "b.mp4") };
    let put = db.store.put_library_file(&unknown, &media("b.mp4")).await;
    assert!(matches!(put, Err(StoreError::NotFound)), "{put:?}");
    // An upload may take the name of a file of a library that is gone.
    db.store.put_library_file(&file(&library, "c.mp4"), &media("c.mp4")).await.unwrap();
    db.store.put_media(&media("c.mp4")).await.unwrap();
    assert_eq!(db.store.media(&name("c.mp4")).await.unwrap(), media("c.mp4"));
    assert_eq!(db.store.library_files().await.unwrap(), []);
}

pub async fn files_of_libraries_are_not_replicated(db: &Database) {
    add(db).await;
    db.store.put_media(&media("film.mp4")).await.unwrap();
    let desired = db.store.desired_media(None, 10).await.unwrap();
    assert_eq!(desired.iter().map(|d| d.media.name.as_str()).collect::<Vec<_>>(), ["film.mp4"]);
    assert_eq!(db.store.media_totals().await.unwrap().0, 1);
    assert_eq!(db.store.request_verification(None).await.unwrap(), 1);
    assert_eq!(db.store.request_verification(Some(&name("a.mp4"))).await.unwrap(), 0);
}

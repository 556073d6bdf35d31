//! Collections and the movies in them.

use std::sync::Arc;

use ginflix_api::collection::{CollectionMovies, CollectionPatch, MAX_COLLECTIONS, NewCollection};
use ginflix_api::movie::MovieId;
use ginflix_server::catalog::poster;
use ginflix_server::catalog::store::{
    COLLECTIONS_TOO_DEEP, CollectionRecord, MovieRecord, Result, StoreError, TOO_MANY_COLLECTIONS,
};
use ginflix_server::error::AppError;
use ginflix_tests::pictures;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::{movie, time, write};

pub fn collection(title: &str) -> CollectionRecord {
    let now = time("2026-03-05T04:05:06.789Z");
    CollectionRecord {
        id: Uuid::now_v7(),
        title: title.to_owned(),
        description: String::new(),
        parent: None,
        position: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Adds a collection with movies, whose titles are `A`, `B` and so on.
async fn add(db: &Database, titles: &[&str]) -> (CollectionRecord, Vec<MovieId>) {
    let movies: Vec<MovieRecord> = titles.iter().map(|title| movie(title)).collect();
    write(db.store.as_ref(), &movies).await;
    let ids: Vec<MovieId> = movies.iter().map(|movie| movie.id).collect();
    let added = collection("Course");
    db.store.insert_collection(&added).await.unwrap();
    set(db, added.id, &ids, None).await.unwrap();
    (added, ids)
}

async fn set(db: &Database, id: Uuid, movies: &[MovieId], version: Option<u64>) -> Result<()> {
    let at = time("2026-03-06T00:00:00.000001Z");
    db.store.set_collection_movies(id, movies, version, at).await
}

/// Adds collections, several at a time. Their titles are numbers from 0 on.
pub async fn add_many(db: &Database, count: usize) {
    let mut inserts = JoinSet::new();
    for n in 0..count {
        if inserts.len() >= 16 {
            inserts.join_next().await.unwrap().unwrap();
        }
        let store = Arc::clone(&db.store);
        inserts.spawn(async move {
            store.insert_collection(&collection(&format!("{n}"))).await.unwrap();
        });
    }
    inserts.join_all().await;
}

async fn titles(db: &Database, id: Uuid) -> Vec<String> {
    let contents = db.store.collection_contents(id).await.unwrap();
    contents.movies.into_iter().map(|movie| movie.title).collect()
}

pub async fn a_collection_is_read_as_written(db: &Database) {
    let description = "One.\n'; DROP TABLE collections; -- \u{202e}🎬".to_owned();
    let written = CollectionRecord { description, position: Some(7), ..collection("Film 10") };
    let earlier = collection("film 2");
    db.store.insert_collection(&written).await.unwrap();
    db.store.insert_collection(&earlier).await.unwrap();
    let read = db.store.collection(written.id).await.unwrap();
    assert_eq!((&read.title, &read.description), (&written.title, &written.description));
    assert_eq!((read.parent, read.position, read.version), (None, 7, 1));
    assert_eq!((read.created_at, read.updated_at), (written.created_at, written.updated_at));
    let all = db.store.collections().await.unwrap();
    assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [earlier.id, written.id]);
    assert!(matches!(db.store.collection(Uuid::nil()).await, Err(StoreError::NotFound)));
}

pub async fn movies_keep_their_order(db: &Database) {
    let (course, ids) = add(db, &["C", "A", "B"]).await;
    assert_eq!(titles(db, course.id).await, ["C", "A", "B"]);
    set(db, course.id, &[ids[2], ids[0]], None).await.unwrap();
    assert_eq!(titles(db, course.id).await, ["B", "C"]);
    let read = db.store.collection(course.id).await.unwrap();
    assert_eq!((read.movie_count, read.version), (2, 3));
    assert_eq!(read.updated_at, time("2026-03-06T00:00:00.000001Z"));
    set(db, course.id, &[], None).await.unwrap();
    assert_eq!(titles(db, course.id).await, [""; 0]);
}

pub async fn an_unknown_movie_is_named_and_changes_nothing(db: &Database) {
    let (course, ids) = add(db, &["A", "B"]).await;
    let unknown = MovieId::new();
    let refused = set(db, course.id, &[ids[1], unknown, MovieId::new()], None).await;
    assert!(matches!(refused, Err(StoreError::NoMovie(id)) if id == unknown), "{refused:?}");
    assert_eq!(titles(db, course.id).await, ["A", "B"]);
    let gone = set(db, Uuid::nil(), &ids, None).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
}

pub async fn a_collection_has_the_poster_of_its_first_movie(db: &Database) {
    let (course, ids) = add(db, &["A", "B"]).await;
    let poster = poster::from_bytes(pictures::small(1)).unwrap();
    let at = time("2026-03-06T00:00:00.000001Z");
    db.store.set_poster(ids[1], Some(&poster), at).await.unwrap();
    assert_eq!(db.store.collection(course.id).await.unwrap().poster_path, None);
    set(db, course.id, &[ids[1], ids[0]], None).await.unwrap();
    let of_movie = db.store.movie(ids[1]).await.unwrap().poster_path;
    assert!(of_movie.is_some());
    assert_eq!(db.store.collection(course.id).await.unwrap().poster_path, of_movie);
}

pub async fn a_removed_movie_leaves_its_collections(db: &Database) {
    let (course, ids) = add(db, &["A", "B", "C"]).await;
    db.store.delete_movie(ids[1], None).await.unwrap();
    assert_eq!(titles(db, course.id).await, ["A", "C"]);
    let of_last = db.store.collections_of_movie(ids[2]).await.unwrap();
    assert_eq!((of_last[0].position, of_last[0].previous), (2, Some(ids[0])));
    db.store.delete_collection(course.id, None).await.unwrap();
    assert!(db.store.movie(ids[0]).await.is_ok());
    assert_eq!(db.store.collections_of_movie(ids[0]).await.unwrap(), []);
}

pub async fn a_movie_has_neighbours_in_each_collection(db: &Database) {
    let (course, ids) = add(db, &["A", "B", "C"]).await;
    let series = collection("Series");
    db.store.insert_collection(&series).await.unwrap();
    let season = CollectionRecord { parent: Some(series.id), ..collection("Best of") };
    db.store.insert_collection(&season).await.unwrap();
    set(db, season.id, &[ids[1]], None).await.unwrap();
    let of_middle = db.store.collections_of_movie(ids[1]).await.unwrap();
    let found: Vec<_> = of_middle.iter().map(|one| (one.id, one.previous, one.next)).collect();
    assert_eq!(found, [(season.id, None, None), (course.id, Some(ids[0]), Some(ids[2]))]);
    assert_eq!(of_middle[0].parent_title.as_deref(), Some("Series"));
    assert_eq!((of_middle[1].position, of_middle[1].movie_count), (2, 3));
    let of_first = db.store.collections_of_movie(ids[0]).await.unwrap();
    assert_eq!((of_first[0].previous, of_first[0].next), (None, Some(ids[1])));
}

pub async fn a_change_of_a_collection_requires_its_version(db: &Database) {
    let (course, ids) = add(db, &["A"]).await;
    let next = CollectionRecord { title: "Other".to_owned(), version: 2, ..course.clone() };
    let stale = db.store.update_collection(&next).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    assert!(matches!(set(db, course.id, &ids, Some(1)).await, Err(StoreError::Stale)));
    let stale = db.store.delete_collection(course.id, Some(1)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let next = CollectionRecord { version: 3, ..next };
    db.store.update_collection(&next).await.unwrap();
    assert_eq!(db.store.collection(course.id).await.unwrap().title, "Other");
    set(db, course.id, &[], Some(3)).await.unwrap();
    db.store.delete_collection(course.id, Some(4)).await.unwrap();
    let gone = db.store.update_collection(&next).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
}

pub async fn collections_have_two_levels_and_no_circle(db: &Database) {
    let series = collection("Series");
    db.store.insert_collection(&series).await.unwrap();
    let part = |title| CollectionRecord { parent: Some(series.id), ..collection(title) };
    let (first, second) = (part("Z"), part("A"));
    db.store.insert_collection(&first).await.unwrap();
    db.store.insert_collection(&second).await.unwrap();
    // In the order in which they were added, which is not that of their titles.
    let contents = db.store.collection_contents(series.id).await.unwrap();
    let parts: Vec<_> = contents.collections.iter().map(|one| (one.id, one.position)).collect();
    assert_eq!(parts, [(first.id, 0), (second.id, 1)]);
    assert_eq!(contents.collections[0].parent_title.as_deref(), Some("Series"));
    let is_too_deep =
        |result| matches!(result, Err(StoreError::Conflict(why)) if why == COLLECTIONS_TOO_DEEP);
    let third = CollectionRecord { parent: Some(first.id), ..collection("Third") };
    assert!(is_too_deep(db.store.insert_collection(&third).await));
    let circle = CollectionRecord { parent: Some(first.id), version: 2, ..series.clone() };
    assert!(is_too_deep(db.store.update_collection(&circle).await));
    let itself = CollectionRecord { parent: Some(series.id), ..circle };
    assert!(is_too_deep(db.store.update_collection(&itself).await));
    let unknown = CollectionRecord { parent: Some(Uuid::nil()), ..collection("Lost") };
    let refused = db.store.insert_collection(&unknown).await;
    assert!(matches!(refused, Err(StoreError::NoParent)), "{refused:?}");
    db.store.delete_collection(series.id, None).await.unwrap();
    assert_eq!(db.store.collection(first.id).await.unwrap().parent, None);
}

pub async fn the_number_of_collections_is_limited(db: &Database) {
    add_many(db, MAX_COLLECTIONS).await;
    let refused = db.store.insert_collection(&collection("x")).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(why)) if why == TOO_MANY_COLLECTIONS),
        "{refused:?}"
    );
    assert_eq!(db.store.collections().await.unwrap().len(), MAX_COLLECTIONS);
}

pub async fn errors_name_what_is_wrong(db: &Database) {
    let (course, ids) = add(db, &["A"]).await;
    let catalog = &db.catalog;
    let title = " E\u{301}clair ".to_owned();
    let added =
        catalog.add_collection(NewCollection { title, ..Default::default() }).await.unwrap();
    assert_eq!(added.title, "\u{c9}clair");
    let blank = catalog.add_collection(NewCollection::default()).await;
    assert!(matches!(blank, Err(AppError::Invalid { field: "title", .. })), "{blank:?}");
    let patch = CollectionPatch { parent: Some(Some(Uuid::nil())), ..Default::default() };
    let lost = catalog.update_collection(added.id, patch, None).await;
    assert!(matches!(lost, Err(AppError::Invalid { field: "parent", .. })), "{lost:?}");
    let unknown = MovieId::new();
    let list = CollectionMovies { movies: vec![ids[0], unknown] };
    let refused = catalog.set_collection_movies(course.id, &list, None).await.unwrap_err();
    assert!(refused.to_string().contains(&unknown.to_string()), "{refused}");
    let same = CollectionPatch { title: Some("Course ".to_owned()), ..Default::default() };
    let kept = catalog.update_collection(course.id, same, Some(2)).await.unwrap();
    assert_eq!(kept.version, 2);
}

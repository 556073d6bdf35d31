//! The collections that imports put movies into, with each backend.

use std::sync::Arc;

use ginflix_api::collection::{Collection, CollectionMovies, CollectionPatch, MAX_COLLECTIONS};
use ginflix_api::import::ImportedMovie;
use ginflix_api::movie::{Episode, MovieId, NewMovie};
use ginflix_import::season::SeasonPlace;
use ginflix_server::catalog::normalize;
use ginflix_server::catalog::store::{EpisodePlace, TOO_MANY_COLLECTIONS};
use ginflix_server::error::AppError;
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::{media, name, time};

/// The place of an episode of a series without a year.
pub fn place(series: &str, season: u16, number: u16) -> EpisodePlace {
    EpisodePlace {
        season: SeasonPlace { series: series.to_owned(), season, number },
        series_key: normalize::sort_key(series),
        series_year: None,
    }
}

fn episode(series: &str, season: u16, number: u16) -> NewMovie {
    let title = format!("{series} S{season}E{number}");
    let place =
        Episode { series: Some(series.to_owned()), season: Some(season), number: Some(number) };
    NewMovie {
        media: name(&format!("S{season}E{number}.mp4")),
        episode: Some(place),
        ..crate::imports::details(&title)
    }
}

async fn import_of(db: &Database, new: NewMovie, series_year: Option<u16>) -> ImportedMovie {
    db.catalog.put_media(&media(new.media.as_str())).await.unwrap();
    db.catalog.import_movie(new, series_year).await.unwrap()
}

/// Imports an episode, and returns the number of collections that were made.
async fn import(db: &Database, series: &str, season: u16, number: u16) -> u64 {
    import_of(db, episode(series, season, number), None).await.new_collections
}

/// Returns the only collection with this title.
async fn found(db: &Database, title: &str) -> Collection {
    let all = db.store.collections().await.unwrap();
    let mut found = all.into_iter().filter(|one| one.title == title);
    let only = found.next().unwrap_or_else(|| panic!("no collection {title}"));
    assert!(found.next().is_none(), "there are several collections {title}");
    only
}

/// Returns the titles of the movies of a collection, without that of the series.
async fn movies(db: &Database, id: Uuid) -> Vec<String> {
    let contents = db.store.collection_contents(id).await.unwrap();
    let last = |title: String| title.rsplit(' ').next().unwrap_or_default().to_owned();
    contents.movies.into_iter().map(|movie| last(movie.title)).collect()
}

async fn ids(db: &Database, id: Uuid) -> Vec<MovieId> {
    let contents = db.store.collection_contents(id).await.unwrap();
    contents.movies.into_iter().map(|movie| movie.id).collect()
}

async fn set(db: &Database, id: Uuid, movies: Vec<MovieId>) {
    let list = CollectionMovies { movies };
    db.catalog.set_collection_movies(id, &list, None).await.unwrap();
}

pub async fn an_episode_is_in_the_collection_of_its_season(db: &Database) {
    assert_eq!(import(db, "A", 2, 10).await, 2);
    assert_eq!(import(db, "A", 1, 3).await, 1);
    assert_eq!(import(db, "A", 0, 1).await, 1);
    assert_eq!(import(db, "a\u{301}!", 2, 9).await, 0, "the same title to the search");
    assert_eq!(import(db, "A", 2, 11).await, 0);
    let series = found(db, "A").await;
    assert_eq!((series.parent, series.movie_count), (None, 0));
    let contents = db.store.collection_contents(series.id).await.unwrap();
    let seasons: Vec<&str> = contents.collections.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(seasons, ["Season 1", "Season 2", "Specials"]);
    assert_eq!(movies(db, contents.collections[1].id).await, ["S2E9", "S2E10", "S2E11"]);
    // Without a season or a number, it is in none.
    let mut unplaced = episode("A", 3, 1);
    unplaced.episode = Some(Episode { number: None, ..unplaced.episode.unwrap() });
    assert_eq!(import_of(db, unplaced, None).await.new_collections, 0);
    let wrong = db.catalog.import_movie(episode("A", 2, 10), Some(1000)).await.unwrap_err();
    assert!(matches!(wrong, AppError::Invalid { field: "series_year", .. }), "{wrong}");
}

pub async fn what_people_made_of_collections_stays(db: &Database) {
    for number in [1, 2, 3] {
        import(db, "A", 1, number).await;
    }
    let (series, season) = (found(db, "A").await, found(db, "Season 1").await);
    for (id, title) in [(series.id, "By hand"), (season.id, "Part one")] {
        let patch = CollectionPatch { title: Some(title.to_owned()), ..Default::default() };
        db.catalog.update_collection(id, patch, None).await.unwrap();
    }
    let list = ids(db, season.id).await;
    set(db, season.id, vec![list[2], list[0], list[1]]).await;
    assert_eq!(import(db, "A", 1, 2).await, 0);
    assert_eq!(import(db, "A", 1, 4).await, 0);
    assert_eq!(movies(db, season.id).await, ["S1E3", "S1E4", "S1E1", "S1E2"]);
    assert_eq!(import(db, "A", 2, 1).await, 1);
    assert_eq!(found(db, "Season 2").await.parent_title.as_deref(), Some("By hand"));
    assert_eq!(db.store.collections().await.unwrap().len(), 3);
}

pub async fn a_collection_that_somebody_removed_is_not_made_again(db: &Database) {
    import(db, "A", 1, 1).await;
    import(db, "A", 2, 1).await;
    db.catalog.remove_collection(found(db, "Season 1").await.id, None).await.unwrap();
    assert_eq!(import(db, "A", 1, 1).await, 0);
    assert_eq!(import(db, "A", 1, 2).await, 0);
    db.catalog.remove_collection(found(db, "A").await.id, None).await.unwrap();
    assert_eq!(import(db, "A", 3, 1).await, 0, "a season of a series that somebody removed");
    assert_eq!(import(db, "A", 2, 2).await, 0);
    let left = db.store.collections().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(movies(db, left[0].id).await, ["S2E1", "S2E2"]);
}

pub async fn an_empty_collection_is_made_again(db: &Database) {
    let imported = import_of(db, episode("A", 1, 1), None).await.movie.unwrap();
    db.catalog.remove_media(&imported.media, true).await.unwrap();
    db.catalog.remove_movie(imported.id, None).await.unwrap();
    for title in ["Season 1", "A"] {
        db.catalog.remove_collection(found(db, title).await.id, None).await.unwrap();
    }
    assert_eq!(import(db, "A", 1, 1).await, 2);
}

pub async fn series_of_the_same_title_are_told_by_their_years(db: &Database) {
    let import = async |season, number, year| {
        import_of(db, episode("A", season, number), year).await.new_collections
    };
    assert_eq!(import(1, 1, None).await, 2);
    assert_eq!(import(2, 1, Some(2004)).await, 1);
    assert_eq!(import(1, 2, Some(1978)).await, 2);
    assert_eq!(import(2, 2, Some(2004)).await, 0);
    assert_eq!(import(2, 3, Some(1978)).await, 1);
    assert_eq!(db.store.collections().await.unwrap().len(), 6);
}

pub async fn a_movie_that_was_taken_out_stays_out(db: &Database) {
    import(db, "A", 1, 1).await;
    import(db, "A", 1, 2).await;
    let season = found(db, "Season 1").await;
    let list = ids(db, season.id).await;
    set(db, season.id, vec![list[1]]).await;
    let corrected = NewMovie { year: Some(2001), ..episode("A", 1, 1) };
    import_of(db, corrected, None).await;
    assert_eq!(import(db, "A", 1, 3).await, 0);
    assert_eq!(movies(db, season.id).await, ["S1E2", "S1E3"]);
}

pub async fn episodes_of_an_earlier_version_are_placed_once(db: &Database) {
    let new = episode("A", 1, 1);
    db.catalog.put_media(&media(new.media.as_str())).await.unwrap();
    let movie = db.catalog.add_movie(new.clone()).await.unwrap();
    let at = time("2026-03-05T00:00:00Z");
    db.store.import_movie(movie.id, &new, None, None, at).await.unwrap();
    assert!(!db.store.is_placed(movie.id).await.unwrap());
    assert_eq!(import(db, "A", 1, 1).await, 2);
    assert!(db.store.is_placed(movie.id).await.unwrap());
    let season = found(db, "Season 1").await;
    assert_eq!(import(db, "A", 1, 1).await, 0);
    assert_eq!(found(db, "Season 1").await, season);
}

pub async fn a_full_catalogue_of_collections_is_named(db: &Database) {
    crate::collections::add_many(db, MAX_COLLECTIONS - 1).await;
    let imported = import_of(db, episode("A", 1, 1), None).await;
    assert_eq!(imported.collection_problem.as_deref(), Some(TOO_MANY_COLLECTIONS));
    assert_eq!((imported.movie.is_some(), imported.new_collections), (true, 1));
    db.catalog.remove_collection(found(db, "1").await.id, None).await.unwrap();
    let again = import_of(db, episode("A", 1, 1), None).await;
    assert_eq!((again.collection_problem, again.new_collections), (None, 1));
    assert_eq!(movies(db, found(db, "Season 1").await.id).await, ["S1E1"]);
}

pub async fn concurrent_imports_make_one_collection(db: &Database) {
    let catalog = Arc::new(db.catalog.clone());
    for number in 1..=8 {
        db.catalog.put_media(&media(episode("A", 1, number).media.as_str())).await.unwrap();
    }
    let imports = (1..=8).map(|number| {
        let catalog = Arc::clone(&catalog);
        tokio::spawn(async move { catalog.import_movie(episode("A", 1, number), None).await })
    });
    for imported in imports.collect::<Vec<_>>() {
        assert_eq!(imported.await.unwrap().unwrap().collection_problem, None);
    }
    let titles: Vec<String> = (1..=8).map(|number| format!("S1E{number}")).collect();
    assert_eq!(movies(db, found(db, "Season 1").await.id).await, titles);
    assert_eq!(db.store.collections().await.unwrap().len(), 2);
}

pub async fn a_list_is_imported_into_a_collection(db: &Database) {
    let mut given = Vec::new();
    for number in 1..=4 {
        let imported = import_of(db, episode("A", 1, number), None).await;
        given.push(imported.movie.unwrap().id);
    }
    let course = crate::collections::collection("Course");
    db.store.insert_collection(&course).await.unwrap();
    let put = async |movies: &[MovieId]| {
        let list = CollectionMovies { movies: movies.to_vec() };
        db.catalog.import_collection(course.id, &list).await
    };
    assert_eq!(put(&[given[0], given[3]]).await.unwrap(), 2);
    assert_eq!(put(&given[..3]).await.unwrap(), 2);
    assert_eq!(movies(db, course.id).await, ["S1E1", "S1E2", "S1E3", "S1E4"]);
    set(db, course.id, vec![given[3], given[0]]).await;
    let version = db.store.collection(course.id).await.unwrap().version;
    assert_eq!(put(&given).await.unwrap(), 0);
    assert_eq!(db.store.collection(course.id).await.unwrap().version, version);
    let unknown = put(&[MovieId::new()]).await.unwrap_err();
    assert!(matches!(unknown, AppError::Invalid { field: "movies", .. }), "{unknown}");
    let list = CollectionMovies { movies: given };
    let gone = db.catalog.import_collection(Uuid::nil(), &list).await.unwrap_err();
    assert!(matches!(gone, AppError::NotFound(_)), "{gone}");
}

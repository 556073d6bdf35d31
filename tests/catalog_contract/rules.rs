//! The rules of the catalogue, with each backend.

use ginflix_api::movie::{Movie, MoviePatch, MovieQuery, MovieSort, NewMovie};
use ginflix_server::catalog::poster;
use ginflix_server::error::AppError;
use ginflix_tests::pictures;

use crate::backend::Database;
use crate::samples::{media, name};

fn new(title: &str) -> NewMovie {
    NewMovie {
        title: title.to_owned(),
        media: name("film.mp4"),
        description: String::new(),
        year: None,
        genres: Vec::new(),
        directors: Vec::new(),
        cast: Vec::new(),
        episode: None,
    }
}

async fn add(db: &Database, title: &str) -> Movie {
    db.catalog.put_media(&media("film.mp4")).await.unwrap();
    db.catalog.add_movie(new(title)).await.unwrap()
}

fn year(year: u16) -> MoviePatch {
    MoviePatch { year: Some(Some(year)), ..MoviePatch::default() }
}

pub async fn a_duplicate_names_the_existing_movie(db: &Database) {
    let first = add(db, "Film").await;
    let duplicate = db.catalog.add_movie(new(" Film ")).await.unwrap_err();
    assert!(matches!(duplicate, AppError::Conflict(_)));
    assert!(duplicate.to_string().contains(&first.id.to_string()), "{duplicate}");
}

pub async fn changes_can_require_a_version(db: &Database) {
    let movie = add(db, "Film").await;
    let changed = db.catalog.update_movie(movie.id, year(1999), Some(1)).await.unwrap();
    assert_eq!((changed.year, changed.version), (Some(1999), 2));
    let outdated = db.catalog.update_movie(movie.id, year(2000), Some(1)).await;
    assert!(matches!(outdated, Err(AppError::PreconditionFailed)));
    let removed = db.catalog.remove_movie(movie.id, Some(1)).await;
    assert!(matches!(removed, Err(AppError::PreconditionFailed)));
    let unconditional = db.catalog.update_movie(movie.id, year(2001), None).await.unwrap();
    assert_eq!((unconditional.year, unconditional.version), (Some(2001), 3));
    let cleared = MoviePatch { year: Some(None), ..MoviePatch::default() };
    assert_eq!(db.catalog.update_movie(movie.id, cleared, None).await.unwrap().year, None);
    db.catalog.remove_movie(movie.id, Some(4)).await.unwrap();
    let gone = db.catalog.update_movie(movie.id, year(2002), None).await;
    assert!(matches!(gone, Err(AppError::NotFound(_))));
}

pub async fn a_change_without_effect_keeps_the_version(db: &Database) {
    let movie = add(db, "Film").await;
    let same = MoviePatch { title: Some(" Film".to_owned()), ..MoviePatch::default() };
    assert_eq!(db.catalog.update_movie(movie.id, same, None).await.unwrap(), movie);
}

pub async fn unknown_media_is_invalid(db: &Database) {
    let refused = db.catalog.add_movie(new("Film")).await;
    assert!(matches!(refused, Err(AppError::Invalid { field: "media", .. })));
    let movie = add(db, "Film").await;
    let patch = MoviePatch { media: Some(name("lost.mp4")), ..MoviePatch::default() };
    let refused = db.catalog.update_movie(movie.id, patch, None).await;
    assert!(matches!(refused, Err(AppError::Invalid { field: "media", .. })));
}

pub async fn pages_follow_their_cursors(db: &Database) {
    for n in 0..5 {
        add(db, &format!("Film {n}")).await;
    }
    for sort in [MovieSort::Newest, MovieSort::Title, MovieSort::Views, MovieSort::Relevance] {
        let q = Some("film".to_owned());
        let mut query = MovieQuery { q, sort: Some(sort), limit: Some(2), ..MovieQuery::default() };
        let mut sizes = Vec::new();
        let mut ids = Vec::new();
        loop {
            let page = db.catalog.movies(&query).await.unwrap();
            sizes.push(page.items.len());
            ids.extend(page.items.into_iter().map(|movie| movie.id));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        ids.sort();
        ids.dedup();
        assert_eq!((sizes, ids.len()), (vec![2, 2, 1], 5), "{sort:?}");
    }
    let exactly = MovieQuery { limit: Some(5), ..MovieQuery::default() };
    assert_eq!(db.catalog.movies(&exactly).await.unwrap().next_cursor, None);
    for text in ["b.mp4", "c.mp4"] {
        db.catalog.put_media(&media(text)).await.unwrap();
    }
    let first = db.catalog.media_list(None, Some(2)).await.unwrap();
    let rest = db.catalog.media_list(first.next_cursor.as_deref(), Some(2)).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next_cursor), (2, 1, None));
}

pub async fn a_file_in_use_is_removed_only_by_force(db: &Database) {
    let movie = add(db, "Film").await;
    let refused = db.catalog.remove_media(&movie.media, false).await.unwrap_err();
    assert!(matches!(refused, AppError::InUse(_)));
    assert!(refused.to_string().contains("\"Film\""), "{refused}");
    db.catalog.remove_media(&movie.media, true).await.unwrap();
    assert!(matches!(db.catalog.media(&movie.media).await, Err(AppError::NotFound(_))));
}

pub async fn the_type_of_a_poster_is_detected_by_its_content(db: &Database) {
    let movie = add(db, "Film").await;
    let svg = poster::from_bytes("<svg/>".into());
    assert!(matches!(svg, Err(AppError::UnsupportedType(_))));
    let png = pictures::small(1);
    let poster = poster::from_bytes(png.clone()).unwrap();
    let with_poster = db.catalog.set_poster(movie.id, &poster).await.unwrap();
    assert_eq!((with_poster.version, with_poster.poster_path.is_some()), (2, true));
    let poster = db.catalog.poster(movie.id).await.unwrap();
    assert_eq!((poster.content_type.as_str(), poster.bytes), ("image/png", png));
    db.catalog.remove_poster(movie.id).await.unwrap();
    assert!(matches!(db.catalog.poster(movie.id).await, Err(AppError::NotFound(_))));
}

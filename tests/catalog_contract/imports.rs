//! Imports of movies, posters and subtitles, with each backend.

use ginflix_api::import::{ImportOutcome, ImportedMovie};
use ginflix_api::movie::{Episode, Movie, MoviePatch, NewMovie};
use ginflix_api::subtitles::AddSubtitles;
use ginflix_server::catalog::poster;
use ginflix_server::catalog::store::Poster;
use ginflix_server::error::AppError;
use ginflix_tests::pictures;

use crate::backend::Database;
use crate::samples::{media, name};

const SUBTITLES: &str = "1\n00:00:01,000 --> 00:00:02,000\n";

pub fn details(title: &str) -> NewMovie {
    NewMovie {
        title: title.to_owned(),
        media: name("film.mp4"),
        description: "Ünï \"quoted\" '\u{202e}🎬".to_owned(),
        year: Some(1999),
        genres: vec!["Drama".to_owned()],
        directors: vec!["O'Neill".to_owned()],
        cast: Vec::new(),
        episode: Some(Episode { series: Some("S".into()), season: Some(0), number: None }),
    }
}

async fn import(db: &Database, details: NewMovie) -> ImportedMovie {
    db.catalog.import_movie(details, None).await.unwrap()
}

/// Imports the movie of a media file that is recorded first.
async fn first_import(db: &Database) -> Movie {
    db.catalog.put_media(&media("film.mp4")).await.unwrap();
    import(db, details("A")).await.movie.unwrap()
}

/// A poster, with something that makes it another one.
fn picture(byte: u8) -> Poster {
    poster::from_bytes(pictures::small(byte.into())).unwrap()
}

async fn import_poster(db: &Database, byte: u8) -> ImportOutcome {
    db.catalog.import_poster(&name("film.mp4"), &picture(byte)).await.unwrap().outcome
}

async fn import_subtitles(db: &Database, language: &str, text: &str) -> ImportOutcome {
    let query =
        AddSubtitles { file_name: format!("film.{language}.srt"), ..AddSubtitles::default() };
    let file = format!("{SUBTITLES}{text}\n").into_bytes();
    db.catalog.import_subtitles(&name("film.mp4"), query, file).await.unwrap().outcome
}

async fn subtitle_languages(db: &Database) -> Vec<String> {
    let all = db.catalog.subtitles(&name("film.mp4")).await.unwrap();
    all.into_iter().filter_map(|subtitles| subtitles.language).collect()
}

pub async fn an_import_adds_a_movie_once(db: &Database) {
    let unknown = db.catalog.import_movie(details("A"), None).await.unwrap_err();
    assert!(matches!(unknown, AppError::Invalid { field: "media", .. }), "{unknown}");
    let movie = first_import(db).await;
    assert_eq!((movie.title.as_str(), &movie.episode), ("A", &details("A").episode));
    let again = import(db, details("A")).await;
    assert_eq!(again, ImportedMovie::new(ImportOutcome::Unchanged, Some(movie)));
    assert_eq!(db.catalog.count_movies().await.unwrap(), 1);
}

pub async fn an_import_changes_what_nobody_changed(db: &Database) {
    let movie = first_import(db).await;
    let patch = MoviePatch {
        title: Some("By hand".into()),
        genres: Some(Vec::new()),
        episode: Some(None),
        ..MoviePatch::default()
    };
    db.catalog.update_movie(movie.id, patch, None).await.unwrap();
    let new = NewMovie { year: Some(2001), cast: vec!["C".into()], ..details("B") };
    let imported = import(db, new.clone()).await;
    assert_eq!(imported.outcome, ImportOutcome::Updated);
    let found = imported.movie.unwrap();
    assert_eq!((found.title.as_str(), found.version), ("By hand", 3));
    assert_eq!((found.year, &found.genres[..], &found.episode), (Some(2001), &[][..], &None));
    assert_eq!(found.cast, ["C"]);
    // What an import changed is not a change by hand.
    let third = import(db, NewMovie { year: None, ..new }).await.movie.unwrap();
    assert_eq!((third.title.as_str(), third.year), ("By hand", None));
}

pub async fn a_removed_movie_is_not_imported_again(db: &Database) {
    let movie = first_import(db).await;
    db.catalog.remove_movie(movie.id, None).await.unwrap();
    let again = import(db, details("B")).await;
    assert_eq!(again, ImportedMovie::new(ImportOutcome::Removed, None));
    assert_eq!(import_poster(db, 1).await, ImportOutcome::Removed);
    // A movie that somebody adds for the file counts again.
    let by_hand = NewMovie { description: String::new(), ..details("By hand") };
    let by_hand = db.catalog.add_movie(by_hand).await.unwrap();
    let filled = import(db, details("B")).await;
    assert_eq!(filled.outcome, ImportOutcome::Updated);
    let filled = filled.movie.unwrap();
    assert_eq!((filled.id, filled.title.as_str()), (by_hand.id, "By hand"));
    assert_eq!(filled.description, details("B").description);
}

pub async fn the_title_of_another_movie_is_not_taken(db: &Database) {
    let movie = first_import(db).await;
    db.catalog.add_movie(details("B")).await.unwrap();
    let new = NewMovie { year: Some(2001), ..details("B") };
    let imported = import(db, new).await.movie.unwrap();
    assert_eq!((imported.id, imported.title.as_str()), (movie.id, "A"));
    assert_eq!(imported.year, Some(2001));
}

pub async fn a_poster_that_somebody_set_or_removed_stays(db: &Database) {
    let none = db.catalog.import_poster(&name("film.mp4"), &picture(1)).await;
    assert!(matches!(none, Err(AppError::NotFound(_))));
    let movie = first_import(db).await;
    assert_eq!(import_poster(db, 1).await, ImportOutcome::Added);
    assert_eq!(import_poster(db, 1).await, ImportOutcome::Unchanged);
    assert_eq!(import_poster(db, 2).await, ImportOutcome::Updated);
    db.catalog.set_poster(movie.id, &picture(3)).await.unwrap();
    assert_eq!(import_poster(db, 2).await, ImportOutcome::Kept);
    assert_eq!(db.catalog.poster(movie.id).await.unwrap(), picture(3));
    db.catalog.remove_poster(movie.id).await.unwrap();
    assert_eq!(import_poster(db, 4).await, ImportOutcome::Kept);
    assert!(db.catalog.poster(movie.id).await.is_err());
}

pub async fn subtitles_that_somebody_changed_stay(db: &Database) {
    first_import(db).await;
    let media = name("film.mp4");
    assert_eq!(import_subtitles(db, "en", "Hello").await, ImportOutcome::Added);
    assert_eq!(import_subtitles(db, "en", "Hello").await, ImportOutcome::Unchanged);
    assert_eq!(import_subtitles(db, "en", "Hello!").await, ImportOutcome::Updated);
    let all = db.catalog.subtitles(&media).await.unwrap();
    db.catalog.remove_subtitles(&media, all[0].id).await.unwrap();
    assert_eq!(import_subtitles(db, "en", "Hello!").await, ImportOutcome::Unchanged);
    assert_eq!(subtitle_languages(db).await, Vec::<String>::new());
    // Subtitles of another language are new; the ones that somebody added are kept.
    let by_hand = AddSubtitles { file_name: "film.de.srt".into(), ..AddSubtitles::default() };
    let file = format!("{SUBTITLES}Hallo\n").into_bytes();
    db.catalog.add_subtitles(&media, by_hand, file).await.unwrap();
    assert_eq!(import_subtitles(db, "de", "Guten Tag").await, ImportOutcome::Kept);
    assert_eq!(import_subtitles(db, "fr", "Salut").await, ImportOutcome::Added);
    assert_eq!(subtitle_languages(db).await, ["de", "fr"]);
}

pub async fn what_was_imported_is_forgotten_with_the_file(db: &Database) {
    let movie = first_import(db).await;
    assert!(db.store.import_of(&movie.media).await.unwrap().is_some());
    db.catalog.remove_media(&movie.media, true).await.unwrap();
    assert_eq!(db.store.import_of(&movie.media).await.unwrap(), None);
}

pub async fn the_original_name_of_a_file_is_kept(db: &Database) {
    let first = media("film.mp4");
    db.store.put_media(&first).await.unwrap();
    let unnamed = ginflix_api::media::Media { file_name: None, ..first.clone() };
    db.store.put_media(&unnamed).await.unwrap();
    assert_eq!(db.store.media(&first.name).await.unwrap(), first);
    let other = ginflix_api::media::Media { sha256: Some("cd".repeat(32)), ..unnamed };
    db.store.put_media(&other).await.unwrap();
    assert_eq!(db.store.media(&first.name).await.unwrap().file_name, None);
}

//! Export and import of backups, also between the two kinds of database.

use std::sync::Arc;

use ginflix_api::media::Media;
use ginflix_api::movie::{Episode, MovieId, MovieSort, NewMovie};
use ginflix_server::catalog::backup_schema::{BackupRow, ImportMessage, TABLES};
use ginflix_server::catalog::store::{
    AuditFilter, CatalogStore, CollectionRecord, Credential, HistoryFilter, MovieFilter,
    MovieRecord, NOT_EMPTY, PlaybackEvent, Poster, Result, StoreError, WatchRecord,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::accounts::{account, preferences, session, token};
use crate::audit::entry;
use crate::backend::{self, Database};
use crate::imports::details;
use crate::samples::{
    in_order, media, movie, name, playback, report, strings, time, titles, too_short, view, write,
};

async fn export(store: &Arc<dyn CatalogStore>) -> Vec<BackupRow> {
    let (sender, mut receiver) = mpsc::channel(4);
    let store = store.clone();
    let task = tokio::spawn(async move { store.export(sender).await });
    let mut rows = Vec::new();
    while let Some(row) = receiver.recv().await {
        rows.push(row);
    }
    task.await.unwrap().unwrap();
    rows
}

async fn import(
    store: &Arc<dyn CatalogStore>,
    rows: &[BackupRow],
    complete: bool,
    replace: bool,
) -> Result<()> {
    let (sender, receiver) = mpsc::channel(4);
    let mut messages: Vec<ImportMessage> = rows.iter().cloned().map(ImportMessage::Row).collect();
    messages.extend(complete.then_some(ImportMessage::End));
    let task = tokio::spawn(async move {
        for message in messages {
            if sender.send(message).await.is_err() {
                break;
            }
        }
    });
    let result = store.import(receiver, replace).await;
    task.await.unwrap();
    result
}

/// Adds views of the first and the last movie, and a playback that does not count.
async fn add_playbacks(store: &Arc<dyn CatalogStore>, movies: &[MovieRecord; 3]) {
    view(store.as_ref(), movies[0].id, "2026-05-06T23:59:59.999999Z").await;
    view(store.as_ref(), movies[0].id, "2026-05-07T00:00:00Z").await;
    view(store.as_ref(), movies[2].id, "2026-05-07T12:00:00Z").await;
    let short = playback(movies[2].id);
    let events = [
        PlaybackEvent::Started(short.clone()),
        PlaybackEvent::Played(report(&short, "2026-05-08T00:00:00Z")),
    ];
    store.record_playbacks(&events, too_short).await.unwrap();
}

/// Adds subtitles and what was imported for `b.mp4`, and a library with a file that is missing.
async fn add_imports(store: &Arc<dyn CatalogStore>, movie: MovieId, special: &str) {
    let added = crate::subtitles::subtitles("pt-BR", true);
    let added = ginflix_api::subtitles::Subtitles { media: name("b.mp4"), ..added };
    store.put_subtitles(&added, special).await.unwrap();
    let library = crate::libraries::library("/srv/films");
    store.insert_library(&library).await.unwrap();
    let file = crate::libraries::file(&library, "in-library.mp4");
    store.put_library_file(&file, &media("in-library.mp4")).await.unwrap();
    let since = Some(time("2026-03-05T00:00:00.000001Z"));
    store.set_missing(&[file.name], since).await.unwrap();
    let details = NewMovie { media: name("b.mp4"), ..details(special) };
    let place = crate::import_places::place(special, 1, 2);
    let at = time("2026-03-05T00:00:00.000001Z");
    let placed = store.import_movie(movie, &details, None, Some(&place), at).await.unwrap();
    assert_eq!((placed.new_collections, placed.problem), (2, None));
    store.import_subtitles(&name("b.mp4"), strings(&["ab", "cd"])).await.unwrap();
}

/// Adds a series whose season is older than itself, so that the order of ids is not that of parents.
async fn add_collections(store: &Arc<dyn CatalogStore>, movies: &[MovieRecord; 3], special: &str) {
    let season = crate::collections::collection(special);
    store.insert_collection(&season).await.unwrap();
    let series = crate::collections::collection("Series 10");
    store.insert_collection(&series).await.unwrap();
    let season = CollectionRecord { parent: Some(series.id), version: 2, ..season };
    store.update_collection(&season).await.unwrap();
    let at = time("2026-03-05T00:00:00.000001Z");
    let list = [movies[2].id, movies[0].id, movies[1].id];
    store.set_collection_movies(season.id, &list, None, at).await.unwrap();
}

/// Adds the account `zoë` with a history, a list and preferences.
async fn add_watched(store: &Arc<dyn CatalogStore>, movies: &[MovieRecord; 3]) {
    store.insert_account(&account("zoë")).await.unwrap();
    let watched = WatchRecord {
        movie_id: movies[2].id,
        position_seconds: 12.5,
        duration_seconds: 90.25,
        is_watched: true,
        watched_at: time("2026-03-05T00:00:00.000001Z"),
    };
    store.put_watched("zoë", &watched, true).await.unwrap();
    store.add_to_list("zoë", movies[1].id, watched.watched_at).await.unwrap();
    store.set_preferences("zoë", &preferences(Some("fr"), Some("dark"))).await.unwrap();
}

/// Fills every table, with texts that need escaping. Returns the movies that are left.
async fn fill(store: &Arc<dyn CatalogStore>) -> Vec<MovieRecord> {
    let special = "Ünïcode \"quotes\" \\ 'x'; DROP TABLE movies; --\n\t{1,2} \u{202e}🎬";
    let movies = [
        MovieRecord {
            description: special.to_owned(),
            year: Some(1999),
            genres: strings(&["Sci-Fi", "Drama, {comma}", "\"quoted\""]),
            directors: strings(&["O'Neill"]),
            cast: strings(&["名前", "null", ""]),
            episode: Some(Episode {
                series: Some(special.to_owned()),
                season: Some(0),
                number: Some(u16::MAX),
            }),
            version: 7,
            ..movie("Film 10")
        },
        movie("Film 2"),
        movie("élan"),
    ];
    write(store.as_ref(), &movies).await;
    let without_length = Media { duration_seconds: None, ..media("b.mp4") };
    store.put_media(&without_length).await.unwrap();
    add_imports(store, movies[2].id, special).await;
    add_collections(store, &movies, special).await;
    let poster = Poster {
        content_type: "image/png".to_owned(),
        bytes: (0..=255).cycle().take(100_000).collect(),
        sha256: "cd".repeat(32),
    };
    store
        .set_poster(movies[1].id, Some(&poster), time("2026-03-05T00:00:00.000001Z"))
        .await
        .unwrap();
    add_playbacks(store, &movies).await;
    store.insert_account(&account("admin")).await.unwrap();
    add_watched(store, &movies).await;
    store.insert_token(&token(1, "cluster")).await.unwrap();
    let robot = Credential { account: Some("zoë".to_owned()), ..token(2, "robot") };
    store.insert_token(&robot).await.unwrap();
    store.put_credential(&session(3, "admin", "2027-01-01T00:00:00Z")).await.unwrap();
    store.put_audit(&entry(1)).await.unwrap();
    store.put_audit(&entry(2)).await.unwrap();
    // A movie and a media file are deleted; the views of the movie stay.
    let removed = movie("Removed");
    store.insert_movie(&removed).await.unwrap();
    view(store.as_ref(), removed.id, "2026-05-07T13:00:00Z").await;
    store.delete_movie(removed.id, None).await.unwrap();
    store.delete_media(&movies[0].media, true).await.unwrap();
    movies.into()
}

/// Reads the same from both stores.
async fn assert_same_content(
    actual: &Arc<dyn CatalogStore>,
    expected: &Arc<dyn CatalogStore>,
    movies: &[MovieRecord],
) {
    for written in movies {
        let both = (actual.movie(written.id).await, expected.movie(written.id).await);
        assert_eq!(both.0.unwrap(), both.1.unwrap());
    }
    for sort in [MovieSort::Newest, MovieSort::Title, MovieSort::Views] {
        let filter = in_order(sort);
        let found = titles(expected.as_ref(), &filter).await;
        assert_eq!(titles(actual.as_ref(), &filter).await, found);
    }
    let words =
        MovieFilter { words: strings(&["unicode", "dro"]), ..in_order(MovieSort::Relevance) };
    assert_eq!(titles(actual.as_ref(), &words).await, ["Film 10"]);
    let genre = MovieFilter { genre: Some("sci fi".into()), ..in_order(MovieSort::Title) };
    assert_eq!(titles(actual.as_ref(), &genre).await, ["Film 10"]);
    assert_eq!(actual.genres().await.unwrap(), expected.genres().await.unwrap());
    let all = ginflix_api::views::ViewQuery { top: Some(10), ..Default::default() };
    let report = expected.view_report(&all).await.unwrap();
    assert_eq!(actual.view_report(&all).await.unwrap(), report);
    let poster = expected.poster(movies[1].id).await.unwrap();
    assert_eq!(actual.poster(movies[1].id).await.unwrap(), poster);
    assert_eq!(actual.libraries().await.unwrap(), expected.libraries().await.unwrap());
    assert_eq!(actual.library_files().await.unwrap(), expected.library_files().await.unwrap());
    assert_eq!(actual.library_files().await.unwrap().len(), 1);
    let collections = expected.collections().await.unwrap();
    assert_eq!(actual.collections().await.unwrap(), collections);
    let mut movies = Vec::new();
    for season in collections.iter().filter(|one| one.parent.is_some()) {
        let contents = expected.collection_contents(season.id).await.unwrap();
        movies.push(contents.movies.len());
        assert_eq!(actual.collection_contents(season.id).await.unwrap(), contents);
    }
    movies.sort_unstable();
    assert_eq!(movies, [1, 3]);
    let import = expected.import_of(&name("b.mp4")).await.unwrap().unwrap();
    assert_eq!(import.subtitles, ["ab", "cd"]);
    assert_eq!(actual.import_of(&name("b.mp4")).await.unwrap(), Some(import));
    let history = expected.history("zoë", HistoryFilter::All, None, 10).await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(actual.history("zoë", HistoryFilter::All, None, 10).await.unwrap(), history);
    let list = expected.watch_list("zoë", None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(actual.watch_list("zoë", None, 10).await.unwrap(), list);
    let entries = AuditFilter { limit: 10, ..AuditFilter::default() };
    let audit = expected.audit(&entries).await.unwrap();
    assert_eq!(actual.audit(&entries).await.unwrap(), audit);
}

pub async fn a_backup_restores_everything_on_either_backend(db: &Database) {
    let movies = fill(&db.store).await;
    let rows = export(&db.store).await;
    for (index, table) in TABLES.iter().enumerate() {
        assert!(rows.iter().any(|row| row.table == index), "no row of {}", table.name);
    }
    for target in [backend::sqlite().await, backend::postgres().await] {
        let store = &target.store;
        store.insert_token(&token(9, "cluster")).await.unwrap();
        store.insert_account(&account("admin")).await.unwrap();
        store.put_credential(&session(8, "admin", "2027-01-01T00:00:00Z")).await.unwrap();
        import(store, &rows, true, false).await.unwrap();
        assert_eq!(export(store).await, rows);

        assert_same_content(store, &db.store, &movies).await;
        // Tokens are imported, sessions are deleted, and the cluster keeps its own token.
        let robot = store.credential(&[2; 32]).await.unwrap();
        assert_eq!(robot.account.as_deref(), Some("zoë"));
        assert!(store.credential(&[9; 32]).await.is_ok());
        for secret in [1, 3, 8] {
            assert!(matches!(store.credential(&[secret; 32]).await, Err(StoreError::NotFound)));
        }
        // Later writes work as before.
        store.put_media(&media("film.mp4")).await.unwrap();
        store.insert_movie(&movie("Afterwards")).await.unwrap();
        view(store.as_ref(), movies[0].id, "2026-05-09T00:00:00Z").await;
        assert_eq!(store.movie(movies[0].id).await.unwrap().views, 3);
    }
}

pub async fn content_is_replaced_only_on_request(db: &Database) {
    fill(&db.store).await;
    let before = export(&db.store).await;
    let mut other = backend::sqlite().await;
    if matches!(db.settings, ginflix_server::config::Database::Sqlite(_)) {
        other = backend::postgres().await;
    }
    write(other.store.as_ref(), &[movie("Other")]).await;
    other.store.insert_account(&account("root")).await.unwrap();
    let rows = export(&other.store).await;
    let refused = import(&db.store, &rows, true, false).await;
    assert!(matches!(refused, Err(StoreError::Conflict(NOT_EMPTY))), "{refused:?}");
    assert_eq!(export(&db.store).await, before);
    import(&db.store, &rows, true, true).await.unwrap();
    assert_eq!(export(&db.store).await, rows);
    assert_eq!(titles(db.store.as_ref(), &in_order(MovieSort::Title)).await, ["Other"]);
}

pub async fn a_failed_import_changes_nothing(db: &Database) {
    fill(&db.store).await;
    let before = export(&db.store).await;
    let incomplete = import(&db.store, &before[..before.len() / 2], false, true).await;
    assert!(matches!(incomplete, Err(StoreError::Other(_))), "{incomplete:?}");
    assert_eq!(export(&db.store).await, before);
    // A poster without its movie, and the same movie twice.
    let posters = before.iter().filter(|row| TABLES[row.table].name == "posters");
    let lost: Vec<BackupRow> = posters.cloned().collect();
    let movies = before.iter().filter(|row| TABLES[row.table].name == "movies");
    let twice: Vec<BackupRow> = movies.clone().take(1).chain(movies.take(1)).cloned().collect();
    for rows in [lost, twice] {
        let refused = import(&db.store, &rows, true, true).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        assert_eq!(export(&db.store).await, before);
    }
}

/// Earlier versions could write such a backup.
pub async fn accounts_that_differ_only_in_case_are_imported(db: &Database) {
    for name in ["anna", "zoe"] {
        db.store.insert_account(&account(name)).await.unwrap();
    }
    let mut rows = export(&db.store).await;
    let mut other = rows[0].clone();
    other.values["name"] = "Anna".into();
    other.values["id"] = Uuid::now_v7().to_string().into();
    rows.push(other);
    import(&db.store, &rows, true, true).await.unwrap();
    let found = async |name: &str| db.store.account(name).await.unwrap().name;
    // The exact name has precedence, then the first account.
    assert_eq!((found("anna").await, found("Anna").await), ("anna".into(), "Anna".into()));
    assert_eq!(found("ANNA").await, "anna");
    let third = db.store.insert_account(&account("aNNa")).await;
    assert!(matches!(third, Err(StoreError::Conflict(_))));
    db.store.delete_account("anna").await.unwrap();
    assert_eq!(found("ANNA").await, "Anna");
    let again = db.store.insert_account(&account("anna")).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
}

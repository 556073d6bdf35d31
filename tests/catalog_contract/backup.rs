//! What a backup carries, from one store into another.

use std::sync::Arc;

use ginflix_api::movie::MovieSort;
use ginflix_server::catalog::carried::{Row, Step, TABLES};
use ginflix_server::catalog::store::{
    AuditFilter, CatalogStore, MovieFilter, MovieRecord, NOT_EMPTY, PlaybackEvent, Poster, Result,
    StoreError,
};
use tokio::sync::mpsc;

use crate::accounts::{account, session, token};
use crate::audit::entry;
use crate::backend::{self, Database};
use crate::samples::{
    in_order, media, movie, playback, report, strings, time, titles, too_short, view, write,
};

async fn carried(store: &Arc<dyn CatalogStore>) -> Vec<Row> {
    let (sender, mut receiver) = mpsc::channel(4);
    let from = store.clone();
    let sending = tokio::spawn(async move { from.export(sender).await });
    let mut rows = Vec::new();
    while let Some(row) = receiver.recv().await {
        rows.push(row);
    }
    sending.await.unwrap().unwrap();
    rows
}

async fn put(
    store: &Arc<dyn CatalogStore>,
    rows: &[Row],
    whole: bool,
    replace: bool,
) -> Result<()> {
    let (sender, receiver) = mpsc::channel(4);
    let mut steps: Vec<Step> = rows.iter().cloned().map(Step::Row).collect();
    steps.extend(whole.then_some(Step::End));
    let sending = tokio::spawn(async move {
        for step in steps {
            if sender.send(step).await.is_err() {
                break;
            }
        }
    });
    let result = store.import(receiver, replace).await;
    sending.await.unwrap();
    result
}

/// Something of everything, with texts that break careless hands.
async fn fill(store: &Arc<dyn CatalogStore>) -> Vec<MovieRecord> {
    let odd = "Ünïcode \"quotes\" \\ 'x'; DROP TABLE movies; --\n\t{1,2} \u{202e}🎬";
    let films = [
        MovieRecord {
            description: odd.to_owned(),
            year: Some(1999),
            genres: strings(&["Sci-Fi", "Drama, {comma}", "\"quoted\""]),
            directors: strings(&["O'Neill"]),
            cast: strings(&["名前", "null", ""]),
            version: 7,
            ..movie("Film 10")
        },
        movie("Film 2"),
        movie("élan"),
    ];
    write(store.as_ref(), &films).await;
    store
        .put_media(&ginflix_api::media::Media { duration_seconds: None, ..media("b.mp4") })
        .await
        .unwrap();
    let poster = Poster {
        content_type: "image/png".to_owned(),
        bytes: (0..=255).cycle().take(100_000).collect(),
        sha256: "cd".repeat(32),
    };
    store
        .set_poster(films[1].id, Some(&poster), time("2026-03-05T00:00:00.000001Z"))
        .await
        .unwrap();
    view(store.as_ref(), films[0].id, "2026-05-06T23:59:59.999999Z").await;
    view(store.as_ref(), films[0].id, "2026-05-07T00:00:00Z").await;
    view(store.as_ref(), films[2].id, "2026-05-07T12:00:00Z").await;
    let short = playback(films[2].id);
    let events = [
        PlaybackEvent::Started(short.clone()),
        PlaybackEvent::Played(report(&short, "2026-05-08T00:00:00Z")),
    ];
    store.record_playbacks(&events, too_short).await.unwrap();
    store.insert_account(&account("admin")).await.unwrap();
    store.insert_account(&account("zoë")).await.unwrap();
    store.insert_token(&token(1, "cluster")).await.unwrap();
    store.insert_token(&token(2, "robot")).await.unwrap();
    store.put_credential(&session(3, "admin", "2027-01-01T00:00:00Z")).await.unwrap();
    store.put_audit(&entry(1)).await.unwrap();
    store.put_audit(&entry(2)).await.unwrap();
    // Its file is gone, its views stay.
    let removed = movie("Removed");
    store.insert_movie(&removed).await.unwrap();
    view(store.as_ref(), removed.id, "2026-05-07T13:00:00Z").await;
    store.delete_movie(removed.id, None).await.unwrap();
    store.delete_media(&films[0].media, true).await.unwrap();
    films.into()
}

pub async fn everything_comes_back_on_either_backend(db: &Database) {
    let films = fill(&db.store).await;
    let rows = carried(&db.store).await;
    for (index, table) in TABLES.iter().enumerate() {
        assert!(rows.iter().any(|row| row.table == index), "no row of {}", table.name);
    }
    for target in [backend::sqlite().await, backend::postgres().await] {
        let store = &target.store;
        store.insert_token(&token(9, "cluster")).await.unwrap();
        store.insert_account(&account("admin")).await.unwrap();
        store.put_credential(&session(8, "admin", "2027-01-01T00:00:00Z")).await.unwrap();
        put(store, &rows, true, false).await.unwrap();
        assert_eq!(carried(store).await, rows);

        for film in &films {
            let (there, here) = (store.movie(film.id).await, db.store.movie(film.id).await);
            assert_eq!(there.unwrap(), here.unwrap());
        }
        for sort in [MovieSort::Newest, MovieSort::Title, MovieSort::Views] {
            let (there, here) = (
                titles(store.as_ref(), &in_order(sort)).await,
                titles(db.store.as_ref(), &in_order(sort)).await,
            );
            assert_eq!(there, here);
        }
        let words =
            MovieFilter { words: strings(&["unicode", "dro"]), ..in_order(MovieSort::Relevance) };
        assert_eq!(titles(store.as_ref(), &words).await, ["Film 10"]);
        let genre = MovieFilter { genre: Some("sci fi".into()), ..in_order(MovieSort::Title) };
        assert_eq!(titles(store.as_ref(), &genre).await, ["Film 10"]);
        assert_eq!(store.genres().await.unwrap(), db.store.genres().await.unwrap());
        let all = ginflix_api::views::ViewQuery { top: Some(10), ..Default::default() };
        assert_eq!(
            store.view_report(&all).await.unwrap(),
            db.store.view_report(&all).await.unwrap()
        );
        assert_eq!(
            store.poster(films[1].id).await.unwrap(),
            db.store.poster(films[1].id).await.unwrap()
        );
        let entries = AuditFilter { limit: 10, ..AuditFilter::default() };
        assert_eq!(store.audit(&entries).await.unwrap(), db.store.audit(&entries).await.unwrap());

        // Tokens come along; log-ins end, and the cluster keeps its own token.
        assert!(store.credential(&[2; 32]).await.is_ok());
        assert!(store.credential(&[9; 32]).await.is_ok());
        for gone in [1, 3, 8] {
            assert!(matches!(store.credential(&[gone; 32]).await, Err(StoreError::NotFound)));
        }
        // Who writes afterwards finds all in order.
        store.put_media(&media("film.mp4")).await.unwrap();
        store.insert_movie(&movie("Afterwards")).await.unwrap();
        view(store.as_ref(), films[0].id, "2026-05-09T00:00:00Z").await;
        assert_eq!(store.movie(films[0].id).await.unwrap().views, 3);
    }
}

pub async fn what_is_there_is_replaced_only_if_asked_for(db: &Database) {
    fill(&db.store).await;
    let before = carried(&db.store).await;
    let mut other = backend::sqlite().await;
    if matches!(db.settings, ginflix_server::config::Database::Sqlite(_)) {
        other = backend::postgres().await;
    }
    write(other.store.as_ref(), &[movie("Other")]).await;
    other.store.insert_account(&account("root")).await.unwrap();
    let rows = carried(&other.store).await;
    let refused = put(&db.store, &rows, true, false).await;
    assert!(matches!(refused, Err(StoreError::Conflict(NOT_EMPTY))), "{refused:?}");
    assert_eq!(carried(&db.store).await, before);
    put(&db.store, &rows, true, true).await.unwrap();
    assert_eq!(carried(&db.store).await, rows);
    assert_eq!(titles(db.store.as_ref(), &in_order(MovieSort::Title)).await, ["Other"]);
}

pub async fn what_fails_changes_nothing(db: &Database) {
    fill(&db.store).await;
    let before = carried(&db.store).await;
    let broken_off = put(&db.store, &before[..before.len() / 2], false, true).await;
    assert!(matches!(broken_off, Err(StoreError::Other(_))), "{broken_off:?}");
    assert_eq!(carried(&db.store).await, before);
    // A poster without its movie, and the same movie twice.
    let posters = before.iter().filter(|row| TABLES[row.table].name == "posters");
    let lost: Vec<Row> = posters.cloned().collect();
    let movies = before.iter().filter(|row| TABLES[row.table].name == "movies");
    let twice: Vec<Row> = movies.clone().take(1).chain(movies.take(1)).cloned().collect();
    for rows in [lost, twice] {
        let refused = put(&db.store, &rows, true, true).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        assert_eq!(carried(&db.store).await, before);
    }
}

//! What accounts have watched, their lists, and their sessions.

use futures_util::future::join_all;
use ginflix_api::movie::MovieId;
use ginflix_api::watching::{MAX_HISTORY, MAX_LIST, WatchPosition, WatchQuery, WatchState};
use ginflix_server::catalog::store::{
    AccountChange, Credential, HistoryFilter, LIST_IS_FULL, MovieRecord, StoreError, WatchRecord,
};
use ginflix_server::error::AppError;

use crate::accounts::{account, session};
use crate::backend::Database;
use crate::samples::{movie, time, write};

/// Adds the accounts `ann` and `bob`, and movies with these titles.
async fn fill(db: &Database, titles: &[&str]) -> Vec<MovieId> {
    for name in ["ann", "bob"] {
        db.store.insert_account(&account(name)).await.unwrap();
    }
    let movies: Vec<MovieRecord> = titles.iter().map(|title| movie(title)).collect();
    write(db.store.as_ref(), &movies).await;
    movies.iter().map(|movie| movie.id).collect()
}

fn at(movie_id: MovieId, position_seconds: f64, second: u8) -> WatchRecord {
    WatchRecord {
        movie_id,
        position_seconds,
        duration_seconds: 100.5,
        is_watched: false,
        watched_at: time(&format!("2026-03-05T00:00:{second:02}.000001Z")),
    }
}

async fn titles(db: &Database, name: &str, filter: HistoryFilter) -> Vec<String> {
    let entries = db.store.history(name, filter, None, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.movie.title).collect()
}

async fn state(db: &Database, name: &str, id: MovieId) -> Option<WatchState> {
    db.store.watch_states(name, &[id]).await.unwrap().pop()
}

pub async fn a_position_is_read_as_written_by_its_account_only(db: &Database) {
    let ids = fill(db, &["A", "B"]).await;
    db.store.put_watched("ann", &at(ids[0], 12.25, 1), true).await.unwrap();
    let entries = db.store.history("ann", HistoryFilter::All, None, 100).await.unwrap();
    let entry = &entries[0];
    assert_eq!(
        (entry.movie.id, entry.position_seconds, entry.duration_seconds),
        (ids[0], 12.25, 100.5)
    );
    assert_eq!((entry.watched, entry.watched_at), (false, time("2026-03-05T00:00:01.000001Z")));
    assert_eq!(titles(db, "bob", HistoryFilter::All).await, [""; 0]);
    assert_eq!(state(db, "bob", ids[0]).await, None);
    let expected = WatchState {
        movie_id: ids[0],
        position_seconds: 12.25,
        duration_seconds: 100.5,
        watched: false,
        listed: false,
    };
    assert_eq!(db.store.watch_states("ann", &ids).await.unwrap(), [expected]);
    assert_eq!(db.store.watch_states("ann", &[]).await.unwrap(), []);
}

pub async fn the_last_report_wins_and_a_mark_stays(db: &Database) {
    let ids = fill(db, &["A"]).await;
    let end = WatchRecord { is_watched: true, ..at(ids[0], 0.0, 1) };
    db.store.put_watched("ann", &end, true).await.unwrap();
    db.store.put_watched("ann", &at(ids[0], 7.0, 3), true).await.unwrap();
    db.store.put_watched("ann", &at(ids[0], 5.0, 2), true).await.unwrap();
    let read = state(db, "ann", ids[0]).await.unwrap();
    assert_eq!((read.position_seconds, read.watched), (5.0, true));
    db.store.reset_position("ann", ids[0]).await.unwrap();
    let read = state(db, "ann", ids[0]).await.unwrap();
    assert_eq!((read.position_seconds, read.watched), (0.0, true));
}

pub async fn a_report_adds_an_entry_only_on_request(db: &Database) {
    let ids = fill(db, &["A"]).await;
    db.store.put_watched("ann", &at(ids[0], 0.0, 1), false).await.unwrap();
    db.store.reset_position("ann", ids[0]).await.unwrap();
    assert_eq!(state(db, "ann", ids[0]).await, None);
    db.store.put_watched("ann", &at(ids[0], 9.0, 1), true).await.unwrap();
    db.store.put_watched("ann", &at(ids[0], 0.0, 2), false).await.unwrap();
    assert_eq!(state(db, "ann", ids[0]).await.unwrap().position_seconds, 0.0);
}

pub async fn the_latest_comes_first_page_by_page(db: &Database) {
    let ids = fill(db, &["A", "B", "C", "D"]).await;
    for (n, id) in ids.iter().enumerate() {
        // The last two have the same time.
        let position = if n == 1 { 0.0 } else { 9.0 };
        db.store.put_watched("ann", &at(*id, position, n.min(2) as u8), true).await.unwrap();
        db.store
            .add_to_list("ann", *id, time(&format!("2026-03-0{}T00:00:00Z", 4 - n.min(2))))
            .await
            .unwrap();
    }
    let mut seen = Vec::new();
    let mut query = WatchQuery { limit: Some(1), ..WatchQuery::default() };
    loop {
        let page = db.catalog.history("ann", HistoryFilter::All, &query).await.unwrap();
        seen.extend(page.items.into_iter().map(|entry| entry.movie.title));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["D", "C", "B", "A"]);
    assert_eq!(titles(db, "ann", HistoryFilter::Unfinished).await, ["D", "C", "A"]);
    let mut seen = Vec::new();
    let mut query = WatchQuery { limit: Some(3), ..WatchQuery::default() };
    loop {
        let page = db.catalog.watch_list("ann", &query).await.unwrap();
        seen.extend(page.items.into_iter().map(|entry| entry.movie.title));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["A", "B", "D", "C"]);
    let nonsense = WatchQuery { cursor: Some("nonsense".to_owned()), ..WatchQuery::default() };
    let refused = db.catalog.watch_list("ann", &nonsense).await;
    assert!(matches!(refused, Err(AppError::Invalid { field: "cursor", .. })), "{refused:?}");
}

pub async fn a_history_is_cleared_for_its_account(db: &Database) {
    let ids = fill(db, &["A", "B"]).await;
    for name in ["ann", "bob"] {
        for id in &ids {
            db.store.put_watched(name, &at(*id, 9.0, 1), true).await.unwrap();
        }
        db.store.add_to_list(name, ids[0], time("2026-03-05T00:00:00Z")).await.unwrap();
    }
    db.store.delete_history("ann", Some(ids[0])).await.unwrap();
    assert_eq!(titles(db, "ann", HistoryFilter::All).await, ["B"]);
    db.store.delete_history("ann", None).await.unwrap();
    assert_eq!(titles(db, "ann", HistoryFilter::All).await, [""; 0]);
    assert_eq!(db.store.watch_list("ann", None, 10).await.unwrap().len(), 1);
    assert_eq!(titles(db, "bob", HistoryFilter::All).await.len(), 2);
}

pub async fn a_list_has_each_movie_once(db: &Database) {
    let ids = fill(db, &["A", "B"]).await;
    for day in ["05", "06"] {
        let at = time(&format!("2026-03-{day}T00:00:00.000001Z"));
        db.store.add_to_list("ann", ids[0], at).await.unwrap();
    }
    let list = db.store.watch_list("ann", None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].added_at, time("2026-03-05T00:00:00.000001Z"));
    assert!(state(db, "ann", ids[0]).await.unwrap().listed);
    assert_eq!(state(db, "bob", ids[0]).await, None);
    db.store.remove_from_list("bob", ids[0]).await.unwrap();
    db.store.remove_from_list("ann", ids[1]).await.unwrap();
    assert!(state(db, "ann", ids[0]).await.unwrap().listed);
    db.store.remove_from_list("ann", ids[0]).await.unwrap();
    assert_eq!(state(db, "ann", ids[0]).await, None);
}

pub async fn removed_accounts_and_movies_leave_nothing(db: &Database) {
    let ids = fill(db, &["A", "B"]).await;
    for name in ["ann", "bob"] {
        for id in &ids {
            db.store.put_watched(name, &at(*id, 9.0, 1), true).await.unwrap();
            db.store.add_to_list(name, *id, time("2026-03-05T00:00:00Z")).await.unwrap();
        }
    }
    db.store.delete_movie(ids[0], None).await.unwrap();
    assert_eq!(titles(db, "ann", HistoryFilter::All).await, ["B"]);
    assert_eq!(db.store.watch_list("ann", None, 10).await.unwrap().len(), 1);
    db.store.delete_account("bob").await.unwrap();
    db.store.insert_account(&account("bob")).await.unwrap();
    assert_eq!(titles(db, "bob", HistoryFilter::All).await, [""; 0]);
    assert_eq!(db.store.watch_list("bob", None, 10).await.unwrap(), []);
    // What does not exist gets nothing either.
    let of_movie = db.store.put_watched("ann", &at(ids[0], 9.0, 1), true).await;
    assert!(matches!(of_movie, Err(StoreError::Conflict(_))), "{of_movie:?}");
    let of_account = db.store.put_watched("eve", &at(ids[1], 9.0, 1), true).await;
    assert!(matches!(of_account, Err(StoreError::Conflict(_))), "{of_account:?}");
    let listed = db.store.add_to_list("ann", ids[0], time("2026-03-05T00:00:00Z")).await;
    assert!(matches!(listed, Err(StoreError::Conflict(_))), "{listed:?}");
}

pub async fn histories_and_lists_are_limited(db: &Database) {
    fill(db, &["A"]).await;
    let movies: Vec<MovieRecord> = (0..=MAX_HISTORY).map(|n| movie(&n.to_string())).collect();
    let ids: Vec<MovieId> = movies.iter().map(|movie| movie.id).collect();
    let start = time("2026-03-05T00:00:00Z");
    let put = async |n: usize| {
        let watched_at = start + jiff::SignedDuration::from_secs(n as i64);
        let record = WatchRecord { watched_at, ..at(ids[n], 9.0, 0) };
        db.store.insert_movie(&movies[n]).await.unwrap();
        db.store.put_watched("ann", &record, true).await.unwrap();
    };
    // Many at once share commits.
    for first in (0..MAX_HISTORY).step_by(100) {
        join_all((first..first + 100).map(&put)).await;
    }
    put(MAX_HISTORY).await;
    assert_eq!(state(db, "ann", ids[0]).await, None);
    assert!(state(db, "ann", ids[1]).await.is_some());
    let all = db.store.history("ann", HistoryFilter::All, None, u32::MAX).await.unwrap();
    assert_eq!(all.len(), MAX_HISTORY);
    let added = ids[..MAX_LIST].iter().map(|id| db.store.add_to_list("ann", *id, start));
    assert!(join_all(added).await.iter().all(std::result::Result::is_ok));
    let full = db.store.add_to_list("ann", ids[MAX_LIST], start).await;
    assert!(matches!(full, Err(StoreError::Conflict(why)) if why == LIST_IS_FULL), "{full:?}");
    // One that is there already is no addition.
    db.store.add_to_list("ann", ids[5], start).await.unwrap();
    db.store.add_to_list("bob", ids[MAX_LIST], start).await.unwrap();
    assert_eq!(db.store.watch_list("ann", None, u32::MAX).await.unwrap().len(), MAX_LIST);
}

pub async fn positions_follow_the_rules(db: &Database) {
    let ids = fill(db, &["A", "B"]).await;
    let report = async |movie, position_seconds: f64| {
        let position = WatchPosition { position_seconds, duration_seconds: 1000.0 };
        db.catalog.set_position("ann", movie, position).await
    };
    report(ids[0], 3.0).await.unwrap();
    assert_eq!(state(db, "ann", ids[0]).await, None);
    report(ids[0], 500.0).await.unwrap();
    assert_eq!(state(db, "ann", ids[0]).await.unwrap().position_seconds, 500.0);
    report(ids[0], 990.0).await.unwrap();
    let read = state(db, "ann", ids[0]).await.unwrap();
    assert_eq!((read.position_seconds, read.watched), (0.0, true));
    db.catalog.mark_watched("ann", ids[1]).await.unwrap();
    assert!(state(db, "ann", ids[1]).await.unwrap().watched);
    let unknown = MovieId::new();
    assert!(matches!(report(unknown, 500.0).await, Err(AppError::NotFound(_))));
    assert!(matches!(db.catalog.mark_watched("ann", unknown).await, Err(AppError::NotFound(_))));
    assert!(matches!(db.catalog.add_to_list("ann", unknown).await, Err(AppError::NotFound(_))));
    let invalid = report(ids[0], -1.0).await;
    assert!(matches!(invalid, Err(AppError::Invalid { field: "position_seconds", .. })));
}

pub async fn sessions_are_listed_and_ended(db: &Database) {
    fill(db, &[]).await;
    let end = "2026-06-01T00:00:00Z";
    let first = Credential {
        browser: Some("Firefox on Linux".to_owned()),
        created_at: time("2026-02-03T04:05:06Z"),
        ..session(1, "ann", end)
    };
    let second = session(2, "ann", end);
    for credential in [&first, &second, &session(3, "bob", end), &session(4, "ann", end)] {
        db.store.put_credential(credential).await.unwrap();
    }
    let at = time("2026-02-04T00:00:00.000001Z");
    db.store.set_session_used(&[1; 32], at).await.unwrap();
    let used = Credential { used_at: Some(at), ..first };
    assert_eq!(
        db.store.sessions("ann").await.unwrap(),
        [second.clone(), session(4, "ann", end), used]
    );
    db.store.delete_other_sessions("ann", &[2; 32]).await.unwrap();
    assert_eq!(db.store.sessions("ann").await.unwrap(), [second]);
    assert_eq!(db.store.sessions("bob").await.unwrap().len(), 1);
}

pub async fn a_password_changes_only_if_it_is_the_known_one(db: &Database) {
    fill(db, &[]).await;
    for secret in [1, 2] {
        let session = session(secret, "ann", "2026-06-01T00:00:00Z");
        db.store.put_credential(&session).await.unwrap();
    }
    let change = AccountChange {
        password_hash: Some("new".to_owned()),
        required_hash: Some("another".to_owned()),
        kept_session: Some([1; 32]),
        ..AccountChange::default()
    };
    let stale = db.store.update_account("ann", &change).await;
    assert!(matches!(stale, Err(StoreError::Stale)));
    assert_eq!(db.store.sessions("ann").await.unwrap().len(), 2);
    let change = AccountChange { required_hash: Some(account("ann").password_hash), ..change };
    db.store.update_account("ann", &change).await.unwrap();
    assert_eq!(db.store.account("ann").await.unwrap().password_hash, "new");
    let left = db.store.sessions("ann").await.unwrap();
    assert_eq!(left.iter().map(|session| session.secret_sha256).collect::<Vec<_>>(), [[1; 32]]);
}

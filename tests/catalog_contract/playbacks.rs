//! Playbacks, and the views that they count as.

use ginflix_api::movie::MovieId;
use ginflix_api::playback::PlayedRange;
use ginflix_api::views::{NotCounted, NotCountedReason, ViewQuery};
use ginflix_server::catalog::store::{PlaybackEvent, PlaybackUpdate, StoreError};
use jiff::civil::date;

use crate::backend::Database;
use crate::samples::{apply, count, movie, playback, report, start, time, too_short, view, write};

pub async fn a_view_counts_once(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let started = playback(record.id);
    start(&*db.store, &started).await;
    let played = vec![PlayedRange { start: 0.1, end: 30.25 }];
    let first =
        PlaybackUpdate { played: played.clone(), ..report(&started, "2026-05-06T07:09:00Z") };
    let second = report(&started, "2026-05-07T00:00:00Z");
    // Two reports in one transaction, and another one later.
    let counted = apply(&*db.store, &[first, second.clone()], count).await;
    let third = apply(&*db.store, &[second], count).await.remove(0).unwrap();
    assert_eq!(counted[0].as_ref().unwrap().watched_seconds, 1.0);
    assert_eq!(counted[1].as_ref().unwrap().watched_seconds, 2.0);
    assert_eq!(third.watched_seconds, 3.0);
    assert_eq!(third.played, played);
    assert_eq!(third.started_at, started.started_at);
    assert_eq!(third.counted_at, Some(time("2026-05-06T07:09:00Z")));
    assert_eq!(third.reported_at, Some(time("2026-05-07T00:00:00Z")));
    assert_eq!(third.reason, None);
    assert_eq!(db.store.movie(record.id).await.unwrap().views, 1);
    let summary = db.store.view_report(&ViewQuery::default()).await.unwrap();
    assert_eq!((summary.total, summary.days.len()), (1, 1));
    // A repeated start changes nothing, even together with later reports.
    start(&*db.store, &started).await;
    let replayed = [
        PlaybackEvent::Started(started.clone()),
        PlaybackEvent::Played(report(&started, "2026-05-07T00:00:00Z")),
    ];
    let results = db.store.record_playbacks(&replayed, count).await.unwrap();
    assert_eq!(results[1].as_ref().unwrap().watched_seconds, 4.0);
    assert_eq!(db.store.view_report(&ViewQuery::default()).await.unwrap().total, 1);
}

pub async fn a_start_and_its_reports_share_a_transaction(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let (one, two) = (playback(record.id), playback(record.id));
    let at = "2026-05-06T07:09:00Z";
    let events = [
        PlaybackEvent::Started(one.clone()),
        PlaybackEvent::Played(report(&one, at)),
        PlaybackEvent::Started(two.clone()),
        PlaybackEvent::Started(two.clone()),
        PlaybackEvent::Played(report(&one, at)),
    ];
    let results = db.store.record_playbacks(&events, count).await.unwrap();
    let watched: Vec<f64> =
        results.iter().flatten().map(|playback| playback.watched_seconds).collect();
    assert_eq!(watched, [0.0, 1.0, 0.0, 0.0, 2.0]);
    let explained = db.store.explain_views(record.id).await.unwrap();
    assert_eq!((explained.playbacks, explained.counted), (2, 1));
}

pub async fn concurrent_reports_count_once(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let playbacks = [playback(record.id), playback(record.id)];
    for playback in &playbacks {
        start(&*db.store, playback).await;
    }
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = db.store.clone();
            let mut updates = playbacks.each_ref().map(|p| report(p, "2026-05-06T07:09:00Z"));
            // Half in reverse order: without sorted locks they would deadlock.
            if n % 2 == 0 {
                updates.reverse();
            }
            tokio::spawn(async move { apply(&*store, &updates, count).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(db.store.movie(record.id).await.unwrap().views, 2);
    let last = [report(&playbacks[0], "2026-05-06T08:00:00Z")];
    let updated = apply(&*db.store, &last, count).await;
    assert_eq!(updated[0].as_ref().unwrap().watched_seconds, 9.0);
}

pub async fn a_report_on_an_unknown_playback_has_no_result(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let (known, unknown) = (playback(record.id), playback(record.id));
    start(&*db.store, &known).await;
    let reports = [&unknown, &known].map(|playback| report(playback, "2026-05-06T07:09:00Z"));
    let updated = apply(&*db.store, &reports, count).await;
    assert!(updated[0].is_none() && updated[1].is_some());
    assert!(apply(&*db.store, &[], count).await.is_empty());
    let explained = db.store.explain_views(MovieId::new()).await;
    assert!(matches!(explained, Err(StoreError::NotFound)));
}

pub async fn a_report_is_limited_to_its_days(db: &Database) {
    let (one, two) = (movie("One"), movie("Two"));
    write(&*db.store, &[one.clone(), two.clone()]).await;
    for (record, at) in [
        (&one, "2026-05-01T00:00:00Z"),
        (&one, "2026-05-01T23:59:59.999Z"),
        (&two, "2026-05-02T00:00:00Z"),
        (&one, "2026-05-03T12:00:00Z"),
        (&two, "2026-05-02T06:00:00Z"),
        (&two, "2026-05-02T05:00:00Z"),
    ] {
        view(&*db.store, record.id, at).await;
    }
    let report_of = async |since: Option<i8>, until: Option<i8>, top| {
        let day = |day: i8| date(2026, 5, day);
        let query =
            ViewQuery { since: since.map(day), until: until.map(day), top, ..ViewQuery::default() };
        let found = db.store.view_report(&query).await.unwrap();
        let days: Vec<_> = found.days.iter().map(|day| (day.day.day(), day.views)).collect();
        let movies: Vec<_> = found
            .movies
            .into_iter()
            .map(|movie| (movie.title, movie.views, movie.last_viewed_at))
            .collect();
        (found.total, days, movies)
    };
    let first = ("One".to_owned(), 3, Some(time("2026-05-03T12:00:00Z")));
    let second = ("Two".to_owned(), 3, Some(time("2026-05-02T06:00:00Z")));
    let all = (6, vec![(1, 2), (2, 3), (3, 1)], vec![second.clone(), first]);
    assert_eq!(report_of(None, None, None).await, all);
    assert_eq!(report_of(Some(1), Some(3), None).await, all);
    let (total, days, movies) = report_of(Some(2), Some(2), None).await;
    assert_eq!((total, days), (3, vec![(2, 3)]));
    assert_eq!(movies, [second.clone(), ("One".to_owned(), 0, None)]);
    let (total, _, movies) = report_of(None, Some(1), Some(1)).await;
    assert_eq!((total, movies.len()), (2, 1));
    assert_eq!(movies[0].2, Some(time("2026-05-01T23:59:59.999Z")));
    let (total, _, movies) = report_of(None, None, Some(1)).await;
    assert_eq!((total, movies), (6, vec![second]));
}

pub async fn a_removed_movie_keeps_its_views(db: &Database) {
    let (record, unseen) = (movie("Film"), movie("Unseen"));
    write(&*db.store, &[record.clone(), unseen.clone()]).await;
    let running = playback(record.id);
    start(&*db.store, &running).await;
    view(&*db.store, record.id, "2026-05-01T00:00:00Z").await;
    db.store.delete_movie(record.id, None).await.unwrap();
    db.store.delete_movie(unseen.id, None).await.unwrap();
    let update = report(&running, "2026-05-02T00:00:00Z");
    apply(&*db.store, &[update], count).await;
    let since = ViewQuery { since: Some(date(2026, 5, 1)), ..ViewQuery::default() };
    for query in [ViewQuery::default(), since] {
        let summary = db.store.view_report(&query).await.unwrap();
        assert_eq!(summary.total, 2);
        let movies: Vec<_> = summary.movies.iter().map(|m| (m.title.as_str(), m.views)).collect();
        assert_eq!(movies, [("Film", 2)]);
    }
    assert_eq!(db.store.explain_views(record.id).await.unwrap().counted, 2);
}

pub async fn movies_without_a_view_come_last(db: &Database) {
    let (seen, unseen) = (movie("Seen"), movie("Unseen"));
    write(&*db.store, &[seen.clone(), unseen]).await;
    view(&*db.store, seen.id, "2026-05-01T00:00:00Z").await;
    let summary = db.store.view_report(&ViewQuery::default()).await.unwrap();
    let movies: Vec<_> = summary.movies.iter().map(|m| (m.title.as_str(), m.views)).collect();
    assert_eq!(movies, [("Seen", 1), ("Unseen", 0)]);
    let later = ViewQuery { since: Some(date(2026, 6, 1)), ..ViewQuery::default() };
    let summary = db.store.view_report(&later).await.unwrap();
    assert_eq!((summary.total, summary.days.len(), summary.movies.len()), (0, 0, 2));
    assert!(summary.movies.iter().all(|movie| movie.views == 0 && movie.last_viewed_at.is_none()));
}

pub async fn every_playback_is_explained(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    view(&*db.store, record.id, "2026-05-01T00:00:00Z").await;
    view(&*db.store, record.id, "2026-05-02T00:00:00Z").await;
    start(&*db.store, &playback(record.id)).await;
    for _ in 0..3 {
        let short = playback(record.id);
        start(&*db.store, &short).await;
        let update = report(&short, "2026-05-01T00:00:00Z");
        apply(&*db.store, &[update], too_short).await;
    }
    let mut explained = db.store.explain_views(record.id).await.unwrap();
    assert_eq!((explained.playbacks, explained.counted), (6, 2));
    assert_eq!(explained.title, "Film");
    explained.not_counted.sort_by_key(|not_counted| not_counted.reason);
    let expected = [
        NotCounted { reason: NotCountedReason::NeverPlayed, playbacks: 1 },
        NotCounted { reason: NotCountedReason::TooShort, playbacks: 3 },
    ];
    assert_eq!(explained.not_counted, expected);
}

//! Migration of a filled database of an earlier version.

use ginflix_api::movie::{MovieId, MovieQuery};
use ginflix_api::views::ViewQuery;
use ginflix_server::catalog::open;
use ginflix_server::catalog::store::MovieFilter;
use ginflix_server::config::Database as Settings;
use refinery::Target;
use uuid::Uuid;

use crate::backend::{Database, empty_like};

mod sqlite {
    refinery::embed_migrations!("../ginflix-server/src/catalog/sqlite/migrations");
}

mod postgres {
    refinery::embed_migrations!("../ginflix-server/src/catalog/postgres/migrations");
}

const ID: Uuid = Uuid::from_u128(7);

/// Rows as the first version wrote them.
const IN_SQLITE: &str = r#"
    INSERT INTO media VALUES ('film.mp4', 5, 'ab', 'video/mp4', 90.5, 1767225600000000);
    INSERT INTO movies VALUES (1, x'00000000000000000000000000000007', 'Old Film', 'old film', 'Once.', 1999,
        '["Drama"]', '["Ann"]', '[]', 'film.mp4', 3, 1767225600000000, 1767225600000000);
    INSERT INTO movie_genres VALUES ('drama', x'00000000000000000000000000000007', 'Drama');
    INSERT INTO movie_search (rowid, title, people, genres, description)
        VALUES (1, 'old film', 'ann', 'drama', 'once');
    INSERT INTO playbacks VALUES (x'00000000000000000000000000000009', x'00000000000000000000000000000007',
        1767225600000000, 1767225640000000, 30.0, '[{"start":0.0,"end":31.0}]', 31.0, 1767225640000000, NULL);
    INSERT INTO view_totals VALUES (x'00000000000000000000000000000007', 'Old Film', 1, 1767225640000000);
    INSERT INTO view_days VALUES ('2026-01-01', 1);
    INSERT INTO view_movie_days VALUES ('2026-01-01', x'00000000000000000000000000000007', 1, 1767225640000000);
    INSERT INTO accounts VALUES (x'00000000000000000000000000000008', 'ann', 'admin', 'hash', 1767225600000000);
"#;
const IN_POSTGRES: &str = r#"
    INSERT INTO media VALUES ('film.mp4', 5, 'ab', 'video/mp4', 90.5, '2026-01-01T00:00:00Z');
    INSERT INTO movies VALUES ('00000000-0000-0000-0000-000000000007', 'Old Film', 'old film', 'Once.', 1999,
        '{Drama}', '{Ann}', '{}', 'film.mp4', 3, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z',
        '''old'':1A ''film'':1A ''ann'':2B ''drama'':3C ''once'':4D');
    INSERT INTO movie_genres VALUES ('drama', '00000000-0000-0000-0000-000000000007', 'Drama');
    INSERT INTO playbacks VALUES ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-000000000007',
        '2026-01-01T00:00:00Z', '2026-01-01T00:00:40Z', 30.0, '[{"start":0.0,"end":31.0}]', 31.0,
        '2026-01-01T00:00:40Z', NULL);
    INSERT INTO view_totals VALUES ('00000000-0000-0000-0000-000000000007', 'Old Film', 1, '2026-01-01T00:00:40Z');
    INSERT INTO view_days VALUES ('2026-01-01', 1);
    INSERT INTO view_movie_days
        VALUES ('2026-01-01', '00000000-0000-0000-0000-000000000007', 1, '2026-01-01T00:00:40Z');
    INSERT INTO accounts
        VALUES ('00000000-0000-0000-0000-000000000008', 'ann', 'admin', 'hash', '2026-01-01T00:00:00Z');
"#;

/// Rows that the second version added: `robot` was created by an account; `early` by one of that name
/// that was removed before the present one was created; `again` first by an account, then by the
/// token of the cluster; `unknown` is not in the audit log.
const IN_SQLITE_2: &str = r#"
    INSERT INTO accounts VALUES (x'00000000000000000000000000000018', 'ANN', 'viewer', 'hash', 1767225600000000);
    INSERT INTO credentials VALUES
        (x'0101010101010101010101010101010101010101010101010101010101010101', 'token', 'robot', NULL, 'admin', 1767225700000000, NULL),
        (x'0202020202020202020202020202020202020202020202020202020202020202', 'token', 'early', NULL, 'admin', 1767225500000000, NULL),
        (x'0303030303030303030303030303030303030303030303030303030303030303', 'token', 'again', NULL, 'admin', 1767225900000000, NULL),
        (x'0404040404040404040404040404040404040404040404040404040404040404', 'token', 'unknown', NULL, 'admin', 1767225700000000, NULL),
        (x'0505050505050505050505050505050505050505050505050505050505050505', 'token', 'cluster', NULL, 'admin', 1767225700000000, NULL);
    INSERT INTO audit VALUES
        (x'00000000000000000000000000000001', 1767225700000000, 'ann', 0, 'tokens.create', '/api/v1/tokens/robot', '::1', 'r', 1),
        (x'00000000000000000000000000000002', 1767225500000000, 'ann', 0, 'tokens.create', '/api/v1/tokens/early', '::1', 'r', 1),
        (x'00000000000000000000000000000003', 1767225700000000, 'ann', 0, 'tokens.create', '/api/v1/tokens/again', '::1', 'r', 1),
        (x'00000000000000000000000000000004', 1767225900000000, 'cluster', 1, 'tokens.create', '/api/v1/tokens/again', '::1', 'r', 1),
        (x'00000000000000000000000000000005', 1767225900000000, 'ann', 0, 'tokens.create', '/api/v1/tokens/cluster', '::1', 'r', 1);
"#;
const IN_POSTGRES_2: &str = r#"
    INSERT INTO accounts
        VALUES ('00000000-0000-0000-0000-000000000018', 'ANN', 'viewer', 'hash', '2026-01-01T00:00:00Z');
    INSERT INTO credentials VALUES
        ('\x0101010101010101010101010101010101010101010101010101010101010101', 'token', 'robot', NULL, 'admin', '2026-01-01T00:01:40Z', NULL),
        ('\x0202020202020202020202020202020202020202020202020202020202020202', 'token', 'early', NULL, 'admin', '2025-12-31T23:58:20Z', NULL),
        ('\x0303030303030303030303030303030303030303030303030303030303030303', 'token', 'again', NULL, 'admin', '2026-01-01T00:05:00Z', NULL),
        ('\x0404040404040404040404040404040404040404040404040404040404040404', 'token', 'unknown', NULL, 'admin', '2026-01-01T00:01:40Z', NULL),
        ('\x0505050505050505050505050505050505050505050505050505050505050505', 'token', 'cluster', NULL, 'admin', '2026-01-01T00:01:40Z', NULL);
    INSERT INTO audit VALUES
        ('00000000-0000-0000-0000-000000000001', '2026-01-01T00:01:40Z', 'ann', false, 'tokens.create',
            '/api/v1/tokens/robot', '::1', 'r', true),
        ('00000000-0000-0000-0000-000000000002', '2025-12-31T23:58:20Z', 'ann', false, 'tokens.create',
            '/api/v1/tokens/early', '::1', 'r', true),
        ('00000000-0000-0000-0000-000000000003', '2026-01-01T00:01:40Z', 'ann', false, 'tokens.create',
            '/api/v1/tokens/again', '::1', 'r', true),
        ('00000000-0000-0000-0000-000000000004', '2026-01-01T00:05:00Z', 'cluster', true, 'tokens.create',
            '/api/v1/tokens/again', '::1', 'r', true),
        ('00000000-0000-0000-0000-000000000005', '2026-01-01T00:05:00Z', 'ann', false, 'tokens.create',
            '/api/v1/tokens/cluster', '::1', 'r', true);
"#;

/// Fills the first two schemas, and migrates them to the one before the last.
async fn fill(settings: &Settings) {
    match settings {
        Settings::Sqlite(path) => {
            let mut db = rusqlite::Connection::open(path).unwrap();
            let runner = sqlite::migrations::runner();
            let last = runner.get_migrations().iter().map(refinery::Migration::version).max();
            runner.set_target(Target::Version(1)).run(&mut db).unwrap();
            db.execute_batch(IN_SQLITE).unwrap();
            let runner = sqlite::migrations::runner();
            runner.set_target(Target::Version(2)).run(&mut db).unwrap();
            db.execute_batch(IN_SQLITE_2).unwrap();
            let runner = sqlite::migrations::runner();
            runner.set_target(Target::Version(last.unwrap() - 1)).run(&mut db).unwrap();
        }
        Settings::Postgres(url) => {
            let (mut db, connection) =
                tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let runner = postgres::migrations::runner();
            let last = runner.get_migrations().iter().map(refinery::Migration::version).max();
            runner.set_target(Target::Version(1)).run_async(&mut db).await.unwrap();
            db.batch_execute(IN_POSTGRES).await.unwrap();
            let runner = postgres::migrations::runner();
            runner.set_target(Target::Version(2)).run_async(&mut db).await.unwrap();
            db.batch_execute(IN_POSTGRES_2).await.unwrap();
            let runner = postgres::migrations::runner();
            let target = Target::Version(last.unwrap() - 1);
            runner.set_target(target).run_async(&mut db).await.unwrap();
        }
    }
}

pub async fn data_of_an_earlier_version_is_kept(db: &Database) {
    let (settings, _directory) = empty_like(db).await;
    fill(&settings).await;
    let catalog = open::open(&settings).await.unwrap();
    let movie = catalog.movie(MovieId(ID)).await.unwrap();
    assert_eq!((movie.title.as_str(), movie.version, movie.views), ("Old Film", 3, 1));
    assert_eq!((movie.duration_seconds, movie.size_bytes), (Some(90.5), Some(5)));
    assert_eq!((movie.genres, movie.directors), (vec!["Drama".to_owned()], vec!["Ann".to_owned()]));
    assert_eq!(catalog.genres().await.unwrap(), [("Drama".to_owned(), 1)]);
    for words in [vec!["old"], vec!["ann", "fi"], vec!["once"]] {
        let words = words.into_iter().map(str::to_owned).collect();
        let filter = MovieFilter { words, limit: 9, ..MovieFilter::default() };
        assert_eq!(catalog.store().movies(&filter).await.unwrap().len(), 1, "{filter:?}");
    }
    let misspelt = MovieQuery { q: Some("flim".to_owned()), ..MovieQuery::default() };
    assert_eq!(catalog.movies(&misspelt).await.unwrap().items.len(), 1);
    let summary = catalog.store().view_report(&ViewQuery::default()).await.unwrap();
    assert_eq!((summary.total, summary.days.len(), summary.movies[0].views), (1, 1, 1));
    let explained = catalog.store().explain_views(MovieId(ID)).await.unwrap();
    assert_eq!((explained.counted, explained.playbacks), (1, 1));
    // Names compare without case since; the exact one has precedence, then the first.
    for (name, found) in [("ann", "ann"), ("ANN", "ANN"), ("Ann", "ann")] {
        assert_eq!(catalog.store().account(name).await.unwrap().name, found);
    }
}

pub async fn tokens_of_an_earlier_version_get_their_creator(db: &Database) {
    let (settings, _directory) = empty_like(db).await;
    fill(&settings).await;
    let catalog = open::open(&settings).await.unwrap();
    let tokens = catalog.store().tokens().await.unwrap();
    let accounts = tokens.iter().map(|token| (token.name.as_str(), token.account.as_deref()));
    let expected = [
        ("again", None),
        ("cluster", None),
        ("early", None),
        ("robot", Some("ann")),
        ("unknown", None),
    ];
    assert_eq!(accounts.collect::<Vec<_>>(), expected);
}

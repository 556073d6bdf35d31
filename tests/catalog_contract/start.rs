//! Opening and closing of the catalogue.

use ginflix_server::catalog::open;
use ginflix_server::catalog::store::StoreError;

use crate::backend::{Database, empty_like};
use crate::samples::{movie, write};

pub async fn data_survives_a_restart(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    let reopened = open::open(&db.settings).await.unwrap();
    assert_eq!(reopened.movie(record.id).await.unwrap().title, "Film");
}

pub async fn several_servers_can_start_at_once(db: &Database) {
    let (settings, _directory) = empty_like(db).await;
    let openers: Vec<_> = (0..4)
        .map(|_| {
            let settings = settings.clone();
            tokio::spawn(async move { open::open(&settings).await })
        })
        .collect();
    let mut catalogs = Vec::new();
    for opener in openers {
        catalogs.push(opener.await.unwrap().unwrap());
    }
    let record = movie("Film");
    write(&*catalogs[0].store(), std::slice::from_ref(&record)).await;
    assert_eq!(catalogs[3].movie(record.id).await.unwrap().title, "Film");
}

pub async fn a_closed_catalogue_refuses_all_calls(db: &Database) {
    let record = movie("Film");
    write(&*db.store, std::slice::from_ref(&record)).await;
    db.catalog.close().await;
    let read = db.store.count_movies().await;
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    let written = db.store.insert_movie(&movie("Another")).await;
    assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
    let reopened = open::open(&db.settings).await.unwrap();
    assert_eq!(reopened.store().count_movies().await.unwrap(), 1);
}

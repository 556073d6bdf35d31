//! The audit log.

use ginflix_api::audit::AuditEntry;
use ginflix_server::catalog::store::AuditFilter;
use uuid::Uuid;

use crate::backend::Database;
use crate::samples::time;

pub fn entry(id: u128) -> AuditEntry {
    AuditEntry {
        id: Uuid::from_u128(id),
        at: time("2026-02-03T04:05:06.789Z"),
        who: "ann'; --".to_owned(),
        is_token: true,
        account: id.is_multiple_of(2).then(|| "ann".to_owned()),
        action: "movies.add".to_owned(),
        target: "/api/v1/movies/1".to_owned(),
        client: "2001:db8::1".parse().unwrap(),
        request_id: "0a".to_owned(),
        answered: id.is_multiple_of(2),
    }
}

fn filter(since: Option<u128>, before: Option<u128>, limit: u32) -> AuditFilter {
    AuditFilter { since: since.map(Uuid::from_u128), before: before.map(Uuid::from_u128), limit }
}

pub async fn the_latest_change_comes_first(db: &Database) {
    for id in [2, 1, 4, 3] {
        db.store.put_audit(&entry(id)).await.unwrap();
    }
    let ids = async |since, before, limit| -> Vec<u128> {
        let entries = db.store.audit(&filter(since, before, limit)).await.unwrap();
        assert!(entries.iter().all(|actual| *actual == entry(actual.id.as_u128())));
        entries.iter().map(|entry| entry.id.as_u128()).collect()
    };
    assert_eq!(ids(None, None, 10).await, [4, 3, 2, 1]);
    assert_eq!(ids(None, Some(4), 2).await, [3, 2]);
    assert_eq!(ids(Some(3), None, 10).await, [4, 3]);
    assert_eq!(ids(Some(9), None, 10).await, [] as [u128; 0]);
}

pub async fn an_entry_can_be_replaced_and_deleted(db: &Database) {
    let incomplete = AuditEntry { answered: false, who: "ops".to_owned(), ..entry(1) };
    db.store.put_audit(&incomplete).await.unwrap();
    let complete = AuditEntry { answered: true, target: "/elsewhere".to_owned(), ..incomplete };
    db.store.put_audit(&complete).await.unwrap();
    assert_eq!(db.store.audit(&filter(None, None, 10)).await.unwrap(), [complete]);
    db.store.delete_audit(Uuid::from_u128(1)).await.unwrap();
    db.store.delete_audit(Uuid::from_u128(1)).await.unwrap();
    assert!(db.store.audit(&filter(None, None, 10)).await.unwrap().is_empty());
}

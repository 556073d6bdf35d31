//! A server that is killed during a restore has the old catalogue or the restored one.

use ginflix_api::paths;
use ginflix_tests::fsyncs::TracedServer;
use ginflix_tests::http::client;
use ginflix_tests::server::{Server, TOKEN};
use reqwest::Method;
use tempfile::tempdir;

use crate::{add_movies, copy_folder, titles};

const OLD: [&str; 2] = ["Old 1", "Old 2"];
const NEW: [&str; 3] = ["New 1", "New 2", "New 3"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_fsync_of_a_restore_has_one_of_both_catalogues() {
    let template = tempdir().unwrap();
    let mut old = Server::start_on(template.path(), &[]);
    add_movies(&old, &OLD).await;
    assert!(old.stop().success());
    let new = Server::start();
    add_movies(&new, &NEW).await;
    let backup = new.admin(Method::GET, paths::BACKUP).send().await.unwrap();
    let backup = backup.bytes().await.unwrap();

    let mut outcomes = Vec::new();
    for n in 1.. {
        let volume = tempdir().unwrap();
        copy_folder(template.path(), volume.path());
        let mut traced = TracedServer::start(volume.path(), &[]);
        let address = traced.wait_until_ready().unwrap();
        traced.kill_after(n);
        let url = format!("http://{address}{}?replace=true", paths::BACKUP);
        let request = client().put(url).bearer_auth(TOKEN).body(backup.clone()).send();
        let response = traced.run(request).await;
        let is_acknowledged = response.is_ok_and(|response| response.status() == 200);
        let is_killed = traced.is_killed();
        drop(traced);

        let mut server = Server::start_on(volume.path(), &[]);
        let found = titles(&server).await;
        assert!(found == OLD || found == NEW, "after a kill at fsync {n}: {found:?}");
        assert!(found == NEW || !is_acknowledged, "an acknowledged restore is gone");
        assert!(server.stop().success());
        let db = rusqlite::Connection::open(volume.path().join("catalog.db")).unwrap();
        let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok", "after a kill at fsync {n}");
        outcomes.push(found == NEW);
        if !is_killed {
            break;
        }
    }
    assert!(outcomes.contains(&false), "no kill came before the restore was committed");
    assert!(outcomes.len() >= 4, "there were {} kills", outcomes.len() - 1);
}

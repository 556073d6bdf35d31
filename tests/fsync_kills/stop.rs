//! A server that is killed while it stops has its whole catalogue at the next start.

use ginflix_api::paths;
use ginflix_tests::fsyncs::TracedServer;
use ginflix_tests::http::client;
use ginflix_tests::server::{Server, TOKEN};
use serde_json::json;
use tempfile::tempdir;

use crate::{add_movies, copy_folder, titles};

#[tokio::test]
async fn a_server_killed_at_any_fsync_of_its_stop_has_all_movies() {
    let template = tempdir().unwrap();
    let mut before = Server::start_on(template.path(), &[]);
    add_movies(&before, &["Before"]).await;
    assert!(before.stop().success());
    for n in 1.. {
        let volume = tempdir().unwrap();
        copy_folder(template.path(), volume.path());
        let mut traced = TracedServer::start(volume.path(), &[]);
        let address = traced.wait_until_ready().unwrap();
        let movie = json!({ "title": "Later", "media": "film.mp4" });
        let url = format!("http://{address}{}", paths::MOVIES);
        let added = client().post(url).bearer_auth(TOKEN).json(&movie).send();
        assert_eq!(traced.run(added).await.unwrap().status(), 201);
        traced.kill_after(n);
        let is_stopped = traced.stop();
        drop(traced);
        let mut server = Server::start_on(volume.path(), &[]);
        assert_eq!(titles(&server).await, ["Before", "Later"], "after a kill at fsync {n}");
        assert!(server.stop().success());
        if is_stopped {
            assert!(n > 4, "there were {} kills", n - 1);
            break;
        }
    }
}

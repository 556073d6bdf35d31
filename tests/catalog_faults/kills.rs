//! Kills of the database and of the server by SIGKILL, ten times each. Every acknowledged write
//! survives, and every view counts exactly once.

use ginflix_tests::postgres::Postgres;
use ginflix_tests::server::Server;

use crate::clients::Clients;

const KILLS: u32 = 10;
/// The clients send addresses of viewers, because the server limits the playbacks of an address.
const TRUST_CLIENTS: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kills_of_postgresql() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let mut server = Server::start_with(&[&TRUST_CLIENTS[..], &["--database-url", &url]].concat());
    let clients = Clients::start(&server).await;
    for kill in 0..KILLS {
        clients.wait_for_movies(3).await;
        clients.wait_for_views(5).await;
        cluster.kill();
        // Views are accepted without the database; other writes are refused.
        clients.wait_for_views(5).await;
        clients.wait_for_refusal().await;
        let kills_server = kill % 3 == 2;
        if kills_server {
            server.kill();
        }
        cluster.start_again();
        if kills_server {
            server.start_again();
            clients.follow(&server);
        }
    }
    clients.wait_for_movies(1).await;
    clients.verify(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kills_of_a_server_with_postgresql() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    kill_server(&["--database-url", &url]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kills_of_a_server_with_sqlite() {
    kill_server(&[]).await;
}

async fn kill_server(flags: &[&str]) {
    let mut server = Server::start_with(&[&TRUST_CLIENTS[..], flags].concat());
    let clients = Clients::start(&server).await;
    for _ in 0..KILLS {
        clients.wait_for_movies(3).await;
        clients.wait_for_views(5).await;
        server.kill();
        server.start_again();
        clients.follow(&server);
    }
    clients.verify(&server).await;
}

//! `kill -9`, ten times, of the database and of the server: what was
//! acknowledged is there, and every view counted exactly once.

use ginflix_tests::postgres::Postgres;
use ginflix_tests::server::Server;

use crate::clients::Clients;

const KILLS: u32 = 10;
/// The clients name the viewers' addresses, as one may only start so many playbacks.
const TRUSTING: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_postgresql() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    let mut server = Server::start_with(&[&TRUSTING[..], &["--database-url", &url]].concat());
    let clients = Clients::start(&server).await;
    for kill in 0..KILLS {
        clients.movies(3).await;
        clients.views(5).await;
        cluster.kill();
        // Views go on without it; all else is refused for now.
        clients.views(5).await;
        clients.refusal().await;
        let also_the_server = kill % 3 == 2;
        if also_the_server {
            server.kill();
        }
        cluster.start_again();
        if also_the_server {
            server.start_again();
            clients.follow(&server);
        }
    }
    clients.movies(1).await;
    clients.agree_with(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_server_on_postgresql() {
    let cluster = Postgres::start_durable();
    let url = cluster.create_database(None).await;
    of_the_server(&["--database-url", &url]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_server_on_sqlite() {
    of_the_server(&[]).await;
}

async fn of_the_server(flags: &[&str]) {
    let mut server = Server::start_with(&[&TRUSTING[..], flags].concat());
    let clients = Clients::start(&server).await;
    for _ in 0..KILLS {
        clients.movies(3).await;
        clients.views(5).await;
        server.kill();
        server.start_again();
        clients.follow(&server);
    }
    clients.agree_with(&server).await;
}

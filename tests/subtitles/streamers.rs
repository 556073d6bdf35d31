//! Each streamer serves the subtitles, also while the database is unavailable.

use ginflix_tests::fleet::Fleet;
use ginflix_tests::media_files;

use super::{HELLO, add, document, texts};

#[tokio::test(flavor = "multi_thread")]
async fn three_streamers_serve_subtitles_without_the_database() {
    let mut fleet = Fleet::start(3).await;
    fleet.wait_until_all_live().await;
    let movie = std::fs::read(media_files::matroska()).unwrap();
    fleet.upload(0, "film.mkv", &movie).await;
    fleet.wait_until_replicated("film.mkv", &movie).await;
    let added = add(&fleet.web, "film.mkv", "file_name=film.en.srt", HELLO).await;
    assert_eq!(added.status(), 201);
    for streamer in &fleet.streamers {
        let listed = texts(streamer, "film.mkv", 1).await;
        assert!(document(streamer, "film.mkv", &listed[0]).await.contains("Hello"));
    }
    fleet.disconnect_database().await;
    // A streamer that is killed and starts without the database has them too.
    fleet.streamers[1].kill();
    fleet.streamers[1].start_again();
    for streamer in &fleet.streamers {
        let listed = texts(streamer, "film.mkv", 1).await;
        assert!(document(streamer, "film.mkv", &listed[0]).await.contains("Hello"));
    }
    fleet.reconnect_database().await;
}

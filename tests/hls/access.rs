//! A private cluster gives nothing of a file without an account or a link for it.

use ginflix_api::error::ErrorCode;
use ginflix_api::link::Link;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::media_files;
use ginflix_tests::server::Server;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{bytes, put, text, uris};

async fn link_query(server: &Server, media: &str) -> String {
    let expires_at = Timestamp::now() + SignedDuration::from_hours(1);
    let body = json!({ "media": media, "expires_at": expires_at, "for": "Zoë & co" });
    let response = server.admin(Method::POST, paths::LINKS).json(&body).send().await.unwrap();
    let link: Link = response.json().await.unwrap();
    link.path.split_once('?').unwrap().1.to_owned()
}

/// Returns the paths of all resources of a file, without queries.
async fn all_resources(server: &Server, hls: &str, query: &str) -> Vec<String> {
    let mut paths = vec![format!("{hls}/master.m3u8")];
    for playlist in uris(&text(server, &format!("{hls}/master.m3u8?{query}")).await) {
        let listed = text(server, &format!("{hls}/{playlist}")).await;
        paths.push(format!("{hls}/{playlist}"));
        paths.extend(uris(&listed).iter().map(|uri| format!("{hls}/{uri}")));
    }
    let without_query =
        |path: String| path.split_once('?').map_or(path.clone(), |(path, _)| path.to_owned());
    paths.into_iter().map(without_query).collect()
}

#[tokio::test]
async fn one_link_opens_all_that_belongs_to_a_file_and_nothing_else() {
    let server = Server::start_with(&["--access", "private"]);
    let hls = put(&server, "a film.mkv", &media_files::two_languages()).await.replace(' ', "%20");
    put(&server, "other.mp4", &media_files::faststart()).await;
    let query = link_query(&server, "a film.mkv").await;
    let resources = all_resources(&server, &hls, &query).await;
    assert!(resources.len() > 10, "{resources:?}");
    let foreign = link_query(&server, "other.mp4").await;
    for path in &resources {
        // A player follows the URIs as they are, which have the query of the link.
        bytes(&server, &format!("{path}?{query}")).await;
        expect_error(server.anonymous(Method::GET, path), 401, ErrorCode::Unauthenticated).await;
        let other = server.anonymous(Method::GET, &format!("{path}?{foreign}"));
        expect_error(other, 403, ErrorCode::Forbidden).await;
    }
    bytes(&server, &format!("/stream/a%20film.mkv?{query}")).await;
    for other in ["/stream/other.mp4", "/stream/other.mp4/hls/master.m3u8"] {
        let request = server.anonymous(Method::GET, &format!("{other}?{query}"));
        expect_error(request, 403, ErrorCode::Forbidden).await;
    }
}

#[tokio::test]
async fn each_uri_of_a_playlist_has_the_query_of_the_link() {
    let server = Server::start_with(&["--access", "private"]);
    let hls = put(&server, "film.mkv", &media_files::two_languages()).await;
    let query = link_query(&server, "film.mkv").await;
    for playlist in ["master.m3u8", "video.m3u8", "audio-0.m3u8", "iframes.m3u8"] {
        let listed = text(&server, &format!("{hls}/{playlist}?audio_codecs=aac&{query}")).await;
        let found = uris(&listed);
        assert!(!found.is_empty(), "{listed}");
        for uri in found {
            assert!(uri.ends_with(&format!("?{query}")), "{uri}");
        }
    }
    // Whoever has an account needs no link.
    let response = server.admin(Method::GET, &format!("{hls}/video.m3u8")).send().await.unwrap();
    assert_eq!(header(&response, "cache-control"), "private, no-cache");
    let listed = response.text().await.unwrap();
    assert!(uris(&listed).iter().all(|uri| !uri.contains('?')), "{listed}");
    let segment = format!("{hls}/{}", uris(&listed).pop().unwrap());
    let segment = server.admin(Method::GET, &segment).send().await.unwrap();
    assert_eq!(header(&segment, "cache-control"), "private, max-age=31536000, immutable");
}

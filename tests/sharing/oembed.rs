//! The embedded player, for the sites that the owner of the server names, and how they learn of it (oembed.com).

use ginflix_api::error::ErrorCode;
use ginflix_api::movie::MovieId;
use ginflix_api::paths;
use ginflix_tests::http::{expect_error, header};
use ginflix_tests::server::Server;
use reqwest::{Method, Response};
use serde_json::Value;

const FLAGS: [&str; 2] = ["--embed-origins", "https://a.example,https://b.example:8443"];
const TITLE: &str = "Das \"Boot\" & <mehr>";

async fn start(flags: &[&str]) -> (Server, MovieId) {
    let server = Server::start_with(flags);
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let movie = server.add_movie(TITLE, "film.mp4").await;
    (server, movie.id)
}

async fn get(server: &Server, path: &str) -> Response {
    server.anonymous(Method::GET, path).send().await.unwrap()
}

/// Returns the path that describes the page of a movie.
fn oembed(server: &Server, id: MovieId, more: &str) -> String {
    format!("/oembed?url={}{more}", server.url(&paths::movie_page(id)))
}

#[tokio::test]
async fn a_page_leads_to_its_player() {
    let (server, id) = start(&FLAGS).await;
    let page = get(&server, &paths::movie_page(id)).await;
    assert!(header(&page, "content-security-policy").contains("frame-ancestors 'none'"));
    let page = page.text().await.unwrap();
    let (_, rest) = page.split_once("type=\"application/json+oembed\" href=\"").expect("a link");
    let url = rest.split_once('"').unwrap().0.replace("&#38;", "&");
    let described = ginflix_tests::http::client().get(&url).send().await.unwrap();
    assert_eq!(header(&described, "content-type"), "application/json");
    let described: Value = described.json().await.unwrap();
    assert_eq!((&described["version"], &described["type"]), (&"1.0".into(), &"video".into()));
    assert_eq!(described["title"], TITLE);
    assert_eq!((&described["width"], &described["height"]), (&960.into(), &540.into()));
    let html = described["html"].as_str().unwrap();
    let src = server.url(&format!("/embed/movies/{id}"));
    let title = "title=\"Das &#34;Boot&#34; &#38; &#60;mehr&#62;\"";
    let frame = format!("<iframe src=\"{src}\" {title} width=\"960\" height=\"540\"");
    assert!(html.starts_with(&frame), "{html}");
}

#[tokio::test]
async fn the_player_can_be_framed_by_the_named_sites_only() {
    let (server, id) = start(&FLAGS).await;
    let response = get(&server, &format!("/embed/movies/{id}?t=5")).await;
    assert_eq!(response.status(), 200);
    let policy = header(&response, "content-security-policy");
    let ancestors = "; frame-ancestors https://a.example https://b.example:8443";
    assert!(policy.ends_with(ancestors), "{policy}");
    assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
    for absent in ["x-frame-options", "set-cookie"] {
        assert!(!response.headers().contains_key(absent), "{absent}");
    }
    let page = response.text().await.unwrap();
    assert!(page.contains("data-file=\"/stream/film.mp4\""), "{page}");
    assert!(page.contains(&format!("<a href=\"/movies/{id}\" target=\"_blank\"")), "{page}");
    for other in ["action=\"/search\"", "/login", "/account", "/admin"] {
        assert!(!page.contains(other), "{other} in {page}");
    }
    // An account makes no difference.
    let as_admin = server.admin(Method::GET, &format!("/embed/movies/{id}"));
    assert_eq!(as_admin.send().await.unwrap().text().await.unwrap(), page);
    let unknown = format!("/embed/movies/{}", MovieId::new());
    assert_eq!(get(&server, &unknown).await.status(), 404);
}

#[tokio::test]
async fn formats_and_sizes_are_as_requested() {
    let (server, id) = start(&FLAGS).await;
    let small = get(&server, &oembed(&server, id, "&maxwidth=640&maxheight=180&format=json")).await;
    let small: Value = small.json().await.unwrap();
    assert_eq!((&small["width"], &small["height"]), (&320.into(), &180.into()));
    let xml = get(&server, &oembed(&server, id, "&format=xml")).await;
    assert_eq!(header(&xml, "content-type"), "text/xml; charset=utf-8");
    let xml = xml.text().await.unwrap();
    assert!(xml.starts_with("<?xml version=\"1.0\""), "{xml}");
    let title = "<title>Das &#34;Boot&#34; &#38; &#60;mehr&#62;</title>";
    assert!(xml.contains(title) && xml.contains("<html>&#60;iframe src="), "{xml}");
    let later = get(&server, &oembed(&server, id, "%3Fcollection=x%26t=12")).await;
    let later: Value = later.json().await.unwrap();
    assert!(later["html"].as_str().unwrap().contains(&format!("/embed/movies/{id}?t=12\"")));
    let refused = async |path: &str, status: u16, code| {
        expect_error(server.anonymous(Method::GET, path), status, code).await;
    };
    refused(&oembed(&server, id, "&format=yaml"), 501, ErrorCode::Invalid).await;
    refused(&oembed(&server, id, "&maxwidth=0"), 400, ErrorCode::Invalid).await;
    refused(&oembed(&server, id, "&maxwidth=-5"), 400, ErrorCode::Invalid).await;
    refused("/oembed", 400, ErrorCode::Invalid).await;
    refused(&oembed(&server, MovieId::new(), ""), 404, ErrorCode::NotFound).await;
    let elsewhere = format!("/oembed?url=https://other.example/movies/{id}");
    refused(&elsewhere, 404, ErrorCode::NotFound).await;
    let home = format!("/oembed?url={}", server.url("/"));
    refused(&home, 404, ErrorCode::NotFound).await;
}

#[tokio::test]
async fn nothing_can_be_embedded_unless_the_owner_names_a_site() {
    for flags in [&[][..], &["--access", "private"]] {
        let (server, id) = start(flags).await;
        let request = server.admin(Method::GET, &paths::movie_page(id));
        let page = request.send().await.unwrap().text().await.unwrap();
        assert!(!page.contains("oembed"), "{page}");
        let described = server.admin(Method::GET, &oembed(&server, id, ""));
        expect_error(described, 404, ErrorCode::NotFound).await;
        let player = server.admin(Method::GET, &format!("/embed/movies/{id}"));
        let player = player.send().await.unwrap();
        assert_eq!(player.status(), 404);
        assert_eq!(header(&player, "x-frame-options"), "DENY");
    }
}

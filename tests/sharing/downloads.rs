//! Downloads, where the owner of the server allows them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ginflix_api::paths;
use ginflix_tests::http::header;
use ginflix_tests::server::Server;
use reqwest::Method;

const BYTES: &[u8] = b"the bytes of a film";
const OFFER: &str = "?download=true\" download>Download (19 B)</a>";

/// Starts a server with a movie whose file has this original name. Returns the path of the page.
async fn start(flags: &[&str], original_name: &str) -> (Server, String) {
    let server = Server::start_with(flags);
    let named = format!(",originalname {}", STANDARD.encode(original_name));
    let length = BYTES.len() as u64;
    let created = server.create_upload("film.mp4", length, &named).send().await.unwrap();
    let location = header(&created, "location");
    let done = server.patch_upload(&location, 0, BYTES.to_vec()).send().await.unwrap();
    assert_eq!(done.status(), 204);
    let movie = server.add_movie("Film", "film.mp4").await;
    (server, paths::movie_page(movie.id))
}

async fn page(server: &Server, path: &str, is_admin: bool) -> String {
    let request = match is_admin {
        true => server.admin(Method::GET, path),
        false => server.anonymous(Method::GET, path),
    };
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_download_has_the_original_name_of_the_file() {
    let (server, _) = start(&["--downloads", "all"], "Été à la mer: \"1\".mp4").await;
    let disposition = "attachment; filename=\"_t_ _ la mer: _1_.mp4\"; \
        filename*=UTF-8''%C3%89t%C3%A9%20%C3%A0%20la%20mer%3A%20%221%22.mp4";
    for query in ["download=true", "download=1", "a=b&download"] {
        let path = format!("/stream/film.mp4?{query}");
        let response = server.anonymous(Method::GET, &path).send().await.unwrap();
        assert_eq!(header(&response, "content-disposition"), disposition);
        assert_eq!(header(&response, "content-type"), "video/mp4");
        assert_eq!(response.bytes().await.unwrap(), BYTES);
    }
    // It can be resumed.
    let rest = server.anonymous(Method::GET, "/stream/film.mp4?download=true");
    let rest = rest.header("range", "bytes=4-8").send().await.unwrap();
    assert_eq!(rest.status(), 206);
    assert_eq!(header(&rest, "content-disposition"), disposition);
    assert_eq!(rest.bytes().await.unwrap(), BYTES[4..9]);
    for played in ["/stream/film.mp4", "/stream/film.mp4?download=false"] {
        let response = server.anonymous(Method::GET, played).send().await.unwrap();
        assert!(!response.headers().contains_key("content-disposition"), "{played}");
    }
    let missing = server.anonymous(Method::GET, "/stream/none.mp4?download=true");
    let missing = missing.send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert!(!missing.headers().contains_key("content-disposition"));
}

#[tokio::test]
async fn downloads_are_offered_to_those_whom_the_owner_names() {
    for (flags, to_visitors, to_accounts) in [
        (&[][..], false, false),
        (&["--downloads", "accounts"], false, true),
        (&["--downloads", "all"], true, true),
    ] {
        let (server, path) = start(flags, "film.mp4").await;
        for (is_admin, is_offered) in [(false, to_visitors), (true, to_accounts)] {
            let page = page(&server, &path, is_admin).await;
            assert_eq!(page.contains(OFFER), is_offered, "{flags:?}");
            // Neither does the player offer it, for example where it cannot play the file.
            assert_eq!(page.contains(" download>"), is_offered, "{flags:?}");
        }
        let file = server.anonymous(Method::GET, "/stream/film.mp4?download=true");
        let file = file.send().await.unwrap();
        let is_attachment = file.headers().contains_key("content-disposition");
        assert_eq!(is_attachment, to_accounts, "{flags:?}");
    }
}

#[tokio::test]
async fn a_download_from_a_private_cluster_needs_the_link_of_the_page() {
    let flags = ["--downloads", "accounts", "--access", "private"];
    let (server, path) = start(&flags, "film.mp4").await;
    let page = page(&server, &path, true).await;
    let (before, _) = page.split_once("&#38;download=true\" download>").expect("a download");
    let url = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&") + "&download=true";
    let file = server.anonymous(Method::GET, &url).send().await.unwrap();
    assert_eq!(header(&file, "content-disposition").split(';').next(), Some("attachment"));
    assert_eq!(file.bytes().await.unwrap(), BYTES);
    let refused = server.anonymous(Method::GET, "/stream/film.mp4?download=true");
    assert_eq!(refused.send().await.unwrap().status(), 401);
}

use ginflix_api::Page;
use ginflix_api::movie::{Movie, MovieId};
use jiff::Timestamp;
use uuid::Uuid;

use super::catalogue::{Asked, Whole};
use super::movie::MoviePage;
use super::*;
use crate::http::pages::card::Card;

/// Characters that mean something in HTML, in every field that has text.
const HOSTILE: &str = "<script>alert('1')</script> & \"quoted\"";

fn hostile_movie() -> Movie {
    let text = || HOSTILE.to_owned();
    Movie {
        id: MovieId::new(),
        title: text(),
        description: text(),
        year: Some(1999),
        genres: vec![text()],
        directors: vec![text()],
        cast: vec![text()],
        media: "film.mp4".parse().unwrap(),
        stream_path: "/stream/film.mp4".to_owned(),
        content_type: Some("video/mp4".to_owned()),
        size_bytes: Some(1),
        duration_seconds: Some(5520.0),
        poster_path: None,
        views: 1,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn assert_escaped(page: &str) {
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains("\"quoted\""), "{page}");
    assert!(page.contains("&#60;script&#62;"), "{page}");
}

#[test]
fn what_people_wrote_is_text_on_every_page() {
    let movie = hostile_movie();
    let card = Card::from(&movie);
    let page = MoviePage {
        frame: Frame::anonymous(),
        card,
        movie: movie.clone(),
        stream: movie.stream_path.clone(),
    };
    assert_escaped(&page.render().unwrap());

    let asked = Asked { q: HOSTILE.into(), genre: HOSTILE.into(), ..Asked::default() };
    let found = Page { items: vec![movie], next_cursor: Some(HOSTILE.to_owned()) };
    let page = asked.page(
        Frame::anonymous(),
        found,
        Whole { genres: vec![(HOSTILE.to_owned(), 1)], years: vec![1999], movies: 1 },
    );
    assert_escaped(&page.render().unwrap());

    let nothing = Page { items: Vec::new(), next_cursor: None };
    let page = asked.page(Frame::anonymous(), nothing, Whole { movies: 1, ..Whole::default() });
    assert_escaped(&page.render().unwrap());
}

#[test]
fn pages_bring_no_script_or_style_of_their_own() {
    let movie = hostile_movie();
    let card = Card::from(&movie);
    let page =
        MoviePage { frame: Frame::anonymous(), card, stream: movie.stream_path.clone(), movie }
            .render()
            .unwrap();
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="));
    assert_eq!(
        page.matches("<script").count(),
        page.matches("<script type=\"module\" src=").count()
    );
}

#[test]
fn an_empty_catalogue_says_what_to_do() {
    let nothing = Page { items: Vec::new(), next_cursor: None };
    let page = Asked::default().page(Frame::anonymous(), nothing, Whole::default());
    assert!(page.render().unwrap().contains("ginflix upload film.mp4 --add --title"));
}

#[test]
fn an_error_is_a_page_with_the_headers_of_pages() {
    let id = RequestId(Uuid::nil());
    let response = error_page(StatusCode::INTERNAL_SERVER_ERROR, "internal error", &id);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"));
    assert_eq!(response.headers()[X_FRAME_OPTIONS], "DENY");
    assert_eq!(sentence("there is no page /x"), "There is no page /x.");
}

//! The log-in page.

use askama::Template;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::{Frame, html, links};
use crate::error::AppError;
use crate::http::request::Req;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LoginQuery {
    next: String,
}

/// `GET /login?next=/where/to`: the form; its script posts to the API.
pub async fn show(req: Req) -> Result<Response, AppError> {
    let query: LoginQuery = req.query()?;
    let next = links::same_site(&query.next).to_owned();
    let frame = Frame { here: next.clone(), ..Frame::of(&req) };
    html(StatusCode::OK, &LoginPage { frame, next })
}

//! The log-in page.

use askama::Template;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::{Layout, html, links};
use crate::error::AppError;
use crate::http::request::AuthorizedRequest;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    layout: Layout,
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LoginQuery {
    next: String,
}

/// `GET /login?next=PATH`: returns the form, whose script posts to the API.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: LoginQuery = req.query()?;
    let next = links::same_site(&query.next).to_owned();
    let layout = Layout { path_and_query: next.clone(), ..Layout::new(&req) };
    html(StatusCode::OK, &LoginPage { layout, next })
}

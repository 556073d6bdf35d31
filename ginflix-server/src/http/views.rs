//! Reports of views, for administrators.

use ginflix_api::movie::MovieId;
use ginflix_api::views::ViewQuery;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use crate::error::AppError;

/// `GET /api/v1/views`: views per movie and day.
pub async fn summary(req: Req) -> Result<Response, AppError> {
    let query: ViewQuery = req.query()?;
    reply::json(StatusCode::OK, &req.app.views.summary(query).await?)
}

/// `GET /api/v1/views/explain/{movie}`: why playbacks did or did not count.
pub async fn explain(req: Req, movie: MovieId) -> Result<Response, AppError> {
    reply::json(StatusCode::OK, &req.app.views.explain(movie).await?)
}

//! Probes: does the process live, may it take traffic.

use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use crate::error::AppError;

/// Whether a path is asked by machines all the time.
pub fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// `GET /healthz`: the process lives.
pub async fn live(_: Req) -> Result<Response, AppError> {
    Ok(reply::text(StatusCode::OK, "ok\n"))
}

/// `GET /readyz`: this process may take traffic.
pub async fn ready(req: Req) -> Result<Response, AppError> {
    if req.app.is_ready() {
        Ok(reply::text(StatusCode::OK, "ready\n"))
    } else {
        Err(AppError::Unavailable("this server"))
    }
}

//! Probes of liveness and readiness.

use jiff::Timestamp;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::AuthorizedRequest;
use crate::byte_size::format_bytes;
use crate::error::AppError;

/// `GET /healthz`: always succeeds, which shows that the process is alive.
pub async fn live(_: AuthorizedRequest) -> Result<Response, AppError> {
    Ok(reply::text(StatusCode::OK, "ok\n"))
}

/// `GET /readyz`: succeeds if this process accepts traffic; at the start not before its catalogue
/// is open. Without its database it still does, as
/// it streams media files and shows pages from the cache; with `?strict`, the response is then 503.
pub async fn ready(req: AuthorizedRequest) -> Result<Response, AppError> {
    let ReadinessQuery { strict } = req.query()?;
    if let Some(reason) = req.app.starting_reason() {
        return Err(AppError::Unavailable(reason));
    }
    if req.app.is_stopping() {
        return Err(AppError::Unavailable(
            "this server accepts no traffic, because it is stopping; ask again in a moment",
        ));
    }
    let unavailable_since = req.app.catalog.unavailable_since();
    let degraded = degraded(unavailable_since, req.app.views.held_bytes());
    let status = match strict.is_some() && !degraded.is_empty() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::OK,
    };
    Ok(reply::text(status, format!("ready\n{degraded}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadinessQuery {
    strict: Option<String>,
}

/// Describes what does not work, one line for each problem.
fn degraded(unavailable_since: Option<Timestamp>, held_bytes: u64) -> String {
    let mut lines = String::new();
    if let Some(since) = unavailable_since {
        lines += &format!(
            "degraded: the database has not answered since {since:.0}; pages may be out of \
             date, changes are rejected, films still play\n"
        );
    }
    if held_bytes > 0 {
        let size = format_bytes(held_bytes);
        lines += &format!("degraded: {size} of views wait for the database\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_has_a_line() {
        assert_eq!(degraded(None, 0), "");
        let lines = degraded(Some(Timestamp::UNIX_EPOCH), 7);
        assert!(lines.contains("since 1970-01-01T00:00:00Z;") && lines.contains(" 7 B "));
        assert_eq!(lines.lines().count(), 2);
    }
}

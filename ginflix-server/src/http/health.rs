//! Probes: does the process live, may it take traffic.

use jiff::Timestamp;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::reply;
use super::request::Req;
use crate::error::AppError;

/// `GET /healthz`: the process lives.
pub async fn live(_: Req) -> Result<Response, AppError> {
    Ok(reply::text(StatusCode::OK, "ok\n"))
}

/// `GET /readyz`: this process may take traffic, also while the database is
/// away: much goes on without it. `?strict` asks whether all is well.
pub async fn ready(req: Req) -> Result<Response, AppError> {
    let Strict { strict } = req.query()?;
    if !req.app.is_ready() {
        return Err(AppError::Unavailable("this server"));
    }
    let away_since = req.app.catalog.away_since();
    let degraded = degraded(away_since, req.app.views.held_bytes());
    let status = match strict.is_some() && !degraded.is_empty() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::OK,
    };
    Ok(reply::text(status, format!("ready\n{degraded}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    strict: Option<String>,
}

/// What does not go as it should, a line each.
fn degraded(away_since: Option<Timestamp>, held_bytes: u64) -> String {
    let mut lines = String::new();
    if let Some(since) = away_since {
        lines += &format!(
            "degraded: the database has not answered since {since:.0}; pages are shown as they \
             were, changes are refused, films go on\n"
        );
    }
    if held_bytes > 0 {
        lines += &format!("degraded: {held_bytes} bytes of views wait for the database\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_degraded_is_told() {
        assert_eq!(degraded(None, 0), "");
        let told = degraded(Some(Timestamp::UNIX_EPOCH), 7);
        assert!(told.contains("since 1970-01-01T00:00:00Z;") && told.contains(" 7 bytes"));
        assert_eq!(told.lines().count(), 2);
    }
}

//! Signed links, for administrators to hand out; and those of our own pages.

use ginflix_api::link::{Link, MAX_AUDIENCE_CHARS, MAX_LINK_DAYS, NewLink};
use ginflix_api::paths;
use jiff::{SignedDuration, Timestamp};
use warp::http::StatusCode;
use warp::reply::Response;

use super::audit::Note;
use super::auth::Identity;
use super::reply;
use super::request::Req;
use crate::clock::now;
use crate::error::AppError;

/// How long the links of a page last at least: 12 hours.
const PAGE_SECONDS: i64 = 12 * 3600;
/// Their ends are whole hours, so that a page that is loaded again has the same
/// links and the browser finds what it has of the film.
const PAGE_STEP_SECONDS: i64 = 3600;

/// `POST /api/v1/links`: signs one.
pub async fn create(req: Req) -> Result<Response, AppError> {
    let (app, maker) = (req.app.clone(), req.identity.clone());
    let NewLink { media, expires_at, audience } = req.json().await?;
    let audience = audience.unwrap_or_else(|| maker.name().to_owned());
    check(&audience, expires_at, now())?;
    app.catalog.media(&media).await?;
    let path = app.links.sign(&paths::stream(&media), &audience, expires_at);
    let expires_at = Timestamp::from_second(expires_at.as_second()).map_err(AppError::internal)?;
    let mut response = reply::json(StatusCode::CREATED, &Link { path, expires_at, audience })?;
    // The link itself is put down nowhere: it lets in.
    let target = Some(paths::stream(&media));
    response.extensions_mut().insert(Note { target, ..Note::default() });
    Ok(response)
}

fn check(audience: &str, expires_at: Timestamp, now: Timestamp) -> Result<(), AppError> {
    let length = audience.chars().count();
    if length == 0 || length > MAX_AUDIENCE_CHARS || audience.chars().any(char::is_control) {
        let rule =
            format!("must have 1 to {MAX_AUDIENCE_CHARS} characters and no control characters");
        return Err(AppError::invalid("for", rule));
    }
    let longest = SignedDuration::from_hours(i64::from(MAX_LINK_DAYS) * 24);
    // A link has whole seconds, and one must be left of it.
    let lasts = SignedDuration::from_secs(expires_at.as_second() - now.as_second());
    if lasts <= SignedDuration::ZERO || lasts > longest {
        let rule = format!("must be in the future, at most {MAX_LINK_DAYS} days from now");
        return Err(AppError::invalid("expires_at", rule));
    }
    Ok(())
}

/// Where a page's player fetches its film: on a private cluster by a link that
/// is signed for whoever looks at the page.
pub fn for_page(req: &Req, stream_path: &str) -> String {
    match &req.identity {
        Identity::Known { name, .. } if req.app.config.is_private() => {
            req.app.links.sign(stream_path, name, page_end(now()))
        }
        _ => stream_path.to_owned(),
    }
}

fn page_end(now: Timestamp) -> Timestamp {
    let earliest = now.as_second() + PAGE_SECONDS;
    let step = PAGE_STEP_SECONDS;
    Timestamp::from_second((earliest + step - 1).div_euclid(step) * step).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_links_of_a_page_last_and_stay_the_same_for_a_while() {
        let end = |now: &str| page_end(time(now)).to_string();
        assert_eq!(end("2026-01-01T00:00:00Z"), "2026-01-01T12:00:00Z");
        assert_eq!(end("2026-01-01T00:00:01Z"), "2026-01-01T13:00:00Z");
        assert_eq!(end("2026-01-01T01:00:00Z"), "2026-01-01T13:00:00Z");
    }

    #[test]
    fn a_link_ends_in_the_future_and_within_a_year() {
        let now = time("2026-01-01T00:00:00.900Z");
        let fits = |end: &str| check("ann", time(end), now).is_ok();
        assert!(fits("2026-01-01T00:00:01Z") && fits("2027-01-02T00:00:00Z"));
        assert!(!fits("2026-01-01T00:00:00.999Z") && !fits("2027-01-02T00:00:01Z"));
        assert!(!fits("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn whom_a_link_is_for_can_be_read() {
        let (now, end) = (time("2026-01-01T00:00:00Z"), time("2026-01-02T00:00:00Z"));
        let fits = |audience: &str| check(audience, end, now).is_ok();
        assert!(fits("Zoë & the others") && fits(&"ë".repeat(MAX_AUDIENCE_CHARS)));
        assert!(!fits("") && !fits("a\nb") && !fits(&"x".repeat(MAX_AUDIENCE_CHARS + 1)));
    }
}

//! Signed links: those that administrators create, and those of the site's own pages.

use ginflix_api::link::{Link, MAX_AUDIENCE_CHARS, MAX_LINK_DAYS, NewLink};
use ginflix_api::paths;
use jiff::{SignedDuration, Timestamp};
use warp::http::StatusCode;
use warp::reply::Response;

use super::audit::AuditOverride;
use super::auth::Identity;
use super::reply;
use super::request::AuthorizedRequest;
use crate::clock::now;
use crate::error::AppError;
use crate::links::LinkGrant;

/// Shortest lifetime of the links on a page, in seconds: 12 hours.
const PAGE_LINK_LIFETIME_SECONDS: i64 = 12 * 3600;
/// Granularity of the times in those links, in seconds. They are issued and expire at whole hours, so that a page
/// that is loaded again has the same links, under which the browser has cached the media file.
const PAGE_LINK_STEP_SECONDS: i64 = 3600;

/// `POST /api/v1/links`: creates a signed link to a media file.
pub async fn create(req: AuthorizedRequest) -> Result<Response, AppError> {
    let (app, creator) = (req.app.clone(), req.identity.clone());
    let NewLink { media, expires_at, audience } = req.json().await?;
    let audience = audience.unwrap_or_else(|| creator.name().to_owned());
    check(&audience, expires_at, now())?;
    app.catalog.media(&media).await?;
    let account = creator.account().unwrap_or_else(|| creator.name());
    let grant = LinkGrant { account, audience: &audience, issued: now(), expires: expires_at };
    let path = app.links.sign(&paths::stream(&media), &grant);
    let expires_at = Timestamp::from_second(expires_at.as_second()).map_err(AppError::internal)?;
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let page_path = format!("{}?{query}", paths::link_page(&media));
    let link = Link { path, page_path, expires_at, audience };
    let mut response = reply::json(StatusCode::CREATED, &link)?;
    // The audit log must not contain the link itself, because it grants access.
    let target = Some(paths::stream(&media));
    response.extensions_mut().insert(AuditOverride { target, ..AuditOverride::default() });
    Ok(response)
}

/// Checks the audience and the expiry of a new link.
fn check(audience: &str, expires_at: Timestamp, now: Timestamp) -> Result<(), AppError> {
    let length = audience.chars().count();
    if length == 0 || length > MAX_AUDIENCE_CHARS || audience.chars().any(char::is_control) {
        let rule =
            format!("must have 1 to {MAX_AUDIENCE_CHARS} characters and no control characters");
        return Err(AppError::invalid("for", rule));
    }
    let longest = SignedDuration::from_hours(i64::from(MAX_LINK_DAYS) * 24);
    // The expiry is truncated to whole seconds, and at least one must be left.
    let lifetime = SignedDuration::from_secs(expires_at.as_second() - now.as_second());
    if lifetime <= SignedDuration::ZERO || lifetime > longest {
        let rule = format!("must be in the future, at most {MAX_LINK_DAYS} days from now");
        return Err(AppError::invalid("expires_at", rule));
    }
    Ok(())
}

/// Returns the URL by which a page's player loads its media: on a private cluster, a link that is
/// signed for the viewer of the page.
pub fn for_page(req: &AuthorizedRequest, stream_path: &str) -> String {
    match &req.identity {
        Identity::Authenticated { name, .. } if req.app.config.is_private() => {
            let account = req.identity.account().unwrap_or(name);
            let (issued, expires) = page_link_period(now());
            let grant = LinkGrant { account, audience: account, issued, expires };
            req.app.links.sign(stream_path, &grant)
        }
        _ => stream_path.to_owned(),
    }
}

/// Returns when the links on a page that is rendered now are issued and expire.
fn page_link_period(now: Timestamp) -> (Timestamp, Timestamp) {
    let (step, now) = (PAGE_LINK_STEP_SECONDS, now.as_second());
    let time = |steps: i64| Timestamp::from_second(steps * step).unwrap_or(Timestamp::MAX);
    let earliest_end = now + PAGE_LINK_LIFETIME_SECONDS;
    (time(now.div_euclid(step)), time((earliest_end + step - 1).div_euclid(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn links_of_a_page_stay_the_same_for_an_hour() {
        let period = |now: &str| page_link_period(time(now));
        let (midnight, noon) = (time("2026-01-01T00:00:00Z"), time("2026-01-01T12:00:00Z"));
        assert_eq!(period("2026-01-01T00:00:00Z"), (midnight, noon));
        let one = time("2026-01-01T13:00:00Z");
        assert_eq!(period("2026-01-01T00:00:01Z"), (midnight, one));
        assert_eq!(period("2026-01-01T00:59:59.9Z"), (midnight, one));
        assert_eq!(period("2026-01-01T01:00:00Z"), (time("2026-01-01T01:00:00Z"), one));
    }

    #[test]
    fn a_link_expires_in_the_future_and_within_a_year() {
        let now = time("2026-01-01T00:00:00.900Z");
        let fits = |end: &str| check("ann", time(end), now).is_ok();
        assert!(fits("2026-01-01T00:00:01Z") && fits("2027-01-02T00:00:00Z"));
        assert!(!fits("2026-01-01T00:00:00.999Z") && !fits("2027-01-02T00:00:01Z"));
        assert!(!fits("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn an_audience_is_readable_text() {
        let (now, end) = (time("2026-01-01T00:00:00Z"), time("2026-01-02T00:00:00Z"));
        let fits = |audience: &str| check(audience, end, now).is_ok();
        assert!(fits("Zoë & the others") && fits(&"ë".repeat(MAX_AUDIENCE_CHARS)));
        assert!(!fits("") && !fits("a\nb") && !fits(&"x".repeat(MAX_AUDIENCE_CHARS + 1)));
    }
}

//! Logging in and out.

use ginflix_api::account::{LoggedIn, Login, Session};
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, SET_COOKIE};
use warp::reply::Response;

use super::audit::Note;
use super::auth::{self, Identity, SESSION_COOKIE};
use super::reply;
use super::request::Req;
use crate::accounts::SESSION_LIFETIME;
use crate::error::AppError;

/// The most bytes a log-in may have: a name and a password of full length, escaped.
const MAX_LOGIN_BYTES: u64 = 16 * 1024;

/// `POST /api/v1/session`: a name and a password for a session, as a token and
/// as a cookie.
pub async fn log_in(req: Req) -> Result<Response, AppError> {
    // Nor may another site log a visitor in as somebody else.
    auth::refuse_other_site(&req.headers)?;
    let (app, origin) = (req.app.clone(), req.origin);
    let login: Login = req.json_within(MAX_LOGIN_BYTES).await?;
    let (secret, session) = app.accounts.log_in(login, origin.client).await?;
    let logged_in = LoggedIn { token: secret.reveal().to_owned(), session };
    let mut response = reply::json(StatusCode::CREATED, &logged_in)?;
    let cookie = cookie(secret.reveal(), SESSION_LIFETIME.as_secs(), origin.secure)?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    let who = Some(logged_in.session.name);
    response.extensions_mut().insert(Note { who, ..Note::default() });
    Ok(response)
}

/// `GET /api/v1/session`: who am I.
pub async fn show(req: Req) -> Result<Response, AppError> {
    match req.identity {
        Identity::Known { name, role, expires_at, .. } => {
            reply::json(StatusCode::OK, &Session { name, role, expires_at })
        }
        Identity::Anonymous | Identity::Peer(_) => {
            Err(AppError::Unauthenticated("nobody is logged in"))
        }
    }
}

/// `DELETE /api/v1/session`: ends the log-in that the request shows.
pub async fn log_out(req: Req) -> Result<Response, AppError> {
    if let Some(shown) = auth::shown(&req.headers)? {
        req.app.accounts.log_out(shown.secret()).await?;
    }
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(SET_COOKIE, cookie("", 0, req.origin.secure)?);
    Ok(response)
}

/// The cookie; of no age to remove it.
fn cookie(value: &str, max_age_seconds: u64, secure: bool) -> Result<HeaderValue, AppError> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!(
        "{SESSION_COOKIE}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}"
    );
    let mut value = HeaderValue::from_str(&text).map_err(AppError::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_for_this_server_alone() {
        let text =
            |value, age, secure| cookie(value, age, secure).unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            text("abc", 60, false),
            "ginflix_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
        );
        assert!(text("abc", 60, true).ends_with("; Secure"));
        assert!(text("", 0, false).contains("=; Path=/; Max-Age=0;"));
        assert!(!format!("{:?}", cookie("abc", 60, true).unwrap()).contains("abc"));
    }
}

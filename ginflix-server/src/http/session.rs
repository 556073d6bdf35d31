//! Sessions: logging in and out.

use ginflix_api::account::{LoggedIn, Login, Session};
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, SET_COOKIE};
use warp::reply::Response;

use super::appearance;
use super::audit::AuditOverride;
use super::auth::{self, Identity, SECURE_SESSION_COOKIE, SESSION_COOKIE};
use super::reply;
use super::request::AuthorizedRequest;
use crate::accounts::SESSION_LIFETIME;
use crate::error::AppError;

/// Largest log-in request, in bytes: enough for the longest name and password, escaped.
const MAX_LOGIN_BYTES: u64 = 16 * 1024;

/// `POST /api/v1/session`: creates a session from a name and a password. The response has its
/// secret as a token and as a cookie, and cookies with how the account has chosen to see the pages.
pub async fn log_in(req: AuthorizedRequest) -> Result<Response, AppError> {
    // Another site must not log a visitor in as somebody else.
    auth::reject_cross_site(&req.headers)?;
    let (app, context) = (req.app.clone(), req.context);
    let user_agent = req.header("user-agent").unwrap_or_default().to_owned();
    let login: Login = req.json_within(MAX_LOGIN_BYTES).await?;
    let (secret, session) = app.accounts.log_in(login, context.client, &user_agent).await?;
    let logged_in = LoggedIn { token: secret.reveal().to_owned(), session };
    let mut response = reply::json(StatusCode::CREATED, &logged_in)?;
    let cookie = cookie(secret.reveal(), SESSION_LIFETIME.as_secs(), context.is_secure)?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    // Without them, the pages look as this browser last chose.
    let chosen = app.accounts.preferences(&logged_in.session.name).await.unwrap_or_default();
    appearance::set_cookies(&mut response, &chosen, context.is_secure)?;
    let who = Some(logged_in.session.name);
    response.extensions_mut().insert(AuditOverride { who, ..AuditOverride::default() });
    Ok(response)
}

/// `GET /api/v1/session`: returns the name and role of the client.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    match req.identity {
        Identity::Authenticated { name, role, expires_at, .. } => {
            reply::json(StatusCode::OK, &Session { name, role, expires_at })
        }
        Identity::Anonymous | Identity::Peer(_) => {
            Err(AppError::Unauthenticated("you are not logged in"))
        }
    }
}

/// `DELETE /api/v1/session`: ends the session whose secret the request carries.
pub async fn log_out(req: AuthorizedRequest) -> Result<Response, AppError> {
    if let Some(credential) = auth::presented_credential(&req.headers, req.context.is_secure)? {
        req.app.accounts.log_out(credential.secret()).await?;
    }
    let mut response = reply::empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(SET_COOKIE, cookie("", 0, req.context.is_secure)?);
    Ok(response)
}

/// Builds the `Set-Cookie` value of a session; a maximum age of 0 removes the cookie.
fn cookie(value: &str, max_age_seconds: u64, is_secure: bool) -> Result<HeaderValue, AppError> {
    let (name, secure) =
        if is_secure { (SECURE_SESSION_COOKIE, "; Secure") } else { (SESSION_COOKIE, "") };
    let text = format!(
        "{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}"
    );
    let mut value = HeaderValue::from_str(&text).map_err(AppError::internal)?;
    // Keeps the secret out of `Debug` and out of HPACK's table.
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_restricted_to_this_server() {
        let text = |value, age, is_secure| {
            cookie(value, age, is_secure).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(
            text("abc", 60, false),
            "ginflix_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
        );
        // The prefix requires `Secure`, this path and no `Domain`.
        assert_eq!(
            text("abc", 60, true),
            "__Host-ginflix_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(text("", 0, false).contains("=; Path=/; Max-Age=0;"));
        assert!(!format!("{:?}", cookie("abc", 60, true).unwrap()).contains("abc"));
    }
}

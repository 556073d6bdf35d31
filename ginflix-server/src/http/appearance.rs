//! How a client sees the pages: a form posts each choice, a cookie keeps it in the browser, and the account for its next
//! log-in. Pages are made by the cookies alone, which need no database.

use serde::de::DeserializeOwned;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE};
use warp::reply::Response;

use super::pages::links::same_site;
use super::request::AuthorizedRequest;
use super::{auth, reply};
use crate::app::App;
use crate::catalog::store::Preferences;
use crate::error::AppError;
use crate::locale::Locale;

/// Name of the cookie with the language that was chosen on a page.
pub const LANGUAGE_COOKIE: &str = "ginflix_language";
/// Name of the cookie with the theme that was chosen on a page.
pub const THEME_COOKIE: &str = "ginflix_theme";

/// How long a choice is kept, in seconds: a year.
const COOKIE_LIFETIME_SECONDS: u64 = 365 * 24 * 60 * 60;
/// Largest form, in bytes: enough for the longest path that browsers send.
const MAX_FORM_BYTES: u64 = 16 * 1024;

/// The colours of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// The colours that the system of the viewer prefers.
    #[default]
    System,
    /// Dark text on light paper.
    Light,
    /// Light text on dark paper.
    Dark,
}

impl Theme {
    /// All themes, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Returns the name in forms, cookies and style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the name of a theme that is not left to the system.
    pub fn chosen(self) -> Option<&'static str> {
        Some(self.name()).filter(|_| self != Self::System)
    }

    /// Returns the theme of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// A client that chooses how it sees the pages.
pub struct Chooser {
    app: App,
    /// The account that is logged in.
    account: Option<String>,
    is_secure: bool,
}

impl Chooser {
    /// Finds out who chooses.
    ///
    /// # Errors
    /// `Forbidden` if the request comes from a page of another site.
    pub async fn of(req: &AuthorizedRequest) -> Result<Self, AppError> {
        auth::reject_cross_site(&req.headers)?;
        let account = auth::optional_account(req).await;
        Ok(Self { app: req.app.clone(), account, is_secure: req.context.is_secure })
    }

    /// Keeps a choice, and returns to the page `next`.
    ///
    /// # Errors
    /// Only internal ones.
    pub async fn keep(self, chosen: &Preferences, next: &str) -> Result<Response, AppError> {
        if let Some(account) = &self.account {
            let kept = self.app.accounts.keep_preferences(account, chosen).await;
            if let Err(error) = kept {
                // The browser has it at least.
                tracing::debug!(%error, "a choice was not stored in the account");
            }
        }
        let mut response = reply::empty(StatusCode::SEE_OTHER);
        set_cookies(&mut response, chosen, self.is_secure)?;
        let headers = response.headers_mut();
        // The path of a page is percent-encoded, so another character is not from the switch.
        let next = Some(same_site(next)).filter(|next| next.is_ascii()).unwrap_or("/");
        headers.insert(LOCATION, HeaderValue::from_str(next).map_err(AppError::internal)?);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

/// Reads the form of a choice.
///
/// # Errors
/// `TooLarge`, or `Invalid` if it has not the fields of this type.
pub async fn form<T: DeserializeOwned>(req: AuthorizedRequest) -> Result<T, AppError> {
    let content = req.bytes("this form", MAX_FORM_BYTES).await?;
    serde_urlencoded::from_bytes(&content)
        .map_err(|error| AppError::invalid("body", error.to_string()))
}

/// Adds the cookies of what is chosen. What another version stored, and this one does not know, gets none.
///
/// # Errors
/// Only internal ones.
pub fn set_cookies(
    response: &mut Response,
    chosen: &Preferences,
    is_secure: bool,
) -> Result<(), AppError> {
    let language = chosen.language.as_deref().and_then(Locale::from_tag).map(Locale::tag);
    let theme = chosen.theme.as_deref().and_then(Theme::from_name).map(Theme::name);
    for (name, value) in [(LANGUAGE_COOKIE, language), (THEME_COOKIE, theme)] {
        if let Some(value) = value {
            response.headers_mut().append(SET_COOKIE, cookie(name, value, is_secure)?);
        }
    }
    Ok(())
}

fn cookie(name: &str, value: &str, is_secure: bool) -> Result<HeaderValue, AppError> {
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!(
        "{name}={value}; Path=/; Max-Age={COOKIE_LIFETIME_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    );
    HeaderValue::from_str(&text).map_err(AppError::internal)
}

#[cfg(test)]
mod tests;

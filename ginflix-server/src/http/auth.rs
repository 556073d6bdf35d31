//! Authentication and authorization of requests.

use ginflix_api::account::Role;
use jiff::Timestamp;
use warp::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use warp::http::{HeaderMap, Method};

use super::request::{AuthorizedRequest, RawRequest, RequestHead};
use crate::accounts::secret::Secret;
use crate::app::App;
use crate::catalog::store::{Credential, CredentialKind};
use crate::clock::now;
use crate::delivery::fields::HeaderFields;
use crate::error::AppError;
use crate::links::LinkStatus;
use crate::peers::key::{PEER_SIGNATURE, PeerAuthError, SignableRequest, VerifiedPeer};

/// Name of the cookie with a browser's session over plain HTTP.
pub const SESSION_COOKIE: &str = "ginflix_session";
/// Name of that cookie over TLS. Browsers accept a name with this prefix only from this host and over TLS
/// (RFC 6265bis, section 4.1.3.2), so neither another host of the domain nor somebody on the network can plant a session.
pub const SECURE_SESSION_COOKIE: &str = "__Host-ginflix_session";

/// The clients that may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessRule {
    /// Everyone. Credentials are not looked up: probes, log-in, style sheets. Those of a choice that an account keeps are
    /// looked up by its handler, which does without if they cannot be.
    Public,
    /// Everyone, but credentials are looked up.
    OptionalLogin,
    /// Clients that may watch: everyone on a public cluster, else accounts and tokens.
    Watch,
    /// Clients that may watch, and holders of a signed link to this path. Credentials are not
    /// looked up on a public cluster, nor for a valid link.
    Link,
    /// Accounts that are logged in, for what belongs to them. API tokens are for programs, which watch nothing: one that
    /// is leaked neither shows what its account watches nor sets another password.
    Account,
    /// Administrators.
    Admin,
    /// Other streamers of this cluster, by a signature. For other clients, the path does not exist.
    Peer,
}

/// The authenticated client of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A client without credentials, or whose credentials were not looked up.
    Anonymous,
    /// Another streamer of this cluster.
    Peer(VerifiedPeer),
    /// An account or a token.
    Authenticated {
        /// Name of the account or the token.
        name: String,
        /// Whether it is a token.
        is_token: bool,
        /// Name of the account that a token belongs to, if any; for a session, its own name.
        account: Option<String>,
        /// What the client may do: a token no more than its account.
        role: Role,
        /// End of the session or token; `None` for a token that does not expire.
        expires_at: Option<Timestamp>,
    },
}

impl Identity {
    /// Returns the name of the account or token; empty for others.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous | Self::Peer(_) => "",
            Self::Authenticated { name, .. } => name,
        }
    }

    /// Returns the account that is responsible: that of a token, if it has one, or of a session.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Anonymous | Self::Peer(_) => None,
            Self::Authenticated { account, .. } => account.as_deref(),
        }
    }

    /// Returns the account that is logged in; `None` for an API token.
    pub fn session_account(&self) -> Option<&str> {
        self.account().filter(|_| !self.is_token())
    }

    /// Returns whether this is an API token.
    pub fn is_token(&self) -> bool {
        matches!(self, Self::Authenticated { is_token: true, .. })
    }

    /// Returns whether this is an administrator.
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Authenticated { role: Role::Admin, .. })
    }
}

impl From<Credential> for Identity {
    fn from(credential: Credential) -> Self {
        Self::Authenticated {
            name: credential.client_name().to_owned(),
            is_token: credential.kind == CredentialKind::Token,
            role: credential.effective_role(),
            expires_at: credential.expires_at,
            account: credential.account,
        }
    }
}

/// A credential that a request carries, before it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedCredential {
    /// `Authorization: Bearer TOKEN`, which a program sends on purpose.
    Bearer(Secret),
    /// The session cookie, which a browser sends with requests of any page.
    Cookie(Secret),
}

impl PresentedCredential {
    /// Returns the secret in it.
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Bearer(secret) | Self::Cookie(secret) => secret,
        }
    }
}

/// Reads the credential in these header fields; a bearer token takes precedence over a cookie. `is_secure` says that the
/// client uses TLS: then a cookie without the prefix may be planted, and is ignored.
///
/// # Errors
/// Returns `Unauthenticated` if `Authorization` is not a well-formed bearer token.
pub fn presented_credential<F: HeaderFields + ?Sized>(
    fields: &F,
    is_secure: bool,
) -> Result<Option<PresentedCredential>, AppError> {
    if let Some(value) = fields.lines(&AUTHORIZATION).next() {
        let token = str::from_utf8(value).ok().and_then(|text| text.split_once(' '));
        let secret = token
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| Secret::parse(token.trim()));
        return secret.map(|secret| Some(PresentedCredential::Bearer(secret))).ok_or(INVALID_TOKEN);
    }
    let secure = cookie(fields, SECURE_SESSION_COOKIE);
    let session = secure.or_else(|| cookie(fields, SESSION_COOKIE).filter(|_| !is_secure));
    Ok(session.and_then(Secret::parse).map(PresentedCredential::Cookie))
}

/// Returns the value of the first cookie with this name.
pub fn cookie<'a, F: HeaderFields + ?Sized>(fields: &'a F, name: &str) -> Option<&'a str> {
    let lines = fields.lines(&COOKIE).filter_map(|line| str::from_utf8(line).ok());
    let mut cookies =
        lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The error for a bearer token that does not exist, has expired or was revoked.
const INVALID_TOKEN: AppError = AppError::Unauthenticated("this token is unknown or has expired");

/// Authenticates the client and checks it against the route's rule.
///
/// # Errors
/// Returns `Unauthenticated` if a log-in is missing or the token is unknown, `Forbidden` if the
/// role is insufficient or the request comes from a page of another site, `Gone` for an expired
/// link, `NotFound` on routes of peers, and `Unavailable` if the credential cannot be looked up.
pub async fn authorize(request: &RawRequest, rule: AccessRule) -> Result<Identity, AppError> {
    let is_private = request.app.config.is_private();
    match rule {
        AccessRule::Public => Ok(Identity::Anonymous),
        AccessRule::OptionalLogin => identify(&request.app, request).await,
        AccessRule::Link if !is_private => Ok(Identity::Anonymous),
        AccessRule::Link => authorize_link(request).await,
        AccessRule::Watch if !is_private => match identify(&request.app, request).await {
            // Everyone may watch, so the missing database must not prevent that.
            Err(AppError::Unavailable(_)) => Ok(Identity::Anonymous),
            other => other,
        },
        AccessRule::Watch => require_login(identify(&request.app, request).await?),
        AccessRule::Account => match require_login(identify(&request.app, request).await?)? {
            identity if identity.session_account().is_some() => Ok(identity),
            _ => Err(AppError::Forbidden(
                "this is for accounts: log in with a name and a password instead of an API token",
            )),
        },
        AccessRule::Admin => match require_login(identify(&request.app, request).await?)? {
            admin if admin.is_admin() => Ok(admin),
            _ => Err(AppError::Forbidden("only administrators may do this")),
        },
        AccessRule::Peer => verify_peer(request).map(Identity::Peer),
    }
}

/// Accepts a valid signed link from everyone, and any other link from clients that may watch.
async fn authorize_link(request: &RawRequest) -> Result<Identity, AppError> {
    let Err(rejection) = require_link(&request.app, request, request.path.as_str()) else {
        return Ok(Identity::Anonymous);
    };
    match identify(&request.app, request).await? {
        Identity::Anonymous => Err(rejection),
        identity => Ok(identity),
    }
}

/// Checks that the query of a request is a valid link to this path.
///
/// # Errors
/// Returns `Unauthenticated` without a signature, `Gone` for an expired link, and `Forbidden` for one that was changed.
pub fn require_link(app: &App, request: &RequestHead, path: &str) -> Result<(), AppError> {
    match app.links.verify(path, &request.query, now()) {
        LinkStatus::Valid => Ok(()),
        LinkStatus::Unsigned => Err(LOGIN_REQUIRED),
        LinkStatus::Expired => {
            Err(AppError::Gone("this link has expired; ask for a new one".to_owned()))
        }
        LinkStatus::Forged => {
            let message = "this link was altered, or another cluster signed it; ask for a new one";
            Err(AppError::Forbidden(message))
        }
    }
}

/// The error for a client without credentials.
const LOGIN_REQUIRED: AppError = AppError::Unauthenticated("log in, or send an API token");

fn require_login(identity: Identity) -> Result<Identity, AppError> {
    match identity {
        Identity::Anonymous => Err(LOGIN_REQUIRED),
        identity => Ok(identity),
    }
}

fn verify_peer(request: &RawRequest) -> Result<VerifiedPeer, AppError> {
    let not_found = || AppError::NotFound(format!("page {}", request.path.as_str()));
    let peers = request.app.peers.as_ref().ok_or_else(not_found)?;
    let signable = SignableRequest { method: request.method.as_str(), path: request.path.as_str() };
    let proof = request.headers.get(PEER_SIGNATURE).and_then(|value| value.to_str().ok());
    peers.keys().verify(proof, signable, Timestamp::now()).map_err(|why| {
        match why {
            PeerAuthError::Unsigned => {}
            PeerAuthError::Forged | PeerAuthError::Skewed(_) => {
                let client = request.context.client;
                tracing::warn!(%client, %why, "rejected a request to a path of peers");
            }
        }
        not_found()
    })
}

/// Returns the account that is logged in, for a public route; `None` also if it cannot be looked up, or if the request may
/// come from a page of another site.
pub async fn optional_account(request: &AuthorizedRequest) -> Option<String> {
    let identity = identify(&request.app, request).await.ok()?;
    identity.session_account().map(str::to_owned)
}

async fn identify(app: &App, request: &RequestHead) -> Result<Identity, AppError> {
    let is_secure = request.context.is_secure;
    let Some(presented) = presented_credential(&request.headers, is_secure)? else {
        return Ok(Identity::Anonymous);
    };
    match (app.accounts.credential(presented.secret()).await?, presented) {
        (Some(credential), PresentedCredential::Bearer(_)) => Ok(credential.into()),
        (Some(credential), PresentedCredential::Cookie(_)) => {
            require_same_origin(&request.method, &request.headers)?;
            Ok(credential.into())
        }
        (None, PresentedCredential::Bearer(_)) => Err(INVALID_TOKEN),
        // The browser still has the cookie of a session that has ended.
        (None, PresentedCredential::Cookie(_)) => Ok(Identity::Anonymous),
    }
}

/// Rejects a change that a page of another site makes with the session cookie (CSRF).
fn require_same_origin(method: &Method, headers: &HeaderMap) -> Result<(), AppError> {
    match request_site(headers) {
        _ if method.is_safe() => Ok(()),
        RequestSite::Same => Ok(()),
        RequestSite::Other | RequestSite::Unknown => Err(CROSS_SITE),
    }
}

/// Rejects a request that comes from a page of another site, according to the browser's header
/// fields. A request without such fields is accepted, because programs send none.
///
/// # Errors
/// Returns `Forbidden` for another site.
pub fn reject_cross_site(headers: &HeaderMap) -> Result<(), AppError> {
    match request_site(headers) {
        RequestSite::Other => Err(CROSS_SITE),
        RequestSite::Same | RequestSite::Unknown => Ok(()),
    }
}

/// The error for a request from a page of another site.
const CROSS_SITE: AppError =
    AppError::Forbidden("this request does not come from a page of this server");

/// The site of the page that sent a request, according to the browser.
#[derive(Debug, PartialEq, Eq)]
enum RequestSite {
    Same,
    Other,
    /// The request has neither `Sec-Fetch-Site` nor `Origin`.
    Unknown,
}

/// Reads the site from `Sec-Fetch-Site`, which no page can forge. Browsers send that over TLS and
/// to loopback only; otherwise `Origin` is compared with `Host`.
fn request_site(headers: &HeaderMap) -> RequestSite {
    if let Some(site) = headers.get("sec-fetch-site") {
        // `none` means that the user opened the URL, for example by a bookmark.
        return if site == "same-origin" || site == "none" {
            RequestSite::Same
        } else {
            RequestSite::Other
        };
    }
    let Some(origin) = headers.get(ORIGIN) else { return RequestSite::Unknown };
    let origin = origin.to_str().ok().and_then(|text| text.split_once("://"));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match (origin, host) {
        (Some((_, authority)), Some(host)) if authority.eq_ignore_ascii_case(host) => {
            RequestSite::Same
        }
        _ => RequestSite::Other,
    }
}

#[cfg(test)]
mod tests;

//! Who asks, and whether they may.

use ginflix_api::account::Role;
use jiff::Timestamp;
use warp::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use warp::http::{HeaderMap, Method};

use super::request::Incoming;
use crate::accounts::secret::Secret;
use crate::catalog::store::{Credential, CredentialKind};
use crate::clock::now;
use crate::delivery::fields::HeaderFields;
use crate::error::AppError;
use crate::links::Verdict;
use crate::peers::key::{Asked, HEADER as PEER, NoPeer, Passed};

/// Name of the cookie that browsers log in with.
pub const SESSION_COOKIE: &str = "ginflix_session";

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, always: probes, log-in, style sheets. Nobody is looked up.
    Open,
    /// Anyone; but who it is, is looked up.
    Anyone,
    /// Whoever may watch: anyone on a public cluster, else accounts and tokens.
    Watch,
    /// Whoever may watch, or holds a signed link to this. Nobody is looked up
    /// on a public cluster, nor whoever holds a link.
    Link,
    /// Administrators.
    Admin,
    /// Other streamers of this cluster, each by a signature; for everybody else there is no such
    /// path.
    Peer,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nobody in particular.
    Anonymous,
    /// Another streamer of this cluster.
    Peer(Passed),
    /// An account or a token.
    Known {
        /// Name of the account or the token.
        name: String,
        /// Whether it is a token.
        is_token: bool,
        /// What it may do.
        role: Role,
        /// When its log-in ends; `None` for a token without an end.
        expires_at: Option<Timestamp>,
    },
}

impl Identity {
    /// The name, for people; empty where it is nobody in particular.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous | Self::Peer(_) => "",
            Self::Known { name, .. } => name,
        }
    }

    /// Whether this is an API token.
    pub fn is_token(&self) -> bool {
        matches!(self, Self::Known { is_token: true, .. })
    }

    /// Whether this is an administrator.
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Known { role: Role::Admin, .. })
    }
}

impl From<Credential> for Identity {
    fn from(known: Credential) -> Self {
        Self::Known {
            is_token: known.kind == CredentialKind::Token,
            name: known.account.unwrap_or(known.name),
            role: known.role,
            expires_at: known.expires_at,
        }
    }
}

/// What a request shows to say who it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// `Authorization: Bearer TOKEN`; programs send it knowingly.
    Bearer(Secret),
    /// The cookie; browsers send it whatever page makes them.
    Cookie(Secret),
}

impl Shown {
    /// The secret in it.
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Bearer(secret) | Self::Cookie(secret) => secret,
        }
    }
}

/// What these header fields show; a bearer token goes before a cookie.
///
/// # Errors
/// `Unauthenticated` where there is an `Authorization` that cannot be one of ours.
pub fn shown<F: HeaderFields + ?Sized>(fields: &F) -> Result<Option<Shown>, AppError> {
    if let Some(value) = fields.lines(&AUTHORIZATION).next() {
        let token = str::from_utf8(value).ok().and_then(|text| text.split_once(' '));
        let secret = token
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| Secret::parse(token.trim()));
        return secret.map(|secret| Some(Shown::Bearer(secret))).ok_or(UNKNOWN);
    }
    let cookies = fields.lines(&COOKIE).filter_map(|line| str::from_utf8(line).ok());
    let session = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE);
    Ok(session.and_then(|(_, value)| Secret::parse(value)).map(Shown::Cookie))
}

const UNKNOWN: AppError = AppError::Unauthenticated("this token is not known, or has ended");

/// Finds out who asks and holds it against what the route asks for.
///
/// # Errors
/// `Unauthenticated` where nobody is logged in or the token is not known,
/// `Forbidden` where it is not enough or another site's page is asking, `NotFound`
/// where only peers may know of the path.
pub async fn authorise(request: &Incoming, access: Access) -> Result<Identity, AppError> {
    let is_private = request.app.config.is_private();
    match access {
        Access::Open => Ok(Identity::Anonymous),
        Access::Anyone => identify(request).await,
        Access::Link if !is_private => Ok(Identity::Anonymous),
        Access::Link => follow_link(request).await,
        Access::Watch if !is_private => match identify(request).await {
            // Watching goes on while the catalogue is away.
            Err(AppError::Unavailable(_)) => Ok(Identity::Anonymous),
            other => other,
        },
        Access::Watch => known(identify(request).await?),
        Access::Admin => match known(identify(request).await?)? {
            admin if admin.is_admin() => Ok(admin),
            _ => Err(AppError::Forbidden("only administrators may do this")),
        },
        Access::Peer => known_peer(request).map(Identity::Peer),
    }
}

/// A signed link lets in whoever holds it. One that does not may still be in
/// the hands of somebody who may watch.
async fn follow_link(request: &Incoming) -> Result<Identity, AppError> {
    let refusal = match request.app.links.check(request.path.as_str(), &request.query, now()) {
        Verdict::Valid => return Ok(Identity::Anonymous),
        Verdict::Unsigned => LOG_IN,
        Verdict::Expired => AppError::Gone("this link has expired; ask for a new one".to_owned()),
        Verdict::Forged => AppError::Forbidden("this link was not made here, or was changed"),
    };
    match identify(request).await? {
        Identity::Anonymous => Err(refusal),
        known => Ok(known),
    }
}

const LOG_IN: AppError = AppError::Unauthenticated("log in, or send a token");

fn known(identity: Identity) -> Result<Identity, AppError> {
    match identity {
        Identity::Anonymous => Err(LOG_IN),
        known => Ok(known),
    }
}

fn known_peer(request: &Incoming) -> Result<Passed, AppError> {
    let unknown = || AppError::NotFound(format!("page {}", request.path.as_str()));
    let peers = request.app.peers.as_ref().ok_or_else(unknown)?;
    let asked = Asked { method: request.method.as_str(), path: request.path.as_str() };
    let proof = request.headers.get(PEER).and_then(|value| value.to_str().ok());
    peers.keys().check(proof, asked, Timestamp::now()).map_err(|why| {
        match why {
            NoPeer::Unsigned => {}
            NoPeer::Forged | NoPeer::Skewed(_) => {
                tracing::warn!(client = %request.origin.client, %why, "refused what may be a peer");
            }
        }
        unknown()
    })
}

async fn identify(request: &Incoming) -> Result<Identity, AppError> {
    let Some(shown) = shown(&request.headers)? else {
        return Ok(Identity::Anonymous);
    };
    match (request.app.accounts.credential(shown.secret()).await?, shown) {
        (Some(known), Shown::Bearer(_)) => Ok(known.into()),
        (Some(known), Shown::Cookie(_)) => {
            require_same_origin(&request.method, &request.headers)?;
            Ok(known.into())
        }
        (None, Shown::Bearer(_)) => Err(UNKNOWN),
        // A log-in that has ended is as good as none.
        (None, Shown::Cookie(_)) => Ok(Identity::Anonymous),
    }
}

/// Refuses what a page of another site makes a browser do with our cookie.
fn require_same_origin(method: &Method, headers: &HeaderMap) -> Result<(), AppError> {
    match asking_site(headers) {
        _ if method.is_safe() => Ok(()),
        Site::Same => Ok(()),
        Site::Other | Site::Unsaid => Err(CROSS_SITE),
    }
}

/// Refuses what a browser says that a page of another site asks for. Programs,
/// which say nothing, may.
///
/// # Errors
/// `Forbidden`.
pub fn refuse_other_site(headers: &HeaderMap) -> Result<(), AppError> {
    match asking_site(headers) {
        Site::Other => Err(CROSS_SITE),
        Site::Same | Site::Unsaid => Ok(()),
    }
}

const CROSS_SITE: AppError =
    AppError::Forbidden("the request has to come from a page of this server (Origin)");

/// Whose page asks, as the browser says.
#[derive(Debug, PartialEq, Eq)]
enum Site {
    Same,
    Other,
    Unsaid,
}

/// `Sec-Fetch-Site` decides where there is one, as no page can forge it; plain
/// HTTP has only `Origin`, which is held against `Host`.
fn asking_site(headers: &HeaderMap) -> Site {
    if let Some(site) = headers.get("sec-fetch-site") {
        return if site == "same-origin" || site == "none" { Site::Same } else { Site::Other };
    }
    let Some(origin) = headers.get(ORIGIN) else { return Site::Unsaid };
    let authority = origin.to_str().ok().and_then(|text| text.split_once("://"));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match (authority, host) {
        (Some((_, asking)), Some(host)) if asking.eq_ignore_ascii_case(host) => Site::Same,
        _ => Site::Other,
    }
}

#[cfg(test)]
mod tests;

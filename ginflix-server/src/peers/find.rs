//! Which peer has a film, or an upload that goes on.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use ginflix_api::media::MediaName;
use ginflix_api::{paths, tus};
use http::header::{CONTENT_LENGTH, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Response;
use uuid::Uuid;

use super::Peers;
use super::call::{Ask, CallError};

/// How long all peers together have to say whether they have something.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it is remembered who has a film, and that nobody has it.
const REMEMBER_HOLDER: Duration = Duration::from_secs(5);
const REMEMBER_NONE: Duration = Duration::from_millis(500);
/// The most that is remembered.
const MOST: usize = 10_000;

/// The content that is wanted, in 64 hexadecimal digits.
pub const WANTED_SHA256: &str = "ginflix-peer-sha256";

/// A peer that has a film, and what it says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Where it is.
    pub address: SocketAddr,
    /// Bytes of the film.
    pub size: u64,
    /// Its strong entity tag, with quotes.
    pub etag: String,
    /// Its last change.
    pub modified: SystemTime,
}

/// What came of asking all peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// One has it.
    At(T),
    /// All have answered, and none has it.
    Nowhere,
    /// None has it of those that answered.
    Unsure,
}

/// What was found a moment ago.
#[derive(Debug, Default)]
pub struct Memory {
    media: Mutex<HashMap<MediaName, (Found<Holder>, Instant)>>,
    uploads: Mutex<HashMap<Uuid, SocketAddr>>,
}

impl Memory {
    fn media(&self) -> MutexGuard<'_, HashMap<MediaName, (Found<Holder>, Instant)>> {
        self.media.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<Uuid, SocketAddr>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recall(&self, name: &MediaName) -> Option<Found<Holder>> {
        let media = self.media();
        let (found, at) = media.get(name)?;
        let lasts = match found {
            Found::At(_) => REMEMBER_HOLDER,
            Found::Nowhere | Found::Unsure => REMEMBER_NONE,
        };
        (at.elapsed() < lasts).then(|| found.clone())
    }

    fn remember(&self, name: &MediaName, found: &Found<Holder>) {
        let mut media = self.media();
        if media.len() >= MOST {
            media.clear();
        }
        media.insert(name.clone(), (found.clone(), Instant::now()));
    }
}

impl Peers {
    /// A peer that has this film; who had it a moment ago is not asked again.
    pub async fn find_media(&self, name: &MediaName) -> Found<Holder> {
        if let Some(found) = self.memory().recall(name) {
            return found;
        }
        let found = self.find_media_but(name, None, &[]).await;
        self.memory().remember(name, &found);
        found
    }

    /// A peer other than these that has this film, perhaps with this very content.
    pub async fn find_media_but(
        &self,
        name: &MediaName,
        sha256: Option<&str>,
        except: &[SocketAddr],
    ) -> Found<Holder> {
        let mut headers = HeaderMap::new();
        if let Some(Ok(sha256)) = sha256.map(HeaderValue::from_str) {
            headers.insert(WANTED_SHA256, sha256);
        }
        self.find(&paths::peer_media(name), headers, except, holder).await
    }

    /// Forgets who has a film.
    pub fn forget_media(&self, name: &MediaName) {
        self.memory().media().remove(name);
    }

    /// The peer that an upload landed on.
    pub async fn find_upload(&self, id: Uuid) -> Found<SocketAddr> {
        if let Some(owner) = self.memory().uploads().get(&id) {
            return Found::At(*owner);
        }
        let mut headers = HeaderMap::new();
        headers.insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
        // Whatever else it says of an upload, it has it.
        let owner = |address, response: &Response| match response.status() {
            StatusCode::NOT_FOUND => Has::Not,
            _ => Has::It(address),
        };
        let found = self.find(&paths::peer_upload(id), headers, &[], owner).await;
        if let Found::At(owner) = found {
            let mut uploads = self.memory().uploads();
            if uploads.len() >= MOST {
                uploads.clear();
            }
            uploads.insert(id, owner);
        }
        found
    }

    /// Forgets where an upload landed.
    pub fn forget_upload(&self, id: Uuid) {
        self.memory().uploads().remove(&id);
    }

    /// Asks all at once; the first that has it will do.
    async fn find<T>(
        &self,
        path: &str,
        headers: HeaderMap,
        except: &[SocketAddr],
        judge: impl Fn(SocketAddr, &Response) -> Has<T>,
    ) -> Found<T> {
        let ask = |address| {
            let ask = Ask {
                method: Method::HEAD,
                path,
                headers: headers.clone(),
                body: None,
                patience: Some(PATIENCE),
            };
            async move { (address, self.ask(address, ask).await) }
        };
        let mut asked: FuturesUnordered<_> =
            self.book().peers(except).into_iter().map(ask).collect();
        let mut found = if self.book().is_complete() { Found::Nowhere } else { Found::Unsure };
        while let Some((address, answer)) = asked.next().await {
            match answer {
                Ok(response) => match judge(address, &response) {
                    Has::It(it) => return Found::At(it),
                    Has::Not => {}
                    Has::Unsaid => found = Found::Unsure,
                },
                Err(CallError::Itself(_)) => {}
                Err(_) => found = Found::Unsure,
            }
        }
        found
    }
}

enum Has<T> {
    It(T),
    Not,
    Unsaid,
}

fn holder(address: SocketAddr, response: &Response) -> Has<Holder> {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Has::Not,
        _ => return Has::Unsaid,
    }
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let size = text(CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let modified = text(LAST_MODIFIED).and_then(|text| httpdate::parse_http_date(text).ok());
    let etag = text(ETAG).filter(|etag| etag.starts_with('"'));
    match (size, etag, modified) {
        (Some(size), Some(etag), Some(modified)) => {
            Has::It(Holder { address, size, etag: etag.to_owned(), modified })
        }
        _ => Has::Unsaid,
    }
}

//! The player of a page: on the page of a movie, and on the page of a signed link.

use ginflix_api::media::Media;

use super::format;
use super::playback_options::master_playlist;
use super::playing::Playing;
use crate::config::DownloadAudience;
use crate::delivery::download;
use crate::http::auth::Identity;
use crate::http::request::AuthorizedRequest;
use crate::locale::Locale;

/// What the template of the player shows, and what its scripts need.
#[derive(Debug)]
pub struct PlayerView {
    /// The name under which the browser keeps the position: the id of the movie, or the name of the media file.
    pub key: String,
    /// The title.
    pub title: String,
    /// The length; `None` if it is not known.
    pub duration_seconds: Option<f64>,
    /// The URL of the picture before the start.
    pub backdrop: Option<String>,
    /// The URL of the poster, which surrounds itself before the start, because it is taller than the frame.
    pub poster: Option<String>,
    /// The URL by which the player loads the media file.
    pub stream: String,
    /// What is known of how the media file plays.
    pub playing: Playing,
    /// The URL that sends the file as an attachment; `None` if the owner of the server does not allow that.
    pub download: Option<String>,
    /// The URL to which the player reports what it plays, if that is not the API.
    pub playbacks: Option<String>,
    /// The movie after this one.
    pub up_next: Option<UpNext>,
    /// The URL of the page of the movie before this one.
    pub previous: Option<String>,
}

/// The movie after this one in a collection.
#[derive(Debug)]
pub struct UpNext {
    /// The title.
    pub title: String,
    /// The URL of a page that plays it.
    pub href: String,
    /// The URL of its poster, or of an image in place of it.
    pub picture: String,
    /// The title of the collection.
    pub collection: String,
}

impl PlayerView {
    /// Returns the URL of the master playlist.
    pub fn playlist(&self) -> String {
        master_playlist(&self.stream)
    }

    /// Returns the length as on a clock.
    pub fn length(&self) -> String {
        format::clock(self.duration_seconds.unwrap_or_default())
    }
}

/// Returns the URL that sends a media file as an attachment, if the settings offer that to the client of a request. `stream` is the
/// URL of the player.
pub fn download_of(req: &AuthorizedRequest, stream: &str) -> Option<String> {
    let is_offered = match req.app.config.downloads {
        DownloadAudience::None => false,
        DownloadAudience::Accounts => matches!(req.identity, Identity::Authenticated { .. }),
        DownloadAudience::All => true,
    };
    is_offered.then(|| download::url(stream))
}

/// Says how a media file plays. Without its metadata nothing is said, and it may still play.
pub fn playing_of(media: Option<&Media>, locale: Locale) -> Playing {
    media.map(|media| Playing::of(media, locale)).unwrap_or_default()
}

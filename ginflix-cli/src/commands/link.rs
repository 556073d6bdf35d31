//! `ginflix link`: creates a signed link to a media file, and prints the URL of a page that plays it.

use ginflix_api::client::Client;
use ginflix_api::link::{Link, NewLink};
use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::Serialize;

use super::resolve;
use crate::args::LinkArgs;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::utc_minute;
use crate::global::Global;
use crate::printer::Printer;

/// The output of `-o json`: the link with its full URLs.
#[derive(Serialize)]
struct LinkReport {
    /// The URL of the media file.
    url: String,
    /// The URL of the page.
    page_url: String,
    #[serde(flatten)]
    link: Link,
}

pub async fn run(args: LinkArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let media = find_media(&client, &args.what).await?;
    let expires_at = Timestamp::now() + args.expires;
    let new = NewLink { media, expires_at, audience: args.audience };
    let link = client.create_link(&new).await?;
    let url = client.url(&link.path)?.to_string();
    let page_url = client.url(&link.page_path)?.to_string();
    let expires_at = utc_minute(link.expires_at);
    let report = LinkReport { url, page_url, link };
    let shown = if args.file { &report.url } else { &report.page_url };
    printer.result(&report, || shown.clone());
    printer.note(&format!("Anyone with this link can watch until {expires_at} UTC."));
    Ok(ExitStatus::Done)
}

/// Returns the name of the media file, or of the media file that the movie uses.
async fn find_media(client: &Client, media_or_movie: &str) -> Result<MediaName> {
    if let Ok(name) = media_or_movie.parse::<MediaName>()
        && client.media(&name).await?.is_some()
    {
        return Ok(name);
    }
    Ok(resolve::find_movie(client, media_or_movie).await?.media)
}

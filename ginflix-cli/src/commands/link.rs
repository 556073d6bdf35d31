//! `ginflix link`: a signed link to one film.

use ginflix_api::client::Client;
use ginflix_api::link::{Link, NewLink};
use ginflix_api::media::MediaName;
use jiff::Timestamp;
use serde::Serialize;

use super::resolve;
use crate::args::LinkArgs;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::minute;
use crate::global::Global;
use crate::printer::Printer;

/// What `-o json` has: the link, and its whole address.
#[derive(Serialize)]
struct Report {
    url: String,
    #[serde(flatten)]
    link: Link,
}

pub async fn run(args: LinkArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let media = media(&client, &args.what).await?;
    let expires_at = Timestamp::now() + args.expires;
    let new = NewLink { media, expires_at, audience: args.audience };
    let link = client.create_link(&new).await?;
    let url = client.url(&link.path)?.to_string();
    let ends = minute(link.expires_at);
    let report = Report { url, link };
    printer.result(&report, || report.url.clone());
    printer.note(&format!("Whoever has this link can watch until {ends} UTC."));
    Ok(ExitStatus::Done)
}

/// The file of that name, else the one that the movie plays.
async fn media(client: &Client, what: &str) -> Result<MediaName> {
    if let Ok(name) = what.parse::<MediaName>()
        && client.media(&name).await?.is_some()
    {
        return Ok(name);
    }
    Ok(resolve::movie(client, what).await?.media)
}

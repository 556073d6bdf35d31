//! `ginflix open`: shows the web site, or a movie's page, in the browser.

use std::process::{Command, Stdio};

use ginflix_api::paths;
use serde::Serialize;

use super::resolve;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

/// Programs that open a URL in the browser the user prefers.
const OPENERS: [&str; 2] = ["xdg-open", "open"];

#[derive(Serialize)]
struct Report {
    url: String,
}

pub async fn run(
    movie: Option<String>,
    print: bool,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let url = match movie {
        Some(meant) => {
            let movie = resolve::movie(&client, &meant).await?;
            client.url(&paths::movie_page(movie.id))?
        }
        None => client.base().clone(),
    };
    let report = Report { url: url.to_string() };
    printer.result(&report, || report.url.clone());
    // Without a person in front of it there is no browser to open either.
    if !print && printer.is_table() && console::user_attended() {
        let opened = OPENERS.iter().any(|opener| {
            Command::new(opener)
                .arg(url.as_str())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .is_ok()
        });
        if !opened {
            printer.note("There is no browser to open here; open the address yourself.");
        }
    }
    Ok(ExitStatus::Done)
}

//! `ginflix open`: opens the web site, or a movie's page, in the browser.

use std::process::{Command, Stdio};

use ginflix_api::paths;
use serde::Serialize;

use super::resolve;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

/// The programs of Linux and macOS that open a URL in the default browser.
const OPENERS: [&str; 2] = ["xdg-open", "open"];

/// The output of `-o json`.
#[derive(Serialize)]
struct OpenReport {
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
        Some(id_or_title) => {
            let movie = resolve::find_movie(&client, &id_or_title).await?;
            client.url(&paths::movie_page(movie.id))?
        }
        None => client.base().clone(),
    };
    let report = OpenReport { url: url.to_string() };
    printer.result(&report, || report.url.clone());
    // A script that reads the output should not open a browser.
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
            printer.note("No browser was found; open the address yourself.");
        }
    }
    Ok(ExitStatus::Done)
}

//! `ginflix cluster up`: starts the cluster, if it does not run already.

use serde::Serialize;

use crate::args::{Global, UpArgs};
use crate::cluster::{self, Up, Wanted, command};
use crate::error::{ExitStatus, Result};
use crate::printer::Printer;
use crate::table::Table;

/// What `-o json` has.
#[derive(Serialize)]
struct Report<'a> {
    name: &'a str,
    state: &'static str,
    already_running: bool,
    url: &'a str,
    pid: Option<u32>,
    data_dir: Option<String>,
    admin: &'static str,
    /// Only the first time.
    admin_password: Option<&'a str>,
}

pub async fn run(args: UpArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let provider = cluster::open(global, args.provider)?;
    let wanted = Wanted {
        listen: args.listen,
        port: args.port,
        database_url: args.database_url,
        access: args.access,
        timeout: args.timeout,
    };
    let up = provider.up(&wanted, printer).await?;
    print(&up, &global.cluster, printer);
    if up.admin_password.is_some() {
        provider.password_shown()?;
    }
    Ok(ExitStatus::Done)
}

fn print(up: &Up, name: &str, printer: &Printer) {
    let report = Report {
        name,
        state: "running",
        already_running: up.already_running,
        url: up.url.as_str(),
        pid: up.pid,
        data_dir: up.data_dir.as_ref().map(|dir| dir.display().to_string()),
        admin: "admin",
        admin_password: up.admin_password.as_deref(),
    };
    printer.result(&report, || {
        let mut table = Table::facts();
        table.row(["Cluster", name]);
        table.row(["Web site", report.url]);
        table.row(["Account", report.admin]);
        if let Some(password) = report.admin_password {
            table.row(["Password", password]);
        }
        if let Some(dir) = &report.data_dir {
            table.row(["Data", dir]);
        }
        table.render(printer.width())
    });
    if up.admin_password.is_some() {
        printer.warn("the password is shown only now: keep it");
    }
    printer.next(&[
        (&command(name, "upload FILM.mp4 --add"), "bring a film onto it"),
        (&command(name, "open"), "look at the web site"),
        (&command(name, "cluster down"), "stop it"),
    ]);
}

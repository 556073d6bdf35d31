//! `ginflix audit`: lists the audit log.

use ginflix_api::audit::AuditQuery;
use jiff::tz::TimeZone;

use crate::args::AuditArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::utc_minute;
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(args: AuditArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let since = args.since.map(|day| day.to_zoned(TimeZone::UTC).map(|start| start.timestamp()));
    let since =
        since.transpose().map_err(|e| Failure::new(ExitStatus::Usage, format!("--since: {e}")))?;
    let query = AuditQuery { since, ..AuditQuery::default() };
    let entries = connection::connect(global).await?.audit(query, args.limit).await?;
    printer.result(&entries, || {
        if entries.is_empty() {
            return "There are no changes.".to_owned();
        }
        let mut table = Table::new(&[
            ("WHEN (UTC)", Column::Fixed),
            ("WHO", Column::Text),
            ("WHAT", Column::Text),
            ("WHICH", Column::Text),
            ("FROM", Column::Text),
        ]);
        for entry in &entries {
            let token = if entry.is_token { "token " } else { "" };
            let of = entry.account.as_ref().map(|account| format!(" of {account}"));
            let suffix = if entry.answered { "" } else { " (interrupted)" };
            let which = entry.target.strip_prefix("/api/v1").unwrap_or(&entry.target);
            table.row([
                utc_minute(entry.at),
                format!("{token}{}{}", entry.who, of.unwrap_or_default()),
                format!("{}{suffix}", entry.action),
                which.to_owned(),
                entry.client.to_string(),
            ]);
        }
        table.render(printer.width())
    });
    Ok(ExitStatus::Done)
}

//! `ginflix cluster logs`: prints the cluster's log.

use crate::args::Global;
use crate::cluster;
use crate::error::{ExitStatus, Result};
use crate::printer::Printer;

pub async fn run(
    lines: usize,
    follow: bool,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let (_, provider) = cluster::existing(global)?;
    provider.logs(lines, follow, printer).await?;
    Ok(ExitStatus::Done)
}

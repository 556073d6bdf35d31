//! `ginflix cluster logs`: prints the cluster's log.

use crate::args::LogsArgs;
use crate::cluster;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::LogsWanted;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;

pub async fn run(args: &LogsArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (name, provider) = cluster::existing(global)?;
    if name == ProviderName::Local && args.part.is_some() {
        return Err(Failure::new(ExitStatus::Usage, "a local cluster has no parts")
            .hint("leave out --part"));
    }
    let wanted = LogsWanted { lines: args.lines, follow: args.follow, part: args.part };
    provider.logs(&wanted, printer).await?;
    Ok(ExitStatus::Done)
}

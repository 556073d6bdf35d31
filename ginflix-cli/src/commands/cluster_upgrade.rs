//! `ginflix cluster upgrade`: another version, a pod at a time, while viewers watch.

use serde::Serialize;

use crate::args::UpgradeArgs;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{Condition, UpOptions};
use crate::cluster::settings::{PartName, Settings};
use crate::cluster::state::not_found;
use crate::cluster::{self, kubernetes};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command;
use crate::printer::Printer;

#[derive(Serialize)]
struct Report<'a> {
    name: &'a str,
    image_before: Option<String>,
    image: String,
}

pub async fn run(args: UpgradeArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let found = cluster::lock(global, args.timeout, printer).await?;
    let (provider, mut cluster) = found.ok_or_else(|| not_found(&global.cluster))?;
    if cluster.state.provider == ProviderName::Local {
        return Err(Failure::new(ExitStatus::Usage, "a local cluster is one process").hint(
            format!(
                "put the new ginflix-server beside ginflix, then: {}, and cluster up",
                suggested_command(&global.cluster, "cluster down")
            ),
        ));
    }
    let status = provider.status(&cluster).await?;
    if let Condition::Stopped(_) = status.condition {
        return Err(Failure::failed(format!("the cluster `{}` is not running", global.cluster))
            .hint(format!(
                "start it: {}",
                suggested_command(&global.cluster, "cluster up --image IMAGE")
            )));
    }
    let image = match args.image {
        Some(image) => image,
        None => kubernetes::default_image()?,
    };
    let image_before = status.parts.into_iter().find(|p| p.name == PartName::Web).map(|p| p.image);
    let wanted = UpOptions {
        kubernetes: Settings { server_image: Some(image.clone()), ..Settings::default() },
        timeout: Some(args.timeout),
        rollback: args.rollback,
        ..UpOptions::default()
    };
    provider.up(&mut cluster, &wanted, printer).await?;
    let report = Report { name: &global.cluster, image_before, image };
    printer.result(&report, || format!("Cluster `{}` runs {}.", report.name, report.image));
    Ok(ExitStatus::Done)
}

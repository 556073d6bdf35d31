//! `ginflix cluster upgrade`: replaces the servers one pod at a time, while viewers watch.

use serde::Serialize;

use crate::args::UpgradeArgs;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{ClusterCondition, UpOptions};
use crate::cluster::settings::{ComponentName, KubernetesSettings};
use crate::cluster::state::not_found;
use crate::cluster::{self, kubernetes};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command;
use crate::printer::Printer;

/// The output of `-o json`.
#[derive(Serialize)]
struct UpgradeReport<'a> {
    name: &'a str,
    image_before: Option<String>,
    image: String,
}

pub async fn run(args: UpgradeArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let found = cluster::lock(global, args.timeout, printer).await?;
    let (provider, mut cluster) = found.ok_or_else(|| not_found(&global.cluster))?;
    if cluster.state.provider == ProviderName::Local {
        let down = suggested_command(&global.cluster, "cluster down");
        let up = suggested_command(&global.cluster, "cluster up");
        return Err(Failure::new(ExitStatus::Usage, "a local cluster is upgraded by a restart")
            .hint(format!(
                "put the new ginflix-server beside ginflix, then run `{down}` and `{up}`"
            )));
    }
    let status = provider.status(&cluster).await?;
    if let ClusterCondition::Stopped(_) = status.condition {
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
    let image_before =
        status.components.into_iter().find(|p| p.name == ComponentName::Web).map(|p| p.image);
    let options = UpOptions {
        kubernetes: KubernetesSettings {
            server_image: Some(image.clone()),
            ..KubernetesSettings::default()
        },
        timeout: Some(args.timeout),
        rollback: args.rollback,
        ..UpOptions::default()
    };
    provider.up(&mut cluster, &options, printer).await?;
    let report = UpgradeReport { name: &global.cluster, image_before, image };
    printer.result(&report, || format!("Cluster `{}` now runs {}.", report.name, report.image));
    Ok(ExitStatus::Done)
}

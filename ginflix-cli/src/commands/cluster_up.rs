//! `ginflix cluster up`: creates the cluster if necessary, and starts it.

use std::time::Duration;

use serde::Serialize;

use crate::args::UpArgs;
use crate::cluster;
use crate::cluster::kubernetes::manifests::ManifestPlan;
use crate::cluster::provider::{UpOptions, UpReport};
use crate::cluster::settings::KubernetesSettings;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::{Global, Output};
use crate::hint::suggested_command;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The time to wait for another command that changes the cluster, unless `--timeout`
/// is given.
const LOCK_TIMEOUT: Duration = Duration::from_secs(600);

/// The output of `-o json`.
#[derive(Serialize)]
struct UpOutput<'a> {
    name: &'a str,
    state: &'static str,
    already_running: bool,
    /// Null if every command opens its own port-forward.
    url: Option<&'a str>,
    pid: Option<u32>,
    data_dir: Option<String>,
    context: Option<&'a str>,
    kubeconfig: Option<String>,
    admin: &'static str,
    /// Null unless the account was just created.
    admin_password: Option<&'a str>,
}

pub async fn run(args: UpArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let options = UpOptions {
        listen: args.listen,
        port: args.port,
        database_url: args.database_url,
        access: args.access,
        timeout: args.timeout,
        kubernetes: KubernetesSettings::from(&args.kubernetes),
        workers: args.kubernetes.workers,
        node_image: args.kubernetes.node_image,
        rollback: args.kubernetes.rollback,
    };
    if args.kubernetes.dry_run {
        let (provider, cluster) = cluster::load_or_new(global, args.provider, printer).await?;
        let plan = provider.plan(&cluster, &options, printer).await?.ok_or_else(|| {
            Failure::new(ExitStatus::Usage, "--dry-run needs a cluster on Kubernetes")
                .hint("choose one with --provider kind or --provider kubernetes")
        })?;
        return print_plan(&plan, global, printer);
    }
    let timeout = options.timeout.unwrap_or(LOCK_TIMEOUT);
    let (provider, mut cluster) =
        cluster::lock_or_new(global, args.provider, timeout, printer).await?;
    let up = provider.up(&mut cluster, &options, printer).await?;
    print(&up, &global.cluster, printer);
    if up.admin_password.is_some() {
        // The password was just shown, so it is no longer stored.
        cluster.dir.forget_password()?;
    }
    Ok(ExitStatus::Done)
}

/// Prints the manifests. As YAML, `kubectl apply -f -` accepts them.
fn print_plan(plan: &ManifestPlan, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    if global.output == Output::Yaml {
        printer.data(plan.to_yaml()?.trim_end());
    } else {
        printer.result(plan, || {
            let mut table = Table::new(&[("KIND", Column::Fixed), ("NAME", Column::Text)]);
            for (kind, name) in plan.names() {
                table.row([kind, name]);
            }
            table.render(printer.width())
        });
    }
    printer
        .note("Nothing was applied. The Secret `ginflix` is not shown; `cluster up` creates it.");
    Ok(ExitStatus::Done)
}

fn print(up: &UpReport, name: &str, printer: &Printer) {
    let report = UpOutput {
        name,
        state: "running",
        already_running: up.already_running,
        url: up.url.as_ref().map(url::Url::as_str),
        pid: up.pid,
        data_dir: up.data_dir.as_ref().map(|dir| dir.display().to_string()),
        context: up.context.as_deref(),
        kubeconfig: up.kubeconfig.as_ref().map(|path| path.display().to_string()),
        admin: "admin",
        admin_password: up.admin_password.as_deref(),
    };
    printer.result(&report, || {
        let mut table = Table::key_value();
        table.row(["Cluster", name]);
        table.row(["Web site", report.url.unwrap_or("each command opens a port-forward")]);
        table.row(["Account", report.admin]);
        if let Some(password) = report.admin_password {
            table.row(["Password", password]);
        }
        for (name, value) in [
            ("Data", report.data_dir.as_deref()),
            ("Context", report.context),
            ("Kubeconfig", report.kubeconfig.as_deref()),
        ] {
            if let Some(value) = value {
                table.row([name, value]);
            }
        }
        table.render(printer.width())
    });
    if up.admin_password.is_some() {
        printer.warn("the password is not shown again: write it down");
    }
    printer.next_steps(&[
        (&suggested_command(name, "upload FILM.mp4 --add"), "upload a film"),
        (&suggested_command(name, "open"), "open the web site"),
        (&suggested_command(name, "cluster down"), "stop it"),
    ]);
}

//! `ginflix cluster up`: starts the cluster, if it does not run already.

use std::time::Duration;

use serde::Serialize;

use crate::args::UpArgs;
use crate::cluster;
use crate::cluster::kubernetes::manifests::Plan;
use crate::cluster::provider::{UpOptions, UpReport};
use crate::cluster::settings::Settings;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::{Global, Output};
use crate::hint::suggested_command;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// How long another command may go on to change the cluster, if nothing else is said.
const LOCK_TIMEOUT: Duration = Duration::from_secs(600);

/// What `-o json` has.
#[derive(Serialize)]
struct Report<'a> {
    name: &'a str,
    state: &'static str,
    already_running: bool,
    /// Null where commands open a port-forward.
    url: Option<&'a str>,
    pid: Option<u32>,
    data_dir: Option<String>,
    context: Option<&'a str>,
    kubeconfig: Option<String>,
    admin: &'static str,
    /// Only the first time.
    admin_password: Option<&'a str>,
}

pub async fn run(args: UpArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let wanted = UpOptions {
        listen: args.listen,
        port: args.port,
        database_url: args.database_url,
        access: args.access,
        timeout: args.timeout,
        kubernetes: Settings::from(&args.kubernetes),
        workers: args.kubernetes.workers,
        node_image: args.kubernetes.node_image,
        rollback: args.kubernetes.rollback,
    };
    if args.kubernetes.dry_run {
        let (provider, cluster) = cluster::load_or_new(global, args.provider, printer).await?;
        let plan = provider.plan(&cluster, &wanted, printer).await?.ok_or_else(|| {
            Failure::new(ExitStatus::Usage, "a local cluster has no manifests")
                .hint("see those of Kubernetes: --provider kind or kubernetes")
        })?;
        return print_plan(&plan, global, printer);
    }
    let timeout = wanted.timeout.unwrap_or(LOCK_TIMEOUT);
    let (provider, mut cluster) =
        cluster::lock_or_new(global, args.provider, timeout, printer).await?;
    let up = provider.up(&mut cluster, &wanted, printer).await?;
    print(&up, &global.cluster, printer);
    if up.admin_password.is_some() {
        // It was shown: it is kept no longer.
        cluster.dir.forget_password()?;
    }
    Ok(ExitStatus::Done)
}

/// As YAML a stream that `kubectl apply -f -` takes; else what it has.
fn print_plan(plan: &Plan, global: &Global, printer: &Printer) -> Result<ExitStatus> {
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
    printer.note("Nothing was applied. The Secret `ginflix` is made by `up`, and never shown.");
    Ok(ExitStatus::Done)
}

fn print(up: &UpReport, name: &str, printer: &Printer) {
    let report = Report {
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
        let mut table = Table::facts();
        table.row(["Cluster", name]);
        table.row(["Web site", report.url.unwrap_or("through a port-forward of each command")]);
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
        printer.warn("the password is shown only now: keep it");
    }
    printer.next(&[
        (&suggested_command(name, "upload FILM.mp4 --add"), "bring a film onto it"),
        (&suggested_command(name, "open"), "look at the web site"),
        (&suggested_command(name, "cluster down"), "stop it"),
    ]);
}

//! `ginflix cluster`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};

use crate::cluster::options::{ClusterAccess, FailOn, ProviderName};
use crate::cluster::settings::{PartName, Replicas, Service, Settings};
use crate::format::parse_timeout;

/// Start, stop and look at a cluster.
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    /// Start the cluster, if it does not run already
    Up(Box<UpArgs>),
    /// Stop the cluster; its data stays
    Down(DownArgs),
    /// Tell whether the cluster runs, and what it holds
    Status,
    /// Look for faults, and play a film
    Check(CheckArgs),
    /// Print the cluster's log
    Logs(LogsArgs),
    /// Change how many of a part run, such as streamer=3 web=4
    Scale(ScaleArgs),
    /// Bring another version onto a cluster that goes on running
    Upgrade(UpgradeArgs),
}

/// `ginflix cluster up`.
#[derive(Debug, ClapArgs)]
pub struct UpArgs {
    /// Where the cluster runs [default: as before, else kind if Docker and kind are there, else local]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "local|kind|kubernetes",
        env = "GINFLIX_PROVIDER"
    )]
    pub provider: Option<ProviderName>,
    /// Address to listen on; 0.0.0.0 for all [default: as before, else 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,
    /// Port to listen on; 0 for any free one [default: as before, else 4463]
    #[arg(long)]
    pub port: Option<u16>,
    /// PostgreSQL to keep the catalogue in, or `own` for the cluster's own [default: as before, else own]
    #[arg(long, env = "GINFLIX_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Who may watch [default: as before, else public]
    #[arg(long, env = "GINFLIX_ACCESS", value_enum)]
    pub access: Option<ClusterAccess>,
    /// How long to wait until the cluster is ready [default: 30s, on Kubernetes 10m]
    #[arg(long, value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Option<Duration>,
    /// What only clusters on Kubernetes have.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
}

/// What only clusters on Kubernetes have; what is absent stays as it was.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "On Kubernetes")]
pub struct KubernetesArgs {
    /// Image of ginflix-server
    #[arg(long)]
    pub image: Option<String>,
    /// Image of PostgreSQL
    #[arg(long, value_name = "IMAGE")]
    pub database_image: Option<String>,
    /// Image of Caddy
    #[arg(long, value_name = "IMAGE")]
    pub gateway_image: Option<String>,
    /// How many of a part run; may be repeated
    #[arg(long = "replicas", value_name = "PART=N")]
    pub replicas: Vec<Replicas>,
    /// Storage class of new volumes
    #[arg(long, value_name = "NAME")]
    pub storage_class: Option<String>,
    /// Size of each new streamer's volume, such as 200Gi
    #[arg(long, value_name = "SIZE")]
    pub storage_size: Option<String>,
    /// How the gateway is reached from outside
    #[arg(long, value_enum)]
    pub service: Option<Service>,
    /// Host name for automatic HTTPS, or `none`
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Go back to what ran before if this does not get ready
    #[arg(long)]
    pub rollback: bool,
    /// Apply nothing; with -o yaml print what would be applied
    #[arg(long)]
    pub dry_run: bool,
    /// Workers of a new kind cluster [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=16))]
    pub workers: Option<u8>,
    /// Node image of a new kind cluster [default: kind's own]
    #[arg(long, env = "GINFLIX_NODE_IMAGE", value_name = "IMAGE")]
    pub node_image: Option<String>,
}

/// `ginflix cluster down`.
#[derive(Debug, ClapArgs)]
pub struct DownArgs {
    /// Also delete films, catalogue, accounts and views
    #[arg(long)]
    pub delete_data: bool,
    /// Kill what has not stopped in time
    #[arg(long)]
    pub force: bool,
    /// How long running streams may go on [default: 40s, on Kubernetes 3m]
    #[arg(long, value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Option<Duration>,
}

/// `ginflix cluster logs`.
#[derive(Debug, ClapArgs)]
pub struct LogsArgs {
    /// Go on printing as the log grows
    #[arg(short, long)]
    pub follow: bool,
    /// How many of the last lines to print
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N")]
    pub lines: usize,
    /// Only this part of a cluster on Kubernetes
    #[arg(long, value_enum)]
    pub part: Option<PartName>,
}

/// `ginflix cluster scale`.
#[derive(Debug, ClapArgs)]
pub struct ScaleArgs {
    /// A part and how many of it shall run: web=4, streamer=3, gateway=2
    #[arg(required = true, value_name = "PART=N")]
    pub replicas: Vec<Replicas>,
    /// How long to wait until it is so
    #[arg(long, default_value = "10m", value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Duration,
}

/// `ginflix cluster upgrade`.
#[derive(Debug, ClapArgs)]
pub struct UpgradeArgs {
    /// Image of ginflix-server [default: the one of this version]
    #[arg(long)]
    pub image: Option<String>,
    /// Go back to what ran before if this does not get ready
    #[arg(long)]
    pub rollback: bool,
    /// How long to wait until it is done
    #[arg(long, default_value = "15m", value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Duration,
}

/// `ginflix cluster check`.
#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// Before a cluster is made: whether it can be
    #[arg(long)]
    pub pre: bool,
    /// Where it would be made, with --pre [default: as cluster up would choose]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "local|kind|kubernetes",
        requires = "pre"
    )]
    pub provider: Option<ProviderName>,
    /// Port that must be free, with --pre
    #[arg(long, requires = "pre")]
    pub port: Option<u16>,
    /// Film to play [default: one of those that every streamer should have]
    #[arg(long, value_name = "NAME", conflicts_with = "pre")]
    pub film: Option<ginflix_api::media::MediaName>,
    /// Also write the result as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t)]
    pub fail_on: FailOn,
}

impl From<&KubernetesArgs> for Settings {
    fn from(args: &KubernetesArgs) -> Self {
        Self {
            server_image: args.image.clone(),
            database_image: args.database_image.clone(),
            gateway_image: args.gateway_image.clone(),
            replicas: args.replicas.iter().map(|r| (r.part, r.count)).collect(),
            storage_class: args.storage_class.clone(),
            storage_size: args.storage_size.clone(),
            service: args.service,
            host: args.host.clone(),
            access: None,
            external_database_port: None,
        }
    }
}

//! The command line of `ginflix cluster`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};

use crate::cluster::options::{ClusterAccess, FailOn, ProviderName};
use crate::cluster::settings::{ComponentName, KubernetesSettings, ReplicaCount, ServiceType};
use crate::format::parse_timeout;

/// `ginflix cluster`.
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    /// Start the cluster, and create it if necessary
    Up(Box<UpArgs>),
    /// Stop the cluster, and keep its data
    Down(DownArgs),
    /// Show whether the cluster runs, and what it contains
    Status,
    /// Look for problems, and test how a media file is served
    Check(CheckArgs),
    /// Print the log of the cluster
    Logs(LogsArgs),
    /// Change the number of replicas of components, such as streamer=3 web=4
    Scale(ScaleArgs),
    /// Upgrade a running cluster on Kubernetes to another version
    Upgrade(UpgradeArgs),
}

/// `ginflix cluster up`.
#[derive(Debug, ClapArgs)]
pub struct UpArgs {
    /// Run the cluster here [default: as before, else kind if Docker and kind are installed, else local]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "local|kind|kubernetes",
        env = "GINFLIX_PROVIDER"
    )]
    pub provider: Option<ProviderName>,
    /// Listen on this address; 0.0.0.0 means all [default: as before, else 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,
    /// Listen on this port; 0 means any free one [default: as before, else 4463]
    #[arg(long)]
    pub port: Option<u16>,
    /// Keep the catalogue in this PostgreSQL database; `own` means the cluster's own [default: as before, else own]
    #[arg(long, env = "GINFLIX_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Set who may watch [default: as before, else public]
    #[arg(long, env = "GINFLIX_ACCESS", value_enum)]
    pub access: Option<ClusterAccess>,
    /// Wait at most this long until the cluster is ready [default: 30s, on Kubernetes 10m]
    #[arg(long, value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Option<Duration>,
    /// The flags for clusters on Kubernetes.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
}

/// The flags for clusters on Kubernetes. Settings without a flag stay as they are.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Options for Kubernetes")]
pub struct KubernetesArgs {
    /// Use this image of ginflix-server
    #[arg(long)]
    pub image: Option<String>,
    /// Use this image of PostgreSQL
    #[arg(long, value_name = "IMAGE")]
    pub database_image: Option<String>,
    /// Use this image of Caddy as the gateway
    #[arg(long, value_name = "IMAGE")]
    pub gateway_image: Option<String>,
    /// Run this many replicas of a component, such as web=2; may be repeated
    #[arg(long = "replicas", value_name = "COMPONENT=N")]
    pub replicas: Vec<ReplicaCount>,
    /// Use this storage class for new volumes
    #[arg(long, value_name = "NAME")]
    pub storage_class: Option<String>,
    /// Use this size for the volumes of new streamers, such as 200Gi
    #[arg(long, value_name = "SIZE")]
    pub storage_size: Option<String>,
    /// Set how the gateway is reached from outside of Kubernetes
    #[arg(long, value_enum)]
    pub service: Option<ServiceType>,
    /// Serve HTTPS with automatic certificates for this host name; `none` means HTTP
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Return to the previous state if the new one does not become ready
    #[arg(long)]
    pub rollback: bool,
    /// Change nothing; with -o yaml, print the manifests
    #[arg(long)]
    pub dry_run: bool,
    /// Create a new kind cluster with this many workers, 0 to 16 [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=16))]
    pub workers: Option<u8>,
    /// Create a new kind cluster with this node image [default: kind's own]
    #[arg(long, env = "GINFLIX_NODE_IMAGE", value_name = "IMAGE")]
    pub node_image: Option<String>,
}

/// `ginflix cluster down`.
#[derive(Debug, ClapArgs)]
pub struct DownArgs {
    /// Delete all media files, movies, accounts and views as well
    #[arg(long)]
    pub delete_data: bool,
    /// Kill processes that do not stop in time
    #[arg(long)]
    pub force: bool,
    /// Let running streams continue for at most this long [default: 40s, on Kubernetes 3m]
    #[arg(long, value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Option<Duration>,
}

/// `ginflix cluster logs`.
#[derive(Debug, ClapArgs)]
pub struct LogsArgs {
    /// Print new lines as they are written
    #[arg(short, long)]
    pub follow: bool,
    /// Print this many of the last lines
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N")]
    pub lines: usize,
    /// Print only the log of this component of a cluster on Kubernetes
    #[arg(long, value_enum)]
    pub part: Option<ComponentName>,
}

/// `ginflix cluster scale`.
#[derive(Debug, ClapArgs)]
pub struct ScaleArgs {
    /// Component and its number of replicas: web=4, streamer=3, gateway=2
    #[arg(required = true, value_name = "COMPONENT=N")]
    pub replicas: Vec<ReplicaCount>,
    /// Wait at most this long until the replicas are ready, such as 90s or 10m
    #[arg(long, default_value = "10m", value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Duration,
}

/// `ginflix cluster upgrade`.
#[derive(Debug, ClapArgs)]
pub struct UpgradeArgs {
    /// Upgrade to this image of ginflix-server [default: the image of this version]
    #[arg(long)]
    pub image: Option<String>,
    /// Return to the previous version if the new one does not become ready
    #[arg(long)]
    pub rollback: bool,
    /// Wait at most this long until the upgrade is complete, such as 90s or 15m
    #[arg(long, default_value = "15m", value_parser = parse_timeout, value_name = "TIME")]
    pub timeout: Duration,
}

/// `ginflix cluster check`.
#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// Check whether a cluster can be created, instead of checking an existing one
    #[arg(long)]
    pub pre: bool,
    /// Check for this provider, with --pre [default: as cluster up would choose]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "local|kind|kubernetes",
        requires = "pre"
    )]
    pub provider: Option<ProviderName>,
    /// Check that this port is free, with --pre
    #[arg(long, requires = "pre")]
    pub port: Option<u16>,
    /// Test with this media file [default: the largest]
    #[arg(long = "film", value_name = "NAME", conflicts_with = "pre")]
    pub media: Option<ginflix_api::media::MediaName>,
    /// Write the results to this file as JUnit XML as well
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Exit with code 1 if a check has this outcome or a worse one
    #[arg(long, value_enum, default_value_t)]
    pub fail_on: FailOn,
}

impl From<&KubernetesArgs> for KubernetesSettings {
    fn from(args: &KubernetesArgs) -> Self {
        Self {
            server_image: args.image.clone(),
            database_image: args.database_image.clone(),
            gateway_image: args.gateway_image.clone(),
            replicas: args.replicas.iter().map(|r| (r.component, r.count)).collect(),
            storage_class: args.storage_class.clone(),
            storage_size: args.storage_size.clone(),
            service: args.service,
            host: args.host.clone(),
            access: None,
            external_database_port: None,
        }
    }
}

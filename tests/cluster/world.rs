//! The state that the steps share: the cluster, the command, the media file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::kubectl::Kubectl;
use ginflix_tests::random::Random;
use ginflix_tests::{http, media_files};
use serde_json::Value;
use tokio::runtime::Runtime;

/// How long a command may take that brings up or changes a cluster.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(900);

/// A media file that is uploaded and played.
pub struct TestMedia {
    /// Its path on this machine.
    pub path: PathBuf,
    /// Its name on the volumes.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
    /// The SHA-256 of its content.
    pub sha256: String,
}

/// The state that the steps share.
pub struct World {
    /// The command, with a home of its own.
    pub cli: Cli,
    /// The name of the cluster and of its namespace.
    pub name: String,
    /// The context of an existing Kubernetes cluster; without it kind creates one.
    pub context: Option<String>,
    /// The access to the cluster's namespace, once the cluster is up.
    pub kubectl: Kubectl,
    /// The address of the gateway.
    pub url: String,
    /// The measured figures, each with its description.
    pub figures: Vec<(String, String)>,
    /// The runtime of asynchronous steps.
    pub runtime: Runtime,
    /// A playable media file of 300 MB.
    pub media: TestMedia,
    /// The id of its movie.
    pub movie: String,
}

impl World {
    /// Returns the state before the first step.
    pub fn new() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let context = variable("GINFLIX_KUBE_CONTEXT");
        let name = variable("GINFLIX_TEST_CLUSTER").unwrap_or_else(|| "ginflix-test".to_owned());
        let cli = match variable("GINFLIX_KEEP") {
            Some(folder) => Cli::at(folder.into()),
            None => Cli::new(),
        };
        // Passed explicitly, because the command's own home has no default kubeconfig.
        let default_kubeconfig = || Some(PathBuf::from(variable("HOME")?).join(".kube/config"));
        let kubeconfig = variable("KUBECONFIG").map(PathBuf::from).or_else(default_kubeconfig);
        let kubeconfig = kubeconfig.filter(|_| context.is_some());
        let kubectl = Kubectl {
            kubeconfig,
            context: context.clone().unwrap_or_else(|| format!("kind-{name}")),
            namespace: name.clone(),
        };
        let media = large_media(&cli);
        Self {
            cli,
            name,
            context,
            kubectl,
            url: String::new(),
            figures: Vec::new(),
            runtime: Runtime::new().unwrap(),
            media,
            movie: String::new(),
        }
    }

    /// Runs `ginflix` for this cluster.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_for(&self.name, self.context.as_deref(), args)
    }

    /// Runs `ginflix` for another cluster on the same nodes.
    pub fn run_beside(&self, args: &[&str]) -> Outcome {
        self.run_for(&format!("{}-other", self.name), Some(&self.kubectl.context), args)
    }

    fn run_for(&self, cluster: &str, context: Option<&str>, args: &[&str]) -> Outcome {
        let mut all = vec!["--cluster", cluster, "--yes"];
        let kubeconfig = self.kubectl.kubeconfig.as_ref().map(|path| path.to_str().unwrap());
        if let (Some(context), ["cluster", "up" | "check", ..]) = (context, args) {
            all.extend(["--context", context]);
            all.extend(kubeconfig.into_iter().flat_map(|file| ["--kubeconfig", file]));
        }
        all.extend(args);
        let mut command = self.cli.command(&all);
        if let Ok(image) = std::env::var("GINFLIX_NODE_IMAGE") {
            command.env("GINFLIX_NODE_IMAGE", image);
        }
        Cli::outcome(command.timeout(COMMAND_TIMEOUT))
    }

    /// Runs `ginflix` with `-o json`, which must succeed, and returns its output.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let outcome = self.run(&[args, &["-o", "json"]].concat()).expect_success();
        serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|e| panic!("{args:?}: {e}: {outcome:?}"))
    }

    /// Brings the cluster up and stores its address. Returns how long that took.
    pub fn up(&mut self, more: &[&str]) -> Duration {
        let provider = if self.context.is_some() { "kubernetes" } else { "kind" };
        let mut args = vec!["cluster", "up", "--provider", provider];
        if self.context.is_none() {
            args.extend(["--port", "0"]);
        } else if self.context.as_ref().is_some_and(|context| context.starts_with("kind-")) {
            args.extend(["--service", "node-port"]);
        }
        args.extend(more);
        let start = Instant::now();
        let up = self.json(&args);
        let elapsed = start.elapsed();
        if self.context.is_none() {
            self.kubectl.kubeconfig = Some(up["kubeconfig"].as_str().unwrap().into());
            self.kubectl.context = up["context"].as_str().unwrap().to_owned();
        }
        self.url = up["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
        elapsed
    }

    /// Reads the state of a cluster that an earlier run has kept.
    pub fn resume(&mut self) {
        let status = self.run(&["cluster", "status", "-o", "json"]).stdout;
        let status: Value = serde_json::from_str(&status).unwrap_or_default();
        self.url = status["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
        if self.context.is_none() {
            let kubeconfig = self.cli.home().join("state").join(&self.name).join("kubeconfig");
            self.kubectl.kubeconfig = Some(kubeconfig);
        }
        let movies = self.run(&["movie", "list", "-o", "json"]).stdout;
        let movies: Value = serde_json::from_str(&movies).unwrap_or_default();
        let items = movies["items"].as_array().or(movies.as_array());
        let first = items.and_then(|items| items.first());
        self.movie = first.and_then(|m| m["id"].as_str()).unwrap_or_default().to_owned();
    }

    /// Stores a figure.
    pub fn figure(&mut self, description: &str, figure: String) {
        self.figures.push((description.to_owned(), figure));
    }

    /// Returns the URL of a media file.
    pub fn stream_url(&self, name: &str) -> String {
        format!("{}/stream/{name}", self.url)
    }

    /// Reports whether the nodes are containers on this machine.
    pub fn has_nodes_here(&self) -> bool {
        self.kubectl.context.starts_with("kind-")
    }
}

/// Returns a playable media file of `size` bytes: a small one, followed by a box that players skip.
pub fn playable(size: usize) -> Vec<u8> {
    let mut bytes = std::fs::read(media_files::faststart()).unwrap();
    let padding = size - bytes.len();
    bytes.extend(u32::try_from(padding).unwrap().to_be_bytes());
    bytes.extend(*b"free");
    // Pseudo-random bytes, so that no part of the file equals another.
    let mut random = Random::new(1);
    while bytes.len() < size {
        bytes.extend(&random.next_u64().to_le_bytes()[..8.min(size - bytes.len())]);
    }
    bytes
}

/// Creates a playable media file of 300 MB.
fn large_media(cli: &Cli) -> TestMedia {
    let bytes = playable(300_000_000);
    let sha256 = http::sha256(&bytes);
    TestMedia { path: cli.file("large.mp4", &bytes), name: "large.mp4", bytes, sha256 }
}

//! The `ginflix` command as a user runs it, with its own home directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::binaries;

/// How long a command may run; no command of the suites takes nearly so long.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// A user of the command. The clusters that they started are stopped when this is dropped.
pub struct Cli {
    home: PathBuf,
    /// The temporary folder that is the home, unless the home outlives the test.
    folder: Option<TempDir>,
}

/// The result of a command that has ended.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; -1 if a signal ended the command.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Cli {
    /// Creates a user without any cluster.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { home: folder.path().to_owned(), folder: Some(folder) }
    }

    /// Creates a user whose home and clusters outlive the test.
    pub fn at(home: PathBuf) -> Self {
        std::fs::create_dir_all(&home).unwrap();
        Self { home, folder: None }
    }

    /// Returns the home directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Writes a file to the home directory and returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `ginflix` with these arguments to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_with(args, &[])
    }

    /// Runs `ginflix` with more environment variables.
    pub fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        Self::outcome(self.command(args).envs(env.iter().copied()).timeout(COMMAND_TIMEOUT))
    }

    /// Runs a command of [`Cli::command`] to its end.
    pub fn outcome(command: &mut assert_cmd::Command) -> Outcome {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Builds the command as one of `assert_cmd`, which can have a timeout and standard input.
    pub fn command(&self, args: &[&str]) -> assert_cmd::Command {
        self.process(args).into()
    }

    /// Builds the command as one of the standard library, for tests that leave it running.
    pub fn process(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(binaries::cli());
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", &self.home);
        command.env("GINFLIX_HOME", self.home.join("state"));
        command.current_dir(&self.home).args(args);
        command
    }

    /// Returns the same command without capabilities, so that permissions hold for it even if its user is root.
    pub fn without_capabilities(command: &std::process::Command) -> std::process::Command {
        let mut wrapped = match rustix::process::geteuid().is_root() {
            true => {
                let mut setpriv = std::process::Command::new("setpriv");
                setpriv.args(["--bounding-set=-all", "--inh-caps=-all"]).arg(command.get_program());
                setpriv
            }
            false => std::process::Command::new(command.get_program()),
        };
        wrapped.env_clear().args(command.get_args());
        wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        wrapped
    }

    /// Starts the default cluster on a free port; that must succeed.
    pub fn up(&self) -> Outcome {
        self.run(&["cluster", "up", "--provider", "local", "--port", "0"]).expect_success()
    }

    /// Runs a command with `-o json`; it must succeed and print one document and nothing else.
    pub fn json(&self, args: &[&str]) -> Value {
        let outcome = self.run(&[args, &["-o", "json"]].concat()).expect_success();
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| {
            panic!("{args:?}: stdout is not one JSON document: {e}\n{outcome:?}")
        })
    }
}

impl Default for Cli {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Cli {
    fn drop(&mut self) {
        if self.folder.is_none() {
            return; // the clusters outlive the test, as the home does
        }
        let Ok(clusters) = std::fs::read_dir(self.home.join("state")) else { return };
        for cluster in clusters.flatten().filter(|entry| entry.path().is_dir()) {
            let name = cluster.file_name();
            let down = ["--cluster", name.to_str().unwrap(), "cluster", "down", "--force"];
            let _ = self.run(&[&down, ["--timeout", "5s"].as_slice()].concat());
        }
    }
}

impl Outcome {
    /// Fails the test unless the exit code is 0.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Fails the test unless the exit code is this one, standard output is empty and standard error
    /// is not.
    #[track_caller]
    pub fn expect_failure(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.stdout.is_empty(), "a failure with a result: {self:#?}");
        assert!(!self.stderr.trim().is_empty(), "a failure without a message: {self:#?}");
        self
    }

    /// Fails the test unless standard error contains this text, in upper or lower case.
    #[track_caller]
    pub fn expect_stderr(self, text: &str) -> Self {
        let is_found = self.stderr.to_lowercase().contains(&text.to_lowercase());
        assert!(is_found, "stderr does not contain {text:?}: {self:#?}");
        self
    }
}

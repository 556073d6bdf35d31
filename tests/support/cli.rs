//! The `ginflix` command as a user runs it, with a home of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::binaries;

/// No command of the suites takes nearly so long.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// A user of the command. Whatever clusters they started stop with them.
pub struct Cli {
    home: PathBuf,
    /// Goes with this user, unless the folder is to stay.
    folder: Option<TempDir>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code.
    pub code: i32,
    /// What it gave as its result.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Cli {
    /// A user on a machine without any cluster.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { home: folder.path().to_owned(), folder: Some(folder) }
    }

    /// A user with a home that stays, and so do their clusters.
    pub fn at(home: PathBuf) -> Self {
        std::fs::create_dir_all(&home).unwrap();
        Self { home, folder: None }
    }

    /// A folder of this user.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Writes a file of this user.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `ginflix` with these arguments to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_with(args, &[])
    }

    /// As [`Cli::run`], with more environment.
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

    /// The command, not yet run.
    pub fn command(&self, args: &[&str]) -> assert_cmd::Command {
        self.process(args).into()
    }

    /// The command as a plain process, to be started and left alone.
    pub fn process(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(binaries::cli());
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", &self.home);
        command.env("GINFLIX_HOME", self.home.join("state"));
        command.current_dir(&self.home).args(args);
        command
    }

    /// Starts the default cluster on a free port.
    pub fn up(&self) -> Outcome {
        self.run(&["cluster", "up", "--provider", "local", "--port", "0"]).expect_success()
    }

    /// `-o json` of a command that must succeed: one document and nothing else.
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
            return;
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
    /// Must have succeeded.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Must have failed with this exit code, words on stderr, nothing on stdout.
    #[track_caller]
    pub fn expect_failure(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.stdout.is_empty(), "a failure has no result: {self:#?}");
        assert!(!self.stderr.trim().is_empty(), "a failure without words: {self:#?}");
        self
    }

    /// stderr must have this text.
    #[track_caller]
    pub fn expect_stderr(self, text: &str) -> Self {
        let found = self.stderr.to_lowercase().contains(&text.to_lowercase());
        assert!(found, "stderr does not say {text:?}: {self:#?}");
        self
    }
}

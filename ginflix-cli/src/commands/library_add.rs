//! `ginflix library add`: serves the files of a folder from where they lie.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ginflix_api::library::NewLibrary;

use super::library_list;
use super::library_scan::wait_for_scan;
use crate::cluster;
use crate::cluster::state::io_failure;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;

pub async fn run(
    folder: &Path,
    timeout: Option<Duration>,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let path = path_of(folder, global)?;
    let client = connection::connect(global).await?;
    let library = client.add_library(&NewLibrary { path }).await?;
    let library = match timeout {
        Some(timeout) => wait_for_scan(&client, library.id, timeout, printer).await?,
        None => library,
    };
    printer.result(&library, || library_list::render_one(&library, printer.width()));
    printer.next_steps(&[
        (&suggested_command_for(global, "movie list"), "see its movies"),
        (&suggested_command_for(global, "library list"), "see what was left out, and why"),
    ]);
    Ok(ExitStatus::Done)
}

/// Returns the absolute path of the folder on the server's machine, and lets a cluster of this machine serve it.
fn path_of(folder: &Path, global: &Global) -> Result<String> {
    let path = if global.server.is_some() {
        folder.to_owned()
    } else {
        let (provider, cluster) = cluster::load(global)?;
        if !provider.has_libraries() {
            return Err(Failure::new(
                ExitStatus::Usage,
                "only a cluster of the provider local serves files from where they lie: on Kubernetes, every streamer has its own copy",
            )
            .hint(format!(
                "upload the folder: {}",
                suggested_command_for(global, &format!("upload '{}' --add", folder.display()))
            )));
        }
        let path = real_path(folder)?;
        allow(&cluster.dir.library_roots(), &path)?;
        path
    };
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new(ExitStatus::Usage, "the path of a library must be valid UTF-8"))
}

fn real_path(folder: &Path) -> Result<PathBuf> {
    let failed = |error: &std::io::Error| {
        let mut failure = io_failure("read", folder, error);
        if error.kind() == std::io::ErrorKind::NotFound {
            failure.status = ExitStatus::NotFound;
        }
        failure
    };
    let path = std::fs::canonicalize(folder).map_err(|error| failed(&error))?;
    if !path.is_dir() {
        return Err(Failure::new(ExitStatus::Usage, "a library is a folder, not a file")
            .context(folder.display()));
    }
    Ok(path)
}

/// Adds a folder to the file of those that the server may serve.
fn allow(file: &Path, folder: &Path) -> Result<()> {
    let failed = |error: std::io::Error| io_failure("write", file, &error);
    let known = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        other => other.map_err(failed)?,
    };
    let line = folder.display().to_string();
    if known.lines().any(|known| known == line) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).mode(0o600).open(file).map_err(failed)?;
    let separator = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{separator}{line}\n").as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_allowed_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("roots");
        for folder in ["/a", "/b", "/a"] {
            allow(&file, Path::new(folder)).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "/a\n/b\n");
    }
}

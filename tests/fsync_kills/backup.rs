//! A backup that is killed leaves the archive that there was, or the new one, whole.

use std::fs;
use std::process::Stdio;

use ginflix_tests::cli::Cli;
use ginflix_tests::fsyncs::{Step, TracedProgram};
use ginflix_tests::server::{Server, TOKEN};

use crate::{add_movies, titles};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_killed_at_any_fsync_leaves_a_whole_archive() {
    let (cli, token) = (Cli::new(), [("GINFLIX_TOKEN", TOKEN)]);
    let (from, to) = (Server::start(), Server::start());
    let (from_url, to_url) = (from.url(""), to.url(""));
    let backup = ["--server", &from_url, "backup", "b.tar", "--media", "--replace"];
    let restore = ["--server", &to_url, "restore", "b.tar", "--media", "--replace", "--yes"];
    let archive = cli.home().join("b.tar");
    add_movies(&from, &["Old"]).await;
    cli.run_with(&backup, &token).expect_success();
    let old = fs::read(&archive).unwrap();
    from.add_movie("New", "film.mp4").await;

    for n in 1.. {
        fs::write(&archive, &old).unwrap();
        let mut command = cli.process(&backup);
        command.envs(token);
        let mut traced = TracedProgram::start(&command, Stdio::null());
        traced.kill_after(n);
        let step = traced.run();
        let is_old = fs::read(&archive).unwrap() == old;
        cli.run_with(&restore, &token).expect_success();
        let expected = if is_old { vec!["Old"] } else { vec!["New", "Old"] };
        assert_eq!(titles(&to).await, expected, "after a kill at fsync {n}");
        if step == Step::Ended(0) {
            assert!(!is_old && n > 2, "{} kills", n - 1);
            break;
        }
        assert_eq!(step, Step::Killed);
    }
    // The next backup removes what the killed ones left.
    let names = fs::read_dir(cli.home()).unwrap().map(|entry| entry.unwrap().file_name());
    let parts: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert_eq!(parts, [""; 0]);
}

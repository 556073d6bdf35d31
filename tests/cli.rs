//! The main path through the `ginflix` command and its failures: exit codes, results
//! on standard output, messages on standard error.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::fs;
use std::os::unix::fs::PermissionsExt;

use ginflix_tests::cli::Cli;
use ginflix_tests::http::noise;
use ginflix_tests::media_files;
use serde_json::{Value, json};

/// Creates a user whose default cluster runs.
fn with_cluster() -> Cli {
    let cli = Cli::new();
    cli.up();
    cli
}

#[test]
fn a_media_file_is_uploaded_listed_and_removed() {
    let cli = Cli::new();
    let up = cli.json(&["cluster", "up", "--provider", "local", "--port", "0"]);
    let url = up["url"].as_str().unwrap().trim_end_matches('/').to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(up["admin"], json!("admin"));
    let password = up["admin_password"].as_str().expect("the password of a new cluster");
    assert!(password.len() >= 12, "{password}");

    let path = media_files::faststart();
    let file = path.to_str().unwrap();
    let name = ["--name", "film.mp4"];
    let uploaded = cli.run(&[&["upload", file], name.as_slice()].concat()).expect_success();
    assert!(uploaded.stdout.contains("film.mp4"), "{uploaded:?}");
    assert!(uploaded.stdout.contains(&format!("{url}/stream/film.mp4")), "{uploaded:?}");

    let link = format!("{url}/stream/film.mp4");
    let add = ["movie", "add", "--link", &link, "--title", "The Film", "--year", "1999"];
    let movie = cli.json(&[&add, ["--genre", "Drama"].as_slice()].concat());
    let id = movie["id"].as_str().unwrap();

    let list = cli.run(&["movie", "list"]).expect_success();
    assert!(list.stdout.contains("The Film") && list.stdout.contains("1999"), "{list:?}");
    let shown = cli.json(&["movie", "show", "The Film"]);
    assert_eq!(shown["genres"], json!(["Drama"]));
    assert_eq!(shown["media"], json!("film.mp4"));

    let edited = cli.json(&["movie", "edit", id, "--title", "The Other Film", "--no-year"]);
    assert_eq!((&edited["title"], &edited["year"]), (&json!("The Other Film"), &Value::Null));

    let views = cli.json(&["views"]);
    assert_eq!(views["total"], json!(0));
    assert_eq!(views["movies"][0]["title"], json!("The Other Film"));
    assert!(cli.run(&["views"]).expect_success().stdout.contains("The Other Film"));

    cli.run(&["media", "remove", "film.mp4", "--yes"]).expect_failure(5);
    cli.run(&["movie", "remove", id, "--yes"]).expect_success();
    cli.run(&["movie", "show", id]).expect_failure(3);
    cli.run(&["media", "remove", "film.mp4", "--yes"]).expect_success();
    assert_eq!(media_names(&cli), Vec::<String>::new());

    cli.run(&["cluster", "down"]).expect_success();
    let stopped = cli.run(&["cluster", "status", "-o", "json"]);
    assert_eq!(stopped.code, 1, "{stopped:?}");
    let status: Value = serde_json::from_str(&stopped.stdout).unwrap();
    assert_eq!(status["state"], json!("stopped"));
}

#[test]
fn a_media_file_is_shown_with_its_verdict() {
    let cli = with_cluster();
    let path = media_files::faststart();
    let name = ["--name", "film.mp4"];
    let uploaded = cli.run(&[&["upload", path.to_str().unwrap()], name.as_slice()].concat());
    assert!(!uploaded.expect_success().stderr.contains("warning"), "it plays everywhere");
    let media = cli.json(&["media", "show", "film.mp4"]);
    assert_eq!(media["inspection"]["container"], json!("mp4"));
    let shown = cli.run(&["media", "show", "film.mp4"]).expect_success().stdout;
    assert!(shown.contains("H.264") && shown.contains("plays everywhere"), "{shown}");
    let problems = cli.run(&["media", "list", "--problems"]).expect_success();
    assert!(problems.stdout.starts_with("No problems"), "{problems:?}");
    cli.run(&["media", "show", "none.mp4"]).expect_failure(3).expect_stderr("ginflix media list");
}

fn media_names(cli: &Cli) -> Vec<String> {
    let list = cli.json(&["media", "list"]);
    let items = list.as_array().or_else(|| list["items"].as_array()).expect("a list");
    items.iter().map(|media| media["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn up_of_a_running_cluster_shows_no_password() {
    let cli = with_cluster();
    let before = cli.json(&["cluster", "status"]);
    let again = cli.json(&["cluster", "up"]);
    assert_eq!(again["already_running"], json!(true));
    assert_eq!(again["admin_password"], Value::Null);
    assert_eq!(again["pid"], before["pid"]);
    cli.run(&["cluster", "up"]).expect_success().expect_stderr("runs already");
}

#[test]
fn down_can_be_repeated_and_up_restores_everything() {
    let cli = with_cluster();
    let file = cli.file("film.mp4", noise(5000, 1));
    cli.run(&["upload", file.to_str().unwrap(), "--add", "--title", "Film"]).expect_success();
    cli.run(&["cluster", "down"]).expect_success();
    cli.run(&["cluster", "down"]).expect_success();
    cli.run(&["movie", "list"]).expect_failure(1).expect_stderr("ginflix cluster up");
    let up = cli.json(&["cluster", "up"]);
    assert_eq!(up["already_running"], json!(false));
    assert_eq!(up["admin_password"], Value::Null, "the account is there already");
    assert_eq!(cli.json(&["movie", "show", "Film"])["media"], json!("film.mp4"));
}

#[test]
fn status_shows_the_contents_of_the_cluster() {
    let cli = with_cluster();
    let file = cli.file("film.mp4", noise(5000, 2));
    cli.run(&["upload", file.to_str().unwrap(), "--add", "--title", "Film"]).expect_success();
    let status = cli.json(&["cluster", "status"]);
    assert_eq!(status["state"], json!("running"));
    assert_eq!((&status["movies"], &status["media"]), (&json!(1), &json!(1)));
    assert_eq!(status["media_bytes"], json!(5000));
    assert!(status["free_bytes"].as_u64().unwrap() > 0);
    assert!(status["uptime_seconds"].is_u64() && status["version"].is_string());
    let pid = status["pid"].as_u64().unwrap();
    let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    assert!(program.ends_with("ginflix-server"), "{program:?}");
}

#[test]
fn the_same_content_again_is_not_sent_again() {
    let cli = with_cluster();
    let file = cli.file("film.mp4", noise(3_000_000, 3));
    let path = file.to_str().unwrap();
    cli.run(&["upload", path]).expect_success();
    let again = cli.run(&["upload", path]).expect_success();
    assert!(again.stdout.contains("film.mp4"), "{again:?}");
    assert!(format!("{}{}", again.stdout, again.stderr).contains("already"), "{again:?}");
    let logs = cli.run(&["cluster", "logs", "-n", "1000"]).expect_success();
    let sent = "method=POST path=\"/api/v1/uploads\"";
    assert_eq!(logs.stdout.matches(sent).count(), 1, "{logs:?}");
}

#[test]
fn other_content_under_an_existing_name_needs_replace() {
    let cli = with_cluster();
    let file = cli.file("film.mp4", noise(5000, 4));
    let path = file.to_str().unwrap().to_owned();
    cli.run(&["upload", &path]).expect_success();
    cli.file("film.mp4", noise(6000, 5));
    cli.run(&["upload", &path]).expect_failure(5).expect_stderr("--replace");
    assert_eq!(cli.json(&["cluster", "status"])["media_bytes"], json!(5000));
    cli.run(&["upload", &path, "--replace"]).expect_success();
    assert_eq!(cli.json(&["cluster", "status"])["media_bytes"], json!(6000));
}

#[test]
fn content_of_an_unknown_type_needs_any_type() {
    let cli = Cli::new();
    cli.up();
    let mut page = noise(3_000_000, 9);
    page[..15].copy_from_slice(b"<!DOCTYPE html>");
    let file = cli.file("film.mp4", page);
    let path = file.to_str().unwrap();
    cli.run(&["upload", path]).expect_failure(1).expect_stderr("ginflix help upload");
    cli.run(&["upload", path, "--any-type"]).expect_success();
}

#[test]
fn uploading_and_adding_in_one_step_is_safe_to_repeat() {
    let cli = with_cluster();
    let file = cli.file("film.mp4", noise(5000, 6));
    let poster = cli.file("poster.jpg", jpeg(&cli));
    let upload = [
        "upload",
        file.to_str().unwrap(),
        "--add",
        "--title",
        "Film",
        "--poster",
        poster.to_str().unwrap(),
    ];
    for _ in 0..2 {
        let outcome = cli.run(&upload).expect_success();
        let text = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(text.contains("/movies/"), "it does not say where the movie plays: {outcome:?}");
    }
    assert_eq!(cli.json(&["cluster", "status"])["movies"], json!(1));
    let movie = cli.json(&["movie", "show", "Film"]);
    assert!(movie["poster_path"].is_string(), "{movie}");
}

fn jpeg(cli: &Cli) -> Vec<u8> {
    let path = cli.home().join("made.jpg");
    let status = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "color=size=40x60"])
        .args(["-frames:v", "1"])
        .arg(&path)
        .status();
    assert!(status.unwrap().success());
    fs::read(path).unwrap()
}

#[test]
fn files_that_cannot_be_uploaded() {
    let cli = with_cluster();
    cli.run(&["upload", "no-such-file.mp4"]).expect_failure(3).expect_stderr("no-such-file.mp4");
    let empty = cli.file("empty.mp4", "");
    cli.run(&["upload", empty.to_str().unwrap()]).expect_failure(1).expect_stderr("empty");
    let folder = cli.home().to_str().unwrap().to_owned();
    cli.run(&["upload", &folder, "--name", "a.mp4"])
        .expect_failure(2)
        .expect_stderr("for a single file");
    cli.run(&["upload", &folder])
        .expect_failure(3)
        .expect_stderr("no media file")
        .expect_stderr("--dry-run");
    cli.run(&["upload", "--discard", &folder]).expect_failure(2).expect_stderr("name the files");
    let media = cli.file("film.mp4", noise(5000, 10));
    for name in ["../film.mp4", "a/b.mp4", ".film.mp4", "🎬.mp4", &"a".repeat(300)] {
        cli.run(&["upload", media.to_str().unwrap(), "--name", name])
            .expect_failure(2)
            .expect_stderr("--name");
    }
    assert_eq!(media_names(&cli), Vec::<String>::new());
}

#[test]
fn movies_that_cannot_be_added() {
    let cli = with_cluster();
    let media = cli.file("film.mp4", noise(5000, 10));
    cli.run(&["upload", media.to_str().unwrap()]).expect_success();
    let add =
        |title: &str, media: &str| cli.run(&["movie", "add", "--media", media, "--title", title]);
    assert_ne!(add("Film", "other.mp4").code, 0);
    add("", "film.mp4").expect_stderr("title");
    add(&"a".repeat(10_000), "film.mp4").expect_stderr("title");
    cli.run(&["movie", "add", "--title", "Film", "--link", "http://host/film.mp4"])
        .expect_failure(2);
    cli.run(&["movie", "add", "--title", "Film"]).expect_failure(2);
    cli.run(&["movie", "show", "Nothing"]).expect_failure(3).expect_stderr("Nothing");
    assert_eq!(cli.json(&["cluster", "status"])["movies"], json!(0));
}

#[test]
fn without_a_cluster_every_command_says_how_to_start_one() {
    let cli = Cli::new();
    for args in [
        &["cluster", "status"][..],
        &["movie", "list"],
        &["views"],
        &["media", "list"],
        &["upload", "/dev/null", "--name", "a.mp4"],
    ] {
        cli.run(args).expect_failure(3).expect_stderr("ginflix cluster up");
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let cli = Cli::new();
    for args in [
        &["fly"][..],
        &["upload"],
        &["movie", "list", "--sort", "best"],
        &["cluster", "up", "--port", "70000"],
        &["--cluster", "../x", "cluster", "status"],
        &["views", "--since", "yesterday"],
        &["movie", "list", "-o", "xml"],
    ] {
        cli.run(args).expect_failure(2);
    }
    let help = cli.run(&["--help"]).expect_success();
    for code in ["0", "1", "2", "3", "4", "5", "6"] {
        assert!(help.stdout.contains(&format!("  {code}  ")), "no exit code {code} in --help");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let cli = Cli::new();
    let up = cli.run(&["cluster", "up", "--provider", "local", "--port", &port]);
    assert_ne!(up.code, 0);
    assert!(up.stderr.contains(&port), "{up:?}");
    assert!(up.stderr.contains("--port"), "it does not say what to do: {up:?}");
    cli.up();
}

#[test]
fn a_killed_server_is_detected_and_can_be_started_again() {
    let cli = with_cluster();
    let file = cli.file("film.mp4", noise(5000, 7));
    cli.run(&["upload", file.to_str().unwrap(), "--add", "--title", "Film"]).expect_success();
    let status = cli.json(&["cluster", "status"]);
    kill(status["pid"].as_u64().unwrap());
    let broken = cli.run(&["cluster", "status", "-o", "json"]);
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(broken.stdout.contains("broken"), "{broken:?}");
    cli.run(&["movie", "list"]).expect_failure(1).expect_stderr("ginflix cluster up");
    let up = cli.json(&["cluster", "up"]);
    assert_eq!(up["already_running"], json!(false));
    let movie = cli.json(&["movie", "show", "Film"]);
    assert_eq!(movie["media"], json!("film.mp4"));
    assert_eq!(cli.json(&["cluster", "status"])["media_bytes"], json!(5000));
}

fn kill(pid: u64) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    ginflix_tests::wait::until(std::time::Duration::from_secs(10), "the server to be gone", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        // The process may be a zombie, if its parent has not waited for it yet. Its locks are free when its last
        // thread has ended, too: field 20 of the file is the number of threads, and field 3 comes after the name.
        let has_ended = |stat: String| {
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            fields[0] == "Z" && fields[20 - 3] == "1"
        };
        stat.map_or(true, has_ended).then_some(())
    });
}

/// After a crash, the process id of the server may belong to an unrelated program,
/// which must neither be taken for the server nor be stopped.
#[test]
fn a_process_id_of_another_program_is_left_alone() {
    let cli = with_cluster();
    let status = cli.json(&["cluster", "status"]);
    let old = status["pid"].as_u64().unwrap();
    kill(old);
    let mut bystander = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let path = cli.home().join("state/ginflix/cluster.json");
    let state = fs::read_to_string(&path).unwrap();
    let reused = state.replace(&old.to_string(), &bystander.id().to_string());
    assert_ne!(state, reused, "cluster.json does not have the process id");
    fs::write(&path, reused).unwrap();

    let broken = cli.run(&["cluster", "status"]);
    cli.run(&["cluster", "down"]).expect_success();
    let alive = bystander.try_wait().unwrap().is_none();
    bystander.kill().unwrap();
    bystander.wait().unwrap();
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(alive, "`down` stopped an unrelated program");
    cli.json(&["cluster", "up"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let cli = Cli::new();
    // Not even root can create a folder below a file.
    let file = cli.file("a-file", "");
    let home = file.join("below");
    let up = cli.run_with(
        &["cluster", "up", "--provider", "local", "--port", "0"],
        &[("GINFLIX_HOME", home.to_str().unwrap())],
    );
    let up = up.expect_failure(1);
    assert!(up.stderr.contains("a-file"), "{up:?}");
    assert!(up.stderr.contains("GINFLIX_HOME"), "it does not say what to do: {up:?}");
}

#[test]
fn secrets_are_readable_by_their_owner_only() {
    let cli = with_cluster();
    let folder = cli.home().join("state/ginflix");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("token")), 0o600);
    let token = fs::read_to_string(folder.join("token")).unwrap();
    let pid = cli.json(&["cluster", "status"])["pid"].as_u64().unwrap();
    let argv = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(!argv.contains(token.trim()), "the command line of the server has the token");
    assert!(
        !folder.join("admin-password").exists(),
        "the password is still in a file after it was shown"
    );
}

#[test]
fn deleting_data_asks_first() {
    let cli = with_cluster();
    cli.run(&["cluster", "down", "--delete-data"]).expect_failure(2).expect_stderr("--yes");
    assert!(cli.home().join("state/ginflix/data").exists());
    cli.run(&["cluster", "down", "--delete-data", "--yes"]).expect_success();
    assert!(!cli.home().join("state/ginflix").exists());
    cli.run(&["cluster", "status"]).expect_failure(3);
}

#[test]
fn two_clusters_are_independent() {
    let cli = with_cluster();
    let up = ["--cluster", "second", "cluster", "up", "--provider", "local", "--port", "0"];
    cli.run(&up).expect_success();
    let file = cli.file("film.mp4", noise(5000, 10));
    cli.run(&["--cluster", "second", "upload", file.to_str().unwrap()]).expect_success();
    assert_eq!(media_names(&cli), Vec::<String>::new());
    cli.run(&["--cluster", "second", "cluster", "down", "--delete-data", "--yes"]).expect_success();
    assert_eq!(cli.json(&["cluster", "status"])["state"], json!("running"));
}

#[test]
fn suggested_commands_have_the_target_of_the_current_one() {
    let cli = with_cluster();
    let url = cli.json(&["cluster", "status"])["url"].as_str().unwrap().to_owned();
    cli.run(&["--server", &url, "user", "list"])
        .expect_failure(6)
        .expect_stderr(&format!("log in: ginflix --server {url} login"));
}

#[test]
fn results_are_one_document_in_every_format() {
    let cli = with_cluster();
    let media = cli.file("film.mp4", noise(5000, 10));
    cli.json(&["upload", media.to_str().unwrap(), "--add", "--title", "Film: a \"story\""]);
    for args in [
        &["cluster", "status"][..],
        &["movie", "list"],
        &["movie", "show", "Film: a \"story\""],
        &["media", "list"],
        &["media", "show", "film.mp4"],
        &["views"],
    ] {
        cli.json(args);
        let yaml = cli.run(&[args, &["-o", "yaml"]].concat()).expect_success();
        assert!(yaml.stdout.contains(':'), "{yaml:?}");
        let table = cli.run(args).expect_success();
        assert!(
            !table.stdout.contains('\u{1b}'),
            "colors although there is no terminal: {table:?}"
        );
    }
}

#[test]
fn quiet_prints_only_results() {
    let cli = with_cluster();
    let media = cli.file("film.mp4", noise(100_000, 8));
    let uploaded = cli.run(&["upload", "-q", media.to_str().unwrap()]).expect_success();
    assert_eq!(uploaded.stderr, "");
    assert!(uploaded.stdout.contains("film.mp4"));
}

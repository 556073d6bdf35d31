//! `ginflix subtitles`, and subtitle files among those of `ginflix upload`.

use ginflix_tests::cli::{Cli, Outcome};
use ginflix_tests::media_files;
use ginflix_tests::server::{Server, TOKEN};
use serde_json::{Value, json};

use super::{HELLO, texts};

/// A command line with files of its own, and a server.
struct User {
    server: Server,
    cli: Cli,
}

impl User {
    fn new() -> Self {
        let user = Self { server: Server::start(), cli: Cli::new() };
        user.cli.file("film.mkv", std::fs::read(media_files::matroska()).unwrap());
        user.cli.file("film.en.srt", HELLO);
        user.cli.file("other.srt", HELLO);
        user
    }

    /// Runs the command; `@` before a name stands for the folder of the files.
    fn run(&self, line: &str) -> Outcome {
        let home = format!("{}/", self.cli.home().display());
        let url = self.server.url("");
        let args: Vec<String> = line.split(' ').map(|arg| arg.replacen('@', &home, 1)).collect();
        let args: Vec<&str> =
            ["--server", &url].into_iter().chain(args.iter().map(String::as_str)).collect();
        self.cli.run_with(&args, &[("GINFLIX_TOKEN", TOKEN)])
    }

    fn json(&self, line: &str) -> Value {
        let outcome = self.run(&format!("{line} -o json")).expect_success();
        serde_json::from_str(&outcome.stdout).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_adds_subtitle_files_to_their_media_file() {
    let user = User::new();
    let reports = user.json("upload @film.en.srt @film.mkv --add");
    let states: Vec<&Value> = reports.as_array().unwrap().iter().map(|r| &r["state"]).collect();
    assert_eq!(json!(states), json!(["uploaded", "subtitles_added"]));
    let movies = user.json("movie list");
    assert_eq!(movies.as_array().map(Vec::len), Some(1), "{movies}");
    let listed = user.json("subtitles list film.mkv");
    assert_eq!(listed[0]["language"], "en", "{listed}");
    assert_eq!(texts(&user.server, "film.mkv", 1).await[0]["name"], "English");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subtitle_file_alone_is_never_a_movie() {
    let user = User::new();
    user.run("upload @other.srt --add")
        .expect_failure(3)
        .expect_stderr("subtitles add --media NAME");
    assert_eq!(user.json("movie list"), json!([]));
    assert_eq!(user.json("media list"), json!([]));
    let upload = user.server.create_upload("other.srt", 5, "").send().await.unwrap();
    assert_eq!(upload.status(), 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn subtitles_are_added_listed_and_removed() {
    let user = User::new();
    user.run("upload @film.mkv").expect_success();
    let add = "subtitles add @other.srt --media film.mkv --language pt-BR --forced";
    let added = user.json(add);
    assert_eq!((&added[0]["language"], &added[0]["forced"]), (&json!("pt-BR"), &json!(true)));
    user.run("subtitles add @film.en.srt").expect_success();
    let table = user.run("subtitles list film.mkv").expect_success().stdout;
    assert!(table.contains("pt-BR") && table.contains("forced"), "{table}");
    user.run("subtitles remove film.mkv fr --yes").expect_failure(3);
    user.run("subtitles remove film.mkv pt-br --yes").expect_success();
    let left = user.json("subtitles list film.mkv");
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    assert_eq!(left[0]["language"], "en");
}

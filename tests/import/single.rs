//! A single file, with what is beside it and in it.

use std::process::Command;

use ginflix_api::movie::Movie;
use ginflix_tests::library::{nfo, picture};
use serde_json::json;

use super::User;

impl User {
    /// Uploads a file of the library and returns its movie.
    fn add(&self, file: &str, flags: &[&str]) -> Movie {
        let path = self.library.path(file).display().to_string();
        self.json(&[&["upload", &path, "--add"], flags].concat());
        self.movies().pop().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_described_by_what_is_beside_it() {
    let user = User::with(0, 0);
    user.library.write_media("What's \"this\"? (2001).mp4");
    user.library.write("What's \"this\"? (2001).nfo", nfo("That", "Plot"));
    user.library.write("What's \"this\"? (2001)-poster.png", picture(1));
    user.library.write("What's \"this\"? (2001).en.srt", "no subtitles");
    let movie = user.add("What's \"this\"? (2001).mp4", &[]);
    assert_eq!((movie.title.as_str(), movie.year), ("That", Some(2001)));
    assert!(movie.poster_path.is_some());
    let media = user.json(&["media", "show", movie.media.as_str()]);
    assert_eq!(media["file_name"], "What's \"this\"? (2001).mp4");
    // Only subtitle files that the command line names are added to a single file.
    assert_eq!(user.json(&["subtitles", "list", movie.media.as_str()]), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn details_of_the_command_line_come_first() {
    let user = User::with(0, 0);
    user.library.write_media("Movie (2001).mp4");
    user.library.write("Movie (2001).nfo", nfo("That", "Plot"));
    let movie =
        user.add("Movie (2001).mp4", &["--title", "Mine", "--series", "S", "--season", "2"]);
    assert_eq!((movie.title.as_str(), movie.description.as_str()), ("Mine", ""));
    assert_eq!(movie.episode.unwrap().season, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tags_and_the_cover_of_a_file_count() {
    let user = User::with(0, 0);
    let (plain, tagged) = (user.library.path("plain.mp4"), user.library.path("tagged.mp4"));
    user.library.write_media("plain.mp4");
    let cover = user.library.path("cover.jpg");
    let ffmpeg = |args: &[&str]| {
        let mut ffmpeg = Command::new("ffmpeg");
        let status = ffmpeg.args(["-nostdin", "-loglevel", "error"]).args(args).status();
        assert!(status.unwrap().success());
    };
    ffmpeg(&[
        "-f",
        "lavfi",
        "-i",
        "color=red:size=20x30",
        "-frames:v",
        "1",
        cover.to_str().unwrap(),
    ]);
    let tags = ["-metadata", "title=Tagged", "-metadata", "date=1999", "-metadata", "genre=Drama"];
    let inputs = ["-i", plain.to_str().unwrap(), "-i", cover.to_str().unwrap()];
    let maps = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"];
    ffmpeg(&[&inputs[..], &maps, &tags, &[tagged.to_str().unwrap()]].concat());
    let movie = user.add("tagged.mp4", &[]);
    assert_eq!((movie.title.as_str(), movie.year), ("Tagged", Some(1999)));
    assert_eq!(movie.genres, ["Drama"]);
    assert!(movie.poster_path.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_names_gets_its_removed_movie_back() {
    let user = User::with(0, 0);
    user.library.write_media("Movie (2001).mp4");
    let movie = user.add("Movie (2001).mp4", &[]);
    user.run(&["movie", "remove", &movie.id.to_string(), "--yes"]).expect_success();
    let again = user.add("Movie (2001).mp4", &[]);
    assert_eq!((again.title.as_str(), again.year), ("Movie", Some(2001)));
    assert_ne!(again.id, movie.id);
}

//! `ginflix movie add`: registers a media file as a movie.

use std::path::Path;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{MAX_POSTER_BYTES, Movie, MovieQuery, NewMovie};
use ginflix_api::poster;
use ginflix_import::name;

use super::movie_show;
use super::playability::ContentVerdict;
use crate::args::{MovieAddArgs, MovieFields};
use crate::cluster::state::io_failure;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::size;
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;

pub async fn run(args: MovieAddArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let Some(media) = args.media.or(args.link) else {
        return Err(Failure::new(ExitStatus::Usage, "name the media file with --media or --link"));
    };
    let client = connection::connect(global).await?;
    let fields = with_name_of(Path::new(media.as_str()), &args.fields);
    let movie = register(&client, media, &fields, printer).await?;
    movie_show::print(&client, &movie, printer);
    warn_about_media(&client, &movie.media, printer).await;
    let id = movie.id.to_string();
    printer.next_steps(&[
        (&suggested_command_for(global, &format!("open {id}")), "watch it"),
        (&suggested_command_for(global, "views"), "see how often movies were viewed"),
    ]);
    Ok(ExitStatus::Done)
}

/// Warns if the media file is damaged or does not play in every browser.
async fn warn_about_media(client: &Client, name: &MediaName, printer: &Printer) {
    match client.media(name).await {
        Ok(Some(listed)) => {
            if let Some(warning) = ContentVerdict::of(&listed).warning() {
                printer.warn(&warning);
            }
        }
        Ok(None) => {}
        // The movie is registered all the same.
        Err(error) => printer.detail(&format!("{name}: what plays it is not known: {error}")),
    }
}

/// The nearest folders of a file whose names count: of a movie, or of a season and its series.
const NAMED_FOLDERS: usize = 2;

/// Returns these details of a movie with a title and a year, which come from the name of a file if they are not given. `path` may
/// have folders, whose names count too.
pub fn with_name_of(path: &Path, fields: &MovieFields) -> MovieFields {
    let name_of = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folders = path.ancestors().skip(1).filter_map(name_of);
    let parents: Vec<String> = folders.take(NAMED_FOLDERS).collect();
    let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
    let guess = name::guess(&name_of(path).unwrap_or_default(), &parents);
    MovieFields {
        title: fields.title.clone().or_else(|| Some(guess.display_title())),
        // A title that somebody gives may be that of another movie than the name says.
        year: fields.year.or(guess.year.filter(|_| fields.title.is_none())),
        ..fields.clone()
    }
}

/// Registers a movie, unless a movie with the same title and media file exists already.
///
/// Without a title, the media name without its extension becomes the title.
pub async fn register(
    client: &Client,
    media: MediaName,
    fields: &MovieFields,
    printer: &Printer,
) -> Result<Movie> {
    // The poster is read first, so that no movie is registered if it cannot be read.
    let picture = fields.poster.as_deref().map(read_picture).transpose()?;
    let title = fields.title.clone().unwrap_or_else(|| media.stem().to_owned());
    let query = MovieQuery { media: Some(media.clone()), ..MovieQuery::default() };
    let existing = client.all_movies(query, usize::MAX).await?;
    let movie = match existing.into_iter().find(|movie| movie.title == title) {
        Some(movie) => {
            printer.note(&format!(
                "“{title}” is registered already; change it with `ginflix movie edit`."
            ));
            movie
        }
        None => {
            let movie = NewMovie {
                title,
                media,
                description: fields.description.clone().unwrap_or_default(),
                year: fields.year,
                genres: fields.genres.clone(),
                directors: fields.directors.clone(),
                cast: fields.cast.clone(),
                episode: fields.place_in_series(),
            };
            client.add_movie(&movie).await?
        }
    };
    match picture {
        Some(picture) => set_poster(client, &movie, picture).await,
        None => Ok(movie),
    }
}

/// The bytes of a picture and its content type.
type Picture = (Vec<u8>, &'static str);

/// Sets the poster and returns the changed movie.
pub async fn set_poster(client: &Client, movie: &Movie, picture: Picture) -> Result<Movie> {
    client.set_poster(movie.id, picture.1, picture.0.into()).await.map_err(|e| {
        Failure::from(e).context("the movie is registered, but its poster is not set")
    })?;
    Ok(client.movie(movie.id).await?)
}

/// Reads a picture, and checks that its size, type and dimensions are those of a poster.
pub fn read_picture(path: &Path) -> Result<Picture> {
    let failed = |e: std::io::Error| {
        let mut failure = io_failure("read", path, &e);
        if e.kind() == std::io::ErrorKind::NotFound {
            failure.status = ExitStatus::NotFound;
        }
        failure
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_POSTER_BYTES {
        return Err(Failure::failed(format!(
            "{} is too large: a poster may have at most {}",
            path.display(),
            size(MAX_POSTER_BYTES)
        )));
    }
    let picture = std::fs::read(path).map_err(failed)?;
    let content_type = poster::content_type(&picture)
        .map_err(|error| Failure::failed(error.to_string()).context(path.display()))?;
    Ok((picture, content_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_comes_from_the_original_name_unless_it_is_given() {
        let fields = |path: &str, given: &MovieFields| {
            let fields = with_name_of(Path::new(path), given);
            (fields.title.unwrap_or_default(), fields.year)
        };
        let none = MovieFields::default();
        let oceans = "Ocean's Eleven, the first & best!";
        assert_eq!(fields(&format!("/a/{oceans} (2001).mp4"), &none), (oceans.into(), Some(2001)));
        assert_eq!(fields("film.mp4", &none), ("film".into(), None));
        assert_eq!(
            fields("The.Matrix.1999.1080p.BluRay.x264-GROUP.mkv", &none),
            ("The Matrix".into(), Some(1999))
        );
        let given = MovieFields { title: Some("Mine".into()), ..MovieFields::default() };
        assert_eq!(fields("Film (2001).mp4", &given), ("Mine".into(), None));
    }
}

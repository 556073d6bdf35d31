//! `ginflix movie edit`: changes a movie.

use ginflix_api::movie::MoviePatch;

use super::{movie_add, movie_show, resolve};
use crate::args::MovieEditArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;

pub async fn run(args: MovieEditArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let picture = args.fields.poster.as_deref().map(movie_add::read_picture).transpose()?;
    let id_or_title = args.movie.clone();
    let patch = patch(args);
    if patch == MoviePatch::default() && picture.is_none() {
        return Err(Failure::new(ExitStatus::Usage, "no change is given")
            .hint("list the flags for changes: ginflix movie edit --help"));
    }
    let client = connection::connect(global).await?;
    let mut movie = resolve::find_movie(&client, &id_or_title).await?;
    if patch != MoviePatch::default() {
        movie = client.edit_movie(movie.id, movie.version, &patch).await?;
    }
    if let Some(picture) = picture {
        movie = movie_add::set_poster(&client, &movie, picture).await?;
    }
    movie_show::print(&client, &movie, printer);
    Ok(ExitStatus::Done)
}

fn patch(args: MovieEditArgs) -> MoviePatch {
    let fields = args.fields;
    let if_any = |names: Vec<String>| (!names.is_empty()).then_some(names);
    MoviePatch {
        title: fields.title,
        media: args.media,
        description: fields.description,
        year: if args.no_year { Some(None) } else { fields.year.map(Some) },
        genres: if args.no_genres { Some(Vec::new()) } else { if_any(fields.genres) },
        directors: if_any(fields.directors),
        cast: if_any(fields.cast),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command, MovieCommand};

    fn patch_of(flags: &[&str]) -> MoviePatch {
        let line = ["ginflix", "movie", "edit", "x"].iter().chain(flags);
        match Args::parse_from(line).command {
            Command::Movie(MovieCommand::Edit(args)) => patch(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_without_a_flag_stay() {
        assert_eq!(patch_of(&[]), MoviePatch::default());
        let patch = patch_of(&["--year", "1999", "--genre", "Drama", "--genre", "War"]);
        assert_eq!(patch.year, Some(Some(1999)));
        assert_eq!(patch.genres, Some(vec!["Drama".into(), "War".into()]));
        assert_eq!(patch.title, None);
    }

    #[test]
    fn year_and_genres_can_be_removed() {
        let patch = patch_of(&["--no-year", "--no-genres"]);
        assert_eq!((patch.year, patch.genres), (Some(None), Some(vec![])));
    }
}

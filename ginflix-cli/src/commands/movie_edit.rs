//! `ginflix movie edit`: changes a movie.

use ginflix_api::movie::{Episode, MoviePatch};

use super::{movie_add, movie_show, resolve};
use crate::args::MovieEditArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;

pub async fn run(args: MovieEditArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let picture = args.fields.poster.as_deref().map(movie_add::read_picture).transpose()?;
    let id_or_title = args.movie.clone();
    let mut patch = patch(args);
    if patch == MoviePatch::default() && picture.is_none() {
        return Err(Failure::new(ExitStatus::Usage, "no change is given")
            .hint("list the flags for changes: ginflix movie edit --help"));
    }
    let client = connection::connect(global).await?;
    let mut movie = resolve::find_movie(&client, &id_or_title).await?;
    if let Some(Some(episode)) = &mut patch.episode {
        *episode = with_present(episode.clone(), movie.episode.as_ref());
    }
    if patch != MoviePatch::default() {
        movie = client.edit_movie(movie.id, movie.version, &patch).await?;
    }
    if let Some(picture) = picture {
        movie = movie_add::set_poster(&client, &movie, picture).await?;
    }
    movie_show::print(&client, &movie, printer);
    Ok(ExitStatus::Done)
}

/// Returns a place in a series with what it does not say as it is at present.
fn with_present(given: Episode, present: Option<&Episode>) -> Episode {
    let present = present.cloned().unwrap_or_default();
    Episode {
        series: given.series.or(present.series),
        season: given.season.or(present.season),
        number: given.number.or(present.number),
    }
}

fn patch(args: MovieEditArgs) -> MoviePatch {
    let fields = args.fields;
    let episode = if args.no_series { Some(None) } else { fields.place_in_series().map(Some) };
    let if_any = |names: Vec<String>| (!names.is_empty()).then_some(names);
    MoviePatch {
        title: fields.title,
        media: args.media,
        description: fields.description,
        year: if args.no_year { Some(None) } else { fields.year.map(Some) },
        genres: if args.no_genres { Some(Vec::new()) } else { if_any(fields.genres) },
        directors: if_any(fields.directors),
        cast: if_any(fields.cast),
        episode,
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
    fn year_genres_and_series_can_be_removed() {
        let patch = patch_of(&["--no-year", "--no-genres", "--no-series"]);
        let removed = (Some(None), Some(vec![]), Some(None));
        assert_eq!((patch.year, patch.genres, patch.episode), removed);
    }

    #[test]
    fn what_is_not_said_of_a_series_stays() {
        let Some(Some(given)) = patch_of(&["--season", "2"]).episode else { panic!() };
        let present = Episode { series: Some("S".into()), season: Some(1), number: Some(3) };
        let changed = with_present(given.clone(), Some(&present));
        assert_eq!(changed, Episode { season: Some(2), ..present });
        assert_eq!(with_present(given.clone(), None), given);
    }
}

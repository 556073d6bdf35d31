//! `ginflix movie list`: lists movies of the catalogue.

use ginflix_api::movie::{Movie, MovieQuery};

use super::resolve::short_id_length;
use crate::args::MovieListArgs;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::play_time;
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(args: MovieListArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let query = MovieQuery {
        q: args.search,
        genre: args.genre,
        year: args.year,
        sort: args.sort,
        ..MovieQuery::default()
    };
    let is_unfiltered = query == MovieQuery::default();
    let client = connection::connect(global).await?;
    let movies = client.all_movies(query, args.limit).await?;
    printer.result(&movies, || match (movies.is_empty(), is_unfiltered) {
        (true, true) => "There are no movies yet.".to_owned(),
        (true, false) => "No movie matches.".to_owned(),
        (false, _) => table(&movies).render(printer.width()),
    });
    if movies.is_empty() && is_unfiltered {
        printer.next_steps(&[(
            &suggested_command_for(global, "upload FILM.mp4 --add --title TITLE"),
            "upload a film and register it",
        )]);
    }
    Ok(ExitStatus::Done)
}

fn table(movies: &[Movie]) -> Table {
    let mut table = Table::new(&[
        ("ID", Column::Fixed),
        ("TITLE", Column::Text),
        ("YEAR", Column::Number),
        ("GENRES", Column::Text),
        ("LENGTH", Column::Number),
        ("VIEWS", Column::Number),
    ]);
    let id_length = short_id_length(movies);
    for movie in movies {
        table.row([
            movie.id.to_string().chars().take(id_length).collect(),
            movie.title.clone(),
            movie.year.map_or("–".to_owned(), |year| year.to_string()),
            movie.genres.join(", "),
            movie.duration_seconds.map_or("–".to_owned(), play_time),
            movie.views.to_string(),
        ]);
    }
    table
}

//! What may stand behind `ginflix movie`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieSort;

use crate::format::InvalidValue;

/// What is told of a movie.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct MovieFacts {
    /// Title
    #[arg(long)]
    pub title: Option<String>,
    /// Description
    #[arg(long)]
    pub description: Option<String>,
    /// Year of the first showing
    #[arg(long)]
    pub year: Option<u16>,
    /// Genre; may be repeated
    #[arg(long = "genre", value_name = "GENRE")]
    pub genres: Vec<String>,
    /// Director; may be repeated
    #[arg(long = "director", value_name = "NAME")]
    pub directors: Vec<String>,
    /// Member of the cast; may be repeated
    #[arg(long = "cast", value_name = "NAME")]
    pub cast: Vec<String>,
    /// Picture file: JPEG, PNG or WebP
    #[arg(long, value_name = "FILE")]
    pub poster: Option<PathBuf>,
}

/// `ginflix movie`.
#[derive(Debug, Subcommand)]
pub enum MovieCommand {
    /// Register a file of the cluster as a movie
    Add(MovieAddArgs),
    /// List movies
    List(MovieListArgs),
    /// Show all of one movie
    Show {
        /// Its id, the start of its id, or its title
        movie: String,
    },
    /// Change what is told of a movie
    Edit(MovieEditArgs),
    /// Remove a movie; its file and its views stay
    Remove {
        /// Its id, the start of its id, or its title
        movie: String,
        /// Also remove its file
        #[arg(long)]
        with_media: bool,
    },
}

/// `ginflix movie add`.
#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("file").required(true).args(["media", "link"])))]
pub struct MovieAddArgs {
    /// Name of the file on the cluster
    #[arg(long)]
    pub media: Option<MediaName>,
    /// Link to the file, such as http://host/stream/film.mp4
    #[arg(long, value_parser = parse_link)]
    pub link: Option<MediaName>,
    /// What is told of it.
    #[command(flatten)]
    pub facts: MovieFacts,
}

/// `ginflix movie list`.
#[derive(Debug, ClapArgs)]
pub struct MovieListArgs {
    /// Words to find
    #[arg(long, short = 's', value_name = "WORDS")]
    pub search: Option<String>,
    /// Only movies of this genre
    #[arg(long)]
    pub genre: Option<String>,
    /// Only movies of this year
    #[arg(long)]
    pub year: Option<u16>,
    /// The order [default: newest; relevance with --search]
    #[arg(long, value_parser = parse_sort, value_name = "newest|title|views|week|relevance")]
    pub sort: Option<MovieSort>,
    /// At most so many
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub limit: usize,
}

/// `ginflix movie edit`.
#[derive(Debug, ClapArgs)]
pub struct MovieEditArgs {
    /// Its id, the start of its id, or its title
    pub movie: String,
    /// Another file of the cluster
    #[arg(long)]
    pub media: Option<MediaName>,
    /// What is told of it anew.
    #[command(flatten)]
    pub facts: MovieFacts,
    /// Forget the year
    #[arg(long, conflicts_with = "year")]
    pub no_year: bool,
    /// Forget all genres
    #[arg(long, conflicts_with = "genres")]
    pub no_genres: bool,
}

fn parse_link(link: &str) -> Result<MediaName, InvalidValue> {
    MediaName::from_link(link)
        .map_err(|_| InvalidValue("it must look like http://HOST/stream/NAME, with a legal name"))
}

fn parse_sort(text: &str) -> Result<MovieSort, InvalidValue> {
    match text {
        "newest" => Ok(MovieSort::Newest),
        "title" => Ok(MovieSort::Title),
        "views" => Ok(MovieSort::Views),
        "week" => Ok(MovieSort::Week),
        "relevance" => Ok(MovieSort::Relevance),
        _ => Err(InvalidValue("it may be newest, title, views, week or relevance")),
    }
}

//! The command line of `ginflix movie`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Episode, MovieSort};

use crate::format::InvalidValue;

/// The details of a movie.
#[derive(Debug, Clone, Default, PartialEq, Eq, ClapArgs)]
pub struct MovieFields {
    /// Set the title
    #[arg(long)]
    pub title: Option<String>,
    /// Set the description
    #[arg(long)]
    pub description: Option<String>,
    /// Set the year of the first release
    #[arg(long)]
    pub year: Option<u16>,
    /// Set the genre; may be repeated
    #[arg(long = "genre", value_name = "GENRE")]
    pub genres: Vec<String>,
    /// Set the director; may be repeated
    #[arg(long = "director", value_name = "NAME")]
    pub directors: Vec<String>,
    /// Set a member of the cast; may be repeated
    #[arg(long = "cast", value_name = "NAME")]
    pub cast: Vec<String>,
    /// Set the title of the series that it is an episode of
    #[arg(long)]
    pub series: Option<String>,
    /// Set the season; 0 is that of specials
    #[arg(long, value_name = "N")]
    pub season: Option<u16>,
    /// Set the number of the episode within the season
    #[arg(long, value_name = "N")]
    pub episode: Option<u16>,
    /// Set the poster to this JPEG, PNG or WebP file of at most 5.2 MB
    #[arg(long, value_name = "FILE")]
    pub poster: Option<PathBuf>,
}

impl MovieFields {
    /// Returns whether no detail is given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the given place in a series.
    pub fn place_in_series(&self) -> Option<Episode> {
        let episode =
            Episode { series: self.series.clone(), season: self.season, number: self.episode };
        Some(episode).filter(|episode| !episode.is_empty())
    }
}

/// `ginflix movie`.
#[derive(Debug, Subcommand)]
pub enum MovieCommand {
    /// Register a media file as a movie
    Add(MovieAddArgs),
    /// List movies
    List(MovieListArgs),
    /// Show the details of a movie
    Show {
        /// Id, start of the id, or title of the movie
        movie: String,
    },
    /// Change the details of a movie
    Edit(MovieEditArgs),
    /// Remove a movie, and keep its media file and its views
    Remove {
        /// Id, start of the id, or title of the movie
        movie: String,
        /// Delete its media file as well
        #[arg(long)]
        with_media: bool,
    },
}

/// `ginflix movie add`.
#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("file").required(true).args(["media", "link"])))]
pub struct MovieAddArgs {
    /// Register the media file with this name
    #[arg(long)]
    pub media: Option<MediaName>,
    /// Register the media file with this link, such as http://HOST/stream/NAME
    #[arg(long, value_parser = parse_link)]
    pub link: Option<MediaName>,
    /// The details of the movie.
    #[command(flatten)]
    pub fields: MovieFields,
}

/// `ginflix movie list`.
#[derive(Debug, ClapArgs)]
pub struct MovieListArgs {
    /// List only movies that match these words
    #[arg(long, short = 's', value_name = "WORDS")]
    pub search: Option<String>,
    /// List only movies of this genre
    #[arg(long)]
    pub genre: Option<String>,
    /// List only movies of this year
    #[arg(long)]
    pub year: Option<u16>,
    /// List in this order [default: newest; relevance with --search]
    #[arg(long, value_parser = parse_sort, value_name = "newest|title|views|week|relevance")]
    pub sort: Option<MovieSort>,
    /// List at most this many movies
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub limit: usize,
}

/// `ginflix movie edit`.
#[derive(Debug, ClapArgs)]
pub struct MovieEditArgs {
    /// Id, start of the id, or title of the movie
    pub movie: String,
    /// Use the media file with this name
    #[arg(long)]
    pub media: Option<MediaName>,
    /// The new details of the movie.
    #[command(flatten)]
    pub fields: MovieFields,
    /// Remove the year
    #[arg(long, conflicts_with = "year")]
    pub no_year: bool,
    /// Remove all genres
    #[arg(long, conflicts_with = "genres")]
    pub no_genres: bool,
    /// Make it a movie of its own, not one of a series
    #[arg(long, conflicts_with_all = ["series", "season", "episode"])]
    pub no_series: bool,
}

fn parse_link(link: &str) -> Result<MediaName, InvalidValue> {
    MediaName::from_link(link)
        .map_err(|_| InvalidValue("it must be http://HOST/stream/NAME, with a valid media name"))
}

fn parse_sort(text: &str) -> Result<MovieSort, InvalidValue> {
    match text {
        "newest" => Ok(MovieSort::Newest),
        "title" => Ok(MovieSort::Title),
        "views" => Ok(MovieSort::Views),
        "week" => Ok(MovieSort::Week),
        "relevance" => Ok(MovieSort::Relevance),
        _ => Err(InvalidValue("it must be newest, title, views, week or relevance")),
    }
}

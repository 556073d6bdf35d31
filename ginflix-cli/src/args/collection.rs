//! The command line of `ginflix collection`.

use clap::{Args as ClapArgs, Subcommand};

/// `ginflix collection`.
#[derive(Debug, Subcommand)]
pub enum CollectionCommand {
    /// Add a collection without movies
    Add(CollectionAddArgs),
    /// List the collections
    List,
    /// Show a collection with its movies
    Show {
        /// Id, start of the id, or title of the collection
        collection: String,
    },
    /// Change the title, description or place of a collection
    Edit(CollectionEditArgs),
    /// Set the movies of a collection, in this order
    Put(CollectionPutArgs),
    /// Remove a collection, and keep its movies
    Remove {
        /// Id, start of the id, or title of the collection
        collection: String,
    },
}

/// `ginflix collection add`.
#[derive(Debug, ClapArgs)]
pub struct CollectionAddArgs {
    /// Title, such as "Linear Algebra" or "Season 1"
    pub title: String,
    /// Set the description
    #[arg(long)]
    pub description: Option<String>,
    /// Make it a part of this collection, as a season of a series: its id, the start of it, or its title
    #[arg(long = "in", value_name = "COLLECTION")]
    pub parent: Option<String>,
    /// Set the position among the parts of that collection, 0 to 9999 [default: the last one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=9999))]
    pub position: Option<u32>,
}

/// `ginflix collection edit`.
#[derive(Debug, ClapArgs)]
pub struct CollectionEditArgs {
    /// Id, start of the id, or title of the collection
    pub collection: String,
    /// Set the title
    #[arg(long)]
    pub title: Option<String>,
    /// Set the description
    #[arg(long)]
    pub description: Option<String>,
    /// Make it a part of this collection: its id, the start of it, or its title
    #[arg(long = "in", value_name = "COLLECTION")]
    pub parent: Option<String>,
    /// Make it a collection of its own, not a part of another one
    #[arg(long, conflicts_with = "parent")]
    pub not_in: bool,
    /// Set the position among the parts of its collection, 0 to 9999
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=9999))]
    pub position: Option<u32>,
}

/// `ginflix collection put`.
#[derive(Debug, ClapArgs)]
pub struct CollectionPutArgs {
    /// Id, start of the id, or title of the collection
    pub collection: String,
    /// Ids, starts of ids, or titles of the movies, in order
    #[arg(value_name = "MOVIE", required_unless_present = "none")]
    pub movies: Vec<String>,
    /// Add the movies at the end, and keep those that are there
    #[arg(long)]
    pub append: bool,
    /// Leave no movie in the collection
    #[arg(long, conflicts_with_all = ["movies", "append"])]
    pub none: bool,
}

//! The description of every handler, by its name in the table of routes.

mod accounts;
mod administration;
mod media;
mod movies;
mod pages;
mod playbacks;
mod uploads;
mod watching;

use super::operation::Operation;

/// The name of a handler, such as `movies::list`, and its description.
type Described = (&'static str, Operation);

/// The parameters of a signed link.
const LINK_PARAMS: [&str; 5] = ["expires", "issued", "account", "for", "signature"];

/// Returns the descriptions of all handlers.
pub fn all() -> Vec<Described> {
    [
        administration::operations(),
        pages::operations(),
        accounts::operations(),
        watching::operations(),
        uploads::operations(),
        playbacks::operations(),
        movies::operations(),
        media::operations(),
    ]
    .concat()
}

//! What a movie's page says of itself to programs that show links to it (ogp.me), on a public site.

use ginflix_api::movie::Movie;
use warp::http::header::HOST;

use super::links::with_query;
use crate::http::request::AuthorizedRequest;

/// The most characters of a description.
const MAX_DESCRIPTION_CHARS: usize = 200;

/// The metadata of a page.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenGraph {
    /// The URL of the page.
    pub url: String,
    /// The beginning of the description; may be empty.
    pub description: String,
    /// The URL of the poster.
    pub image: Option<String>,
    /// The URL that describes how to embed the player (oembed.com); `None` if no site may.
    pub oembed: Option<String>,
}

/// Returns the URL of this site, without a slash at the end, as the client of a request has it; `None` if it names no host.
pub fn site_of(req: &AuthorizedRequest) -> Option<String> {
    let host = req.headers.get(HOST)?.to_str().ok()?;
    let scheme = if req.context.is_secure { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

impl OpenGraph {
    /// Describes the page of a movie; `None` on a private site, whose pages those programs cannot read.
    pub fn of(req: &AuthorizedRequest, movie: &Movie) -> Option<Self> {
        if req.app.config.is_private() {
            return None;
        }
        let site = site_of(req)?;
        let url = format!("{site}/movies/{}", movie.id);
        let may_embed = !req.app.config.embed_origins.is_empty();
        let oembed = || format!("{site}{}", with_query("/oembed", &[("url", &url)]));
        Some(Self {
            oembed: may_embed.then(oembed),
            url,
            description: shortened(&movie.description),
            image: movie.poster_path.as_ref().map(|path| format!("{site}{path}")),
        })
    }
}

/// Returns a text in one line, cut between words.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        if short.chars().count() + word.chars().count() >= MAX_DESCRIPTION_CHARS {
            short.push('…');
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_cut_between_words() {
        assert_eq!(shortened(" Somebody\n walks. "), "Somebody walks.");
        let long = shortened(&"word ".repeat(100));
        assert_eq!(long.chars().count(), MAX_DESCRIPTION_CHARS);
        assert!(long.ends_with("word…"));
    }
}

//! Collects what a file says of the movie that it is, within the limits of [`ginflix_api::movie`].
//!
//! Tags are known by the names that FFmpeg uses for all containers (`show`, `season_number`, `episode_sort`, `episode_id`, `synopsis`), and
//! by those of the Matroska tag registry (`DATE_RELEASED`, `SUMMARY`, `ACTOR`, `PART_NUMBER`). Other readers give their tags these names. `comment` and
//! `artist` are not taken: programs sign their work in the one, and the other is a director, a singer or a series.

use ginflix_api::inspection::Tags;
use ginflix_api::movie::{
    MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_NAMES, MAX_TITLE_CHARS, YEARS,
};

use crate::text;

/// The most bytes of a value that are worth reading: UTF-8 has at most 4 bytes a character.
pub const VALUE_LIMIT_BYTES: usize = 4 * MAX_DESCRIPTION_CHARS;

/// The most bytes of the names of tags that are compared.
pub const NAME_LIMIT_BYTES: usize = 64;

/// The highest number that an `episode_id` without a season can be: `102` is mostly the second episode of the first season.
const MAX_EPISODE_ID: u16 = 99;

/// Tags that are collected one by one.
#[derive(Debug, Default)]
pub struct Collector {
    tags: Tags,
    /// The title.
    pub title: Option<String>,
    /// The number within the next larger unit: of an episode in a season, of a season, or of a movie in a collection.
    pub part_number: Option<u16>,
    is_year_released: bool,
    episode_id: Option<u16>,
}

impl Collector {
    /// Adds the value of a tag, if its name is known. The letter case of the name does not matter. Of a tag that may be there once, the first
    /// value counts; of several descriptions, the longest.
    pub fn put(&mut self, name: &str, value: &str) {
        let value = value.split('\0').next().unwrap_or_default();
        let tags = &mut self.tags;
        match name.to_ascii_lowercase().as_str() {
            "title" if self.title.is_none() => self.title = text::decode(value.as_bytes()),
            "date_released" if !self.is_year_released => {
                tags.year = year(value).or(tags.year);
                self.is_year_released = tags.year.is_some();
            }
            "date" | "year" if tags.year.is_none() => tags.year = year(value),
            "description" | "synopsis" | "summary" => {
                let longest = tags.description.as_ref().map_or(0, String::len);
                if let Some(text) = description(value).filter(|text| text.len() > longest) {
                    tags.description = Some(text);
                }
            }
            "genre" => add(&mut tags.genres, value.split([',', ';', '|', '/'])),
            "director" => add(&mut tags.directors, people(value)),
            "actor" => add(&mut tags.cast, people(value)),
            "show" if tags.series.is_none() => tags.series = line(value, MAX_TITLE_CHARS),
            "season_number" if tags.season.is_none() => tags.season = number(value),
            "episode_sort" if tags.episode.is_none() => tags.episode = number(value),
            "episode_id" if self.episode_id.is_none() => self.episode_id = episode_of_id(value),
            "part_number" if self.part_number.is_none() => self.part_number = number(value),
            _ => {}
        }
    }

    /// Adds a genre as it is.
    pub fn put_genre(&mut self, genre: &str) {
        add(&mut self.tags.genres, std::iter::once(genre));
    }

    /// Returns the tags.
    pub fn finish(mut self) -> Tags {
        self.tags.episode = self.tags.episode.or(self.episode_id);
        self.tags
    }
}

/// Adds names that are not there yet, whatever their letter case.
fn add<'a>(names: &mut Vec<String>, more: impl Iterator<Item = &'a str>) {
    for name in more.filter_map(|name| line(name, MAX_NAME_CHARS)) {
        if names.len() >= MAX_NAMES {
            return;
        }
        let lower_case = name.to_lowercase();
        if names.iter().all(|known| known.to_lowercase() != lower_case) {
            names.push(name);
        }
    }
}

/// Splits the names of people. A comma separates no names: `Robert Downey, Jr.`
fn people(value: &str) -> impl Iterator<Item = &str> {
    value.split([';', '|']).flat_map(|names| names.split(" / "))
}

/// Returns a text on one line; `None` if nothing is left.
fn line(text: &str, max_chars: usize) -> Option<String> {
    let visible = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let line: String = visible.take(max_chars).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// Returns a text with its line breaks; `None` if nothing is left.
fn description(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let visible = text.trim().chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c });
    let text: String = visible.take(MAX_DESCRIPTION_CHARS).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Returns the year of a date such as `1999`, `1999-03-31`, `31.3.1999` or `19990331`.
fn year(date: &str) -> Option<u16> {
    let digits = date.split(|c: char| !c.is_ascii_digit());
    let mut years = digits.filter(|digits| matches!(digits.len(), 4 | 8));
    years.find_map(|digits| digits.get(..4)?.parse().ok().filter(|year| YEARS.contains(year)))
}

/// Returns a number; that before the slash, if the total follows.
fn number(value: &str) -> Option<u16> {
    value.split('/').next().and_then(|number| number.trim().parse().ok())
}

/// Returns the episode that an `episode_id` states, which is any text. Only `S01E02` and small numbers are plain.
fn episode_of_id(id: &str) -> Option<u16> {
    let id = id.trim().to_ascii_lowercase();
    let Some(rest) = id.strip_prefix('s') else {
        return id.parse().ok().filter(|episode| (1..=MAX_EPISODE_ID).contains(episode));
    };
    let (season, episode) = rest.split_once('e')?;
    season.parse::<u16>().ok().and(episode.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(tags: &[(&str, &str)]) -> Tags {
        let mut collector = Collector::default();
        tags.iter().for_each(|(name, value)| collector.put(name, value));
        collector.finish()
    }

    #[test]
    fn years_are_found_in_dates() {
        for date in ["1999", "1999-03-31", "31.3.1999", "19990331", " 1999-03-31T00:00:00Z"] {
            assert_eq!(year(date), Some(1999), "{date}");
        }
        for date in ["", "99", "0000", "12345", "9999", "1999000"] {
            assert_eq!(year(date), None, "{date}");
        }
    }

    #[test]
    fn the_date_of_the_release_counts_before_others() {
        let dates = [("date", "2020"), ("DATE_RELEASED", "1999"), ("year", "2021")];
        assert_eq!(collect(&dates).year, Some(1999));
        assert_eq!(collect(&[("date", "?"), ("year", "2021")]).year, Some(2021));
        assert_eq!(collect(&[("date", "2020"), ("date_released", "?")]).year, Some(2020));
    }

    #[test]
    fn the_longest_description_counts() {
        let texts = [("DESCRIPTION", "Short."), ("synopsis", "Longer.\r\nYes.\0"), ("Summary", "")];
        assert_eq!(collect(&texts).description.as_deref(), Some("Longer.\nYes."));
        let long = "é".repeat(MAX_DESCRIPTION_CHARS + 1);
        let text = collect(&[("summary", &long)]).description.unwrap();
        assert_eq!(text.chars().count(), MAX_DESCRIPTION_CHARS);
    }

    #[test]
    fn names_are_there_once_and_have_limits() {
        assert_eq!(collect(&[("genre", "Drama, drama;Sci-Fi")]).genres, ["Drama", "Sci-Fi"]);
        let directors = [("director", "A / B"), ("DIRECTOR", " b "), ("director", "C, Jr.")];
        assert_eq!(collect(&directors).directors, ["A", "B", "C, Jr."]);
        let many: Vec<String> = (0..100).map(|number| format!("{number:0200}")).collect();
        let mut collector = Collector::default();
        many.iter()
            .for_each(|name| collector.put("actor", &name.chars().rev().collect::<String>()));
        let cast = collector.finish().cast;
        assert_eq!(cast.len(), MAX_NAMES);
        assert_eq!(cast[0].len(), MAX_NAME_CHARS);
    }

    #[test]
    fn the_episode_is_a_number_or_in_its_id() {
        let episode = |id: &str| collect(&[("episode_id", id)]).episode;
        assert_eq!([episode("7"), episode("S02E07"), episode("s2e7")], [Some(7); 3]);
        assert_eq!([episode("207"), episode("S02"), episode("Pilot"), episode("0")], [None; 4]);
        let both = [("episode_id", "7"), ("episode_sort", "3/10")];
        assert_eq!(collect(&both).episode, Some(3));
    }

    #[test]
    fn comments_and_artists_are_not_taken() {
        let tags = [("comment", "made by x"), ("artist", "x"), ("encoder", "x"), ("title", "x")];
        assert_eq!(collect(&tags), Tags::default());
    }
}

//! Names of folders of seasons.

/// What the name of the folder of a season says.
pub struct SeasonFolder<'a> {
    /// The number of the season; 0 is that of specials.
    pub number: u16,
    /// The series, if the name begins with it.
    pub series: Option<&'a str>,
}

/// Words for season, in lower case.
pub const WORDS: [&str; 8] =
    ["season", "series", "staffel", "saison", "temporada", "stagione", "seizoen", "sezon"];

/// Reads the name of a folder: `Season 1`, `S01`, `Specials`, `Series - Season 2`, `Series.S02.1080p`. `None` if it is not that of a season.
pub fn parse(name: &str) -> Option<SeasonFolder<'_>> {
    let lower = name.to_ascii_lowercase();
    let lower = lower.trim();
    if matches!(lower, "specials" | "special") {
        return Some(SeasonFolder { number: 0, series: None });
    }
    let number = WORDS.iter().find_map(|word| number_after(lower.strip_prefix(word)?));
    if let Some(number) = number {
        return Some(SeasonFolder { number, series: None });
    }
    if let Some(number) = lower.strip_prefix('s').and_then(whole_number) {
        return Some(SeasonFolder { number, series: None });
    }
    inside(name)
}

/// Finds ` Season 2` or `.S02` inside a name.
fn inside(name: &str) -> Option<SeasonFolder<'_>> {
    let boundaries = name.match_indices(|c: char| !c.is_alphanumeric());
    for (at, separator) in boundaries {
        let Some(rest) = name.get(at + separator.len()..) else { continue };
        let before = name.get(..at).unwrap_or_default().trim_end_matches([' ', '-', '.', '_']);
        let number = without_prefix(rest, "season").and_then(number_after).or_else(|| {
            let digits = without_prefix(rest, "s")?;
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            if count == 2 { number_after(digits) } else { None }
        });
        if let Some(number) = number.filter(|_| before.contains(char::is_alphanumeric)) {
            return Some(SeasonFolder { number, series: Some(before) });
        }
    }
    None
}

/// Removes a prefix of ASCII letters, whatever the letter case.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    if start.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

/// Reads the number with which a text begins, after separators. A letter must not follow.
fn number_after(text: &str) -> Option<u16> {
    let text = text.trim_start_matches([' ', '.', '_', '-']);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    if rest.starts_with(char::is_alphanumeric) { None } else { whole_number(number) }
}

fn whole_number(text: &str) -> Option<u16> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

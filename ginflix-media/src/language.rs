//! Language codes: from those of containers to BCP 47.

use isolang::Language;

/// The bibliographic codes of ISO 639-2 that differ from the terminological ones.
const BIBLIOGRAPHIC: [(&str, &str); 20] = [
    ("alb", "sqi"),
    ("arm", "hye"),
    ("baq", "eus"),
    ("bur", "mya"),
    ("chi", "zho"),
    ("cze", "ces"),
    ("dut", "nld"),
    ("fre", "fra"),
    ("geo", "kat"),
    ("ger", "deu"),
    ("gre", "ell"),
    ("ice", "isl"),
    ("mac", "mkd"),
    ("mao", "mri"),
    ("may", "msa"),
    ("per", "fas"),
    ("rum", "ron"),
    ("slo", "slk"),
    ("tib", "bod"),
    ("wel", "cym"),
];

/// Converts a code of ISO 639-2 to BCP 47, which takes the code of two letters where there is one
/// (RFC 5646, section 2.2.1). `None` for an undetermined or unknown language.
pub fn from_iso_639_2(code: &str) -> Option<String> {
    let code = BIBLIOGRAPHIC.iter().find(|(b, _)| *b == code).map_or(code, |(_, t)| t);
    if matches!(code, "und" | "zxx" | "mis" | "mul") {
        return None;
    }
    let language = Language::from_639_3(code)?;
    Some(language.to_639_1().unwrap_or(language.to_639_3()).to_owned())
}

/// Converts the primary subtag of a language tag (BCP 47) to a terminological code of ISO 639-2. `None` for an unknown
/// language.
pub fn to_iso_639_2(subtag: &str) -> Option<&'static str> {
    let language = Language::from_639_1(subtag).or_else(|| Language::from_639_3(subtag))?;
    Some(language.to_639_3())
}

/// Returns a language tag if it has the form of one (RFC 5646, section 2.1), shortened as by
/// [`from_iso_639_2`]. `None` otherwise, and for an undetermined language.
pub fn from_tag(tag: &str) -> Option<String> {
    let mut parts = tag.split('-');
    let first = parts.next()?;
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if tag.len() > 35 || !(2..=3).contains(&first.len()) || !tag.split('-').all(is_subtag) {
        return None;
    }
    let primary = match first.len() {
        2 => Language::from_639_1(&first.to_ascii_lowercase())?.to_639_1()?.to_owned(),
        _ => from_iso_639_2(&first.to_ascii_lowercase())?,
    };
    Some(parts.fold(primary, |tag, part| format!("{tag}-{part}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_639_2_becomes_the_shortest_code() {
        for (code, tag) in
            [("eng", "en"), ("ger", "de"), ("deu", "de"), ("fre", "fr"), ("gsw", "gsw")]
        {
            assert_eq!(from_iso_639_2(code).as_deref(), Some(tag), "{code}");
        }
        for code in ["und", "zxx", "xxx", "", "e"] {
            assert_eq!(from_iso_639_2(code), None, "{code}");
        }
    }

    #[test]
    fn tags_keep_their_subtags() {
        assert_eq!(from_tag("pt-BR").as_deref(), Some("pt-BR"));
        assert_eq!(from_tag("eng").as_deref(), Some("en"));
        for tag in ["", "x", "en US", "en--US", "en-verylongsubtag", "und"] {
            assert_eq!(from_tag(tag), None, "{tag}");
        }
    }
}

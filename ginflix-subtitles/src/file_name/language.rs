//! The languages of file names.

use ginflix_media::language::{from_iso_639_2, from_tag};
use isolang::Language;

/// The most bytes of the name of a language.
const NAME_LIMIT_BYTES: usize = 40;

/// Names and codes that are in use but in no standard, or have another meaning there, and the languages that people mean.
const ALIASES: [(&str, &str); 56] = [
    ("pob", "pt-BR"),
    ("pb", "pt-BR"),
    ("ptbr", "pt-BR"),
    ("brazilian", "pt-BR"),
    ("brazilian portuguese", "pt-BR"),
    ("portuguese brazil", "pt-BR"),
    ("portuguese brazilian", "pt-BR"),
    ("european portuguese", "pt-PT"),
    ("spanish latin america", "es-419"),
    ("latin american spanish", "es-419"),
    ("latino", "es-419"),
    ("castilian", "es-ES"),
    ("european spanish", "es-ES"),
    ("canadian french", "fr-CA"),
    ("french canadian", "fr-CA"),
    ("french canada", "fr-CA"),
    ("british english", "en-GB"),
    ("american english", "en-US"),
    ("simplified", "zh-Hans"),
    ("simplified chinese", "zh-Hans"),
    ("chinese simplified", "zh-Hans"),
    ("chs", "zh-Hans"),
    ("zhs", "zh-Hans"),
    ("traditional", "zh-Hant"),
    ("traditional chinese", "zh-Hant"),
    ("chinese traditional", "zh-Hant"),
    ("cht", "zh-Hant"),
    ("zht", "zh-Hant"),
    ("mandarin", "cmn"),
    ("cantonese", "yue"),
    ("flemish", "nl-BE"),
    ("greek", "el"),
    ("farsi", "fa"),
    ("persian", "fa"),
    ("bangla", "bn"),
    ("punjabi", "pa"),
    ("pashto", "ps"),
    ("odia", "or"),
    ("uyghur", "ug"),
    ("kyrgyz", "ky"),
    ("slovene", "sl"),
    ("serbo croatian", "sh"),
    ("filipino", "fil"),
    ("norwegian bokmal", "nb"),
    ("bokmal", "nb"),
    ("nynorsk", "nn"),
    ("scc", "sr"),
    ("scr", "hr"),
    ("iw", "he"),
    ("deutsch", "de"),
    ("francais", "fr"),
    ("français", "fr"),
    ("espanol", "es"),
    ("español", "es"),
    ("italiano", "it"),
    ("portugues", "pt"),
];

/// Codes of ISO 639-2 and ISO 639-3 for languages without a code of two letters that subtitles are in. Others are not taken,
/// because many are English words.
const THREE_LETTERS: [&str; 24] = [
    "ast", "ceb", "chr", "cmn", "cnr", "dsb", "fil", "frr", "fur", "gsw", "hak", "haw", "hmn",
    "hsb", "ilo", "kok", "mai", "mni", "nan", "nds", "scn", "sco", "tlh", "yue",
];

/// Returns the language tag (BCP 47) for a tag, a code or a name of a language. `None` for anything else.
pub(super) fn parse(text: &str) -> Option<String> {
    if text.len() > NAME_LIMIT_BYTES {
        return None;
    }
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join(" ");
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, tag)| (*tag).to_owned());
    alias.or_else(|| tag(&lower)).or_else(|| english_name(&name))
}

/// Returns a language tag with its subtags in the letter case that is usual (RFC 5646, section 2.1.1). There may be a script and
/// a region.
fn tag(lower: &str) -> Option<String> {
    let lower = lower.replace('_', "-");
    let mut subtags = lower.split('-').peekable();
    let primary = subtags.next()?;
    let mut tag = match primary.len() {
        2 => from_tag(primary)?,
        3 => from_iso_639_2(primary)
            .filter(|tag| tag.len() == 2 || THREE_LETTERS.contains(&tag.as_str()))?,
        _ => return None,
    };
    let is_letters =
        |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_lowercase());
    if let Some(script) = subtags.next_if(|part| is_letters(part, 4)) {
        let mut letters = script.chars();
        tag.push('-');
        tag.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        tag.push_str(letters.as_str());
    }
    let is_number = |part: &str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit());
    // CC is the Cocos Islands too, but captions are meant, and the hearing impaired by HI.
    let is_region =
        |part: &&str| is_letters(part, 2) && !matches!(*part, "cc" | "hi") || is_number(part);
    if let Some(region) = subtags.next_if(is_region) {
        tag.push('-');
        tag.push_str(&region.to_ascii_uppercase());
    }
    subtags.next().is_none().then_some(tag)
}

/// Returns the language of this English name in lower case. Only languages with a code of two letters are found so, because the
/// names of some others are English words.
fn english_name(name: &str) -> Option<String> {
    if name.len() < 4 {
        return None;
    }
    for first in 'a'..='z' {
        for second in 'a'..='z' {
            let code: String = [first, second].iter().collect();
            let language = Language::from_639_1(&code);
            if language.is_some_and(|language| language.to_name().to_lowercase() == name) {
                return Some(code);
            }
        }
    }
    None
}

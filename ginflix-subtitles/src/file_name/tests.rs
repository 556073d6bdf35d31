use super::*;

/// A description in short: the language, the title, and the first letters of the flags.
fn short(subtitle: &str, media: &str) -> Option<String> {
    let found = describe(subtitle, media)?;
    let mut short = found.language.unwrap_or_else(|| "-".to_owned());
    for (flag, letter) in
        [(found.is_default, " d"), (found.is_forced, " f"), (found.is_hearing_impaired, " h")]
    {
        short.push_str(if flag { letter } else { "" });
    }
    if let Some(title) = found.title {
        short.push_str(&format!(" \"{title}\""));
    }
    Some(short)
}

#[test]
fn names_say_language_title_and_flags() {
    for (subtitle, expected) in [
        ("movie.srt", "-"),
        ("movie.en.srt", "en"),
        ("movie.eng.vtt", "en"),
        ("movie.ger.ass", "de"),
        ("movie.deu.ssa", "de"),
        ("Movie.EN.SRT", "en"),
        ("movie.pt-BR.forced.srt", "pt-BR f"),
        ("movie.pt_br.srt", "pt-BR"),
        ("movie.zh-hans.srt", "zh-Hans"),
        ("movie.sr-Latn-RS.srt", "sr-Latn-RS"),
        ("movie.es-419.srt", "es-419"),
        ("movie.pob.srt", "pt-BR"),
        ("movie.English.sdh.srt", "en h"),
        ("movie.Brazilian Portuguese.srt", "pt-BR"),
        ("movie.Chinese (Simplified).srt", "zh-Hans"),
        ("movie.Greek.srt", "el"),
        ("movie.en.default.srt", "en d"),
        ("movie.default.forced.en.srt", "en d f"),
        ("movie.en.foreign.srt", "en f"),
        ("movie.en.cc.srt", "en h"),
        ("movie.und.srt", "-"),
        ("movie.sdh.srt", "- h"),
    ] {
        assert_eq!(short(subtitle, "movie.mkv").as_deref(), Some(expected), "{subtitle}");
    }
}

#[test]
fn hi_is_a_language_unless_there_is_another() {
    for (subtitle, expected) in [
        ("movie.hi.srt", "hi"),
        ("movie.hin.srt", "hi"),
        ("movie.hi-IN.srt", "hi-IN"),
        ("movie.eng.hi.srt", "en h"),
        ("movie.hi.eng.srt", "en h"),
        ("movie.hin.hi.srt", "hi h"),
        ("movie.hi.hi.srt", "hi h"),
        ("movie.en-cc.srt", "en h"),
        ("movie.en_hi.srt", "en h"),
    ] {
        assert_eq!(short(subtitle, "movie.mkv").as_deref(), Some(expected), "{subtitle}");
    }
}

#[test]
fn other_parts_are_a_title() {
    for (subtitle, expected) in [
        ("movie.en.Commentary.srt", "en \"Commentary\""),
        ("movie.Commentary.en.srt", "en \"Commentary\""),
        ("movie.en.Director's Commentary.forced.srt", "en f \"Director's Commentary\""),
        ("movie.English Commentary.srt", "en \"Commentary\""),
        ("movie.en.Signs & Songs [Forced].srt", "en f \"Signs & Songs\""),
        ("movie.it.en.srt", "en \"it\""),
        ("movie.en.English.srt", "en"),
        ("movie.1080p.srt", "- \"1080p\""),
        ("movie.the.srt", "- \"the\""),
    ] {
        assert_eq!(short(subtitle, "movie.mkv").as_deref(), Some(expected), "{subtitle}");
    }
}

#[test]
fn other_separators_than_dots_are_read() {
    for (subtitle, expected) in [
        ("movie-en.srt", "en"),
        ("movie_eng_forced.srt", "en f"),
        ("movie en.srt", "en"),
        ("movie - English.srt", "en"),
        ("movie [English] [SDH].srt", "en h"),
        ("movie(en).srt", "en"),
        ("movie.en-forced.srt", "en f"),
    ] {
        assert_eq!(short(subtitle, "movie.mkv").as_deref(), Some(expected), "{subtitle}");
    }
}

#[test]
fn names_of_other_media_files_do_not_belong() {
    for subtitle in [
        "movies.srt",
        "mov.srt",
        "other.en.srt",
        "movie 2.srt",
        "movie - Part 2.en.srt",
        "movie.mkv",
        "movie.en.sub",
        "movie",
        ".srt",
        "movie (1999).srt",
        "movieen.srt",
        "",
    ] {
        assert_eq!(short(subtitle, "movie.mkv"), None, "{subtitle}");
    }
    assert_eq!(short(".srt", ".mkv"), None);
    assert_eq!(short("a.srt", ""), None);
}

#[test]
fn letter_case_and_normal_form_do_not_count() {
    assert_eq!(short("E\u{301}COLE.fr.srt", "école.mp4").as_deref(), Some("fr"));
    assert_eq!(short("école.fr.srt", "E\u{301}COLE.mp4").as_deref(), Some("fr"));
    assert_eq!(short("Фильм.ru.srt", "фильм.mp4").as_deref(), Some("ru"));
}

#[test]
fn the_longest_name_of_a_media_file_counts() {
    let media = ["movie.mkv", "movie.2.mkv", "movie.2.en.extra.mkv"];
    let found = |subtitle| find_media(subtitle, media).map(|(name, _)| name);
    assert_eq!(found("movie.2.en.srt"), Some("movie.2.mkv"));
    assert_eq!(found("movie.en.srt"), Some("movie.mkv"));
    assert_eq!(found("other.srt"), None);
}

use super::*;
use proptest::prelude::*;

const MOVIE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
    <title>The Matrix &amp; more</title><originaltitle>Matrix</originaltitle>
    <ratings><rating name="imdb"><value>8.7</value></rating></ratings>
    <plot>First line.&#10;Second <![CDATA[<line>]]>.</plot><outline>Short.</outline>
    <runtime>136</runtime><premiered>1999-03-31</premiered>
    <uniqueid type="imdb" default="true">tt0133093</uniqueid><uniqueid type="tmdb">603</uniqueid>
    <genre>Action / Science Fiction</genre><genre>action</genre>
    <director>A</director><director>B</director><credits>C</credits>
    <actor><name>Carrie-Anne Moss</name><role>Trinity</role></actor>
    <actor><name>Keanu Reeves</name><role><name>Neo</name></role></actor>
    <set><name>Collection</name></set>
</movie>"#;

fn parse(text: &str) -> Nfo {
    read(text.as_bytes()).unwrap().unwrap()
}

#[test]
fn all_fields_of_a_movie_are_read() {
    let id =
        |database: &str, value: &str| UniqueId { database: database.into(), value: value.into() };
    assert_eq!(
        parse(MOVIE),
        Nfo {
            kind: Kind::Movie,
            title: Some("The Matrix & more".into()),
            original_title: Some("Matrix".into()),
            sort_title: None,
            description: Some("First line.\nSecond <line>.".into()),
            year: Some(1999),
            genres: vec!["Action".into(), "Science Fiction".into()],
            directors: vec!["A".into(), "B".into()],
            cast: vec!["Carrie-Anne Moss".into(), "Keanu Reeves".into()],
            season: None,
            episode: None,
            last_episode: None,
            series: None,
            runtime_minutes: Some(136),
            unique_ids: vec![id("imdb", "tt0133093"), id("tmdb", "603")],
        }
    );
}

#[test]
fn a_file_of_several_episodes_has_the_last_one() {
    let episode = |number: u16| {
        format!(
            "<episodedetails><title>T{number}</title><showtitle>S</showtitle><season>1</season><episode>{number}</episode></episodedetails>\n"
        )
    };
    let nfo = parse(&[episode(2), episode(3), episode(4)].concat());
    assert_eq!((nfo.title.as_deref(), nfo.series.as_deref()), (Some("T2"), Some("S")));
    assert_eq!((nfo.season, nfo.episode, nfo.last_episode), (Some(1), Some(2), Some(4)));
}

#[test]
fn a_url_is_not_read() {
    let url = "https://www.themoviedb.org/movie/603?a=1&b=2";
    for text in ["", "\u{feff}", url] {
        assert_eq!(read(text.as_bytes()), Ok(None), "{text}");
    }
    assert_eq!(parse(&format!("{MOVIE}\n{url}")), parse(MOVIE));
    assert_eq!(parse(&format!("{MOVIE}\n<broken")), parse(MOVIE));
}

#[test]
fn the_declared_encoding_is_used() {
    let text = |label: &str| {
        format!("<?xml version='1.0' encoding='{label}'?><movie><title>Été</title></movie>")
    };
    let title = |bytes: &[u8]| read(bytes).unwrap().unwrap().title.unwrap();
    let latin = encoding_rs::WINDOWS_1252.encode(&text("iso-8859-1")).0.into_owned();
    assert_eq!(title(&latin), "Été");
    assert_eq!(title(text("utf-8").as_bytes()), "Été");
    assert_eq!(title(format!("\u{feff}{}", text("iso-8859-1")).as_bytes()), "Été");
    let utf_16: Vec<u8> = text("utf-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(title(&[b"\xff\xfe", utf_16.as_slice()].concat()), "Été");
}

#[test]
fn sloppy_texts_are_read() {
    let title = |text: &str| parse(&format!("<movie><title>{text}</title></movie>")).title.unwrap();
    assert_eq!(title("Tom & Jerry &eacute; &nosuch; &"), "Tom & Jerry é &nosuch; &");
    assert_eq!(title("a<b>c</b>d\n e"), "ad e");
    assert_eq!(
        parse("<Movie><TITLE>a</TITLE><title>b</title></Movie>").title.as_deref(),
        Some("a")
    );
}

#[test]
fn entities_are_not_expanded() {
    let text = "<!DOCTYPE movie [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]><movie><title>&a;&b;</title></movie>";
    assert_eq!(parse(text).title.as_deref(), Some("&a;&b;"));
}

#[test]
fn errors_say_what_is_wrong() {
    let error = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(error("<album></album>"), Error::OtherRoot("album".into()));
    assert_eq!(error("<movie><title>a"), Error::CutShort("movie".into()));
    assert_eq!(error(&"<movie>".repeat(40)), Error::TooDeep);
    assert_eq!(error(&format!("<movie>{}</movie>", "<a/>".repeat(20_000))), Error::TooManyElements);
    assert_eq!(read(&[b' '; FILE_LIMIT_BYTES + 1]), Err(Error::TooLarge(FILE_LIMIT_BYTES + 1)));
    let mismatched = error("<movie><title>a</plot></movie>").to_string();
    assert!(mismatched.starts_with("the NFO file is not valid XML at byte "), "{mismatched}");
}

#[test]
fn texts_are_cut_to_their_limits() {
    let long = "x".repeat(20_000);
    let actors = (0..100).map(|n| format!("<actor><name>{n}</name></actor>")).collect::<String>();
    let nfo = parse(&format!(
        "<tvshow><title>{long}</title><plot>{long}</plot>{actors}<year>99999</year><season>-1</season></tvshow>"
    ));
    assert_eq!(nfo.title.map(|title| title.len()), Some(200));
    assert_eq!(nfo.description.map(|text| text.len()), Some(10_000));
    assert_eq!((nfo.cast.len(), nfo.year, nfo.season), (50, None, None));
}

proptest! {
    #[test]
    fn any_content_is_read_or_refused(
        parts in proptest::collection::vec("</?(movie|title|actor|name|episodedetails)/?>|&\\PC?;?|<!\\[CDATA\\[|\\]\\]>|<!--|\\PC{0,4}", 0..30),
        bytes in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let _ = read(&[parts.concat().as_bytes(), &bytes].concat());
        let _ = read(format!("<movie>{}</movie>", parts.concat()).as_bytes());
    }
}

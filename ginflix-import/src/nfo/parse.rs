//! The elements of NFO files.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::fields::{Field, Fields};
use super::{DEPTH_LIMIT, ELEMENTS_LIMIT, Error, Kind, Nfo, Result};
use crate::text;

/// The most characters of a name of an element in an error.
const SHOWN_NAME_CHARS: usize = 40;

/// Reads all roots of a text. Faults after the first one are ignored.
pub fn parse(text: &str) -> Result<Option<Nfo>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    reader.config_mut().expand_empty_elements = true;
    let mut parser = Parser::default();
    loop {
        let step = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => parser.take(event),
            Err(error) => {
                let reason = text::bounded_line(&error.to_string(), 200).unwrap_or_default();
                Err(Error::Invalid { position: reader.error_position(), reason })
            }
        };
        match step {
            Err(_) if parser.first.is_some() => break,
            step => step?,
        }
    }
    match (parser.first, parser.open.first()) {
        (Some(mut nfo), _) => {
            nfo.last_episode =
                parser.last_episode.filter(|last| nfo.episode.is_some_and(|first| *last > first));
            Ok(Some(nfo))
        }
        (None, Some(name)) => Err(Error::CutShort(name.clone())),
        (None, None) => Ok(None),
    }
}

/// What was read up to an event.
#[derive(Default)]
struct Parser {
    /// The names of the elements that are open, the root first.
    open: Vec<String>,
    elements: usize,
    kind: Option<Kind>,
    fields: Fields,
    /// The field whose text is read, and the number of open elements within which its text is.
    field: Option<(Field, usize)>,
    text: String,
    first: Option<Nfo>,
    last_episode: Option<u16>,
}

impl Parser {
    fn take(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::End(_) => self.end(),
            Event::Text(text) => self.add(&text),
            Event::CData(text) => self.add(&text),
            Event::GeneralRef(name) => {
                self.add(&html_escape::decode_html_entities(&format!("&{};", &*name)));
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<()> {
        let name = start.name().as_ref().to_ascii_lowercase();
        self.elements += 1;
        if self.elements > ELEMENTS_LIMIT {
            return Err(Error::TooManyElements);
        }
        match self.open.as_slice() {
            [] => {
                self.kind = Some(match name.as_str() {
                    "movie" => Kind::Movie,
                    "episodedetails" => Kind::Episode,
                    "tvshow" => Kind::Series,
                    _ => {
                        return Err(Error::OtherRoot(
                            text::cut(&name, SHOWN_NAME_CHARS).to_owned(),
                        ));
                    }
                });
            }
            [_] => self.begin_field(Field::of_child(&name), start),
            [_, parent] => {
                if let Some(field) = Field::of_grandchild(parent, &name) {
                    self.begin_field(Some(field), start);
                }
            }
            _ if self.open.len() >= DEPTH_LIMIT => return Err(Error::TooDeep),
            _ => {}
        }
        self.open.push(name);
        Ok(())
    }

    fn begin_field(&mut self, field: Option<Field>, start: &BytesStart<'_>) {
        self.text.clear();
        self.field = field.map(|field| (field, self.open.len() + 1));
        if let Some((Field::UniqueId, _)) = self.field {
            let database = start.try_get_attribute("type").ok().flatten();
            let database = database.map(|attribute| attribute.value.into_owned());
            self.fields.database =
                text::bounded_line(&database.unwrap_or_default(), 50).unwrap_or_default();
        }
    }

    fn add(&mut self, text: &str) {
        if self.field.as_ref().is_some_and(|(_, depth)| *depth == self.open.len()) {
            self.text.push_str(text);
        }
    }

    fn end(&mut self) {
        if let Some((field, _)) = self.field.take_if(|(_, depth)| *depth == self.open.len()) {
            self.fields.set(field, &self.text);
        }
        self.open.pop();
        if let (true, Some(kind)) = (self.open.is_empty(), self.kind) {
            let nfo = std::mem::take(&mut self.fields).into_nfo(kind);
            let is_first_episode = self.first.as_ref().map(|first| (first.kind, first.season));
            if is_first_episode == Some((Kind::Episode, nfo.season)) && kind == Kind::Episode {
                self.last_episode = self.last_episode.max(nfo.episode);
            }
            self.first.get_or_insert(nfo);
        }
    }
}

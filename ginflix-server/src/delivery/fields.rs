//! The fields of a request's head, as whoever read them keeps them.

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What rules about fields ask for.
pub trait Fields {
    /// The values of all lines with this name, in their order.
    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]>;

    /// Whether there is a line with this name.
    fn has(&self, name: &HeaderName) -> bool {
        self.lines(name).next().is_some()
    }

    /// The field's value where it stands once.
    fn only<'a>(&'a self, name: &HeaderName) -> Option<&'a [u8]> {
        let mut lines = self.lines(name);
        let line = lines.next()?;
        lines.next().is_none().then_some(line)
    }
}

impl Fields for HeaderMap {
    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

/// As they came: a request has few, so that to look through them costs less than
/// to sort them in.
impl Fields for [httparse::Header<'_>] {
    fn lines(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name.as_str()))
            .map(|field| field.value)
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HOST, RANGE};

    use super::*;

    #[test]
    fn both_kinds_answer_alike() {
        let came = [("Range", "a"), ("host", "b"), ("RANGE", "c")];
        let list = came.map(|(name, value)| httparse::Header { name, value: value.as_bytes() });
        let mut map = HeaderMap::new();
        for (name, value) in came {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static(value),
            );
        }
        fn answers<F: Fields + ?Sized>(fields: &F) {
            assert_eq!(fields.lines(&RANGE).collect::<Vec<_>>(), [b"a", b"c"]);
            assert_eq!((fields.only(&RANGE), fields.only(&HOST)), (None, Some(&b"b"[..])));
            assert!(fields.has(&RANGE) && !fields.has(&http::header::IF_RANGE));
        }
        answers(&map);
        answers(&list[..]);
    }
}

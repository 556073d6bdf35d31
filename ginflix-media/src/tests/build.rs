//! Builds small files byte by byte.

/// Builds a box of ISO/IEC 14496-12.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// Builds an item of iTunes with values of this type (1 for UTF-8, 13 for JPEG, 21 for an integer).
pub fn item(kind: &[u8; 4], data_type: u32, values: &[&[u8]]) -> Vec<u8> {
    let data =
        |value: &&[u8]| boxed(b"data", &[&data_type.to_be_bytes(), &[0; 4], *value].concat());
    boxed(kind, &values.iter().flat_map(data).collect::<Vec<u8>>())
}

/// Builds metadata of iTunes with these items.
pub fn meta(items: &[Vec<u8>]) -> Vec<u8> {
    let handler = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    boxed(b"meta", &[&[0; 4][..], &handler, &boxed(b"ilst", &items.concat())].concat())
}

/// Builds an MP4 file with these boxes in its movie.
pub fn mp4(boxes: &[Vec<u8>]) -> Vec<u8> {
    [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"moov", &boxes.concat())].concat()
}

/// Builds an MP4 file with these items.
pub fn mp4_with_items(items: &[Vec<u8>]) -> Vec<u8> {
    mp4(&[boxed(b"udta", &meta(items))])
}

/// Builds an EBML element.
pub fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let id = id.to_be_bytes();
    let id = &id[id.iter().position(|byte| *byte != 0).unwrap()..];
    [id, &(content.len() as u64 | 1 << 56).to_be_bytes(), content].concat()
}

/// Builds a Matroska file with these elements in its segment.
pub fn matroska(elements: &[Vec<u8>]) -> Vec<u8> {
    let header = element(0x1A45_DFA3, &element(0x4282, b"matroska"));
    [header, element(0x1853_8067, &elements.concat())].concat()
}

/// Builds a Tag with these targets.
pub fn tag(targets: &[Vec<u8>], simple_tags: &[(&str, &str)]) -> Vec<u8> {
    let simple = |(name, value): &(&str, &str)| {
        let content = [element(0x45A3, name.as_bytes()), element(0x4487, value.as_bytes())];
        element(0x67C8, &content.concat())
    };
    let simple_tags = simple_tags.iter().flat_map(simple).collect();
    element(0x7373, &[element(0x63C0, &targets.concat()), simple_tags].concat())
}

/// Builds a Tags element.
pub fn tags(tags: &[Vec<u8>]) -> Vec<u8> {
    element(0x1254_C367, &tags.concat())
}

/// Builds the level of a target.
pub fn level(value: u8) -> Vec<u8> {
    element(0x68CA, &[value])
}

/// Builds attachments: name, media type and content.
pub fn attachments(files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let file = |(name, media_type, content): &(&str, &str, &[u8])| {
        let content = [
            element(0x466E, name.as_bytes()),
            element(0x4660, media_type.as_bytes()),
            element(0x465C, content),
        ];
        element(0x61A7, &content.concat())
    };
    element(0x1941_A469, &files.iter().flat_map(file).collect::<Vec<u8>>())
}

/// Builds the start of a PNG picture of this width, which `ginflix_api::poster` takes for one.
pub fn png(width: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), 300_u32.to_be_bytes()].concat();
    [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &size, b"\x08\x02\0\0\0"].concat()
}

//! Messages to test with: made by hand (`constructed.txt`) and captured from other
//! implementations (`libreswan.txt`, `strongswan.txt`, and `field.txt` from several).

// Not every test program uses every file.
#![allow(dead_code)]

pub(crate) const CONSTRUCTED: &str = include_str!("constructed.txt");
pub(crate) const FIELD: &str = include_str!("field.txt");
pub(crate) const LIBRESWAN: &str = include_str!("libreswan.txt");
pub(crate) const STRONGSWAN: &str = include_str!("strongswan.txt");

/// The names of the lines of a file.
pub(crate) fn names(file: &str) -> impl Iterator<Item = &str> {
    lines(file).filter_map(|line| line.split(' ').next())
}

/// The names of the lines whose second column is `kind`.
pub(crate) fn names_of_kind(file: &'static str, kind: &str) -> impl Iterator<Item = &'static str> {
    names(file).filter(move |name| column(file, name, 1) == kind)
}

/// Column `column` of the line called `name`.
pub(crate) fn column<'f>(file: &'f str, name: &str, column: usize) -> &'f str {
    let line = lines(file).find(|line| line.split(' ').next() == Some(name));
    let found = line.and_then(|line| line.split(' ').nth(column));
    found.unwrap_or_else(|| panic!("there is no line {name} with a column {column}"))
}

/// The octets in column `column` of the line called `name`; `None` where the file has a dash.
pub(crate) fn octets_in(file: &str, name: &str, column: usize) -> Option<Vec<u8>> {
    let hex = self::column(file, name, column);
    (hex != "-").then(|| from_hex(hex))
}

/// The octets of the line called `name`.
pub(crate) fn octets(file: &str, name: &str) -> Vec<u8> {
    octets_in(file, name, 1).unwrap_or_else(|| panic!("{name} has no octets"))
}

fn lines(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

fn from_hex(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0, "{hex} ends in half an octet");
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

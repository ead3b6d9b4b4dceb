//! Messages to test with: made by hand (`constructed.txt`) and captured from other
//! implementations (`libreswan.txt`, `strongswan.txt`).

// Not every test program uses every file.
#![allow(dead_code)]

pub(crate) const CONSTRUCTED: &str = include_str!("constructed.txt");
pub(crate) const LIBRESWAN: &str = include_str!("libreswan.txt");
pub(crate) const STRONGSWAN: &str = include_str!("strongswan.txt");

/// The names of the lines of a file.
pub(crate) fn names(file: &str) -> impl Iterator<Item = &str> {
    lines(file).filter_map(|line| line.split(' ').next())
}

/// The octets in column `column` of the line called `name`; `None` where the file has a dash.
pub(crate) fn octets_in(file: &str, name: &str, column: usize) -> Option<Vec<u8>> {
    let line = lines(file).find(|line| line.split(' ').next() == Some(name));
    let hex = line.and_then(|line| line.split(' ').nth(column));
    let hex = hex.unwrap_or_else(|| panic!("there is no line {name} with a column {column}"));
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

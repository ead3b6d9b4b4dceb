//! The seeds, as they stand in `tests/lab/seeds/catalogue/`.
//!
//! ```text
//! seed F01 client
//! file src/initiator/table.rs
//! breaks what happens to the kept IKE SA is ignored
//! keeps R5-7 D6-1
//! <<<<
//! the old text, which stands once in the file
//! ====
//! the new text
//! >>>>
//! ```
//!
//! `keeps` names the requirements that the seed breaks and may be missing. Lines between seeds that
//! start with `#` are comments.

use std::fs;
use std::path::Path;

/// Where the seeds stand.
pub(crate) const FOLDER: &str = "tests/lab/seeds/catalogue";

/// A small edit that breaks something.
pub(crate) struct Seed {
    pub(crate) id: String,
    pub(crate) area: String,
    pub(crate) file: String,
    pub(crate) breaks: String,
    pub(crate) keeps: Vec<String>,
    pub(crate) old: String,
    pub(crate) new: String,
    /// The page of the catalogue.
    pub(crate) page: String,
}

/// Reads all pages, in the order of their names.
pub(crate) fn read() -> Result<Vec<Seed>, String> {
    let mut pages: Vec<_> = fs::read_dir(FOLDER)
        .map_err(|error| format!("{FOLDER}: {error}"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{FOLDER}: {error}"))?;
    pages.sort();
    let mut seeds: Vec<Seed> = Vec::new();
    for page in pages {
        for seed in read_page(&page)? {
            if seeds.iter().any(|known| known.id == seed.id) {
                return Err(format!("{}: there are two seeds {}", page.display(), seed.id));
            }
            seeds.push(seed);
        }
    }
    Ok(seeds)
}

fn read_page(page: &Path) -> Result<Vec<Seed>, String> {
    let name = page.display().to_string();
    let text = fs::read_to_string(page).map_err(|error| format!("{name}: {error}"))?;
    let mut lines = text.lines().enumerate();
    let mut seeds = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fault = |what: &str| format!("{name}:{}: {what}", number + 1);
        let head = line.strip_prefix("seed ").and_then(|rest| rest.split_once(' '));
        let (id, area) = head.ok_or_else(|| fault("expected 'seed ID AREA'"))?;
        let mut seed = Seed {
            id: id.to_string(),
            area: area.to_string(),
            file: String::new(),
            breaks: String::new(),
            keeps: Vec::new(),
            old: String::new(),
            new: String::new(),
            page: name.clone(),
        };
        read_fields(&mut seed, &mut lines).map_err(|what| fault(&what))?;
        seeds.push(seed);
    }
    Ok(seeds)
}

fn read_fields<'t>(
    seed: &mut Seed,
    lines: &mut impl Iterator<Item = (usize, &'t str)>,
) -> Result<(), String> {
    loop {
        let (_, line) = lines.next().ok_or("the page ends in the middle of a seed")?;
        match line.split_once(' ') {
            Some(("file", file)) => seed.file = file.to_string(),
            Some(("breaks", breaks)) => seed.breaks = breaks.to_string(),
            Some(("keeps", ids)) => seed.keeps = ids.split(' ').map(str::to_string).collect(),
            _ if line == "<<<<" => break,
            _ => return Err(format!("{}: what is {line:?}?", seed.id)),
        }
    }
    seed.old = read_until("====", lines)?;
    seed.new = read_until(">>>>", lines)?;
    if seed.file.is_empty() || seed.breaks.is_empty() || seed.old.is_empty() {
        return Err(format!("{}: file, breaks and an old text are needed", seed.id));
    }
    Ok(())
}

fn read_until<'t>(
    end: &str,
    lines: &mut impl Iterator<Item = (usize, &'t str)>,
) -> Result<String, String> {
    let mut text = String::new();
    for (_, line) in lines {
        if line == end {
            return Ok(text);
        }
        text.push_str(line);
        text.push('\n');
    }
    Err(format!("{end} is missing"))
}

//! Which seeds to try, and whether they cover what they have to.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::catalogue::Seed;
use crate::page::Requirement;

/// What the command line asks for.
pub(crate) enum Chosen<'s> {
    List,
    Run(Vec<&'s Seed>),
}

/// Reads the command line.
pub(crate) fn chosen<'s>(seeds: &'s [Seed], arguments: &[String]) -> Result<Chosen<'s>, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--list"] => Ok(Chosen::List),
        ["--all"] => Ok(Chosen::Run(seeds.iter().collect())),
        ["--changed"] => Ok(Chosen::Run(of_changed_files(seeds, &base()?)?)),
        ["--changed", base] => Ok(Chosen::Run(of_changed_files(seeds, base)?)),
        [] => Err("say --list, --changed, --all, or which seeds".to_string()),
        ref ids => ids.iter().map(|id| by_id(seeds, id)).collect::<Result<_, _>>().map(Chosen::Run),
    }
}

fn by_id<'s>(seeds: &'s [Seed], id: &str) -> Result<&'s Seed, String> {
    seeds.iter().find(|seed| seed.id == id).ok_or_else(|| format!("there is no seed {id:?}"))
}

/// The seeds of files that have changed, and those that stand in the catalogue only since.
fn of_changed_files<'s>(seeds: &'s [Seed], base: &str) -> Result<Vec<&'s Seed>, String> {
    let changed = git(&["diff", "--name-only", base])?;
    let changed: BTreeSet<&str> = changed.lines().collect();
    let mut pages = BTreeMap::new();
    for seed in seeds.iter().filter(|seed| changed.contains(seed.page.as_str())) {
        let before = || git(&["show", &format!("{base}:{}", seed.page)]).unwrap_or_default();
        pages.entry(seed.page.as_str()).or_insert_with(before);
    }
    let is_new = |seed: &Seed| {
        let edit = format!("<<<<\n{}====\n{}>>>>\n", seed.old, seed.new);
        pages.get(seed.page.as_str()).is_some_and(|page| !page.contains(&edit))
    };
    let differs = |seed: &&Seed| changed.contains(seed.file.as_str()) || is_new(seed);
    Ok(seeds.iter().filter(differs).collect())
}

/// Where this branch left the main one; on the main branch itself the commit before.
fn base() -> Result<String, String> {
    let head = git(&["rev-parse", "HEAD"])?;
    let forks = ["origin/main", "main"].map(|main| git(&["merge-base", "HEAD", main]));
    let fork = forks.into_iter().flatten().find(|fork| *fork != head);
    let base = fork.map_or_else(|| git(&["rev-parse", "--verify", "HEAD~1"]), Ok)?;
    Ok(base.trim().to_string())
}

fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").args(arguments).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The requirements that the conformance page calls kept and that no seed breaks.
pub(crate) fn uncovered<'p>(page: &'p [Requirement], seeds: &[Seed]) -> Vec<&'p str> {
    let covered: BTreeSet<&str> =
        seeds.iter().flat_map(|seed| seed.keeps.iter().map(String::as_str)).collect();
    let kept = page.iter().filter(|row| row.is_kept).map(|row| row.id.as_str());
    kept.filter(|id| !covered.contains(id)).collect()
}

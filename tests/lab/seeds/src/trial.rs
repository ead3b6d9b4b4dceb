//! One seed in a copy of the project.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::catalogue::Seed;
use crate::judge::{Judge, NAMED, judges};
use crate::page::Requirement;

/// What became of a seed.
pub(crate) enum Outcome {
    /// A test turned red.
    Caught { judge: &'static str, test: String },
    /// A test turned red, but none of those that the conformance page names for these requirements.
    Unshown { ids: String },
    /// All tests passed.
    Survived,
    /// The old text does not stand exactly once in its file.
    TextGone,
    /// The project does not compile with it.
    Broken(String),
}

/// A copy of the project to work in.
pub(crate) struct Workshop {
    folder: PathBuf,
    target: PathBuf,
    /// The judges that pass when there is no seed.
    sound: RefCell<BTreeSet<&'static str>>,
}

/// Longer than any test that passes takes; a seed may make one wait for ever.
const LONGEST_TEST: &str = "900";

impl Workshop {
    /// Copies all files that git knows or does not ignore, as they are now. What an earlier copy
    /// has already stays as it is, so that it is not built again.
    pub(crate) fn new(number: usize) -> Result<Self, String> {
        let here = std::env::current_dir().map_err(|error| error.to_string())?;
        let folder = here.join(format!("target/seeds/copy-{number}"));
        let target = here.join(format!("target/seeds/build-{number}"));
        let files = files()?;
        for gone in files_below(&folder, &folder)? {
            if !files.contains(&gone) {
                fs::remove_file(folder.join(&gone)).map_err(|error| format!("{gone}: {error}"))?;
            }
        }
        for file in files {
            copy(&here.join(&file), &folder.join(&file))
                .map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(Workshop { folder, target, sound: RefCell::default() })
    }

    /// Puts the seed in, runs its judges, and takes it out again.
    pub(crate) fn attempt(&self, seed: &Seed, page: &[Requirement]) -> Result<Outcome, String> {
        let judges = judges(&seed.area)?;
        let file = self.folder.join(&seed.file);
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", seed.file))?;
        if text.matches(&seed.old).count() != 1 {
            return Ok(Outcome::TextGone);
        }
        let put = || write(&file, &text.replacen(&seed.old, &seed.new, 1));
        let take_out = || write(&file, &text);
        let mut outcome = Outcome::Survived;
        for judge in judges {
            self.check(judge)?;
            put()?;
            let judged = self.judged(judge);
            take_out()?;
            outcome = judged?;
            if !matches!(outcome, Outcome::Survived) {
                break;
            }
        }
        if !seed.keeps.is_empty() && matches!(outcome, Outcome::Caught { .. }) {
            self.check(&NAMED)?;
            put()?;
            let unshown = self.unshown(seed, page);
            take_out()?;
            let ids = unshown?.join(" ");
            if !ids.is_empty() {
                return Ok(Outcome::Unshown { ids });
            }
        }
        Ok(outcome)
    }

    /// The requirements that the seed breaks without any test turning red that is named for them.
    fn unshown<'s>(&self, seed: &'s Seed, page: &[Requirement]) -> Result<Vec<&'s str>, String> {
        let tests_of = |id: &str| page.iter().find(|row| row.id == id).map(|row| &row.shown_by);
        let named: Vec<&str> =
            seed.keeps.iter().filter_map(|id| tests_of(id)).flatten().map(String::as_str).collect();
        if named.is_empty() {
            return Ok(seed.keeps.iter().map(String::as_str).collect());
        }
        let tested = self.cargo(&NAMED, &[&["--no-fail-fast", "--"], &named[..]].concat())?;
        let text = text_of(&tested);
        let red: BTreeSet<&str> =
            text.lines().filter_map(|line| line.trim().rsplit("::").next()).collect();
        let shown =
            |id: &str| tests_of(id).is_some_and(|it| it.iter().any(|it| red.contains(&**it)));
        Ok(seed.keeps.iter().map(String::as_str).filter(|id| !shown(id)).collect())
    }

    /// A judge that is red without a seed shows nothing.
    fn check(&self, judge: &Judge) -> Result<(), String> {
        if self.sound.borrow().contains(judge.name) {
            return Ok(());
        }
        match self.judged(judge)? {
            Outcome::Survived => {
                self.sound.borrow_mut().insert(judge.name);
                Ok(())
            }
            Outcome::Caught { test, .. } => Err(format!("{test} fails without any seed")),
            Outcome::Broken(why) => Err(why),
            Outcome::Unshown { .. } | Outcome::TextGone => Ok(()),
        }
    }

    fn judged(&self, judge: &Judge) -> Result<Outcome, String> {
        let mut tests = vec!["--"];
        tests.extend(judge.tests);
        let tested = self.cargo(judge, &tests)?;
        let text = text_of(&tested);
        if tested.status.success() {
            Ok(Outcome::Survived)
        } else if text.contains("error: could not compile") {
            Ok(Outcome::Broken(text))
        } else {
            Ok(Outcome::Caught { judge: judge.name, test: first_failure(&text) })
        }
    }

    fn cargo(&self, judge: &Judge, more: &[&str]) -> Result<Output, String> {
        Command::new("timeout")
            .args([LONGEST_TEST, "cargo", "test", "--quiet", "--profile", "mutants"])
            .args(judge.targets.iter().flat_map(|target| ["--test", target]))
            .args(more)
            .envs(judge.settings.iter().copied())
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_INCREMENTAL", "1")
            .output()
            .map_err(|error| format!("cargo: {error}"))
    }
}

/// The files of the project.
fn files() -> Result<BTreeSet<String>, String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git: {error}"))?;
    let all = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(all.lines().filter(|file| Path::new(file).is_file()).map(str::to_string).collect())
}

/// The files of a copy, by their names in it.
fn files_below(folder: &Path, copy: &Path) -> Result<Vec<String>, String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            found.extend(files_below(&path, copy)?);
        } else if let Ok(name) = path.strip_prefix(copy) {
            found.push(name.display().to_string());
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let octets = fs::read(from).map_err(|error| error.to_string())?;
    if fs::read(to).is_ok_and(|present| present == octets) {
        return Ok(());
    }
    let parent = to.parent().ok_or("a file without a folder")?;
    fs::create_dir_all(parent)
        .and_then(|()| fs::copy(from, to))
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The name of the first test that failed, as the list at the end gives it.
fn first_failure(text: &str) -> String {
    let list = text.rsplit_once("\nfailures:\n").map_or("", |(_, list)| list);
    let name = list.lines().map(str::trim).find(|line| !line.is_empty());
    name.unwrap_or("it ended early, or took too long").to_string()
}

//! One seed in a copy of the project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::catalogue::Seed;
use crate::judge::{Judge, judges};

/// What became of a seed.
pub(crate) enum Outcome {
    /// A test turned red.
    Caught { judge: &'static str, test: String },
    /// All tests passed.
    Survived,
    /// The old text does not stand exactly once in its file.
    TextGone,
    /// The project does not compile with it.
    Broken(String),
}

impl Outcome {
    pub(crate) fn is_caught(&self) -> bool {
        matches!(self, Outcome::Caught { .. })
    }
}

/// A copy of the project to work in.
pub(crate) struct Workshop {
    folder: PathBuf,
    target: PathBuf,
}

/// Longer than any test that passes takes; a seed may make one wait for ever.
const LONGEST_TEST: &str = "600";

impl Workshop {
    /// Copies all files that git knows or does not ignore, as they are now.
    pub(crate) fn new(number: usize) -> Result<Self, String> {
        let here = std::env::current_dir().map_err(|error| error.to_string())?;
        let folder = here.join(format!("target/seeds/copy-{number}"));
        let target = here.join(format!("target/seeds/build-{number}"));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
        }
        for file in files()? {
            let to = folder.join(&file);
            let parent = to.parent().ok_or("a file without a folder")?;
            fs::create_dir_all(parent)
                .and_then(|()| fs::copy(here.join(&file), &to))
                .map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(Workshop { folder, target })
    }

    /// Puts the seed in, runs its judges, and takes it out again.
    pub(crate) fn attempt(&self, seed: &Seed) -> Result<Outcome, String> {
        let judges = judges(&seed.area)?;
        let file = self.folder.join(&seed.file);
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", seed.file))?;
        if text.matches(&seed.old).count() != 1 {
            return Ok(Outcome::TextGone);
        }
        write(&file, &text.replacen(&seed.old, &seed.new, 1))?;
        let outcome = self.judged(judges);
        write(&file, &text)?;
        outcome
    }

    fn judged(&self, judges: &'static [Judge]) -> Result<Outcome, String> {
        for judge in judges {
            let built = self.cargo(judge, &["--no-run"])?;
            if !built.status.success() {
                return Ok(Outcome::Broken(text_of(&built)));
            }
            let tested = self.cargo(judge, &[])?;
            if !tested.status.success() {
                let test = first_failure(&text_of(&tested));
                return Ok(Outcome::Caught { judge: judge.name, test });
            }
        }
        Ok(Outcome::Survived)
    }

    fn cargo(&self, judge: &Judge, more: &[&str]) -> Result<Output, String> {
        Command::new("timeout")
            .args([LONGEST_TEST, "cargo", "test", "--quiet", "--profile", "mutants"])
            .args(judge.arguments)
            .args(more)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .map_err(|error| format!("cargo: {error}"))
    }
}

fn files() -> Result<Vec<String>, String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git: {error}"))?;
    let all = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(all.lines().filter(|file| Path::new(file).is_file()).map(str::to_string).collect())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr)
}

/// The name of the first test that failed, as the list at the end gives it.
fn first_failure(text: &str) -> String {
    let list = text.rsplit_once("\nfailures:\n").map_or("", |(_, list)| list);
    let name = list.lines().map(str::trim).find(|line| !line.is_empty());
    name.unwrap_or("it ended early, or took too long").to_string()
}

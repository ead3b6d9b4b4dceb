//! A file that is edited while it is in use.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// What tells one version of a file from the next, without reading it; `None`: it is not there.
type Stamp = Option<(SystemTime, u64)>;

/// Tells when a file has changed and come to rest.
pub(crate) struct Watch<'p> {
    path: &'p Path,
    read: Stamp,
    seen: Stamp,
}

impl<'p> Watch<'p> {
    /// To be called before the file is read for the first time.
    pub(crate) fn new(path: &'p Path) -> Self {
        let stamp = stamp(path);
        Watch { path, read: stamp, seen: stamp }
    }

    /// Whether the file is to be read again: it is another one than the one read last, and the
    /// same as at the last look. An editor that is still writing is not disturbed.
    pub(crate) fn look(&mut self) -> bool {
        let now = stamp(self.path);
        let at_rest = now == self.seen;
        self.seen = now;
        let changed = at_rest && now != self.read;
        if changed {
            self.read = now;
        }
        changed
    }
}

fn stamp(path: &Path) -> Stamp {
    let data = fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// Looks at a file of its own for each test.
    fn with_file(test: &str, check: impl Fn(&Path, &mut Watch<'_>)) {
        let name = format!("redirector-watch-{test}-{}", std::process::id());
        let file = Gone(std::env::temp_dir().join(name));
        fs::write(&file.0, "first").unwrap();
        check(&file.0, &mut Watch::new(&file.0));
    }

    /// Removes the file, also when the test fails.
    struct Gone(PathBuf);

    impl Drop for Gone {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn an_untouched_file_is_not_read_again() {
        with_file("untouched", |_, watch| {
            assert!((0..3).all(|_| !watch.look()));
        });
    }

    #[test]
    fn a_changed_file_is_read_once_and_only_when_it_has_come_to_rest() {
        with_file("changed", |path, watch| {
            fs::write(path, "half of the sec").unwrap();
            assert!(!watch.look(), "it may still be growing");
            fs::write(path, "half of the second").unwrap();
            assert!(!watch.look(), "it was");
            assert!(watch.look());
            assert!(!watch.look());
        });
    }

    #[test]
    fn a_file_that_goes_and_comes_back_is_read_again() {
        with_file("gone", |path, watch| {
            fs::remove_file(path).unwrap();
            assert_eq!([watch.look(), watch.look(), watch.look()], [false, true, false]);
            fs::write(path, "another").unwrap();
            assert_eq!([watch.look(), watch.look(), watch.look()], [false, true, false]);
        });
    }
}

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

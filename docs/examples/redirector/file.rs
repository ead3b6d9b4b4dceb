//! Files that somebody else reads or writes meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

/// A list of ten thousand targets has a quarter of it.
const MAX_OCTETS: u64 = 1 << 20;

/// Reads a regular file. A FIFO or a device, which may bring nothing or never end, is not opened.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    let mut octets = Vec::new();
    let length = File::open(path)?.take(MAX_OCTETS + 1).read_to_end(&mut octets)?;
    if length as u64 > MAX_OCTETS {
        return Err(io::Error::other(format!("has more than {MAX_OCTETS} octets")));
    }
    String::from_utf8(octets).map_err(|fault| {
        let good = &fault.as_bytes()[..fault.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|octet| **octet == b'\n').count();
        io::Error::other(format!("line {line}: is not UTF-8"))
    })
}

/// The same, but no longer than `patience`, for a file system that does not answer. The thread
/// that waits for it is left behind.
pub(crate) fn read_within(patience: Duration, path: &Path) -> io::Result<String> {
    let (done, result) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || done.send(read(&path)));
    result.recv_timeout(patience).unwrap_or_else(|_| {
        Err(io::Error::other(format!("could not be read within {} s", patience.as_secs())))
    })
}

/// Puts a file in its place whole: who reads it sees the old one or the new one.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    match fs::remove_file(&new) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
        Ok(()) | Err(_) => {}
    }
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// What tells one version of a file from the next, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) modified: SystemTime,
    octets: u64,
    identity: Identity,
}

/// Device, inode, and when anything about the file changed, which nobody can set back.
type Identity = (u64, u64, i64, i64);

impl Stamp {
    /// `None`: it is not there.
    pub(crate) fn of(path: &Path) -> Option<Stamp> {
        let data = fs::metadata(path).ok()?;
        let identity = identity(&data);
        Some(Stamp { modified: data.modified().ok()?, octets: data.len(), identity })
    }
}

#[cfg(unix)]
fn identity(data: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (data.dev(), data.ino(), data.ctime(), data.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Identity {
    (0, 0, 0, 0)
}

/// Tells when a file has changed and come to rest.
pub(crate) struct Watch<'p> {
    path: &'p Path,
    /// The version that was read last; the outer `None`: none was.
    read: Option<Option<Stamp>>,
    seen: Option<Option<Stamp>>,
}

/// What a look at a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// It is the version that was read last.
    Same,
    /// It is another one, and may still be growing.
    Growing,
    /// It is another one, and the same as at the last look. It is to be read now.
    Changed,
}

impl<'p> Watch<'p> {
    pub(crate) fn new(path: &'p Path) -> Self {
        Watch { path, read: None, seen: None }
    }

    /// Looks. Between two looks there has to be more time than the clock of the file system has
    /// grains: then a file that changes after it was read has another stamp.
    pub(crate) fn look(&mut self) -> Look {
        let now = Some(Stamp::of(self.path));
        let at_rest = now == self.seen;
        self.seen = now;
        if now == self.read {
            Look::Same
        } else if at_rest {
            self.read = now;
            Look::Changed
        } else {
            Look::Growing
        }
    }

    /// Whether any version was read.
    pub(crate) fn has_read(&self) -> bool {
        self.read.is_some()
    }

    /// When the version that was read last was written.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.read.flatten().map(|stamp| stamp.modified)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A directory of its own for each test, which goes with it.
    pub(crate) struct Scratch(pub(crate) PathBuf);

    impl Scratch {
        pub(crate) fn new(test: &str) -> Scratch {
            let name = format!("redirector-file-{test}-{}", std::process::id());
            let directory = std::env::temp_dir().join(name);
            fs::create_dir_all(&directory).unwrap();
            Scratch(directory)
        }

        fn file(&self, text: &str) -> PathBuf {
            let path = self.0.join("file");
            fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Looks until the file is at rest, and so has been read.
    fn at_rest(path: &Path) -> Watch<'_> {
        let mut watch = Watch::new(path);
        assert_eq!([watch.look(), watch.look(), watch.look()], READ);
        watch
    }

    const READ: [Look; 3] = [Look::Growing, Look::Changed, Look::Same];

    #[test]
    fn a_changed_file_is_read_once_and_only_when_it_has_come_to_rest() {
        let scratch = Scratch::new("changed");
        let path = scratch.file("first");
        let mut watch = at_rest(&path);
        fs::write(&path, "half of the sec").unwrap();
        assert_eq!(watch.look(), Look::Growing);
        fs::write(&path, "half of the second").unwrap();
        assert_eq!([watch.look(), watch.look(), watch.look()], READ);
    }

    #[test]
    fn a_file_that_goes_and_comes_back_is_read_again() {
        let scratch = Scratch::new("gone");
        let path = scratch.file("first");
        let mut watch = at_rest(&path);
        fs::remove_file(&path).unwrap();
        assert_eq!([watch.look(), watch.look(), watch.look()], READ);
        fs::write(&path, "another").unwrap();
        assert_eq!([watch.look(), watch.look(), watch.look()], READ);
    }

    #[cfg(unix)]
    #[test]
    fn f31_h04_an_edit_of_the_same_length_and_time_is_noticed() {
        let scratch = Scratch::new("alike");
        let path = scratch.file("192.0.2.1");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        let mut watch = at_rest(&path);
        // The clock of the file system may take a while for its next grain.
        let before = Stamp::of(&path);
        for _ in 0..1_000 {
            fs::write(&path, "192.0.2.2").unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            if Stamp::of(&path) != before {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!([watch.look(), watch.look(), watch.look()], READ);
    }

    #[test]
    fn f31_h04_an_older_file_that_is_moved_over_it_is_noticed() {
        let scratch = Scratch::new("older");
        let path = scratch.file("192.0.2.1");
        let mut watch = at_rest(&path);
        let older = scratch.0.join("older");
        fs::write(&older, "192.0.2.2").unwrap();
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options().write(true).open(&older).unwrap().set_modified(past).unwrap();
        fs::rename(&older, &path).unwrap();
        assert_eq!([watch.look(), watch.look(), watch.look()], READ);
        assert_eq!(watch.modified(), Some(past));
    }

    #[test]
    fn f30_what_is_no_regular_file_is_not_opened() {
        let scratch = Scratch::new("directory");
        assert_eq!(read(&scratch.0).unwrap_err().to_string(), "is not a regular file");
    }

    #[test]
    fn a_file_in_another_encoding_is_refused_with_the_line() {
        let scratch = Scratch::new("latin");
        let path = scratch.file("192.0.2.11\n");
        fs::write(&path, b"192.0.2.11\n192.0.2.12 # K\xf6ln\nend\n").unwrap();
        assert_eq!(read(&path).unwrap_err().to_string(), "line 2: is not UTF-8");
        fs::write(&path, "192.0.2.12 # K\u{f6}ln\nend\n").unwrap();
        assert!(read(&path).is_ok());
    }

    #[test]
    fn a_file_that_never_ends_is_not_read_to_its_end() {
        let scratch = Scratch::new("long");
        let path = scratch.file(&"#".repeat(MAX_OCTETS as usize + 1));
        assert!(read(&path).unwrap_err().to_string().starts_with("has more than"));
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let scratch = Scratch::new("whole");
        let path = scratch.file("old");
        let mut reader = File::open(&path).unwrap();
        write_whole(&path, "new").unwrap();
        let mut seen = String::new();
        reader.read_to_string(&mut seen).unwrap();
        assert_eq!((seen.as_str(), read(&path).unwrap().as_str()), ("old", "new"));
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
    }

    #[test]
    fn what_an_interrupted_writer_has_left_behind_is_in_nobodys_way() {
        let scratch = Scratch::new("left");
        let path = scratch.file("old");
        fs::write(scratch.0.join("file.new"), "half of the n").unwrap();
        write_whole(&path, "new").unwrap();
        assert_eq!(read(&path).unwrap(), "new");
    }

    #[test]
    fn a_file_that_cannot_be_replaced_leaves_nothing_behind() {
        let scratch = Scratch::new("unwritable");
        let directory = scratch.0.join("directory");
        fs::create_dir_all(directory.join("in it")).unwrap();
        assert!(write_whole(&directory, "text").is_err());
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
    }
}

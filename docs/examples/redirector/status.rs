//! What the keeper of the list tells those who report.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::counters::Tally;
use super::entry::{Entry, Name};

/// The facts, behind a lock that is never held while a file is read or written.
#[derive(Default)]
pub(crate) struct Status(Mutex<Facts>);

impl Status {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Facts {
    /// The list in use.
    pub(crate) entries: Vec<Entry>,
    /// Of every target that ever got a client, and of those in use.
    pub(crate) tallies: BTreeMap<Name, Arc<Tally>>,
    /// If there is a target file.
    pub(crate) file: Option<FileFacts>,
    /// If there are loads.
    pub(crate) loads: Option<LoadFacts>,
}

/// How it stands with the target file.
#[derive(Clone)]
pub(crate) struct FileFacts {
    /// What is in the file is what is in use.
    pub(crate) in_use: bool,
    /// When the list in use was taken.
    pub(crate) adopted: SystemTime,
    /// When the file that was read last was written.
    pub(crate) modified: Option<SystemTime>,
    /// When the file was looked at last.
    pub(crate) checked: SystemTime,
    pub(crate) changes: u64,
    pub(crate) rejections: u64,
}

/// How it stands with the loads.
#[derive(Clone, Default)]
pub(crate) struct LoadFacts {
    pub(crate) ignored: bool,
    /// Each target's load in percent; `None`: it is silent.
    pub(crate) loads: BTreeMap<Name, Option<u8>>,
}

//! What a machine wants done.

use core::iter::{Copied, Flatten, FusedIterator};
use core::{array, slice};

/// The most actions that one call returns.
const CAPACITY: usize = 4;

/// The actions of one call, to be carried out in order.
///
/// A fixed-capacity list by value: nothing stays inside the machine, there is nothing to poll,
/// and an action may borrow the octets of the event that caused it.
///
/// ```
/// use ikev2_redirect::initiator::{Action, Config, Initiator};
/// use ikev2_redirect::{Instant, Misuse};
///
/// # fn main() -> Result<(), Misuse> {
/// let mut client = Initiator::new(Config::default())?;
/// let gateway = "192.0.2.1".parse().unwrap();
/// for action in client.connect(Instant::from_millis(0), gateway)? {
///     match action {
///         Action::StartInit { to, .. } => assert_eq!(to, gateway),
///         other => panic!("unexpected {other:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "actions do nothing until the host carries them out"]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actions<A> {
    items: [Option<A>; CAPACITY],
}

impl<A> Actions<A> {
    /// The most actions that one call returns.
    pub const CAPACITY: usize = CAPACITY;
}

impl<A: Copy> Actions<A> {
    /// Nothing to do.
    pub(crate) const fn none() -> Self {
        Actions { items: [None; CAPACITY] }
    }

    /// One more thing to do, behind the others. No transition has more than
    /// [`CAPACITY`](Self::CAPACITY).
    // Out of line: nearly every transition calls it, and the code has to fit into small chips.
    #[inline(never)]
    pub(crate) fn push(&mut self, action: A) {
        let free = self.items.iter_mut().find(|item| item.is_none());
        debug_assert!(free.is_some(), "a transition has more actions than a list can hold");
        if let Some(free) = free {
            *free = Some(action);
        }
    }

    /// The actions in the order in which they are to be carried out.
    pub fn iter(&self) -> Iter<'_, A> {
        Iter(self.items.iter().flatten().copied())
    }

    /// The action at `index`, counted from zero.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<A> {
        self.items.get(index).copied().flatten()
    }

    /// How many actions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<A: Copy + core::fmt::Debug> core::fmt::Debug for Actions<A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<A> IntoIterator for Actions<A> {
    type Item = A;
    type IntoIter = IntoIter<A>;

    fn into_iter(self) -> IntoIter<A> {
        IntoIter(self.items.into_iter().flatten())
    }
}

/// Actions are small: even a borrowed list gives them by value.
impl<'l, A: Copy> IntoIterator for &'l Actions<A> {
    type Item = A;
    type IntoIter = Iter<'l, A>;

    fn into_iter(self) -> Iter<'l, A> {
        self.iter()
    }
}

/// Goes over the actions of a list: see [`Actions::into_iter`].
#[derive(Clone, Debug)]
pub struct IntoIter<A>(Flatten<array::IntoIter<Option<A>, CAPACITY>>);

impl<A> Iterator for IntoIter<A> {
    type Item = A;

    fn next(&mut self) -> Option<A> {
        self.0.next()
    }
}

impl<A> FusedIterator for IntoIter<A> {}

/// Goes over the actions of a borrowed list: see [`Actions::iter`].
#[derive(Clone, Debug)]
pub struct Iter<'l, A>(Copied<Flatten<slice::Iter<'l, Option<A>>>>);

impl<A: Copy> Iterator for Iter<'_, A> {
    type Item = A;

    fn next(&mut self) -> Option<A> {
        self.0.next()
    }
}

impl<A: Copy> FusedIterator for Iter<'_, A> {}

/// Compares with the list that a test or a host expects.
impl<A: Copy + PartialEq, const N: usize> PartialEq<[A; N]> for Actions<A> {
    fn eq(&self, other: &[A; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

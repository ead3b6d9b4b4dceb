//! The names that a client can be sent to.

use core::fmt;

use crate::Reason;

/// A domain name as it travels (`R7.2-9`): one that DNS could hold.
///
/// Labels of 1 to 63 letters, digits, hyphens and underscores, parted by dots; no hyphen at
/// either end of a label. All of it has 1 to 253 octets. One more dot may stand at the end: a
/// resolver takes such a name as it is and tries no suffix. It is kept, so that the name travels as
/// its host wrote it. A name need not have a dot.
///
/// An IP address is no name, in none of the forms that resolvers take for one: no name ends with a
/// label of digits, or of `0x` and hexadecimal digits (`192.0.2.1`, `127.1`, `0x7f000001`).
///
/// ```
/// use ikev2_redirect::{Fqdn, Reason};
///
/// const NAME: Result<Fqdn<'_>, Reason> = Fqdn::new("gw2.example.com");
/// assert_eq!(NAME.map(|name| name.as_str()), Ok("gw2.example.com"));
/// assert_eq!(Fqdn::new("gw2..example.com"), Err(Reason::FqdnSyntax));
/// assert_eq!(Fqdn::new("203.0.113.1"), Err(Reason::AddressAsName));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fqdn<'a> {
    /// ASCII. Kept as octets: a client that never reads the name as text does without the tables of
    /// UTF-8.
    octets: &'a [u8],
}

impl<'a> Fqdn<'a> {
    /// The longest name, in octets, with a dot at its end.
    pub const MAX_LEN: usize = MAX_LABELS_LEN + 1;

    /// Checks a name.
    ///
    /// # Errors
    /// [`Reason::FqdnSyntax`], [`Reason::AddressAsName`].
    pub const fn new(name: &'a str) -> Result<Self, Reason> {
        Fqdn::from_octets(name.as_bytes())
    }

    /// Checks a name that is there as octets.
    ///
    /// # Errors
    /// [`Reason::FqdnSyntax`], [`Reason::AddressAsName`].
    pub const fn from_octets(octets: &'a [u8]) -> Result<Self, Reason> {
        match fault_of_name(octets) {
            None => Ok(Fqdn { octets }),
            Some(reason) => Err(reason),
        }
    }

    /// The name.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match core::str::from_utf8(self.octets) {
            Ok(name) => name,
            Err(_) => "", // never: a name is ASCII
        }
    }

    /// The name as octets, for those who do not need text.
    #[must_use]
    pub const fn as_octets(&self) -> &'a [u8] {
        self.octets
    }
}

impl<'a> TryFrom<&'a str> for Fqdn<'a> {
    type Error = Reason;

    fn try_from(name: &'a str) -> Result<Self, Reason> {
        Fqdn::new(name)
    }
}

impl<'a> TryFrom<&'a [u8]> for Fqdn<'a> {
    type Error = Reason;

    fn try_from(octets: &'a [u8]) -> Result<Self, Reason> {
        Fqdn::from_octets(octets)
    }
}

/// The most octets of a name's labels and of the dots between them. DNS has 255 octets for a name:
/// it counts an octet more for the first label, and one for the root.
const MAX_LABELS_LEN: usize = 253;

const MAX_LABEL_LEN: usize = 63;

const fn fault_of_name(name: &[u8]) -> Option<Reason> {
    let mut rest = match name.split_last() {
        Some((b'.', labels)) => labels,
        Some(_) | None => name,
    };
    if rest.len() > MAX_LABELS_LEN {
        return Some(Reason::FqdnSyntax);
    }
    let mut label = rest;
    let mut previous = b'.';
    while let Some((&octet, behind)) = rest.split_first() {
        let fits = match octet {
            b'.' => ends_label(previous) && label.len().saturating_sub(rest.len()) <= MAX_LABEL_LEN,
            b'-' => previous != b'.',
            _ => octet.is_ascii_alphanumeric() || octet == b'_',
        };
        if !fits {
            return Some(Reason::FqdnSyntax);
        }
        if octet == b'.' {
            label = behind;
        }
        previous = octet;
        rest = behind;
    }
    if !ends_label(previous) || label.len() > MAX_LABEL_LEN {
        Some(Reason::FqdnSyntax)
    } else if is_number(label) {
        Some(Reason::AddressAsName)
    } else {
        None
    }
}

/// Whether a label can end behind this octet; the dot stands for the one before an empty label.
const fn ends_label(octet: u8) -> bool {
    !matches!(octet, b'.' | b'-')
}

/// Whether the last label of a name makes an IP address of it for `inet_aton` and its like.
const fn is_number(label: &[u8]) -> bool {
    let (mut rest, hexadecimal) = match label {
        [b'0', b'x' | b'X', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    while let Some((octet, behind)) = rest.split_first() {
        let counts = octet.is_ascii_digit() || hexadecimal && octet.is_ascii_hexdigit();
        if !counts {
            return false;
        }
        rest = behind;
    }
    true
}

impl fmt::Display for Fqdn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Fqdn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fqdn").field(&self.as_str()).finish()
    }
}

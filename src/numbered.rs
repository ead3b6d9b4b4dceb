//! Enumerations whose variants have a number and a name for good.

/// Defines an enumeration together with its list and its names, so that none of the three can
/// drift.
macro_rules! numbered {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $($(#[$doc:meta])* $variant:ident = $number:literal, $label:literal;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum $name {
            $($(#[$doc])* $variant = $number,)+
        }

        impl $name {
            /// Every one, in the order of its number.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// How long an array has to be that is indexed by number: one more than the largest.
            pub const COUNT: usize = {
                let mut count = 0;
                $(
                    // In order, and no number twice.
                    assert!($number >= count);
                    count = $number + 1;
                )+
                count
            };

            /// A stable short name in kebab-case, for logs and metric labels.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $label,)+
                }
            }
        }
    };
}

pub(crate) use numbered;

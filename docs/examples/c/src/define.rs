//! Declares what the header declares, too, and lists it for the test that compares both.

/// What C sees of a structure.
#[cfg(test)]
pub(crate) struct Layout {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// The name, the offset and the size of each field.
    pub(crate) fields: Vec<(&'static str, usize, usize)>,
}

/// Structures as C lays them out, and `structures()`, a list of them.
macro_rules! structures {
    ($(
        $(#[$about:meta])*
        struct $name:ident = $c:literal {
            $($(#[$doc:meta])* $field:ident: $type:ty,)+
        }
    )+) => {
        $(
            $(#[$about])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub(crate) struct $name {
                $($(#[$doc])* pub(crate) $field: $type,)+
            }
        )+

        #[cfg(test)]
        pub(crate) fn structures() -> Vec<$crate::define::Layout> {
            fn width<S, T>(_: impl Fn(&S) -> &T) -> usize {
                size_of::<T>()
            }
            vec![$($crate::define::Layout {
                name: $c,
                size: size_of::<$name>(),
                align: align_of::<$name>(),
                fields: vec![$((
                    stringify!($field),
                    core::mem::offset_of!($name, $field),
                    width(|structure: &$name| &structure.$field),
                ),)+],
            },)+]
        }
    };
}

/// Constants, and `CONSTANTS`, a list of them. In the header each stands behind a prefix.
macro_rules! constants {
    ($(
        $prefix:literal: $type:ty {
            $($(#[$doc:meta])* $name:ident = $value:expr;)+
        }
    )+) => {
        $($(
            $(#[$doc])*
            // Some are for C alone.
            #[allow(dead_code)]
            pub(crate) const $name: $type = $value;
        )+)+

        #[cfg(test)]
        pub(crate) const CONSTANTS: &[(&str, u64)] =
            &[$($((concat!($prefix, stringify!($name)), $value as u64),)+)+];
    };
}

pub(crate) use {constants, structures};

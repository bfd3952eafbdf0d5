//! Enums whose values have words.

/// Makes an enum whose values have words, with the list of all of them: a value without a word, or outside the list, cannot
/// be written down.
macro_rules! worded {
    (
        $(#[$doc:meta])* $name:ident {
            $($(#[$value_doc:meta])* $value:ident = $word:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value, in the order in which they are listed.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The stable word for it, in stores and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use worded;

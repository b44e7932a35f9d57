//! Enums that the server may extend.

/// Defines an enum of strings that keeps a value it does not know.
macro_rules! open_enum {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $( $(#[$variant_attribute:meta])* $variant:ident = $text:literal, )* }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_attribute])* $variant, )*
            /// Any other. Its text is `as_str()`; a `match` takes it with its last arm.
            #[doc(hidden)]
            Unknown(String),
        }

        impl $name {
            /// The value as the API writes it, known to this version or not.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $( $text => Self::$variant, )*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl From<&str> for crate::Optional<$name> {
            fn from(text: &str) -> Self {
                Self::from($name::from(text))
            }
        }

        impl From<String> for crate::Optional<$name> {
            fn from(text: String) -> Self {
                Self::from($name::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl Default for $name {
            /// The empty unknown value, for responses without the field.
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl crate::FromResponse for $name {
            fn read(value: &serde_json::Value, strict: bool) -> Result<Self, crate::model::Misfit> {
                <String as crate::FromResponse>::read(value, strict).map(Self::from)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

pub(crate) use open_enum;

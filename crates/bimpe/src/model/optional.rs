//! The argument of setters: a value, or an `Option` of one.

/// A value to set, or none. Setters of fields that may be left out take it, so that an `Option` needs no `if let`.
///
/// ```
/// use bimpe::types::CreateAgent;
///
/// let language: Option<&str> = None;
/// let agent = CreateAgent::new("cm1234567890", "Ada", "Sells shoes").timezone("Africa/Lagos").language(language);
/// assert_eq!((agent.timezone.as_deref(), agent.language), (Some("Africa/Lagos"), None));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Optional<T>(Option<T>);

impl<T> Optional<T> {
    pub(crate) fn get(self) -> Option<T> {
        self.0
    }
}

impl<T> From<T> for Optional<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T> From<Option<T>> for Optional<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T> From<T> for Optional<Box<T>> {
    fn from(value: T) -> Self {
        Self(Some(Box::new(value)))
    }
}

/// Converts other types to an optional value, alone or in an `Option`.
macro_rules! stands_for {
    ($target:ty: $($name:ty as $convert:expr),*) => {
        $(
            impl From<$name> for Optional<$target> {
                fn from(value: $name) -> Self {
                    Self(Some($convert(value)))
                }
            }

            impl From<Option<$name>> for Optional<$target> {
                fn from(value: Option<$name>) -> Self {
                    Self(value.map($convert))
                }
            }
        )*
    };
}

/// A number beyond the bounds of all fields is refused when the request is sent.
fn clamped(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

stands_for!(String: &str as Into::into, &String as Into::into);
stands_for!(i64: i32 as Into::into, u32 as Into::into, u64 as clamped, usize as clamped);
stands_for!(f64: f32 as Into::into, i32 as Into::into, u32 as Into::into);

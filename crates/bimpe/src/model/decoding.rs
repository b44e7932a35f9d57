//! Decodes responses: strictly, so that missing required fields are errors, or leniently, so that no shape is refused.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The key under which a value is kept that should be an object and is not.
pub(crate) const WHOLE: &str = "";

/// A part of a response that is missing or has another type.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Its path, as in `data[3].id`; empty for the whole.
    path: String,
    is_missing: bool,
}

impl Misfit {
    /// The value itself is missing, or is null.
    pub(crate) fn missing() -> Self {
        Self { path: String::new(), is_missing: true }
    }

    /// The value itself has another type.
    pub(crate) fn of_type() -> Self {
        Self { path: String::new(), is_missing: false }
    }

    fn of(value: &Value) -> Self {
        if value.is_null() { Self::missing() } else { Self::of_type() }
    }

    /// The same, seen from the object that holds the value.
    pub(crate) fn within(self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{name}{dot}{}", self.path), ..self }
    }
}

/// Without the value, which may be a secret.
impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = if self.is_missing { "is missing" } else { "has another type" };
        match self.path.as_str() {
            "" => write!(f, "the value {reason}"),
            path => write!(f, "`{path}` {reason}"),
        }
    }
}

/// The result of an operation, or a part of it. The types of this crate implement this trait.
///
/// ```
/// use bimpe::{Error, FromResponse, Request};
///
/// /// Any request, with its request id.
/// async fn noted<T: FromResponse + 'static>(request: Request<T>) -> Result<T, Error> {
///     let raw = request.send_raw().await?;
///     println!("{:?}", raw.response.request_id);
///     Ok(raw.value)
/// }
/// ```
pub trait FromResponse: Default {
    /// Reads a value. If not `strict`, what a struct lacks is empty, and what does not fit a field is kept in `extra`.
    #[doc(hidden)]
    fn read(value: &Value, strict: bool) -> Result<Self, Misfit>;
}

macro_rules! plain {
    ($($name:ty),*) => {
        $(impl FromResponse for $name {
            fn read(value: &Value, _: bool) -> Result<Self, Misfit> {
                Self::deserialize(value).map_err(|_| Misfit::of(value))
            }
        })*
    };
}

plain!(String, i64, f64, bool, Value, Map<String, Value>);

/// Operations without a result accept any data.
impl FromResponse for () {
    fn read(_: &Value, _: bool) -> Result<Self, Misfit> {
        Ok(())
    }
}

impl<T: FromResponse> FromResponse for Option<T> {
    fn read(value: &Value, strict: bool) -> Result<Self, Misfit> {
        if value.is_null() { Ok(None) } else { T::read(value, strict).map(Some) }
    }
}

impl<T: FromResponse> FromResponse for Box<T> {
    fn read(value: &Value, strict: bool) -> Result<Self, Misfit> {
        T::read(value, strict).map(Self::new)
    }
}

impl<T: FromResponse> FromResponse for Vec<T> {
    fn read(value: &Value, strict: bool) -> Result<Self, Misfit> {
        let items = value.as_array().ok_or_else(|| Misfit::of(value))?;
        let place =
            |(place, item)| T::read(item, strict).map_err(|misfit| misfit.within(&format!("[{place}]")));
        items.iter().enumerate().map(place).collect()
    }
}

/// An item of a list, which hides no other if it does not fit.
pub(crate) struct Each<T>(pub(crate) Result<T, Misfit>);

impl<T> Default for Each<T> {
    fn default() -> Self {
        Self(Err(Misfit::missing()))
    }
}

impl<T: FromResponse> FromResponse for Each<T> {
    fn read(value: &Value, strict: bool) -> Result<Self, Misfit> {
        Ok(Self(T::read(value, strict)))
    }
}

/// The fields of an object, of which some have been read.
pub(crate) struct Fields<'a> {
    value: &'a Value,
    strict: bool,
    read: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Those of this value. If not `strict`, a value that is no object has none.
    pub(crate) fn of(value: &'a Value, strict: bool) -> Result<Self, Misfit> {
        if strict && !value.is_object() {
            return Err(Misfit::of(value));
        }
        Ok(Self { value, strict, read: Vec::new() })
    }

    /// Reads a field. A missing or malformed one is empty, unless the read is strict.
    pub(crate) fn take<T: FromResponse>(&mut self, name: &'static str, required: bool) -> Result<T, Misfit> {
        let found =
            self.value.get(name).map_or_else(|| Err(Misfit::missing()), |value| T::read(value, self.strict));
        match found {
            Ok(fitting) => {
                self.read.push(name);
                Ok(fitting)
            }
            // Something that is there must not lack what it requires, even if it might be left out.
            Err(misfit) if self.strict && (required || misfit.is_missing && !misfit.path.is_empty()) => {
                Err(misfit.within(name))
            }
            Err(_) => Ok(T::default()),
        }
    }

    /// Returns the fields that were not read.
    pub(crate) fn rest(self) -> Map<String, Value> {
        match self.value {
            Value::Null => Map::new(),
            Value::Object(fields) => {
                let is_left = |(name, _): &(&String, &Value)| !self.read.contains(&name.as_str());
                fields.iter().filter(is_left).map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            other => Map::from_iter([(WHOLE.to_owned(), other.clone())]),
        }
    }
}

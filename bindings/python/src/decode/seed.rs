//! One JSON value of a known type: the serde visitor that every value goes through.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use bimpe::schema::Type;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::de::StrRead;

use super::Failure;
use super::object::{ObjectSeed, choose};

/// The smallest float that may stand for a whole number beyond 64 bits.
const INEXACT: f64 = 9_223_372_036_854_775_807.0;

/// What all the values of one text share.
pub(super) struct Context<'py> {
    pub(super) py: Python<'py>,
    /// Whether every value is taken from its own text, so that nothing is lost.
    pub(super) careful: bool,
    pub(super) depth: Cell<usize>,
    inexact: Cell<bool>,
    raised: RefCell<Option<PyErr>>,
}

impl<'py> Context<'py> {
    pub(super) fn fast(py: Python<'py>) -> Self {
        Self {
            py,
            careful: false,
            depth: Cell::new(0),
            inexact: Cell::new(false),
            raised: RefCell::new(None),
        }
    }

    pub(super) fn careful(py: Python<'py>) -> Self {
        Self { careful: true, ..Self::fast(py) }
    }

    /// Keeps the exception while serde carries an error of its own up.
    pub(super) fn raise<E: Error>(&self, error: PyErr) -> E {
        self.raised.replace(Some(error));
        E::custom("an exception was raised")
    }

    /// What came of the whole text.
    pub(super) fn finish<T>(
        &self,
        parser: &mut serde_json::Deserializer<StrRead<'_>>,
        value: serde_json::Result<T>,
    ) -> Result<T, Failure> {
        if let Some(error) = self.raised.take() {
            return Err(Failure::Python(error));
        }
        match value {
            Ok(value) if !self.inexact.get() && parser.end().is_ok() => Ok(value),
            _ => Err(Failure::Text),
        }
    }
}

/// The type of a value; a list is not a type of its own in the table of operations.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    One(&'static Type),
    List(&'static Type),
}

impl Shape {
    pub(super) fn without_null(self) -> Self {
        match self {
            Self::One(Type::Nullable(inner)) => Self::One(inner).without_null(),
            other => other,
        }
    }

    fn item(self) -> Self {
        match self.without_null() {
            Self::One(Type::Array(item)) => Self::One(item),
            Self::List(item) => Self::One(item),
            Self::One(_) => Self::One(&Type::Any),
        }
    }
}

/// A value to come.
#[derive(Clone, Copy)]
pub(super) struct Seed<'a, 'py> {
    pub(super) context: &'a Context<'py>,
    pub(super) shape: Shape,
    pub(super) known: &'a [(&'static str, Py<PyString>)],
}

impl<'a, 'py> Seed<'a, 'py> {
    pub(super) fn any(context: &'a Context<'py>) -> Self {
        Self { context, shape: Shape::One(&Type::Any), known: &[] }
    }

    fn plain<E: Error>(&self, value: impl IntoPyObject<'py>) -> Result<Bound<'py, PyAny>, E> {
        value.into_bound_py_any(self.context.py).map_err(|error| self.context.raise(error))
    }
}

impl<'de, 'py> DeserializeSeed<'de> for Seed<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.context.careful {
            return super::careful::value(self, deserializer);
        }
        if let Shape::One(Type::Union(union)) = self.shape.without_null() {
            return choose(self, union, deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de, 'py> Visitor<'de> for Seed<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(self.context.py.None().into_bound(self.context.py))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.plain(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.plain(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.plain(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        // The careful way meets a float only where the text is one.
        if !self.context.careful && value.abs() >= INEXACT {
            self.context.inexact.set(true);
        }
        self.plain(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match self.known.iter().find(|(value, _)| *value == text) {
            Some((_, interned)) => Ok(interned.bind(self.context.py).clone().into_any()),
            None => Ok(PyString::new(self.context.py, text).into_any()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let list = PyList::empty(self.context.py);
        let seed = Self { shape: self.shape.item(), known: &[], ..self };
        while let Some(item) = items.next_element_seed(seed)? {
            list.append(item).map_err(|error| self.context.raise(error))?;
        }
        Ok(list.into_any())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let item = match self.shape.without_null() {
            Shape::One(Type::Object(object)) => {
                return ObjectSeed { context: self.context, object }.visit_map(fields);
            }
            Shape::One(Type::Map(item)) => Shape::One(item),
            Shape::One(_) | Shape::List(_) => Shape::One(&Type::Any),
        };
        let dict = PyDict::new(self.context.py);
        let seed = Self { shape: item, known: &[], ..self };
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            let value = fields.next_value_seed(seed)?;
            dict.set_item(name.as_ref(), value).map_err(|error| self.context.raise(error))?;
        }
        Ok(dict.into_any())
    }
}

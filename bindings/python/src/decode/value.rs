//! Decodes one JSON value of a known type.

mod object;

use std::cell::RefCell;
use std::ptr;

use bimpe::engine::json::{Kind, Reader, bytes_eq};
use bimpe::schema::{ObjectType, Type};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString};

use self::object::{populate, variant};
use super::Failure;
use crate::model_registry::{InternedValue, ModelClass, class_of};

/// The type of a value. The operation table has no list types.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    One(&'static Type),
    List(&'static Type),
}

impl Shape {
    /// The shape of an unknown value.
    pub(super) const ANY: Self = Self::One(&Type::Any);

    fn without_null(self) -> Self {
        match self {
            Self::One(Type::Nullable(inner)) => Self::One(inner).without_null(),
            other => other,
        }
    }

    fn item(self) -> Self {
        match self.without_null() {
            Self::One(Type::Array(item)) => Self::One(item),
            Self::List(item) => Self::One(item),
            Self::One(_) => Self::ANY,
        }
    }
}

/// Decodes the values of one text.
pub(super) struct Decoder<'a, 'py> {
    pub(super) py: Python<'py>,
    cache: RefCell<&'a mut StringCache>,
    /// Buffer for strings with escapes.
    buffer: RefCell<String>,
}

type Value<'py> = Result<Bound<'py, PyAny>, Failure>;

impl<'a, 'py> Decoder<'a, 'py> {
    pub(super) fn new(py: Python<'py>, cache: &'a mut StringCache) -> Self {
        Self { py, cache: RefCell::new(cache), buffer: RefCell::default() }
    }

    /// Decodes the next value. `known` are likely strings.
    pub(super) fn value(&self, reader: &mut Reader<'_>, shape: Shape, known: &[InternedValue]) -> Value<'py> {
        match reader.kind()? {
            Kind::Null => Ok(self.py.None().into_bound(self.py)),
            Kind::Bool(flag) => Ok(flag.into_bound_py_any(self.py)?),
            Kind::Number => self.number(reader.number()?),
            Kind::String => self.string(reader, known),
            Kind::Array => self.list(reader, shape.item()),
            Kind::Object => match shape.without_null() {
                Shape::One(Type::Object(object)) => self.object(reader, object),
                Shape::One(Type::Union(union)) => {
                    // Find the variant first, because the tag may come last.
                    let text = reader.skip()?;
                    let mut reader = Reader::new(text);
                    match variant(union, text) {
                        Some(object) => self.object(&mut reader, object),
                        None => self.dict(&mut reader, Shape::ANY),
                    }
                }
                Shape::One(Type::Map(item)) => self.dict(reader, Shape::One(item)),
                Shape::One(_) | Shape::List(_) => self.dict(reader, Shape::ANY),
            },
        }
    }

    /// Decodes the next object.
    pub(super) fn object(&self, reader: &mut Reader<'_>, object: &'static ObjectType) -> Value<'py> {
        let last = self.cache.borrow().class;
        if let Some((of, class)) = last
            && ptr::eq(of, object)
        {
            return populate(self, class, reader);
        }
        let Some(class) = class_of(self.py, object)? else { return self.dict(reader, Shape::ANY) };
        self.cache.borrow_mut().class = Some((object, class));
        populate(self, class, reader)
    }

    fn number(&self, text: &str) -> Value<'py> {
        if text.contains(['.', 'e', 'E']) {
            let number: f64 = text.parse().map_err(|_| Failure::Text)?;
            return Ok(number.into_bound_py_any(self.py)?);
        }
        match text.parse::<i64>() {
            Ok(number) => Ok(number.into_bound_py_any(self.py)?),
            // Python integers have no bounds.
            Err(_) => Ok(self.py.get_type::<PyInt>().call1((text,))?),
        }
    }

    fn string(&self, reader: &mut Reader<'_>, known: &[InternedValue]) -> Value<'py> {
        let mut buffer = self.buffer.borrow_mut();
        let text = reader.decode_string(&mut buffer)?.unwrap_or(&buffer);
        if let Some((_, interned)) = known.iter().find(|(value, _)| *value == text) {
            return Ok(interned.bind(self.py).clone().into_any());
        }
        Ok(self.cache.borrow_mut().string(self.py, text).into_any())
    }

    fn list(&self, reader: &mut Reader<'_>, item: Shape) -> Value<'py> {
        let list = PyList::empty(self.py);
        reader.items(|reader| Ok::<(), Failure>(list.append(self.value(reader, item, &[])?)?))?;
        Ok(list.into_any())
    }

    fn dict(&self, reader: &mut Reader<'_>, item: Shape) -> Value<'py> {
        let dict = PyDict::new(self.py);
        reader.fields(|reader, name| {
            Ok::<(), Failure>(dict.set_item(name.decode().as_ref(), self.value(reader, item, &[])?)?)
        })?;
        Ok(dict.into_any())
    }
}

/// Recently decoded strings and the class of the last object.
#[derive(Default)]
pub(crate) struct StringCache {
    /// Repeated strings, such as languages and time zones. Reusing a string is faster and saves memory. Empty for short texts.
    strings: Vec<Option<CachedString>>,
    /// The class of the last object.
    class: Option<(&'static ObjectType, &'static ModelClass)>,
}

struct CachedString {
    text: Box<str>,
    string: Py<PyString>,
}

/// Number of cached strings.
const CACHE_SLOTS: usize = 64;
/// Longer strings seldom repeat.
const MAX_CACHED_LEN: usize = 64;
/// Shorter texts have few repeated strings.
const MIN_CACHED_LEN: usize = 4096;

impl StringCache {
    /// Creates a cache for a sequence of texts.
    pub(crate) fn of_many() -> Self {
        Self { strings: (0..CACHE_SLOTS).map(|_| None).collect(), class: None }
    }

    /// Creates a cache for one text.
    pub(super) fn of(text: &str) -> Self {
        if text.len() < MIN_CACHED_LEN { Self::default() } else { Self::of_many() }
    }

    fn string<'py>(&mut self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        let bytes = text.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return PyString::new(py, text) };
        if self.strings.is_empty() || bytes.len() > MAX_CACHED_LEN {
            return PyString::new(py, text);
        }
        let middle = bytes[bytes.len() / 2];
        let mixed =
            bytes.len() + (usize::from(*first) << 1) + (usize::from(middle) << 3) + usize::from(*last) * 11;
        let place = &mut self.strings[mixed % CACHE_SLOTS];
        match place {
            Some(held) if bytes_eq(held.text.as_bytes(), bytes) => held.string.bind(py).clone(),
            _ => {
                let string = PyString::new(py, text);
                *place = Some(CachedString { text: text.into(), string: string.clone().unbind() });
                string
            }
        }
    }
}

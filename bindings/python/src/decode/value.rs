//! One JSON value of a known type, and all that lies in it.

use std::cell::RefCell;
use std::ptr;

use bimpe::engine::json::{Kind, Reader, is_same};
use bimpe::schema::{ObjectType, Type};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString};

use super::Failure;
use super::object::{fill, variant};
use crate::registry::{Class, Known, class_of};

/// The type of a value; a list is not a type of its own in the table of operations.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    One(&'static Type),
    List(&'static Type),
}

impl Shape {
    /// Of a value that nothing is known of.
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

/// Makes the values of one text.
pub(super) struct Decoder<'a, 'py> {
    pub(super) py: Python<'py>,
    memory: RefCell<&'a mut Memory>,
    /// Where strings with escapes are decoded, one after the other.
    buffer: RefCell<String>,
}

type Value<'py> = Result<Bound<'py, PyAny>, Failure>;

impl<'a, 'py> Decoder<'a, 'py> {
    pub(super) fn new(py: Python<'py>, memory: &'a mut Memory) -> Self {
        Self { py, memory: RefCell::new(memory), buffer: RefCell::default() }
    }

    /// The value that comes next. `known` are strings that are likely.
    pub(super) fn value(&self, reader: &mut Reader<'_>, shape: Shape, known: &[Known]) -> Value<'py> {
        match reader.kind()? {
            Kind::Null => Ok(self.py.None().into_bound(self.py)),
            Kind::Bool(flag) => Ok(flag.into_bound_py_any(self.py)?),
            Kind::Number => self.number(reader.number()?),
            Kind::String => self.string(reader, known),
            Kind::Array => self.list(reader, shape.item()),
            Kind::Object => match shape.without_null() {
                Shape::One(Type::Object(object)) => self.object(reader, object),
                Shape::One(Type::Union(union)) => {
                    // The tag may come late, so the text is looked at first.
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

    /// The object that comes next.
    pub(super) fn object(&self, reader: &mut Reader<'_>, object: &'static ObjectType) -> Value<'py> {
        let last = self.memory.borrow().class;
        if let Some((of, class)) = last
            && ptr::eq(of, object)
        {
            return fill(self, class, reader);
        }
        let Some(class) = class_of(self.py, object)? else { return self.dict(reader, Shape::ANY) };
        self.memory.borrow_mut().class = Some((object, class));
        fill(self, class, reader)
    }

    fn number(&self, text: &str) -> Value<'py> {
        if text.contains(['.', 'e', 'E']) {
            let number: f64 = text.parse().map_err(|_| Failure::Text)?;
            return Ok(number.into_bound_py_any(self.py)?);
        }
        match text.parse::<i64>() {
            Ok(number) => Ok(number.into_bound_py_any(self.py)?),
            // Python's own numbers have no bounds.
            Err(_) => Ok(self.py.get_type::<PyInt>().call1((text,))?),
        }
    }

    fn string(&self, reader: &mut Reader<'_>, known: &[Known]) -> Value<'py> {
        let mut buffer = self.buffer.borrow_mut();
        let text = reader.decode_string(&mut buffer)?.unwrap_or(&buffer);
        if let Some((_, interned)) = known.iter().find(|(value, _)| *value == text) {
            return Ok(interned.bind(self.py).clone().into_any());
        }
        Ok(self.memory.borrow_mut().string(self.py, text).into_any())
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

/// What came before, and is likely to come again.
#[derive(Default)]
pub(crate) struct Memory {
    /// Languages, time zones, names of states. To find one costs less than to make one, and a list that is kept takes less
    /// memory. Empty if nothing is to be remembered.
    strings: Vec<Option<Held>>,
    /// The class of the last object.
    class: Option<(&'static ObjectType, &'static Class)>,
}

struct Held {
    text: Box<str>,
    string: Py<PyString>,
}

/// Strings that are remembered.
const PLACES: usize = 64;
/// Longer strings are seldom alike.
const LONGEST: usize = 64;
/// In shorter texts there is little to repeat.
const WORTHWHILE: usize = 4096;

impl Memory {
    /// For many values, one after the other.
    pub(crate) fn of_many() -> Self {
        Self { strings: (0..PLACES).map(|_| None).collect(), class: None }
    }

    /// For the values in this text.
    pub(super) fn of(text: &str) -> Self {
        if text.len() < WORTHWHILE { Self::default() } else { Self::of_many() }
    }

    fn string<'py>(&mut self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        let bytes = text.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return PyString::new(py, text) };
        if self.strings.is_empty() || bytes.len() > LONGEST {
            return PyString::new(py, text);
        }
        let middle = bytes[bytes.len() / 2];
        let mixed =
            bytes.len() + (usize::from(*first) << 1) + (usize::from(middle) << 3) + usize::from(*last) * 11;
        let place = &mut self.strings[mixed % PLACES];
        match place {
            Some(held) if is_same(held.text.as_bytes(), bytes) => held.string.bind(py).clone(),
            _ => {
                let string = PyString::new(py, text);
                *place = Some(Held { text: text.into(), string: string.clone().unbind() });
                string
            }
        }
    }
}

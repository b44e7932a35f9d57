//! The slow way, for the rare text that the fast way cannot read exactly: every value is cut out first, so
//! that whole numbers of any size, deep nesting and lone surrogates come through.

use bimpe::schema::Type;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyInt;
use serde::de::{DeserializeSeed, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::object::{ObjectSeed, variant};
use super::seed::{Seed, Shape};

/// Deeper text is left to Python's own parser, which knows the limits of the stack.
const MAX_DEPTH: usize = 200;

/// The value that the deserializer holds next.
pub(super) fn value<'de, 'py, D: Deserializer<'de>>(
    seed: Seed<'_, 'py>,
    deserializer: D,
) -> Result<Bound<'py, PyAny>, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    let depth = &seed.context.depth;
    depth.set(depth.get() + 1);
    let value = inner(seed, text);
    depth.set(depth.get() - 1);
    value.map_err(D::Error::custom)
}

fn inner<'py>(seed: Seed<'_, 'py>, text: &str) -> serde_json::Result<Bound<'py, PyAny>> {
    let context = seed.context;
    let is_nested = text.starts_with(['{', '[']);
    let is_whole = text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && !text.contains(['.', 'e', 'E']);
    if is_whole {
        let whole = context.py.get_type::<PyInt>().call1((text,));
        return whole.map_err(|error| context.raise(error));
    }
    if is_nested && context.depth.get() > MAX_DEPTH {
        return by_python(seed, text);
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    if let Shape::One(Type::Union(union)) = seed.shape.without_null()
        && is_nested
        && let Some(object) = variant(union, text)
    {
        return ObjectSeed { context, object }.deserialize(&mut parser);
    }
    match (&mut parser).deserialize_any(seed) {
        // A string or a number that Rust cannot hold.
        Err(_) if !is_nested => by_python(seed, text),
        done => done,
    }
}

fn by_python<'py>(seed: Seed<'_, 'py>, text: &str) -> serde_json::Result<Bound<'py, PyAny>> {
    let py = seed.context.py;
    let loads = || py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (text,));
    loads().map_err(|error| seed.context.raise(error))
}

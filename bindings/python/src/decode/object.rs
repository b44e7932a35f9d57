//! An object of a known class: its slots are filled as the fields come by.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use bimpe::schema::{ObjectType, UnionType};
use pyo3::intern;
use pyo3::prelude::*;
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::raw::{allocate, is_container, own_dict, set_attribute, untrack};
use super::seed::{Context, Seed, Shape};
use crate::registry::{Class, class_of};

/// An object to come.
#[derive(Clone, Copy)]
pub(super) struct ObjectSeed<'a, 'py> {
    pub(super) context: &'a Context<'py>,
    pub(super) object: &'static ObjectType,
}

impl<'de, 'py> DeserializeSeed<'de> for ObjectSeed<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, 'py> Visitor<'de> for ObjectSeed<'_, 'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object {}", self.object.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        match class_of(context.py, self.object).map_err(|error| context.raise(error))? {
            Some(class) => fill(context, class, fields),
            None => Seed::any(context).visit_map(fields),
        }
    }
}

fn fill<'de, 'py, A: MapAccess<'de>>(
    context: &Context<'py>,
    class: &'static Class,
    mut fields: A,
) -> Result<Bound<'py, PyAny>, A::Error> {
    let py = context.py;
    let object = allocate(class.python.bind(py)).map_err(|error| context.raise(error))?;
    let (mut present, mut next, mut flat) = (0_u128, 0, true);
    while let Some(key) = fields.next_key_seed(Key { class, guess: next })? {
        match key {
            Name::Field(index) => {
                let field = &class.fields[index];
                let seed = Seed { context, shape: Shape::One(field.description.ty), known: &field.known };
                let value = fields.next_value_seed(seed)?;
                flat &= !is_container(&value);
                field.slot.set(&object, &value).map_err(|error| context.raise(error))?;
                present |= 1 << index;
                next = index + 1;
            }
            Name::Extra(name) => {
                let value = fields.next_value_seed(Seed::any(context))?;
                let name = class.extra_name(name);
                let kept = own_dict(&object).and_then(|dict| dict.set_item(name, value));
                kept.map_err(|error| context.raise(error))?;
                flat = false;
            }
        }
    }
    complete(&object, class, present).map_err(|error| context.raise(error))?;
    if flat {
        untrack(&object);
    }
    Ok(object)
}

/// Accounts for the fields that did not come.
fn complete(object: &Bound<'_, PyAny>, class: &'static Class, present: u128) -> PyResult<()> {
    let py = object.py();
    let none = py.None().into_bound(py);
    let (mut absent, mut lacks) = (0_u128, false);
    for (index, field) in class.fields.iter().enumerate() {
        if present & (1 << index) != 0 {
            continue;
        }
        absent |= 1 << index;
        if field.description.required {
            lacks = true;
        } else {
            field.slot.set(object, &none)?;
        }
    }
    if absent == 0 {
        return class.absent.set(object, &none);
    }
    class.absent.set(object, class.absent_set(py, absent)?.as_any())?;
    if lacks {
        set_attribute(object, intern!(py, "__class__"), class.incomplete(py)?)?;
    }
    Ok(())
}

enum Name {
    Field(usize),
    Extra(String),
}

struct Key {
    class: &'static Class,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        Ok(self.class.find(name, self.guess).map_or_else(|| Name::Extra(name.to_owned()), Name::Field))
    }
}

/// Decodes the variant of the union that the text is; the tag may come late, so the text is looked at first.
pub(super) fn choose<'de, 'py, D: Deserializer<'de>>(
    seed: Seed<'_, 'py>,
    union: &'static UnionType,
    deserializer: D,
) -> Result<Bound<'py, PyAny>, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = match variant(union, text) {
        Some(object) => ObjectSeed { context: seed.context, object }.deserialize(&mut parser),
        None => Seed::any(seed.context).deserialize(&mut parser),
    };
    value.map_err(D::Error::custom)
}

pub(super) fn variant(union: &'static UnionType, text: &str) -> Option<&'static ObjectType> {
    let fields: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).ok()?;
    let fits = |object: &ObjectType| {
        object.fields.iter().filter(|field| field.required).all(|field| fields.contains_key(field.name))
    };
    let found = match union.tag {
        Some(tag) => {
            let value: Option<Cow<'_, str>> =
                fields.get(tag).and_then(|value| serde_json::from_str(value.get()).ok());
            union.variants.iter().find(|variant| match &value {
                Some(value) => variant.tags.contains(&value.as_ref()),
                None => variant.default,
            })
        }
        None => union.variants.iter().find(|variant| fits(variant.object)),
    };
    found.map(|variant| variant.object)
}

//! Decodes an object of a known class into the slots of a new instance.

use bimpe::engine::json::{JsonError, Kind, Reader, StringSlice};
use bimpe::schema::{ObjectType, Type, UnionType};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{Decoder, Failure, Shape};
use crate::model_registry::ModelClass;
use crate::slots::{UninitObject, instance_dict, is_container, set_attribute, untrack};

/// Decodes the next object as an instance of the class.
pub(super) fn populate<'py>(
    decoder: &Decoder<'_, 'py>,
    class: &'static ModelClass,
    reader: &mut Reader<'_>,
) -> Result<Bound<'py, PyAny>, Failure> {
    let blank = class.slots.allocate(decoder.py)?;
    let (mut present, mut next, mut flat) = (0_u128, 0, true);
    let mut left = reader.enter_object()?;
    while left {
        match field(class, next, reader)? {
            Ok(index) => {
                let field = &class.fields[index];
                let value = decoder.value(reader, Shape::One(field.description.ty), &field.known)?;
                flat &= !is_container(&value);
                blank.set(index, value);
                present |= 1 << index;
                next = index + 1;
            }
            Err(unknown) => {
                let value = decoder.value(reader, Shape::ANY, &[])?;
                instance_dict(&blank.object)?.set_item(class.extra_name(unknown), value)?;
                flat = false;
            }
        }
        left = reader.has_more_fields()?;
    }
    flat &= complete(&blank, class, present)?;
    if flat {
        untrack(&blank.object);
    }
    Ok(blank.object)
}

/// Returns the index of the next field, or its name if the field is unknown. Responses keep the order of the description,
/// so the following field is tried first.
fn field(
    class: &ModelClass,
    guess: usize,
    reader: &mut Reader<'_>,
) -> Result<Result<usize, String>, Failure> {
    if class.fields.get(guess).is_some_and(|field| reader.is_name(field.description.name)) {
        return Ok(Ok(guess));
    }
    let name = reader.name()?.decode();
    Ok(class.find(&name).ok_or_else(|| name.into_owned()))
}

/// Fills in absent fields: `None` for optional and nullable ones, an empty list for lists. Any other absent field raises
/// when it is read. Returns whether no list was added.
fn complete(blank: &UninitObject<'_, '_>, class: &'static ModelClass, present: u128) -> PyResult<bool> {
    let py = blank.object.py();
    let none = py.None().into_bound(py);
    let (mut absent, mut lacks, mut flat) = (0_u128, false, true);
    for (index, field) in class.fields.iter().enumerate() {
        if present & (1 << index) != 0 {
            continue;
        }
        absent |= 1 << index;
        match field.description.ty {
            Type::Nullable(_) => blank.set(index, none.clone()),
            _ if !field.description.required => blank.set(index, none.clone()),
            Type::Array(_) => {
                blank.set(index, PyList::empty(py).into_any());
                flat = false;
            }
            _ => lacks = true,
        }
    }
    let names = if absent == 0 { none } else { class.absent_set(py, absent)?.into_any() };
    blank.set(class.fields.len(), names);
    if lacks {
        set_attribute(&blank.object, intern!(py, "__class__"), class.missing_required(py)?)?;
    }
    Ok(flat)
}

/// Returns the variant of the union that fits the text.
pub(super) fn variant(union: &'static UnionType, text: &str) -> Option<&'static ObjectType> {
    let mut fields = Vec::new();
    let mut reader = Reader::new(text);
    reader.kind().ok().filter(|kind| *kind == Kind::Object)?;
    let read = reader.fields(|reader, name| {
        fields.push((name.decode(), reader.skip()?));
        Ok::<(), JsonError>(())
    });
    read.ok()?;
    // The last of several equal names counts.
    let find = |wanted: &str| fields.iter().rfind(|(name, _)| name.as_ref() == wanted);
    let fits = |object: &ObjectType| {
        object.fields.iter().filter(|field| field.required).all(|field| find(field.name).is_some())
    };
    let found = match union.tag {
        Some(tag) => {
            let value =
                find(tag).and_then(|(_, value)| Reader::new(value).string().ok()).map(StringSlice::decode);
            union.variants.iter().find(|variant| match &value {
                Some(value) => variant.tags.contains(&value.as_ref()),
                None => variant.default,
            })
        }
        None => union.variants.iter().find(|variant| fits(variant.object)),
    };
    found.map(|variant| variant.object)
}

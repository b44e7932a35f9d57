//! The Python classes of results: found by name, and prepared once so that the decoder can fill their slots.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use bimpe::Error;
use bimpe::operations::{OPERATIONS, PAGINATION_META};
use bimpe::schema::{Answer, Field, ObjectType, Operation, Type};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFrozenSet, PyString, PyType};

use crate::decode;
use crate::decode::raw::Slots;
use crate::outcome::guarded;

/// Sets of absent fields that are kept for reuse, for each class; a real server sends a handful.
const KEPT_SETS: usize = 64;

/// The function that finds a class by the name of its type, and may import it for that.
static FIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The prepared classes by the address of their description. Never locked while Python code runs.
static CLASSES: RwLock<Option<HashMap<usize, &'static Class>>> = RwLock::new(None);

/// Sets the function that finds the class of a type by its name, or gives `None`.
#[pyfunction]
pub(crate) fn register_types(py: Python<'_>, find: Py<PyAny>) {
    // A second import of the package in one process keeps the first function.
    drop(FIND.set(py, find));
}

/// An object of the class called `name` from JSON text.
#[pyfunction]
pub(crate) fn build<'py>(py: Python<'py>, name: &str, text: &str) -> PyResult<Bound<'py, PyAny>> {
    guarded(py, || {
        let object = object_named(name).ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        decode::object(py, text, object)
    })
}

/// A value that a field is likely to have, as text and as an interned string.
pub(crate) type Known = (&'static str, Py<PyString>);

/// A class whose slots the decoder can fill.
pub(crate) struct Class {
    /// The class itself.
    pub(crate) python: Py<PyType>,
    /// One for each field of the description, in its order.
    pub(crate) fields: Vec<ClassField>,
    /// One for each field, and then one for the names of the fields that the server left out.
    pub(crate) slots: Slots,
    index: HashMap<&'static str, usize>,
    taken: HashSet<String>,
    incomplete: PyOnceLock<Py<PyAny>>,
    absent_sets: Mutex<HashMap<u128, Py<PyFrozenSet>>>,
}

/// One field of a class.
pub(crate) struct ClassField {
    pub(crate) description: &'static Field,
    /// The known values of an enum, as interned strings.
    pub(crate) known: Vec<Known>,
}

impl Class {
    fn new(py: Python<'_>, object: &'static ObjectType) -> PyResult<Option<Self>> {
        let Some(find) = FIND.get(py) else { return Ok(None) };
        let class = find.bind(py).call1((object.name,))?;
        // More fields than the mask has bits: no such type exists, and a plain dict would serve.
        if class.is_none() || object.fields.len() > 128 {
            return Ok(None);
        }
        let class = class.cast_into::<PyType>()?;
        let mut fields = Vec::with_capacity(object.fields.len());
        for description in object.fields {
            let known = known_values(description.ty);
            fields.push(ClassField {
                description,
                known: known.iter().map(|value| (*value, PyString::intern(py, value).unbind())).collect(),
            });
        }
        let index = object.fields.iter().enumerate().map(|(index, field)| (field.name, index)).collect();
        // What a base class defines may not be hidden by a field that the server invents.
        let base = class.getattr("__base__")?;
        let taken = base.dir()?.iter().map(|name| name.extract()).collect::<PyResult<_>>()?;
        let names = object.fields.iter().map(|field| field.name).chain(["_absent"]);
        Ok(Some(Self {
            slots: Slots::find(&class, names)?,
            python: class.unbind(),
            fields,
            index,
            taken,
            incomplete: PyOnceLock::new(),
            absent_sets: Mutex::default(),
        }))
    }

    /// The field of this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The attribute under which an unknown field is kept.
    pub(crate) fn extra_name(&self, name: String) -> String {
        if self.taken.contains(&name) { name + "_" } else { name }
    }

    /// The subclass for objects that lack a required field: reading it says so.
    pub(crate) fn incomplete<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let make = || self.python.bind(py).call_method0("_incomplete").map(Bound::unbind);
        Ok(self.incomplete.get_or_try_init(py, make)?.bind(py))
    }

    /// The names of the fields in the mask, as a set that objects share.
    pub(crate) fn absent_set<'py>(&self, py: Python<'py>, mask: u128) -> PyResult<Bound<'py, PyFrozenSet>> {
        let kept = self.absent_sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = kept.get(&mask) {
            return Ok(set.bind(py).clone());
        }
        drop(kept);
        let names = self.fields.iter().enumerate().filter(|(index, _)| mask & (1 << index) != 0);
        let set = PyFrozenSet::new(py, names.map(|(_, field)| field.description.name))?;
        let mut kept = self.absent_sets.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_SETS {
            kept.insert(mask, set.clone().unbind());
        }
        Ok(set)
    }
}

/// The class that the description stands for, if the package has one.
pub(crate) fn class_of(py: Python<'_>, object: &'static ObjectType) -> PyResult<Option<&'static Class>> {
    let address = std::ptr::from_ref(object).addr();
    let known = CLASSES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(class) = known.as_ref().and_then(|known| known.get(&address)) {
        return Ok(Some(class));
    }
    drop(known);
    let Some(class) = Class::new(py, object)? else { return Ok(None) };
    let mut known = CLASSES.write().unwrap_or_else(PoisonError::into_inner);
    Ok(Some(known.get_or_insert_default().entry(address).or_insert_with(|| Box::leak(Box::new(class)))))
}

/// Imports and prepares the classes of what the operation gives. Before the request is sent: afterwards the server has
/// answered, and a Python that can open no file must not hide it.
pub(crate) fn prepare(py: Python<'_>, operation: &'static Operation) -> Result<(), Error> {
    static PREPARED: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());
    if PREPARED.read().unwrap_or_else(PoisonError::into_inner).contains(operation.id) {
        return Ok(());
    }
    let mut objects = HashMap::new();
    collect_answer(operation, &mut objects);
    for (name, object) in objects {
        class_of(py, object).map_err(|cause| {
            Error::internal(format!(
                "nothing was sent: the class `{name}` of the results cannot be imported ({cause}); make the call again"
            ))
        })?;
    }
    PREPARED.write().unwrap_or_else(PoisonError::into_inner).insert(operation.id);
    Ok(())
}

fn known_values(ty: &'static Type) -> &'static [&'static str] {
    match ty {
        Type::Nullable(inner) => known_values(inner),
        Type::String(text) => text.values,
        _ => &[],
    }
}

/// The object type of this name among those that answers hold.
fn object_named(name: &str) -> Option<&'static ObjectType> {
    static OBJECTS: OnceLock<HashMap<&'static str, &'static ObjectType>> = OnceLock::new();
    let objects = OBJECTS.get_or_init(|| {
        let mut objects = HashMap::new();
        for operation in OPERATIONS {
            collect_answer(operation, &mut objects);
        }
        objects
    });
    objects.get(name).copied()
}

fn collect_answer(operation: &Operation, objects: &mut HashMap<&'static str, &'static ObjectType>) {
    match operation.answer {
        Answer::Nothing => {}
        Answer::One(ty) | Answer::List(ty) | Answer::Stream(ty) => collect(ty, objects),
        Answer::Page(ty) => {
            collect_object(&PAGINATION_META, objects);
            collect(ty, objects);
        }
    }
}

fn collect(ty: &'static Type, objects: &mut HashMap<&'static str, &'static ObjectType>) {
    match ty {
        Type::Array(item) | Type::Map(item) | Type::Nullable(item) => collect(item, objects),
        Type::Object(object) => collect_object(object, objects),
        Type::Union(union) => {
            for variant in union.variants {
                collect_object(variant.object, objects);
            }
        }
        Type::String(_) | Type::Integer { .. } | Type::Number { .. } | Type::Boolean | Type::Any => {}
    }
}

fn collect_object(object: &'static ObjectType, objects: &mut HashMap<&'static str, &'static ObjectType>) {
    if objects.insert(object.name, object).is_none() {
        for field in object.fields {
            collect(field.ty, objects);
        }
    }
}

//! The Python classes of results. They are found by name and prepared once, so that the decoder can fill their slots.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use bimpe::Error;
use bimpe::operations::{OPERATIONS, PAGINATION_META};
use bimpe::schema::{Field, ObjectType, Operation, ResponseShape, Type};
use bimpe_runtime::lock;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFrozenSet, PyString, PyType};

use crate::slots::Slots;

/// Maximum number of cached sets of absent fields per class. Real servers send few.
const MAX_ABSENT_SETS: usize = 64;

/// The function that finds a class by the name of its type, and imports it if needed.
static FIND_CLASS_CALLBACK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Prepared classes by the address of their description. Never locked while Python code runs.
static CLASSES: RwLock<Option<HashMap<usize, &'static ModelClass>>> = RwLock::new(None);

/// Sets the function that finds the class of a type by name, or returns `None`.
#[pyfunction]
pub(crate) fn register_types(py: Python<'_>, find: Py<PyAny>) {
    // A second import of the package in one process keeps the first function.
    drop(FIND_CLASS_CALLBACK.set(py, find));
}

/// A likely value of a field, as text and as an interned string.
pub(crate) type InternedValue = (&'static str, Py<PyString>);

/// A class whose slots the decoder can populate.
pub(crate) struct ModelClass {
    /// The class itself.
    pub(crate) python: Py<PyType>,
    /// Fields, in the order of the description.
    pub(crate) fields: Vec<ModelField>,
    /// Slots of the fields, then the slot for the names of absent fields.
    pub(crate) slots: Slots,
    index: HashMap<&'static str, usize>,
    inherited_names: HashSet<String>,
    missing_required: PyOnceLock<Py<PyAny>>,
    absent_sets: Mutex<HashMap<u128, Py<PyFrozenSet>>>,
}

/// One field of a class.
pub(crate) struct ModelField {
    pub(crate) description: &'static Field,
    /// The known values of an enum, as interned strings.
    pub(crate) known: Vec<InternedValue>,
}

impl ModelClass {
    fn new(py: Python<'_>, object: &'static ObjectType) -> PyResult<Option<Self>> {
        let Some(find) = FIND_CLASS_CALLBACK.get(py) else { return Ok(None) };
        let class = find.bind(py).call1((object.name,))?;
        // The mask has 128 bits. No type has more fields, and a plain dict would serve.
        if class.is_none() || object.fields.len() > 128 {
            return Ok(None);
        }
        let class = class.cast_into::<PyType>()?;
        let mut fields = Vec::with_capacity(object.fields.len());
        for description in object.fields {
            let known = known_values(description.ty);
            fields.push(ModelField {
                description,
                known: known.iter().map(|value| (*value, PyString::intern(py, value).unbind())).collect(),
            });
        }
        let index = object.fields.iter().enumerate().map(|(index, field)| (field.name, index)).collect();
        // An unknown field of the server must not hide a name of the base class.
        let base = class.getattr("__base__")?;
        let inherited_names = base.dir()?.iter().map(|name| name.extract()).collect::<PyResult<_>>()?;
        let names = object.fields.iter().map(|field| field.name).chain(["_absent"]);
        Ok(Some(Self {
            slots: Slots::find(&class, names)?,
            python: class.unbind(),
            fields,
            index,
            inherited_names,
            missing_required: PyOnceLock::new(),
            absent_sets: Mutex::default(),
        }))
    }

    /// Returns the index of a field.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Returns the attribute name of an unknown field.
    pub(crate) fn extra_name(&self, name: String) -> String {
        if self.inherited_names.contains(&name) { name + "_" } else { name }
    }

    /// Returns the subclass for objects without a required field, which raises when the field is read.
    pub(crate) fn missing_required<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let make = || self.python.bind(py).call_method0("_incomplete").map(Bound::unbind);
        Ok(self.missing_required.get_or_try_init(py, make)?.bind(py))
    }

    /// Returns the names of the fields in the mask, as a shared set.
    pub(crate) fn absent_set<'py>(&self, py: Python<'py>, mask: u128) -> PyResult<Bound<'py, PyFrozenSet>> {
        let kept = lock(&self.absent_sets);
        if let Some(set) = kept.get(&mask) {
            return Ok(set.bind(py).clone());
        }
        drop(kept);
        let names = self.fields.iter().enumerate().filter(|(index, _)| mask & (1 << index) != 0);
        let set = PyFrozenSet::new(py, names.map(|(_, field)| field.description.name))?;
        let mut kept = lock(&self.absent_sets);
        if kept.len() < MAX_ABSENT_SETS {
            kept.insert(mask, set.clone().unbind());
        }
        Ok(set)
    }
}

/// Returns the class of a description, if the package has one.
pub(crate) fn class_of(py: Python<'_>, object: &'static ObjectType) -> PyResult<Option<&'static ModelClass>> {
    let address = std::ptr::from_ref(object).addr();
    let known = CLASSES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(class) = known.as_ref().and_then(|known| known.get(&address)) {
        return Ok(Some(class));
    }
    drop(known);
    let Some(class) = ModelClass::new(py, object)? else { return Ok(None) };
    let mut known = CLASSES.write().unwrap_or_else(PoisonError::into_inner);
    Ok(Some(known.get_or_insert_default().entry(address).or_insert_with(|| Box::leak(Box::new(class)))))
}

/// Imports and prepares the result classes of an operation. Runs before the request is sent, because a failed import must
/// not hide the response.
pub(crate) fn prepare(py: Python<'_>, operation: &'static Operation) -> Result<(), Error> {
    static PREPARED: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());
    if PREPARED.read().unwrap_or_else(PoisonError::into_inner).contains(operation.id) {
        return Ok(());
    }
    let mut objects = HashMap::new();
    collect_response(operation, &mut objects);
    for (name, object) in objects {
        class_of(py, object).map_err(|cause| {
            Error::internal(format!(
                "nothing was sent: the result class `{name}` cannot be imported ({cause}); repeat the request"
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

/// Returns the object type of this name, if a response can hold it.
pub(crate) fn object_named(name: &str) -> Option<&'static ObjectType> {
    static OBJECTS: OnceLock<HashMap<&'static str, &'static ObjectType>> = OnceLock::new();
    let objects = OBJECTS.get_or_init(|| {
        let mut objects = HashMap::new();
        for operation in OPERATIONS {
            collect_response(operation, &mut objects);
        }
        objects
    });
    objects.get(name).copied()
}

fn collect_response(operation: &Operation, objects: &mut HashMap<&'static str, &'static ObjectType>) {
    match operation.response {
        ResponseShape::Nothing => {}
        ResponseShape::One(ty) | ResponseShape::List(ty) | ResponseShape::Stream(ty) => collect(ty, objects),
        ResponseShape::Page(ty) => {
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

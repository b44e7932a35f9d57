//! Functions of `CPython` that create an object without its constructor and fill its slots without `__setattr__`. All are
//! in the stable ABI of 3.10.

use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// A class, and the offsets of its slots.
pub(crate) struct Slots {
    class: Py<PyType>,
    offsets: Vec<usize>,
}

impl Slots {
    /// Finds the slots of these fields, in this order. A name that is a keyword, or that a base class has, uses the slot
    /// `name_`.
    pub(crate) fn find<'a>(
        class: &Bound<'_, PyType>,
        names: impl Iterator<Item = &'a str>,
    ) -> PyResult<Self> {
        let offset = |name: &str| match offset(class, name)? {
            Some(offset) => Ok(offset),
            None => offset(class, &format!("{name}_"))?
                .ok_or_else(|| PyTypeError::new_err(format!("{class} has no slot for {name}"))),
        };
        let offsets = names.map(offset).collect::<PyResult<_>>()?;
        Ok(Self { class: class.clone().unbind(), offsets })
    }

    /// Creates an object of the class.
    pub(crate) fn allocate<'py>(&self, py: Python<'py>) -> PyResult<UninitObject<'_, 'py>> {
        Ok(UninitObject { object: allocate(self.class.bind(py))?, offsets: &self.offsets })
    }
}

/// A new object whose slots are being filled.
pub(crate) struct UninitObject<'a, 'py> {
    pub(crate) object: Bound<'py, PyAny>,
    offsets: &'a [usize],
}

impl UninitObject<'_, '_> {
    /// Sets a slot.
    pub(crate) fn set(&self, slot: usize, value: Bound<'_, PyAny>) {
        let py = value.py();
        // SAFETY: at this offset, objects of the class own a reference, or hold null.
        let before = unsafe { place(&self.object, self.offsets[slot]).replace(value.into_ptr()) };
        // SAFETY: the slot owned the reference.
        drop(unsafe { Bound::from_owned_ptr_or_opt(py, before) });
    }
}

/// Returns the offset of a slot. The stable ABI does not provide it, so this sets the slot of a new object to a marker and
/// searches for the marker.
fn offset(class: &Bound<'_, PyType>, name: &str) -> PyResult<Option<usize>> {
    let Ok(descriptor) = class.getattr(name) else { return Ok(None) };
    if descriptor.get_type().name()? != "member_descriptor" {
        return Ok(None);
    }
    let object = allocate(class)?;
    let mark = PyDict::new(class.py()).into_any();
    descriptor.call_method1("__set__", (&object, &mark))?;
    let size: usize = class.getattr("__basicsize__")?.extract()?;
    let mut offsets = (size_of::<ffi::PyObject>()..size).step_by(align_of::<ffi::PyObject>());
    // SAFETY: the offset lies within the object, whose memory was zeroed at allocation.
    Ok(offsets.find(|offset| unsafe { place(&object, *offset).read() } == mark.as_ptr()))
}

/// Returns a pointer at an offset from the start of the object.
fn place(object: &Bound<'_, PyAny>, offset: usize) -> *mut *mut ffi::PyObject {
    object.as_ptr().wrapping_byte_add(offset).cast()
}

/// Creates an object of the class with empty slots.
fn allocate<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: `class` is an ordinary Python class below `object`, whose slots may be null; the function
    // returns a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(class.py(), ffi::PyType_GenericAlloc(class.as_type_ptr(), 0)) }
}

/// Returns the `__dict__` of the object.
pub(crate) fn instance_dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = object.py();
    // SAFETY: a live object; the function returns a new reference, or null with an exception set.
    let dict = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetDict(object.as_ptr(), ptr::null_mut()))
    }?;
    Ok(dict.cast_into()?)
}

/// Sets an attribute as `object.__setattr__` does.
pub(crate) fn set_attribute(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    // SAFETY: three live objects and an attached thread.
    let status = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}

/// Whether the garbage collector tracks objects of this type.
pub(crate) fn is_container(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the type of a live object.
    let flags = unsafe { ffi::PyType_GetFlags(value.get_type_ptr()) };
    flags & ffi::Py_TPFLAGS_HAVE_GC != 0
}

/// Removes an object from garbage collection, because without containers it cannot be in a cycle.
pub(crate) fn untrack(object: &Bound<'_, PyAny>) {
    // SAFETY: a live object of a class with the GC header, which `allocate` gave it.
    unsafe { ffi::PyObject_GC_UnTrack(object.as_ptr().cast()) };
}

//! The few steps that need functions of `CPython` itself: make an object without its constructor, and fill a
//! slot behind the back of the raising `__setattr__`. All of them are in the stable ABI of 3.10.

use std::ffi::c_void;
use std::mem::transmute;
use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// A slot of a class: its member descriptor, and the C function that sets it.
pub(crate) struct Slot {
    descriptor: Py<PyAny>,
    set: ffi::descrsetfunc,
}

impl Slot {
    /// The slot for the field `name`. A name that Python cannot spell, or that a base class has taken, has
    /// its slot under `name_`.
    pub(crate) fn find(class: &Bound<'_, PyType>, name: &str) -> PyResult<Self> {
        if let Some(slot) = Self::of(class, name) {
            return Ok(slot);
        }
        Self::of(class, &format!("{name}_"))
            .ok_or_else(|| PyTypeError::new_err(format!("{class} has no slot for {name}")))
    }

    fn of(class: &Bound<'_, PyType>, name: &str) -> Option<Self> {
        let descriptor = class.getattr(name).ok()?;
        if descriptor.get_type().name().ok()?.to_cow().ok()? != "member_descriptor" {
            return None;
        }
        let kind = descriptor.get_type_ptr();
        // SAFETY: `kind` is the type of a live object; static types are allowed since 3.10.
        let set = unsafe { ffi::PyType_GetSlot(kind, ffi::Py_tp_descr_set) };
        if set.is_null() {
            return None;
        }
        // SAFETY: what sits in `Py_tp_descr_set` is a `descrsetfunc`.
        let set = unsafe { transmute::<*mut c_void, ffi::descrsetfunc>(set) };
        Some(Self { descriptor: descriptor.unbind(), set })
    }

    /// Puts the value into the slot of the object.
    pub(crate) fn set(&self, object: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        // SAFETY: three live objects and an attached thread; the function itself checks that the object
        // belongs to the descriptor's class, and takes a reference of its own to the value.
        let status = unsafe { (self.set)(self.descriptor.as_ptr(), object.as_ptr(), value.as_ptr()) };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
    }
}

/// An object of the class with all its slots empty.
pub(crate) fn allocate<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: `class` is an ordinary Python class below `object`, whose slots may be null; the function
    // returns a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(class.py(), ffi::PyType_GenericAlloc(class.as_type_ptr(), 0)) }
}

/// The object's own dict.
pub(crate) fn own_dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = object.py();
    // SAFETY: a live object; the function returns a new reference, or null with an exception set.
    let dict = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetDict(object.as_ptr(), ptr::null_mut()))
    }?;
    Ok(dict.cast_into()?)
}

/// Sets an attribute as `object` would, whatever the class says.
pub(crate) fn set_attribute(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    // SAFETY: three live objects and an attached thread.
    let status = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(object.py())) }
}

/// Whether the garbage collector follows objects of this kind.
pub(crate) fn is_container(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the type of a live object.
    let flags = unsafe { ffi::PyType_GetFlags(value.get_type_ptr()) };
    flags & ffi::Py_TPFLAGS_HAVE_GC != 0
}

/// Spares the garbage collector an object that refers to no container, and so is in no cycle.
pub(crate) fn untrack(object: &Bound<'_, PyAny>) {
    // SAFETY: a live object of a class with the GC header, which `allocate` gave it.
    unsafe { ffi::PyObject_GC_UnTrack(object.as_ptr().cast()) };
}

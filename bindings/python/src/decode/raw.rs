//! The few steps that need functions of `CPython` itself: make an object without its constructor, and fill its slots
//! behind the back of the raising `__setattr__`. All of them are in the stable ABI of 3.10.

use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// A class, and how far from the start of an object each of its slots lies.
pub(crate) struct Slots {
    class: Py<PyType>,
    offsets: Vec<usize>,
}

impl Slots {
    /// The slots for these fields, in this order. A name that Python cannot spell, or that a base class has taken, has
    /// its slot under `name_`.
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

    /// A new object of the class.
    pub(crate) fn allocate<'py>(&self, py: Python<'py>) -> PyResult<Blank<'_, 'py>> {
        Ok(Blank { object: allocate(self.class.bind(py))?, offsets: &self.offsets })
    }
}

/// An object that nobody else has seen, and whose slots are being filled.
pub(crate) struct Blank<'a, 'py> {
    pub(crate) object: Bound<'py, PyAny>,
    offsets: &'a [usize],
}

impl Blank<'_, '_> {
    /// Puts the value into a slot.
    pub(crate) fn set(&self, slot: usize, value: Bound<'_, PyAny>) {
        let py = value.py();
        // SAFETY: at this distance, objects of the class hold a reference of their own, or null.
        let before = unsafe { place(&self.object, self.offsets[slot]).replace(value.into_ptr()) };
        // SAFETY: the reference was the slot's.
        drop(unsafe { Bound::from_owned_ptr_or_opt(py, before) });
    }
}

/// How far from the start of an object the slot of this name lies. The stable ABI does not tell, so a mark is put into the
/// slot of a new object, and looked for.
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
    // SAFETY: it lies within the object, whose memory was set to zero when it was made.
    Ok(offsets.find(|offset| unsafe { place(&object, *offset).read() } == mark.as_ptr()))
}

/// The place so far from the start of the object.
fn place(object: &Bound<'_, PyAny>, offset: usize) -> *mut *mut ffi::PyObject {
    object.as_ptr().wrapping_byte_add(offset).cast()
}

/// An object of the class with all its slots empty.
fn allocate<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
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

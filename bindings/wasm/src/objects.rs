//! JavaScript objects.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// Creates an object with the fields that have a value.
pub(crate) fn object<const N: usize>(fields: [(&str, Option<JsValue>); N]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        if let Some(value) = value {
            // A new object takes any property.
            let _ = Reflect::set(&object, &name.into(), &value);
        }
    }
    object
}

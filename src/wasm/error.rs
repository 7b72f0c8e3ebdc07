//! Errors on their way to JavaScript.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::error::Error;

impl From<Error> for JsValue {
    /// An `Error` whose message is the sentence, with the properties `code` and, where there is one, `hint`.
    fn from(error: Error) -> Self {
        let js_error = js_sys::Error::new(&error.to_string());
        let set = |name: &str, value: &str| {
            // Setting a property of an object that was just made does not fail.
            let _ = Reflect::set(&js_error, &name.into(), &value.into());
        };
        set("code", &error.code());
        if let Some(hint) = error.hint() {
            set("hint", hint);
        }
        js_error.into()
    }
}

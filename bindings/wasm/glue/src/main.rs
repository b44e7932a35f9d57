//! Prepares a WebAssembly module for JavaScript. Arguments: the module that cargo built, and the folder of the results.

use std::{env, error::Error, fs, path::Path};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let [module, folder] = env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "pass two paths")?;
    let mut output = Bindgen::new()
        .input_path(module)
        .out_name("bimpe")
        .web(true)?
        // Each runtime loads the module in its own way.
        .omit_default_module_path(true)
        // A panic ends an instance, and the next request creates another.
        .reset_state_function(true)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("bimpe.wasm"), output.wasm_mut().emit_wasm())?;
    fs::write(folder.join("bimpe.mjs"), output.js())?;
    Ok(())
}

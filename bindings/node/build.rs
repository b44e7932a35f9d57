//! Tells the linker how to make a Node addon.

fn main() {
    napi_build::setup();
}

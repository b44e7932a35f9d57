//! Renders templates to files. The folder of a language's templates mirrors the folder of its output:
//! `resources/{group}.py.j2` becomes one file per group with resources, and `types/index.ts.j2` becomes one file.
//! Files whose names start with one `_` hold macros.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow};
use minijinja::{
    Environment, ErrorKind, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde,
};
use walkdir::WalkDir;

use super::{
    files::File,
    filters,
    ir::{Api, Group},
};

const ENDING: &str = ".j2";
const GROUP: &str = "{group}";

/// Renders all templates of a folder. `target` is the folder of the output, below the root of the repository.
/// Formats the examples in comments if `format_in` has the root of the repository.
pub(crate) fn render(
    templates: &Path,
    api: &Api,
    target: &str,
    format_in: Option<&Path>,
) -> Result<Vec<File>> {
    let names = names(templates)?;
    let mut environment = environment(templates, &names, api)?;
    filters::add(&mut environment, format_in.map(Path::to_owned));
    let api_value = Value::from(Serde(api));
    let mut files = Vec::new();
    for name in names.iter().filter(|name| !is_partial(name)) {
        let template = environment.get_template(name)?;
        let path = format!("{target}/{}", name.trim_end_matches(ENDING));
        let outputs: Vec<(String, Option<&Group>)> = if name.contains(GROUP) {
            let groups = api.groups.iter().filter(|group| belongs(group, name));
            groups.map(|group| (path.replace(GROUP, &group.name), Some(group))).collect()
        } else {
            vec![(path, None)]
        };
        for (path, group) in outputs {
            let group = group.map(|group| Value::from(Serde(group)));
            let text = template
                .render(context! { api => api_value.clone(), group })
                .map_err(|error| anyhow!("{error:#}, while rendering {name} for {path}"))?;
            // A template renders to nothing for a group without its subject.
            if !text.trim().is_empty() {
                files.push(File { path, text });
            }
        }
    }
    Ok(files)
}

/// Returns whether a group has resources or types for the template's folder.
fn belongs(group: &Group, template: &str) -> bool {
    match template.split('/').next() {
        Some("resources") => !group.resources.is_empty(),
        Some("types") => !group.types.is_empty(),
        _ => true,
    }
}

/// Returns whether a template only holds macros: true for `_macros.j2`, false for `__init__.py.j2`.
fn is_partial(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with('_') && !file.starts_with("__")
}

/// Returns the sorted paths of the templates below a folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        let name = entry.path().strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        if name.ends_with(ENDING) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn environment(templates: &Path, names: &[String], api: &Api) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let types: Vec<(String, Value)> = api
        .groups
        .iter()
        .flat_map(|group| &group.types)
        .map(|definition| (definition.name.clone(), Value::from(Serde(definition))))
        .collect();
    environment.add_function("typedef", move |name: &str| {
        types.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()).ok_or_else(|| {
            minijinja::Error::new(ErrorKind::InvalidOperation, format!("unknown type `{name}`"))
        })
    });
    for name in names {
        let text = fs::read_to_string(templates.join(name)).with_context(|| format!("cannot read {name}"))?;
        environment.add_template_owned(name.clone(), text).map_err(|error| anyhow!("{error:#}"))?;
    }
    Ok(environment)
}

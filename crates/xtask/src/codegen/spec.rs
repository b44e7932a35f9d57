//! The files of the spec, merged into one document.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{
    ir::OfficialNames,
    official, spec_rules,
    yaml::{Entry, Node, Value},
};

/// The file with the parts that all resources share, and the group of its types.
const ROOT_FILE: &str = "openapi";
const ROOT_GROUP: &str = "shared";

/// The whole spec.
pub(crate) struct Spec {
    /// `openapi.yaml`
    pub(crate) root: Node,
    /// The groups in the order of their first tag. The shared group is last.
    pub(crate) groups: Vec<SourceGroup>,
    pub(crate) paths: Vec<PathItem>,
    /// Methods that send several requests, by id. They are not part of the API.
    pub(crate) helpers: Vec<Entry>,
    tags: Vec<Tag>,
    components: Vec<Component>,
}

/// A resource, identified by its dotted name.
pub(crate) struct Tag {
    name: String,
    pub(crate) doc: String,
    pub(crate) official: OfficialNames,
    /// Index among all tags.
    pub(crate) position: usize,
}

/// One file of the spec.
pub(crate) struct SourceGroup {
    pub(crate) name: String,
    /// Path of the file, as in `api/agents.yaml`.
    pub(crate) source: String,
}

pub(crate) struct PathItem {
    pub(crate) path: String,
    pub(crate) group: String,
    pub(crate) node: Node,
}

/// A reusable part of the spec.
pub(crate) struct Component {
    /// `schemas`, `parameters` and so on
    pub(crate) kind: String,
    pub(crate) group: String,
    /// Whether the part belongs to the API. False for parts of helpers.
    pub(crate) published: bool,
    pub(crate) entry: Entry,
}

impl Spec {
    /// Reads every `*.yaml` of a folder.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let root = read(folder, ROOT_FILE)?;
        let tags = tags(&root)?;
        let mut spec = Self {
            root,
            tags,
            groups: Vec::new(),
            paths: Vec::new(),
            helpers: Vec::new(),
            components: Vec::new(),
        };
        for name in file_names(folder)?.iter().filter(|name| *name != ROOT_FILE) {
            spec.add(name, name, &read(folder, name)?)?;
        }
        // `file_names` sorts by name, but the documentation follows the order of the tags.
        let mut groups = std::mem::take(&mut spec.groups);
        groups.sort_by_key(|group| spec.group_tag(&group.name).map_or(usize::MAX, |tag| tag.position));
        spec.groups = groups;
        let root = spec.root.clone();
        spec.add(ROOT_FILE, ROOT_GROUP, &root)?;
        Ok(spec)
    }

    fn add(&mut self, file: &str, group: &str, document: &Node) -> Result<()> {
        self.groups.push(SourceGroup { name: group.to_owned(), source: format!("api/{file}.yaml") });
        if let Some(paths) = document.get("paths") {
            for entry in paths.entries()? {
                if let Some(other) = self.paths.iter().find(|other| other.path == entry.key) {
                    bail!("{}: duplicate path `{}`: already at {}", entry.place, entry.key, other.node.place);
                }
                self.paths.push(PathItem {
                    path: entry.key.clone(),
                    group: group.to_owned(),
                    node: entry.node.clone(),
                });
            }
        }
        let helpers = document.get("x-helpers").map_or(Ok(&[][..]), Node::entries)?;
        self.helpers.extend_from_slice(helpers);
        for kind in document.get("components").map_or(Ok(&[][..]), Node::entries)? {
            for entry in kind.node.entries()? {
                if let Some(other) = self.find(&kind.key, &entry.key) {
                    bail!(
                        "{}: duplicate name `{}` in {}: already at {}",
                        entry.place,
                        entry.key,
                        kind.key,
                        other.entry.place
                    );
                }
                let (kind, group, published) = (kind.key.clone(), group.to_owned(), helpers.is_empty());
                self.components.push(Component { kind, group, published, entry: entry.clone() });
            }
        }
        Ok(())
    }

    /// Returns the tag of a resource, as in `agents.channels`.
    pub(crate) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// Returns the tag of a file's main resource. The last word of the tag is the name of the file.
    pub(crate) fn group_tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name.rsplit('.').next() == Some(name))
    }

    /// Returns all components, in the order of the files.
    pub(crate) fn components(&self) -> &[Component] {
        &self.components
    }

    fn find(&self, kind: &str, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.kind == kind && component.entry.key == name)
    }

    /// Returns the schema that a `$ref` names.
    pub(crate) fn schema<'a>(&'a self, reference: &'a Node) -> Result<(&'a str, &'a Component)> {
        let (kind, name) = parts(reference)?;
        if kind != "schemas" {
            return Err(reference.error(format!("`{}` is not a schema", reference.text()?)));
        }
        Ok((name, self.component(reference)?))
    }

    /// Returns the node, or the node that its `$ref` names.
    pub(crate) fn resolve<'a>(&'a self, node: &'a Node) -> Result<&'a Node> {
        match node.get("$ref") {
            Some(reference) => Ok(&self.component(reference)?.entry.node),
            None => Ok(node),
        }
    }

    fn component(&self, reference: &Node) -> Result<&Component> {
        let (kind, name) = parts(reference)?;
        self.find(kind, name).ok_or_else(|| reference.error(format!("unknown name `{name}` in {kind}")))
    }

    /// Fails at the first `$ref` without a target.
    pub(crate) fn check_references(&self) -> Result<()> {
        self.paths.iter().try_for_each(|item| self.check_references_in(&item.node))?;
        self.helpers.iter().try_for_each(|helper| self.check_references_in(&helper.node))?;
        self.components.iter().try_for_each(|component| self.check_references_in(&component.entry.node))
    }

    fn check_references_in(&self, node: &Node) -> Result<()> {
        match &node.value {
            Value::Scalar(_) => Ok(()),
            Value::List(items) => items.iter().try_for_each(|item| self.check_references_in(item)),
            Value::Map(entries) => entries.iter().try_for_each(|entry| match entry.key.as_str() {
                "example" | "default" => Ok(()),
                "$ref" | "x-result" => self.component(&entry.node).map(|_| ()),
                _ => self.check_references_in(&entry.node),
            }),
        }
    }
}

fn tags(root: &Node) -> Result<Vec<Tag>> {
    let Some(tags) = root.get("tags") else { return Ok(Vec::new()) };
    let tag = |(position, node): (usize, &Node)| {
        let (name, doc) = (node.text_of("name")?, node.text_of("description")?);
        Ok(Tag { name, doc, official: official::names(node)?, position })
    };
    tags.items()?.iter().enumerate().map(tag).collect()
}

/// Splits `#/components/schemas/Agent` into `schemas` and `Agent`.
fn parts(reference: &Node) -> Result<(&str, &str)> {
    let text = reference.text()?;
    text.strip_prefix("#/components/").and_then(|rest| rest.split_once('/')).ok_or_else(|| {
        reference.error(format!("invalid reference `{text}`: expected `#/components/KIND/NAME`"))
    })
}

fn read(folder: &Path, name: &str) -> Result<Node> {
    let document = Node::read(&folder.join(format!("{name}.yaml")), &format!("api/{name}.yaml"))?;
    spec_rules::check(&document)?;
    Ok(document)
}

/// Returns the sorted names of the `.yaml` files of a folder, without the extension.
fn file_names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml")
            && let Some(stem) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

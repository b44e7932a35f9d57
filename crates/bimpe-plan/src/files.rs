//! Reads files.

use std::collections::HashSet;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::document::{Document, FileDigest, refuse_duplicates};
use crate::fingerprints::hex;
use crate::kinds::{ALL, EACH_AGENT, TOP};
use crate::problem::{Error, Problem, Source};
use crate::reader::{Defaults, Reader};
use crate::reference::Resolver;
use crate::yaml::{self, Entry};
use bimpe::engine::did_you_mean;

/// Reads the files that describe agents and workflows.
///
/// ```
/// let text = r#"
/// agents:
///   - name: Ada
///     description: Informs customers about the shop
///     workflow: Shop assistant
///     integrations:
///       custom_api:
///         - name: Order system
///           auth_type: bearer
///           auth_config: { token: "${env:ORDERS_TOKEN}" }
/// "#;
/// let mut files = bimpe_plan::Files::default().env(|name| (name == "ORDERS_TOKEN").then(|| "t0k3n".to_owned()));
/// files.read_text("bimpe.yaml", text)?;
/// let document = files.finish()?;
/// # Ok::<(), bimpe_plan::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Files {
    resolver: Resolver,
    document: Document,
}

impl Files {
    /// Sets the lookup of environment variables. Defaults to those of the process.
    #[must_use]
    pub fn env(mut self, lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.resolver.lookup = Box::new(lookup);
        self
    }

    /// Allows references of the form `${cmd:COMMAND}`, which run a command. Defaults to false.
    #[must_use]
    pub fn allow_commands(mut self, allow: bool) -> Self {
        self.resolver.allow_commands = allow;
        self
    }

    /// Reads a file. Relative paths of references start at the folder of the file.
    ///
    /// ```no_run
    /// let mut files = bimpe_plan::Files::default();
    /// files.read("bimpe.yaml")?;
    /// # Ok::<(), bimpe_plan::Error>(())
    /// ```
    pub fn read(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(format!("cannot read `{}`: {error}", path.display())))?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        self.add(&path.to_string_lossy(), &text, &folder)?;
        self.document.folder.get_or_insert(folder);
        Ok(())
    }

    /// Reads a text. `name` is the name of its file in errors. Relative paths start at the working directory. Fingerprints are
    /// stored only beside a file.
    pub fn read_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.add(name, text, Path::new(""))
    }

    /// Returns the content of all files. Refuses objects of the same name.
    pub fn finish(self) -> Result<Document, Error> {
        let mut problems = Vec::new();
        refuse_duplicates(&self.document.workflows, &mut problems);
        refuse_duplicates(&self.document.agents, &mut problems);
        if let Some(each) = self.document.each_agent.as_ref().filter(|_| !self.document.agents.is_empty()) {
            let text = format!("`{EACH_AGENT}` and `agents` exclude each other; use one file for each");
            problems.push(each.at.problem(text));
        }
        if problems.is_empty() { Ok(self.document) } else { Err(problems.into()) }
    }

    fn add(&mut self, name: &str, text: &str, folder: &Path) -> Result<(), Error> {
        let source = Source::new(name, text);
        let root = yaml::parse(&source, text)?;
        let Some(entries) = root.entries() else {
            return Err(source
                .problem(root.spot, "a file must be a mapping with `agents`, `each_agent` or `workflows`")
                .into());
        };
        let mut problems = Vec::new();
        let mut defaults = Defaults::new();
        if let Some(entry) = root.get("defaults") {
            read_defaults(&source, entry, &mut defaults, &mut problems);
        }
        let mut reader =
            Reader { source: source.clone(), folder, resolver: &mut self.resolver, defaults, problems };
        for entry in entries.iter().filter(|entry| entry.key != "defaults") {
            if let Some(kind) = TOP.iter().find(|kind| kind.section == entry.key) {
                let objects = reader.objects(kind, &entry.node);
                self.document.objects_mut(kind.section).extend(objects);
                self.document.sections.push(kind.section);
            } else if entry.key == EACH_AGENT {
                if let Some(object) = reader.each_agent(entry)
                    && let Some(first) = self.document.each_agent.replace(object)
                {
                    let place = first.at.problem("").place.map(|place| place.to_string()).unwrap_or_default();
                    let text = format!("`{EACH_AGENT}` is there twice, first at {place}; remove one");
                    reader.problems.push(source.problem(entry.spot, text));
                }
            } else {
                let known = TOP.iter().map(|kind| kind.section).chain([EACH_AGENT, "defaults"]);
                let text = format!("`{}` is not a section{}", entry.key, did_you_mean(&entry.key, known));
                reader.problems.push(source.problem(entry.spot, text));
            }
        }
        let mut problems = reader.problems;
        // A default that is invalid is so in each object.
        let mut seen = HashSet::new();
        problems.retain(|problem| seen.insert(problem.to_string()));
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let sha256 = hex(&Sha256::digest(text));
        self.document.files.push(FileDigest { path: name.to_owned(), sha256 });
        Ok(())
    }
}

fn read_defaults(source: &Source, entry: &Entry, defaults: &mut Defaults, problems: &mut Vec<Problem>) {
    let Some(entries) = entry.node.entries() else {
        problems.push(source.problem(entry.spot, "`defaults` must be a mapping of sections"));
        return;
    };
    for section in entries {
        let known = ALL.iter().map(|kind| kind.section);
        match (ALL.iter().find(|kind| kind.section == section.key), section.node.entries()) {
            (Some(kind), Some(fields)) => {
                defaults.insert(kind.section, fields.to_vec());
            }
            (Some(_), None) => {
                problems.push(source.problem(section.spot, "a default must be a mapping of fields"));
            }
            (None, _) => {
                let hint = did_you_mean(&section.key, known);
                problems
                    .push(source.problem(section.spot, format!("`{}` is not a section{hint}", section.key)));
            }
        }
    }
}

//! Tests of the generator with a small spec.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Arguments, Language, api, bundle, files, ir::Api, render, run, spec::Spec, templates};

/// A copy of the small spec that a test may change. Dropping it removes the copy.
struct Tiny(PathBuf);

impl Tiny {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xtask-{test}-{}", std::process::id()));
        fs::create_dir_all(folder.join("api")).expect("the temporary folder can be written");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny");
        for name in ["openapi.yaml", "books.yaml"] {
            fs::copy(source.join(name), folder.join("api").join(name)).expect("the fixture exists");
        }
        Self(folder)
    }

    fn replace(&self, old: &str, new: &str) -> &Self {
        let path = self.0.join("api/books.yaml");
        let text = fs::read_to_string(&path).expect("the fixture was copied");
        assert!(text.contains(old), "the fixture does not contain {old:?}");
        fs::write(path, text.replacen(old, new, 1)).expect("the temporary folder can be written");
        self
    }

    fn helper(&self, text: &str) {
        fs::write(self.0.join("api/helpers.yaml"), text).expect("the temporary folder can be written");
    }

    fn build(&self) -> anyhow::Result<Api> {
        api::build(&Spec::load(&self.0.join("api"))?)
    }

    fn error(&self) -> String {
        format!("{:#}", self.build().expect_err("the spec is invalid"))
    }

    fn generate(&self, check: bool) -> anyhow::Result<()> {
        run(&Arguments {
            check,
            only: None,
            dump_ir: false,
            no_format: true,
            api: Some(self.0.join("api")),
            out: Some(self.0.clone()),
        })
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        // A folder that remains in the temporary folder does not affect other tests.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn unknown_keyword_is_rejected_with_its_line() {
    let tiny = Tiny::new("keyword");
    tiny.replace("maxLength: 80", "maxlength: 80");
    let error = tiny.error();
    assert!(
        error.starts_with("api/books.yaml:44: unknown keyword `maxlength`: expected one of $ref, type"),
        "{error}"
    );
}

#[test]
fn unknown_reference_is_rejected_with_its_line() {
    let tiny = Tiny::new("reference");
    tiny.replace("#/components/schemas/NewBook", "#/components/schemas/Novel");
    assert_eq!(tiny.error(), "api/books.yaml:10: unknown name `Novel` in schemas");
}

#[test]
fn duplicate_name_is_rejected_with_both_lines() {
    let tiny = Tiny::new("twice");
    tiny.replace("    NewBook:", "    Envelope: { type: object }\n    NewBook:");
    let error = tiny.error();
    assert!(
        error.contains(
            "api/openapi.yaml:12: duplicate name `Envelope` in schemas: already at api/books.yaml:39"
        ),
        "{error}"
    );
    let tiny = Tiny::new("twice-id");
    tiny.replace("books.retrieve", "books.create");
    assert_eq!(tiny.error(), "duplicate operation id `books.create`: /books and /books/{book_id}");
}

#[test]
fn invalid_yaml_is_rejected_with_its_line() {
    let tiny = Tiny::new("yaml");
    tiny.replace("{ type: integer, minimum: 1", "{ type: integer minimum: 1");
    assert!(tiny.error().starts_with("api/books.yaml:45: "), "{}", tiny.error());
}

#[test]
fn build_resolves_names_limits_and_recursion() {
    let api = Tiny::new("shape").build().expect("the fixture is valid");
    let api = serde_json::to_value(&api).expect("serializable data");
    let group = &api["groups"][0];
    let op = &group["resources"][0]["operations"][1];
    assert_eq!(op["id"], "books.retrieve");
    assert_eq!(op["segments"][1]["name"], "book_id");
    assert_eq!(op["errors"][0]["doc"], "The book does not exist.");
    assert_eq!(group["types"][0]["fields"][0]["limits"], "at most 80 characters");
    assert_eq!(group["types"][1]["fields"][2]["recursive"], true);
    assert_eq!(group["types"][1]["input"], false);
}

#[test]
fn x_may_be_absent_makes_a_required_field_optional() {
    let tiny = Tiny::new("may-be-absent");
    tiny.replace(
        "title: { type: string, description",
        "title: { type: string, x-may-be-absent: true, description",
    );
    tiny.generate(false).expect("the fixture can be generated");
    assert_eq!(tiny.read("node/src/types/books.ts").matches("title: string;").count(), 2);
    assert!(tiny.read("python/bimpe/types/books.py").contains("title: str | None"));
    assert!(tiny.read("crates/bimpe/src/types/books.rs").contains("pub title: Option<String>"));
}

#[test]
fn official_names_become_aliases() {
    let tiny = Tiny::new("official");
    tiny.replace("    Book:\n", "    Book:\n      x-official-names: [Volume]\n");
    tiny.generate(false).expect("the fixture can be generated");
    assert!(
        tiny.read("node/src/official.ts")
            .contains("export type { Book as Volume } from \"./types/books.js\";")
    );
    tiny.replace("[Volume]", "[NewBook]");
    assert_eq!(tiny.error(), "duplicate official name `NewBook`: `Book` and `NewBook`");
    tiny.replace("[NewBook]", "{ ruby: [Tome] }");
    assert_eq!(tiny.error(), "api/books.yaml:47: unknown language `ruby`");
}

#[test]
fn type_extends_a_base_that_responses_contain() {
    let tiny = Tiny::new("extends");
    tiny.replace(
        "          $ref: \"#/components/schemas/Book\"\n          description",
        "          $ref: \"#/components/schemas/OldBook\"\n          description",
    );
    tiny.replace("    Book:\n", OLD_BOOK);
    tiny.generate(false).expect("the fixture can be generated");
    let types = tiny.read("node/src/types/books.ts");
    let (_, old) =
        types.split_once("export interface OldBook extends Book {").expect("an interface that extends Book");
    let (own, _) = old.split_once('}').expect("the end of the interface");
    assert!(own.contains("age: number;") && !own.contains("title"), "{own}");
}

#[test]
fn literals_of_sibling_routes_are_reserved() {
    let tiny = Tiny::new("reserved");
    tiny.replace("  /books/{book_id}:", &format!("{ARCHIVE}\n  /books/{{book_id}}:"));
    let api = serde_json::to_value(tiny.build().expect("the spec is valid")).expect("serializable data");
    let operations = api["groups"][0]["resources"][0]["operations"].as_array().expect("a list");
    let retrieve = operations.iter().find(|op| op["id"] == "books.retrieve").expect("the operation exists");
    assert_eq!(retrieve["segments"][1]["reserved"], serde_json::json!(["archive"]));
}

#[test]
fn new_operation_is_generated_in_every_language() {
    let tiny = Tiny::new("arrives");
    tiny.generate(false).expect("the fixture can be generated");
    tiny.generate(true).expect("the generated files are fresh");
    let places = [
        (Language::Rust, "crates/bimpe/src/resources/books.rs", "fn archive("),
        (Language::Rust, "crates/bimpe/src/operations.rs", "\"books.archive\""),
        (Language::Python, "python/bimpe/resources/books.py", "def archive("),
        (Language::Typescript, "node/src/resources/books.ts", "archive("),
    ];
    for (_, path, text) in places {
        assert!(!tiny.read(path).contains(text), "{path} already has {text}");
    }
    tiny.replace("  /books/{book_id}:", &format!("{ARCHIVE}\n  /books/{{book_id}}:"));
    let stale = format!("{:#}", tiny.generate(true).expect_err("the files are stale"));
    tiny.generate(false).expect("the spec can be generated");
    for (language, path, text) in places {
        assert!(tiny.read(path).contains(text), "{}: {path} lacks {text}", language.name());
        assert!(stale.contains(path), "{path} was not reported as stale");
    }
}

#[test]
fn stale_generated_file_is_removed() {
    let tiny = Tiny::new("goes");
    tiny.generate(false).expect("the fixture can be generated");
    let old = tiny.0.join("crates/bimpe/src/types/scrolls.rs");
    fs::copy(tiny.0.join("crates/bimpe/src/types/books.rs"), &old).expect("the folder can be written");
    assert!(tiny.generate(true).is_err());
    tiny.generate(false).expect("the fixture can be generated");
    assert!(!old.exists());
}

#[test]
fn bundle_contains_the_root_and_all_groups() {
    let tiny = Tiny::new("bundle");
    let spec = Spec::load(&tiny.0.join("api")).expect("the fixture is valid");
    let bundle = bundle::file(&spec).expect("a serializable bundle");
    let document: serde_json::Value = serde_json::from_str(&bundle.text).expect("valid JSON");
    assert_eq!(document["info"]["title"], "Tiny");
    assert_eq!(document["paths"]["/books"]["post"]["operationId"], "books.create");
    assert_eq!(document["components"]["schemas"]["Book"]["type"], "object");
}

#[test]
fn partials_are_not_rendered() {
    let api = Tiny::new("partials").build().expect("the fixture is valid");
    let files: Vec<files::File> =
        render::render(&templates().join("rust"), &api, "src", None).expect("the templates fit");
    assert!(files.iter().all(|file| !file.path.contains("/_")));
}

#[test]
fn helper_is_generated_but_not_bundled() {
    let tiny = Tiny::new("helper");
    tiny.helper(HELPER);
    let api = serde_json::to_value(tiny.build().expect("the spec is valid")).expect("serializable data");
    let books = &api["groups"][0]["resources"][0];
    let op = &books["operations"][2];
    assert_eq!((&op["id"], &op["group"]), (&"books.borrow".into(), &"books".into()));
    assert_eq!((&op["method"], &op["path"]), (&"POST".into(), &"/books".into()));
    assert_eq!(
        op["helper"],
        serde_json::json!({"requests": ["books.retrieve", "books.create"], "timeout": 60})
    );
    let spec = Spec::load(&tiny.0.join("api")).expect("the spec is valid");
    let bundle = bundle::file(&spec).expect("a serializable bundle").text;
    assert!(!bundle.contains("x-helpers") && !bundle.contains("Borrow"), "{bundle}");
    tiny.generate(false).expect("the spec can be generated");
    for (path, text) in [
        ("crates/bimpe/src/operations.rs", "helper: Some(Duration::from_secs(60))"),
        ("python/bimpe/resources/books.py", "A helper that uses `books.retrieve`, `books.create`."),
        ("node/src/resources/books.ts", "Times out after 60 seconds"),
    ] {
        assert!(tiny.read(path).contains(text), "{path} lacks {text}");
    }
}

#[test]
fn invalid_helper_is_rejected_with_its_line() {
    let cases = [
        (
            "x-timeout: 60",
            "x-timeout: soon",
            "api/helpers.yaml:5: invalid `x-timeout`: expected a whole number of seconds",
        ),
        ("x-timeout: 60", "x-timeouts: 60", "api/helpers.yaml:5: unknown keyword `x-timeouts`"),
        ("books.create]", "books.burn]", "api/helpers.yaml:4: unknown operation `books.burn`"),
        (
            "[books.retrieve, books.create]",
            "[]",
            "api/helpers.yaml:3: `x-requests` of the helper `books.borrow` is empty",
        ),
        (
            "  books.borrow",
            "  films.borrow",
            "api/helpers.yaml:2: unknown resource of the helper `films.borrow`",
        ),
        ("schemas/Borrow", "schemas/Burrow", "api/helpers.yaml:9: unknown name `Burrow` in schemas"),
    ];
    for (old, new, error) in cases {
        let tiny = Tiny::new("helper-error");
        assert!(HELPER.contains(old), "the helper does not contain {old:?}");
        tiny.helper(&HELPER.replacen(old, new, 1));
        assert!(tiny.error().starts_with(error), "{}", tiny.error());
    }
}

const HELPER: &str = r##"x-helpers:
  books.borrow:
    summary: Borrow a book.
    x-requests: [books.retrieve, books.create]
    x-timeout: 60
    requestBody:
      content:
        application/json:
          schema: { $ref: "#/components/schemas/Borrow" }
          example: { days: 3 }
    responses:
      "200": { description: It is yours. }
components:
  schemas:
    Borrow: { type: object, description: For how long., properties: { days: { type: integer, description: Days. } } }
"##;

const OLD_BOOK: &str = r##"    OldBook:
      description: An old book.
      allOf:
        - $ref: "#/components/schemas/Book"
        - { type: object, required: [age], properties: { age: { type: integer, description: How old. } } }
    Book:
"##;

const ARCHIVE: &str = r#"
  /books/archive:
    post:
      operationId: books.archive
      summary: Put all books away.
      responses:
        "200": { description: They are away. }
"#;

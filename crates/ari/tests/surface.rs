//! docs/ari.md lists every operation and whether it works: held to the route table.

use std::fmt::Write as _;
use std::path::Path;

use ari::ROUTES;

fn table() -> String {
    let done = ROUTES.iter().filter(|route| route.implemented).count();
    let mut text = format!(
        "# ARI operations\n\nOf ARI's {} operations {done} work. The others answer 501 with a message. This table is made from the \
         routes the server has;\n`UPDATE_DOCS=1 cargo test -p ari --test surface` writes it anew.\n\n\
         | method | path | operation | |\n|---|---|---|---|\n",
        ROUTES.len(),
    );
    for route in ROUTES {
        let state = if route.implemented { "works" } else { "501" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | {} | {} | {state} |", route.method, route.path, route.nickname);
    }
    text
}

#[test]
fn the_documented_operations_are_those_of_the_route_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ari.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, table()).expect("docs/ari.md can be written");
    }
    let documented = std::fs::read_to_string(&path).expect("docs/ari.md is there");
    assert!(
        documented == table(),
        "docs/ari.md is out of date: UPDATE_DOCS=1 cargo test -p ari --test surface"
    );
}

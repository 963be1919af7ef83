//! `docs/pjsip.md`, written from the table.

use super::{OBJECTS, Object, Row, Status, WIZARD};

const HEAD: &str = "\
# pjsip.conf

Every option of every object of Asterisk 22's `pjsip.conf`, and what becomes of it in Strowger. This page is written from the table that
the reader of the file works by (`UPDATE_DOCS=1 cargo test -p server table` writes it anew), and a test holds the two together.

* **obeyed**: it does what it does in Asterisk; the test of that name shows it.
* **harmless**: it may say what it likes, for the reason given.
* **not yet**: a warning with file and line, unless the value is one of those in brackets, which say what is done anyway.

An object that is *not yet* there gives one warning at its heading. `strowger check DIR` prints all of this for a directory of yours.
";

const WIZARD_HEAD: &str = "
# pjsip_wizard.conf

Each section is read into the objects that Asterisk's wizard makes of it, and these as if they stood in `pjsip.conf`: `NAME-oauth`,
`NAME-iauth`, `NAME` as AoR and endpoint, `NAME-identify`, `NAME-reg-0` and on.
";

pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    let count = |is: fn(&Status) -> bool| {
        OBJECTS.iter().flat_map(|object| object.rows).filter(|row| is(&row.status)).count()
    };
    page.push_str(&format!(
        "\nIn all: {} obeyed, {} harmless, {} not yet.\n",
        count(|status| matches!(status, Status::Obeyed(_))),
        count(|status| matches!(status, Status::Harmless(_))),
        count(|status| matches!(status, Status::Unsupported { .. })),
    ));
    for object in OBJECTS {
        chapter(&mut page, object);
    }
    page.push_str(WIZARD_HEAD);
    chapter(&mut page, &WIZARD);
    page
}

fn chapter(page: &mut String, object: &Object) {
    page.push_str(&format!("\n## type = {}\n\n{}.\n", object.kind, capitalised(object.about)));
    if let Some(instead) = object.refused {
        page.push_str(&format!("\n*Not yet*: {instead}.\n"));
    }
    page.push_str("\n| option | default | here | |\n|---|---|---|---|\n");
    for row in object.rows {
        let (status, remark) = standing(row, object.refused.is_some());
        let default = if row.default.is_empty() { String::new() } else { format!("`{}`", row.default) };
        page.push_str(&format!("| `{}` | {default} | {status} | {remark} |\n", row.name));
    }
}

fn standing(row: &Row, is_refused: bool) -> (String, String) {
    match row.status {
        Status::Obeyed(test) => ("obeyed".to_owned(), format!("`{test}`")),
        Status::Harmless(why) => ("harmless".to_owned(), why.to_owned()),
        Status::Unsupported { fine, instead } => {
            let fine: Vec<String> = fine
                .iter()
                .map(|value| if *value == "*" { "any".to_owned() } else { format!("`{value}`") })
                .collect();
            let fine =
                if fine.is_empty() || is_refused { String::new() } else { format!(" ({})", fine.join(", ")) };
            (format!("not yet{fine}"), instead.to_owned())
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

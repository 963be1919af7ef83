//! Asterisk's configuration file format as it is on disk.
//!
//! [`Config::parse`] takes a file's name and text (and [`Config::parse_with`] a way to fetch what `#include` names) and
//! gives the sections and entries in file order, each with the [`Span`] it came from. A bad line never ends the reading: it
//! becomes a [`Complaint`] and the next line is read.
//!
//! A [`Reader`] sits on top of a [`Config`] and remembers which sections and keys a module asked for, so that what nobody
//! asked for can be reported with a suggestion once reading is over.
//!
//! ```
//! let config = conf::Config::parse("http.conf", "[general]\nenabled = yes\nbindprot = 8088 ; oops\n");
//! let reader = conf::Reader::new(&config);
//! let general = reader.section("general").expect("the section is there");
//! assert!(general.boolean("enabled", false));
//! assert_eq!(general.number("bindport", 0..=65535, 8088), 8088);
//! let report = reader.finish();
//! assert_eq!(report.complaints[0].text, "unknown key `bindprot` in [general]");
//! assert_eq!(report.complaints[0].help.as_deref(), Some("did you mean `bindport`?"));
//! ```

mod complaint;
mod config;
mod line;
mod parse;
mod reader;
mod span;
mod suggest;
mod value;

pub use complaint::{Complaint, MAX_COMPLAINTS, Severity};
pub use config::{Config, Entry, Operator, Section};
pub use line::{MAX_COMMENT_DEPTH, MAX_LINE};
pub use parse::{IncludeError, MAX_FILES, MAX_INCLUDE_DEPTH, MAX_INHERITED};
pub use reader::{Reader, Report, SectionReader, Standing, Understanding};
pub use span::{FileId, Source, Span};
pub use suggest::suggest;
pub use value::{boolean, is_false, is_true};

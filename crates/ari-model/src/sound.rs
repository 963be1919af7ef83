//! Prompts that the server has.

use serde::{Deserialize, Serialize};

/// A prompt with its languages and formats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sound {
    /// Name, as in `sound:<id>`.
    pub id: String,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In which languages and formats it is there.
    pub formats: Vec<FormatLangPair>,
}

/// One recording of a prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatLangPair {
    /// Language.
    pub language: String,
    /// Format.
    pub format: String,
}

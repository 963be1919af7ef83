//! The server itself.

use ari_model::{AsteriskInfo, AsteriskPing, Variable};
use serde_json::json;

use crate::{Client, Error};

impl Client {
    /// Asks whether the server is there.
    pub async fn ping(&self) -> Result<AsteriskPing, Error> {
        self.get(&["asterisk", "ping"], &[]).await
    }

    /// What the server is and since when it runs.
    pub async fn info(&self) -> Result<AsteriskInfo, Error> {
        self.get(&["asterisk", "info"], &[]).await
    }

    /// A global variable's value; empty where not set.
    pub async fn variable(&self, name: &str) -> Result<String, Error> {
        let variable: Variable = self.get(&["asterisk", "variable"], &[("variable", name)]).await?;
        Ok(variable.value)
    }

    /// Sets a global variable.
    pub async fn set_variable(&self, name: &str, value: &str) -> Result<(), Error> {
        self.command(&["asterisk", "variable"], &json!({ "variable": name, "value": value })).await
    }
}

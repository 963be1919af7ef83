//! Endpoints.

use ari_model::Endpoint;

use crate::{Client, Error};

impl Client {
    /// All endpoints.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        self.get(&["endpoints"], &[]).await
    }

    /// The endpoints of a technology, such as `PJSIP`.
    pub async fn endpoints_of(&self, technology: &str) -> Result<Vec<Endpoint>, Error> {
        self.get(&["endpoints", technology], &[]).await
    }

    /// One endpoint.
    pub async fn endpoint(&self, technology: &str, resource: &str) -> Result<Endpoint, Error> {
        self.get(&["endpoints", technology, resource], &[]).await
    }
}

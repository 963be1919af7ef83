//! The way to the server: addresses, credentials, requests, answers.

use core::time::Duration;
use std::sync::Arc;

use ari_model::ErrorBody;
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// How long a command may go without an answer. Asterisk answers most at once, but `answer` waits for the channel.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A way to one ARI server; cheap to clone, and its clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base: Url,
    user: String,
    password: String,
}

impl Client {
    /// Reaches the server at `url`, such as `http://localhost:8088`, and checks the credentials. `/ari` is added unless
    /// the path already ends with it, so that a server behind a prefix is `http://host/prefix`.
    pub async fn connect(url: &str, user: &str, password: &str) -> Result<Client, Error> {
        let client = Client::new(url, user, password)?;
        client.ping().await?;
        Ok(client)
    }

    /// As [`connect`](Client::connect), but without asking the server anything yet.
    pub fn new(url: &str, user: &str, password: &str) -> Result<Client, Error> {
        let mut base = Url::parse(url).map_err(|error| Error::Address(format!("{url}: {error}")))?;
        if base.scheme() != "http" || base.host_str().is_none() {
            return Err(Error::Address(format!("{url}: only http is spoken")));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&if path.ends_with("/ari") { path } else { format!("{path}/ari") });
        base.set_query(None);
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .tcp_nodelay(true)
            .build()
            .map_err(Error::Unanswered)?;
        Ok(Client {
            inner: Arc::new(Inner { http, base, user: user.to_owned(), password: password.to_owned() }),
        })
    }

    /// Any request that this crate has no method for: `path` are the segments below `/ari`, `query` the parameters.
    pub async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Error> {
        read(self.send(self.request(Method::GET, path).query(query)).await?).await
    }

    /// Any POST with an answer; `body` goes as JSON.
    pub async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &impl Serialize) -> Result<T, Error> {
        read(self.send(self.request(Method::POST, path).json(body)).await?).await
    }

    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, Error> {
        read(self.send(self.request(Method::PUT, path).json(body)).await?).await
    }

    /// A POST with parameters in the query.
    pub(crate) async fn post_query<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        read(self.send(self.request(Method::POST, path).query(query)).await?).await
    }

    /// A POST that answers nothing.
    pub(crate) async fn command(&self, path: &[&str], body: &impl Serialize) -> Result<(), Error> {
        self.send(self.request(Method::POST, path).json(body)).await.map(drop)
    }

    /// A POST without parameters that answers nothing.
    pub(crate) async fn start(&self, path: &[&str]) -> Result<(), Error> {
        self.send(self.request(Method::POST, path)).await.map(drop)
    }

    /// A DELETE that answers nothing.
    pub(crate) async fn delete(&self, path: &[&str], query: &[(&str, &str)]) -> Result<(), Error> {
        self.send(self.request(Method::DELETE, path).query(query)).await.map(drop)
    }

    pub(crate) async fn delete_answered<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        read(self.send(self.request(Method::DELETE, path).query(query)).await?).await
    }

    pub(crate) async fn download(&self, path: &[&str]) -> Result<Vec<u8>, Error> {
        let response = self.send(self.request(Method::GET, path)).await?;
        Ok(response.bytes().await.map_err(Error::Unanswered)?.into())
    }

    /// Address of the event WebSocket, without credentials.
    pub(crate) fn events_url(&self, apps: &str, subscribe_all: bool) -> Url {
        let mut url = self.url(&["events"]);
        let mut query = url.query_pairs_mut();
        query.append_pair("app", apps);
        if subscribe_all {
            query.append_pair("subscribeAll", "true");
        }
        drop(query);
        url.set_scheme("ws").expect("http and ws are both special schemes");
        url
    }

    /// User and password.
    pub(crate) fn credentials(&self) -> (&str, &str) {
        (&self.inner.user, &self.inner.password)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.inner
            .http
            .request(method, self.url(path))
            .basic_auth(&self.inner.user, Some(&self.inner.password))
    }

    /// Each segment is encoded by itself, so an id may hold any character.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.inner.base.clone();
        url.path_segments_mut().expect("http URLs have a path").extend(path);
        url
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let (http, request) = request.build_split();
        let request = request.map_err(Error::Unanswered)?;
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = http.execute(request).await.map_err(Error::Unanswered)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        let message = match serde_json::from_str::<ErrorBody>(&body) {
            Ok(error) => error.text().to_owned(),
            Err(_) => status.canonical_reason().unwrap_or("refused").to_owned(),
        };
        Err(Error::Refused { status: status.as_u16(), message, method, path })
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let path = response.url().path().to_owned();
    let body = response.bytes().await.map_err(Error::Unanswered)?;
    serde_json::from_slice(&body).map_err(|source| Error::Unreadable { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_encoded_by_segment() {
        let client = Client::new("http://localhost:8088", "admin", "password").expect("a client");
        let url = client.url(&["recordings", "stored", "a/b c%?#é", "file"]);
        assert_eq!(url.as_str(), "http://localhost:8088/ari/recordings/stored/a%2Fb%20c%25%3F%23%C3%A9/file");
    }

    #[test]
    fn a_prefix_is_kept_and_ari_is_added_once() {
        for (given, wanted) in [
            ("http://h", "http://h/ari/x"),
            ("http://h:1/", "http://h:1/ari/x"),
            ("http://h/ari", "http://h/ari/x"),
            ("http://h/ari/", "http://h/ari/x"),
            ("http://h/pbx", "http://h/pbx/ari/x"),
        ] {
            assert_eq!(Client::new(given, "u", "p").expect("a client").url(&["x"]).as_str(), wanted);
        }
    }

    #[test]
    fn events_are_on_the_same_server() {
        let client = Client::new("http://localhost:8088", "u", "p").expect("a client");
        assert_eq!(
            client.events_url("a,b", true).as_str(),
            "ws://localhost:8088/ari/events?app=a%2Cb&subscribeAll=true"
        );
    }

    #[test]
    fn other_addresses_are_refused() {
        for address in ["localhost", "ftp://h", "https://h", "http://"] {
            assert!(matches!(Client::new(address, "u", "p"), Err(Error::Address(_))), "{address}");
        }
    }
}

//! From a request to an operation, with all checks in Asterisk's order.

use crate::auth::{User, authenticate};
use crate::request::segments;
use crate::{Method, Operation, Params, Request, Resource, Response, cors};

/// Name in the header `Server` and in the foot of pages, as Asterisk's `http.conf` has it by default.
pub const NAME: &str = "Asterisk";

/// What decides how requests are received: `http.conf` and `ari.conf`.
#[derive(Debug)]
pub struct Front {
    /// `servername` of `http.conf`.
    pub server_name: String,
    /// `prefix` of `http.conf`, such as `/pbx`; empty for none.
    pub prefix: String,
    /// `auth_realm` of `ari.conf`.
    pub realm: String,
    /// Users.
    pub users: Vec<User>,
    /// `allowed_origins` of `ari.conf`.
    pub allowed_origins: Vec<String>,
    /// `pretty` of `ari.conf`: lay JSON out for people. A request cannot ask for it.
    pub pretty: bool,
}

/// A request that may be carried out.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is asked for.
    pub operation: Operation,
    /// Its parameters.
    pub params: Params,
    /// Name of the user.
    pub user: String,
    values: Vec<(&'static str, String)>,
}

impl Default for Front {
    fn default() -> Front {
        Front {
            server_name: NAME.to_owned(),
            prefix: String::new(),
            realm: "Asterisk REST Interface".to_owned(),
            users: Vec::new(),
            allowed_origins: Vec::new(),
            pretty: false,
        }
    }
}

impl Call {
    /// A value in the path by the name that the route gives it, such as `channelId`; empty for a name it has not.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| value)
    }
}

impl Front {
    /// Reads a request and checks it. The order is Asterisk's: body, credentials (401), read-only users (403), a slash at
    /// the end (404), the path (404), OPTIONS, the method (405), and whether the operation does anything (501). An error
    /// is an answer that is complete but for [`finish`](Front::finish).
    pub fn admit(&self, request: &Request) -> Result<Call, Response> {
        let Some(path) = self.below_ari(&request.path) else {
            let text = "The requested URL was not found on this server.";
            return Err(Response::page(404, "Not Found", text, &self.server_name));
        };
        let params = Params::new(request.content()?);
        let authorization = request.headers.first("Authorization");
        let Some(user) = authenticate(&self.users, authorization, params.fields()) else {
            let realm = format!("Basic realm=\"{}\"", self.realm);
            return Err(Response::error(401, "Authentication required").with("WWW-Authenticate", realm));
        };
        if user.read_only && !matches!(request.method.as_str(), "GET" | "OPTIONS") {
            return Err(Response::error(403, "Write access denied"));
        }
        if let Some(slashless) = path.strip_suffix('/').filter(|slashless| !slashless.is_empty()) {
            return Err(Response::error(
                404,
                &format!("ARI URLs do not end with a slash. Try /ari{slashless}"),
            ));
        }
        let segments = segments(path);
        if segments.first().is_some_and(|first| first == "api-docs") {
            return Err(Response::not_implemented("The API description"));
        }
        let resource = Resource::find(&segments).ok_or_else(|| Response::error(404, "Resource not found"))?;
        if request.method == "OPTIONS" {
            let response = Response::no_content().with("Allow", resource.allow());
            return Err(cors::preflight(&self.allowed_origins, &request.headers, &resource, response));
        }
        let Some(route) = Method::parse(&request.method).and_then(|method| resource.operation(method)) else {
            return Err(Response::error(405, "Invalid method").with("Allow", resource.allow()));
        };
        if !route.implemented {
            return Err(Response::not_implemented(&format!("{} {}", route.method, route.path)));
        }
        Ok(Call {
            operation: route.operation,
            params,
            user: user.name.clone(),
            values: resource.into_values(),
        })
    }

    /// Adds to an answer what the request's origin needs, and lays it out.
    pub fn finish(&self, request: &Request, response: Response) -> Response {
        if self.below_ari(&request.path).is_none() {
            return response;
        }
        let response = if self.pretty { response.pretty() } else { response };
        cors::allow_origin(&self.allowed_origins, &request.headers, response)
    }

    /// The path below `/ari`, from its slash; `None` if it is not ARI's.
    fn below_ari<'a>(&self, path: &'a str) -> Option<&'a str> {
        let path = path.strip_prefix(self.prefix.as_str())?.strip_prefix("/ari")?;
        (path.is_empty() || path.starts_with('/')).then_some(path)
    }
}

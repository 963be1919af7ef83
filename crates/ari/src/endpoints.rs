//! `/endpoints`

use call::Technology;
use stasis::{Command, Refusal};

use crate::refusal::refused;
use crate::service::Answered;
use crate::{Ari, Call, Operation};

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    match call.operation {
        Operation::EndpointsList => ari.shown(call, Command::Endpoints).await,
        Operation::EndpointsListByTech => {
            let technology = call.value("tech");
            // In a path the case matters.
            if Technology::from_word(technology).is_none_or(|known| known.word() != technology) {
                return Err(refused(call, Refusal::NoSuchTechnology));
            }
            ari.shown(call, Command::EndpointsOf(technology.to_owned())).await
        }
        _ => {
            let (technology, resource) = (call.value("tech").to_owned(), call.value("resource").to_owned());
            ari.shown(call, Command::Endpoint { technology, resource }).await
        }
    }
}

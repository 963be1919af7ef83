//! What a session's stream is offered and answered with: the endpoint's options, and those of all streams.

use std::net::{IpAddr, SocketAddr};

use call::PortCredit;
use rtp::{Negotiator, SourcePolicy, offer_answer::Settings};
use sip::Flow;

use crate::agent::UserAgent;
use crate::config::{DtmfMode, Endpoint};
use crate::nat::is_outside;

impl UserAgent {
    /// Offer and answer of a session that is signalled on this flow.
    pub(crate) fn negotiator(
        &mut self,
        flow: &Flow,
        port: PortCredit,
        endpoint: &Endpoint,
        codecs: &[rtp::Codec],
    ) -> Negotiator {
        self.session_ids += 1;
        let local = SocketAddr::new(self.media_address(flow, endpoint), port.rtp_port);
        let codecs = if codecs.is_empty() { endpoint.codecs.clone() } else { codecs.to_vec() };
        let mut settings = Settings::new(local, codecs, self.session_ids);
        settings.events = matches!(endpoint.dtmf_mode, DtmfMode::Rfc4733 | DtmfMode::Auto);
        settings.symmetric = endpoint.media.symmetric;
        settings.options.source = SourcePolicy { peer: Some(flow.remote.ip()), ..self.config.streams.source };
        Negotiator::new(settings)
    }

    /// The address that goes into SDP: the endpoint's, the transport's outer one, or the one the flow came in by.
    fn media_address(&self, flow: &Flow, endpoint: &Endpoint) -> IpAddr {
        endpoint
            .media
            .address
            .or_else(|| {
                let transport = self.transport_of(flow)?;
                transport.external_media_address.filter(|_| is_outside(transport, flow.remote.ip()))
            })
            .unwrap_or(flow.local.ip())
    }
}

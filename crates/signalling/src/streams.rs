//! What a session's stream is offered and answered with: the endpoint's options, and those of all streams.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use call::{DigitsBy, PortCredit};
use rtp::offer_answer::Settings;
use rtp::srtp::Suite;
use rtp::srtp::sdes::Sdes;
use rtp::{Negotiator, SourcePolicy, StreamOptions};
use sip::Flow;

use crate::agent::UserAgent;
use crate::config::{DtmfMode, Endpoint, MediaEncryption, MediaOptions};
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
        settings.events = match endpoint.dtmf_mode {
            DtmfMode::Rfc4733 | DtmfMode::Auto | DtmfMode::AutoInfo => true,
            DtmfMode::Info | DtmfMode::Inband => false,
        };
        settings.symmetric = endpoint.media.symmetric;
        if let Some(name) = &endpoint.media.sdp_session {
            settings.session_name.clone_from(name);
        }
        if let Some(owner) = &endpoint.media.sdp_owner {
            settings.owner.clone_from(owner);
        }
        settings.encryption = self.encryption(&endpoint.media);
        settings.rtcp_mux = endpoint.media.rtcp_mux;
        let (streams, media) = (&self.config.streams, &endpoint.media);
        let limit = |seconds: u32| (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        settings.options = StreamOptions {
            source: SourcePolicy { peer: Some(flow.remote.ip()), ..streams.source },
            refuses_replayed: streams.refuses_replayed,
            report_interval: streams.report_interval,
            asymmetric_codec: media.asymmetric_codec,
            timeout: limit(media.timeout),
            hold_timeout: limit(media.hold_timeout),
            keepalive: limit(media.keepalive),
            inband_digits: matches!(endpoint.dtmf_mode, DtmfMode::Inband | DtmfMode::Auto),
            ..StreamOptions::default()
        };
        Negotiator::new(settings)
    }

    /// What sends the digits of an endpoint's calls.
    pub(crate) fn digits_by(endpoint: &Endpoint) -> DigitsBy {
        match endpoint.dtmf_mode {
            DtmfMode::Rfc4733 | DtmfMode::Inband | DtmfMode::Auto => DigitsBy::Media,
            DtmfMode::Info => DigitsBy::Signalling,
            DtmfMode::AutoInfo => DigitsBy::Agreement { events: true },
        }
    }

    /// Keys for a session, where its endpoint encrypts: fresh ones, by the number of the session.
    fn encryption(&self, media: &MediaOptions) -> Option<Sdes> {
        match media.encryption {
            MediaEncryption::No => None,
            MediaEncryption::Sdes => {
                let secret = self.config.streams.secret.as_ref();
                let secret = secret.expect("there is a secret where an endpoint encrypts");
                let suite = if media.srtp_tag_32 { Suite::AesCm128Sha1_32 } else { Suite::AesCm128Sha1_80 };
                Some(Sdes::new(suite, media.encryption_optimistic, secret.material(self.session_ids)))
            }
        }
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

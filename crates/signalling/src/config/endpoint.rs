//! A `type=endpoint` of `pjsip.conf`. Defaults are Asterisk's.

use std::net::IpAddr;
use std::sync::Arc;

use rtp::Codec;

use super::{Acl, Identifier};

/// How digits go to and come from an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DtmfMode {
    /// RFC 4733, or INFO and in-band where it was not agreed.
    #[default]
    Rfc4733,
    /// SIP INFO.
    Info,
    /// Tones in the audio.
    Inband,
    /// RFC 4733 where agreed, else in-band.
    Auto,
    /// RFC 4733 where agreed, else SIP INFO.
    AutoInfo,
}

/// A `type=endpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name: the resource of `PJSIP/<name>`.
    pub name: Arc<str>,
    /// Context its calls enter.
    pub context: String,
    /// Codecs it may use, preferred first.
    pub codecs: Vec<Codec>,
    /// Which of the ways to tell a caller may find it; all where empty (`identify_by`).
    pub identify_by: Vec<Identifier>,
    /// Credentials it has to show; without any it need not.
    pub auths: Vec<Arc<str>>,
    /// Credentials we show to it.
    pub outbound_auths: Vec<Arc<str>>,
    /// Where it can be found.
    pub aors: Vec<Arc<str>>,
    /// Transport to reach it by.
    pub transport: Option<Arc<str>>,
    /// Digits.
    pub dtmf_mode: DtmfMode,
    /// Answer its requests where they came from, as if `rport` were asked.
    pub force_rport: bool,
    /// Take its source address for its Contact.
    pub rewrite_contact: bool,
    /// Where requests to it go first: a loose route.
    pub outbound_proxy: Option<String>,
    /// Who it is shown to be, and who others are shown to be to it.
    pub identity: Identity,
    /// How its calls are held.
    pub session: SessionOptions,
    /// How its audio is carried.
    pub media: MediaOptions,
    /// What it may subscribe to and is told.
    pub subscriptions: Subscriptions,
    /// Language of prompts.
    pub language: String,
    /// Account code of its channels.
    pub account_code: String,
    /// Variables set on its channels (`set_var`).
    pub variables: Vec<(String, String)>,
    /// Most channels at once; 0 without limit.
    pub device_limit: u32,
    /// Sources that its requests may come from (`acl`, `permit`, `deny`).
    pub acl: Acl,
    /// Addresses that may stand in its Contact (`contact_acl`, `contact_permit`, `contact_deny`).
    pub contact_acl: Acl,
}

impl Default for Endpoint {
    fn default() -> Endpoint {
        Endpoint {
            name: "".into(),
            context: "default".to_owned(),
            codecs: Vec::new(),
            identify_by: Vec::new(),
            auths: Vec::new(),
            outbound_auths: Vec::new(),
            aors: Vec::new(),
            transport: None,
            dtmf_mode: DtmfMode::default(),
            force_rport: true,
            rewrite_contact: false,
            outbound_proxy: None,
            identity: Identity::default(),
            session: SessionOptions::default(),
            media: MediaOptions::default(),
            subscriptions: Subscriptions::default(),
            language: "en".to_owned(),
            account_code: String::new(),
            variables: Vec::new(),
            device_limit: 0,
            acl: Acl::default(),
            contact_acl: Acl::default(),
        }
    }
}

/// Who an endpoint is shown to be, and who others are shown to be to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Caller id of its calls: name and number; from From where `None`.
    pub caller_id: Option<call::Party>,
    /// Presentation of that caller id, in Asterisk's words (`callerid_privacy`, such as `prohib_not_screened`).
    pub caller_id_privacy: Option<String>,
    /// Tag of that caller id.
    pub caller_id_tag: Option<String>,
    /// User of our From towards it.
    pub from_user: Option<String>,
    /// Host of our From towards it.
    pub from_domain: Option<String>,
    /// User of our Contact towards it.
    pub contact_user: Option<String>,
    /// P-Asserted-Identity and Remote-Party-ID of its requests are believed.
    pub trust_inbound: bool,
    /// A private caller id is shown to it all the same.
    pub trust_outbound: bool,
    /// P-Asserted-Identity is sent to it (RFC 3325).
    pub send_pai: bool,
    /// Remote-Party-ID is sent to it.
    pub send_rpid: bool,
    /// A change of Remote-Party-ID is sent at once, not with the next response.
    pub rpid_immediate: bool,
    /// Diversion is sent to it (RFC 5806).
    pub send_diversion: bool,
    /// Connected line changes are sent to it.
    pub send_connected_line: bool,
    /// Connected line changes from it are believed.
    pub trust_connected_line: bool,
    /// How such changes travel.
    pub connected_line_method: ConnectedLineMethod,
    /// `;user=phone` goes into URIs whose user is a telephone number.
    pub user_eq_phone: bool,
}

impl Default for Identity {
    fn default() -> Identity {
        Identity {
            caller_id: None,
            caller_id_privacy: None,
            caller_id_tag: None,
            from_user: None,
            from_domain: None,
            contact_user: None,
            trust_inbound: false,
            trust_outbound: false,
            send_pai: false,
            send_rpid: false,
            rpid_immediate: false,
            send_diversion: true,
            send_connected_line: true,
            trust_connected_line: true,
            connected_line_method: ConnectedLineMethod::Invite,
            user_eq_phone: false,
        }
    }
}

/// How a change inside a dialog travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectedLineMethod {
    /// A re-INVITE.
    Invite,
    /// An UPDATE (RFC 3311), where the far end allows it.
    Update,
}

/// How an endpoint's calls are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// Reliable provisional responses (RFC 3262, `100rel`).
    pub reliable: Reliable,
    /// Session timers (RFC 4028, `timers`).
    pub timers: SessionTimers,
    /// Shortest session interval, seconds; at least 90.
    pub timers_min_se: u32,
    /// Session interval that we ask for, seconds.
    pub timers_sess_expires: u32,
    /// REFER is taken from it.
    pub allow_transfer: bool,
    /// Progress of a blind transfer is told by NOTIFY until the target answers (`refer_blind_progress`).
    pub refer_blind_progress: bool,
    /// What is done with a 3xx of it.
    pub redirect_method: RedirectMethod,
    /// Hold goes through to it as a re-INVITE instead of music of ours.
    pub moh_passthrough: bool,
    /// Music class for those it puts on hold (`moh_suggest`).
    pub moh_suggest: String,
    /// Tones in the audio instead of 180 (`inband_progress`).
    pub inband_progress: InbandProgress,
    /// Several answers of one INVITE: media follows the latest (`follow_early_media_fork`).
    pub follow_early_media_fork: bool,
    /// Answers with another SDP than the one before are taken (`accept_multiple_sdp_answers`).
    pub accept_multiple_sdp_answers: bool,
    /// A 183 without SDP is passed over.
    pub ignore_183_without_sdp: bool,
    /// No Reason with a Q.850 cause is sent to it.
    pub suppress_q850_reason_headers: bool,
    /// OPTIONS needs no credentials.
    pub allow_unauthenticated_options: bool,
}

impl Default for SessionOptions {
    fn default() -> SessionOptions {
        SessionOptions {
            reliable: Reliable::Yes,
            timers: SessionTimers::Yes,
            timers_min_se: 90,
            timers_sess_expires: 1_800,
            allow_transfer: true,
            refer_blind_progress: true,
            redirect_method: RedirectMethod::User,
            moh_passthrough: false,
            moh_suggest: "default".to_owned(),
            inband_progress: InbandProgress::No,
            follow_early_media_fork: true,
            accept_multiple_sdp_answers: false,
            ignore_183_without_sdp: false,
            suppress_q850_reason_headers: false,
            allow_unauthenticated_options: false,
        }
    }
}

/// `100rel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reliable {
    /// Not supported.
    No,
    /// Used where the far end requires it.
    Yes,
    /// Required of the far end.
    Required,
    /// Used where the far end supports it.
    PeerSupported,
}

/// `timers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionTimers {
    /// Not supported.
    No,
    /// Used where the far end asks for them.
    Yes,
    /// Required of the far end.
    Required,
    /// Asked for always.
    Always,
}

/// `redirect_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectMethod {
    /// The user part is dialled in the dialplan.
    User,
    /// The URI is dialled in the core.
    UriCore,
    /// The INVITE goes to the new URI without the core's knowing.
    UriPjsip,
}

/// `inband_progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InbandProgress {
    /// 180, then silence until there is audio.
    No,
    /// 183 with ringback in the audio.
    Yes,
}

/// How an endpoint's audio is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MediaEncryption {
    /// Not at all; an offer of nothing but SRTP is refused.
    #[default]
    No,
    /// By SRTP with keys in the session description (RFC 4568).
    Sdes,
}

/// How an endpoint's audio is carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaOptions {
    /// Answer where its packets come from (RFC 4961).
    pub symmetric: bool,
    /// Address to write into SDP for it.
    pub address: Option<IpAddr>,
    /// The `s=` line of our descriptions; our own name where `None` (`sdp_session`).
    pub sdp_session: Option<String>,
    /// Who the `o=` line says made them, a word; `-` where `None` (`sdp_owner`).
    pub sdp_owner: Option<String>,
    /// How it is encrypted.
    pub encryption: MediaEncryption,
    /// Go on in the clear where the far end does not encrypt.
    pub encryption_optimistic: bool,
    /// Offer tags of 32 bits instead of 80.
    pub srtp_tag_32: bool,
    /// RTCP may go over RTP's port (RFC 5761).
    pub rtcp_mux: bool,
    /// What we send stays in its codec though the far end changes its own.
    pub asymmetric_codec: bool,
    /// How long nothing may come before the call is ended, seconds; 0 for ever.
    pub timeout: u32,
    /// The same while we are held.
    pub hold_timeout: u32,
    /// How long nothing may be sent before comfort noise is, seconds; 0 for ever.
    pub keepalive: u32,
}

/// What an endpoint may subscribe to and is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriptions {
    /// SUBSCRIBE is taken from it.
    pub allow_subscribe: bool,
    /// Shortest subscription, seconds.
    pub sub_min_expiry: u32,
    /// Context in which the hints of its subscriptions are found; that of its calls where `None`.
    pub subscribe_context: Option<String>,
    /// Context in which its MESSAGEs are worked; that of its calls where `None`.
    pub message_context: Option<String>,
    /// Mailboxes whose state it is told without asking (`mailbox@context`).
    pub mailboxes: Vec<String>,
    /// All its mailboxes go into one NOTIFY.
    pub aggregate_mwi: bool,
    /// A subscription ends unasked-for NOTIFYs.
    pub mwi_subscribe_replaces_unsolicited: bool,
    /// User of From in MWI's NOTIFY.
    pub mwi_from_user: Option<String>,
    /// Extension in MWI's Message-Account.
    pub voicemail_extension: Option<String>,
    /// So many calls make its device busy; 0: none do.
    pub device_state_busy_at: u32,
    /// Early is told of a device that rings and talks (`notify_early_inuse_ringing`).
    pub notify_early_inuse_ringing: bool,
}

impl Default for Subscriptions {
    fn default() -> Subscriptions {
        Subscriptions {
            allow_subscribe: true,
            sub_min_expiry: 60,
            subscribe_context: None,
            message_context: None,
            mailboxes: Vec::new(),
            aggregate_mwi: true,
            mwi_subscribe_replaces_unsolicited: false,
            mwi_from_user: None,
            voicemail_extension: None,
            device_state_busy_at: 0,
            notify_early_inuse_ringing: false,
        }
    }
}

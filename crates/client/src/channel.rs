//! Channels.

use core::fmt;

use ari_model::{Channel, LiveRecording, Object, Playback, RtpStat, Variable};
use serde::Serialize;
use serde_json::json;

use crate::Client;
use crate::Error;

/// A channel's id and a way to its server.
#[derive(Clone, Debug)]
pub struct ChannelHandle {
    client: Client,
    id: String,
}

/// A call to be made ([`Client::originate`]). Needs `app` or `extension`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Originate {
    /// Whom to call, such as `PJSIP/2001`.
    pub endpoint: String,
    /// Application that gets the channel once it is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Arguments for the application, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_args: Option<String>,
    /// Extension that gets the channel once it is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Its context; `default` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Its priority; 1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Its label, instead of a priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Caller id to show, as `Name <number>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_id: Option<String>,
    /// Seconds to ring; 30 where absent, -1 for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i32>,
    /// Variables of the new channel.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub variables: Object,
    /// Id of the new channel; the server's choice where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// Id of the second half of a Local channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_channel_id: Option<String>,
    /// Channel on whose behalf the call is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originator: Option<String>,
    /// Codecs, separated by commas; excludes `originator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formats: Option<String>,
}

/// A channel to be made without dialling yet ([`Client::create_channel`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    /// Whom to call later, such as `PJSIP/2001`.
    pub endpoint: String,
    /// Application that gets the channel at once.
    pub app: String,
    /// Arguments for the application, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_args: Option<String>,
    /// Id of the new channel; the server's choice where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// Id of the second half of a Local channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_channel_id: Option<String>,
    /// Channel on whose behalf the channel is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originator: Option<String>,
    /// Codecs, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formats: Option<String>,
    /// Variables of the new channel.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub variables: Object,
}

/// Where in the dialplan a channel goes on ([`ChannelHandle::continue_at`]); what is absent is the server's choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ContinueAt {
    /// Context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Label, instead of a priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Media to be played to a channel or a bridge. `Play::from("sound:hello-world")` is the short way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Play {
    /// What, one after the other: `sound:`, `recording:`, `number:`, `digits:`, `characters:`, `tone:`.
    pub media: Vec<String>,
    /// Language of the prompts; the channel's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Milliseconds to skip at the start of the first item.
    #[serde(rename = "offsetms", skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i32>,
    /// Milliseconds to go at forward and reverse.
    #[serde(rename = "skipms", skip_serializing_if = "Option::is_none")]
    pub skip_ms: Option<i32>,
    /// Id of the playback; the server's choice where absent.
    #[serde(rename = "playbackId", skip_serializing_if = "Option::is_none")]
    pub playback_id: Option<String>,
}

impl From<&str> for Play {
    fn from(media: &str) -> Play {
        Play { media: vec![media.to_owned()], ..Play::default() }
    }
}

impl From<String> for Play {
    fn from(media: String) -> Play {
        Play { media: vec![media], ..Play::default() }
    }
}

/// A recording to be made of a channel or a bridge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Name, which is also its id.
    pub name: String,
    /// File format, such as `wav`.
    pub format: String,
    /// Longest duration in seconds; none where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration_seconds: Option<i32>,
    /// Silence in seconds that ends it; none where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_silence_seconds: Option<i32>,
    /// What to do with one of that name: `fail`, `overwrite` or `append`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_exists: Option<String>,
    /// Beep at the start.
    pub beep: bool,
    /// Digit that ends it: `none`, `any`, `*` or `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminate_on: Option<String>,
}

/// Digits to be sent. Times are in milliseconds; the server's choice where absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dtmf {
    /// Digits.
    pub dtmf: String,
    /// Pause before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i32>,
    /// Pause between two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<i32>,
    /// Length of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<i32>,
    /// Pause after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i32>,
}

/// Which way of a channel's audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Neither.
    None,
    /// What comes from the channel.
    In,
    /// What goes to it.
    Out,
    /// Both.
    #[default]
    Both,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::None => "none",
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Both => "both",
        })
    }
}

/// Listening in on a channel, or whispering to it ([`ChannelHandle::snoop`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snoop {
    /// What to hear.
    pub spy: Direction,
    /// What to speak into.
    pub whisper: Direction,
    /// Application that gets the snooping channel.
    pub app: String,
    /// Arguments for it, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_args: Option<String>,
    /// Id of the snooping channel; the server's choice where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoop_id: Option<String>,
}

impl Client {
    /// A handle to the channel of that id; asks nothing.
    pub fn channel(&self, id: &str) -> ChannelHandle {
        ChannelHandle { client: self.clone(), id: id.to_owned() }
    }

    /// All channels.
    pub async fn channels(&self) -> Result<Vec<Channel>, Error> {
        self.get(&["channels"], &[]).await
    }

    /// Makes a channel and dials. Returns at once; the application sees the channel when it is answered.
    pub async fn originate(&self, call: &Originate) -> Result<Channel, Error> {
        self.post(&["channels"], call).await
    }

    /// Makes a channel in the application without dialling; see [`ChannelHandle::dial`].
    pub async fn create_channel(&self, channel: &Create) -> Result<Channel, Error> {
        self.post(&["channels", "create"], channel).await
    }
}

impl ChannelHandle {
    /// Id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn path<'a>(&'a self, operation: &'a str) -> [&'a str; 3] {
        ["channels", &self.id, operation]
    }

    /// What the channel is now.
    pub async fn snapshot(&self) -> Result<Channel, Error> {
        self.client.get(&["channels", &self.id], &[]).await
    }

    /// Answers; returns when it is answered.
    pub async fn answer(&self) -> Result<(), Error> {
        self.client.start(&self.path("answer")).await
    }

    /// Tells the caller that it rings.
    pub async fn ring(&self) -> Result<(), Error> {
        self.client.start(&self.path("ring")).await
    }

    /// Stops that.
    pub async fn ring_stop(&self) -> Result<(), Error> {
        self.client.delete(&self.path("ring"), &[]).await
    }

    /// Tells the caller that there is early media.
    pub async fn progress(&self) -> Result<(), Error> {
        self.client.start(&self.path("progress")).await
    }

    /// Hangs up with the normal cause.
    pub async fn hangup(&self) -> Result<(), Error> {
        self.client.delete(&["channels", &self.id], &[]).await
    }

    /// Hangs up for a reason, such as `busy`, `congestion`, `no_answer` or `rejected`.
    pub async fn hangup_because(&self, reason: &str) -> Result<(), Error> {
        self.client.delete(&["channels", &self.id], &[("reason", reason)]).await
    }

    /// Dials a channel that [`Client::create_channel`] made; `timeout` in seconds, 0 for none.
    pub async fn dial(&self, caller: Option<&str>, timeout: u32) -> Result<(), Error> {
        let mut body = json!({ "timeout": timeout });
        if let Some(caller) = caller {
            body["caller"] = caller.into();
        }
        self.client.command(&self.path("dial"), &body).await
    }

    /// Leaves the application and goes on in the dialplan after `Stasis()`.
    pub async fn continue_in_dialplan(&self) -> Result<(), Error> {
        self.client.start(&self.path("continue")).await
    }

    /// Leaves the application and goes on elsewhere in the dialplan.
    pub async fn continue_at(&self, place: &ContinueAt) -> Result<(), Error> {
        self.client.command(&self.path("continue"), place).await
    }

    /// Goes to another application; `app_args` separated by commas.
    pub async fn move_to(&self, app: &str, app_args: &str) -> Result<(), Error> {
        self.client.command(&self.path("move"), &json!({ "app": app, "appArgs": app_args })).await
    }

    /// Plays media; the answer comes before the sound does.
    pub async fn play(&self, media: impl Into<Play>) -> Result<Playback, Error> {
        self.client.post(&self.path("play"), &media.into()).await
    }

    /// Records what comes from the channel.
    pub async fn record(&self, recording: &Record) -> Result<LiveRecording, Error> {
        self.client.post(&self.path("record"), recording).await
    }

    /// Plays music; the class is the server's choice where absent.
    pub async fn start_moh(&self, class: Option<&str>) -> Result<(), Error> {
        match class {
            Some(class) => self.client.command(&self.path("moh"), &json!({ "mohClass": class })).await,
            None => self.client.start(&self.path("moh")).await,
        }
    }

    /// Stops the music.
    pub async fn stop_moh(&self) -> Result<(), Error> {
        self.client.delete(&self.path("moh"), &[]).await
    }

    /// Plays silence, so that the far end gets packets.
    pub async fn start_silence(&self) -> Result<(), Error> {
        self.client.start(&self.path("silence")).await
    }

    /// Stops the silence.
    pub async fn stop_silence(&self) -> Result<(), Error> {
        self.client.delete(&self.path("silence"), &[]).await
    }

    /// Sends digits.
    pub async fn send_dtmf(&self, digits: &Dtmf) -> Result<(), Error> {
        self.client.command(&self.path("dtmf"), digits).await
    }

    /// Mutes.
    pub async fn mute(&self, direction: Direction) -> Result<(), Error> {
        self.client.command(&self.path("mute"), &json!({ "direction": direction })).await
    }

    /// Unmutes.
    pub async fn unmute(&self, direction: Direction) -> Result<(), Error> {
        self.client.delete(&self.path("mute"), &[("direction", &direction.to_string())]).await
    }

    /// Puts the far end on hold.
    pub async fn hold(&self) -> Result<(), Error> {
        self.client.start(&self.path("hold")).await
    }

    /// Takes the far end off hold.
    pub async fn unhold(&self) -> Result<(), Error> {
        self.client.delete(&self.path("hold"), &[]).await
    }

    /// A variable's or dialplan function's value.
    pub async fn variable(&self, name: &str) -> Result<String, Error> {
        let variable: Variable = self.client.get(&self.path("variable"), &[("variable", name)]).await?;
        Ok(variable.value)
    }

    /// Sets a variable or dialplan function.
    pub async fn set_variable(&self, name: &str, value: &str) -> Result<(), Error> {
        self.client.command(&self.path("variable"), &json!({ "variable": name, "value": value })).await
    }

    /// Listens in on this channel; the answer is the new channel.
    pub async fn snoop(&self, snoop: &Snoop) -> Result<Channel, Error> {
        self.client.post(&self.path("snoop"), snoop).await
    }

    /// Transfers the far end to `endpoint` (`technology/resource`) by the channel's protocol.
    pub async fn redirect(&self, endpoint: &str) -> Result<(), Error> {
        self.client.command(&self.path("redirect"), &json!({ "endpoint": endpoint })).await
    }

    /// RTP statistics.
    pub async fn rtp_statistics(&self) -> Result<RtpStat, Error> {
        self.client.get(&self.path("rtp_statistics"), &[]).await
    }
}

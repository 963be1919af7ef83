//! Bridges.

use serde::{Deserialize, Serialize};

use crate::Object;

/// Where channels meet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bridge {
    /// Unique id.
    pub id: String,
    /// How it mixes now, such as `simple_bridge`, `softmix` or `holding_bridge`; changes with its members.
    pub technology: String,
    /// `mixing` or `holding`.
    pub bridge_type: String,
    /// Who made it: `stasis` for ARI.
    pub bridge_class: String,
    /// What made it: `Stasis` for ARI.
    pub creator: String,
    /// Name, empty where none was given.
    pub name: String,
    /// Ids of the channels in it.
    pub channels: Vec<String>,
    /// When the bridge was made; see [`crate::Timestamp`].
    pub creationtime: String,
    /// `none`, `talker`, `sfu` or `single`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_mode: Option<String>,
    /// Id of the channel that is the video source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_source_id: Option<String>,
    /// Variables that were asked to be reported with every snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridgevars: Option<Object>,
}

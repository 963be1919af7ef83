//! Playbacks: media played to a channel or a bridge, item after item; and music on hold.

use std::sync::Arc;

use media::{At, Audio, Command, PlayerId};

use crate::BridgeKey;
use crate::channel::{ChannelKey, Music};
use crate::effect::{AudioSource, Effect, LoadFailure, LoadKey};
use crate::event::Event;
use crate::model::Calls;
use crate::say;
use crate::script::Notice;
use crate::snapshot::{PlaybackSnapshot, Target};

slotmap::new_key_type! {
    /// A playback in [`Calls`]; a dead key answers as "no longer there".
    pub struct PlaybackKey;
}

/// How a playback stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackState {
    /// Waits for its turn.
    Queued,
    /// Plays.
    Playing,
    /// Held.
    Paused,
    /// Between two items.
    Continuing,
    /// Ended: played out or stopped.
    Done,
    /// Its last item could not be played.
    Failed,
}

impl PlaybackState {
    /// ARI's word.
    pub fn word(self) -> &'static str {
        match self {
            PlaybackState::Queued => "queued",
            PlaybackState::Playing => "playing",
            PlaybackState::Paused => "paused",
            PlaybackState::Continuing => "continuing",
            PlaybackState::Done => "done",
            PlaybackState::Failed => "failed",
        }
    }
}

/// What is asked of a playback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackControl {
    /// Begin the item again.
    Restart,
    /// Hold.
    Pause,
    /// Go on.
    Unpause,
    /// Skip back.
    Reverse,
    /// Skip ahead.
    Forward,
}

/// Why a control was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlRefused {
    /// The playback ended.
    Gone,
    /// Not in its state.
    WrongState,
    /// What plays now cannot be controlled.
    NotControllable,
}

/// Where a playback or recording works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A channel.
    Channel(ChannelKey),
    /// A bridge.
    Bridge(BridgeKey),
}

/// What is to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlayback {
    /// Id of its maker's choice.
    pub id: Arc<str>,
    /// Media URIs, played in order; at least one.
    pub media: Vec<String>,
    /// Language of prompts; the channel's where empty.
    pub language: String,
    /// Where the first item begins, milliseconds.
    pub offset_ms: u32,
    /// How far `reverse` and `forward` go, milliseconds.
    pub skip_ms: u32,
    /// Whether events are told: an application's playback, not the dialplan's.
    pub told: bool,
}

pub(crate) struct Playback {
    id: Arc<str>,
    place: Place,
    target: Target,
    media: Vec<String>,
    current: usize,
    language: String,
    offset_ms: u32,
    skip_ms: u32,
    told: bool,
    state: PlaybackState,
    player: Option<PlayerId>,
    loading: Option<LoadKey>,
    controllable: bool,
    /// No further item is to be played.
    stopping: bool,
}

/// What a load is for.
pub(crate) enum Loading {
    Playback(PlaybackKey),
    ChannelMusic(ChannelKey),
    BridgeMusic(BridgeKey),
}

impl Calls {
    /// A playback that waits for its turn: [`Calls::start_playback`] begins it. `None` where the place is gone.
    pub fn queue_playback(&mut self, place: Place, new: NewPlayback) -> Option<PlaybackKey> {
        let (target, own_language) = self.target(place)?;
        let language = if new.language.is_empty() { own_language } else { new.language };
        Some(self.playbacks.insert(Playback {
            id: new.id,
            place,
            target,
            media: new.media,
            current: 0,
            language,
            offset_ms: new.offset_ms,
            skip_ms: new.skip_ms,
            told: new.told,
            state: PlaybackState::Queued,
            player: None,
            loading: None,
            controllable: false,
            stopping: false,
        }))
    }

    pub(crate) fn target(&self, place: Place) -> Option<(Target, String)> {
        Some(match place {
            Place::Channel(key) => {
                let channel = self.channels.get(key)?;
                (Target::Channel(channel.id.clone()), channel.language.clone())
            }
            Place::Bridge(key) => (Target::Bridge(self.bridges.get(key)?.id.clone()), "en".to_owned()),
        })
    }

    /// Begins a queued playback. On a bridge it waits until the one before it has ended.
    pub fn start_playback(&mut self, key: PlaybackKey) {
        let Some(playback) = self.playbacks.get(key) else { return };
        match playback.place {
            Place::Channel(channel) => {
                self.progress(channel);
                self.noticed(channel, crate::transfer::Watched::Heard);
                self.play_item(key);
            }
            Place::Bridge(bridge) => {
                let Some(bridge) = self.bridges.get_mut(bridge) else {
                    self.finish_playback(key, false);
                    return;
                };
                if bridge.playing.is_some() {
                    bridge.queued.push_back(key);
                } else {
                    bridge.playing = Some(key);
                    self.play_item(key);
                }
            }
        }
    }

    /// A playback by id; of several with one id the latest.
    pub fn playback_by_id(&self, id: &str) -> Option<PlaybackKey> {
        self.playbacks.iter().filter(|(_, playback)| &*playback.id == id).map(|(key, _)| key).last()
    }

    /// A copy of the playback as it is.
    pub fn playback_snapshot(&self, key: PlaybackKey) -> Option<Arc<PlaybackSnapshot>> {
        let playback = self.playbacks.get(key)?;
        Some(Arc::new(PlaybackSnapshot {
            id: playback.id.clone(),
            media_uri: playback.media[playback.current].clone(),
            next_media_uri: playback.media.get(playback.current + 1).cloned(),
            target: playback.target.clone(),
            language: playback.language.clone(),
            state: playback.state,
        }))
    }

    /// Stops a playback, all its items. A queued one ends when its turn comes.
    pub fn stop_playback(&mut self, key: PlaybackKey) {
        let Some(playback) = self.playbacks.get_mut(key) else { return };
        playback.stopping = true;
        if let Some(player) = playback.player {
            self.rack.tell_player(player, Command::StopPlayer { player });
        }
    }

    /// Pauses, resumes or moves within what plays.
    pub fn control_playback(
        &mut self,
        key: PlaybackKey,
        control: PlaybackControl,
    ) -> Result<(), ControlRefused> {
        let playback = self.playbacks.get_mut(key).ok_or(ControlRefused::Gone)?;
        let player = match (playback.state, playback.player) {
            (PlaybackState::Queued, _) if control == PlaybackControl::Restart => return Ok(()),
            (PlaybackState::Paused, Some(player))
                if matches!(control, PlaybackControl::Pause | PlaybackControl::Unpause) =>
            {
                player
            }
            (PlaybackState::Playing, Some(player)) => player,
            _ => return Err(ControlRefused::WrongState),
        };
        if !playback.controllable {
            return Err(ControlRefused::NotControllable);
        }
        let skip = i64::from(playback.skip_ms);
        let command = match control {
            PlaybackControl::Pause => {
                playback.state = PlaybackState::Paused;
                Command::PausePlayer { player }
            }
            PlaybackControl::Unpause => {
                playback.state = PlaybackState::Playing;
                Command::ResumePlayer { player }
            }
            PlaybackControl::Restart => Command::SeekPlayer { player, by_ms: i64::from(i32::MIN) },
            PlaybackControl::Reverse => Command::SeekPlayer { player, by_ms: -skip },
            PlaybackControl::Forward => Command::SeekPlayer { player, by_ms: skip },
        };
        self.rack.tell_player(player, command);
        if control == PlaybackControl::Unpause {
            self.tell_playback(key, |playback| Event::PlaybackStarted { playback });
        }
        Ok(())
    }

    fn tell_playback(&mut self, key: PlaybackKey, event: impl FnOnce(Arc<PlaybackSnapshot>) -> Event) {
        if self.playbacks.get(key).is_some_and(|playback| playback.told)
            && let Some(snapshot) = self.playback_snapshot(key)
        {
            self.events.push_back(event(snapshot));
        }
    }

    fn play_item(&mut self, key: PlaybackKey) {
        let Some(playback) = self.playbacks.get(key) else { return };
        if playback.stopping {
            self.finish_playback(key, false);
            return;
        }
        match say::item(&playback.media[playback.current]) {
            Some(say::Item::Files { sources, controllable }) => {
                let language = playback.language.clone();
                let load = self.loads.insert(Loading::Playback(key));
                let playback = &mut self.playbacks[key];
                playback.loading = Some(load);
                playback.controllable = controllable;
                self.effects.push_back(Effect::Load { load, sources, language });
            }
            Some(say::Item::Tone { audio, repeat }) => {
                self.playbacks[key].controllable = false;
                self.begin_item(key, audio, repeat);
            }
            None => self.item_failed(key),
        }
    }

    /// What was asked for by [`Effect::Load`] came, or could not be had.
    pub fn loaded(&mut self, load: LoadKey, result: Result<Arc<Audio>, LoadFailure>) {
        match self.loads.remove(load) {
            None => {}
            Some(Loading::Playback(key)) => {
                let Some(playback) = self.playbacks.get_mut(key) else { return };
                playback.loading = None;
                match result {
                    Ok(_) if playback.stopping => self.finish_playback(key, false),
                    Ok(audio) => self.begin_item(key, audio, false),
                    Err(LoadFailure::Missing | LoadFailure::Unreadable(_)) => self.item_failed(key),
                }
            }
            Some(Loading::ChannelMusic(key)) => self.channel_music_loaded(key, result.ok()),
            Some(Loading::BridgeMusic(key)) => self.bridge_music_loaded(key, result.ok()),
        }
    }

    fn begin_item(&mut self, key: PlaybackKey, audio: Arc<Audio>, repeat: bool) {
        let playback = &mut self.playbacks[key];
        playback.state = PlaybackState::Playing;
        let from_ms = std::mem::take(&mut playback.offset_ms);
        let place = playback.place;
        self.tell_playback(key, |playback| Event::PlaybackStarted { playback });
        match self.at(place) {
            Some(at) => {
                let player = self.rack.play(at, key, audio, from_ms, repeat);
                self.playbacks[key].player = Some(player);
            }
            None => self.finish_playback(key, true),
        }
    }

    pub(crate) fn at(&mut self, place: Place) -> Option<At> {
        match place {
            Place::Channel(key) => self.channels.get(key)?.leg.map(At::Leg),
            Place::Bridge(key) => self.bridge_place(key),
        }
    }

    fn item_failed(&mut self, key: PlaybackKey) {
        self.playbacks[key].state = PlaybackState::Playing;
        self.tell_playback(key, |playback| Event::PlaybackStarted { playback });
        self.next_item(key, true);
    }

    fn next_item(&mut self, key: PlaybackKey, failed: bool) {
        let Some(playback) = self.playbacks.get_mut(key) else { return };
        if playback.stopping || playback.current + 1 >= playback.media.len() {
            self.finish_playback(key, failed);
            return;
        }
        playback.state = PlaybackState::Continuing;
        self.tell_playback(key, |playback| Event::PlaybackContinuing { playback });
        self.playbacks[key].current += 1;
        self.play_item(key);
    }

    /// A shard's player ended.
    pub(crate) fn player_finished(&mut self, player: PlayerId) {
        let Some(key) = self.rack.player_finished(player) else { return };
        if let Some(playback) = self.playbacks.get_mut(key) {
            playback.player = None;
            self.next_item(key, false);
        }
    }

    fn finish_playback(&mut self, key: PlaybackKey, failed: bool) {
        let Some(playback) = self.playbacks.get_mut(key) else { return };
        playback.state = if failed { PlaybackState::Failed } else { PlaybackState::Done };
        let place = playback.place;
        if let Some(load) = playback.loading.take() {
            self.loads.remove(load);
        }
        self.tell_playback(key, |playback| Event::PlaybackFinished { playback });
        self.playbacks.remove(key);
        match place {
            Place::Channel(channel) => {
                self.notify(channel, Notice::PlaybackFinished { playback: key, failed });
            }
            Place::Bridge(bridge) => {
                let Some(bridge) = self.bridges.get_mut(bridge) else { return };
                bridge.queued.retain(|queued| *queued != key);
                if bridge.playing == Some(key) {
                    bridge.playing = bridge.queued.pop_front();
                    if let Some(next) = bridge.playing {
                        self.play_item(next);
                    }
                }
            }
        }
    }

    /// The channel hangs up: what plays to it is broken off.
    pub(crate) fn break_playbacks(&mut self, channel: ChannelKey) {
        self.end_playbacks(Place::Channel(channel), true);
    }

    /// Ends all playbacks of a place at once, those of the dialplan and those of applications; `failed` where they
    /// were broken off.
    pub fn end_playbacks(&mut self, place: Place, failed: bool) {
        let keys: Vec<PlaybackKey> = self
            .playbacks
            .iter()
            .filter(|(_, playback)| playback.place == place)
            .map(|(key, _)| key)
            .collect();
        for key in keys.iter() {
            self.playbacks[*key].stopping = true;
        }
        for key in keys {
            if let Some(player) = self.playbacks.get_mut(key).and_then(|playback| playback.player.take()) {
                self.rack.tell_player(player, Command::StopPlayer { player });
            }
            self.finish_playback(key, failed);
        }
    }

    // ---- music on hold ----

    /// Begins music on a channel, in the background of whatever it hears. Another class replaces the one that plays.
    pub fn start_music(&mut self, channel: ChannelKey, class: &str) {
        if !self.is_staying(channel) {
            return;
        }
        self.stop_music(channel);
        self.noticed(channel, crate::transfer::Watched::Heard);
        let load = self.load_music(class, Loading::ChannelMusic(channel));
        self.change(channel, |channel| channel.music = Some(Music::Loading(load)));
    }

    /// Ends music on a channel. `false` where there was none.
    pub fn stop_music(&mut self, channel: ChannelKey) -> bool {
        let Some(music) = self.channels.get_mut(channel).and_then(|channel| channel.music.take()) else {
            return false;
        };
        self.silence(music);
        true
    }

    /// Begins music in a bridge.
    pub fn start_bridge_music(&mut self, bridge: BridgeKey, class: &str) {
        if !self.bridges.contains_key(bridge) {
            return;
        }
        self.stop_bridge_music(bridge);
        let load = self.load_music(class, Loading::BridgeMusic(bridge));
        self.bridges[bridge].music = Some(Music::Loading(load));
    }

    /// Ends music in a bridge. `false` where there was none.
    pub fn stop_bridge_music(&mut self, bridge: BridgeKey) -> bool {
        let Some(music) = self.bridges.get_mut(bridge).and_then(|bridge| bridge.music.take()) else {
            return false;
        };
        self.silence(music);
        true
    }

    fn load_music(&mut self, class: &str, purpose: Loading) -> LoadKey {
        let class = if class.is_empty() { "default" } else { class };
        let load = self.loads.insert(purpose);
        let sources = vec![AudioSource::Music(class.to_owned())];
        self.effects.push_back(Effect::Load { load, sources, language: String::new() });
        load
    }

    fn silence(&mut self, music: Music) {
        match music {
            Music::Loading(load) => {
                self.loads.remove(load);
            }
            Music::Playing(player) => self.rack.tell_player(player, Command::StopPlayer { player }),
        }
    }

    fn channel_music_loaded(&mut self, key: ChannelKey, audio: Option<Arc<Audio>>) {
        let at = self.at(Place::Channel(key));
        let player = at.zip(audio).map(|(at, audio)| self.rack.play_music(at, audio));
        if let Some(channel) = self.channels.get_mut(key) {
            channel.music = player.map(Music::Playing);
        }
    }

    fn bridge_music_loaded(&mut self, key: BridgeKey, audio: Option<Arc<Audio>>) {
        let at = self.at(Place::Bridge(key));
        let player = at.zip(audio).map(|(at, audio)| self.rack.play_music(at, audio));
        if let Some(bridge) = self.bridges.get_mut(key) {
            bridge.music = player.map(Music::Playing);
        }
    }
}

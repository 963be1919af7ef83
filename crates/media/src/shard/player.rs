//! What plays in one place, one after another.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::resample::Down;
use crate::{Audio, Frame, PlayerId, WideFrame};

/// Players that one place and layer takes; one more finishes at once.
pub const MAX_PLAYERS: usize = 64;

/// The rates that are played, samples a second.
const NARROW: u32 = 8_000;
const WIDE: u32 = 16_000;

pub(super) struct Player {
    pub(super) id: PlayerId,
    audio: Arc<Audio>,
    /// Where the audio has 16 kHz: for who hears 8.
    down: Option<Box<Down>>,
    /// The next sample.
    at: usize,
    repeat: bool,
    paused: bool,
}

impl Player {
    pub(super) fn new(id: PlayerId, audio: Arc<Audio>, from_ms: u32, repeat: bool) -> Player {
        let at = (from_ms as usize * (audio.rate / 1_000) as usize).min(audio.samples.len());
        let down = (audio.rate == WIDE).then(Box::default);
        Player { id, audio, down, at, repeat, paused: false }
    }

    /// Whether there is nothing (more) to play, or nothing that a shard can.
    fn is_over(&self) -> bool {
        let length = self.audio.samples.len();
        length == 0 || !matches!(self.audio.rate, NARROW | WIDE) || (self.at >= length && !self.repeat)
    }

    /// Plays at 8 kHz what fits and tells how much that was.
    fn play_narrow(&mut self, out: &mut [i16]) -> usize {
        let Some(mut down) = self.down.take() else { return self.play(out) };
        let mut wide = [0; 320];
        let done = self.play(&mut wide[..out.len() * 2]).div_ceil(2);
        down.convert(&wide[..done * 2], &mut out[..done]);
        self.down = Some(down);
        done
    }

    /// Copies what fits and tells how much that was; less than asked for only at the end.
    fn play(&mut self, out: &mut [i16]) -> usize {
        let mut done = 0;
        while done < out.len() && !self.is_over() {
            if self.at >= self.audio.samples.len() {
                self.at = 0;
            }
            let rest = &self.audio.samples[self.at..];
            let length = rest.len().min(out.len() - done);
            out[done..done + length].copy_from_slice(&rest[..length]);
            done += length;
            self.at += length;
        }
        done
    }
}

/// The players of one place and one layer: the first is heard.
#[derive(Default)]
pub(super) struct Players(VecDeque<Player>);

impl Players {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a player in, or gives it back where there are too many or it has nothing to play.
    pub(super) fn add(&mut self, player: Player) -> Result<(), PlayerId> {
        if self.0.len() >= MAX_PLAYERS || player.is_over() {
            return Err(player.id);
        }
        self.0.push_back(player);
        Ok(())
    }

    /// The next 20 ms. `false` where nobody plays; one who is paused is heard as silence. Those who end in this frame
    /// are told to `finished`, and the next begins in the same frame.
    pub(super) fn fill(&mut self, frame: &mut Frame, mut finished: impl FnMut(PlayerId)) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut done = 0;
        while let Some(player) = self.0.front_mut() {
            if player.paused || done == frame.len() {
                break;
            }
            done += player.play_narrow(&mut frame[done..]);
            if player.is_over() {
                finished(player.id);
                self.0.pop_front();
            }
        }
        frame[done..].fill(0);
        true
    }

    /// Whether the one that is heard has 16 kHz.
    pub(super) fn is_wide(&self) -> bool {
        self.0.front().is_some_and(|player| player.audio.rate == WIDE && !player.paused)
    }

    /// The next 20 ms at 16 kHz, where [`Players::is_wide`]. What follows on its end begins with the next frame.
    pub(super) fn fill_wide(&mut self, frame: &mut WideFrame, mut finished: impl FnMut(PlayerId)) {
        let Some(player) = self.0.front_mut() else { return };
        let done = player.play(frame);
        frame[done..].fill(0);
        if player.is_over() {
            finished(player.id);
            self.0.pop_front();
        }
    }

    pub(super) fn pause(&mut self, id: PlayerId, paused: bool) {
        if let Some(player) = self.find(id) {
            player.paused = paused;
        }
    }

    pub(super) fn seek(&mut self, id: PlayerId, by_ms: i64) {
        if let Some(player) = self.find(id) {
            let at =
                (player.at as i64).saturating_add(by_ms.saturating_mul(i64::from(player.audio.rate / 1_000)));
            player.at = at.clamp(0, player.audio.samples.len() as i64) as usize;
        }
    }

    pub(super) fn stop(&mut self, id: PlayerId) {
        self.0.retain(|player| player.id != id);
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = PlayerId> + '_ {
        self.0.iter().map(|player| player.id)
    }

    fn find(&mut self, id: PlayerId) -> Option<&mut Player> {
        self.0.iter_mut().find(|player| player.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(samples: i16) -> Arc<Audio> {
        Arc::new(Audio { rate: 8_000, samples: (1..=samples).collect() })
    }

    fn fill(players: &mut Players) -> (Option<Frame>, Vec<u64>) {
        let (mut frame, mut finished) = ([0; 160], Vec::new());
        let heard = players.fill(&mut frame, |id| finished.push(id.0));
        (heard.then_some(frame), finished)
    }

    #[test]
    fn one_follows_another_within_a_frame() {
        let mut players = Players::default();
        players.add(Player::new(PlayerId(1), ramp(100), 0, false)).unwrap();
        players.add(Player::new(PlayerId(2), ramp(100), 5, false)).unwrap();
        let (frame, finished) = fill(&mut players);
        let frame = frame.unwrap();
        assert_eq!((frame[99], frame[100], frame[159]), (100, 41, 100));
        assert_eq!(finished, [1, 2]);
        assert_eq!(fill(&mut players), (None, vec![]));
    }

    #[test]
    fn repeating_pausing_seeking_and_stopping_do_what_they_say() {
        let mut players = Players::default();
        players.add(Player::new(PlayerId(1), ramp(120), 0, true)).unwrap();
        assert_eq!(fill(&mut players).0.unwrap()[159], 40);
        players.pause(PlayerId(1), true);
        assert_eq!(fill(&mut players).0.unwrap(), [0; 160]);
        players.pause(PlayerId(1), false);
        players.seek(PlayerId(1), -1_000);
        assert_eq!(fill(&mut players).0.unwrap()[0], 1);
        players.stop(PlayerId(1));
        assert!(players.is_empty());
    }

    #[test]
    fn nothing_to_play_and_too_many_are_given_back() {
        let mut players = Players::default();
        let wrong_rate = Arc::new(Audio { rate: 44_100, samples: vec![1] });
        assert_eq!(players.add(Player::new(PlayerId(1), wrong_rate, 0, true)), Err(PlayerId(1)));
        assert_eq!(players.add(Player::new(PlayerId(2), ramp(0), 0, true)), Err(PlayerId(2)));
        assert_eq!(players.add(Player::new(PlayerId(3), ramp(8), 50, false)), Err(PlayerId(3)));
        for n in 0..MAX_PLAYERS as u64 {
            players.add(Player::new(PlayerId(n), ramp(8), 0, false)).unwrap();
        }
        assert_eq!(players.add(Player::new(PlayerId(99), ramp(8), 0, false)), Err(PlayerId(99)));
    }
}

//! The story: a call comes in, and an application owns it. Each step does something through a public interface and then
//! looks whether it came about.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use client::model::{Event, PlaybackState};
use media::detect;
use phone::{Command, Ending};
use tokio::time::{Instant, sleep};

use super::application::Application;
use super::checks::{Check, Checks, Failure, Outcome};
use super::journal::{Entry, Happening, Journal, Mark, Party, Way};
use super::phones::Handset;
use super::words;

/// How long an answer of any kind may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a prompt may take.
const PROMPT: Duration = Duration::from_secs(12);
/// How long Grace lets it ring.
const RINGING: Duration = Duration::from_millis(700);
/// How long the tones are played.
const TONES: Duration = Duration::from_millis(2_000);
/// The quiet before the goodbye, so that it is not taken for the tones: longer than the phones' meters look back.
const QUIET: Duration = Duration::from_millis(300);

/// The number of the application.
const NUMBER: &str = "1000";
/// What Ada presses, and how long.
const DIGIT: &str = "5";
const DIGIT_MS: u32 = 160;
/// Ids that the application chooses.
const GRACE: &str = "grace";
const BRIDGE: &str = "meeting";
/// The recording's name.
pub const RECORDING: &str = "first-call";

/// Ada's and Grace's tones, hertz.
const ADA_HZ: u16 = 440;
const GRACE_HZ: u16 = 880;
/// How loud the phones play them, dB.
const TONE_DB: f64 = -12.0;
/// How far from that a tone may be heard, dB.
const TOLERANCE_DB: f64 = 3.0;
/// A tone that is not there is quieter than this, dB.
const ABSENT_DB: f64 = -40.0;
/// Speech is louder than this at its loudest, dB.
const SPEECH_DB: f64 = -35.0;

/// Everybody on stage.
pub struct Stage {
    /// What happens.
    pub journal: Journal,
    /// What was seen to hold.
    pub checks: Checks,
    /// Who calls.
    pub ada: Handset,
    /// Who is called.
    pub grace: Handset,
    /// Who owns the calls.
    pub application: Application,
    /// Where the recording should lie.
    pub recording: PathBuf,
}

/// Plays it.
///
/// # Errors
/// The first check that does not hold.
pub async fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.phones_register().await?;
    let ada = stage.ada_dials().await?;
    stage.application_answers(&ada).await?;
    stage.application_plays_a_prompt(&ada).await?;
    let digit = stage.ada_presses_a_digit().await?;
    stage.application_says_the_digit(&ada, &digit).await?;
    stage.application_calls_grace().await?;
    stage.application_joins_them(&ada).await?;
    stage.each_hears_the_other().await?;
    stage.recording_holds_both().await?;
    stage.application_says_goodbye().await?;
    stage.ada_hangs_up(&ada).await?;
    stage.nothing_is_left().await
}

impl Stage {
    async fn phones_register(&mut self) -> Result<(), Failure> {
        let mark = self.chapter("1  Two phones register", "Ada and Grace register");
        self.ada.register().await;
        self.grace.register().await;
        for party in [Party::Ada, Party::Grace] {
            let expected = format!("200 to the REGISTER of {}'s phone", party.name());
            self.until(Check::Registered, mark, &expected, |entry| match &entry.happening {
                Happening::Phone { party: who, event: phone::Event::Registered { .. } } if *who == party => {
                    Some(())
                }
                _ => None,
            })
            .await?;
        }
        let challenges = self.sip(mark, |way, message| {
            way == Way::In
                && message.method == "REGISTER"
                && message.status.as_ref().is_some_and(|it| it.0 == 401)
        });
        if challenges < 2 {
            let expected = "a challenge (401) to each phone";
            return Err(Failure::new(Check::Registered, expected, format_args!("{challenges}")));
        }
        self.holds(Check::Registered, "each challenged, then let in");
        Ok(())
    }

    /// The answer is the id of Ada's channel.
    async fn ada_dials(&mut self) -> Result<String, Failure> {
        let mark = self.chapter("2  Ada dials 1000, the application's number", "Ada dials 1000");
        self.ada.call(NUMBER).await;
        let (id, number, at) = self
            .until(Check::Announced, mark, "StasisStart", |entry| match &entry.happening {
                Happening::Event(Event::StasisStart(start)) => {
                    Some((start.channel.id.clone(), start.channel.caller.number.clone(), entry.at))
                }
                _ => None,
            })
            .await?;
        if number != Party::Ada.number() {
            let expected = format_args!("the caller {}", Party::Ada.number());
            return Err(Failure::new(Check::Announced, expected, format_args!("`{number}`")));
        }
        let invite = last_invite(&self.journal.entries(), Party::Ada, Way::Out);
        let after = at.saturating_sub(invite.unwrap_or(at));
        self.holds(Check::Announced, &format!("StasisStart {} after the INVITE", words::ms(after)));
        Ok(id)
    }

    async fn application_answers(&mut self, ada: &str) -> Result<(), Failure> {
        let mark = self.chapter("3  The application answers and plays a prompt", "the application answers");
        done(Check::Answered, self.application.answer(ada).await)?;
        self.until_phone(Check::Answered, mark, Party::Ada, "200 OK at Ada's phone", |event| {
            matches!(event, phone::Event::Answered { .. }).then_some(())
        })
        .await?;
        self.holds(Check::Answered, "200 OK, Ada's call is up");
        Ok(())
    }

    async fn application_plays_a_prompt(&mut self, ada: &str) -> Result<(), Failure> {
        self.now("Ada listens to the prompt");
        let mark = self.journal.mark();
        self.ada.listen_anew();
        let media = ["sound:welcome", "sound:press-a-digit"];
        done(Check::PromptHeard, self.application.play(ada, &media, "prompt").await)?;
        let length = self.playback_ends(Check::PromptHeard, mark, "prompt").await?;
        let loudest = self.heard_speech(Check::PromptHeard, &self.ada)?;
        self.holds(Check::PromptHeard, &format!("{} of speech, up to {loudest}", words::s(length)));
        Ok(())
    }

    async fn ada_presses_a_digit(&mut self) -> Result<String, Failure> {
        let mark = self.chapter("4  Ada presses 5", "Ada presses 5");
        let digits = DIGIT.to_owned();
        self.ada.command(Command::SendDigits { digits, duration_ms: DIGIT_MS }).await;
        let (digit, duration) = self
            .until(Check::DigitRead, mark, "ChannelDtmfReceived", |entry| match &entry.happening {
                Happening::Event(Event::ChannelDtmfReceived(event)) => {
                    Some((event.digit.clone(), event.duration_ms))
                }
                _ => None,
            })
            .await?;
        if digit != DIGIT {
            return Err(Failure::new(Check::DigitRead, format_args!("`{DIGIT}`"), format_args!("`{digit}`")));
        }
        self.holds(Check::DigitRead, &format!("`{digit}`, held for {duration} ms"));
        Ok(digit)
    }

    async fn application_says_the_digit(&mut self, ada: &str, digit: &str) -> Result<(), Failure> {
        self.now("the application says which digit it read");
        let mark = self.journal.mark();
        self.ada.listen_anew();
        let digits = format!("digits:{digit}");
        let media = ["sound:you-pressed", &digits];
        done(Check::DigitSpoken, self.application.play(ada, &media, "said").await)?;
        let length = self.playback_ends(Check::DigitSpoken, mark, "said").await?;
        let loudest = self.heard_speech(Check::DigitSpoken, &self.ada)?;
        self.holds(Check::DigitSpoken, &format!("{} of speech, up to {loudest}", words::s(length)));
        Ok(())
    }

    async fn application_calls_grace(&mut self) -> Result<(), Failure> {
        let mark = self.chapter("5  The application calls Grace", "Grace's phone rings");
        let caller = format!("Ada <{}>", Party::Ada.number());
        done(Check::GraceAnswered, self.application.originate("PJSIP/2002", GRACE, &caller).await)?;
        let from = self
            .until_phone(Check::GraceAnswered, mark, Party::Grace, "an INVITE at Grace's phone", |event| {
                match event {
                    phone::Event::Incoming { from, from_name, .. } => Some(format!("{from_name} {from}")),
                    _ => None,
                }
            })
            .await?;
        sleep(RINGING).await;
        self.now("Grace answers");
        self.grace.command(Command::Answer { after: Duration::ZERO }).await;
        self.until_phone(Check::GraceAnswered, mark, Party::Grace, "an ACK at Grace's phone", |event| {
            matches!(event, phone::Event::Acknowledged { .. }).then_some(())
        })
        .await?;
        self.until(Check::GraceAnswered, mark, "StasisStart of Grace's channel", |entry| {
            match &entry.happening {
                Happening::Event(Event::StasisStart(start)) if start.channel.id == GRACE => Some(()),
                _ => None,
            }
        })
        .await?;
        self.holds(Check::GraceAnswered, &format!("caller {}", from.trim()));
        Ok(())
    }

    async fn application_joins_them(&mut self, ada: &str) -> Result<(), Failure> {
        let mark =
            self.chapter("6  A bridge joins them, and is recorded", "the application joins them in a bridge");
        done(Check::Bridged, self.application.create_bridge(BRIDGE).await)?;
        done(Check::Bridged, self.application.add(BRIDGE, &[ada, GRACE]).await)?;
        for id in [ada, GRACE] {
            let expected = format!("ChannelEnteredBridge of {id}");
            self.until(Check::Bridged, mark, &expected, |entry| match &entry.happening {
                Happening::Event(Event::ChannelEnteredBridge(entered)) => {
                    entered.channel.as_ref().is_some_and(|channel| channel.id == id).then_some(())
                }
                _ => None,
            })
            .await?;
        }
        let bridge = done(Check::Bridged, self.application.bridge(BRIDGE).await)?;
        if ![ada, GRACE].iter().all(|id| bridge.channels.iter().any(|there| there == id)) {
            let came = format!("[{}]", bridge.channels.join(", "));
            return Err(Failure::new(Check::Bridged, "both channels in GET /bridges/meeting", came));
        }
        self.holds(Check::Bridged, &format!("bridge `{BRIDGE}` has {} channels", bridge.channels.len()));
        done(Check::Recorded, self.application.record(BRIDGE, RECORDING).await)?;
        self.until(Check::Recorded, mark, "RecordingStarted", |entry| match &entry.happening {
            Happening::Event(Event::RecordingStarted(_)) => Some(()),
            _ => None,
        })
        .await
    }

    async fn each_hears_the_other(&mut self) -> Result<(), Failure> {
        let title = "7  Each plays a tone: Ada 440 Hz, Grace 880 Hz";
        self.chapter(title, "each plays a tone, and hears the other's");
        self.ada.command(Command::PlayTone { hz: ADA_HZ }).await;
        self.grace.command(Command::PlayTone { hz: GRACE_HZ }).await;
        sleep(TONES).await;
        let (ada_hz, grace_hz) = (f64::from(ADA_HZ), f64::from(GRACE_HZ));
        for (check, hz) in [(Check::GraceHearsAda, ADA_HZ), (Check::AdaHearsGrace, GRACE_HZ)] {
            let level = self.tone_is_heard(check, hz).await?;
            self.holds(check, &format!("{hz} Hz at {}, as it was played", words::db(level)));
        }
        let own = [self.ada.tone_level(ada_hz).await, self.grace.tone_level(grace_hz).await];
        let loudest = own.into_iter().flatten().fold(-120.0, f64::max);
        if loudest > ABSENT_DB {
            let expected = format_args!("her own tone below {}", words::db(ABSENT_DB));
            return Err(Failure::new(Check::NoEcho, expected, words::db(loudest)));
        }
        self.holds(Check::NoEcho, &format!("her own tone at {} or less", words::db(loudest)));
        Ok(())
    }

    /// How loud the tone is at the other's ear. A machine that was busy for a moment gets a second chance.
    async fn tone_is_heard(&self, check: Check, hz: u16) -> Result<f64, Failure> {
        let listener = if check == Check::GraceHearsAda { &self.grace } else { &self.ada };
        let until = Instant::now() + TONES / 2;
        loop {
            let level = listener.tone_level(f64::from(hz)).await.unwrap_or(f64::NEG_INFINITY);
            if (level - TONE_DB).abs() <= TOLERANCE_DB {
                return Ok(level);
            }
            if Instant::now() >= until {
                let expected = format_args!("{hz} Hz at {} ± {TOLERANCE_DB:.0}", words::db(TONE_DB));
                return Err(Failure::new(check, expected, words::db(level)));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn recording_holds_both(&mut self) -> Result<(), Failure> {
        let mark = self.chapter("8  The recording is fetched", "the application fetches the recording");
        done(Check::Recorded, self.application.stop_recording(RECORDING).await)?;
        let finished = self
            .until(Check::Recorded, mark, "RecordingFinished", |entry| match &entry.happening {
                Happening::Event(Event::RecordingFinished(_)) => Some(Ok(())),
                Happening::Event(Event::RecordingFailed(failed)) => Some(Err(failed.recording.cause.clone())),
                _ => None,
            })
            .await?;
        self.ada.command(Command::StopPlaying).await;
        self.grace.command(Command::StopPlaying).await;
        if let Err(cause) = finished {
            let came = format!("RecordingFailed: {}", cause.unwrap_or_default());
            return Err(Failure::new(Check::Recorded, "RecordingFinished", came));
        }
        let file = done(Check::Recorded, self.application.download(RECORDING).await)?;
        let audio = media::wav::parse(&file)
            .map_err(|error| Failure::new(Check::Recorded, "a WAV file", format_args!("{error}")))?;
        let length = Duration::from_millis(audio.samples.len() as u64 * 1_000 / u64::from(audio.rate.max(1)));
        if length < TONES * 3 / 4 || length > TONES * 3 {
            let expected = format_args!("about {}", words::s(TONES));
            return Err(Failure::new(Check::Recorded, expected, words::s(length)));
        }
        // The middle third: both tones sound from its beginning to its end.
        let third = audio.samples.len() / 3;
        let middle = &audio.samples[third..2 * third];
        let levels = [ADA_HZ, GRACE_HZ].map(|hz| detect::tone_level(middle, audio.rate, f64::from(hz)));
        if levels.iter().any(|level| (level - TONE_DB).abs() > 2.0 * TOLERANCE_DB) {
            let expected = format_args!("both tones at {}", words::db(TONE_DB));
            let came = format_args!("440 Hz at {}, 880 Hz at {}", words::db(levels[0]), words::db(levels[1]));
            return Err(Failure::new(Check::Recorded, expected, came));
        }
        let levels = levels.map(words::db);
        let text = format!("{}, 440 Hz {}, 880 Hz {}", words::s(length), levels[0], levels[1]);
        self.holds(Check::Recorded, &text);
        let expected = format!("the same {} bytes in {}", file.len(), self.recording.display());
        let failed = |came: String| Failure::new(Check::OnDisk, &expected, came);
        let on_disk = fs::read(&self.recording).map_err(|error| failed(error.to_string()))?;
        if on_disk != file {
            return Err(failed(format!("{} bytes, not the same", on_disk.len())));
        }
        self.holds(Check::OnDisk, &format!("{} bytes", file.len()));
        Ok(())
    }

    async fn application_says_goodbye(&mut self) -> Result<(), Failure> {
        self.chapter("9  Goodbye, and Ada hangs up", "the application says goodbye to both");
        sleep(QUIET).await;
        let mark = self.journal.mark();
        self.ada.listen_anew();
        self.grace.listen_anew();
        let media = ["sound:goodbye"];
        done(Check::Goodbye, self.application.play_to_bridge(BRIDGE, &media, "goodbye").await)?;
        self.playback_ends(Check::Goodbye, mark, "goodbye").await?;
        let levels =
            [self.heard_speech(Check::Goodbye, &self.ada)?, self.heard_speech(Check::Goodbye, &self.grace)?];
        self.holds(Check::Goodbye, &format!("Ada up to {}, Grace up to {}", levels[0], levels[1]));
        Ok(())
    }

    async fn ada_hangs_up(&mut self, ada: &str) -> Result<(), Failure> {
        self.now("Ada hangs up, and the application hangs up on Grace");
        let mark = self.journal.mark();
        self.ada.command(Command::HangUp).await;
        let ended = |event: &phone::Event| match event {
            phone::Event::Ended { ending, .. } => Some(ending.clone()),
            _ => None,
        };
        let ending = self.until_phone(Check::HungUp, mark, Party::Ada, "200 to Ada's BYE", ended).await?;
        if ending != (Ending::HungUp { status: 200 }) {
            return Err(Failure::new(Check::HungUp, "200 to Ada's BYE", format_args!("{ending:?}")));
        }
        self.until(Check::HungUp, mark, "StasisEnd of Ada's channel", |entry| match &entry.happening {
            Happening::Event(Event::StasisEnd(end)) if end.channel.id == ada => Some(()),
            _ => None,
        })
        .await?;
        done(Check::HungUp, self.application.hang_up(GRACE).await)?;
        let ending =
            self.until_phone(Check::HungUp, mark, Party::Grace, "a BYE at Grace's phone", ended).await?;
        if !matches!(ending, Ending::HungUpByPeer { .. }) {
            return Err(Failure::new(Check::HungUp, "a BYE at Grace's phone", format_args!("{ending:?}")));
        }
        self.holds(Check::HungUp, "Ada's BYE, then the application's");
        self.no_audio_was_lost()
    }

    fn no_audio_was_lost(&mut self) -> Result<(), Failure> {
        let mut texts = Vec::new();
        for (party, statistics) in audio(&self.journal.entries()) {
            let text = format!(
                "{} {} of {}",
                party.name(),
                statistics.received,
                statistics.received as i64 + statistics.lost
            );
            if statistics.lost != 0 || statistics.received == 0 {
                return Err(Failure::new(Check::AudioWhole, "every packet", text));
            }
            texts.push(text);
        }
        self.holds(Check::AudioWhole, &texts.join(", "));
        Ok(())
    }

    async fn nothing_is_left(&mut self) -> Result<(), Failure> {
        self.now("the application tidies up");
        let mark = self.journal.mark();
        done(Check::NothingLeft, self.application.destroy_bridge(BRIDGE).await)?;
        // A channel's last words are on their way for a moment after its BYE.
        let until = Instant::now() + PATIENCE;
        loop {
            let channels = done(Check::NothingLeft, self.application.channels().await)?.len();
            let bridges = done(Check::NothingLeft, self.application.bridges().await)?.len();
            if channels == 0 && bridges == 0 {
                break;
            }
            if Instant::now() >= until {
                let came = format_args!("{channels} channels and {bridges} bridges");
                return Err(Failure::new(Check::NothingLeft, "none", came));
            }
            sleep(Duration::from_millis(100)).await;
        }
        self.ada.unregister().await;
        self.grace.unregister().await;
        for party in [Party::Ada, Party::Grace] {
            let expected = format!("200 to the un-REGISTER of {}'s phone", party.name());
            self.until_phone(Check::NothingLeft, mark, party, &expected, |event| {
                matches!(event, phone::Event::Unregistered).then_some(())
            })
            .await?;
        }
        self.holds(Check::NothingLeft, "GET /channels and /bridges are empty");
        Ok(())
    }

    /// A new heading; the mark is the place after it.
    fn chapter(&self, title: &'static str, now: &str) -> Mark {
        self.journal.write(Happening::Chapter(title));
        self.now(now);
        self.journal.mark()
    }

    fn now(&self, what: &str) {
        self.journal.screen(|screen| screen.now(what));
    }

    /// Notes that a check holds.
    pub fn holds(&mut self, check: Check, detail: &str) {
        self.settle(check, Outcome::Held(detail.to_owned()));
    }

    /// Notes how a check came out.
    pub fn settle(&mut self, check: Check, outcome: Outcome) {
        self.checks.note(check, outcome.clone());
        self.journal.write(Happening::Checked(check, outcome));
    }

    async fn until<T>(
        &self,
        check: Check,
        mark: Mark,
        expected: &str,
        find: impl FnMut(&Entry) -> Option<T>,
    ) -> Result<T, Failure> {
        self.within(PATIENCE, check, mark, expected, find).await
    }

    async fn within<T>(
        &self,
        patience: Duration,
        check: Check,
        mark: Mark,
        expected: &str,
        find: impl FnMut(&Entry) -> Option<T>,
    ) -> Result<T, Failure> {
        let found = self.journal.wait(mark, patience, find).await;
        found.ok_or_else(|| {
            let last = words::last(&self.journal.entries());
            let expected = format!("{expected} within {} s", patience.as_secs());
            Failure::new(check, expected, format_args!("nothing; the last was {last}"))
        })
    }

    async fn until_phone<T>(
        &self,
        check: Check,
        mark: Mark,
        party: Party,
        expected: &str,
        mut find: impl FnMut(&phone::Event) -> Option<T>,
    ) -> Result<T, Failure> {
        self.until(check, mark, expected, |entry| match &entry.happening {
            Happening::Phone { party: who, event } if *who == party => find(event),
            _ => None,
        })
        .await
    }

    /// From a playback's first item to its end.
    async fn playback_ends(&self, check: Check, mark: Mark, id: &str) -> Result<Duration, Failure> {
        let started = self.until(check, mark, "PlaybackStarted", |entry| match &entry.happening {
            Happening::Event(Event::PlaybackStarted(event)) if event.playback.id == id => Some(entry.at),
            _ => None,
        });
        let started = started.await?;
        let finished = self.within(PROMPT, check, mark, "PlaybackFinished", |entry| match &entry.happening {
            Happening::Event(Event::PlaybackFinished(event)) if event.playback.id == id => {
                Some((entry.at, event.playback.state.clone()))
            }
            _ => None,
        });
        let (finished, state) = finished.await?;
        if state != PlaybackState::Done {
            return Err(Failure::new(check, "a playback that is done", format_args!("{state:?}")));
        }
        Ok(finished - started)
    }

    /// How loud the speech was.
    fn heard_speech(&self, check: Check, handset: &Handset) -> Result<String, Failure> {
        let loudest = handset.loudest();
        if loudest < SPEECH_DB {
            let expected =
                format!("speech of {} or more at {}'s ear", words::db(SPEECH_DB), handset.party().name());
            return Err(Failure::new(check, expected, words::db(loudest)));
        }
        Ok(words::db(loudest))
    }

    /// How many SIP messages after a mark are such.
    fn sip(&self, mark: Mark, such: impl Fn(Way, &super::ladder::Message) -> bool) -> usize {
        let is_such = |entry: &&Entry| match &entry.happening {
            Happening::Sip { way, message, .. } => such(*way, message),
            _ => false,
        };
        self.journal.entries()[mark.place()..].iter().filter(is_such).count()
    }
}

fn done<T>(check: Check, result: Result<T, client::Error>) -> Result<T, Failure> {
    result.map_err(|error| Failure::new(check, "success", error))
}

/// When the last INVITE passed.
pub fn last_invite(entries: &[Entry], who: Party, which: Way) -> Option<Duration> {
    entries.iter().rev().find_map(|entry| match &entry.happening {
        Happening::Sip { party, way, message, .. } => {
            let is_it =
                *party == who && *way == which && message.method == "INVITE" && message.status.is_none();
            is_it.then_some(entry.at)
        }
        _ => None,
    })
}

/// The figures of each call's audio.
pub fn audio(entries: &[Entry]) -> impl Iterator<Item = (Party, phone::Statistics)> + '_ {
    entries.iter().filter_map(|entry| match &entry.happening {
        Happening::Phone { party, event: phone::Event::Ended { report, .. } } => {
            Some((*party, report.statistics))
        }
        _ => None,
    })
}
